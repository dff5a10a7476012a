"""Scales: by name, and the one that a melody stays in."""

from __future__ import annotations

import re

import numpy as np

from scorespace.errors import UsageError

NAMES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
MAJOR = (0, 2, 4, 5, 7, 9, 11)
MODES = {
    "major": MAJOR,
    "ionian": MAJOR,
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "aeolian": (0, 2, 3, 5, 7, 8, 10),
    "locrian": (0, 1, 3, 5, 6, 8, 10),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
    "melodic minor": (0, 2, 3, 5, 7, 9, 11),
    "pentatonic": (0, 2, 4, 7, 9),
    "minor pentatonic": (0, 3, 5, 7, 10),
    "blues": (0, 3, 5, 6, 7, 10),
    "chromatic": tuple(range(12)),
}
KEY = "key"  # the scale that the melody around a gap stays in
HEARD = "heard"  # the pitch classes that it has


def pitch_classes(name: str) -> frozenset[int]:
    """The pitch classes (0 = C) of a scale such as "D major", "e minor", "F# dorian" or "Bb pentatonic".

    Raises:
        UsageError: when there is no such scale; lists what there is.
    """
    found = re.fullmatch(r"\s*([A-Ga-g])([#b]?)\s*(.*?)\s*", name)
    mode = " ".join(found[3].split()).casefold() if found else ""
    mode = mode or ("minor" if found and found[1].islower() else "major")
    if not found or mode not in MODES:
        raise UsageError(
            f"No scale is called {name!r}: write a note and one of {', '.join(MODES)}, such as 'D major' or "
            f"'e dorian', {KEY!r} for that of the melody around the gap, or {HEARD!r} for the pitch classes it has."
        )
    tonic = _LETTERS[found[1].upper()] + {"#": 1, "b": -1, "": 0}[found[2]]
    return frozenset((tonic + degree) % 12 for degree in MODES[mode])


def signature(pitches: np.ndarray, weights: np.ndarray) -> tuple[frozenset[int], str]:
    """The seven pitch classes of the major scale in which a melody stays longest, and that scale's name.

    A melody in a mode (D dorian) is in the scale of its signature (C major). Of equals the one whose tonic, then whose
    fifth, sounds longest. Source: scale consistency, Mogren 2016.

    Args:
        pitches: (N,) MIDI pitches, at least one.
        weights: (N,) how long each sounds.
    """
    held = np.bincount(np.asarray(pitches, np.int64) % 12, weights, minlength=12)
    inside = np.array([held[[(tonic + degree) % 12 for degree in MAJOR]].sum() for tonic in range(12)])
    inside, held = inside.round(9), held.round(9)
    best = max(range(12), key=lambda k: (inside[k], held[k], held[(k + 7) % 12], -k))
    return frozenset((best + degree) % 12 for degree in MAJOR), f"{NAMES[best]} major"
