"""Music as it is written, in bars with repeats, made into a score as it sounds. ABC and MusicXML both come through.

Times inside bars are integers, QUARTER of them a quarter note: every tuplet up to nine in the time of anything, and
every power of two down to 1/128 of a quarter note, is exact.

Bar lines decide where bars begin. `place` keeps every written bar line on a bar line of the score:
    a first bar that is too short is a pick-up: silence fills it in front;
    a last bar and the pick-up after it share one bar, with a rest between them where they leave room;
    a section that ends with a short bar is filled with a rest;
    any other bar that is longer or shorter than its metre stays as written and gets a metre of its own.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TypeVar

import numpy as np

from scorespace.errors import InputError
from scorespace.music.score import DEFAULT_VELOCITY, NOTE, Chord, Key, Metre, Score, Tempo, Track, sort_notes

QUARTER = 40320
MOST_BARS = 20_000
MOST_NOTES = 200_000
MOST_ENDINGS = 16
MOST_VOICES = 512
LONGEST = 1_000_000  # quarter notes
Event = list[int]  # [offset, duration, pitch, tied to the next: 0 or 1]
Source = tuple[Sequence[Hashable], Track]


@dataclass(slots=True)
class Measure:
    """One written bar.

    Attributes:
        metre: (numerator, denominator) in force.
        length: of what is written in it, in ticks (QUARTER a quarter note).
        opens: a repeat begins before it.
        closes: how often the passage that it ends is played (0: no repeat sign).
        double: a section ends with it.
        ending: numbers of the ending that begins with it ({1} under a first ending).
        key: (sharps, mode), qpm: tempo, where this bar sets them or they are in force.
        lines: for each voice its notes as [offset, duration, pitch, tied to the next].
        chords: (offset, symbol).
        part: letter of the section (P: in ABC).
    """

    metre: tuple[int, int] = (4, 4)
    length: int = 0
    opens: bool = False
    closes: int = 0
    double: bool = False
    ending: frozenset[int] = frozenset()
    key: tuple[int, str] | None = None
    qpm: float | None = None
    lines: dict[Hashable, list[Event]] = field(default_factory=dict)
    chords: list[tuple[int, str]] = field(default_factory=list)
    part: str = ""

    @property
    def size(self) -> int:
        """Ticks of a whole bar of its metre."""
        return 4 * QUARTER * self.metre[0] // self.metre[1]

    def lay_over(self, other: Measure) -> None:
        """Adds the same bar of another voice; a sign in either holds for both, metre, key and tempo stay this one's."""
        self.lines.update(other.lines)
        self.length = max(self.length, other.length)
        self.opens, self.double = self.opens or other.opens, self.double or other.double
        self.closes, self.ending = max(self.closes, other.closes), self.ending or other.ending
        self.qpm = self.qpm or other.qpm
        self.chords += other.chords


def play_order(measures: Sequence[Measure], name: str) -> list[int]:
    """Indices of the bars in the order in which they are played, repeats and endings expanded.

    A repeat without a beginning goes back to the end of the repeat before it, or to the start.

    Raises:
        InputError: when more than 20,000 bars would be played.
    """
    order: list[int] = []
    if len(measures) > MOST_BARS:
        raise InputError(f"{name} has more than {MOST_BARS:,} bars; that is no tune.")
    start, turn, at = 0, 1, 0
    repeated = False  # whether the passage from `start` has been gone through at least once
    while at < len(measures):
        here = measures[at]
        if here.opens and at > start:
            start, turn, repeated = at, 1, False
        if here.ending and turn not in here.ending and repeated:
            at = _ending_stop(measures, at) + 1
            continue
        stop = _ending_stop(measures, at) if here.ending else at
        order.extend(range(at, stop + 1))
        if len(order) > MOST_BARS:
            raise InputError(f"{name} has repeats that come to more than {MOST_BARS:,} bars; that is no tune.")
        if turn < _times(measures, start, stop):
            at, turn, repeated = start, turn + 1, True
            continue
        if here.ending or measures[stop].closes:
            start, turn, repeated = stop + 1, 1, False
        at = stop + 1
    return order


