"""Attribute vectors as they stand beside the weights of a checkpoint.

    attributes.safetensors  one array (attributes, Z) for each way to find the vectors
    attributes.json         names, units, what was measured, checksums of the weights they belong to and of the arrays

They are learnt by `scorespace attributes` and verified when the checkpoint is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch

from scorespace import companion, latent
from scorespace.errors import UsageError
from scorespace.music.attributes import attributes_of
from scorespace.music.grid import Grid

STEM = "attributes"
TABLE, ARRAYS = f"{STEM}.json", f"{STEM}.safetensors"
QUARTILES, REGRESSION, ORTHOGONAL = "quartiles", "regression", "orthogonal"
STORED = (QUARTILES, REGRESSION)
METHODS = (*STORED, ORTHOGONAL)


@dataclass(frozen=True)
class AttributeVectors:
    """The directions in which the attributes of a space change, and what moving along them was measured to do.

    Attributes:
        names: of the attributes.
        stored: for each way of `STORED` the vectors (attributes, Z) float64.
        table: plain values: "phrases" and "fingerprint" (what they were learnt from), "points", "seed", "temperature"
            and "reach" (how they were measured), "attributes" (a row each: name, unit, mean, spread, movable,
            reason), "effect" (see `scorespace.evaluation.attribute_vectors`).
    """

    names: tuple[str, ...]
    stored: Mapping[str, np.ndarray]
    table: Mapping[str, Any]

    @cached_property
    def directions(self) -> dict[str, np.ndarray]:
        """The vectors (attributes, Z) of every way of `METHODS`."""
        quartiles = torch.from_numpy(self.stored[QUARTILES])
        return {**self.stored, ORTHOGONAL: latent.orthogonal_to_others(quartiles).numpy()}

    def scaled(self, by: np.ndarray) -> AttributeVectors:
        """The vectors with each dimension multiplied by (Z,) numbers."""
        if (by == 1).all():
            return self
        return replace(self, stored={name: rows * by for name, rows in self.stored.items()})

    @property
    def spreads(self) -> np.ndarray:
        """(attributes,) standard deviation over the phrases that they were learnt from."""
        return np.array([row["spread"] for row in self.table["attributes"]])

    def index(self, name: str) -> int:
        """The place of an attribute that this space can move.

        Raises:
            UsageError: when it has no such attribute, or was measured not to move it; says the figure.
        """
        if name not in self.names:
            raise UsageError(f"There is no attribute {name!r} here: choose from {', '.join(self.movable)}.")
        place = self.names.index(name)
        row = self.table["attributes"][place]
        if not row["movable"]:
            raise UsageError(f"{name} cannot be moved in this space: {row['reason']}.")
        return place

    @property
    def movable(self) -> list[str]:
        """The names of the attributes that this space can move."""
        return [row["name"] for row in self.table["attributes"] if row["movable"]]


def save(folder: Path, vectors: AttributeVectors, weights: str) -> Path:
    """Writes the vectors into the folder of the checkpoint whose weights have this SHA-256; replaces older ones.

    Raises:
        ModelError: when the folder cannot be written.
    """
    return companion.save(folder, STEM, vectors.stored, vectors.table, weights)


def load(folder: Path, weights: str, grid: Grid, z_size: int) -> AttributeVectors | None:
    """The vectors beside a checkpoint's weights, verified; None when there are none.

    Raises:
        ModelError: when they are damaged, of a newer format, or belong to other weights.
    """
    again = "make them again with `scorespace attributes`"
    found = companion.load(
        folder, STEM, weights, again, lambda table, arrays: _problem(_names(table), arrays, table, grid, z_size)
    )
    if found is None:
        return None
    table, arrays = found
    return AttributeVectors(_names(table), arrays, table)


def _names(table: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(row["name"]) for row in table["attributes"])


def _problem(
    names: tuple[str, ...], arrays: Mapping[str, np.ndarray], table: Mapping[str, Any], grid: Grid, z_size: int
) -> str | None:
    if unknown := sorted(set(names) - set(attributes_of(grid))):
        return f"{unknown[0]!r} is no attribute of this grid"
    if set(arrays) != set(STORED):
        return f"holds the vectors {', '.join(sorted(arrays))}, not {', '.join(STORED)}"
    for name, rows in arrays.items():
        if rows.ndim != 2 or len(rows) != len(names) or not np.isfinite(rows).all():
            return f"the vectors {name!r} have shape {rows.shape} or numbers that are not finite"
        if rows.shape[1] != z_size:
            return f"the vectors {name!r} have {rows.shape[1]} numbers, a point of this model has {z_size}"
    for row in table["attributes"]:
        if not (np.isfinite(row["spread"]) and row["spread"] >= 0 and isinstance(row["movable"], bool)):
            return f"the row of {row['name']!r} is damaged"
    return None
