"""What is kept of a phrase in another: by hand, and what must hold for any."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorespace.music import style_features
from scorespace.music.agreement import kept
from scorespace.music.grid import FIRST_PITCH, REST, Grid

GRID = Grid(parts=("drums", "guitar"), bars=2, lowest=48, highest=84)


def phrase(pitches: dict[int, int], kicks: tuple[int, ...] = ()) -> np.ndarray:
    """Notes by their step, and strokes of the kick."""
    tokens = GRID.silence().astype(np.int64)
    for step, pitch in pitches.items():
        tokens[1, step] = FIRST_PITCH + pitch - 48
    tokens[0, list(kicks)] = 1
    return tokens[None]


def shares(first: np.ndarray, second: np.ndarray) -> tuple[float, float, float]:
    found = kept(first, second, GRID)
    return tuple(round(float(found[name][0]), 6) for name in ("onsets", "chroma", "contour"))


def test_a_phrase_keeps_all_of_itself_and_an_octave_keeps_chroma_and_contour():
    one = phrase({0: 60, 4: 64, 8: 62, 16: 67}, (0, 8))
    assert shares(one, one) == (1, 1, 1)
    assert shares(one, phrase({0: 72, 4: 76, 8: 74, 16: 79}, (0, 8))) == (1, 1, 1)


def test_other_rhythms_other_chroma_and_other_directions_are_told_apart():
    one = phrase({0: 60, 4: 64, 8: 62}, (0, 8))
    assert shares(one, phrase({0: 60, 4: 64, 8: 62}))[0] == pytest.approx(2 * 3 / 8)  # the kicks are gone
    assert shares(one, phrase({0: 61, 4: 65, 8: 63}, (0, 8)))[1:] == (0, 1)
    assert shares(one, phrase({0: 64, 4: 60, 8: 62}, (0, 8)))[2] == 0
    assert shares(one, phrase({}, (0, 8)))[1:] == (0, 0)


def test_without_pitches_there_is_nothing_to_lose():
    assert shares(phrase({}, (0,)), phrase({0: 60}, (0,)))[1:] == (1, 1)
    assert shares(phrase({}), phrase({})) == (1, 1, 1)


TOKENS = st.lists(st.tuples(st.integers(0, 31), st.integers(48, 84)), max_size=12)


@settings(max_examples=60, deadline=None)
@given(TOKENS, TOKENS, st.lists(st.integers(0, 31), max_size=6))
def test_shares_lie_between_nothing_and_all(first, second, kicks):
    one, other = phrase(dict(first), tuple(kicks)), phrase(dict(second))
    assert all(0 <= share <= 1 + 1e-9 for share in shares(one, other))
    assert shares(one, one) == (1, 1, 1)


@settings(max_examples=40, deadline=None)
@given(TOKENS, st.integers(-5, 5))
def test_features_of_style_do_not_depend_on_the_key(notes, shift):
    inside = {step: min(max(pitch, 55), 77) for step, pitch in notes}
    moved = {step: pitch + shift for step, pitch in inside.items()}
    found = style_features.features(np.concatenate([phrase(inside, (0,)), phrase(moved, (0,))]), GRID)
    assert found.shape == (2, len(style_features.names(GRID)))
    np.testing.assert_allclose(found[0], found[1], atol=1e-9)


def test_features_say_what_they_say():
    tokens = phrase({0: 60, 4: 64, 16: 60}, (0, 16, 20))
    tokens[0, 1, 20] = REST
    row = dict(zip(style_features.names(GRID), style_features.features(tokens, GRID)[0], strict=True))
    assert (row["drums kick at 0"], row["drums kick at 4"]) == (1.0, 0.5)
    assert (row["guitar onset at 0"], row["guitar onset at 4"]) == (1.0, 0.5)
    assert row["guitar interval 4"] == 1.0
    assert row["guitar length 2"] == pytest.approx(0.0)
    assert row["guitar length 3"] == pytest.approx(2 / 3)  # two notes of four steps
    assert row["guitar length 6"] == pytest.approx(1 / 3)  # one of twelve
    assert row["guitar plays"] == 1.0
