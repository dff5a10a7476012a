"""ABC notation (abcnotation.com, standard 2.1) read in plain Python, so that bar lines are known and nothing can crash.

Repeats, endings and simple part orders are played out. Chord symbols are kept as such; grace notes, decorations, words,
overlays and macros are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from scorespace.errors import InputError
from scorespace.music import abc_fields as fields
from scorespace.music.abc_voice import Voice
from scorespace.music.score import Score, Track
from scorespace.music.written import MOST_BARS, Measure, assemble, play_order

_FIELD = re.compile(r"([A-Za-z+]):(?![|:])[ \t]*(.*)")
_FIRST_FIELD = re.compile(r"^[XK]:", re.MULTILINE)
MOST_VOICES = 64
LONGEST_TUNE = 400_000  # characters
LONGEST_FIELD = 200


def looks_like(text: str) -> bool:
    """Whether an X: or K: field stands in the first 64 kB."""
    return _FIRST_FIELD.search(text[:65536]) is not None


def parse(text: str, name: str) -> list[Score]:
    """Every tune in ABC text that can be read.

    Raises:
        InputError: when none can.
    """
    found = list(parse_each(text, name))
    scores = [one for one in found if isinstance(one, Score)]
    if not scores:
        raise next(one for one in found if isinstance(one, InputError))
    return scores


def parse_each(text: str, name: str) -> Iterator[Score | InputError]:
    """One after another every tune of ABC text, or the InputError that says why it cannot be read."""
    header, tunes = split(text)
    if not tunes:
        yield InputError(f"{name} holds no ABC tune: a tune begins with a line such as X:1 and has a line such as K:G.")
    for number, lines in enumerate(tunes, 1):
        what = name if len(tunes) == 1 else f"{name}, tune {number}{_reference(lines)}"
        try:
            yield _Tune(header + lines, what).score()
        except InputError as error:
            message = str(error)
            yield InputError(message if message.startswith(what) else f"{what} cannot be read: {message}.")


def split(text: str) -> tuple[list[str], list[list[str]]]:
    """The file header's fields and the lines of each tune. A tune ends at an empty line, once its music has begun."""
    header: list[str] = []
    tunes: list[list[str]] = []
    current, begun = header, False
    for line in text.splitlines():
        if line.startswith("X:"):
            current, begun = [line], False
            tunes.append(current)
        elif line.strip():
            current.append(line)
            begun = begun or line.startswith("K:")
        elif begun and tunes:
            current, begun = [], False  # free text between tunes
    if not tunes and any(line.startswith("K:") for line in header):
        return [], [header]
    return [line for line in header if line[:2] in ("M:", "L:", "Q:")], tunes


def _reference(lines: Sequence[str]) -> str:
    number = re.match(r"X:\s*(\d{1,9})", lines[0]) if lines else None
    return f" (X:{number[1]})" if number else ""


