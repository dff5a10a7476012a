"""Names of pitches: the line of fifths ... F C G D A E B F# C# ..., on which every name has one place, C = 0.

The names of a key stand side by side on it: those of a major key with s sharps at s - 1 to s + 5 (s < 0: flats). A
pitch has a name every twelve places. It takes the one nearest to the middle of the signature, s + 2, and of two that
are equally far (a tritone away) the sharp one:

    place = s - 3 + (7 pitch - (s - 3)) mod 12

so seven names belong to the key, two more lie on its flat side and three on its sharp side: D minor has C sharp, C
major B flat and E flat. After Temperley 2000 ("The line of fifths", Music Analysis 19) and his pitch variance rule
(2001, The Cognition of Basic Musical Structures, chapter 5): names of what is heard together lie close together. His
rule weighs the notes before; here the signature says where the middle is.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np

LETTERS = "FCGDAEB"  # along the line of fifths
NATURAL = dict(zip("CDEFGAB", (0, 2, 4, 5, 7, 9, 11), strict=True))
FLATTEST, SHARPEST = -8, 12  # F flat and B sharp: from here to there names have one accidental at most
MIDDLE = 2  # D, the middle of the naturals
_BELOW = 3  # places of the twelve nearest names that lie below s
_SIGNATURES = np.array(sorted(range(-7, 8), key=lambda sharps: (abs(sharps), -sharps)))  # plainest first
_Numbers = TypeVar("_Numbers", int, np.ndarray)


def nearest(pitch: _Numbers, sharps: _Numbers) -> _Numbers:
    """The place of a MIDI pitch in a signature of so many sharps: of its names the nearest; see the module's text."""
    lowest = sharps - _BELOW
    place: _Numbers = lowest + (7 * pitch - lowest) % 12
    return place


def spell(pitch: int, sharps: int) -> tuple[str, int, int]:
    """Letter, alteration and octave of a MIDI pitch in a signature of so many sharps."""
    return name(pitch, nearest(pitch, sharps))


def name(pitch: int, place: int) -> tuple[str, int, int]:
    """Letter, alteration and octave of a MIDI pitch at one of its places on the line of fifths."""
    step, alter = LETTERS[(place + 1) % 7], (place + 1) // 7
    return step, alter, (pitch - alter - NATURAL[step]) // 12 - 1


def accidentals(places: np.ndarray) -> np.ndarray:
    """How many flats or sharps the names at these places have."""
    count: np.ndarray = np.abs((places + 1) // 7)
    return count


def plain(places: np.ndarray) -> np.ndarray:
    """Places less than twelve outside FLATTEST to SHARPEST moved into it: names with one accidental at most."""
    return np.where(places > SHARPEST, places - 12, np.where(places < FLATTEST, places + 12, places))


def signature_of_pitches(pitches: np.ndarray) -> int:
    """The signature (-7 to 7 sharps) that the most of these MIDI pitches belong to; of equals the plainest."""
    return int(_SIGNATURES[_inside(7 * pitches % 12, 12).argmax()])


def signature_of_places(places: np.ndarray) -> int:
    """The signature in which the most of these places are what `nearest` gives; of equals the one that the most names
    belong to, then the plainest."""
    lowest = _SIGNATURES[:, None] - _BELOW
    right = ((places >= lowest) & (places < lowest + 12)).sum(1)
    return int(_SIGNATURES[np.lexsort((-_inside(places, 0), -right))[0]])


def _inside(places: np.ndarray, period: int) -> np.ndarray:
    """(signatures,) how many places are among the seven of each signature; with a period counted round it."""
    from_first = places - (_SIGNATURES[:, None] - 1)
    from_first = from_first % period if period else from_first
    count: np.ndarray = ((from_first >= 0) & (from_first < 7)).sum(1)
    return count
