"""Batches: a pure function of seed and step."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from memory_shards import MemoryShards, melodies

from scorespace.data.batches import Batches
from scorespace.errors import TrainingError
from scorespace.music.grid import FIRST_PITCH, Grid

GRID = Grid(bars=1, lowest=48, highest=84)


def shards(count=23):
    return MemoryShards(GRID, {"train": melodies(GRID, count, 1)})


def untransposed(tokens):
    """Each phrase moved so that its first onset is 0: what transposition leaves alone."""
    flat = tokens.reshape(len(tokens), -1).astype(np.int64)
    first = flat[np.arange(len(flat)), (flat >= FIRST_PITCH).argmax(axis=1)]
    return np.where(flat >= FIRST_PITCH, flat - first[:, None] + 1000, flat)


def test_a_batch_is_int64_of_the_grid():
    batch = Batches(shards(), "train", 5, 0).at(0)
    assert (batch.shape, batch.dtype) == ((5, *GRID.shape), np.int64)


@settings(max_examples=25)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=6), st.integers(0, 2**32 - 1))
def test_the_same_seed_and_step_give_the_same_batch_whatever_came_before(steps, seed):
    straight = Batches(shards(), "train", 5, seed)
    for step in steps:
        assert np.array_equal(straight.at(step), Batches(shards(), "train", 5, seed).at(step))


def test_an_epoch_shows_every_phrase_at_most_once_and_each_epoch_another_order():
    held = shards(20)
    batches = Batches(held, "train", 5, 3, transpose=(0, 0))
    assert batches.per_epoch == 4
    epochs = [np.concatenate([batches.at(4 * epoch + step) for step in range(4)]) for epoch in range(2)]
    everything = sorted(map(bytes, held.tokens("train").astype(np.int64)))
    assert [sorted(map(bytes, epoch)) for epoch in epochs] == [everything, everything]
    assert not np.array_equal(*epochs)


def test_transpositions_cover_the_range_keep_the_melody_and_stay_on_the_grid():
    held = shards(1)
    low, high = int(held.tokens("train")[held.tokens("train") >= FIRST_PITCH].min()), GRID.vocabulary - 1
    batches = Batches(held, "train", 1, 0, transpose=(-5, 6))
    found = [batches.at(step)[0] for step in range(300)]
    pitches = {int(batch[batch >= FIRST_PITCH].min()) - low for batch in found}
    highest = int(held.tokens("train").max())
    possible = {s for s in range(-5, 7) if low + s >= FIRST_PITCH and highest + s <= high}
    assert pitches == possible
    assert all(np.array_equal(untransposed(b[None]), untransposed(held.tokens("train"))) for b in found)


def test_a_phrase_at_the_edge_moves_only_inwards():
    tokens = np.zeros((1, *GRID.shape), np.uint16)
    tokens[0, 0, 0], tokens[0, 0, 8] = FIRST_PITCH, GRID.vocabulary - 3
    batches = Batches(MemoryShards(GRID, {"train": tokens}), "train", 1, 0, transpose=(-5, 6))
    assert {int(batches.at(step)[0, 0, 0]) - FIRST_PITCH for step in range(60)} == {0, 1, 2}


def test_fewer_phrases_than_a_batch_are_an_error():
    with pytest.raises(TrainingError, match="23 phrases in its split train, fewer than one batch of 24"):
        Batches(shards(), "train", 24, 0)
