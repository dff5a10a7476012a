"""The grid: how a score becomes an array of integers and back.

Alphabet of a melodic part, one token a step:
    0  HOLD        what sounded (or the silence) goes on
    1  REST        silence begins here
    2 + k          a note begins: pitch `lowest + k`
A repeated note is a new onset, so "C held" and "C struck again" are different arrays (MusAE's frames confuse them).

Edge cases: a phrase that begins in silence begins with REST; one cut out of a longer part may begin with HOLD, which
continues the note before it and is silence when the phrase is played alone. Of two onsets on one step the higher pitch
stays. Every note lasts at least one step. Source: Roberts et al. 2017 (2.1, 130 states), with any metre and any beat.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

import numpy as np

from scorespace.errors import InputError, UsageError
from scorespace.music.score import NOTE, Metre, Score, Tempo, Track

HOLD, REST, FIRST_PITCH = 0, 1, 2
SIXTEENTHS = (Fraction(0), Fraction(1, 4), Fraction(1, 2), Fraction(3, 4))
MOVED = 1 / 64  # quarter notes; an onset displaced by more than this counts as moved


@dataclass(frozen=True)
class Quantised:
    """Tokens of a score with what it cost to fit the grid.

    Attributes:
        tokens: (tracks, steps) uint16.
        notes: notes that were offered.
        moved: notes whose onset lay more than 1/64 quarter note from its step.
        furthest: the largest such distance, in quarter notes.
        covered: notes lost because a higher one began on the same step.
        out_of_range: notes outside the grid's pitch range.
    """

    tokens: np.ndarray
    notes: int = 0
    moved: int = 0
    furthest: float = 0.0
    covered: int = 0
    out_of_range: int = 0


@dataclass(frozen=True)
class Grid:
    """Frozen description of a token array: which parts, how many bars, which steps, which pitches.

    Attributes:
        parts: names of the parts, one row of tokens each ("melody" or "bass").
        bars: length of a phrase in bars.
        metre: (numerator, denominator); a bar has 4 * numerator / denominator quarter notes.
        beat_positions: where the steps of a beat stand, as fractions of a quarter note, ascending from 0.
        lowest, highest: MIDI pitches that have a token, inclusive.
    """

    parts: tuple[str, ...] = ("melody",)
    bars: int = 2
    metre: tuple[int, int] = (4, 4)
    beat_positions: tuple[Fraction, ...] = field(default=SIXTEENTHS)
    lowest: int = 0
    highest: int = 127

    def __post_init__(self) -> None:
        problem = self._problem()
        if problem:
            raise UsageError(f"This grid cannot be used: {problem}.")

    def _problem(self) -> str | None:
        positions = self.beat_positions
        if not self.parts or self.bars < 1:
            return f"it needs at least one part and one bar, got parts {self.parts} and {self.bars} bars"
        if self.metre[0] < 1 or self.metre[1] not in (1, 2, 4, 8, 16, 32):
            return f"metre {self.metre[0]}/{self.metre[1]} is not one (write it like 4/4 or 6/8)"
        if not positions or positions[0] != 0 or list(positions) != sorted(set(positions)) or positions[-1] >= 1:
            return f"beat_positions must ascend from 0 and stay below 1, got {[str(p) for p in positions]}"
        if not 0 <= self.lowest <= self.highest <= 127:
            return f"pitches must satisfy 0 <= lowest <= highest <= 127, got {self.lowest} and {self.highest}"
        return None

    @property
    def bar_quarters(self) -> Fraction:
        """Length of a bar in quarter notes."""
        return Fraction(4 * self.metre[0], self.metre[1])

    @cached_property
    def bar_positions(self) -> np.ndarray:
        """(steps_per_bar,) float64: where the steps of a bar stand, in quarter notes."""
        beats = range(-(-self.bar_quarters.numerator // self.bar_quarters.denominator))
        every = [beat + position for beat in beats for position in self.beat_positions]
        return np.array([float(p) for p in every if p < self.bar_quarters])

    @property
    def steps_per_bar(self) -> int:
        """Number of steps in a bar."""
        return len(self.bar_positions)

    @property
    def steps(self) -> int:
        """Number of steps in a phrase."""
        return self.bars * self.steps_per_bar

    @property
    def tracks(self) -> int:
        """Number of parts, the rows of a token array."""
        return len(self.parts)

    @property
    def vocabulary(self) -> int:
        """Number of different tokens: HOLD, REST and the pitches."""
        return FIRST_PITCH + self.highest - self.lowest + 1

    @property
    def shape(self) -> tuple[int, int]:
        """(tracks, steps) of one phrase."""
        return self.tracks, self.steps

    def positions(self, bars: int) -> np.ndarray:
        """(bars * steps_per_bar,) float64: where the steps of so many bars stand, in quarter notes."""
        starts = np.arange(bars)[:, None] * float(self.bar_quarters)
        stand: np.ndarray = (starts + self.bar_positions).ravel()
        return stand

    def token(self, pitch: int) -> int:
        """The token of a note that begins with this MIDI pitch."""
        return FIRST_PITCH + pitch - self.lowest

    def to_tokens(self, score: Score) -> np.ndarray:
        """Tokens (tracks, steps) uint16 of a score's first `bars` bars. See `quantise` for the conditions."""
        return self.quantise(score, self.bars).tokens

    def quantise(self, score: Score, bars: int | None = None) -> Quantised:
        """Fits a score to the grid.

        Args:
            score: one track a part, in the order of `parts`; each is read as monophonic (a later onset ends the note
                before).
            bars: how many bars to read from the beginning; None reads all, filled up to whole bars (at least one).

        Raises:
            InputError: when the score has another number of tracks.
        """
        if len(score.tracks) != self.tracks:
            raise InputError(
                f"This grid has {self.tracks} part(s) ({', '.join(self.parts)}) but the score has "
                f"{len(score.tracks)} track(s): choose parts first (scorespace.music.parts)."
            )
        if bars is None:
            bars = max(1, int(np.ceil(score.end / float(self.bar_quarters) - 1e-6)))
        positions = self.positions(bars)
        rows = [self._quantise_track(track, positions, bars) for track in score.tracks]
        return Quantised(
            np.stack([row.tokens for row in rows]),
            notes=sum(row.notes for row in rows),
            moved=sum(row.moved for row in rows),
            furthest=max(row.furthest for row in rows),
            covered=sum(row.covered for row in rows),
            out_of_range=sum(row.out_of_range for row in rows),
        )

    def _quantise_track(self, track: Track, positions: np.ndarray, bars: int) -> Quantised:
        end = bars * float(self.bar_quarters)
        inside = track.notes[(track.notes["start"] < end - 1e-9) & (track.notes["start"] > -1e-9)]
        playable = (inside["pitch"] >= self.lowest) & (inside["pitch"] <= self.highest)
        found = inside[playable]
        edges = np.append(positions, end)
        on = nearest(edges, found["start"])
        # an onset that rounds to the bar line after the last bar belongs to what follows
        kept_on_time = on < len(positions)
        found, on = found[kept_on_time], on[kept_on_time]
        off = np.maximum(nearest(edges, found["start"] + found["duration"]), on + 1)
        distance = np.abs(edges[on] - found["start"])
        order = np.lexsort((-found["pitch"], on))
        order = order[np.concatenate([[True], np.diff(on[order]) > 0])] if len(order) else order
        tokens = np.full(len(positions), HOLD, np.uint16)
        tokens[0] = REST
        onsets, ends = on[order], off[order]
        following = np.append(onsets[1:], len(positions))
        released = ends[ends < following]
        tokens[released] = REST
        tokens[onsets] = FIRST_PITCH + found["pitch"][order] - self.lowest
        return Quantised(
            tokens,
            notes=len(inside),
            moved=int((distance > MOVED).sum()),
            furthest=float(distance.max(initial=0.0)),
            covered=len(found) - len(order),
            out_of_range=int((~playable).sum()),
        )

    def to_score(self, tokens: np.ndarray, qpm: float = 120.0, velocity: int = 80) -> Score:
        """The score of a token array.

        Args:
            tokens: (tracks, any number of whole bars * steps_per_bar) integers below `vocabulary`.
            qpm: tempo of the score.
            velocity: of every note, 1-127.
        """
        tokens = np.asarray(tokens)
        if tokens.ndim != 2 or tokens.shape[0] != self.tracks or tokens.shape[1] % self.steps_per_bar:
            raise InputError(
                f"Tokens must be ({self.tracks}, a multiple of {self.steps_per_bar}), got shape {tuple(tokens.shape)}."
            )
        bars = tokens.shape[1] // self.steps_per_bar
        edges = np.append(self.positions(bars), bars * float(self.bar_quarters))
        tracks = [
            Track(self._notes(row, edges, velocity), part, program=PROGRAMS.get(part, 0))
            for part, row in zip(self.parts, tokens, strict=True)
        ]
        return Score(tuple(tracks), (Tempo(0.0, qpm),), (Metre(0.0, *self.metre),))

    def _notes(self, row: np.ndarray, edges: np.ndarray, velocity: int) -> np.ndarray:
        events = np.flatnonzero(row != HOLD)
        ends = np.append(events[1:], len(row))
        sounding = row[events] >= FIRST_PITCH
        on, off = events[sounding], ends[sounding]
        found = np.empty(len(on), NOTE)
        found["start"], found["duration"] = edges[on], edges[off] - edges[on]
        found["pitch"], found["velocity"] = row[on].astype(np.int64) - FIRST_PITCH + self.lowest, velocity
        return found


PROGRAMS = {"melody": 0, "bass": 33}


def nearest(edges: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Indices of the nearest edges; half-way times go to the later one. edges ascend."""
    right = np.clip(np.searchsorted(edges, times), 1, len(edges) - 1)
    return np.where(times - edges[right - 1] < edges[right] - times, right - 1, right)


def canonical(tokens: np.ndarray) -> np.ndarray:
    """The one spelling of a phrase played alone: silence begins with REST, once.

    tokens: (..., steps) integers. Two arrays that sound the same when played alone have the same canonical form.
    """
    result = np.array(tokens)
    rows = result.reshape(-1, result.shape[-1])
    for row in rows:
        if row[0] == HOLD:
            row[0] = REST
        events = np.flatnonzero(row != HOLD)
        repeated = events[1:][(row[events[1:]] == REST) & (row[events[:-1]] == REST)]
        row[repeated] = HOLD
    return result