class _Tune:
    """One tune while its lines are read."""

    def __init__(self, lines: Sequence[str], name: str) -> None:
        self.name, self.title = name, ""
        self.metre, self.key = (4, 4), fields.KeyField()
        self.unit: Fraction | None = None
        self.tempo_text = ""
        self.order = ""
        self.part, self.shift, self.propagate = "", 0, "pitch"
        self.voices: dict[str, Voice] = {}
        self.names: dict[str, str] = {}
        self.voice: Voice | None = None
        if sum(map(len, lines)) > LONGEST_TUNE:
            raise InputError(f"it has more than {LONGEST_TUNE:,} characters")
        self.in_body = not any(line.startswith("K:") for line in lines)
        for line in lines:
            self._line(line)
        for voice in self.voices.values():
            voice.finish()

    def _line(self, line: str) -> None:
        found = _FIELD.match(line)
        if found and not (self.in_body and found[1] in "abcdefg"):
            self._field(found[1], found[2])
        elif line.startswith("%%"):
            self._field("I", line[2:])
        elif self.in_body and not line.startswith("%"):
            music = re.split(r"(?<!\\)%", line, maxsplit=1)[0]
            self.voice = self._current().scan(music, self._inline)

    def _inline(self, text: str) -> Voice:
        self._field(text[0], text[2:])
        return self._current()

    def _field(self, letter: str, text: str) -> None:
        text = re.split(r"(?<!\\)%", text[:LONGEST_FIELD], maxsplit=1)[0].strip()
        if letter == "T":
            self.title = self.title or text
        elif letter == "V":
            self._voice_field(text)
        elif letter == "P":
            self._part_field(text)
        elif letter == "I" and (found := re.match(r"propagate-accidentals\s+(not|octave|pitch)\b", text)):
            self.propagate = found[1]
            for voice in self.voices.values():
                voice.propagate = found[1]
        elif letter in "MLKQ":
            self._music_field(letter, text)
            self.in_body = self.in_body or letter == "K"

    def _music_field(self, letter: str, text: str) -> None:
        """Sets metre, unit, key or tempo: for the whole tune while no note is written, then for one voice."""
        started = any(voice.bars or voice._time for voice in self.voices.values())
        voices = [self._current()] if started else list(self.voices.values())
        if letter == "K":
            self._key(text, voices, started)
        elif letter == "M":
            metre = fields.metre(text) or (voices[0].metre if voices else self.metre)
            self.metre = self.metre if started else metre
            for voice in voices:
                voice.metre = metre
        elif letter == "L":
            unit = fields.unit(text)
            self.unit = self.unit if started else unit or self.unit
            for voice in voices:
                voice.unit = unit or voice.unit
        elif not started:
            self.tempo_text = text
        else:
            for voice in self.voices.values():
                voice.qpm = fields.tempo(text, voice.unit) or voice.qpm

    def _key(self, text: str, voices: list[Voice], started: bool) -> None:
        key = fields.key(text)
        if not started:
            self.key, self.shift = key or self.key, _shift(text, self.shift)
        for voice in voices:
            voice.key = key or voice.key
            voice.shift = _shift(text, voice.shift)

    def _voice_field(self, text: str) -> None:
        ident = text.split()[0] if text.split() else ""
        label = re.search(r'(?:name|nm)="([^"]{1,80})"', text)
        if label:
            self.names[ident] = label[1]
        self.voice = self._voice(ident)
        self.voice.shift = _shift(text, self.voice.shift)

    def _part_field(self, text: str) -> None:
        if not self.in_body:
            self.order = text
            return
        self.part = text[:1]
        for voice in self.voices.values():
            voice._end_bar()
            if voice.bars:
                voice.bars[-1].double = True
            voice.part = self.part

    def _current(self) -> Voice:
        if self.voice is None:
            self.voice = self._voice("")
        return self.voice

    def _voice(self, ident: str) -> Voice:
        if ident not in self.voices:
            if len(self.voices) >= MOST_VOICES:
                raise InputError(f"it has more than {MOST_VOICES} voices")
            unit = self.unit or fields.default_unit(self.metre)
            voice = Voice(ident, self.metre, unit, self.key, fields.tempo(self.tempo_text, unit) or 120.0)
            voice.part, voice.shift, voice.propagate = self.part, self.shift, self.propagate
            self.voices[ident] = voice
        return self.voices[ident]

    def score(self) -> Score:
        """The tune as it sounds."""
        voices = [voice for voice in self.voices.values() if voice.bars]
        measures = _merge([voice.bars for voice in voices])
        tracks = [([voice.ident], Track(name=self.names.get(voice.ident, voice.ident))) for voice in voices]
        score = assemble(measures, self._order(measures), tracks or [([], Track())], self.title, self.name)
        return replace(score, title=self.title)

    def _order(self, measures: Sequence[Measure]) -> list[int]:
        """The playing order: of the parts, where P: in the header names parts that all exist, otherwise as written."""
        letters = fields.parts(self.order) or ""
        spans = _spans(measures)
        if not letters or not set(letters) <= set(spans):
            return play_order(measures, self.name)
        played: dict[str, list[int]] = {}
        for letter in set(letters):
            first, stop = spans[letter]
            played[letter] = [first + i for i in play_order(measures[first:stop], self.name)]
        if sum(len(played[letter]) for letter in letters) > MOST_BARS:
            raise InputError(f"its parts come to more than {MOST_BARS:,} bars")
        return [i for letter in letters for i in played[letter]]


def _spans(measures: Sequence[Measure]) -> dict[str, tuple[int, int]]:
    """For each part letter the bars (first, one after the last) of its first stretch."""
    spans: dict[str, tuple[int, int]] = {}
    for k, measure in enumerate(measures):
        if measure.part and measure.part not in spans:
            stop = next((j for j in range(k, len(measures)) if measures[j].part != measure.part), len(measures))
            spans[measure.part] = (k, stop)
    return spans


def _merge(voices: Sequence[list[Measure]]) -> list[Measure]:
    """Lays the voices over each other bar by bar; a sign in any of them holds for all."""
    if len(voices) == 1:
        return voices[0]
    merged: list[Measure] = []
    for k in range(max((len(bars) for bars in voices), default=0)):
        here = [bars[k] for bars in voices if k < len(bars)]
        whole = here[0]
        for other in here[1:]:
            whole.lay_over(other)
        merged.append(whole)
    return merged


def _shift(text: str, before: int) -> int:
    """Semitones that octave= and transpose= in a K: or V: field ask for."""
    octave, transpose = re.search(r"octave=(-?\d)\b", text), re.search(r"transpose=(-?\d{1,2})\b", text)
    if not octave and not transpose:
        return before
    return 12 * int(octave[1] if octave else 0) + int(transpose[1] if transpose else 0)
