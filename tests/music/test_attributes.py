"""Attributes on phrases whose figures can be read off the page."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from scorespace.music.attributes import ATTRIBUTES, attributes_of, measure
from scorespace.music.grid import FIRST_PITCH, HOLD, REST, Grid
from scorespace.music.heard import TICKS, Heard

GRID = Grid(bars=1)
TWO_PARTS = Grid(parts=("melody", "bass"), bars=1)
DRUMS = Grid(parts=("drums",), bars=1)
TRIO = Grid(parts=("melody", "bass", "drums"), bars=1)
KICK, SNARE, HAT = 1, 2, 4
MELODIC = set(attributes_of(GRID))


def phrase(*places: tuple[int, int], grid: Grid = GRID) -> np.ndarray:
    """(1, 1, steps): a note of this MIDI pitch (or REST, given as -1) at each step named."""
    tokens = np.full((1, *grid.shape), HOLD, np.uint16)
    tokens[0, 0, 0] = REST
    for step, pitch in places:
        tokens[0, 0, step] = REST if pitch < 0 else grid.token(pitch)
    return tokens


def beaten(**places: int) -> np.ndarray:
    """(1, 1, 16): drums, a token at each step named as s0, s4 ..."""
    tokens = np.zeros((1, *DRUMS.shape), np.uint16)
    for name, token in places.items():
        tokens[0, 0, int(name[1:])] = token
    return tokens


def measured(name: str, tokens: np.ndarray, grid: Grid = GRID) -> float:
    return float(attributes_of(grid)[name].measure(tokens, grid)[0])


C_D_E_REST = phrase((0, 60), (4, 62), (8, 64), (12, -1))


@pytest.mark.parametrize(
    ("name", "tokens", "expected"),
    [
        ("density", C_D_E_REST, 3),
        ("pitch_range", C_D_E_REST, 4),
        ("mean_interval", C_D_E_REST, 2),
        ("mean_interval", phrase((0, 60), (4, 67), (8, 66)), 4),
        ("contour", C_D_E_REST, 8),
        ("contour", phrase((0, 60), (8, 60)), 0),
        ("contour", phrase((0, 72), (4, 60), (8, 48)), -48),
        ("contour", phrase((0, 60), (4, 67), (8, 60)), 0),
        ("repetition", phrase((0, 60), (4, 60), (8, -1), (9, 60), (12, 62)), 2 / 3),
        ("rests", C_D_E_REST, 0.25),
        ("rests", phrase((4, 60)), 0.25),
        ("note_length", C_D_E_REST, 1),
        ("note_length", phrase((0, 60), (2, 62)), 2),
        ("diatonic", C_D_E_REST, 1),
        ("diatonic", phrase((0, 61), (4, 62), (8, 63), (12, 64)), 0.5),
        ("out_of_key", phrase((0, 60), (2, 62), (4, 64), (6, 65), (8, 67), (10, 69), (12, 71), (14, 61)), 1 / 8),
        ("out_of_key", phrase((0, 61), (4, 63), (8, 65)), 0),
        ("syncopation_16", phrase((0, 60), (1, 62), (3, 64), (7, 65)), 2 / 4),
        ("syncopation_16", phrase((1, 60)), 1),
        ("syncopation_8", phrase((0, 60), (2, 62), (6, 64), (8, 65), (14, 67)), 2 / 5),
        ("complexity", phrase((0, 60), (8, 62), (4, 64), (12, 65)), 0),
        ("complexity", phrase((3, 60)), 4),
        ("complexity", phrase((0, 60), (3, 62), (6, 60), (10, 62), (12, 64)), 17 - 13),  # the son clave of Toussaint
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


@pytest.mark.parametrize(
    ("metre", "expected"),
    [
        ((4, 4), "5121312141213121"),  # Toussaint 2002, of Lerdahl and Jackendoff 1983
        ((2, 2), "5121312141213121"),
        ((3, 4), "412131213121"),
        ((6, 8), "412121312121"),
        ((5, 4), "41213121312131213121"),
    ],
)
def test_the_levels_of_a_metre(metre: tuple[int, int], expected: str) -> None:
    grid = Grid(bars=1, metre=metre)
    ticks = np.rint(grid.positions(1) * TICKS).astype(np.int64)
    assert "".join(str(level) for level in Heard.of(phrase(grid=grid), grid).levels(ticks)) == expected
    thirds = np.array([TICKS // 3])
    assert Heard.of(phrase(grid=grid), grid).levels(thirds)[0] == 0


def test_intervals_stay_inside_a_part() -> None:
    tokens = np.full((1, *TWO_PARTS.shape), HOLD, np.uint16)
    tokens[0, 0, [0, 4]] = TWO_PARTS.token(72), TWO_PARTS.token(74)
    tokens[0, 1, [0, 8]] = TWO_PARTS.token(36), TWO_PARTS.token(36)
    assert measured("mean_interval", tokens, TWO_PARTS) == 1
    assert measured("repetition", tokens, TWO_PARTS) == 0.5
    assert measured("density", tokens, TWO_PARTS) == 4
    assert measured("note_length", tokens, TWO_PARTS) == 2
    assert measured("contour", tokens, TWO_PARTS) == pytest.approx(8 * (1 / 4) / (1 / 4 + 1))
    assert measured("density.bass", tokens, TWO_PARTS) == 2
    assert measured("repetition.bass", tokens, TWO_PARTS) == 1
    assert measured("repetition.melody", tokens, TWO_PARTS) == 0


@pytest.mark.parametrize(
    ("name", "tokens", "expected"),
    [
        ("density", beaten(s0=KICK | HAT, s4=SNARE, s8=KICK), 4),
        ("polyphony", beaten(s0=KICK | HAT, s4=SNARE), 1.5),
        ("backbeat", beaten(s0=KICK, s4=SNARE | HAT, s8=SNARE), 0.5),
        ("backbeat", beaten(s4=SNARE, s12=SNARE), 1),
        ("syncopation_16", beaten(s0=KICK | HAT, s3=SNARE | HAT), 0.5),
        ("complexity", beaten(s1=KICK | HAT), 4),
    ],
)
def test_drums(name: str, tokens: np.ndarray, expected: float) -> None:
    assert measured(name, tokens, DRUMS) == pytest.approx(expected)


def test_what_is_about_pitch_passes_over_the_drums() -> None:
    assert not {"pitch_range", "contour", "rests", "note_length"} & set(attributes_of(DRUMS))
    assert "polyphony" not in attributes_of(GRID)
    tokens = TRIO.silence()[None].copy()
    tokens[0, 0, [0, 4]] = TRIO.token(72), TRIO.token(74)
    tokens[0, 1, 0] = TRIO.token(48)
    tokens[0, 2, ::4] = KICK | HAT
    assert measured("pitch_range", tokens, TRIO) == 26
    assert measured("mean_interval", tokens, TRIO) == 2
    assert measured("density", tokens, TRIO) == 3 + 8
    assert measured("density.drums", tokens, TRIO) == 8
    assert measured("rests", tokens, TRIO) == 0
    assert not {"pitch_range.drums", "backbeat.bass"} & set(attributes_of(TRIO))


def test_a_groove_counts_on_its_steps_and_other_times_as_they_are() -> None:
    heard = Heard.of(beaten(s4=SNARE), DRUMS)
    heard.notes["start"] += 0.1
    assert ATTRIBUTES["backbeat"].function(heard)[0] == 0.5
    far = Heard.of(beaten(s4=SNARE), DRUMS)
    far.notes["start"] = float(Fraction(7, 3))
    assert far.ticks.tolist() == [7 * TICKS // 3]


@pytest.mark.parametrize("grid", [GRID, TWO_PARTS, DRUMS, TRIO], ids=lambda grid: "+".join(grid.parts))
def test_silence_has_a_figure(grid: Grid) -> None:
    figures = measure(grid.silence()[None], grid)[0]
    for name, value in zip(attributes_of(grid), figures, strict=True):
        assert value == (1 if name.startswith("rests") else 0), name


def test_no_phrases_have_no_figures() -> None:
    assert measure(np.empty((0, *TRIO.shape), np.uint16), TRIO).shape == (0, len(attributes_of(TRIO)))
    assert measure(C_D_E_REST, GRID, []).shape == (1, 0)


any_token = st.sampled_from([HOLD, REST, 40, 60, 61, 67, 90])
any_phrases = arrays.arrays(np.uint16, (3, *TRIO.shape), elements=any_token)


@given(any_phrases)
def test_every_phrase_counts_once_in_every_histogram_and_lies_within_bounds(tokens: np.ndarray) -> None:
    for (name, attribute), figures in zip(attributes_of(TRIO).items(), measure(tokens, TRIO).T, strict=True):
        values = attribute.measure(tokens, TRIO)
        np.testing.assert_array_equal(values, figures, name)
        low, high = attribute.bounds(TRIO)
        assert np.isfinite(values).all()
        assert (values >= low).all()
        assert (values <= high + 1e-12).all()
        assert attribute.histogram(values, TRIO).sum() == pytest.approx(1)


@given(any_phrases)
def test_phrases_do_not_know_of_each_other(tokens: np.ndarray) -> None:
    together = measure(tokens, TRIO)
    apart = np.concatenate([measure(tokens[k : k + 1], TRIO) for k in range(3)])
    np.testing.assert_allclose(together, apart, atol=1e-12)


@given(any_phrases, st.integers(-5, 6))
def test_transposition_changes_nothing_but_what_is_about_c_major(tokens: np.ndarray, semitones: int) -> None:
    lines = tokens[:, :2]
    moved = np.where(lines >= FIRST_PITCH, lines.astype(np.int64) + semitones, lines)
    names = [name for name in attributes_of(TWO_PARTS) if not name.startswith("diatonic")]
    before, after = measure(lines, TWO_PARTS, names), measure(moved, TWO_PARTS, names)
    np.testing.assert_allclose(after, before, atol=1e-9)
    octave = np.where(lines >= FIRST_PITCH, lines.astype(np.int64) + 12, lines)
    np.testing.assert_allclose(measure(octave, TWO_PARTS), measure(lines, TWO_PARTS), atol=1e-9)


def test_every_attribute_explains_itself() -> None:
    for name, attribute in ATTRIBUTES.items():
        function = getattr(attribute.function, "func", attribute.function)
        assert function.__doc__, name
        assert attribute.unit, name
        assert attribute.step > 0, name
    assert set(attributes_of(GRID)) == MELODIC


def test_figures_that_no_phrase_can_have_are_known():
    assert ATTRIBUTES["density"].bounds(Grid(bars=2)) == (0, 16)
    assert ATTRIBUTES["density"].bounds(Grid(parts=("melody", "drums"))) == (0, 160)
    assert ATTRIBUTES["pitch_range"].bounds(Grid(lowest=48, highest=84)) == (0, 36)
    assert ATTRIBUTES["contour"].bounds(Grid()) == (-np.inf, np.inf)
