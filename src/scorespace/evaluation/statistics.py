"""Do phrases that a model invents look like a corpus: attributes, variety, copying."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scorespace.music import drums
from scorespace.music.attributes import attributes_of, measure
from scorespace.music.grid import DRUMS, Grid


def overlaps(first: np.ndarray, second: np.ndarray, grid: Grid) -> dict[str, float]:
    """For each attribute the area that the histograms of two sets of phrases share: 0 = nothing, 1 = the same.

    first, second: (N, T, S) and (M, T, S) integers, N, M >= 1. Source: the overlapped area of Yang and Lerch 2020 ("On
    the evaluation of generative models in music"), on the attributes themselves with fixed bars.
    """
    columns = zip(measure(first, grid).T, measure(second, grid).T, strict=True)
    return {
        name: float(np.minimum(attribute.histogram(one, grid), attribute.histogram(other, grid)).sum())
        for (name, attribute), (one, other) in zip(attributes_of(grid).items(), columns, strict=True)
    }


def means(tokens: np.ndarray, grid: Grid) -> dict[str, float]:
    """The mean of each attribute over phrases (N, T, S), and "pitch_class_entropy", see there."""
    found = dict(zip(attributes_of(grid), measure(tokens, grid).mean(0).tolist(), strict=True))
    return found | {"pitch_class_entropy": float(pitch_class_entropy(tokens, grid).mean())}


def pitch_class_entropy(tokens: np.ndarray, grid: Grid) -> np.ndarray:
    """(N,) bits: entropy of the pitch classes that begin in a phrase, 0 without notes, at most log2 12.

    Parts are pooled and drums left out; of drums alone, the entropy of what is struck. Source: Wu and Yang 2020 ("The
    Jazz Transformer on the front line"), section 4.1.1, over the phrase.
    """
    notes = grid.notes(tokens)
    pitched = grid.pitched[notes["track"]]
    if DRUMS in grid.parts and len(grid.parts) == 1:
        kinds = notes["pitch"]
    else:
        notes = notes[pitched]
        kinds = notes["pitch"] % 12
    counts = np.zeros((len(tokens), 128))
    np.add.at(counts, (notes["phrase"], kinds), 1.0)
    share = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    bits: np.ndarray = -(share * np.log2(np.where(share > 0, share, 1))).sum(1)
    return bits


def halves(tokens: np.ndarray, songs: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The phrases of one random half of the songs, and those of the other. With one song, both are all phrases."""
    names = np.unique(songs)
    if len(names) < 2:
        return tokens, tokens
    chosen = np.random.default_rng(seed).permutation(names)[: len(names) // 2]
    first = np.isin(songs, chosen)
    return tokens[first], tokens[~first]


def random_pitches(tokens: np.ndarray, grid: Grid, seed: int) -> np.ndarray:
    """Phrases (N, T, S) of a grid with a row for each part, with the pitch of every note drawn anew.

    Those of a melody or bass evenly from its lowest to its highest in all phrases; drums are struck as often on each
    step, but any of the nine classes.
    """
    random, result, pitches = np.random.default_rng(seed), np.array(tokens), grid.pitches(tokens)
    for row, pitched in enumerate(grid.pitched):
        if pitched:
            drawn = _random_pitches(pitches[:, row], grid, random)
            result[:, row] = np.where(drawn > 0, drawn, tokens[:, row])
        else:
            result[:, row] = _random_strokes(tokens[:, row], random)
    return result


def _random_pitches(pitches: np.ndarray, grid: Grid, random: np.random.Generator) -> np.ndarray:
    """Tokens in place of the pitches of a row, 0 where there is none (-1)."""
    onset = pitches >= 0
    if not onset.any():
        return np.zeros_like(pitches)
    lowest, highest = int(pitches[onset].min()), int(pitches[onset].max())
    tokens = np.array([grid.token(pitch) for pitch in range(lowest, highest + 1)])
    return np.where(onset, tokens[random.integers(0, len(tokens), pitches.shape)], 0)


def _random_strokes(rows: np.ndarray, random: np.random.Generator) -> np.ndarray:
    order = random.random((*rows.shape, drums.COUNT)).argsort(-1)
    return drums.combined(order < drums.onsets(rows)[..., None])


def uniform_tokens(count: int, grid: Grid, seed: int) -> np.ndarray:
    """(count, T, S) int64: every token of a row equally likely at every step."""
    sizes = np.array(grid.sizes)[:, None]
    return np.random.default_rng(seed).integers(0, sizes, (count, *grid.shape))


def distinct_share(tokens: np.ndarray, grid: Grid) -> float:
    """Share of phrases (N, T, S) that remain when those that sound the same are counted once."""
    return len(set(spellings(tokens, grid))) / len(tokens)


@dataclass(frozen=True)
class Copied:
    """Which phrases a model has taken from its training.

    Attributes:
        share: of the phrases, those that sound like a training phrase.
        distinct: how many phrases remain of those when what sounds the same is counted once.
    """

    share: float
    distinct: int


def copied(tokens: np.ndarray, train: np.ndarray, grid: Grid, transposed: bool = False) -> Copied:
    """The phrases (N, T, S) that sound like a training phrase, or with `transposed` like one in another key."""
    known = set(spellings(train, grid, transposed))
    found = [spelling for spelling in spellings(tokens, grid, transposed) if spelling in known]
    return Copied(len(found) / len(tokens), len(set(found)))


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


def spellings(tokens: np.ndarray, grid: Grid, transposed: bool = False) -> list[bytes]:
    """One name for each phrase (N, T, S), equal for phrases that sound the same played alone.

    With `transposed` pitches are counted from the phrase's first, so that transpositions have one name.
    """
    plain = np.asarray(tokens, dtype=np.uint16)
    named = grid.normal_form(grid.canonical(plain)) if transposed else grid.sound(plain)
    return [phrase.tobytes() for phrase in named]
