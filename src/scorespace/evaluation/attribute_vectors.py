"""Learning the attribute vectors of a space, and measuring what moving along them does.

The vectors are learnt from the posterior means of training phrases. They are measured at points drawn from the prior:
each point is moved along a vector and against it, by `REACH` of its length, and decoded with the uniforms and the
temperature of `sample`, the same before and after, so that only the move changes the notes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from scorespace import latent
from scorespace.checkpoint import Checkpoint
from scorespace.data.batches import Phrases
from scorespace.errors import UsageError
from scorespace.evaluation.latent_space import posterior_means, written
from scorespace.models.base import LatentModel
from scorespace.music.attributes import attributes_of, measure
from scorespace.music.grid import Grid
from scorespace.space import drawing, noise
from scorespace.space.space import SAMPLE_TEMPERATURE
from scorespace.training.held_out import choose_phrases
from scorespace.vectors import METHODS, QUARTILES, REGRESSION, AttributeVectors

REACH = 0.5  # of a point's length: half the radius of the prior
LEAST_EFFECT = 0.1  # standard deviations over the corpus; an attribute that no vector moves so far is not moved
CERTAIN = 3.0  # and by so many standard errors
BATCH = 128


@dataclass(frozen=True)
class Options:
    """How to learn and measure.

    Attributes:
        phrases: at most so many training phrases, evenly spread; 0 = all.
        points: drawn from the prior, >= 2.
        seed: of the points.
    """

    phrases: int = 20_000
    points: int = 256
    seed: int = 0


def learn(
    checkpoint: Checkpoint,
    shards: Phrases,
    options: Options = Options(),
    progress: Callable[[float], None] = lambda _: None,
) -> AttributeVectors:
    """The attribute vectors of a space, with their measured effect.

    Args:
        checkpoint: its model has a latent space.
        shards: of the checkpoint's grid; the training split is used.
        progress: told the share that is done, 0 to 1.

    Raises:
        UsageError: when the model has no latent space, the grids differ or there are no phrases.
    """
    model, grid = checkpoint.model.eval(), checkpoint.grid
    if not isinstance(model, LatentModel):
        raise UsageError(f"A {type(model).__name__} has no latent space to find attribute vectors in.")
    if shards.grid != grid:
        raise UsageError("The data set was prepared for another grid than the space's: prepare it with its recipe.")
    if options.points < 2 or options.phrases < 0:
        raise UsageError(f"At least 2 points and 0 (all) phrases, got {options.points} and {options.phrases}.")
    train = shards.tokens("train")
    places = choose_phrases(np.arange(len(train)), options.phrases or len(train))
    if len(places) < 2:
        raise UsageError("The training split has fewer than two phrases: there is nothing to learn from.")
    tokens = np.asarray(train[places]).astype(np.int64)
    values = measure(tokens, grid)
    means = posterior_means(model, tokens, lambda share: progress(share / 3))
    stored = vectors_of(means, values)
    names = tuple(attributes_of(grid))
    bare = AttributeVectors(names, stored, {})
    effect = effects(model, grid, bare, values, options, lambda share: progress((1 + 2 * share) / 3))
    table = {
        "phrases": len(tokens),
        "fingerprint": getattr(shards, "fingerprint", ""),
        "points": options.points,
        "seed": options.seed,
        "temperature": SAMPLE_TEMPERATURE,
        "reach": REACH,
        "attributes": _rows(grid, values, effect, options.points),
        "effect": effect,
    }
    return AttributeVectors(names, stored, table)


def vectors_of(means: np.ndarray, values: np.ndarray) -> dict[str, np.ndarray]:
    """The vectors (A, Z) of posterior means (N, Z) and attributes (N, A), by either way, as float32 holds them."""
    points, figures = torch.from_numpy(means), torch.from_numpy(values)
    quartiles = torch.stack([latent.quartile_vector(points, column) for column in figures.T])
    regression = latent.regression_vectors(points, figures)
    found = {QUARTILES: quartiles, REGRESSION: regression}
    return {name: rows.numpy().astype(np.float32).astype(np.float64) for name, rows in found.items()}


@torch.no_grad()
def effects(
    model: LatentModel,
    grid: Grid,
    vectors: AttributeVectors,
    values: np.ndarray,
    options: Options,
    progress: Callable[[float], None] = lambda _: None,
) -> dict[str, Any]:
    """What each vector does to every attribute, as plain values.

    For each way to find vectors: "along" and "against" (rows: the vector, columns: the attribute measured), the mean
    change at the points in standard deviations of the attribute over the corpus; "percent_along" and
    "percent_against", the same as a share of the mean before, in percent (Roberts et al. 2018, figure 4; None where
    that mean is 0); "effect" = (along - against) / 2; "error", the standard error of that.

    values: (N, A) of the corpus.
    """
    z = drawing.points(model.prior, options.seed, [(take, 0) for take in range(options.points)])
    uniforms = np.stack([noise.uniforms(options.seed, take, 0, grid.draws) for take in range(options.points)])
    spread = np.where(values.std(0) > 0, values.std(0), 1.0)
    before = measure(_decode(model, z, uniforms), grid)
    rest = before.mean(0)
    found: dict[str, Any] = {"before": _plain(rest)}
    done, whole = 0, len(METHODS) * len(vectors.names)
    for method in METHODS:
        changes = []
        for direction in vectors.directions[method]:
            ends = [
                measure(_decode(model, _moved(model, z, direction, way), uniforms), grid) for way in (REACH, -REACH)
            ]
            changes.append([end - before for end in ends])
            done += 1
            progress(done / whole)
        change = np.array(changes)  # (A, 2, points, A)
        mean = change.mean(2)
        both = (change[:, 0] - change[:, 1]) / 2
        percent = np.where(np.abs(rest) > 1e-9, 100 * mean / np.where(np.abs(rest) > 1e-9, rest, 1), np.nan)
        found[method] = {
            "along": _plain(mean[:, 0] / spread),
            "against": _plain(mean[:, 1] / spread),
            "percent_along": _plain(percent[:, 0]),
            "percent_against": _plain(percent[:, 1]),
            "effect": _plain(both.mean(1) / spread),
            "error": _plain(both.std(1, ddof=1) / np.sqrt(options.points) / spread),
        }
    return found


def diagonal(table: Mapping[str, Any], method: str) -> dict[str, float]:
    """How diagonal a matrix of effects is: over the attributes that can be moved.

    "own": mean effect of a vector on its own attribute; "others": mean absolute effect on another; "largest": share of
    the vectors that change their own attribute more than any other (all in standard deviations over the corpus).
    """
    rows = [k for k, row in enumerate(table["attributes"]) if row["movable"]]
    matrix = np.array(table["effect"][method]["effect"], np.float64)[np.ix_(rows, rows)]
    if not len(matrix):
        return {"own": 0.0, "others": 0.0, "largest": 0.0}
    apart = ~np.eye(len(matrix), dtype=bool)
    return {
        "own": float(np.diag(matrix).mean()),
        "others": float(np.abs(matrix[apart]).mean()) if apart.any() else 0.0,
        "largest": float((np.abs(matrix).argmax(1) == np.arange(len(matrix))).mean()),
    }


def _rows(grid: Grid, values: np.ndarray, effect: Mapping[str, Any], points: int) -> list[dict[str, Any]]:
    rows = []
    for k, (name, attribute) in enumerate(attributes_of(grid).items()):
        own = {method: (effect[method]["effect"][k][k], effect[method]["error"][k][k]) for method in METHODS}
        best = max(own, key=lambda method: own[method][0])
        change, error = own[best]
        spread = float(values[:, k].std())
        movable = spread > 1e-9 and change >= LEAST_EFFECT and change >= CERTAIN * error
        reason = (
            f"walking half the prior's radius along its best vector changes it by {change:.2f} of its spread (standard "
            f"error {error:.2f}, {points} random points); at least {LEAST_EFFECT:g} and {CERTAIN:g} errors are needed"
            if spread > 1e-9
            else "it is the same in all phrases that the vectors were learnt from"
        )
        rows.append(
            {
                "name": name,
                "unit": attribute.unit,
                "mean": round(float(values[:, k].mean()), 6),
                "spread": round(spread, 6),
                "effect": change,
                "best": best,
                "movable": bool(movable),
                "reason": None if movable else reason,
            }
        )
    return rows


def _moved(model: LatentModel, z: np.ndarray, direction: np.ndarray, amount: float) -> np.ndarray:
    result: np.ndarray = model.prior.moved(torch.from_numpy(z), torch.from_numpy(direction), amount).numpy()
    return result


def _decode(model: LatentModel, z: np.ndarray, uniforms: np.ndarray) -> np.ndarray:
    return written(model, z, SAMPLE_TEMPERATURE, uniforms, BATCH)


def _plain(values: np.ndarray) -> list[Any]:
    """Nested lists with four digits; None where there is no number."""
    if values.ndim > 1:
        return [_plain(row) for row in values]
    return [round(value, 4) + 0.0 if np.isfinite(value) else None for value in values.tolist()]
