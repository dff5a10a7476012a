"""How well a phrase agrees with another: per-phrase figures on token arrays.

Conventions: arrays are (N, tracks, steps) integers in a grid's alphabet; every figure is one float64 a phrase, 1 is
perfect. An onset agrees when the other phrase begins a note of the same pitch on the same step of the same part.
"""

from __future__ import annotations

import numpy as np

from scorespace.music.grid import Grid

_STEPS = 1 << 16  # more than a phrase has, so that one number can say part and step


def onset_f1(reference: np.ndarray, estimate: np.ndarray, grid: Grid) -> np.ndarray:
    """(N,) F1 of onsets, part, step and pitch all right; 1 where neither phrase has an onset."""
    right, wanted, found = _onsets(reference, estimate, grid)
    total = wanted + found
    return np.where(total == 0, 1.0, 2.0 * right / np.maximum(total, 1))


def pitch_at_onsets(reference: np.ndarray, estimate: np.ndarray, grid: Grid) -> np.ndarray:
    """(N,) share of the reference's onsets at which the estimate begins the same pitch; 1 where there is none."""
    right, wanted, _ = _onsets(reference, estimate, grid)
    return np.where(wanted == 0, 1.0, right / np.maximum(wanted, 1))


def copies(reference: np.ndarray, estimate: np.ndarray, grid: Grid) -> dict[str, np.ndarray]:
    """Every figure of written phrases against true ones, (N,) each.

    "accuracy" (tokens; most of a line are HOLD, so read it beside the others), "onset_f1" and "pitch_at_onsets", and of
    a grid of several parts the first two for each part, as "accuracy_bass"; and what the grid itself adds
    (`Grid.extra_agreement`).
    """
    figures = {
        "accuracy": grid.token_agreement(reference, estimate),
        "onset_f1": onset_f1(reference, estimate, grid),
        "pitch_at_onsets": pitch_at_onsets(reference, estimate, grid),
        **grid.extra_agreement(reference, estimate),
    }
    for k, (part, row) in enumerate(grid.alone().items()):
        true, written = reference[:, k : k + 1], estimate[:, k : k + 1]
        figures[f"accuracy_{part}"] = row.token_agreement(true, written)
        figures[f"onset_f1_{part}"] = onset_f1(true, written, row)
    return figures


def _onsets(reference: np.ndarray, estimate: np.ndarray, grid: Grid) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(N,) each: onsets that agree, those of the reference, those of the estimate."""
    wanted, found = _keys(reference, grid), _keys(estimate, grid)
    both = wanted[np.isin(wanted[:, 1], found[:, 1], assume_unique=True)]
    right, of_reference, of_estimate = (
        np.bincount(keys[:, 0], minlength=len(reference)) for keys in (both, wanted, found)
    )
    return right, of_reference, of_estimate


def _keys(tokens: np.ndarray, grid: Grid) -> np.ndarray:
    """(onsets, 2) int64: the phrase of each onset, and one number that says phrase, part, step and pitch."""
    found = grid.notes(tokens)
    places = (found["phrase"] * 256 + found["track"]) * _STEPS + found["step"]
    return np.unique(np.stack([found["phrase"], places * 128 + found["pitch"]], axis=1), axis=0)
