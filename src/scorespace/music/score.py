"""Scores: tracks of notes in quarter notes, with tempo, metre and key maps.

Time 0 is a bar line. A score that begins with a pick-up is stored with the rest that fills its first bar, so that bar k
always begins at `bar_starts()[k - 1]`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

NOTE = np.dtype([("start", "<f8"), ("duration", "<f8"), ("pitch", "<i2"), ("velocity", "<i2")])
DEFAULT_VELOCITY = 80


def notes(rows: Iterable[Sequence[float]]) -> np.ndarray:
    """Makes a note array from rows of (start, duration, pitch[, velocity]).

    start and duration are in quarter notes, pitch is a MIDI number 0-127 (60 = middle C), velocity 1-127 (80 if
    absent). Returns a structured array of dtype NOTE, sorted by start, then pitch.
    """
    full = [tuple(row) if len(row) == 4 else (*row, DEFAULT_VELOCITY) for row in rows]
    return sort_notes(np.array(full, dtype=NOTE))


def sort_notes(array: np.ndarray) -> np.ndarray:
    """Returns the notes sorted by start, then pitch, then duration."""
    return array[np.lexsort((array["duration"], array["pitch"], array["start"]))]


@dataclass(frozen=True, eq=False, repr=False)
class Track:
    """One part as it stands in a file. `program` is 0-127 (General MIDI counted from 0); drums have `is_drum` set."""

    notes: np.ndarray = field(default_factory=lambda: np.empty(0, NOTE))
    name: str = ""
    program: int = 0
    is_drum: bool = False

    def __repr__(self) -> str:
        kind = "drums" if self.is_drum else f"program {self.program}"
        return f"<Track {self.name!r}: {_counted(len(self.notes), 'note')}, {kind}>"

    @property
    def end(self) -> float:
        """Where the last note ends, in quarter notes; 0 for an empty track."""
        return float((self.notes["start"] + self.notes["duration"]).max()) if len(self.notes) else 0.0

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Track):
            return NotImplemented
        same_label = (self.name, self.program, self.is_drum) == (other.name, other.program, other.is_drum)
        return same_label and np.array_equal(self.notes, other.notes)

    def __hash__(self) -> int:
        return hash((self.name, self.program, self.is_drum, self.notes.tobytes()))


@dataclass(frozen=True)
class Tempo:
    """`qpm` quarter notes a minute from `start` (quarter notes) on."""

    start: float
    qpm: float


@dataclass(frozen=True)
class Metre:
    """`numerator`/`denominator` from `start` (quarter notes) on. A metre begins a new bar."""

    start: float
    numerator: int
    denominator: int

    @property
    def bar(self) -> float:
        """Length of a bar in quarter notes."""
        return 4.0 * self.numerator / self.denominator

    def __str__(self) -> str:
        return f"{self.numerator}/{self.denominator}"


@dataclass(frozen=True)
class Key:
    """`sharps` in the signature, -7 (flats) to 7, from `start` on; `mode` is "major" or "minor"."""

    start: float
    sharps: int
    mode: str = "major"


@dataclass(frozen=True)
class Chord:
    """A chord symbol as written, such as "Am7", at `start`."""

    start: float
    symbol: str


@dataclass(frozen=True, repr=False)
class Score:
    """Tracks of notes with the maps that place them in time.

    Attributes:
        tracks: the parts, in file order.
        tempos: tempo changes sorted by start; the first stands at 0 (120 qpm where a file names none).
        metres: metre changes sorted by start; the first stands at 0 (4/4 where a file names none).
        keys, chords: where known.
        title: as written in the file, or "".
    """

    tracks: tuple[Track, ...] = ()
    tempos: tuple[Tempo, ...] = (Tempo(0.0, 120.0),)
    metres: tuple[Metre, ...] = (Metre(0.0, 4, 4),)
    keys: tuple[Key, ...] = ()
    chords: tuple[Chord, ...] = ()
    title: str = ""

    def __repr__(self) -> str:
        title = f" {self.title!r}" if self.title else ""
        size = f"{_counted(self.note_count, 'note')} in {_counted(len(self.tracks), 'track')}"
        metres = ", ".join(dict.fromkeys(str(metre) for metre in self.metres))
        return f"<Score{title}: {size}, {self.end:g} quarter notes of {metres}, {self.qpm:g} a minute>"

    @classmethod
    def melody(cls, rows: Iterable[Sequence[float]], qpm: float = 120.0, metre: tuple[int, int] = (4, 4)) -> Score:
        """Makes a one-track score from rows of (start, duration, pitch[, velocity]) in quarter notes."""
        track = Track(notes(rows), name="melody")
        return cls((track,), (Tempo(0.0, qpm),), (Metre(0.0, *metre),))

    @property
    def end(self) -> float:
        """Where the last note ends, in quarter notes."""
        return max((track.end for track in self.tracks), default=0.0)

    @property
    def note_count(self) -> int:
        """Number of notes in all tracks."""
        return sum(len(track.notes) for track in self.tracks)

    @property
    def qpm(self) -> float:
        """The tempo at the beginning, in quarter notes a minute."""
        return self.tempos[0].qpm

    def bar_starts(self) -> np.ndarray:
        """Starts of all bars up to and including the one in which the last note ends, float64 quarter notes."""
        return np.array([start for start, _ in self._bars()])

    def bar_count(self) -> int:
        """Number of bars, counting the one in which the last note ends."""
        return sum(1 for _ in self._bars())

    def _bars(self) -> Iterable[tuple[float, Metre]]:
        end = max(self.end, 1e-5 * self.metres[0].bar)  # an empty score has one bar, however long
        for metre, following in zip(self.metres, [*self.metres[1:], None], strict=True):
            stop = min(end, following.start) if following else end
            for k in range(int(np.ceil((stop - metre.start) / metre.bar - 1e-6))):
                yield metre.start + k * metre.bar, metre

    def with_tracks(self, tracks: Iterable[Track]) -> Score:
        """Returns this score with other tracks."""
        return replace(self, tracks=tuple(tracks))

    def seconds_at(self, quarters: np.ndarray | float) -> np.ndarray:
        """Seconds from the beginning at the given positions in quarter notes, through the tempo map."""
        starts = np.array([tempo.start for tempo in self.tempos])
        rates = np.array([60.0 / tempo.qpm for tempo in self.tempos])  # seconds a quarter note
        begun = np.concatenate([[0.0], np.cumsum(np.diff(starts) * rates[:-1])])
        position = np.asarray(quarters, float)
        index = np.clip(np.searchsorted(starts, position, side="right") - 1, 0, None)
        seconds: np.ndarray = begun[index] + (position - starts[index]) * rates[index]
        return seconds

    def write(self, path: str | Path) -> Path:
        """Writes the score to `path`; the ending names the format (.mid or .musicxml). Returns the path."""
        from scorespace.music import files

        return files.write(self, path)

    def _repr_html_(self) -> str:
        from scorespace.music import draw

        return draw.html(self)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
