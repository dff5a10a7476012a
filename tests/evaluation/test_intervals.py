"""The bootstrap over songs."""

from __future__ import annotations

import numpy as np
import pytest

from scorespace.evaluation.intervals import SongBootstrap


def test_the_value_is_the_mean_over_phrases_inside_its_interval() -> None:
    songs, values = np.array([7, 7, 7, 9, 12, 12]), np.array([1.0, 2, 3, 4, 5, 6])
    figure = SongBootstrap(songs, seed=3).mean(values)
    assert figure.value == pytest.approx(3.5)
    assert 2 <= figure.low < 3.5 < figure.high <= 5.5


def test_the_seed_decides_the_interval() -> None:
    songs, values = np.arange(40), np.random.default_rng(0).normal(size=40)
    assert SongBootstrap(songs, seed=3).mean(values) == SongBootstrap(songs, seed=3).mean(values)
    assert SongBootstrap(songs, seed=3).mean(values) != SongBootstrap(songs, seed=4).mean(values)


def test_phrases_of_one_song_do_not_make_a_figure_surer() -> None:
    rng = np.random.default_rng(0)
    of_song = rng.normal(size=50)
    once = SongBootstrap(np.arange(50)).mean(of_song)
    copied = SongBootstrap(np.repeat(np.arange(50), 20)).mean(np.repeat(of_song, 20))
    apart = SongBootstrap(np.arange(1000)).mean(np.repeat(of_song, 20))
    assert copied.high - copied.low == pytest.approx(once.high - once.low)
    assert copied.high - copied.low > 3 * (apart.high - apart.low)


def test_the_interval_has_its_coverage() -> None:
    rng = np.random.default_rng(1)
    covered = 0
    for _ in range(200):
        figure = SongBootstrap(np.arange(60), replicates=400).mean(rng.normal(size=60))
        covered += figure.low <= 0 <= figure.high
    assert 180 <= covered <= 199


def test_a_statistic_of_several_means() -> None:
    values = np.array([[0.0, 1.0], [2.0, 1.0]])
    bootstrap = SongBootstrap(np.array([0, 1]))
    figure = bootstrap.figure(lambda first, second: (second - first**2).sum(-1), values, values**2)
    assert (figure.value, figure.low, figure.high) == (1.0, 0.0, 1.0)


def test_one_song() -> None:
    figure = SongBootstrap(np.zeros(3, int)).mean(np.array([1.0, 2, 3]))
    assert (figure.value, figure.low, figure.high) == (2, 2, 2)
