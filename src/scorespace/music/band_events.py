"""The events of a band: notes of many bars into lists of events, and any list of events into notes.

`scorespace.music.band` says what the tokens are and which spelling of a bar is the one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scorespace.music.instruments import DRUM_KIT

END = 0
NOTE_ON = 1
NOTE_OFF = NOTE_ON + 128
SHIFT = NOTE_OFF + 128 - 1  # + steps, of which there are 1 to 96
VELOCITY = SHIFT + 96 + 1
VELOCITIES = 8
FIRST_PROGRAM = VELOCITY + VELOCITIES
VOCABULARY = FIRST_PROGRAM + DRUM_KIT + 1
EVENTS = 62  # of an instrument, its program and end not counted
WIDTH = 16  # velocities in a bin
_FAR = 1 << 20  # rows of a bar, in a number that says bar and row


@dataclass(frozen=True)
class Played:
    """Notes of many bars, (notes,) int64 each.

    Attributes:
        bar, row: which bar, and which of its instruments.
        program: of the instrument, 128 for drums.
        on, off: the steps of the bar at which the note begins and is over.
        pitch: 0-127. bin: of its velocity, 0-7.
    """

    bar: np.ndarray
    row: np.ndarray
    program: np.ndarray
    on: np.ndarray
    off: np.ndarray
    pitch: np.ndarray
    bin: np.ndarray

    def __len__(self) -> int:
        return len(self.bar)

    def __getitem__(self, chosen: np.ndarray) -> Played:
        return Played(*(column[chosen] for column in self._columns))

    @property
    def _columns(self) -> tuple[np.ndarray, ...]:
        return self.bar, self.row, self.program, self.on, self.off, self.pitch, self.bin

    @staticmethod
    def of(
        bar: np.ndarray, row: int, program: int, on: np.ndarray, off: np.ndarray, pitch: np.ndarray, bins: np.ndarray
    ) -> Played:
        """The notes of one instrument."""
        rows, programs = np.full(len(bar), row, np.int64), np.full(len(bar), program, np.int64)
        return Played(bar.astype(np.int64), rows, programs, on, off, pitch.astype(np.int64), bins)

    @staticmethod
    def together(parts: Sequence[Played]) -> Played:
        """All these notes; at least one part."""
        return Played(*(np.concatenate(columns) for columns in zip(*(part._columns for part in parts), strict=True)))

    def velocities(self) -> np.ndarray:
        """(notes,) 1-127: the middle of each bin."""
        middle: np.ndarray = self.bin * WIDTH + WIDTH // 2
        return middle


@dataclass(frozen=True)
class Spelt:
    """Notes as lists of events, one a bar and instrument that has a note; G lists.

    Attributes:
        moments: steps of a bar.
        played: the notes, each once, none of a pitch while it sounds.
        of: (notes,) which list a note is in.
        bar, program: (G,) of each list.
        events: (G,) how many events it takes.
        where: events' list, place after the program, and token, (3, events) int64.
    """

    moments: int
    played: Played
    of: np.ndarray
    bar: np.ndarray
    program: np.ndarray
    events: np.ndarray
    where: np.ndarray

    def tokens(self, places: int) -> np.ndarray:
        """(G, places) uint16, no list being longer than places - 2."""
        found = np.zeros((len(self.bar), places), np.uint16)
        found[:, 0] = FIRST_PROGRAM + self.program
        found[self.where[0], self.where[1] + 1] = self.where[2]
        return found

    def shortened(self, limit: int) -> Spelt:
        """Without the last notes of lists that have more events than this."""
        spelt = self
        while (spelt.events > limit).any():
            count = np.bincount(spelt.of, minlength=len(spelt.bar))
            drop = np.where(spelt.events > limit, np.maximum(1, (spelt.events - limit) // 4), 0)
            order = np.lexsort((spelt.played.pitch, spelt.played.on, spelt.of))
            place = np.arange(len(order)) - (np.cumsum(count) - count)[spelt.of[order]]
            stays = order[place < (count - drop)[spelt.of[order]]]
            spelt = spell(spelt.played[np.sort(stays)], self.moments)
        return spelt

    def loudest(self, limit: int) -> Spelt:
        """Of each bar the lists with the most notes, at most so many."""
        count = np.bincount(self.of, minlength=len(self.bar))
        keep = _rank(self.bar, -count) < limit
        return self if keep.all() else spell(self.played[keep[self.of]], self.moments)

    def place_in_bar(self) -> np.ndarray:
        """(G,) the row of each list in its bar: by program, then from high to low, then by its events."""
        count = np.maximum(np.bincount(self.of, minlength=len(self.bar)), 1)
        height = np.bincount(self.of, self.played.pitch, minlength=len(self.bar)) / count
        spelling = self.tokens(EVENTS + 2).T[:0:-1] if len(self.bar) else np.empty((0, 0))
        return _rank(self.bar, *spelling, np.round(-height, 6), self.program)


def spell(played: Played, moments: int) -> Spelt:
    """The events of notes, as `scorespace.music.band` has them; lists may be of any length."""
    played = _once(played)
    keys, first, of = np.unique(played.bar * _FAR + played.row, return_index=True, return_inverse=True)
    program = played.program[first]
    held = (program[of] != DRUM_KIT) & (played.off < moments)
    group = np.concatenate([of, of[held]])
    time = np.concatenate([played.on, played.off[held]])
    begins = np.arange(len(group)) < len(of)
    pitch = np.concatenate([played.pitch, played.pitch[held]])
    loud = np.concatenate([played.bin, np.full(int(held.sum()), -1)])
    order = np.lexsort((pitch, begins, time, group))
    group, time, begins, pitch, loud = (column[order] for column in (group, time, begins, pitch, loud))
    shift = np.diff(time, prepend=0)
    new = np.diff(group, prepend=-1) != 0
    shift[new] = time[new]
    louder = np.zeros(len(group), bool)
    notes = np.flatnonzero(begins)
    louder[notes] = (np.diff(loud[notes], prepend=-2) != 0) | (np.diff(group[notes], prepend=-1) != 0)
    size = 1 + (shift > 0) + louder
    ends = np.cumsum(size)
    events = np.bincount(group, size, minlength=len(keys)).astype(np.int64)
    last = ends - (np.cumsum(events) - events)[group] - 1  # the place of each note's own event in its list
    tokens = np.where(begins, NOTE_ON, NOTE_OFF) + pitch
    where = [
        (group, last, tokens),
        (group[louder], last[louder] - 1, VELOCITY + loud[louder]),
        (group[shift > 0], (last - 1 - louder)[shift > 0], SHIFT + shift[shift > 0]),
    ]
    return Spelt(
        moments, played, of, keys // _FAR, program, events, np.concatenate([np.stack(one) for one in where], axis=1)
    )


def _once(played: Played) -> Played:
    """Of notes of one pitch at one time the longest; each ended where its pitch begins again."""
    line = (played.bar * _FAR + played.row) * 128 + played.pitch
    order = np.lexsort((-played.bin, -played.off, played.on, line))
    played, line = played[order], line[order]
    again = (np.diff(line) == 0) & (np.diff(played.on) == 0)
    stays = np.append(True, ~again)[: len(line)]
    played, line = played[stays], line[stays]
    off = played.off.copy()
    follows = np.flatnonzero(np.diff(line) == 0)
    off[follows] = np.minimum(off[follows], played.on[follows + 1])
    return Played(played.bar, played.row, played.program, played.on, off, played.pitch, played.bin)


def read(tokens: np.ndarray, moments: int, stroke: int, velocity: int = 80) -> Played:
    """The notes of bars (N, bars, 8, places) of any tokens; the bar of a note is its phrase * bars + its bar.

    A row is read up to its first end, or to the time at which the bar is over. One that does not begin with a program
    is a piano's; later programs are passed over, and so is the end of a note that does not sound. A note that begins
    again while it sounds ends there; one that would end as it begins lasts a step. Drums last `stroke` steps at most.
    A note before any velocity has that of `velocity`.
    """
    rows = tokens.reshape(-1, tokens.shape[-1]).astype(np.int64)
    count = len(rows)
    program = np.where(rows[:, 0] >= FIRST_PROGRAM, rows[:, 0] - FIRST_PROGRAM, 0) if rows.size else np.zeros(0, int)
    drums = program == DRUM_KIT
    time, loud = np.zeros(count, np.int64), np.full(count, velocity // WIDTH)
    alive = np.ones(count, bool)
    sounds = np.full((count, 128), -1)  # the number of the note of each pitch that sounds
    found: list[tuple[np.ndarray, ...]] = []
    off = np.full(int(((rows >= NOTE_ON) & (rows < NOTE_OFF)).sum()), moments)
    total = 0
    for token in rows.T:
        alive &= token != END
        moved = alive & (token > SHIFT) & (token < VELOCITY)
        time[moved] += token[moved] - SHIFT
        alive &= time < moments
        said = alive & (token >= VELOCITY) & (token < FIRST_PROGRAM)
        loud[said] = token[said] - VELOCITY
        over = np.flatnonzero(alive & (token >= NOTE_OFF) & (token <= SHIFT) & ~drums)
        _close(off, sounds, over, token[over] - NOTE_OFF, time)
        sounds[over, token[over] - NOTE_OFF] = -1
        on = np.flatnonzero(alive & (token >= NOTE_ON) & (token < NOTE_OFF))
        if len(on):
            pitch = token[on] - NOTE_ON
            _close(off, sounds, on, pitch, time)
            sounds[on, pitch] = np.arange(total, total + len(on))
            found.append((on, time[on].copy(), pitch, loud[on].copy()))
            total += len(on)
    if not found:
        nothing = np.zeros(0, np.int64)
        return Played(*[nothing] * 7)
    row, start, pitch, loudness = (np.concatenate(column) for column in zip(*found, strict=True))
    off = np.maximum(off[:total], start + 1)
    off = np.where(drums[row], np.minimum(off, start + stroke), off)
    played = Played(row // 8, row % 8, program[row], start, np.minimum(off, moments), pitch, loudness)
    return _once(played)


def _close(off: np.ndarray, sounds: np.ndarray, rows: np.ndarray, pitch: np.ndarray, time: np.ndarray) -> None:
    """Ends what sounds of these pitches in these rows."""
    note = sounds[rows, pitch]
    off[note[note >= 0]] = time[rows[note >= 0]]


def bin_of(velocity: np.ndarray) -> np.ndarray:
    """The bin, 0-7, of velocities 0-127: 1-16 are the first."""
    bins: np.ndarray = np.clip(velocity.astype(np.int64) - 1, 0, None) // WIDTH
    return bins


def _rank(group: np.ndarray, *keys: np.ndarray) -> np.ndarray:
    """(G,) the place of each entry among those of its group, sorted by the keys, the last one first."""
    order = np.lexsort((*keys, group))
    begins = np.append(True, np.diff(group[order]) != 0)[: len(order)]
    start = np.maximum.accumulate(np.where(begins, np.arange(len(order)), 0)) if len(order) else order
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order)) - start
    return rank
