"""The band: one bar of up to eight arbitrary instruments, each a list of events with its program in front.

A phrase is (8, 64) integers, one row an instrument, sorted by program with the drums last:

    [program] events... [end] [end] ...

    0          end: the row is over; a row that begins with it is empty
    1-128      a note of pitch 0-127 begins
    129-256    the note of pitch 0-127 ends
    257-352    time moves on by 1-96 steps (24 to a quarter note)
    353-360    notes from here on have this velocity: 1-16, 17-32, ... 113-127
    361-489    program 0-127, and 128 for the drums; first in its row and nowhere else

These are the 490 events of Simon et al. 2018 ("Learning a Latent Space of Multitrack Measures", section 3), with their
limits: 2 to 8 instruments, 62 events each, 8 events in all; a bar beyond them is no example. What is ours: the end of
the bar ends every note, so nothing is written for that; drums are struck and not held, so their notes have no end and
last a sixteenth; several tracks of drums are one instrument.

What sounds the same has one spelling (`BandGrid.canonical`). In it the events of one moment are the ends of notes, then
the notes that begin, each from the lowest pitch up, a velocity only where it changes; rows of one program stand from
the highest to the lowest. Anything else that a row may hold still means something (`BandGrid.notes`): the end of a note
that does not sound is passed over, a time beyond the bar ends it, and so on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import ClassVar

import numpy as np

from scorespace.errors import InputError
from scorespace.music import instruments
from scorespace.music.band_events import (
    END,
    EVENTS,
    FIRST_PROGRAM,
    NOTE_OFF,
    NOTE_ON,
    VOCABULARY,
    Played,
    bin_of,
    read,
    spell,
)
from scorespace.music.grid import NOTES, Grid
from scorespace.music.instruments import DRUM_KIT
from scorespace.music.quantised import Quantised, place
from scorespace.music.score import NOTE, Metre, Score, Tempo, Track, sort_notes

INSTRUMENTS = 8
EVENT_PLACES = EVENTS + 2  # the program before the events, the end after them
FEWEST_INSTRUMENTS, FEWEST_EVENTS = 2, 8
LONGEST = 96  # steps in a bar; the longest time that an event moves on by
TWENTY_FOURTHS = tuple(Fraction(k, 24) for k in range(24))

TOO_FEW, TOO_MANY = "fewer than 2 instruments", "more than 8 instruments"
TOO_SHORT, TOO_LONG = "fewer than 8 events", "an instrument with more than 62 events"


@dataclass(frozen=True)
class BandGrid(Grid):
    """See the module's text. A column is an event, not a moment: the steps of `beat_positions` are counted in tokens.

    In `notes` the track of a note is the program of its instrument (128: drums) and its step a place of
    `beat_positions`, 96 to a bar of 4/4.
    """

    kind: ClassVar[str] = "band"
    known_parts: ClassVar[tuple[str, ...]] = ("band",)
    chooses_programs: ClassVar[bool] = True

    parts: tuple[str, ...] = ("band",)
    bars: int = 1
    beat_positions: tuple[Fraction, ...] = field(default=TWENTY_FOURTHS)

    def _problem(self) -> str | None:
        problem = super()._problem()
        if problem:
            return problem
        if self.bars != 1 or len(self.parts) != 1:
            return f"a band's phrase is one bar of one part, got {self.bars} bars and {len(self.parts)} parts"
        if len(self.bar_positions) > LONGEST:
            return f"a bar may have {LONGEST} steps, got {len(self.bar_positions)}"
        return None

    @property
    def steps_per_bar(self) -> int:
        """Columns that a bar takes: a program, 62 events, an end."""
        return EVENT_PLACES

    @property
    def tracks(self) -> int:
        """Rows: instruments that a bar may have."""
        return INSTRUMENTS

    @property
    def sizes(self) -> tuple[int, ...]:
        return (VOCABULARY,) * INSTRUMENTS

    @property
    def range_in_words(self) -> str:
        return f"pitches {self.lowest}-{self.highest} of up to {INSTRUMENTS} instruments with {EVENTS} events each"

    @property
    def pitched(self) -> np.ndarray:
        """(129,) bool: which of the programs that `notes` has as tracks hold pitches: all but the drums."""
        every: np.ndarray = np.arange(DRUM_KIT + 1) != DRUM_KIT
        return every

    @property
    def moments(self) -> int:
        """Steps in time of a bar: 96 in 4/4."""
        return len(self.bar_positions)

    @property
    def stroke(self) -> int:
        """Steps that a drum sounds for: a sixteenth."""
        return max(1, self.moments // round(4 * float(self.bar_quarters)))

    def quantise(self, score: Score, bars: int | None = None) -> Quantised:
        """Fits a score, each of its tracks an instrument, to the grid: tokens (8, bars * 64).

        Notes end with their bar. Of more than eight instruments in a bar those with the most notes stay; of an
        instrument with more than 62 events the last notes are left out. `refused` says of each bar why it is no
        example.
        """
        if bars is None:
            bars = max(1, int(np.ceil(score.end / float(self.bar_quarters) - 1e-6)))
        positions, end = self.positions(bars), bars * float(self.bar_quarters)
        found, placed = [], []
        drums = np.concatenate([np.empty(0, NOTE), *(track.notes for track in score.tracks if track.is_drum)])
        parts = [(track.program, track.notes) for track in score.tracks if not track.is_drum]
        for number, (program, notes) in enumerate([*parts, (DRUM_KIT, sort_notes(drums))]):
            wanted = (notes["pitch"] >= self.lowest) & (notes["pitch"] <= self.highest)
            one = place(notes, positions, end, wanted | (program == DRUM_KIT))
            placed.append(one)
            bar, on = np.divmod(one.on, self.moments)
            off = np.minimum(one.off - bar * self.moments, self.moments)
            found.append(Played.of(bar, number, program, on, off, one.notes["pitch"], bin_of(one.notes["velocity"])))
        played = Played.together(found)
        tokens, refused, kept = self._bars(played, bars)
        return Quantised(
            tokens.transpose(1, 0, 2).reshape(INSTRUMENTS, -1),
            notes=sum(one.offered for one in placed),
            moved=sum(one.moved for one in placed),
            furthest=max((one.furthest for one in placed), default=0.0),
            covered=len(played) - kept,
            out_of_range=sum(one.left_out for one in placed),
            refused=refused,
        )

    def _bars(self, played: Played, bars: int) -> tuple[np.ndarray, tuple[str, ...], int]:
        """Tokens (bars, 8, 64) of what is played, why each bar is no example ("" where it is), and the notes kept."""
        spelt = spell(played, self.moments)
        rows = np.bincount(spelt.bar, minlength=bars)
        events = np.bincount(spelt.bar, spelt.events, minlength=bars)
        longest = np.zeros(bars, np.int64)
        np.maximum.at(longest, spelt.bar, spelt.events)
        # judged before anything is left out
        reasons = np.select(
            [rows == 0, rows < FEWEST_INSTRUMENTS, rows > INSTRUMENTS, longest > EVENTS, events < FEWEST_EVENTS],
            ["", TOO_FEW, TOO_MANY, TOO_LONG, TOO_SHORT],
            "",
        )
        spelt = spelt.shortened(EVENTS).loudest(INSTRUMENTS)
        tokens = np.zeros((bars, INSTRUMENTS, EVENT_PLACES), np.uint16)
        tokens[spelt.bar, spelt.place_in_bar()] = spelt.tokens(EVENT_PLACES)
        return tokens, tuple(reasons.tolist()), len(spelt.played)

    def to_score(self, tokens: np.ndarray, qpm: float = 120.0, velocity: int = 80) -> Score:
        """The score of a token array (8, whole bars * 64), one track an instrument, named as General MIDI does.

        Over several bars an instrument goes on in the track of its program; several of one program are told apart by
        their order.
        """
        tokens = np.asarray(tokens)
        if tokens.ndim != 2 or tokens.shape[0] != INSTRUMENTS or tokens.shape[1] % EVENT_PLACES:
            raise InputError(
                f"Tokens must be ({INSTRUMENTS}, a multiple of {EVENT_PLACES}), got shape {tuple(tokens.shape)}."
            )
        played = read(_rows(tokens[None]), self.moments, self.stroke)
        found = self._timed(played, 1, tokens.shape[1] // EVENT_PLACES)
        players = _players(played)
        tracks = [self._track(found, players, key) for key in sorted(set(players.tolist()))]
        return Score(tuple(tracks), (Tempo(0.0, qpm),), (Metre(0.0, *self.metre),))

    def _track(self, found: np.ndarray, players: np.ndarray, key: int) -> Track:
        program, number = divmod(key, INSTRUMENTS)
        mine = found[players == key]
        plain = np.empty(len(mine), NOTE)
        for name in NOTE.names or ():
            plain[name] = mine[name]
        name = instruments.name_of(program) + f" {number + 1}" * (number > 0)
        drums = program == DRUM_KIT
        return Track(sort_notes(plain), name, program=0 if drums else program, is_drum=drums)

    def notes(self, tokens: np.ndarray, velocity: int = 80) -> np.ndarray:
        """All notes of phrases (N, 8, whole bars * 64), dtype NOTES, by phrase, track, step and pitch.

        The track is the program, 128 for drums. A velocity that is not written is `velocity`.
        """
        tokens = np.asarray(tokens)
        bars = tokens.shape[-1] // EVENT_PLACES
        found = self._timed(read(_rows(tokens), self.moments, self.stroke, velocity), len(tokens), bars)
        return found[np.lexsort((found["pitch"], found["step"], found["track"], found["phrase"]))]

    def _timed(self, played: Played, phrases: int, bars: int) -> np.ndarray:
        edges = np.append(self.positions(bars), bars * float(self.bar_quarters))
        phrase, bar = np.divmod(played.bar, max(1, bars))
        found = np.zeros(len(played), NOTES)
        on, off = (bar * self.moments + time for time in (played.on, played.off))
        found["phrase"], found["track"], found["step"] = phrase, played.program, on
        found["start"], found["duration"] = edges[on], edges[off] - edges[on]
        found["pitch"], found["velocity"] = played.pitch, played.velocities()
        return found

    def onsets(self, tokens: np.ndarray) -> np.ndarray:
        """(..., 8, S) int64: 1 at each event that begins a note."""
        tokens = np.asarray(tokens)
        return ((tokens >= NOTE_ON) & (tokens < NOTE_OFF)).astype(np.int64)

    def sounding(self, tokens: np.ndarray) -> np.ndarray:
        """(..., 8, S) bool: in all of its columns whether an instrument begins any note."""
        some = self.onsets(tokens).any(-1, keepdims=True)
        return np.broadcast_to(some, np.shape(tokens))

    def windows(self, tokens: np.ndarray, stride: int) -> np.ndarray:
        """Phrases (N, 8, 64) of a longer array (8, bars * 64), one every `stride` columns (whole bars)."""
        bars = tokens.reshape(INSTRUMENTS, -1, EVENT_PLACES).transpose(1, 0, 2)
        return bars[:: max(1, stride // EVENT_PLACES)].copy()

    def silence(self) -> np.ndarray:
        return np.full(self.shape, END, np.uint16)

    def canonical(self, tokens: np.ndarray) -> np.ndarray:
        """The one spelling of phrases (..., 8, S): rows and events in their order, nothing that does not sound."""
        tokens = np.asarray(tokens)
        flat = tokens.reshape(-1, *tokens.shape[-2:])
        bars = flat.shape[-1] // EVENT_PLACES
        spelt, _, _ = self._bars(read(_rows(flat), self.moments, self.stroke), len(flat) * bars)
        whole = spelt.reshape(-1, bars, INSTRUMENTS, EVENT_PLACES).transpose(0, 2, 1, 3)
        return whole.reshape(tokens.shape).astype(tokens.dtype)

    def room(self, tokens: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How far the pitches of phrases (N, 8, S) can be moved down and up, each (N,) semitones >= 0."""
        tokens = np.asarray(tokens).astype(np.int64)
        held = (self.onsets(tokens) > 0) & ~_drums(tokens)
        pitch = np.where(held, tokens - NOTE_ON, -1)
        low = np.where(held, pitch, 128).min((1, 2), initial=128)
        high = pitch.max((1, 2), initial=-1)
        some = high >= 0
        return np.where(some, low - self.lowest, 127), np.where(some, self.highest - high, 127)

    def transposed(self, tokens: np.ndarray, shifts: np.ndarray) -> np.ndarray:
        """Phrases (N, 8, S) moved by shifts (N,) semitones, each within `room`; drums stay."""
        moves = (tokens >= NOTE_ON) & (tokens < NOTE_OFF + 128) & ~_drums(tokens)
        result: np.ndarray = np.where(moves, tokens + shifts[:, None, None], tokens).astype(tokens.dtype)
        return result

    def normal_form(self, tokens: np.ndarray) -> np.ndarray:
        """Phrases (N, 8, S) moved so that the lowest pitch is the lowest there is, uint16; without pitches as is."""
        tokens = np.asarray(tokens).astype(np.int64)
        down, _ = self.room(tokens)
        held = ((self.onsets(tokens) > 0) & ~_drums(tokens)).any((1, 2))
        return self.transposed(tokens, np.where(held, -down, 0)).astype(np.uint16)

    def token_agreement(self, reference: np.ndarray, estimate: np.ndarray) -> np.ndarray:
        """(N,) share of equal tokens over the places at which either of two phrases (N, 8, S) holds an event."""
        reference, estimate = np.asarray(reference), np.asarray(estimate)
        places = (reference != END) | (estimate != END)
        right = ((reference == estimate) & places).sum((1, 2))
        count = places.sum((1, 2))
        return np.where(count == 0, 1.0, right / np.maximum(count, 1))

    def extra_agreement(self, reference: np.ndarray, estimate: np.ndarray) -> dict[str, np.ndarray]:
        """Of two sets of phrases (N, 8, S): "same_instruments", 1 where they have the same programs, each as often;
        and "instrument_f1" of the programs, each as often as it comes."""
        ours, theirs = (self.programs(tokens) for tokens in (reference, estimate))
        right = np.minimum(ours, theirs).sum(1)
        both = ours.sum(1) + theirs.sum(1)
        return {
            "same_instruments": (ours == theirs).all(1).astype(np.float64),
            "instrument_f1": np.where(both == 0, 1.0, 2.0 * right / np.maximum(both, 1)),
        }

    def programs(self, tokens: np.ndarray) -> np.ndarray:
        """(N, 129) int64: how many instruments of phrases (N, 8, S) have each program, the drums last."""
        first = np.asarray(tokens)[..., 0].astype(np.int64) - FIRST_PROGRAM
        counts = np.zeros((len(first), DRUM_KIT + 1), np.int64)
        phrase, row = np.nonzero(first >= 0)
        np.add.at(counts, (phrase, first[phrase, row]), 1)
        return counts


