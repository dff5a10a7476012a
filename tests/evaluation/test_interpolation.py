"""Paths between phrases, in a space and in the data."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from memory_shards import MemoryShards

from scorespace import models
from scorespace.errors import UsageError
from scorespace.evaluation.interpolation import METHODS, Pairs, choose_pairs, data_path, latent_path, measure
from scorespace.models.base import LatentModel
from scorespace.models.note_lm import NoteLM, NoteLMConfig
from scorespace.recipe import Recipe

AMOUNTS = [0.0, 0.25, 0.5, 1.0]


@pytest.fixture
def pairs(shards: MemoryShards) -> Pairs:
    return choose_pairs(shards.tokens("train"), shards.songs("train"), shards.grid, 40, 0)


def test_the_ends_are_of_different_songs_and_sound_different(pairs: Pairs, shards: MemoryShards) -> None:
    spelled = shards.grid.canonical(shards.tokens("train")).astype(np.int64)
    songs: dict[bytes, set[int]] = {}
    for phrase, song in zip(spelled, shards.songs("train"), strict=True):
        songs.setdefault(phrase.tobytes(), set()).add(int(song))
    for first, second, song in zip(pairs.first, pairs.second, pairs.songs, strict=True):
        assert (first != second).any()
        assert song in songs[first.tobytes()]
        assert songs[second.tobytes()] - {int(song)}
    again = choose_pairs(shards.tokens("train"), shards.songs("train"), shards.grid, 40, 0)
    assert np.array_equal(again.second, pairs.second)
    with pytest.raises(UsageError, match="needs phrases of several songs"):
        choose_pairs(shards.tokens("train")[:4], shards.songs("train")[:4], shards.grid, 3, 0)


def test_mixing_tokens_begins_and_ends_at_the_phrases_and_changes_sides_once(
    pairs: Pairs, shards: MemoryShards
) -> None:
    path = data_path(pairs, AMOUNTS, shards.grid, 0)
    assert path.shape == (4, *pairs.first.shape)
    assert np.array_equal(path[0], pairs.first)
    assert np.array_equal(path[-1], pairs.second)
    moved = [float((step != pairs.first).mean()) for step in path]
    assert moved == sorted(moved)


def test_figures_of_a_path(pairs: Pairs, shards: MemoryShards) -> None:
    torch.manual_seed(0)
    judge = NoteLM(shards.grid, NoteLMConfig(width=8, blocks=1, heads=1)).eval()
    points = measure(data_path(pairs, AMOUNTS, shards.grid, 0), pairs, AMOUNTS, judge)
    assert (points[0].to_first.value, points[0].to_second.value) == (0, 1)
    assert (points[-1].to_first.value, points[-1].to_second.value) == (1, 0)
    assert points[2].to_first.value == pytest.approx(0.5, abs=0.1)
    assert points[2].to_first.low < points[2].to_first.value < points[2].to_first.high
    assert (points[0].cost.value + points[-1].cost.value) / 2 == pytest.approx(1)


def test_a_path_through_a_space_begins_at_the_reconstruction(pairs: Pairs, tiny: Recipe) -> None:
    torch.manual_seed(0)
    model = models.build(tiny.model.name, tiny.grid, tiny.model.config).eval()
    assert isinstance(model, LatentModel)
    for method in METHODS:
        path = latent_path(model, pairs, AMOUNTS, method)
        assert path.shape == (4, *pairs.first.shape)
        with torch.no_grad():
            again = model.decode(model.encode(torch.from_numpy(pairs.first))[0]).numpy()
        assert np.array_equal(path[0], tiny.grid.canonical(again))
