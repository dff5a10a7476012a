"""MusicXML (partwise, 1.0 to 4.0), plain or zipped, read as it sounds.

Repeats and endings are played out, transposing instruments sound where they sound, ties are joined, pick-ups are filled
up. Grace and cue notes, ornaments, words and jumps (da capo, dal segno) are passed over. After the W3C MusicXML 4.0
reference.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from xml.etree.ElementTree import Element

from scorespace.errors import InputError
from scorespace.music.abc_fields import NATURAL
from scorespace.music.chord_kinds import SUFFIXES
from scorespace.music.musicxml_write import dump
from scorespace.music.score import Score, Track
from scorespace.music.written import QUARTER, Measure, assemble, play_order
from scorespace.music.xml_tree import tree

__all__ = ["dump", "looks_like", "parse"]

LARGEST_NUMBER = 1e12
MOST_MEASURES = 200_000
LONGEST = 1_000_000.0  # quarter notes in one bar or one note
_PASSED_OVER = (
    "appearance", "beam", "credit", "defaults", "identification", "lyric", "notations", "notehead", "part-group",
    "play", "print", "stem", "voice-name", "figured-bass", "listening", "link", "bookmark", "frame",
)  # fmt: skip


def looks_like(data: bytes) -> bool:
    """Whether the bytes begin like XML, in UTF-8 or UTF-16."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data[2:60].replace(b"\0", b"").lstrip()[:5] in (b"<?xml", b"<scor", b"<!DOC")
    return data.removeprefix(b"\xef\xbb\xbf").lstrip()[:5] in (b"<?xml", b"<scor", b"<!DOC", b"<!-- ")


def parse(data: bytes, name: str) -> Score:
    """The score in a MusicXML file.

    Args:
        data: the file's bytes: XML, or the zip archive of a .mxl file.
        name: what the file is called in an error.

    Raises:
        InputError: when it is damaged, hostile, not MusicXML, or written timewise.
    """
    root = tree(data, name, _PASSED_OVER)
    if root.tag == "score-timewise":
        raise InputError(f"{name} is MusicXML written timewise, which is not read; save it partwise, as programs do.")
    if root.tag != "score-partwise":
        raise InputError(f"{name} is XML but not MusicXML (its root is <{root.tag[:40]}>); give a MusicXML file.")
    if sum(len(part.findall("measure")) for part in root.findall("part")) > MOST_MEASURES:
        raise InputError(f"{name} has more than {MOST_MEASURES:,} bars in its parts together; that is no score.")
    listed = {one.get("id"): one for one in root.iter("score-part")}
    parts = [_Part(number, part, listed.get(part.get("id")), name) for number, part in enumerate(root.findall("part"))]
    measures = _merge([part.measures for part in parts])
    tracks = [(tuple(part.voices), part.track()) for part in parts]
    title = _text(root, "work/work-title") or _text(root, "movement-title") or ""
    return assemble(measures, play_order(measures, name), tracks, title, name)


def _merge(parts: list[list[Measure]]) -> list[Measure]:
    """Lays the parts over each other bar by bar; signs of any part hold for all, key and metre are the first part's."""
    merged: list[Measure] = []
    for k in range(max((len(measures) for measures in parts), default=0)):
        here = [measures[k] for measures in parts if k < len(measures)]
        whole = here[0]
        for other in here[1:]:
            whole.lay_over(other)
        if whole.length == 0:
            whole.length = whole.size  # an empty bar is a bar of silence
        merged.append(whole)
    return merged


@dataclass
class _State:
    """What is in force while a part is read."""

    divisions: float = 1.0
    metre: tuple[int, int] = (4, 4)
    key: tuple[int, str] | None = None
    qpm: float = 120.0
    shift: int = 0  # semitones from written to sounding pitch
    time: float = 0.0  # quarter notes since the bar line
    last: float = 0.0  # where the note before began, for the other notes of its chord
    furthest: float = 0.0