def _ending_stop(measures: Sequence[Measure], at: int) -> int:
    """The last bar of the ending that begins at `at`."""
    while at + 1 < len(measures):
        here, following = measures[at], measures[at + 1]
        if here.closes or here.double or following.ending or following.opens:
            break
        at += 1
    return at


def _times(measures: Sequence[Measure], start: int, stop: int) -> int:
    """How often the passage that begins at `start` is gone through, judged at its bar `stop`."""
    after = stop + 1
    chained = after < len(measures) and bool(measures[after].ending)
    if not measures[stop].closes and not (chained and any(m.ending for m in measures[start:after])):
        return 1
    numbers = [n for m in measures[start:after] for n in m.ending]
    for _ in range(MOST_ENDINGS):
        if after >= len(measures) or not measures[after].ending:
            break
        numbers.extend(measures[after].ending)
        after = _ending_stop(measures, after) + 1
    return max([measures[stop].closes, *numbers])


def place(played: Sequence[Measure], joined: Sequence[bool]) -> tuple[list[int], list[tuple[int, tuple[int, int]]]]:
    """Where each played bar begins, in ticks, and the metre map as (ticks, (numerator, denominator)).

    Args:
        played: the bars in playing order.
        joined: for each bar whether it was written directly after the bar played before it, with a plain bar line
            between them. Where not, a section begins.
    """
    starts: list[int] = []
    metres: list[tuple[int, tuple[int, int]]] = []
    time = origin = 0
    for k, bar in enumerate(played):
        following = played[k + 1] if k + 1 < len(played) else None
        into = (time - origin) % bar.size if metres and metres[-1][1] == bar.metre else 0
        before, after, metre = 0, 0, bar.metre
        if metres and not into and _goes_on(bar, metres[-1]):
            metre = metres[-1][1]  # bars that agree with each other, not with the metre
        elif not into and bar.length % bar.size:
            begins, ends = not joined[k], following is None or not joined[k + 1]
            before, after, metre = _pickup(bar, following) if k == 0 else _fit(bar, following, begins, ends)
        if not metres or metres[-1][1] != metre:
            metres.append((time, metre))
            origin = time
        starts.append(time + before)
        time += before + bar.length + after
    return starts, metres


def _goes_on(bar: Measure, running: tuple[int, tuple[int, int]]) -> bool:
    """Whether a bar that does not fill its metre fills the one that the bar before it was given."""
    metre = running[1]
    return metre != bar.metre and bar.length == 4 * QUARTER * metre[0] // metre[1]


Fit = tuple[int, int, tuple[int, int]]  # rest before a bar, rest after it, and the metre to give it


def _pickup(bar: Measure, following: Measure | None) -> Fit:
    """For a first bar that does not fill its metre. Two such bars of one length are no pick-up but another metre."""
    if following and following.length == bar.length:
        return _fit(bar, following, False, False)
    return -bar.length % bar.size, 0, bar.metre


def _fit(bar: Measure, following: Measure | None, begins: bool, ends: bool) -> Fit:
    """For a bar that does not fill its metre; begins, ends: whether a section begins or ends with it."""
    room = -bar.length % bar.size
    partner = following.length if following and following.metre == bar.metre else 0
    if partner and (bar.length + partner) % bar.size == 0:
        return 0, 0, bar.metre
    if ends:
        return 0, room - partner if 0 < partner < room else room, bar.metre
    if begins and bar.length < bar.size:
        return room, 0, bar.metre
    own = _own_metre(bar)
    return (0, 0, own) if own else (0, room, bar.metre)


def _own_metre(bar: Measure) -> tuple[int, int] | None:
    lower = bar.metre[1]
    while lower <= 64:
        beats, over = divmod(bar.length * lower, 4 * QUARTER)
        if not over and 0 < beats < 256:
            return beats, lower
        lower *= 2
    return None


