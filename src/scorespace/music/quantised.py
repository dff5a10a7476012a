"""Notes placed on the steps of a grid, and what that cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

MOVED = 1 / 64  # quarter notes; an onset displaced by more than this counts as moved


@dataclass(frozen=True)
class Quantised:
    """Tokens of a score with what it cost to fit the grid.

    Attributes:
        tokens: (tracks, steps) uint16.
        notes: notes that were offered.
        moved: notes whose onset lay more than 1/64 quarter note from its step.
        furthest: the largest such distance, in quarter notes.
        covered: notes lost because another took their place: a higher one on the same step of a line, or a second
            stroke of a drum class on one step.
        out_of_range: notes that have no token: outside the grid's pitches, or in no drum class.
        unmapped: the drum pitches among them, each once, ascending.
        refused: of a grid that judges whole bars, why each bar is no example to learn from; "" where it is one.
    """

    tokens: np.ndarray
    notes: int = 0
    moved: int = 0
    furthest: float = 0.0
    covered: int = 0
    out_of_range: int = 0
    unmapped: tuple[int, ...] = ()
    refused: tuple[str, ...] = ()


def unmapped(rows: Iterable[Quantised]) -> tuple[int, ...]:
    """The drum pitches of no class among several, each once, ascending."""
    return tuple(sorted({pitch for row in rows for pitch in row.unmapped}))


def stacked(rows: Sequence[Quantised]) -> Quantised:
    """The rows of several tracks as one array, their figures summed. Rows may be (steps,) or (rows, steps)."""
    return Quantised(
        np.concatenate([np.atleast_2d(row.tokens) for row in rows]),
        notes=sum(row.notes for row in rows),
        moved=sum(row.moved for row in rows),
        furthest=max(row.furthest for row in rows),
        covered=sum(row.covered for row in rows),
        out_of_range=sum(row.out_of_range for row in rows),
        unmapped=unmapped(rows),
    )


@dataclass(frozen=True)
class Placed:
    """Notes with the steps that they take.

    Attributes:
        notes: those that have a step and are wanted, dtype NOTE.
        on, off: (notes,) int64, the step on which each begins and the step on which it is over (on < off).
        offset: (notes,) quarter notes by which each begins after its step.
        offered: notes that begin within the row. moved, furthest, left_out: see Quantised (left_out: not wanted).
    """

    notes: np.ndarray
    on: np.ndarray
    off: np.ndarray
    offset: np.ndarray
    offered: int
    moved: int
    furthest: float
    left_out: int


def place(notes: np.ndarray, positions: np.ndarray, end: float, wanted: np.ndarray) -> Placed:
    """Puts notes (dtype NOTE) on the nearest steps.

    Args:
        notes: in quarter notes from the row's beginning; those that begin outside it are passed over.
        positions: (steps,) ascending, where the steps stand.
        end: where the row ends.
        wanted: (notes,) bool, which have a token.
    """
    inside = (notes["start"] < end - 1e-9) & (notes["start"] > -1e-9)
    found = notes[inside & wanted]
    edges = np.append(positions, end)
    on = nearest(edges, found["start"])
    # an onset that rounds to the bar line after the last bar belongs to what follows
    on_time = on < len(positions)
    found, on = found[on_time], on[on_time]
    off = np.maximum(nearest(edges, found["start"] + found["duration"]), on + 1)
    offset = found["start"] - edges[on]
    distance = np.abs(offset)
    return Placed(
        found,
        on,
        off,
        offset,
        offered=int(inside.sum()),
        moved=int((distance > MOVED).sum()),
        furthest=float(distance.max(initial=0.0)),
        left_out=int((inside & ~wanted).sum()),
    )


def nearest(edges: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Indices of the nearest edges; half-way times go to the later one. edges ascend."""
    right = np.clip(np.searchsorted(edges, times), 1, len(edges) - 1)
    return np.where(times - edges[right - 1] < edges[right] - times, right - 1, right)