@dataclass
class _Part:
    """One <part>, read into bars."""

    number: int
    element: Element
    listed: Element | None
    name: str
    measures: list[Measure] = field(default_factory=list)
    voices: dict[Hashable, None] = field(default_factory=dict)  # in order of appearance
    unpitched: bool = False

    def __post_init__(self) -> None:
        self.drum_pitches = {
            str(one.get("id")): int(_number(one, "midi-unpitched", 1.0)) - 1
            for one in (self.listed.iter("midi-instrument") if self.listed is not None else ())
            if one.find("midi-unpitched") is not None
        }
        state = _State()
        for element in self.element.findall("measure"):
            self.measures.append(self._measure(element, state))

    def track(self) -> Track:
        """An empty track with the part's name, program and kind."""
        listed = self.listed if self.listed is not None else Element("score-part")
        program = int(_number(listed, "midi-instrument/midi-program", 1.0)) - 1
        is_drum = self.unpitched or _number(listed, "midi-instrument/midi-channel", 0.0) == 10
        return Track(name=_text(listed, "part-name") or "", program=min(max(program, 0), 127), is_drum=is_drum)

    def _measure(self, element: Element, state: _State) -> Measure:
        measure = Measure()
        state.time = state.last = state.furthest = 0.0
        for child in element:
            if child.tag == "note":
                self._note(child, state, measure)
            elif child.tag in ("backup", "forward"):
                step = _number(child, "duration", 0.0) / state.divisions
                state.time = max(state.time + (step if child.tag == "forward" else -step), 0.0)
            elif child.tag == "attributes":
                self._attributes(child, state)
            elif child.tag == "harmony":
                self._harmony(child, state, measure)
            elif child.tag == "barline":
                _barline(child, measure)
            elif child.tag in ("direction", "sound"):
                _tempo(child, state, measure)
            self._bounded(state)
        measure.length = round(state.furthest * QUARTER)
        measure.metre, measure.key, measure.qpm = state.metre, state.key, measure.qpm or state.qpm
        return measure

    def _bounded(self, state: _State) -> None:
        if not 0 <= state.time <= LONGEST:
            raise InputError(
                f"{self.name} has a bar longer than {LONGEST:,.0f} quarter notes; its durations are damaged."
            )
        state.furthest = max(state.furthest, state.time)

    def _note(self, element: Element, state: _State, measure: Measure) -> None:
        if element.find("grace") is not None:
            return
        length = _number(element, "duration", 0.0) / state.divisions
        begun = state.last if element.find("chord") is not None else state.time
        if element.find("chord") is None:
            state.last, state.time = state.time, state.time + length
            self._bounded(state)
        pitch = self._pitch(element, state.shift)
        if pitch is None or not 0 < length <= LONGEST or element.find("cue") is not None:
            return
        voice = (self.number, _text(element, "voice") or "1")
        if voice not in measure.lines:
            measure.lines[voice] = []
            self.voices[voice] = None
        tied = any(tie.get("type") == "start" for tie in element.findall("tie"))
        offset = round(begun * QUARTER)
        measure.lines[voice].append([offset, round((begun + length) * QUARTER) - offset, pitch, int(tied)])

    def _pitch(self, element: Element, shift: int) -> int | None:
        """The MIDI number that sounds, or None for a rest or what no keyboard has."""
        unpitched, pitch = element.find("unpitched"), element.find("pitch")
        if unpitched is not None:
            self.unpitched = True
            instrument = element.find("instrument")
            known = self.drum_pitches.get(str(instrument.get("id"))) if instrument is not None else None
            if known is None and len(self.drum_pitches) == 1:
                known = next(iter(self.drum_pitches.values()))
            sounding = _written(unpitched, "display-step", "display-octave") if known is None else known
        elif pitch is not None:
            written = _written(pitch, "step", "octave")
            sounding = None if written is None else written + shift
        else:
            return None
        return sounding if sounding is not None and 0 <= sounding <= 127 else None

    def _attributes(self, element: Element, state: _State) -> None:
        divisions = _number(element, "divisions", state.divisions)
        if divisions <= 0:
            raise InputError(
                f"{self.name} has {divisions:g} divisions in a quarter note, so its notes have no lengths."
            )
        state.divisions = divisions
        state.metre = _metre(element.find("time")) or state.metre
        if (transpose := element.find("transpose")) is not None:
            state.shift = round(_number(transpose, "chromatic", 0.0) + 12 * _number(transpose, "octave-change", 0.0))
        if (key := element.find("key")) is not None:
            state.key = _key(key, state.shift) or state.key

    def _harmony(self, element: Element, state: _State, measure: Measure) -> None:
        offset = state.time + _number(element, "offset", 0.0) / state.divisions
        symbol = _symbol(element)
        if symbol and 0 <= offset <= LONGEST:
            measure.chords.append((round(offset * QUARTER), symbol))


def _written(element: Element, step_tag: str, octave_tag: str) -> int | None:
    step = _text(element, step_tag)
    if step not in NATURAL:
        return None
    alter = _number(element, "alter", 0.0)
    return round(12 * (_number(element, octave_tag, 4.0) + 1) + NATURAL[step] + alter)


