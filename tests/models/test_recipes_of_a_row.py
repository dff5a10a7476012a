"""Recipes that stand in one row of the table must be trainable on one data set."""

from __future__ import annotations

import pytest

from scorespace import recipe as recipes

ROWS = ("drums-2bar", "melody-2bar", "melody-16bar", "melody-32bar", "trio-16bar")
SHAPES = ("-paper", "-flat", "-hearing", "-lm")


@pytest.mark.parametrize("row", ROWS)
def test_the_recipes_of_a_row_take_the_same_data(row):
    own = recipes.load(row)
    others = [row + shape for shape in SHAPES if row + shape in recipes.bundled()]
    assert len(others) >= 2
    for name in others:
        other = recipes.load(name)
        assert (other.grid, other.data) == (own.grid, own.data), name
