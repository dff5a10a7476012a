"""The search behind an edit to another genre, with a decoder that the test writes itself."""

import math

import numpy as np
import pytest
from genre_space import GENRES, GRID, some_styles

from scorespace.models.priors import PLANE, Flower
from scorespace.music import style_features
from scorespace.music.grid import FIRST_PITCH
from scorespace.space import style
from scorespace.styles import Styles

FLOWER = Flower(12, GENRES)


def phrase(strikes: int) -> np.ndarray:
    """A bass that strikes so often, and a snare that marks time."""
    tokens = GRID.silence().astype(np.int64)
    tokens[0, ::8] = 2
    tokens[1, : 2 * strikes : 2] = FIRST_PITCH + 4
    return tokens


def decode(z: np.ndarray, phrases: np.ndarray) -> np.ndarray:
    """The further along the third dimension, the more strikes of the bass; the rest says nothing."""
    return np.stack([phrase(int(np.clip(2 + 4 * point[PLANE], 0, 16))) for point in z])


def jazz_is_dense() -> Styles:
    held = some_styles()
    arrays = {name: np.zeros_like(array) for name, array in held.arrays.items()} | {"spread": held.arrays["spread"]}
    arrays["means"][1, PLANE] = 0.5  # jazz lies where the bass is busy
    arrays["weights"][style_features.names(GRID).index("density.bass"), 1] = 1.0
    return Styles(GENRES, arrays, {"genres": GENRES})


def moved(keep: float, goal: float = 2 * math.pi / 3) -> style.Moved:
    points, tokens = np.zeros((2, 12)), np.stack([phrase(2), phrase(2)])
    return style.move(points, tokens, style.Wish(0, goal), jazz_is_dense(), FLOWER, GRID, decode, keep)


def test_the_most_like_the_genre_of_those_that_keep_enough_is_taken():
    everything = moved(0.0)
    assert everything.moves[0] == (0.0, 0.0)
    assert everything.likeness[everything.taken] == everything.likeness.max() > everything.likeness[0]
    for keep in (0.95, 0.8, 0.6):
        some = moved(keep)
        allowed = some.kept >= keep
        assert allowed[some.taken]
        assert some.likeness[some.taken] == some.likeness[allowed].max()
        assert some.likeness[some.taken] <= everything.likeness.max()
    assert moved(1.0).taken == 0 or moved(1.0).kept[moved(1.0).taken] == 1.0


def test_moves_lead_to_the_petal_and_along_the_difference_of_the_means():
    found = moved(0.0)
    for (way, times), points in zip(found.moves, found.points, strict=True):
        np.testing.assert_allclose(
            points[0, :PLANE], way * np.array([math.cos(2 * math.pi / 3), math.sin(2 * math.pi / 3)])
        )
        assert points[0, PLANE] == pytest.approx(0.5 * times)


def test_between_two_genres_both_are_meant():
    weights = style._weights(math.radians(90), FLOWER)
    np.testing.assert_allclose(weights, [0.25, 0.75, 0.0])
    np.testing.assert_allclose(style._weights(math.radians(300), FLOWER), [0.5, 0.0, 0.5])
    np.testing.assert_allclose(style._weights(math.radians(120), FLOWER), [0.0, 1.0, 0.0], atol=1e-9)


@pytest.mark.parametrize(
    ("text", "source", "degrees"),
    [
        ("rock=>jazz", 0, 120),
        ("rock:jazz", 0, 120),
        (" Country => 30deg ", 2, 30),
        ("jazz", None, 120),
        (45.0, None, 45),
    ],
)
def test_wishes_are_read(text, source, degrees):
    found = style.wish(text, FLOWER)
    assert (found.source, round(math.degrees(found.angle))) == (source, degrees)
