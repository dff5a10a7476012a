"""Phrases as they are heard: the notes of many token arrays at once, and what several attributes need of them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from scorespace.music.grid import Grid

TICKS = 960  # to a quarter note; whole for halves, thirds and fifths of the grids' steps
_PHRASE = 1 << 32  # ticks between phrases in one number that says phrase, part and place
_PART = 1 << 26


@dataclass(frozen=True)
class Heard:
    """The notes of phrases of one grid.

    Attributes:
        grid: of the phrases.
        count: how many phrases.
        notes: dtype NOTES, by phrase, part and step.
    """

    grid: Grid
    count: int
    notes: np.ndarray

    @staticmethod
    def of(tokens: np.ndarray, grid: Grid) -> Heard:
        """tokens: (N, tracks, steps) integers in the grid's alphabet."""
        return Heard(grid, len(tokens), grid.notes(np.asarray(tokens)))

    def part(self, row: int) -> Heard:
        """One part of a grid of several, as phrases of the grid of that part alone."""
        grid = list(self.grid.alone().values())[row]
        notes = self.notes[self.notes["track"] == row].copy()
        notes["track"] = 0
        return Heard(grid, self.count, notes)

    @cached_property
    def pitched(self) -> Heard:
        """Without the drums, whose pitches are names of instruments."""
        rows = np.append(self.grid.pitched, True)  # a kind of grid may number parts beyond its rows
        return Heard(self.grid, self.count, self.notes[rows[np.minimum(self.notes["track"], len(rows) - 1)]])

    @cached_property
    def ticks(self) -> np.ndarray:
        """(notes,) int64: where each note begins in its phrase, in 960ths of a quarter note.

        On the grid: where a note is played beside its step (by less than a step), the step counts.
        """
        edges = np.append(self.grid.positions(self.grid.bars), self.grid.bars * float(self.grid.bar_quarters))
        stands = edges[np.minimum(self.notes["step"], len(edges) - 1)]
        near = np.abs(stands - self.notes["start"]) < np.diff(edges).max()
        ticks: np.ndarray = np.rint(np.where(near, stands, self.notes["start"]) * TICKS).astype(np.int64)
        return ticks

    @cached_property
    def _sorted(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of the onsets: their keys (phrase, part and tick in one number), the highest note of each, the first note."""
        keys = self.notes["phrase"] * _PHRASE + self.notes["track"].astype(np.int64) * _PART + self.ticks
        order = np.lexsort((self.notes["pitch"], keys))
        sorted_keys = keys[order]
        new = np.concatenate([[True], np.diff(sorted_keys) > 0])[: len(order)]
        last = np.append(new[1:], True)[: len(order)]
        return sorted_keys[new], order[last], order[new]

    @property
    def onsets(self) -> np.ndarray:
        """(onsets,) int64, ascending: every place at which a part begins one note or several, as one number."""
        return self._sorted[0]

    @property
    def phrases(self) -> np.ndarray:
        """(onsets,) the phrase of each onset."""
        return self.onsets // _PHRASE

    @property
    def lines(self) -> np.ndarray:
        """(onsets,) a number for the phrase and part of each onset."""
        return self.onsets // _PART

    @property
    def places(self) -> np.ndarray:
        """(onsets,) the tick of each onset in its phrase."""
        return self.onsets % _PART

    @property
    def top(self) -> np.ndarray:
        """(onsets,) int64: the highest pitch that begins at each onset: of a line, its pitches."""
        pitches: np.ndarray = self.notes["pitch"][self._sorted[1]].astype(np.int64)
        return pitches

    @cached_property
    def steps(self) -> tuple[np.ndarray, np.ndarray]:
        """Of each onset with one before it in its part: the phrase, and the semitones from there to here."""
        follows = np.flatnonzero(np.diff(self.lines) == 0) + 1
        return self.phrases[follows], self.top[follows] - self.top[follows - 1]

    def earlier(self, ticks: int) -> np.ndarray:
        """(onsets,) bool: whether the part of an onset has another so many ticks before it."""
        if not len(self.onsets):
            return np.zeros(0, np.bool_)
        wanted = self.onsets - ticks
        found = self.onsets[np.minimum(np.searchsorted(self.onsets, wanted), len(self.onsets) - 1)]
        there: np.ndarray = (found == wanted) & (self.places >= ticks)
        return there

    def count_of(self, phrases: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
        """(N,) how often each phrase is named, or the sum of the weights."""
        counted: np.ndarray = np.bincount(phrases, weights, minlength=self.count)[: self.count]
        return counted

    def sounding_quarters(self) -> np.ndarray:
        """(N,) quarter notes during which at least one note sounds, added up over the parts."""
        notes = self.notes
        line = notes["phrase"] * 256 + notes["track"]
        order = np.lexsort((notes["start"], line))
        far = float(self.grid.bars * self.grid.bar_quarters) * 4 + 64
        start = notes["start"][order] + line[order] * far
        end = start + notes["duration"][order]
        before = np.concatenate([[-1.0], np.maximum.accumulate(end)[:-1]])[: len(end)]
        added = np.maximum(end - np.maximum(start, before), 0.0)
        return self.count_of(notes["phrase"][order], added)

    def levels(self, ticks: np.ndarray) -> np.ndarray:
        """How many levels of the metre a tick lies on: in 4/4 5 for the first beat, 1 for an odd sixteenth.

        The levels are the bar, what it divides into down to the beat, and halves of that down to the sixteenth
        (Lerdahl and Jackendoff 1983); 0 for a place on none of them.
        """
        bar = int(self.grid.bar_quarters * TICKS)
        inside = ticks % bar
        found: np.ndarray = np.sum([inside % period == 0 for period in _periods(self.grid)], axis=0)
        return found


def _periods(grid: Grid) -> list[int]:
    """Lengths in ticks of the levels of a metre, from the bar down to the sixteenth."""
    period, left = Fraction(grid.bar_quarters), grid.metre[0]
    found = [period]
    for prime in (2, 3, 5, 7, 11, 13):
        while left % prime == 0:
            period, left = period / prime, left // prime
            found.append(period)
    if left > 1:
        period /= left
        found.append(period)
    while period > Fraction(1, 4):
        period /= 2
        found.append(period)
    return [int(length * TICKS) for length in found]