def _rows(tokens: np.ndarray) -> np.ndarray:
    """Phrases (N, 8, bars * 64) as (N, bars, 8, 64)."""
    bars = tokens.shape[-1] // EVENT_PLACES
    return tokens.reshape(len(tokens), INSTRUMENTS, bars, EVENT_PLACES).transpose(0, 2, 1, 3)


def _drums(tokens: np.ndarray) -> np.ndarray:
    """(N, 8, S) bool: the places of drums, bar by bar."""
    bars = tokens.reshape(*tokens.shape[:-1], -1, EVENT_PLACES)
    struck = bars[..., :1] == FIRST_PROGRAM + DRUM_KIT
    return np.broadcast_to(struck, bars.shape).reshape(tokens.shape)


def _players(played: Played) -> np.ndarray:
    """(notes,) program * 8 + which of its bar's instruments of that program: the track that a note goes into."""
    row = played.bar * INSTRUMENTS + played.row
    rows, first, inverse = np.unique(row, return_index=True, return_inverse=True)
    group = rows // INSTRUMENTS * (DRUM_KIT + 1) + played.program[first]
    order = np.lexsort((rows, group))
    begins = np.concatenate([[True], np.diff(group[order]) != 0])[: len(order)]
    start = np.maximum.accumulate(np.where(begins, np.arange(len(order)), 0))
    number = np.empty(len(order), np.int64)
    number[order] = np.arange(len(order)) - start
    players: np.ndarray = (played.program[first] * INSTRUMENTS + number)[inverse]
    return players