def assemble(
    measures: Sequence[Measure], order: Sequence[int], tracks: Sequence[Source], title: str, name: str
) -> Score:
    """The score of written bars played in an order.

    Args:
        measures: the bars as written.
        order: indices into them (`play_order`).
        tracks: for each track of the score the voices that it takes, and a Track that gives name, program and is_drum.
        title: of the score.
        name: for errors.

    Raises:
        InputError: for more than 200,000 notes, 512 voices or a million quarter notes.
    """
    if sum(len(voices) for voices, _ in tracks) > MOST_VOICES:
        raise InputError(f"{name} has more than {MOST_VOICES} voices; that is no score.")
    played = [measures[i] for i in order]
    joined = [False]
    joined += [b == a + 1 and not _divides(measures[a], measures[b]) for a, b in pairwise(order)]
    starts, metres = place(played, joined)
    if sum(len(bar.chords) + sum(map(len, bar.lines.values())) for bar in played) > MOST_NOTES:
        raise InputError(f"{name} has repeats that come to more than {MOST_NOTES:,} notes; that is no tune.")
    if starts and starts[-1] + played[-1].length > LONGEST * QUARTER:
        raise InputError(f"{name} is longer than {LONGEST:,} quarter notes; its note lengths are damaged.")
    keys = _changes([(start, bar.key) for start, bar in zip(starts, played, strict=True) if bar.key])
    tempos = _changes([(start, bar.qpm) for start, bar in zip(starts, played, strict=True) if bar.qpm])
    return Score(
        tracks=tuple(_sounding(track, voices, starts, played) for voices, track in tracks),
        tempos=tuple(Tempo(start / QUARTER, qpm) for start, qpm in tempos) or (Tempo(0.0, 120.0),),
        metres=tuple(Metre(start / QUARTER, *metre) for start, metre in metres) or (Metre(0.0, 4, 4),),
        keys=tuple(Key(start / QUARTER, *key) for start, key in keys),
        chords=tuple(
            Chord((start + offset) / QUARTER, symbol)
            for start, bar in zip(starts, played, strict=True)
            for offset, symbol in bar.chords
        ),
        title=title,
    )


def _divides(before: Measure, after: Measure) -> bool:
    return before.double or before.closes > 0 or after.opens


Value = TypeVar("Value")


def _changes(values: Sequence[tuple[int, Value]]) -> list[tuple[int, Value]]:
    """Drops what only says again what holds already; the first holds from time 0."""
    kept: list[tuple[int, Value]] = []
    for start, value in values:
        if not kept or kept[-1][1] != value:
            kept.append((start if kept else 0, value))
    return kept


def _sounding(track: Track, voices: Sequence[Hashable], starts: Sequence[int], played: Sequence[Measure]) -> Track:
    rows: list[tuple[int, int, int]] = []
    for voice in voices:
        rows.extend(_tied(voice, starts, played))
    found = np.empty(len(rows), NOTE)
    columns = np.array(rows, np.int64).reshape(-1, 3)
    found["start"], found["duration"], found["pitch"] = columns[:, 0] / QUARTER, columns[:, 1] / QUARTER, columns[:, 2]
    found["velocity"] = DEFAULT_VELOCITY
    return replace(track, notes=sort_notes(found))


def _tied(voice: Hashable, starts: Sequence[int], played: Sequence[Measure]) -> Iterator[tuple[int, int, int]]:
    """The notes of one voice as (start, duration, pitch); a tie joins a note to the same pitch beginning at its end."""
    open_ties: dict[int, tuple[int, int]] = {}  # pitch: (start, end so far)
    for start, bar in zip(starts, played, strict=True):
        for offset, duration, pitch, tied in bar.lines.get(voice, ()):
            begun = start + offset
            held = open_ties.pop(pitch, None)
            if held and held[1] != begun:
                yield held[0], held[1] - held[0], pitch
                held = None
            first, end = held[0] if held else begun, begun + duration
            if tied:
                open_ties[pitch] = (first, end)
            elif end > first:
                yield first, end - first, pitch
    for pitch, (first, end) in open_ties.items():
        yield first, end - first, pitch
