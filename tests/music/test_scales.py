from __future__ import annotations

import numpy as np
import pytest

from scorespace.errors import UsageError
from scorespace.music.scales import pitch_classes, signature


@pytest.mark.parametrize(
    ("name", "classes"),
    [
        ("C major", {0, 2, 4, 5, 7, 9, 11}),
        ("d  Dorian", {0, 2, 4, 5, 7, 9, 11}),
        ("e", {0, 2, 4, 6, 7, 9, 11}),
        ("F#", {1, 3, 5, 6, 8, 10, 11}),
        ("Bb harmonic minor", {10, 0, 1, 3, 5, 6, 9}),
        ("Cb pentatonic", {11, 1, 3, 6, 8}),
        ("A minor pentatonic", {9, 0, 2, 4, 7}),
    ],
)
def test_scales_by_name(name: str, classes: set[int]) -> None:
    assert pitch_classes(name) == classes


@pytest.mark.parametrize("name", ["", "H major", "C majorish", "C ## major", "key of C"])
def test_what_is_no_scale_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="No scale is called"):
        pitch_classes(name)


def test_the_signature_is_the_scale_in_which_a_melody_stays_longest() -> None:
    pitches = np.array([62, 64, 66, 67, 69, 71, 73, 62, 65])
    assert signature(pitches, np.ones(9))[1] == "D major"
    assert signature(pitches, np.array([1, 1, 1, 1, 1, 1, 0.1, 1, 30]))[1] in ("C major", "F major")
    assert signature(np.array([60]), np.ones(1)) == (frozenset({0, 2, 4, 5, 7, 9, 11}), "C major")
    assert signature(pitches + 1, np.ones(9))[1] == "Eb major"
