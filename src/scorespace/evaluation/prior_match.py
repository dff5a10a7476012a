"""How well the aggregate posterior matches the prior: two samples, and how they can be told apart.

One code is drawn for every phrase, and for each a point of the prior: on a flower from the petal of the phrase's genre,
so that both samples hold the genres alike. All in units of the prior's spread. Beside every distance stands what the
same distance between two samples of the prior is at most, 19 times in 20.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np
import torch

from scorespace.evaluation import linear_probe
from scorespace.evaluation.intervals import Figure, SongBootstrap
from scorespace.evaluation.reconstruction import batches
from scorespace.models.adversary import draw
from scorespace.models.base import LatentModel
from scorespace.models.priors import PLANE, Flower

DIRECTIONS = 256
DRAWS = 20  # pairs of samples of the prior
FEWEST_SONGS = 4  # of which half teach the classifier
Statistic = Callable[[np.ndarray, np.ndarray], float]


@torch.no_grad()
def measure(model: LatentModel, tokens: np.ndarray, songs: np.ndarray, genres: np.ndarray, seed: int) -> dict[str, Any]:
    """Every statistic beside what chance gives, as plain values.

    On a flower the plane is looked at once more, turned so that each tagged phrase's own petal points to the right:
    there codes that gather on other petals than their own are far from the draws.

    Args:
        model: in evaluation mode.
        tokens: (N, T, S) int64 held-out phrases. songs: (N,). genres: (N,) the petal of each, -1 = untagged.
        seed: of codes, draws and directions.
    """
    generator, tagged = torch.Generator().manual_seed(seed), torch.from_numpy(genres)
    codes, means = _codes(model, tokens, generator)
    spread = model.prior.spread(codes)
    samples = [(draw(model.prior, tagged, codes, generator) / spread).numpy() for _ in range(2 * DRAWS)]
    encoded = (codes / spread).numpy()
    statistics: dict[str, Statistic] = {
        "sliced_wasserstein": lambda x, y: sliced_wasserstein(x, y, seed),
        "energy_distance": energy_distance,
    }
    flower = model.prior if isinstance(model.prior, Flower) and (genres >= 0).any() else None
    if flower:
        statistics["energy_distance_in_own_petals"] = lambda x, y: energy_distance(
            _turned(flower, x, genres), _turned(flower, y, genres)
        )
    found: dict[str, Any] = {
        name: {"value": statistic(encoded, samples[0]), "chance": _by_chance(statistic, samples)}
        for name, statistic in statistics.items()
    }
    told = told_apart(_view(flower, encoded, genres), _view(flower, samples[0], genres), songs, seed)
    found["told_apart"] = asdict(told) if told else None
    if flower:
        own = genres >= 0
        petal, bootstrap = _nearest_petal(flower, means)[own], SongBootstrap(songs[own], seed)
        found["nearest_petal_is_own"] = asdict(bootstrap.mean((petal == genres[own]).astype(float)))
        found["nearest_petal_is_own_balanced"] = asdict(linear_probe.balanced_accuracy(genres[own], petal, bootstrap))
    return found


def sliced_wasserstein(x: np.ndarray, y: np.ndarray, seed: int) -> float:
    """Mean over random directions of the distance between the sorted projections of x and y, (N, Z) each.

    Source: Rabin et al. 2011; the 1-Wasserstein distance of each projection.
    """
    directions = _directions(x.shape[1], seed)
    return float(np.abs(np.sort(x @ directions, 0) - np.sort(y @ directions, 0)).mean())


def energy_distance(x: np.ndarray, y: np.ndarray) -> float:
    """Root of 2 E|X - Y| - E|X - X'| - E|Y - Y'| of samples (N, Z), without bias; 0 where they are alike."""

    def apart(a: np.ndarray, b: np.ndarray, same: bool) -> float:
        total = float(torch.cdist(torch.from_numpy(a), torch.from_numpy(b)).sum())
        return total / (len(a) * (len(b) - same))

    return float(np.sqrt(max(0.0, 2 * apart(x, y, False) - apart(x, x, True) - apart(y, y, True))))


def told_apart(x: np.ndarray, y: np.ndarray, songs: np.ndarray, seed: int) -> Figure | None:
    """How often a classifier that was taught on half of the songs tells x from y on the others; 0.5 = by chance alone.

    It is linear in the coordinates, their squares, the squared length and the squares of random projections, in which
    correlations show. Source: Lopez-Paz and Oquab 2017, "Revisiting classifier two-sample tests". None for fewer than
    FEWEST_SONGS songs. x, y: (N, Z) of the same N phrases; songs (N,).
    """
    numbers = np.unique(songs)
    if len(numbers) < FEWEST_SONGS:
        return None
    taught = np.isin(songs, np.random.default_rng(seed).permutation(numbers)[: len(numbers) // 2])
    directions = _directions(x.shape[1], seed + 1)
    views = [np.concatenate([z, z**2, (z**2).sum(1, keepdims=True), (z @ directions) ** 2], 1) for z in (x, y)]
    train = np.concatenate([view[taught] for view in views])
    probe = linear_probe.fit(train, np.repeat([0, 1], taught.sum()), 2, ridge=0.1)
    right = [(probe.predict(view[~taught]) == label).astype(float) for label, view in enumerate(views)]
    return SongBootstrap(songs[~taught], seed).mean((right[0] + right[1]) / 2)


def _directions(size: int, seed: int) -> np.ndarray:
    """(size, DIRECTIONS) random unit vectors."""
    directions = np.random.default_rng(seed).normal(size=(size, DIRECTIONS))
    found: np.ndarray = directions / np.linalg.norm(directions, axis=0)
    return found


def _by_chance(statistic: Statistic, samples: list[np.ndarray]) -> float:
    """The 95 % quantile of a statistic between two samples of the prior."""
    return float(np.quantile([statistic(x, y) for x, y in zip(samples[::2], samples[1::2], strict=True)], 0.95))


def _view(flower: Flower | None, points: np.ndarray, genres: np.ndarray) -> np.ndarray:
    """Points with, on a flower, the plane as each phrase's own petal sees it; 0 for untagged ones."""
    if flower is None:
        return points
    turned = np.zeros((len(points), PLANE))
    turned[genres >= 0] = _turned(flower, points, genres)
    return np.concatenate([points, turned], 1)


def _turned(flower: Flower, points: np.ndarray, genres: np.ndarray) -> np.ndarray:
    """(tagged, 2): the plane of the tagged points (N, Z), turned back by the angle of each one's petal."""
    own = genres >= 0
    angle = 2 * np.pi * genres[own] / flower.petals
    x, y = points[own, 0], points[own, 1]
    return np.stack([x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)], 1)


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
