"""What the information fields of ABC say: K: keys, M: metres, L: note lengths, Q: tempos, P: the order of parts.

After the ABC standard 2.1 (abcnotation.com), sections 3 and 4. Every function is lenient: None means "nothing that can
be used stands here".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction

NATURAL = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
ACCIDENTAL = {"^": 1, "^^": 2, "=": 0, "_": -1, "__": -2}
_MODES = {
    "": 0,
    "maj": 0,
    "ion": 0,
    "m": -3,
    "min": -3,
    "aeo": -3,
    "mix": -1,
    "dor": -2,
    "phr": -4,
    "lyd": 1,
    "loc": -5,
}
_MINOR = {"m", "min", "aeo", "dor", "phr", "loc"}
_FIFTHS = {"C": 0, "G": 1, "D": 2, "A": 3, "E": 4, "B": 5, "F": -1}
_SHARP_ORDER = "FCGDAEB"


@dataclass(frozen=True)
class KeyField:
    """What a K: field sets. `alter` gives the semitones by which each letter is raised; `signature` may be None."""

    alter: dict[str, int] = field(default_factory=lambda: dict.fromkeys("CDEFGAB", 0))
    signature: tuple[int, str] | None = (0, "major")


def key(text: str) -> KeyField | None:
    """Reads "Am", "D mix", "F# dorian", "Hp", "none", "D exp _b ^f", "G =c"; None where only a clef stands."""
    word = text.strip()
    if word[:2] in ("HP", "Hp"):
        sharps = 2 if word[1] == "p" else 0
        return KeyField(_signature(sharps), (sharps, "major"))
    if not word or word.lower().startswith("none"):
        return KeyField()
    found = re.match(r"([A-G])([#b♯♭]?)\s*([A-Za-z]*)", word)
    if not found:
        return _with_accidentals(KeyField(), word) if re.match(r"[\^_=]", word) else None
    tonic, sign, mode = found[1], found[2], found[3].lower()
    if mode == "exp":
        return _with_accidentals(KeyField(signature=None), word[found.end() :])
    mode = mode if mode == "m" else mode[:3]
    if mode not in _MODES:  # such as "clef" or "treble" after the tonic
        mode = ""
    sharps = _FIFTHS[tonic] + 7 * {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1}[sign] + _MODES[mode]
    if not -7 <= sharps <= 7:
        sharps -= 12 if sharps > 0 else -12
    plain = KeyField(_signature(sharps), (sharps, "minor" if mode in _MINOR else "major"))
    return _with_accidentals(plain, word[found.end() :])


def _signature(sharps: int) -> dict[str, int]:
    raised = _SHARP_ORDER[:sharps] if sharps > 0 else _SHARP_ORDER[sharps:] if sharps < 0 else ""
    return {letter: (sharps > 0) - (sharps < 0) if letter in raised else 0 for letter in "CDEFGAB"}


def _with_accidentals(base: KeyField, text: str) -> KeyField:
    alter = dict(base.alter)
    for sign, letter in re.findall(r"(?<![\w=])(\^{1,2}|_{1,2}|=)([A-Ga-g])(?![a-z])", text):
        alter[letter.upper()] = ACCIDENTAL[sign]
    return KeyField(alter, base.signature)


def metre(text: str) -> tuple[int, int] | None:
    """Reads "C", "C|", "6/8", "2+2+3/8", "(2+3)/8"; "none" counts as 4/4, and the bar lines then say what is so."""
    word = text.strip()
    if word.startswith("C|"):
        return 2, 2
    if word.startswith("C") or word.lower().startswith("none"):
        return 4, 4
    found = re.match(r"\(?\s*(\d{1,3}(?:\s*\+\s*\d{1,3})*)\s*\)?\s*/\s*(\d{1,2})(?!\d)", word)
    if not found:
        return None
    upper, lower = sum(int(part) for part in found[1].split("+")), int(found[2])
    return (upper, lower) if 1 <= upper <= 255 and lower in (1, 2, 4, 8, 16, 32, 64) else None


def unit(text: str) -> Fraction | None:
    """Reads "1/8": the unit note length as a share of a whole note."""
    found = re.match(r"\s*(\d{1,3})\s*(?:/\s*(\d{1,3}))?", text)
    if not found or not int(found[1]) or (found[2] and not int(found[2])):
        return None
    return Fraction(int(found[1]), int(found[2] or 1))


def default_unit(metre: tuple[int, int]) -> Fraction:
    """The unit note length without an L: field: a sixteenth in metres shorter than 3/4, otherwise an eighth."""
    return Fraction(1, 16) if Fraction(*metre) < Fraction(3, 4) else Fraction(1, 8)


def tempo(text: str, unit: Fraction) -> float | None:
    """Reads "1/4=120", '"Allegro" 3/8=60', "1/4 1/8=80" and "120" (units a minute); quarter notes a minute."""
    bare = re.sub(r'"[^"]*"', " ", text)
    found = re.search(r"((?:\d{1,3}/\d{1,3}\s*)*)=?\s*(\d{1,4}(?:\.\d{1,3})?)(?![\d/])", bare)
    if not found:
        return None
    beats = [(int(a), int(b)) for a, b in re.findall(r"(\d+)/(\d+)", found[1])]
    if any(b == 0 for _, b in beats):
        return None
    beat = sum((Fraction(a, b) for a, b in beats), Fraction(0)) or unit
    qpm = float(beat * 4) * float(found[2])
    return qpm if 5 <= qpm <= 2000 else None


def parts(text: str) -> str | None:
    """Expands "A2(BC)2." to "AABCBC"; None where it is not made of letters, numbers and simple brackets."""
    plain = re.sub(r"[\s.]", "", text)
    if not re.fullmatch(r"(?:[A-Z]\d{0,2}|\([A-Z\d]{1,64}\)\d{0,2}){1,64}", plain):
        return None

    def flat(word: str) -> str:
        return "".join(letter * int(count or 1) for letter, count in re.findall(r"([A-Z])(\d{0,2})", word))

    whole = re.sub(r"\(([A-Z\d]+)\)(\d{0,2})", lambda found: flat(found[1]) * int(found[2] or 1), plain)
    return flat(whole) or None
