"""Do phrases that a model invents look like a corpus: attributes, variety, copying."""

from __future__ import annotations

import numpy as np

from scorespace.music.attributes import ATTRIBUTES
from scorespace.music.grid import FIRST_PITCH, Grid, canonical


def overlaps(first: np.ndarray, second: np.ndarray, grid: Grid) -> dict[str, float]:
    """For each attribute the area that the histograms of two sets of phrases share: 0 = nothing, 1 = the same.

    first, second: (N, T, S) and (M, T, S) integers, N, M >= 1. Source: the overlapped area of Yang and Lerch 2020 ("On
    the evaluation of generative models in music"), on the attributes themselves with fixed bars.
    """
    return {
        name: float(np.minimum(attribute.histogram(first, grid), attribute.histogram(second, grid)).sum())
        for name, attribute in ATTRIBUTES.items()
    }


def halves(tokens: np.ndarray, songs: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The phrases of one random half of the songs, and those of the other. With one song, both are all phrases."""
    names = np.unique(songs)
    if len(names) < 2:
        return tokens, tokens
    chosen = np.random.default_rng(seed).permutation(names)[: len(names) // 2]
    first = np.isin(songs, chosen)
    return tokens[first], tokens[~first]


def random_pitches(tokens: np.ndarray, seed: int) -> np.ndarray:
    """The phrases with every note's pitch drawn anew, evenly from those between the lowest and highest of them all."""
    onset = tokens >= FIRST_PITCH
    if not onset.any():
        return tokens.copy()
    low, high = int(tokens[onset].min()), int(tokens[onset].max())
    drawn = np.random.default_rng(seed).integers(low, high + 1, tokens.shape)
    return np.where(onset, drawn, tokens)


def uniform_tokens(count: int, grid: Grid, seed: int) -> np.ndarray:
    """(count, T, S) int64: every token equally likely at every step."""
    return np.random.default_rng(seed).integers(0, grid.vocabulary, (count, *grid.shape))


def distinct_share(tokens: np.ndarray) -> float:
    """Share of phrases (N, T, S) that remain when those that sound the same are counted once."""
    return len(set(spellings(tokens))) / len(tokens)


def copied_share(tokens: np.ndarray, train: np.ndarray, transposed: bool = False) -> float:
    """Share of phrases (N, T, S) that sound like a training phrase, or with `transposed` like one in another key."""
    known = set(spellings(train, transposed))
    return sum(spelling in known for spelling in spellings(tokens, transposed)) / len(tokens)


def pairwise_difference(tokens: np.ndarray) -> float:
    """Share of places at which two different phrases of the set differ, averaged over all pairs; 0 with one phrase."""
    count = len(tokens)
    if count < 2:
        return 0.0
    places = np.sort(tokens.reshape(count, -1), axis=0)
    equal = 0.0
    for place in places.T:
        _, times = np.unique(place, return_counts=True)
        equal += float((times * (times - 1.0)).sum())
    return float(1.0 - equal / (count * (count - 1.0)) / places.shape[1])


def spellings(tokens: np.ndarray, transposed: bool = False) -> list[bytes]:
    """One name for each phrase (N, T, S), equal for phrases that sound the same played alone.

    With `transposed` pitches are counted from the phrase's lowest note, so that transpositions have one name.
    """
    plain = canonical(np.asarray(tokens, dtype=np.int32))
    if transposed:
        onset = plain >= FIRST_PITCH
        lowest = np.where(onset, plain, np.iinfo(np.int32).max).reshape(len(plain), -1).min(1)
        plain = np.where(onset, plain - lowest[:, None, None] + FIRST_PITCH, plain).astype(np.int32)
    return [phrase.tobytes() for phrase in plain]
