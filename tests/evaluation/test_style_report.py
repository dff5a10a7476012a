"""The figures of spaces with genres: each against a slow version or a case whose answer is known."""

import numpy as np
import pytest
import torch
from genre_space import GENRES, GRID, SETTINGS

from scorespace.evaluation import genre_probes, hamming, linear_probe, petals, prior_match, token_kinds
from scorespace.evaluation.genre_probes import Side
from scorespace.evaluation.interpolation import Pairs
from scorespace.evaluation.intervals import SongBootstrap
from scorespace.models import build, config_class
from scorespace.models.adversary import draw
from scorespace.models.base import GenreModel
from scorespace.music.grid import FIRST_PITCH, HOLD, REST


def test_a_probe_finds_what_is_linear_and_is_at_chance_where_nothing_is():
    random = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], (400, 60, 60))
    rows = random.normal(size=(520, 5))
    rows[:, 0] += 4.0 * labels
    songs = np.arange(520) // 4
    found = linear_probe.fit(rows[::2], labels[::2], 3)
    right = linear_probe.balanced_accuracy(labels[1::2], found.predict(rows[1::2]), SongBootstrap(songs[1::2]))
    assert right.value > 0.9
    assert right.low <= right.value <= right.high
    noise = linear_probe.fit(rows[::2, 1:], labels[::2], 3)
    chance = linear_probe.balanced_accuracy(labels[1::2], noise.predict(rows[1::2, 1:]), SongBootstrap(songs[1::2]))
    assert chance.value == pytest.approx(1 / 3, abs=0.12)


def test_balanced_accuracy_counts_every_class_alike():
    labels, predicted = np.array([0] * 8 + [1, 1]), np.array([0] * 8 + [1, 0])
    figure = linear_probe.balanced_accuracy(labels, predicted, SongBootstrap(np.arange(10)))
    assert figure.value == pytest.approx((1.0 + 0.5) / 2)
    assert linear_probe.balanced_accuracy(labels, labels * 0, SongBootstrap(np.arange(10))).value == 0.5


def test_classes_weigh_alike_in_the_fit():
    """Of two overlapping classes the larger one does not take the place between."""
    random = np.random.default_rng(1)
    rows = np.concatenate([random.normal(-1, 1, (900, 1)), random.normal(1, 1, (30, 1))])
    found = linear_probe.fit(rows, np.repeat([0, 1], (900, 30)), 2)
    edge = np.linspace(-2, 2, 401)
    assert abs(edge[found.predict(edge[:, None]).argmax()]) < 0.4


