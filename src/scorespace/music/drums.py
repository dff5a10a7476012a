"""Rows of tokens for drums: one token a step says which of nine classes are struck, as the sum of 2^class.

0 is a step on which nothing is struck; 512 combinations in all (Roberts et al. 2017, 2.1). The classes and the General
MIDI pitches that count as each are those of Magenta's data (its reduced drum classes); the pitch that is written for a
class is the first of its list. A pitch of no class is reported and left out.
"""

from __future__ import annotations

import numpy as np

from scorespace.music.quantised import Quantised, place

CLASSES: dict[str, tuple[int, ...]] = {
    "kick": (36, 35),
    "snare": (38, 27, 28, 31, 32, 33, 34, 37, 39, 40, 56, 65, 66, 75, 85),
    "closed hi-hat": (42, 44, 54, 68, 69, 70, 71, 73, 78, 80, 22),
    "open hi-hat": (46, 67, 72, 74, 79, 81, 26),
    "low tom": (45, 29, 41, 43, 61, 64, 84),
    "mid tom": (48, 47, 60, 63, 77, 86, 87),
    "high tom": (50, 30, 62, 76, 83),
    "crash": (49, 52, 55, 57, 58),
    "ride": (51, 53, 59, 82),
}
COUNT = len(CLASSES)
COMBINATIONS = 1 << COUNT
PITCHES = np.array([pitches[0] for pitches in CLASSES.values()])  # what is written for each class
CLASS_OF = np.full(128, -1)  # the class of each MIDI pitch, -1 for none
for _number, _pitches in enumerate(CLASSES.values()):
    CLASS_OF[list(_pitches)] = _number


def quantise(notes: np.ndarray, positions: np.ndarray, end: float) -> Quantised:
    """A row of tokens (steps,) uint16 from the notes (dtype NOTE) of a drum track; see `lines.quantise`."""
    classes = CLASS_OF[notes["pitch"]]
    placed = place(notes, positions, end, classes >= 0)
    struck = np.zeros((len(positions), COUNT), np.int64)
    struck[placed.on, CLASS_OF[placed.notes["pitch"]]] = 1
    return Quantised(
        combined(struck).astype(np.uint16),
        placed.offered,
        placed.moved,
        placed.furthest,
        covered=len(placed.notes) - int(struck.sum()),
        out_of_range=placed.left_out,
        unmapped=tuple(sorted({int(pitch) for pitch in notes["pitch"][classes < 0]})),
    )


def combined(struck: np.ndarray) -> np.ndarray:
    """Tokens (...) int64 of strokes (..., 9), 0 or 1."""
    tokens: np.ndarray = (struck.astype(np.int64) << np.arange(COUNT)).sum(-1)
    return tokens


def strokes(rows: np.ndarray) -> np.ndarray:
    """(..., 9) int64, 1 where a class is struck, of tokens (...)."""
    return (rows.astype(np.int64)[..., None] >> np.arange(COUNT)) & 1


def onsets(rows: np.ndarray) -> np.ndarray:
    """(...) int64: how many classes are struck at each step."""
    count: np.ndarray = strokes(rows).sum(-1)
    return count


def windows(row: np.ndarray, steps: int, stride: int) -> np.ndarray:
    """Phrases (N, steps) uint16 of a row of tokens (at least `steps` long), one every `stride` steps."""
    return np.lib.stride_tricks.sliding_window_view(row, steps)[::stride].copy()
