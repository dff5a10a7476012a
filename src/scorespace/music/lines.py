"""Rows of tokens for one melodic line, one token a step.

    0  HOLD        what sounded (or the silence) goes on
    1  REST        silence begins here
    2 + k          a note begins: pitch `lowest + k`

A repeated note is a new onset, so "C held" and "C struck again" are different rows (MusAE's frames confuse them).

A phrase that begins in silence begins with REST; one cut out of a longer line may begin with HOLD, which continues the
note before it and is silence when the phrase is played alone. Of two onsets on one step the highest pitch stays. Every
note lasts at least one step. Source: Roberts et al. 2017 (2.1, 130 states), with any metre and any beat.
"""

from __future__ import annotations

import numpy as np

from scorespace.music.quantised import Placed, Quantised, place

HOLD, REST, FIRST_PITCH = 0, 1, 2


def quantise(notes: np.ndarray, positions: np.ndarray, end: float, lowest: int, highest: int) -> Quantised:
    """A row of tokens (steps,) uint16 from notes (dtype NOTE) that are read as one line: a later onset ends the note
    before.

    Args:
        notes: in quarter notes from the row's beginning.
        positions: (steps,) ascending, where the steps stand.
        end: where the row ends, in quarter notes.
        lowest, highest: pitches that have a token, inclusive.
    """
    placed = place(notes, positions, end, (notes["pitch"] >= lowest) & (notes["pitch"] <= highest))
    order = np.lexsort((-placed.notes["pitch"], placed.on))
    order = order[np.concatenate([[True], np.diff(placed.on[order]) > 0])] if len(order) else order
    tokens = np.full(len(positions), HOLD, np.uint16)
    tokens[0] = REST
    onsets, ends = placed.on[order], placed.off[order]
    following = np.append(onsets[1:], len(positions))
    tokens[ends[ends < following]] = REST
    tokens[onsets] = FIRST_PITCH + placed.notes["pitch"][order] - lowest
    return _figures(tokens, placed, covered=len(placed.notes) - len(order))


def _figures(tokens: np.ndarray, placed: Placed, covered: int) -> Quantised:
    return Quantised(tokens, placed.offered, placed.moved, placed.furthest, covered, placed.left_out)


def onsets(rows: np.ndarray) -> np.ndarray:
    """(..., S) int64: 1 where a note begins."""
    return (rows >= FIRST_PITCH).astype(np.int64)


def sounding(rows: np.ndarray) -> np.ndarray:
    """(..., S) bool: where a note sounds. A HOLD before the first event continues a note, as in a phrase that was cut
    out of a longer line."""
    event = _last(rows != HOLD)
    heard = np.take_along_axis(rows, np.maximum(event, 0), -1)
    return (event < 0) | (heard >= FIRST_PITCH)


def windows(row: np.ndarray, steps: int, stride: int) -> np.ndarray:
    """Phrases (N, steps) uint16 of a row of tokens (at least `steps` long), one every `stride` steps.

    A HOLD that begins a window stays where a note sounds on into it, and becomes REST where there is silence.
    """
    cut = np.lib.stride_tricks.sliding_window_view(row, steps)[::stride].copy()
    event = np.maximum.accumulate(np.where(row != HOLD, np.arange(len(row)), 0))
    silent = row[event[: len(row) - steps + 1 : stride]] == REST
    cut[silent & (cut[:, 0] == HOLD), 0] = REST
    return cut


def silence(steps: int) -> np.ndarray:
    """(steps,) uint16: a row without notes."""
    row = np.full(steps, HOLD, np.uint16)
    row[0] = REST
    return row


def canonical(rows: np.ndarray) -> np.ndarray:
    """The one spelling of rows played alone: silence begins with REST, once.

    rows: (..., steps) integers. Two rows that sound the same when played alone have the same canonical form.
    """
    result = np.array(rows)
    result[..., 0] = np.where(result[..., 0] == HOLD, REST, result[..., 0])
    event = _last(result != HOLD)
    before = np.concatenate([np.full((*event.shape[:-1], 1), -1), event[..., :-1]], -1)
    heard_before = np.take_along_axis(result, np.maximum(before, 0), -1)
    result[(result == REST) & (before >= 0) & (heard_before == REST)] = HOLD
    return result


def spans(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of the notes in rows (N, S), in order: the row, the step on which it begins and the step on which it is over."""
    steps = rows.shape[-1]
    event = np.where(rows != HOLD, np.arange(steps), steps)
    upcoming = np.minimum.accumulate(event[:, ::-1], axis=-1)[:, ::-1]  # the first event at or after each step
    following = np.concatenate([upcoming[:, 1:], np.full((len(rows), 1), steps)], -1)
    row, on = np.nonzero(rows >= FIRST_PITCH)
    return row, on, following[row, on]


def _last(marked: np.ndarray) -> np.ndarray:
    """Index of the last marked step up to and including each step, -1 where there is none."""
    return np.maximum.accumulate(np.where(marked, np.arange(marked.shape[-1]), -1), axis=-1)
