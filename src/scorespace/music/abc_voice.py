"""One voice of an ABC tune: music lines in, written bars out.

After the ABC standard 2.1, section 4. Grace notes, decorations, slurs, annotations, overlays and everything unknown
are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction

from scorespace.errors import InputError
from scorespace.music.abc_fields import ACCIDENTAL, NATURAL, KeyField
from scorespace.music.written import QUARTER, Event, Measure

_LENGTH = r"(\d*)(/*)(\d*)"
_NOTE = rf"(\^{{1,2}}|_{{1,2}}|=)?([A-Ga-g])([,']*){_LENGTH}(-?)"
_TOKEN = re.compile(
    rf"""(?P<note>{_NOTE})
    |(?P<bar>:*(?:\[\|+|\|+)[|\]:]*(?:\s*\d[\d,.\-]*)?|::+(?:\s*\d[\d,.\-]*)?)
    |"(?P<text>[^"\n]*)"
    |(?P<decoration>![^!\s|:]*!|\+[^+\s|\d]*\+)
    |(?P<grace>\{{[^{{}}\n]*\}})
    |(?P<rest>[zx]\d*/*\d*)
    |(?P<tuplet>\(\d(?::\d?)?(?::\d?)?)
    |\[(?P<field>[A-Za-z]:[^\[\]\n]*)\]
    |\[\s*(?P<ending>\d[\d,.\-]*)
    |(?P<chord>\[[^\]\[|\n]*\]\d*/*\d*-?)
    |(?P<broken><+|>+)
    |(?P<tie>-)
    |(?P<bars>[ZX]\d*)
    |(?P<overlay>&)""",
    re.VERBOSE,
)
_CHORD_NOTE = re.compile(_NOTE)
_CHORD_LENGTH = re.compile(rf"{_LENGTH}(-?)$")
_SYMBOL = re.compile(r"\s*\(?([A-G][^\s)]{0,19})")
_IN_THE_TIME_OF = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}  # 5, 7 and 9: 3 in compound metres, 2 in simple ones
MOST_REST_BARS = 500
LONGEST_BAR = 10_000  # notes


class Voice:
    """Collects the bars of one voice while its lines are scanned.

    Attributes:
        bars: what has been written so far, complete after `finish`.
        metre, unit, key, qpm, part: what is in force; a bar takes metre, key, tempo and part as they are when it ends.
        shift: semitones from written to sounding pitch.
        propagate: how far an accidental reaches to the bar line: "pitch" (its letter in all octaves, the standard's
            default, section 11.3), "octave" (its letter in its octave) or "not".
    """

    def __init__(self, ident: str, metre: tuple[int, int], unit: Fraction, key: KeyField, qpm: float) -> None:
        self.ident = self.name = ident
        self.metre, self.key, self.qpm = metre, key, qpm
        self.unit = unit
        self.part, self.shift, self.propagate = "", 0, "pitch"
        self.bars: list[Measure] = []
        self._bar = Measure()
        self._line: list[Event] = []
        self._time = 0
        self._accidentals: dict[int, int] = {}  # diatonic step (of octave 0, or its own): semitones
        self._ties: dict[int, int] = {}  # diatonic step: pitch of the note before, which is tied
        self._tied_steps: dict[int, int] = {}  # the same for the event that is being read
        self._last: list[Event] = []  # the notes of the event before
        self._last_length = 0
        self._broken = ""  # such as ">", until the note after it
        self._tuplet = (0, 1, 1)  # notes left, of how many, in the time of how many
        self._overlaid = False

    def scan(self, line: str, on_field: Callable[[str], Voice]) -> Voice:
        """Reads a music line; `on_field` handles an inline field such as "M:3/4" and says which voice goes on."""
        voice = self
        for found in _TOKEN.finditer(line):
            kind = found.lastgroup
            if kind == "field":
                voice = on_field(found["field"])
            elif kind == "bar":
                voice._bar_line(found["bar"])
            elif voice._overlaid:
                continue
            elif kind == "note":
                _, sign, letter, octave, upper, slashes, lower, tie = found.groups()[:8]
                voice._sound([(sign, letter, octave, tie)], voice._ticks(upper, slashes, lower))
            elif kind is not None and kind in _HANDLERS:
                _HANDLERS[kind](voice, found[kind])
        return voice

    def finish(self) -> None:
        """Ends the last bar, which may lack its bar line."""
        self._end_bar()

    def _ticks(self, upper: str, slashes: str, lower: str) -> int:
        if len(upper) > 4 or len(lower) > 4 or len(slashes) > 8:
            raise InputError(
                f"the note length {upper}{slashes}{lower} is out of all proportion".replace("\n", " ")[:80]
            )
        below = int(lower) if lower else 2 ** len(slashes)
        return int(self.unit * 4 * QUARTER) * int(upper or 1) // (below or 1)

    def _sound(self, written: list[tuple[str | None, str, str, str]], ticks: int) -> None:
        """Adds the notes of one event, (accidental, letter, octave marks, tie) each; none for a rest."""
        left, of, within = self._tuplet
        if left:
            ticks = ticks * within // of
            self._tuplet = (left - 1, of, within)
        if self._broken:
            ticks = self._break(ticks)
        self._tied_steps = {}
        notes = [[self._time, ticks, self._pitch(*one[:3], one[3]), int(bool(one[3]))] for one in written]
        self._last = [note for note in notes if 0 <= note[2] <= 127 and ticks > 0]
        self._line.extend(self._last)
        if len(self._line) > LONGEST_BAR:
            raise InputError(f"it has a bar of more than {LONGEST_BAR:,} notes")
        self._ties = self._tied_steps
        self._last_length = ticks
        self._time += ticks

    def _pitch(self, sign: str | None, letter: str, octave: str, tie: str) -> int:
        height = octave.count("'") - octave.count(",") + letter.islower()
        upper = letter.upper()
        step = height * 7 + "CDEFGAB".index(upper)
        place = step if self.propagate == "octave" else step % 7
        if sign and self.propagate != "not":
            self._accidentals[place] = ACCIDENTAL[sign]
        if not sign and step in self._ties:
            pitch = self._ties[step]
        else:
            alter = ACCIDENTAL[sign] if sign else self._accidentals.get(place, self.key.alter[upper])
            pitch = 60 + 12 * height + NATURAL[upper] + alter + self.shift
        if tie:
            self._tied_steps[step] = pitch
        return pitch

    def _rest(self, text: str) -> None:
        upper, slashes, lower = re.fullmatch(_LENGTH, text[1:]).groups()  # type: ignore[union-attr]
        self._sound([], self._ticks(upper, slashes, lower))

    def _chord(self, text: str) -> None:
        inside, _, outside = text[1:].rpartition("]")
        found = _CHORD_NOTE.findall(re.sub(r'"[^"]*"|![^!]*!', "", inside))
        if not found:
            return
        *length, tie = _CHORD_LENGTH.fullmatch(outside).groups()  # type: ignore[union-attr]
        ticks = self._ticks(*length) * self._ticks(*found[0][3:6]) // int(self.unit * 4 * QUARTER)
        self._sound([(sign, letter, octave, own or tie) for sign, letter, octave, *_, own in found], ticks)

    def _tie(self, _: str) -> None:
        """A tie that stands apart from its note."""
        for note in self._last:
            note[3] = 1

    def _broken_rhythm(self, text: str) -> None:
        self._broken = text if len(text) <= 3 and self._last_length else ""

    def _break(self, ticks: int) -> int:
        """Lengthens the event before and shortens this one, or the other way; returns the new length of this one.

        Between notes of unequal length the standard leaves the meaning open; as in abc2midi they stay as they are.
        """
        sign, self._broken = self._broken, ""
        if ticks != self._last_length or not self._time:
            return ticks
        short = ticks >> len(sign)
        first, second = (2 * ticks - short, short) if sign[0] == ">" else (short, 2 * ticks - short)
        for note in self._last:
            note[1] = first
        self._time += first - ticks
        return second

    def _tuplet_begins(self, text: str) -> None:
        of, within, count = ([int(part) if part else 0 for part in text[1:].split(":")] + [0, 0])[:3]
        compound = self.metre[0] % 3 == 0 and self.metre[0] > 3
        if of > 1:
            self._tuplet = (count or of, of, within or _IN_THE_TIME_OF.get(of, 3 if compound else 2))

    def _symbol(self, text: str) -> None:
        found = _SYMBOL.match(text)
        if found:
            self._bar.chords.append((self._time, found[1]))

    def _rest_bars(self, text: str) -> None:
        count = int(text[1:5] or 1)
        if count > MOST_REST_BARS or len(text) > 5:
            raise InputError(f"a rest of {text[1:9]} bars is more than the {MOST_REST_BARS} that are read")
        for _ in range(count):
            self._end_bar()
            self._time = self._bar.size if self._bar.metre == self.metre else Measure(self.metre).size
        self._last, self._last_length = [], 0

    def _overlay(self, _: str) -> None:
        self._overlaid = True

    def _ending(self, text: str) -> None:
        self._end_bar()
        self._bar.ending = _numbers(text)

    def _bar_line(self, text: str) -> None:
        self._overlaid = False
        signs = text.rstrip("0123456789,.- \t")
        before = len(signs) - len(signs.lstrip(":"))
        after = len(signs) - len(signs.rstrip(":"))
        if signs.strip(":") == "":  # "::" closes and opens
            before = after = 1
        self._end_bar()
        if self.bars:
            last = self.bars[-1]
            if before and not self._bar.opens:
                last.closes = max(last.closes, before + 1)
            last.double = last.double or before + after > 0 or "||" in signs or "]" in signs or "[" in signs
        self._bar.opens = self._bar.opens or after > 0
        if text[len(signs) :].strip():
            self._bar.ending = _numbers(text[len(signs) :])

    def _end_bar(self) -> None:
        """Closes the bar if anything is written in it; marks that stand before the next note go on to the next bar."""
        self._accidentals = {}
        if not self._time:
            return
        bar = self._bar
        bar.length, bar.metre, bar.qpm, bar.part = self._time, self.metre, self.qpm, self.part
        bar.key = self.key.signature
        bar.lines[self.ident] = self._line
        self.bars.append(bar)
        self._bar, self._line, self._time = Measure(self.metre), [], 0


def _numbers(text: str) -> frozenset[int]:
    """ "1", "1,3", "1-3" and "1.2" as the numbers of the endings, 1 to 99."""
    numbers: set[int] = set()
    for part in re.split(r"[,.\s]+", text):
        bounds = [int(bound) for bound in part.split("-") if bound.isdigit() and len(bound) < 3]
        if bounds:
            numbers.update(range(bounds[0], bounds[-1] + 1))
    return frozenset(numbers)


_HANDLERS: dict[str, Callable[[Voice, str], None]] = {
    "rest": Voice._rest,
    "chord": Voice._chord,
    "tie": Voice._tie,
    "broken": Voice._broken_rhythm,
    "tuplet": Voice._tuplet_begins,
    "text": Voice._symbol,
    "bars": Voice._rest_bars,
    "overlay": Voice._overlay,
    "ending": Voice._ending,
}