def test_codes_on_the_petals_of_other_genres_do_not_match():
    """As a whole they fill the flower; phrase by phrase they lie on wrong petals."""
    random = np.random.default_rng(2)
    tokens = random.integers(0, 100, (900, *GRID.shape))
    wrong = (tokens[:, 0, 0] + 1) % 3
    found = prior_match.measure(Codes(0.0), tokens, np.arange(900) // 3, wrong, seed=4)
    assert found["nearest_petal_is_own"]["value"] < 0.05
    assert found["energy_distance_in_own_petals"]["value"] > 5 * found["energy_distance_in_own_petals"]["chance"]
    assert found["told_apart"]["low"] > 0.9


def test_correlated_codes_are_told_from_independent_ones():
    random = np.random.default_rng(0)
    x = random.normal(size=(2000, 12))
    x[:, ::2] = 0.9 * x[:, 1::2] + np.sqrt(1 - 0.81) * x[:, ::2]
    y, songs = random.normal(size=(2000, 12)), np.arange(2000) // 4
    assert prior_match.told_apart(x, y, songs, 0).low > 0.6
    assert prior_match.told_apart(x[:, :1], y[:, :1], songs, 0).low < 0.5
    assert prior_match.told_apart(x[:9], y[:9], songs[:9], 0) is None


class Codes(GenreModel):
    """A model whose codes are draws of its prior, or of another, moved away."""

    def __init__(self, moved: float) -> None:
        super().__init__(GRID)
        self.inner = build("musae", GRID, config_class("musae")(**SETTINGS))
        self.z_size, self.moved = self.inner.z_size, moved

    @property
    def prior(self):
        return self.inner.prior

    def encode(self, tokens):
        genres = tokens[:, 0, 0] % 3
        like = torch.zeros(len(tokens), self.z_size)
        z = draw(self.prior, genres, like, torch.Generator().manual_seed(int(tokens[0, 0, 1])))
        return z + self.moved, torch.full_like(z, 1e-6)

    def decode(self, z, temperature=0.0, uniforms=None):
        raise NotImplementedError

    log_likelihood = next_step = loss = decode


@pytest.mark.parametrize(("moved", "matches"), [(0.0, True), (0.05, False)])
def test_codes_that_are_draws_match_the_prior_and_others_do_not(moved, matches):
    random = np.random.default_rng(2)
    tokens = random.integers(0, 100, (900, *GRID.shape))
    genres, songs = tokens[:, 0, 0] % 3, np.arange(900) // 3
    found = prior_match.measure(Codes(moved), tokens, songs, genres, seed=4)
    assert found["nearest_petal_is_own"]["value"] > 0.95
    for name in ("sliced_wasserstein", "energy_distance"):
        near = found[name]["value"] <= 2 * found[name]["chance"]
        assert near == matches, name
    own = found["energy_distance_in_own_petals"]
    assert own["value"] <= 2 * own["chance"] or not matches
    told = found["told_apart"]
    assert (told["low"] <= 0.5 <= told["high"]) if matches else told["low"] > 0.6


def test_sliced_wasserstein_of_moved_points_is_the_mean_projection_of_the_move():
    x = np.random.default_rng(5).normal(size=(400, 8))
    moved = np.zeros(8)
    moved[0] = 3.0
    directions = np.random.default_rng(1).normal(size=(8, prior_match.DIRECTIONS))
    directions /= np.linalg.norm(directions, axis=0)
    wanted = np.abs(3 * directions[0]).mean()
    assert prior_match.sliced_wasserstein(x, x + moved, 1) == pytest.approx(wanted)


def test_kinds_of_tokens_are_counted_apart():
    true = GRID.silence().astype(np.int64)[None].repeat(2, 0)
    true[:, 1, 0], true[:, 1, 4], true[:, 0, 0] = FIRST_PITCH, FIRST_PITCH + 1, 3
    written = true.copy()
    written[0, 1, 4], written[1, 0, 0], written[1, 2, 5] = HOLD, 0, FIRST_PITCH
    found = token_kinds.shares(true, written, GRID, SongBootstrap(np.arange(2)))
    assert found["onsets_bass"].value == pytest.approx(3 / 4)
    assert found["onsets_drums"].value == pytest.approx(1 / 2)
    assert found["onsets"].value == pytest.approx(4 / 6)
    assert found["holds_guitar"].value == pytest.approx((2 * (GRID.steps - 1) - 1) / (2 * (GRID.steps - 1)))
    assert found["rests_strings"].value == 1.0
    assert (true[:, 3, 0] == REST).all()
    assert "onsets_strings" not in found


def test_smooth_petals_are_less_rough_than_shuffled_ones():
    angles = 2 * np.pi * np.arange(8) / 8
    smooth = petals.smoothness(np.stack([np.cos(angles), np.sin(angles)], 1), 0)
    assert smooth["orders"] == 5040
    assert smooth["roughness"] < 0.4
    assert smooth["share_rougher"] > 0.99
    rough = petals.smoothness(np.array([[0.0], [9], [1], [8], [0], [9], [1], [8]]), 0)
    assert rough["roughness"] > 1.5
    many = petals.smoothness(np.cos(2 * np.pi * np.arange(32) / 32)[:, None], 0)
    assert many["roughness"] < 0.1


def test_the_way_through_the_data_mixes_tokens_evenly():
    first, second = np.zeros((300, *GRID.shape), np.int64), np.ones((300, *GRID.shape), np.int64)
    path = hamming.bernoulli_path(Pairs(first, second, np.arange(300)), seed=0)
    for alpha, phrases in zip(hamming.ALPHAS, path, strict=True):
        assert phrases.mean() == pytest.approx(alpha, abs=0.01)
    assert (np.diff(path, axis=0) >= 0).all()


def test_pairs_are_spread_over_all_genres():
    side = Side({}, np.arange(200), np.arange(200) % 20, np.zeros((200, 20), bool))
    pairs = genre_probes._pairs(side, 32)
    assert len(pairs) == genre_probes.MOST_PAIRS
    assert len({first for first, _ in pairs}) > 8


def test_pairs_leave_out_songs_with_both_tags():
    tags = np.array([[True, True], [True, False], [False, True]])[np.arange(120) % 3]
    side = Side({"codes": np.random.default_rng(0).normal(size=(120, 2))}, np.arange(120), tags.argmax(1), tags)
    assert (genre_probes.only(side, 0, 1) == (np.arange(120) % 3 == 1)).all()
    assert len(GENRES) == 3
