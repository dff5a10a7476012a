"""Samples beside a corpus: overlaps, variety, copying."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from memory_shards import MemoryShards

from scorespace.evaluation.statistics import (
    copied_share,
    distinct_share,
    halves,
    overlaps,
    pairwise_difference,
    random_pitches,
    spellings,
    uniform_tokens,
)
from scorespace.music.grid import FIRST_PITCH, HOLD, REST


def test_a_set_overlaps_with_itself_and_less_with_noise(shards: MemoryShards) -> None:
    tokens = shards.tokens("train").astype(np.int64)
    assert all(area == pytest.approx(1) for area in overlaps(tokens, tokens, shards.grid).values())
    noise = overlaps(uniform_tokens(200, shards.grid, 0), tokens, shards.grid)
    assert noise["density"] < 0.05
    pitches = overlaps(random_pitches(tokens, 0), tokens, shards.grid)
    assert pitches["density"] == 1
    assert pitches["mean_interval"] < 0.2


def test_half_an_overlap(shards: MemoryShards) -> None:
    quarters = np.full((1, *shards.grid.shape), HOLD)
    quarters[..., ::4] = FIRST_PITCH
    eighths = quarters.copy()
    eighths[..., ::2] = FIRST_PITCH
    both = np.concatenate([quarters, eighths])
    assert overlaps(both, eighths, shards.grid)["density"] == 0.5


def test_halves_share_no_song(shards: MemoryShards) -> None:
    songs = shards.songs("train")
    marked = np.arange(len(songs)).reshape(-1, 1, 1)
    first, second = (set(songs[half.ravel()].tolist()) for half in halves(marked, songs, 0))
    assert not first & second
    assert len(first) == len(second) == 12
    alone, again = halves(marked[:4], songs[:4], 0)
    assert len(alone) == len(again) == 4


def test_what_sounds_the_same_is_counted_once() -> None:
    tokens = np.array([[[HOLD, 5, REST, REST]], [[REST, 5, REST, HOLD]], [[REST, 7, REST, HOLD]]])
    assert distinct_share(tokens) == pytest.approx(2 / 3)
    assert len(set(spellings(tokens, transposed=True))) == 1


def test_copies_are_found_in_their_own_key_and_in_another() -> None:
    train = np.array([[[10, 12, HOLD, REST]]])
    tokens = np.array(
        [[[10, 12, HOLD, REST]], [[11, 13, HOLD, REST]], [[11, 14, HOLD, REST]], [[REST, HOLD, HOLD, HOLD]]]
    )
    assert copied_share(tokens, train) == 0.25
    assert copied_share(tokens, train, transposed=True) == 0.5


def test_the_pairwise_difference_is_that_of_all_pairs() -> None:
    tokens = np.random.default_rng(0).integers(0, 4, (9, 2, 5))
    slow = np.mean([(a != b).mean() for a, b in combinations(tokens, 2)])
    assert pairwise_difference(tokens) == pytest.approx(slow)
    assert pairwise_difference(tokens[:1]) == 0
