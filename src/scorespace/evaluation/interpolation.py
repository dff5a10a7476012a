"""The interpolation experiment: what lies between two phrases, in the latent space and in the data.

Source: Roberts et al. 2018, section 5.3. A path leads from one held-out phrase to another of a different song. Two
figures along it: how far the phrase at each amount is from both ends (a smooth path moves evenly), and how probable a
language model trained apart finds it, beside the ends (a path through music stays as probable as they are). The
baseline mixes the two phrases' own tokens, which gets the distances right and the music wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from scorespace import latent
from scorespace.errors import UsageError
from scorespace.evaluation.intervals import Figure, SongBootstrap
from scorespace.evaluation.reconstruction import batches
from scorespace.evaluation.samples import nll
from scorespace.models.base import LatentModel, Model
from scorespace.music.grid import Grid

METHODS: dict[str, latent.Mix] = {"slerp": latent.slerp, "lerp": latent.lerp}


@dataclass(frozen=True)
class Pairs:
    """Ends of paths, spelled canonically.

    Attributes:
        first, second: (P, T, S) int64 each, from different songs.
        songs: (P,) the song of each first phrase.
    """

    first: np.ndarray
    second: np.ndarray
    songs: np.ndarray


@dataclass(frozen=True)
class Point:
    """All paths at one amount.

    Attributes:
        amount: 0 to 1, from the first phrase to the second.
        to_first, to_second: share of tokens that differ from that end, over the share in which the ends differ.
        cost: nats under the language model, over the mean of the two ends' nats.
    """

    amount: float
    to_first: Figure
    to_second: Figure
    cost: Figure


def choose_pairs(tokens: np.ndarray, songs: np.ndarray, grid: Grid, count: int, seed: int) -> Pairs:
    """`count` random pairs of phrases (N, T, S) of different songs that do not sound the same.

    Raises:
        UsageError: when there are no two such phrases.
    """
    random, spelled = np.random.default_rng(seed), grid.canonical(tokens).astype(np.int64)
    drawn = random.integers(0, len(tokens), (20 * count + 100, 2))
    differ = (songs[drawn[:, 0]] != songs[drawn[:, 1]]) & (spelled[drawn[:, 0]] != spelled[drawn[:, 1]]).any((1, 2))
    chosen = drawn[differ][:count]
    if len(chosen) < count:
        raise UsageError(f"Interpolating needs phrases of several songs: {len(chosen)} of {count} pairs were found.")
    return Pairs(spelled[chosen[:, 0]], spelled[chosen[:, 1]], songs[chosen[:, 0]])


@torch.no_grad()
def latent_path(model: LatentModel, pairs: Pairs, amounts: Sequence[float], method: str = "slerp") -> np.ndarray:
    """(amounts, P, T, S) int64: the most likely phrases on the way between the ends' posterior means."""
    device = next(model.parameters()).device
    first, second = (
        torch.cat([model.encode(batch)[0] for batch in batches(end, device)]) for end in (pairs.first, pairs.second)
    )
    mix = METHODS[method]
    written = []
    for amount in amounts:
        points = model.prior.mix(mix, first, second, amount)
        parts = [model.decode(part).cpu().numpy() for part in torch.split(points, 256)]
        written.append(model.grid.canonical(np.concatenate(parts)))
    return np.stack(written)


def data_path(pairs: Pairs, amounts: Sequence[float], grid: Grid, seed: int) -> np.ndarray:
    """(amounts, P, T, S) int64: each step, all parts of it, is the second phrase's with probability `amount`.

    One uniform a step decides along the whole path, so that a step changes sides once.
    """
    uniforms = np.random.default_rng(seed).random((len(pairs.first), 1, pairs.first.shape[-1]))
    mixed = [np.where(uniforms < amount, pairs.second, pairs.first) for amount in amounts]
    return np.stack([grid.canonical(phrases) for phrases in mixed])


def measure(path: np.ndarray, pairs: Pairs, amounts: Sequence[float], judge: Model, seed: int = 0) -> list[Point]:
    """The figures of a path (amounts, P, T, S), with 95 % intervals over the songs of the first phrases.

    Args:
        judge: a model of the same grid with an exact likelihood, trained apart.
        seed: of the bootstrap.
    """
    grid, bootstrap = judge.grid, SongBootstrap(pairs.songs, seed)
    apart = 1 - grid.token_agreement(pairs.first, pairs.second)
    ends = (nll(judge, pairs.first) + nll(judge, pairs.second)) / 2

    def share(values: np.ndarray, whole: np.ndarray) -> Figure:
        return bootstrap.figure(lambda part, total: part / total, values, whole)

    return [
        Point(
            float(amount),
            share(1 - grid.token_agreement(pairs.first, phrases), apart),
            share(1 - grid.token_agreement(pairs.second, phrases), apart),
            share(nll(judge, phrases), ends),
        )
        for amount, phrases in zip(amounts, path, strict=True)
    ]
