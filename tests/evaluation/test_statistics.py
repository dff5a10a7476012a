"""Samples beside a corpus: overlaps, variety, copying."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from memory_shards import MemoryShards

from scorespace.evaluation.statistics import (
    Copied,
    copied,
    distinct_share,
    halves,
    means,
    overlaps,
    pairwise_difference,
    pitch_class_entropy,
    random_pitches,
    spellings,
    uniform_tokens,
)
from scorespace.music import drums
from scorespace.music.grid import FIRST_PITCH, HOLD, REST, Grid

LINE = Grid(bars=1)
TRIO = Grid(("melody", "bass", "drums"), bars=1, lowest=40, highest=80)


def trios(count: int) -> np.ndarray:
    """(count, 3, 16) int64: anything."""
    sizes = np.array(TRIO.sizes)[:, None]
    return np.random.default_rng(5).integers(0, sizes, (count, *TRIO.shape))


def test_a_set_overlaps_with_itself_and_less_with_noise(shards: MemoryShards) -> None:
    tokens = shards.tokens("train").astype(np.int64)
    assert all(area == pytest.approx(1) for area in overlaps(tokens, tokens, shards.grid).values())
    noise = overlaps(uniform_tokens(200, shards.grid, 0), tokens, shards.grid)
    assert noise["density"] < 0.05
    pitches = overlaps(random_pitches(tokens, shards.grid, 0), tokens, shards.grid)
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
    assert distinct_share(tokens, LINE) == pytest.approx(2 / 3)
    assert len(set(spellings(tokens, LINE, transposed=True))) == 1


def test_copies_are_found_in_their_own_key_and_in_another() -> None:
    train = np.array([[[10, 12, HOLD, REST]]])
    tokens = np.array(
        [[[10, 12, HOLD, REST]], [[11, 13, HOLD, REST]], [[11, 14, HOLD, REST]], [[REST, HOLD, HOLD, HOLD]]]
    )
    assert copied(tokens, train, LINE) == Copied(0.25, 1)
    again = np.concatenate([tokens, tokens[:1]])
    assert copied(again, train, LINE, transposed=True) == Copied(0.6, 1)


def test_the_pairwise_difference_is_that_of_all_pairs() -> None:
    tokens = np.random.default_rng(0).integers(0, 4, (9, 2, 5))
    slow = np.mean([(a != b).mean() for a, b in combinations(tokens, 2)])
    assert pairwise_difference(tokens) == pytest.approx(slow)
    assert pairwise_difference(tokens[:1]) == 0


def test_random_pitches_keep_the_rhythm_of_every_part() -> None:
    tokens = trios(50)
    changed = random_pitches(tokens, TRIO, 0)
    assert np.array_equal(TRIO.onsets(changed), TRIO.onsets(tokens))
    assert np.array_equal(changed[:, :2] < FIRST_PITCH, tokens[:, :2] < FIRST_PITCH)
    assert all((changed[:, row] != tokens[:, row]).mean() > 0.8 for row in range(3))
    assert changed[:, 2].max() < drums.COMBINATIONS


def test_uniform_tokens_stay_below_the_size_of_their_row() -> None:
    tokens = uniform_tokens(2000, TRIO, 0)
    assert tuple(tokens.max((0, 2)) + 1) == TRIO.sizes
    assert tokens.min() == 0


def test_drums_stay_when_the_rest_is_transposed() -> None:
    tokens = trios(1).clip(REST + 3, 30)
    moved = TRIO.transposed(tokens, np.array([3]))
    assert spellings(moved, TRIO, transposed=True) == spellings(tokens, TRIO, transposed=True)
    moved[0, 2, 0] ^= 1
    assert spellings(moved, TRIO, transposed=True) != spellings(tokens, TRIO, transposed=True)


def test_the_entropy_of_pitch_classes() -> None:
    silent = LINE.silence()
    one, octave, four = (np.array(silent) for _ in range(3))
    one[0, :2] = [FIRST_PITCH + 60, HOLD]
    octave[0, :2] = [FIRST_PITCH + 60, FIRST_PITCH + 72]
    four[0, :4] = FIRST_PITCH + 60 + np.arange(4)
    phrases = np.stack([silent, one, octave, four])
    assert pitch_class_entropy(phrases, LINE).tolist() == [0, 0, 0, 2]
    assert means(phrases, LINE)["pitch_class_entropy"] == 0.5
    beat = Grid(("drums",), bars=1)
    struck = np.zeros((1, *beat.shape), np.int64)
    struck[0, 0, :2] = [1, 2]  # kick, snare
    assert pitch_class_entropy(struck, beat).tolist() == [1]
