"""Attributes on phrases whose figures can be read off the page."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from scorespace.music.attributes import ATTRIBUTES
from scorespace.music.grid import FIRST_PITCH, HOLD, REST, Grid

GRID = Grid(bars=1)
TWO_PARTS = Grid(parts=("melody", "bass"), bars=1)


def phrase(*places: tuple[int, int], grid: Grid = GRID) -> np.ndarray:
    """(1, 1, steps): a note of this MIDI pitch (or REST, given as -1) at each step named."""
    tokens = np.full((1, *grid.shape), HOLD, np.uint16)
    tokens[0, 0, 0] = REST
    for step, pitch in places:
        tokens[0, 0, step] = REST if pitch < 0 else grid.token(pitch)
    return tokens


def measured(name: str, tokens: np.ndarray, grid: Grid = GRID) -> float:
    return float(ATTRIBUTES[name].measure(tokens, grid)[0])


C_D_E_REST = phrase((0, 60), (4, 62), (8, 64), (12, -1))


@pytest.mark.parametrize(
    ("name", "tokens", "expected"),
    [
        ("density", C_D_E_REST, 3),
        ("pitch_range", C_D_E_REST, 4),
        ("mean_interval", C_D_E_REST, 2),
        ("mean_interval", phrase((0, 60), (4, 67), (8, 66)), 4),
        ("repetition", phrase((0, 60), (4, 60), (8, -1), (9, 60), (12, 62)), 2 / 3),
        ("rests", C_D_E_REST, 0.25),
        ("rests", phrase((4, 60)), 0.25),
        ("note_length", C_D_E_REST, 1),
        ("note_length", phrase((0, 60), (2, 62)), 2),
        ("out_of_key", phrase((0, 60), (2, 62), (4, 64), (6, 65), (8, 67), (10, 69), (12, 71), (14, 61)), 1 / 8),
        ("out_of_key", phrase((0, 61), (4, 63), (8, 65)), 0),
        ("syncopation_16", phrase((0, 60), (1, 62), (3, 64), (7, 65)), 2 / 4),
        ("syncopation_16", phrase((1, 60)), 1),
        ("syncopation_8", phrase((0, 60), (2, 62), (6, 64), (8, 65), (14, 67)), 2 / 5),
    ],
)
def test_known_figures(name: str, tokens: np.ndarray, expected: float) -> None:
    assert measured(name, tokens) == pytest.approx(expected)


def test_a_beat_of_three_has_no_sixteenths_and_its_own_lengths() -> None:
    grid = Grid(bars=1, metre=(3, 4), beat_positions=tuple(GRID.beat_positions[:1]) + tuple(Grid().beat_positions[2:3]))
    tokens = phrase((0, 60), (1, 62), (2, -1), grid=grid)
    assert measured("rests", tokens, grid) == pytest.approx(2 / 3)
    assert measured("syncopation_16", tokens, grid) == 0
    assert measured("syncopation_8", phrase((1, 60), grid=grid), grid) == 1


def test_intervals_stay_inside_a_part() -> None:
    tokens = np.full((1, *TWO_PARTS.shape), HOLD, np.uint16)
    tokens[0, 0, [0, 4]] = TWO_PARTS.token(72), TWO_PARTS.token(74)
    tokens[0, 1, [0, 8]] = TWO_PARTS.token(36), TWO_PARTS.token(36)
    assert measured("mean_interval", tokens, TWO_PARTS) == 1
    assert measured("repetition", tokens, TWO_PARTS) == 0.5
    assert measured("density", tokens, TWO_PARTS) == 4
    assert measured("note_length", tokens, TWO_PARTS) == 2


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_silence_has_a_figure(name: str) -> None:
    assert measured(name, phrase()) == (1 if name == "rests" else 0)


any_token = st.sampled_from([HOLD, REST, 40, 60, 61, 67, 90])
any_phrases = arrays.arrays(np.uint16, (3, *TWO_PARTS.shape), elements=any_token)


@given(any_phrases)
def test_every_phrase_counts_once_in_every_histogram(tokens: np.ndarray) -> None:
    for attribute in ATTRIBUTES.values():
        values = attribute.measure(tokens, TWO_PARTS)
        assert np.isfinite(values).all()
        assert (values >= 0).all()
        assert attribute.unit != "share" or (values <= 1 + 1e-12).all()
        assert attribute.histogram(tokens, TWO_PARTS).sum() == pytest.approx(1)


@given(any_phrases, st.integers(-5, 6))
def test_transposition_changes_no_attribute(tokens: np.ndarray, semitones: int) -> None:
    moved = np.where(tokens >= FIRST_PITCH, tokens.astype(np.int64) + semitones, tokens)
    for attribute in ATTRIBUTES.values():
        np.testing.assert_allclose(attribute.measure(moved, TWO_PARTS), attribute.measure(tokens, TWO_PARTS))