def _barline(element: Element, measure: Measure) -> None:
    repeat, ending = element.find("repeat"), element.find("ending")
    if repeat is not None and repeat.get("direction") == "forward":
        measure.opens = True
    elif repeat is not None:
        times = repeat.get("times", "2")
        measure.closes = min(max(int(times), 2), 99) if times.isdecimal() and len(times) < 4 else 2
    if ending is not None and ending.get("type") == "start":
        numbers = (ending.get("number") or "1").replace(",", " ").split()
        measure.ending = frozenset(int(one) for one in numbers if one.isdecimal() and len(one) < 3) or frozenset({1})
    elif ending is not None:
        measure.double = True
    if _text(element, "bar-style") in ("light-light", "light-heavy", "heavy-heavy", "heavy-light"):
        measure.double = measure.double or element.get("location", "right") == "right"


def _tempo(element: Element, state: _State, measure: Measure) -> None:
    """The first tempo in a bar counts from its beginning, the last one goes on after it."""
    sound = element if element.tag == "sound" else element.find("sound")
    qpm = _float(sound.get("tempo")) if sound is not None else None
    metronome = element.find("direction-type/metronome")
    if qpm is None and metronome is not None:
        beat = _UNITS.get(_text(metronome, "beat-unit") or "", 0.0) * (
            1.5 if metronome.find("beat-unit-dot") is not None else 1
        )
        qpm = beat * _number(metronome, "per-minute", 0.0)
    if qpm is not None and 1 <= qpm <= 10_000:
        state.qpm = qpm
        measure.qpm = measure.qpm or qpm


_UNITS = {"whole": 4.0, "half": 2.0, "quarter": 1.0, "eighth": 0.5, "16th": 0.25}


def _metre(element: Element | None) -> tuple[int, int] | None:
    """The metre of a <time>; 3/8 + 2/8 is 5/8; None where there is none that can be counted."""
    if element is None:
        return None
    total, lowest = Fraction(0), 1
    for beats, unit in zip(_texts(element, "beats"), _texts(element, "beat-type"), strict=False):
        numbers = beats.split("+")
        if not unit.isdecimal() or int(unit[:4]) not in (1, 2, 4, 8, 16, 32, 64):
            return None
        if not all(one.strip().isdecimal() and len(one) < 4 for one in numbers):
            return None
        total += Fraction(sum(map(int, numbers)), int(unit))
        lowest = max(lowest, int(unit))
    upper = int(total * lowest)
    return (upper, lowest) if 1 <= upper <= 255 else None


def _key(element: Element, shift: int) -> tuple[int, str] | None:
    """The key that sounds; a written signature is moved round the circle of fifths by the transposition."""
    fifths = _number(element, "fifths", math.nan)
    if not -7 <= fifths <= 7:
        return None
    sharps = int(fifths)
    if shift % 12:
        sharps = (sharps + 7 * shift + 5) % 12 - 5
    mode = _text(element, "mode") or "major"
    return sharps, "minor" if mode in ("minor", "aeolian", "dorian", "phrygian", "locrian") else "major"


def _symbol(element: Element) -> str | None:
    """A <harmony> as a chord symbol such as "F#m7(b5)/E"; None for what is not written as one."""
    kind = element.find("kind")
    value = (kind.text or "").strip() if kind is not None else ""
    if value == "none":
        return "N.C."
    root = _pitch_name(element, "root")
    if root is None:
        return None
    suffix = SUFFIXES.get(value)
    if suffix is None:
        suffix = (kind.get("text") or "") if kind is not None else ""
    bass = _pitch_name(element, "bass")
    return root + suffix[:20] + "".join(_degrees(element)) + (f"/{bass}" if bass else "")


def _degrees(element: Element) -> Iterator[str]:
    for degree in element.findall("degree"):
        alter = _number(degree, "degree-alter", 0.0)
        sign = "#" if alter > 0 else "b" if alter < 0 else ""
        word = {"add": "add" if not sign else "", "subtract": "no"}.get(_text(degree, "degree-type") or "", "")
        yield f"({word}{sign}{_number(degree, 'degree-value', 0.0):.0f})"


def _pitch_name(element: Element, which: str) -> str | None:
    step = _text(element, f"{which}/{which}-step")
    if step not in NATURAL:
        return None
    alter = int(min(max(_number(element, f"{which}/{which}-alter", 0.0), -2), 2))
    return step + ("#" * alter if alter > 0 else "b" * -alter)


def _text(element: Element, path: str) -> str | None:
    found = element.findtext(path)
    return " ".join(found.split())[:200] if found and found.strip() else None


def _texts(element: Element, path: str) -> list[str]:
    return [(one.text or "").strip() for one in element.findall(path)]


def _float(text: str | None) -> float | None:
    try:
        value = float(text) if text is not None else math.nan
    except ValueError:
        return None
    return value if abs(value) < LARGEST_NUMBER else None  # not for nan either


def _number(element: Element, path: str, default: float) -> float:
    value = _float(element.findtext(path))
    return default if value is None else value
