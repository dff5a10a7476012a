"""What a space knows of the styles of its genres, as it stands beside the weights of a checkpoint.

    styles.safetensors  mean point of each genre, and a linear classifier of note statistics
    styles.json         genres, what they were learnt from, how often the classifier is right on held-out songs

They are learnt by `scorespace attributes` where the data are tagged, and verified when the checkpoint is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from scorespace import companion
from scorespace.music import style_features
from scorespace.music.grid import Grid

STEM = "styles"


@dataclass(frozen=True)
class Styles:
    """Mean points of genres, and a classifier.

    Attributes:
        genres: their names, in the order of the circle.
        arrays: "means" (G, Z), mean posterior mean of each genre's training phrases; "weights" (F, G), "bias" (G,),
            "centre" and "spread" (F,) of the classifier of `scorespace.music.style_features`.
        table: plain values: "genres", "phrases", "fingerprint", and "balanced_accuracy" with its interval.
    """

    genres: tuple[str, ...]
    arrays: Mapping[str, np.ndarray]
    table: Mapping[str, Any]

    def log_probabilities(self, tokens: np.ndarray, grid: Grid) -> np.ndarray:
        """(N, G) how probable each genre is for phrases (N, tracks, steps), in nats, all being as frequent."""
        rows = (style_features.features(tokens, grid) - self.arrays["centre"]) / self.arrays["spread"]
        scores = rows @ self.arrays["weights"] + self.arrays["bias"]
        scores = scores - scores.max(1, keepdims=True)
        found: np.ndarray = scores - np.log(np.exp(scores).sum(1, keepdims=True))
        return found


def save(folder: Path, styles: Styles, weights: str) -> Path:
    """Writes the styles into the folder of the checkpoint whose weights have this SHA-256; replaces older ones.

    Raises:
        ModelError: when the folder cannot be written.
    """
    return companion.save(folder, STEM, styles.arrays, styles.table, weights)


def load(folder: Path, weights: str, grid: Grid, z_size: int) -> Styles | None:
    """The styles beside a checkpoint's weights, verified; None when there are none.

    Raises:
        ModelError: when they are damaged, of a newer format, or belong to other weights.
    """
    again = "make them again with `scorespace attributes`"
    found = companion.load(
        folder, STEM, weights, again, lambda table, arrays: _problem(_genres(table), arrays, grid, z_size)
    )
    if found is None:
        return None
    table, arrays = found
    return Styles(_genres(table), arrays, table)


def _genres(table: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(name) for name in table["genres"])


def _problem(genres: tuple[str, ...], arrays: Mapping[str, np.ndarray], grid: Grid, z_size: int) -> str | None:
    count, features = len(genres), len(style_features.names(grid))
    wanted = {
        "means": (count, z_size),
        "weights": (features, count),
        "bias": (count,),
        "centre": (features,),
        "spread": (features,),
    }
    if set(arrays) != set(wanted):
        return f"holds the arrays {', '.join(sorted(arrays))}, not {', '.join(wanted)}"
    for name, shape in wanted.items():
        if arrays[name].shape != shape or not np.isfinite(arrays[name]).all():
            return f"{name!r} has shape {arrays[name].shape}, not {shape}, or numbers that are not finite"
    if count < 2 or not (arrays["spread"] > 0).all():
        return "it needs two genres or more and spreads above 0"
    return None
