"""How far a variation turns."""

from __future__ import annotations

import bundled_music
import numpy as np
import pytest

import scorespace as ss
from scorespace.music.agreement import onset_f1
from scorespace.space.variations import LEAST_APART, search


def cliff(turns: np.ndarray) -> np.ndarray:
    """All kept for half of the way, then lost within a tenth of it, down to a fifth by chance."""
    return np.interp(turns, [0, 0.5, 0.6, 1], [0.95, 0.95, 0.2, 0.2])


@pytest.mark.parametrize("amount", [0.1, 0.3, 0.5, 0.9])
def test_the_amount_is_a_share_of_what_there_is_to_lose(amount):
    kept = cliff(search(cliff, 3, amount))
    assert kept == pytest.approx(0.95 - amount * 0.75, abs=0.06)


def test_without_anything_to_search_for_it_is_the_angle():
    assert search(lambda turns: np.full(len(turns), LEAST_APART / 2), 2, 0.3) == pytest.approx(0.3)


def test_each_phrase_is_searched_for_itself():
    def kept(turns):
        return np.stack([1 - turns[0], 1 - turns[1] ** 4])

    first, second = search(kept, 2, 0.5)
    assert first == pytest.approx(0.5, abs=0.02)
    assert second == pytest.approx(0.5**0.25, abs=0.02)


@pytest.mark.parametrize("name", ["melody-2bar", "drums-2bar"])
def test_a_slider_of_notes(name):
    """Both spaces hold every note for a third of the way and more, so an angle would be no slider."""
    space = ss.load(name)
    for phrase in bundled_music.phrases(space.grid)[:2]:
        own = space.grid.to_tokens(phrase)[None]
        kept = []
        for amount in (0.1, 0.4, 0.8):
            takes = [space.grid.to_tokens(take.score) for take in space.vary(phrase, 4, amount, seed=1)]
            kept.append(onset_f1(own.repeat(4, 0), np.stack(takes), space.grid).mean())
        assert 0.8 < kept[0] < 1
        assert kept[0] > kept[1] > kept[2]
