"""Scores as MusicXML 4.0 (partwise) that notation programs open: bars, ties, dots, triplets, rests, chords, keys.

Times are snapped to UNITS a quarter note: exactly where a score stands on sixteenths or triplets of a beat, otherwise,
beat by beat, to 32nds or to sixths of the beat, whichever is nearer. The sound is in <duration>; what is drawn follows
from it: a span is cut at bar lines, and at beats where triplets are involved, into values that notation has.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import numpy as np

from scorespace.errors import UsageError
from scorespace.music.chord_kinds import KINDS
from scorespace.music.draw import COLOURS
from scorespace.music.score import Metre, Score, Track
from scorespace.music.spelling import LETTERS, NATURAL
from scorespace.music.spelling import spell as spell

UNITS = 48  # <divisions>: 64ths are 3, 64ths of a triplet 2
_TYPES = {192: "whole", 96: "half", 48: "quarter", 24: "eighth", 12: "16th", 6: "32nd", 3: "64th"}
_TRIPLET_TYPES = {64: "half", 32: "quarter", 16: "eighth", 8: "16th", 4: "32nd", 2: "64th", 1: "128th"}
_TRIPLET_TYPES |= {24: "eighth.", 12: "16th.", 6: "32nd."}  # dotted
_SIGNS = {-2: "flat-flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double-sharp"}
_VOICES = 4
MARK = COLOURS[1].upper()  # of the notes in a marked stretch
_BASS_CLEF_BELOW = 55


class Piece(NamedTuple):
    """A span of a bar that one written note or rest fills: units, the drawn type ("eighth."), whether in a triplet."""

    start: int
    length: int
    kind: str
    triplet: bool


@dataclass
class Chord:
    """Notes of one voice with one start and one end, in units from the beginning of the score."""

    start: int
    end: int
    pitches: list[int] = field(default_factory=list)


def dump(score: Score, marked: Sequence[tuple[float, float]] = ()) -> bytes:
    """The score as the bytes of a MusicXML file; equal scores give equal bytes.

    Notes that overlap go to up to four voices a part; what would need a fifth is cut short.

    Args:
        score: what to write.
        marked: stretches (start, end) in quarter notes, such as bars that were written anew. Notes and rests that begin
            there are coloured, and "new" stands above the beginning of each. Readers play the same.

    Raises:
        UsageError: when a stretch does not end after it begins.
    """
    marks = _Marks.of(marked)
    root = Element("score-partwise", version="4.0")
    if score.title:
        SubElement(SubElement(root, "work"), "work-title").text = _clean(score.title)
    listed = SubElement(root, "part-list")
    tracks = score.tracks or (Track(),)
    bars = _bars(score)
    for number, track in enumerate(tracks, 1):
        _list_part(listed, f"P{number}", track)
    for number, track in enumerate(tracks, 1):
        part = SubElement(root, "part", id=f"P{number}")
        _Writer(part, f"P{number}", track, score, bars, marks, first=number == 1).write()
    indent(root)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 '
    head += 'Partwise//EN" "http://www.musicxml.org/dtds/partwise.dtd">\n'
    return head.encode() + tostring(root) + b"\n"


@dataclass(frozen=True)
class _Marks:
    """Marked stretches in units, in order; they neither touch nor overlap."""

    stretches: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, marked: Sequence[tuple[float, float]]) -> _Marks:
        found: list[tuple[int, int]] = []
        for start, end in sorted(marked):
            if not (0 <= start < end < math.inf):
                raise UsageError(f"A marked stretch ends after it begins, in quarter notes from 0, not {start}-{end}.")
            begun, ended = round(start * UNITS), round(end * UNITS)
            if found and begun <= found[-1][1]:
                found[-1] = (found[-1][0], max(ended, found[-1][1]))
            elif begun < ended:
                found.append((begun, ended))
        return cls(tuple(found))

    def holds(self, at: int) -> bool:
        return any(start <= at < end for start, end in self.stretches)

    def colour(self, element: Element, at: int) -> None:
        if self.holds(at):
            element.set("color", MARK)


def marked_bars(score: Score, marked: Sequence[tuple[float, float]]) -> list[int | None]:
    """For every bar that `dump` writes the first stretch that it shares, counted from 0 after joining; None without."""
    stretches = _Marks.of(marked).stretches
    return [
        next((k for k, (start, end) in enumerate(stretches) if start < right and left < end), None)
        for left, right, _, _ in _bars(score)
    ]


def _list_part(listed: Element, ident: str, track: Track) -> None:
    part = SubElement(listed, "score-part", id=ident)
    SubElement(part, "part-name").text = _clean(track.name)
    sounds = (
        [(f"{ident}-I{pitch}", pitch) for pitch in sorted(set(track.notes["pitch"].tolist()))] if track.is_drum else []
    )
    for instrument, pitch in sounds:
        SubElement(SubElement(part, "score-instrument", id=instrument), "instrument-name").text = f"Drum {pitch}"
    for instrument, pitch in sounds or [(f"{ident}-I1", None)]:
        if not sounds:
            SubElement(SubElement(part, "score-instrument", id=instrument), "instrument-name").text = _clean(track.name)
        midi = SubElement(part, "midi-instrument", id=instrument)
        SubElement(midi, "midi-channel").text = "10" if track.is_drum else "1"
        SubElement(midi, "midi-program").text = str(track.program + 1)
        if pitch is not None:
            SubElement(midi, "midi-unpitched").text = str(pitch + 1)


def _bars(score: Score) -> list[tuple[int, int, Metre, bool]]:
    """(start, end, metre, whether the metre is new) of every bar, in units; the last ones are whole."""
    edges: list[tuple[int, Metre]] = [(round(start * UNITS), metre) for start, metre in score._bars()]
    edges = [edge for k, edge in enumerate(edges) if k == 0 or edge[0] > edges[k - 1][0]]
    if not edges:
        edges = [(0, score.metres[0])]
    ends = [start for start, _ in edges[1:]] + [edges[-1][0] + max(round(edges[-1][1].bar * UNITS), 1)]
    fresh = [True] + [str(a[1]) != str(b[1]) for a, b in pairwise(edges)]
    return [(start, end, metre, new) for (start, metre), end, new in zip(edges, ends, fresh, strict=True)]


def voices(track: Track) -> list[list[Chord]]:
    """The notes of a track in units, as chords in up to four voices in which nothing overlaps."""
    starts = track.notes["start"]
    begun, ended = snap(np.concatenate([starts, starts + track.notes["duration"]])).reshape(2, -1)
    chords: dict[tuple[int, int], Chord] = {}
    for start, end, pitch in zip(begun.tolist(), ended.tolist(), track.notes["pitch"].tolist(), strict=True):
        chord = chords.setdefault((start, max(end, start + 1)), Chord(start, max(end, start + 1)))
        if pitch not in chord.pitches:
            chord.pitches.append(pitch)
    found: list[list[Chord]] = [[]]
    for chord in sorted(chords.values(), key=lambda one: (one.start, -max(one.pitches))):
        free = next((voice for voice in found if not voice or voice[-1].end <= chord.start), None)
        if free is None and len(found) < _VOICES:
            free = []
            found.append(free)
        if free is None:
            free = min(found, key=lambda voice: voice[-1].end)
            free[-1].end = chord.start
        free.append(chord)
    return [[chord for chord in voice if chord.end > chord.start] for voice in found]


def snap(quarters: np.ndarray) -> np.ndarray:
    """Times in quarter notes as whole units: see the module's first lines."""
    units = np.rint(quarters * UNITS).astype(np.int64)
    exact = np.abs(units - quarters * UNITS) < 1e-3
    exact &= (units % 3 == 0) | (units % 4 == 0)
    binary = 6 * np.rint(quarters * UNITS / 6).astype(np.int64)
    ternary = 8 * np.rint(quarters * UNITS / 8).astype(np.int64)
    beats = np.floor(quarters + 1e-6).astype(np.int64)
    beats -= beats.min(initial=0)
    size = int(beats.max(initial=0)) + 1
    if size > 10_000_000:
        return binary
    cost = np.bincount(beats, np.abs(binary - quarters * UNITS) - np.abs(ternary - quarters * UNITS), size)
    loose = np.bincount(beats, ~exact, size) > 0
    return np.where(~loose[beats], units, np.where(cost[beats] > 0, ternary, binary))


