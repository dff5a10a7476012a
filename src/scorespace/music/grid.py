"""The grid: how a score becomes an array of integers and back.

A phrase is an array (tracks, steps), one row a part. The row of a melody or a bass spells one line (`lines`: HOLD, REST
and pitches), the row of the drums says what is struck on each step (`drums`: 512 combinations of nine classes).
Other ways to write a phrase as integers are subclasses, one a file; `scorespace.music.grids` knows them by name.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import ClassVar

import numpy as np

from scorespace.errors import InputError, UsageError
from scorespace.music import drums, lines
from scorespace.music.lines import FIRST_PITCH as FIRST_PITCH
from scorespace.music.lines import HOLD as HOLD
from scorespace.music.lines import REST as REST
from scorespace.music.quantised import Quantised as Quantised
from scorespace.music.quantised import stacked
from scorespace.music.score import NOTE, Metre, Score, Tempo, Track, sort_notes

SIXTEENTHS = (Fraction(0), Fraction(1, 4), Fraction(1, 2), Fraction(3, 4))
DRUMS = "drums"
MOST_BARS = 1024  # of a phrase; a number that nobody means would only fill the memory
PROGRAMS = {"melody": 0, "bass": 33, "guitar": 27, "strings": 48}
_NORMAL = 1 << 10  # above every pitch token; where the first pitch stands in a form that transposition leaves alone
NOTES = np.dtype(
    [
        ("phrase", "<i8"),
        ("track", "<i4"),
        ("step", "<i4"),
        ("start", "<f8"),
        ("duration", "<f8"),
        ("pitch", "<i2"),
        ("velocity", "<i2"),
    ]
)


@dataclass(frozen=True)
class Grid:
    """Frozen description of a token array: which parts, how many bars, which steps, which pitches.

    Attributes:
        parts: names of the parts, one row of tokens each ("melody", "bass", "guitar", "strings" or "drums").
        bars: length of a phrase in bars.
        metre: (numerator, denominator); a bar has 4 * numerator / denominator quarter notes.
        beat_positions: where the steps of a beat stand, as fractions of a quarter note, ascending from 0.
        lowest, highest: MIDI pitches that have a token, inclusive; drums have their nine classes whatever these say.
    """

    kind: ClassVar[str] = "steps"
    known_parts: ClassVar[tuple[str, ...]] = ("melody", "bass", DRUMS, "guitar", "strings")
    chooses_programs: ClassVar[bool] = False  # whether tokens say which instruments play

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
            return f"it needs at least one part and one bar, got parts {list(self.parts)} and {self.bars} bars"
        if not set(self.parts) <= set(self.known_parts):
            return f"parts must be among {', '.join(self.known_parts)}, got {', '.join(self.parts)}"
        if self.bars > MOST_BARS:
            return f"a phrase has {MOST_BARS} bars at most, got {self.bars}"
        if self.metre[0] < 1 or self.metre[1] not in (1, 2, 4, 8, 16, 32):
            return f"metre {self.metre[0]}/{self.metre[1]} is not one (write it like 4/4 or 6/8)"
        if not positions or positions[0] != 0 or list(positions) != sorted(set(positions)) or positions[-1] >= 1:
            return f"beat_positions must ascend from 0 and stay below 1, got {[str(p) for p in positions]}"
        if not 0 <= self.lowest <= self.highest <= 127:
            return f"pitches must satisfy 0 <= lowest <= highest <= 127, got {self.lowest} and {self.highest}"
        return None

    @property
    def metre_name(self) -> str:
        """The metre as it is written, such as "4/4"."""
        return "{}/{}".format(*self.metre)

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
    def row_per_part(self) -> bool:
        """Whether each part is one row with one token a step; other kinds spread a part over several rows."""
        return self.tracks == len(self.parts)

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many different tokens each row has: its tokens are 0 to size - 1."""
        pitched = FIRST_PITCH + self.highest - self.lowest + 1
        return tuple(drums.COMBINATIONS if part == DRUMS else pitched for part in self.parts)

    @property
    def vocabulary(self) -> int:
        """The largest of `sizes`."""
        return max(self.sizes)

    @property
    def shape(self) -> tuple[int, int]:
        """(tracks, steps) of one phrase."""
        return self.tracks, self.steps

    @property
    def draws(self) -> tuple[int, ...]:
        """Shape of the uniforms that a phrase is drawn with."""
        return self.shape

    @property
    def range_in_words(self) -> str:
        """The notes that have a token, for a person."""
        pitches = f"pitches {self.lowest}-{self.highest}"
        if DRUMS not in self.parts:
            return pitches
        return "nine drum classes" if self.tracks == 1 else f"{pitches}, nine drum classes"

    @cached_property
    def pitched(self) -> np.ndarray:
        """(tracks,) bool: the rows that hold pitches, which transposition moves."""
        return np.array([part != DRUMS for part in self.parts])

    def positions(self, bars: int) -> np.ndarray:
        """(bars * steps_per_bar,) float64: where the steps of so many bars stand, in quarter notes."""
        starts = np.arange(bars)[:, None] * float(self.bar_quarters)
        stand: np.ndarray = (starts + self.bar_positions).ravel()
        return stand

    def token(self, pitch: int) -> int:
        """The token of a note that begins with this MIDI pitch."""
        return FIRST_PITCH + pitch - self.lowest

    def pitches(self, tokens: np.ndarray) -> np.ndarray:
        """(..., tracks, S) int64: the MIDI pitch that begins at each place of tokens (..., tracks, S), -1 for none."""
        begins = (tokens >= FIRST_PITCH) & self.pitched[:, None]
        return np.where(begins, self._pitches_of(tokens), -1)

    def _pitches_of(self, tokens: np.ndarray) -> np.ndarray:
        """int64: the MIDI pitches of pitch tokens; of others anything."""
        found: np.ndarray = tokens.astype(np.int64) - FIRST_PITCH + self.lowest
        return found

    def to_tokens(self, score: Score) -> np.ndarray:
        """Tokens (tracks, steps) uint16 of a score's first `bars` bars. See `quantise` for the conditions."""
        return self.quantise(score, self.bars).tokens

    def quantise(self, score: Score, bars: int | None = None) -> Quantised:
        """Fits a score to the grid.

        Args:
            score: one track a part, in the order of `parts`; a melody or bass is read as one line (a later onset ends
                the note before).
            bars: how many bars to read from the beginning; None reads all, filled up to whole bars (at least one).

        Raises:
            InputError: when the score has another number of tracks.
        """
        if len(score.tracks) != len(self.parts):
            raise InputError(
                f"This grid has {len(self.parts)} part(s) ({', '.join(self.parts)}) but the score has "
                f"{len(score.tracks)} track(s): choose parts first (scorespace.music.parts)."
            )
        if bars is None:
            bars = max(1, int(np.ceil(score.end / float(self.bar_quarters) - 1e-6)))
        return stacked([self._row(part, track, bars) for part, track in zip(self.parts, score.tracks, strict=True)])

    def _row(self, part: str, track: Track, bars: int) -> Quantised:
        positions, end = self.positions(bars), bars * float(self.bar_quarters)
        if part == DRUMS:
            return drums.quantise(track.notes, positions, end)
        return lines.quantise(track.notes, positions, end, self.lowest, self.highest)

    def to_score(self, tokens: np.ndarray, qpm: float = 120.0, velocity: int = 80) -> Score:
        """The score of a token array.

        Args:
            tokens: (tracks, any number of whole bars * steps_per_bar) integers below each row's size.
            qpm: tempo of the score.
            velocity: of every note that has none of its own, 1-127.
        """
        tokens = np.asarray(tokens)
        if tokens.ndim != 2 or tokens.shape[0] != self.tracks or tokens.shape[1] % self.steps_per_bar:
            raise InputError(
                f"Tokens must be ({self.tracks}, a multiple of {self.steps_per_bar}), got shape {tuple(tokens.shape)}."
            )
        found = self.notes(tokens[None], velocity)
        tracks = [
            Track(plain(found[found["track"] == row]), part, program=PROGRAMS.get(part, 0), is_drum=part == DRUMS)
            for row, part in enumerate(self.parts)
        ]
        return Score(tuple(tracks), (Tempo(0.0, qpm),), (Metre(0.0, *self.metre),))

    def notes(self, tokens: np.ndarray, velocity: int = 80) -> np.ndarray:
        """All notes of phrases (N, tracks, whole bars * steps_per_bar), dtype NOTES, by phrase, track, step and pitch.

        Times are quarter notes from the beginning of each phrase, which is played alone.
        """
        tokens = np.asarray(tokens)
        bars = tokens.shape[-1] // self.steps_per_bar
        edges = np.append(self.positions(bars), bars * float(self.bar_quarters))
        columns = [self._notes_of(row, tokens[:, row], edges) for row in range(self.tracks)]
        found = np.concatenate(columns)
        found["velocity"] = velocity
        return found[np.lexsort((found["pitch"], found["step"], found["track"], found["phrase"]))]

    def _notes_of(self, row: int, tokens: np.ndarray, edges: np.ndarray) -> np.ndarray:
        if self.pitched[row]:
            phrase, on, off = lines.spans(tokens)
            pitch = self._pitches_of(tokens[phrase, on])
        else:
            phrase, on, struck = np.nonzero(drums.strokes(tokens))
            off, pitch = on + 1, drums.PITCHES[struck]
        found = np.zeros(len(phrase), NOTES)
        found["phrase"], found["track"], found["step"], found["pitch"] = phrase, row, on, pitch
        found["start"], found["duration"] = edges[on], edges[off] - edges[on]
        return found

    def onsets(self, tokens: np.ndarray) -> np.ndarray:
        """(..., tracks, S) int64: how many notes begin at each place of tokens (..., tracks, S)."""
        rows = [(lines if pitched else drums).onsets(tokens[..., k, :]) for k, pitched in enumerate(self.pitched)]
        return np.stack(rows, -2)

    def sounding(self, tokens: np.ndarray) -> np.ndarray:
        """(..., tracks, S) bool: where a note sounds in each part; drums sound where they are struck.

        A line that begins with HOLD continues a note.
        """
        rows = [
            lines.sounding(tokens[..., k, :]) if pitched else tokens[..., k, :] > 0
            for k, pitched in enumerate(self.pitched)
        ]
        return np.stack(rows, -2)

    def windows(self, tokens: np.ndarray, stride: int) -> np.ndarray:
        """Phrases (N, tracks, steps) of a longer array (tracks, S >= steps), one every `stride` steps."""
        rows = [
            (lines if pitched else drums).windows(tokens[k], self.steps, stride)
            for k, pitched in enumerate(self.pitched)
        ]
        return np.stack(rows, 1)

    def silence(self) -> np.ndarray:
        """The tokens (tracks, steps) uint16 of a phrase without notes."""
        nothing = np.zeros(self.steps, np.uint16)
        return np.stack([lines.silence(self.steps) if pitched else nothing for pitched in self.pitched])

    def canonical(self, tokens: np.ndarray) -> np.ndarray:
        """The one spelling of phrases (..., tracks, S) played alone: what sounds the same has the same tokens."""
        result = np.array(tokens)
        for k in np.flatnonzero(self.pitched):
            result[..., k, :] = lines.canonical(result[..., k, :])
        return result

    def sound(self, tokens: np.ndarray) -> np.ndarray:
        """Phrases (N, tracks, S) that are equal where they sound the same played alone: the canonical ones."""
        return self.canonical(tokens)

    def room(self, tokens: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How far phrases (N, tracks, S) can be moved down and up, each (N,) semitones >= 0; 127 without pitches."""
        pitches = self.pitches(tokens).reshape(len(tokens), int(np.prod(tokens.shape[1:])))
        onset = pitches >= 0
        down = np.where(onset, pitches - self.lowest, 127).min(1, initial=127)
        up = np.where(onset, self.highest - pitches, 127).min(1, initial=127)
        return down, up

    def transposed(self, tokens: np.ndarray, shifts: np.ndarray) -> np.ndarray:
        """Phrases (N, tracks, S) moved by shifts (N,) semitones, each within `room`; drums stay."""
        moves = (tokens >= FIRST_PITCH) & self.pitched[:, None]
        result: np.ndarray = np.where(moves, tokens + shifts[:, None, None], tokens)
        return result

    def normal_form(self, tokens: np.ndarray) -> np.ndarray:
        """Phrases (N, tracks, S) moved to one fixed first pitch, uint16: transpositions of a phrase become equal."""
        rows = (len(tokens), int(np.prod(tokens.shape[1:])))
        pitches = self.pitches(tokens).reshape(rows)
        onset = pitches >= 0
        first = pitches[np.arange(len(pitches)), onset.argmax(axis=1)]
        moved = np.where(onset, pitches - first[:, None] + _NORMAL, tokens.reshape(rows))
        return moved.astype(np.uint16).reshape(tokens.shape)

    def silent(self, tokens: np.ndarray) -> bool:
        """Whether nothing sounds in a phrase (tracks, S), a note held into it included."""
        return not self.sounding(tokens).any()

    def alone(self) -> dict[str, Grid]:
        """Of a grid of several parts, the grid of each part alone, in the order of the rows; else none."""
        return {part: replace(self, parts=(part,)) for part in self.parts} if len(self.parts) > 1 else {}

    def token_agreement(self, reference: np.ndarray, estimate: np.ndarray) -> np.ndarray:
        """(N,) share of places of two sets of phrases (N, tracks, S) whose tokens are equal."""
        shares: np.ndarray = (reference == estimate).reshape(len(reference), -1).mean(axis=1)
        return shares

    def extra_agreement(self, reference: np.ndarray, estimate: np.ndarray) -> dict[str, np.ndarray]:
        """Further figures, (N,) each, of two sets of phrases (N, T, S), where this way of writing has any."""
        return {}


def plain(found: np.ndarray) -> np.ndarray:
    """Notes (dtype NOTES) of one track, dtype NOTE."""
    notes = np.empty(len(found), NOTE)
    for name in NOTE.names or ():
        notes[name] = found[name]
    return sort_notes(notes)
