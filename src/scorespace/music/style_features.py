"""What tells styles apart in the notes of a phrase, as one row of numbers: attributes, rhythms, intervals, lengths.

Nothing depends on the key. Rhythms are means over the bars of a phrase, so that phrases of any length compare.
"""

from __future__ import annotations

import numpy as np

from scorespace.music import drums
from scorespace.music.attributes import attributes_of, measure
from scorespace.music.grid import Grid

OF_THE_KEY = ("diatonic",)  # attributes that count in C major
INTERVALS = 13  # 0 to 11 semitones, and an octave or more
LENGTHS = (1, 2, 3, 4, 6, 8, 12)  # steps; the last class is longer than these


def names(grid: Grid) -> list[str]:
    """What each number of a row is, in order."""
    found = _keyless(grid)
    for part, pitched in zip(grid.parts, grid.pitched, strict=True):
        steps = range(grid.steps_per_bar)
        if not pitched:
            found += [f"{part} {kind} at {step}" for kind in drums.CLASSES for step in steps]
            continue
        found += [f"{part} onset at {step}" for step in steps]
        found += [f"{part} interval {size}" for size in range(INTERVALS)]
        found += [f"{part} length {size}" for size in range(len(LENGTHS) + 1)]
        found.append(f"{part} plays")
    return found


def features(tokens: np.ndarray, grid: Grid) -> np.ndarray:
    """(N, F) float64 of phrases (N, tracks, steps); see `names`."""
    notes = grid.notes(tokens)
    columns = [measure(tokens, grid, _keyless(grid))]
    for row, pitched in enumerate(grid.pitched):
        mine = notes[notes["track"] == row]
        columns += _line(mine, len(tokens), grid) if pitched else [_strokes(tokens[:, row], grid)]
    return np.concatenate(columns, axis=1)


def _keyless(grid: Grid) -> list[str]:
    """The attributes that do not depend on the key."""
    return [name for name in attributes_of(grid) if name.split(".")[0] not in OF_THE_KEY]


def _strokes(rows: np.ndarray, grid: Grid) -> np.ndarray:
    """(N, classes * steps of a bar): how often each class is struck at each place of a bar."""
    struck = drums.strokes(rows).reshape(len(rows), grid.bars, grid.steps_per_bar, drums.COUNT).mean(1)
    by_class: np.ndarray = struck.transpose(0, 2, 1).reshape(len(rows), -1)
    return by_class


def _line(notes: np.ndarray, count: int, grid: Grid) -> list[np.ndarray]:
    phrase, place = notes["phrase"], notes["step"] % grid.steps_per_bar
    rhythm = _counts(phrase, place, count, grid.steps_per_bar) / grid.bars
    follows = np.flatnonzero(np.diff(phrase) == 0)
    sizes = np.abs(np.diff(notes["pitch"].astype(np.int64)))[follows]
    intervals = _counts(phrase[follows], np.minimum(sizes, INTERVALS - 1), count, INTERVALS)
    steps = np.rint(notes["duration"] * grid.steps_per_bar / float(grid.bar_quarters)).astype(np.int64)
    lengths = _counts(phrase, np.searchsorted(LENGTHS, steps), count, len(LENGTHS) + 1)
    plays = np.bincount(phrase, minlength=count)[:, None] > 0
    return [rhythm, _shares(intervals), _shares(lengths), plays.astype(np.float64)]


def _counts(phrase: np.ndarray, kind: np.ndarray, count: int, kinds: int) -> np.ndarray:
    return np.bincount(phrase * kinds + kind, minlength=count * kinds).reshape(count, kinds).astype(np.float64)


def _shares(counts: np.ndarray) -> np.ndarray:
    shares: np.ndarray = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    return shares
