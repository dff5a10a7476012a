"""Whether phrases were copied from others, in whatever key."""

from __future__ import annotations

import numpy as np

from scorespace.music.grid import Grid

SHIFTS = range(-12, 13)  # semitones by which a copy may be moved
COPIED = 0.9  # onset F1 from which a phrase counts as a copy
AT_ONCE = 64  # phrases compared in one product


def nearest_f1(tokens: np.ndarray, others: np.ndarray, grid: Grid) -> np.ndarray:
    """(N,) onset F1 of each phrase with the one of `others` that it is most like, moved by up to an octave.

    An onset agrees when it has the same part, step and pitch; drums are not moved.

    Args:
        tokens: (N, T, S) phrases. others: (M, T, S), M >= 1.
        grid: of both.
    """
    low, high = _range(tokens, others, grid)
    first = _onsets(tokens, grid, low, high, 0)
    best = np.zeros(len(tokens))
    for begin in range(0, len(others), AT_ONCE):
        part = others[begin : begin + AT_ONCE]
        for shift in SHIFTS if grid.pitched.any() else (0,):
            second = _onsets(part, grid, low, high, shift)
            total = first.sum(1)[:, None] + second.sum(1)
            best = np.maximum(best, (2 * first @ second.T / np.maximum(total, 1)).max(1))
    return best


def copied_share(tokens: np.ndarray, others: np.ndarray, grid: Grid) -> float:
    """The share of the phrases that copy one of `others`: an onset F1 of COPIED or more in some key."""
    return float((nearest_f1(tokens, others, grid) >= COPIED - 1e-6).mean())


def _range(first: np.ndarray, second: np.ndarray, grid: Grid) -> tuple[int, int]:
    """The pitches that phrases have and what an octave of moving adds."""
    pitches = np.concatenate([grid.notes(one)["pitch"] for one in (first, second)]).astype(np.int64)
    low, high = (int(pitches.min()), int(pitches.max())) if len(pitches) else (0, 0)
    return low - SHIFTS[-1], high + SHIFTS[-1] + 1


def _onsets(tokens: np.ndarray, grid: Grid, low: int, high: int, shift: int) -> np.ndarray:
    """(N, T * S * pitches) float32, 1 where a note begins."""
    notes = grid.notes(tokens)
    pitch = notes["pitch"].astype(np.int64) + np.where(grid.pitched[notes["track"]], shift, 0) - low
    found = np.zeros((len(tokens), grid.tracks, grid.steps, high - low), np.float32)
    found[notes["phrase"], notes["track"], notes["step"], pitch] = 1.0
    return found.reshape(len(tokens), -1)
