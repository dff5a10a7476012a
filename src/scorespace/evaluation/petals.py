"""What each petal of a flower sounds like: attributes of its samples, and how smoothly they change round the circle.

Source: Valenti et al. 2020, 4.4.1 and figure 3: samples of each Gaussian, the mean of every metric over them relative
to its mean over all. The paper looks at the picture; here smoothness is a figure, and shuffled petals its baseline.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from scorespace.evaluation.latent_space import written
from scorespace.models.base import LatentModel
from scorespace.models.priors import Flower
from scorespace.music.attributes import attributes_of, measure
from scorespace.space import noise, style
from scorespace.space.space import SAMPLE_TEMPERATURE
from scorespace.styles import Styles

MOST_ORDERS = 5040  # all orders of eight petals on a circle, or so many random ones


def samples(
    model: LatentModel,
    count: int,
    seed: int,
    styles: Styles | None = None,
    temperature: float = SAMPLE_TEMPERATURE,
) -> np.ndarray:
    """(n, count, T, S) int64: so many samples of each petal; petal k's are takes k * count onwards of the seed.

    With `styles` as `scorespace sample --genre` draws them, without from the petals alone.
    """
    prior = model.prior
    assert isinstance(prior, Flower)
    rows = []
    for petal in range(prior.petals):
        takes = range(petal * count, (petal + 1) * count)
        chances = np.stack([noise.uniforms(seed, take, 0, model.grid.draws) for take in takes])
        rows.append(written(model, style.drawn(prior, styles, seed, takes, prior.angle(petal)), temperature, chances))
    return np.stack(rows)


def report(model: LatentModel, drawn: np.ndarray, seed: int, styles: Styles | None = None) -> dict[str, Any]:
    """Relative means of the attributes by petal, and their smoothness, as plain values.

    Args:
        model: with a flower. drawn: (n, count, T, S) samples of each petal.
        seed: of the shuffled orders.
        styles: of the space: how often its classifier finds the genre of the petal in the samples.
    """
    prior, grid = model.prior, model.grid
    assert isinstance(prior, Flower)
    figures = np.stack([measure(phrases, grid) for phrases in drawn])  # (n, count, A)
    local, spread = figures.mean(1), figures.reshape(-1, figures.shape[-1]).std(0)
    moving = spread > 1e-9
    everywhere = local.mean(0)
    standard = (local - everywhere)[:, moving] / spread[moving]
    relative = np.where(np.abs(everywhere) > 1e-6, (local - everywhere) / np.maximum(np.abs(everywhere), 1e-6), 0.0)
    names = [name for name, moves in zip(attributes_of(grid), moving, strict=True) if moves]
    found: dict[str, Any] = {
        "samples_a_petal": drawn.shape[1],
        "genres": list(prior.genres),
        "attributes": names,
        "relative": [[round(value, 4) for value in row] for row in relative[:, moving].T.tolist()],
        "in_spreads": [[round(value, 4) for value in row] for row in standard.T.tolist()],
        "smoothness": smoothness(standard, seed),
    }
    if styles is not None:
        said = np.stack([styles.log_probabilities(phrases, grid).argmax(1) for phrases in drawn])
        own = (said == np.arange(prior.petals)[:, None]).mean(1)
        found["genre_found"] = {
            "by_genre": {name: round(float(share), 4) for name, share in zip(prior.genres, own, strict=True)},
            "mean": round(float(own.mean()), 4),
            "chance": 1 / prior.petals,
        }
    return found


def smoothness(rows: np.ndarray, seed: int) -> dict[str, float]:
    """How even the steps between neighbouring petals are: "roughness" is the mean squared step round the circle over
    that of shuffled petals (1 = no smoother than chance); "share_rougher" of the shuffled orders are rougher.

    rows: (n, A), petal by petal. For few petals all orders are looked at.
    """
    steps = _steps(rows, np.arange(len(rows)))
    shuffled = np.array([_steps(rows, order) for order in _orders(len(rows), seed)])
    mean = float(shuffled.mean())
    return {
        "roughness": steps / mean if mean > 0 else 1.0,
        "share_rougher": float((shuffled > steps + 1e-12).mean()),
        "orders": float(len(shuffled)),
    }


def _steps(rows: np.ndarray, order: np.ndarray) -> float:
    ordered = rows[order]
    return float(((ordered - np.roll(ordered, -1, axis=0)) ** 2).sum(1).mean())


def _orders(count: int, seed: int) -> list[np.ndarray]:
    if math.factorial(count - 1) <= MOST_ORDERS:
        return [np.array((0, *rest)) for rest in itertools.permutations(range(1, count))]
    random = np.random.default_rng(seed)
    return [random.permutation(count) for _ in range(MOST_ORDERS)]
