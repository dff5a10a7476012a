"""Copies are found in any key, and drums where they are."""

from __future__ import annotations

import numpy as np

from scorespace.music.copying import copied_share, nearest_f1
from scorespace.music.grid import Grid

LINE = Grid(bars=1)
DRUMS = Grid(parts=("drums",), bars=1)


def line(*pitches: int) -> np.ndarray:
    tokens = np.zeros((1, 16), np.uint16)
    tokens[0, : len(pitches)] = [LINE.token(pitch) for pitch in pitches]
    return tokens


def test_a_transposition_is_a_copy():
    tune = line(60, 62, 64, 65, 67)
    found = nearest_f1(np.stack([tune, line(67, 69, 71, 72, 74), line(60, 60, 60, 60, 61)]), tune[None], LINE)
    np.testing.assert_allclose(found[:2], 1.0)
    assert found[2] < 0.5


def test_an_octave_is_as_far_as_it_looks():
    assert nearest_f1(line(60, 62, 64)[None], line(72, 74, 76)[None], LINE)[0] == 1
    assert nearest_f1(line(60, 62, 64)[None], line(73, 75, 77)[None], LINE)[0] == 0


def test_the_nearest_of_many_counts():
    others = np.stack(
        [line(*range(50 + k % 7, 40, -1)) for k in range(70)] + [line(60, 64, 67, 72, 60, 64, 67, 72, 48, 48)]
    )
    mine = line(60, 64, 67, 72, 60, 64, 67, 72, 48, 50)
    np.testing.assert_allclose(nearest_f1(mine[None], others, LINE), 0.9)
    assert copied_share(np.stack([mine, line(90, 40, 90, 40)]), others, LINE) == 0.5


def test_drums_are_not_moved():
    beat = np.zeros((1, 1, 16), np.uint16)
    beat[0, 0, ::4] = 1  # the first class
    other = beat * 2  # the second class
    assert nearest_f1(beat, beat, DRUMS)[0] == 1
    assert nearest_f1(beat, other, DRUMS)[0] == 0


def test_silence_copies_nothing():
    silent = np.full((1, 1, 16), LINE.silence()[0, 0], np.uint16)
    assert nearest_f1(silent, line(60, 62)[None], LINE)[0] == 0
