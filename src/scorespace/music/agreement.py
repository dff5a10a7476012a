"""How well a phrase agrees with another: per-phrase figures on token arrays.

Conventions: arrays are (N, tracks, steps) integers in a grid's alphabet; every figure is one float64 a phrase, 1 is
perfect. An onset is a pitch token; an onset agrees when the other phrase has the same pitch at the same step and track.
"""

from __future__ import annotations

import numpy as np

from scorespace.music.grid import FIRST_PITCH


def token_accuracy(reference: np.ndarray, estimate: np.ndarray) -> np.ndarray:
    """(N,) share of steps whose token is equal. Most tokens are HOLD: read it beside `onset_f1`."""
    shares: np.ndarray = (reference == estimate).reshape(len(reference), -1).mean(axis=1)
    return shares


def onset_f1(reference: np.ndarray, estimate: np.ndarray) -> np.ndarray:
    """(N,) F1 of onsets, step and pitch both right; 1 where neither phrase has an onset."""
    wanted, found = reference >= FIRST_PITCH, estimate >= FIRST_PITCH
    right = (wanted & (reference == estimate)).reshape(len(reference), -1).sum(axis=1)
    total = (wanted.astype(np.int64) + found).reshape(len(reference), -1).sum(axis=1)
    return np.where(total == 0, 1.0, 2.0 * right / np.maximum(total, 1))


def pitch_at_onsets(reference: np.ndarray, estimate: np.ndarray) -> np.ndarray:
    """(N,) share of the reference's onsets at which the estimate begins the same pitch; 1 where there is none."""
    wanted = reference >= FIRST_PITCH
    right = (wanted & (reference == estimate)).reshape(len(reference), -1).sum(axis=1)
    count = wanted.reshape(len(reference), -1).sum(axis=1)
    return np.where(count == 0, 1.0, right / np.maximum(count, 1))