def pieces(start: int, end: int, bar: int, ternary: set[int]) -> Iterator[Piece]:
    """Cuts a span into values that notation has.

    Args:
        start, end: the span, in units from the beginning of the score; it lies inside one bar.
        bar: where that bar begins.
        ternary: the beats, counted from the bar's beginning, that are divided in three.
    """
    at = start
    while at < end:
        beat = (at - bar) // UNITS
        stop = min(end, bar + (beat + 1) * UNITS) if beat in ternary else _binary_stop(at, end, bar, ternary)
        inside = beat in ternary and not (at == bar + beat * UNITS and stop == at + UNITS)
        length, kind = _value(stop - at, at - bar, inside)
        yield Piece(at, length, kind, kind in _TRIPLET_TYPES.values() and inside)
        at += length


def _binary_stop(at: int, end: int, bar: int, ternary: set[int]) -> int:
    """Where the next ternary beat that the span only partly fills begins, or the span's end."""
    for beat in range((at - bar) // UNITS, -(-(end - bar) // UNITS)):
        edge = bar + beat * UNITS
        if beat in ternary and edge > at and edge + UNITS > end:
            return edge
    return end


def _value(room: int, offset: int, triplet: bool) -> tuple[int, str]:
    """The longest value that fits into `room` at `offset` from the bar line, as (units, type, dotted "eighth.")."""
    if triplet:
        return max((length, kind) for length, kind in _TRIPLET_TYPES.items() if length <= room)
    for length, kind in _TYPES.items():
        if length * 3 // 2 <= room and length % 2 == 0 and offset % (length // 2) == 0:
            return length * 3 // 2, f"{kind}."
        if length <= room and (length == 3 or offset % (length // 2) == 0):
            return length, kind
    return max((length, kind) for length, kind in _TRIPLET_TYPES.items() if length <= room)


class _Writer:
    """Writes one part, bar by bar."""

    def __init__(
        self,
        part: Element,
        ident: str,
        track: Track,
        score: Score,
        bars: Sequence[tuple[int, int, Metre, bool]],
        marks: _Marks,
        first: bool,
    ) -> None:
        self.part, self.ident, self.track, self.score, self.bars, self.first = part, ident, track, score, bars, first
        self.marks = marks
        self.voices = voices(track)
        self.sharps = 0
        self.shown: dict[tuple[str, int], int] = {}  # accidentals drawn in this bar

    def write(self) -> None:
        places = [0] * len(self.voices)
        keys = {_at(key.start, self.bars): key for key in self.score.keys}
        tempos = {_at(tempo.start, self.bars): tempo for tempo in reversed(self.score.tempos)}
        for number, (start, end, metre, new) in enumerate(self.bars):
            element = SubElement(self.part, "measure", number=str(number + 1))
            self.shown = {}
            key = keys.get(number)
            self._attributes(element, number, metre if new else None, key)
            if self.first and number in tempos:
                _write_tempo(element, tempos[number].qpm)
            for begun, _ in self.marks.stretches if self.first else ():
                if start <= begun < end:
                    _write_new(element, begun - start)
            for k, voice in enumerate(self.voices):
                if k:
                    SubElement(SubElement(element, "backup"), "duration").text = str(end - start)
                places[k] = self._voice(element, voice, places[k], start, end, str(k + 1))

    def _attributes(self, element: Element, number: int, metre: Metre | None, key: object) -> None:
        if number and metre is None and key is None:
            return
        attributes = SubElement(element, "attributes")
        if not number:
            SubElement(attributes, "divisions").text = str(UNITS)
        if key is not None or not number:
            self.sharps = getattr(key, "sharps", 0)
            written = SubElement(attributes, "key")
            SubElement(written, "fifths").text = str(self.sharps)
            SubElement(written, "mode").text = getattr(key, "mode", "major")
        if metre is not None:
            time = SubElement(attributes, "time")
            SubElement(time, "beats").text = str(metre.numerator)
            SubElement(time, "beat-type").text = str(metre.denominator)
        if not number:
            self._clef(attributes)

    def _clef(self, attributes: Element) -> None:
        low = len(self.track.notes) and self.track.notes["pitch"].mean() < _BASS_CLEF_BELOW
        clef = SubElement(attributes, "clef")
        SubElement(clef, "sign").text = "percussion" if self.track.is_drum else "F" if low else "G"
        if not self.track.is_drum:
            SubElement(clef, "line").text = "4" if low else "2"

    def _voice(self, element: Element, voice: list[Chord], place: int, start: int, end: int, number: str) -> int:
        """Writes what of a voice lies in one bar, from chord `place` on; returns where to go on."""
        spans: list[tuple[int, int, Chord | None]] = []
        at = start
        while place < len(voice) and voice[place].start < end:
            chord = voice[place]
            begun, stop = max(chord.start, start), min(chord.end, end)
            if begun > at:
                spans.append((at, begun, None))
            spans.append((begun, stop, chord))
            at = stop
            if chord.end > end:
                break
            place += 1
        if at < end:
            spans.append((at, end, None))
        ternary = {(edge - start) // UNITS for a, b, _ in spans for edge in (a, b) if edge < end and (edge - start) % 3}
        symbols = self._chords_in(start, end) if self.first and number == "1" else []
        for a, b, span_chord in spans:
            if span_chord is None and (a, b) == (start, end) and not symbols:
                self._whole_rest(element, a, b - a, number)
                continue
            for piece in pieces(a, b, start, ternary):
                while symbols and symbols[0][0] < piece.start + piece.length:
                    offset, symbol = symbols.pop(0)
                    _write_harmony(element, symbol, offset - piece.start)
                self._piece(element, piece, span_chord, number, start)
        return place

    def _chords_in(self, start: int, end: int) -> list[tuple[int, str]]:
        found = [(round(chord.start * UNITS), chord.symbol) for chord in self.score.chords]
        return [(at, symbol) for at, symbol in found if start <= at < end]

    def _whole_rest(self, element: Element, start: int, length: int, voice: str) -> None:
        note = SubElement(element, "note")
        self.marks.colour(note, start)
        SubElement(note, "rest", measure="yes")
        SubElement(note, "duration").text = str(length)
        SubElement(note, "voice").text = voice

    def _piece(self, element: Element, piece: Piece, chord: Chord | None, voice: str, bar: int) -> None:
        pitches = sorted(chord.pitches) if chord else [None]
        for k, pitch in enumerate(pitches):
            note = SubElement(element, "note")
            self.marks.colour(note, chord.start if chord else piece.start)
            if k:
                SubElement(note, "chord")
            before = chord is not None and piece.start > chord.start
            after = chord is not None and piece.start + piece.length < chord.end
            sign = self._pitch(note, pitch, before)
            SubElement(note, "duration").text = str(piece.length)
            for tie in _ties(before, after):
                SubElement(note, "tie", type=tie)
            if self.track.is_drum and pitch is not None:
                SubElement(note, "instrument", id=f"{self.ident}-I{pitch}")
            SubElement(note, "voice").text = voice
            SubElement(note, "type").text = piece.kind.rstrip(".")
            if piece.kind.endswith("."):
                SubElement(note, "dot")
            if sign:
                SubElement(note, "accidental").text = sign
            _notations(note, piece, (before, after), bar, k == 0)

    def _pitch(self, note: Element, pitch: int | None, tied: bool) -> str | None:
        """Writes what sounds, and returns the accidental to draw, if one is needed."""
        if pitch is None:
            SubElement(note, "rest")
            return None
        if self.track.is_drum:
            unpitched = SubElement(note, "unpitched")
            SubElement(unpitched, "display-step").text = "CCDDEFFGGAAB"[pitch % 12]
            SubElement(unpitched, "display-octave").text = str(max(pitch // 12 - 1, 0))
            return None
        step, alter, octave = spell(pitch, self.sharps)
        written = SubElement(note, "pitch")
        SubElement(written, "step").text = step
        if alter:
            SubElement(written, "alter").text = str(alter)
        SubElement(written, "octave").text = str(octave)
        if tied:
            return None
        signature = (self.sharps - LETTERS.index(step) + 6) // 7
        if self.shown.get((step, octave), signature) == alter:
            return None
        self.shown[step, octave] = alter
        return _SIGNS[alter]


def _ties(before: bool, after: bool) -> list[str]:
    return ["stop"] * before + ["start"] * after


def _notations(note: Element, piece: Piece, tied: tuple[bool, bool], bar: int, lowest: bool) -> None:
    if piece.triplet:
        change = SubElement(note, "time-modification")
        SubElement(change, "actual-notes").text = "3"
        SubElement(change, "normal-notes").text = "2"
    begins = piece.triplet and lowest and (piece.start - bar) % UNITS == 0
    ends = piece.triplet and lowest and (piece.start + piece.length - bar) % UNITS == 0
    ties = _ties(*tied)
    if not (ties or begins or ends):
        return
    notations = SubElement(note, "notations")
    for tie in ties:
        SubElement(notations, "tied", type=tie)
    for type_ in ["start"] * begins + ["stop"] * ends:
        SubElement(notations, "tuplet", type=type_)


def _at(quarters: float, bars: Sequence[tuple[int, int, Metre, bool]]) -> int:
    """The bar (counted from 0) in which a time lies."""
    starts = [start for start, *_ in bars]
    return max(int(np.searchsorted(starts, round(quarters * UNITS), side="right")) - 1, 0)


def _write_tempo(element: Element, qpm: float) -> None:
    direction = SubElement(element, "direction", placement="above")
    metronome = SubElement(SubElement(direction, "direction-type"), "metronome")
    SubElement(metronome, "beat-unit").text = "quarter"
    SubElement(metronome, "per-minute").text = f"{qpm:.6g}"
    SubElement(direction, "sound", tempo=f"{qpm:.9g}")


def _write_new(element: Element, offset: int) -> None:
    direction = SubElement(element, "direction", placement="above")
    SubElement(SubElement(direction, "direction-type"), "words", color=MARK).text = "new"
    if offset:
        SubElement(direction, "offset").text = str(offset)


def _write_harmony(element: Element, symbol: str, offset: int) -> None:
    harmony = SubElement(element, "harmony")
    body, _, bass = symbol.partition("/")
    known = bool(body) and body[0] in NATURAL and symbol != "N.C."
    letters = body[: 2 if body[1:2] in ("#", "b") else 1] if known else "C"
    suffix = body[len(letters) :] if known else symbol
    _write_note_name(SubElement(harmony, "root"), "root", letters)
    kind = SubElement(harmony, "kind", text=_clean(suffix))
    kind.text = "none" if symbol == "N.C." else KINDS.get(suffix, "other")
    if known and bass[:1] in NATURAL and bass:
        _write_note_name(SubElement(harmony, "bass"), "bass", bass)
    if offset:
        SubElement(harmony, "offset").text = str(offset)


def _write_note_name(element: Element, which: str, letters: str) -> None:
    SubElement(element, f"{which}-step").text = letters[0]
    if letters[1:2] in ("#", "b"):
        SubElement(element, f"{which}-alter").text = "1" if letters[1] == "#" else "-1"


def _clean(text: str) -> str:
    """Text without the control characters that XML cannot hold."""
    return "".join(sign for sign in text if sign.isprintable())
