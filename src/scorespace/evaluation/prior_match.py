"""How well the aggregate posterior matches the prior: two samples, and how they can be told apart.

One code is drawn for every phrase, and for each a point of the prior: on a flower from the petal of the phrase's genre,
so that both samples hold the genres alike. All in units of the prior's spread. Every figure stands beside its floor,
the same figure between two samples of the prior.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np
import torch

from scorespace.evaluation import linear_probe
from scorespace.evaluation.intervals import SongBootstrap
from scorespace.evaluation.reconstruction import batches
from scorespace.models.adversary import draw
from scorespace.models.base import LatentModel
from scorespace.models.priors import PLANE, Flower

DIRECTIONS = 256
Statistic = Callable[[np.ndarray, np.ndarray], float]


@torch.no_grad()
def measure(model: LatentModel, tokens: np.ndarray, songs: np.ndarray, genres: np.ndarray, seed: int) -> dict[str, Any]:
    """Every statistic with its floor, as plain values.

    Args:
        model: in evaluation mode.
        tokens: (N, T, S) int64 held-out phrases. songs: (N,). genres: (N,) places on the circle, -1 = untagged.
        seed: of codes, draws and directions.
    """
    generator, tagged = torch.Generator().manual_seed(seed), torch.from_numpy(genres)
    codes, means = _codes(model, tokens, generator)
    spread = model.prior.spread(codes)
    drawn, again = (draw(model.prior, tagged, codes, generator) for _ in range(2))
    encoded, first, second = ((points / spread).numpy() for points in (codes, drawn, again))
    statistics: dict[str, Statistic] = {
        "sliced_wasserstein": lambda x, y: sliced_wasserstein(x, y, seed),
        "energy_distance": energy_distance,
    }
    if isinstance(model.prior, Flower):
        statistics["energy_distance_of_the_plane"] = lambda x, y: energy_distance(x[:, :PLANE], y[:, :PLANE])
    found: dict[str, Any] = {
        name: {"value": statistic(encoded, first), "floor": statistic(first, second)}
        for name, statistic in statistics.items()
    }
    found["told_apart"] = asdict(told_apart(encoded, first, songs, seed))
    if isinstance(model.prior, Flower) and (genres >= 0).any():
        right = _nearest_petal(model.prior, means)[genres >= 0] == genres[genres >= 0]
        found["nearest_petal_is_own"] = asdict(SongBootstrap(songs[genres >= 0], seed).mean(right.astype(float)))
        found["nearest_petal_is_own_balanced"] = asdict(
            linear_probe.balanced_accuracy(
                genres[genres >= 0],
                _nearest_petal(model.prior, means)[genres >= 0],
                SongBootstrap(songs[genres >= 0], seed),
            )
        )
    return found


def sliced_wasserstein(x: np.ndarray, y: np.ndarray, seed: int) -> float:
    """Mean over random directions of the distance between the sorted projections of x and y, (N, Z) each.

    Source: Rabin et al. 2011; the 1-Wasserstein distance of each projection.
    """
    directions = np.random.default_rng(seed).normal(size=(x.shape[1], DIRECTIONS))
    directions /= np.linalg.norm(directions, axis=0)
    return float(np.abs(np.sort(x @ directions, 0) - np.sort(y @ directions, 0)).mean())


def energy_distance(x: np.ndarray, y: np.ndarray) -> float:
    """Root of 2 E|X - Y| - E|X - X'| - E|Y - Y'| of samples (N, Z), without bias; 0 where they are alike."""

    def apart(a: np.ndarray, b: np.ndarray, same: bool) -> float:
        total = float(torch.cdist(torch.from_numpy(a), torch.from_numpy(b)).sum())
        return total / (len(a) * (len(b) - same))

    return float(np.sqrt(max(0.0, 2 * apart(x, y, False) - apart(x, x, True) - apart(y, y, True))))


def told_apart(x: np.ndarray, y: np.ndarray, songs: np.ndarray, seed: int) -> Any:
    """How often a classifier that was taught on half of the songs tells x from y on the others; 0.5 = never.

    It is linear in the coordinates, their squares and the squared lengths. Source: Lopez-Paz and Oquab 2017,
    "Revisiting classifier two-sample tests". x, y: (N, Z) of the same N phrases; songs (N,).
    """
    numbers = np.unique(songs)
    taught = np.isin(songs, np.random.default_rng(seed).permutation(numbers)[: len(numbers) // 2])
    rows = {label: np.concatenate([z, z**2, (z**2).sum(1, keepdims=True)], 1) for label, z in ((0, x), (1, y))}
    train = np.concatenate([rows[0][taught], rows[1][taught]])
    labels = np.repeat([0, 1], taught.sum())
    probe = linear_probe.fit(train, labels, 2, ridge=0.1)
    right = [(probe.predict(rows[label][~taught]) == label).astype(float) for label in (0, 1)]
    return SongBootstrap(songs[~taught], seed).mean((right[0] + right[1]) / 2)


def _codes(model: LatentModel, tokens: np.ndarray, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """One draw of each posterior, and the means: (N, Z) float64 each."""
    device = next(model.parameters()).device
    pairs = [tuple(part.cpu().double() for part in model.encode(batch)) for batch in batches(tokens, device)]
    means, scales = (torch.cat([pair[k] for pair in pairs]) for k in (0, 1))
    return means + scales * torch.randn(means.shape, generator=generator, dtype=torch.float64), means


def _nearest_petal(prior: Flower, means: torch.Tensor) -> np.ndarray:
    """(N,) the petal that each code's place in the plane points to."""
    angles = torch.atan2(means[:, 1], means[:, 0])
    petals = torch.round(angles / (2 * torch.pi) * prior.petals).long() % prior.petals
    found: np.ndarray = petals.numpy()
    return found
