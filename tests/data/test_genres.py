"""Genres of a data set: distances, the order on the circle, one tag an epoch, and the whole way through `prepare`."""

import itertools
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner
from written_corpus import NAMES, ONE_BAR, tune

from scorespace.cli import app
from scorespace.data import genres
from scorespace.data.batches import Batches, drawn_genres
from scorespace.data.build import build
from scorespace.data.shards import Shards
from scorespace.errors import InputError
from scorespace.music import files
from scorespace.music.extraction import DataSettings

SETTINGS = DataSettings(held_out=(0.1, 0.1))
TABLE = {"folk": "labels.tsv:tags"}


def naive_distance(x, y):
    """Energy distance of two samples, pair by pair, no point with itself."""

    def mean(a, b):
        pairs = [np.linalg.norm(p - q) for i, p in enumerate(a) for j, q in enumerate(b) if a is not b or i != j]
        return np.mean(pairs)

    return np.sqrt(max(0.0, 2 * mean(x, y) - mean(x, x) - mean(y, y)))


def test_distances_are_the_energy_distances():
    random = np.random.default_rng(0)
    groups = [random.normal(shift, 1, (size, 3)) for shift, size in ((0, 12), (0, 9), (2, 7))]
    found = genres.distances(groups)
    for a, b in itertools.combinations(range(3), 2):
        assert found[a, b] == pytest.approx(naive_distance(groups[a], groups[b]))
        assert found[b, a] == found[a, b]
    assert (np.diag(found) == 0).all()
    assert found[0, 2] > 1 > found[0, 1]


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 7), st.integers(0, 2**32 - 1))
def test_the_round_trip_is_the_shortest_there_is(count, seed):
    random = np.random.default_rng(seed)
    apart = random.random((count, count))
    apart = np.triu(apart, 1) + np.triu(apart, 1).T
    found = genres.round_trip(apart)

    def length(order):
        return sum(apart[a, b] for a, b in zip(order, (*order[1:], order[0]), strict=True))

    assert sorted(found) == list(range(count))
    assert found[0] == 0
    shortest = min(length((0, *rest)) for rest in itertools.permutations(range(1, count)))
    assert length(found) == pytest.approx(shortest)


def test_of_many_places_the_round_trip_is_near_the_shortest(monkeypatch):
    """What is done for more than eight places, on eight, where the shortest is known."""
    random, over = np.random.default_rng(0), []
    for _ in range(40):
        points = random.random((8, 3))
        apart = np.linalg.norm(points[:, None] - points[None], axis=-1)
        shortest = genres._length(list(genres.round_trip(apart)), apart)
        with monkeypatch.context() as changed:
            changed.setattr(genres, "EXACT", 0)
            changed.setattr(genres, "STARTS", 8)
            over.append(genres._length(list(genres.round_trip(apart)), apart) / shortest)
    assert max(over) < 1.03
    assert np.mean(np.array(over) < 1 + 1e-9) > 0.9


def test_places_on_a_circle_are_put_back_on_it():
    angles = 2 * np.pi * np.arange(32) / 32
    points = np.stack([np.cos(angles), np.sin(angles)], 1)
    mixed = np.random.default_rng(1).permutation(32)
    apart = np.linalg.norm(points[mixed][:, None] - points[mixed][None], axis=-1)
    steps = np.diff(mixed[list(genres.round_trip(apart))]) % 32
    assert set(steps.tolist()) in ({1}, {31})


def test_of_several_tags_one_is_drawn_evenly_and_untagged_songs_have_none():
    tags = np.array([[True, False, True], [False, False, False], [False, True, False]])
    drawn = np.stack([drawn_genres(tags, np.random.default_rng(seed)) for seed in range(600)])
    assert set(drawn[:, 0].tolist()) == {0, 2}
    assert 0.42 < (drawn[:, 0] == 0).mean() < 0.58
    assert (drawn[:, 1] == -1).all()
    assert (drawn[:, 2] == 1).all()


@pytest.fixture
def folk(tmp_path):
    """Tunes of two tags; every fourth file has both, every sixth none."""
    folder = tmp_path / "folk"
    lines = ["path\ttags"]
    for number in range(72):
        name = f"{NAMES[number % 12]}{'abcdef'[number // 12] * 3}.mid"
        score = tune(number)
        if number % 2:
            score.tracks[0].notes["pitch"] += 12
        files.write(score, folder / name)
        tags = ["reel"] * (number % 2 == 0 or number % 4 == 1) + ["jig"] * (number % 2)
        lines.append(f"{name}\t{'' if number % 6 == 5 else ';'.join(tags)}")
    (folder / "labels.tsv").write_text("\n".join(lines) + "\n")
    return folder


def test_a_tagged_corpus_becomes_a_data_set_with_genres(folk, tmp_path):
    shards = Shards.open(build([folk], ONE_BAR, SETTINGS, tmp_path / "out", processes=0, genres=TABLE).folder)
    assert sorted(shards.genres) == ["jig", "reel"]
    tags = shards.tags()
    every = np.unique(np.concatenate([shards.songs(split) for split in ("train", "valid", "test")]))
    assert tags.shape == (len(every), 2)
    assert {tuple(row) for row in tags.tolist()} == {(True, True), (True, False), (False, True), (False, False)}
    table = shards.description["genres"]
    training = tags[np.unique(shards.songs("train"))]
    assert table["songs"] == training.sum(0).tolist()
    batches = Batches(shards, "train", 8, seed=1)
    drawn = np.concatenate([batches.genres_at(step) for step in range(batches.per_epoch)])
    assert set(drawn.tolist()) == {-1, 0, 1}


def test_a_balanced_share_draws_genres_evenly_and_is_a_function_of_the_step(folk, tmp_path):
    shards = Shards.open(build([folk], ONE_BAR, SETTINGS, tmp_path / "out", processes=0, genres=TABLE).folder)
    even = Batches(shards, "train", 8, seed=1, balance=0.5)
    assert even.per_epoch == len(shards.tokens("train")) // 4
    later = np.stack([even.genres_at(step)[4:] for step in range(60)])
    assert set(later.ravel().tolist()) == {0, 1}
    assert 0.4 < later.mean() < 0.6
    again = Batches(shards, "train", 8, seed=1, balance=0.5)
    assert np.array_equal(again.at(7), even.at(7))
    assert np.array_equal(again.genres_at(7), even.genres_at(7))
    tags = shards.tags()
    for step in range(20):
        chosen, found = even._chosen(step)
        tagged = found >= 0
        assert tags[np.asarray(shards.songs("train"))[chosen[tagged]], found[tagged]].all()


def test_without_tags_nothing_changes(folk, tmp_path):
    plain = Shards.open(build([folk], ONE_BAR, SETTINGS, tmp_path / "plain", processes=0).folder)
    assert plain.genres == ()
    assert plain.tags().shape == (0, 0)
    assert "genres" not in plain.description
    assert not (plain.folder / "songs.genres.npy").exists()
    assert "optional" not in plain.description["settings"]
    assert (Batches(plain, "train", 4, 0, balance=0.5).genres_at(3) == -1).all()


def test_other_tags_make_another_data_set(folk, tmp_path):
    first = build([folk], ONE_BAR, SETTINGS, tmp_path / "one", processes=0, genres=TABLE).folder
    text = (folk / "labels.tsv").read_text()
    (folk / "labels.tsv").write_text(text.replace("reel;jig", "reel"))
    second = build([folk], ONE_BAR, SETTINGS, tmp_path / "two", processes=0, genres=TABLE).folder
    assert Shards.open(first).fingerprint != Shards.open(second).fingerprint


def test_the_report_says_what_became_of_the_tags(folk, tmp_path):
    summary = build([folk], ONE_BAR, SETTINGS, tmp_path / "one", processes=0, genres=TABLE).summary
    assert "songs are tagged" in summary
    assert "Round the circle, with their training songs: " in summary
    wrong = (folk / "labels.tsv").read_text().replace(".mid", ".midi")
    (folk / "labels.tsv").write_text(wrong)
    summary = build([folk], ONE_BAR, SETTINGS, tmp_path / "two", processes=0, genres=TABLE).summary
    assert "the tables tag none of these files" in summary
    assert "Genres" not in build([folk], ONE_BAR, SETTINGS, tmp_path / "three", processes=0).summary


def test_a_genre_of_few_songs_is_left_out(folk, tmp_path):
    text = (folk / "labels.tsv").read_text().replace("jig", "polka", 3)
    (folk / "labels.tsv").write_text(text)
    shards = Shards.open(build([folk], ONE_BAR, SETTINGS, tmp_path / "out", processes=0, genres=TABLE).folder)
    assert sorted(shards.genres) == ["jig", "reel"]


def test_a_damaged_array_of_tags_is_named(folk, tmp_path):
    shards = Shards.open(build([folk], ONE_BAR, SETTINGS, tmp_path / "out", processes=0, genres=TABLE).folder)
    np.save(tmp_path / "out" / "songs.genres.npy", np.zeros((3, 5), bool))
    with pytest.raises(InputError, match=r"songs.genres.npy does not fit dataset.json"):
        shards.tags()


def test_the_command_takes_tables_of_genres(folk, tmp_path):
    command = ["prepare", str(folk), "--recipe", "tiny", "-o", str(tmp_path / "out"), "--workers", "1"]
    result = CliRunner().invoke(app, [*command, "--genres", "folk=labels.tsv:tags", "--set", "training.batch_size=1"])
    assert result.exit_code == 0, result.output
    assert json.loads((tmp_path / "out" / "dataset.json").read_text())["genres"]["names"]
    other = CliRunner().invoke(app, [*command, "--genres", "rock=labels.tsv:tags"])
    assert other.exit_code == 2
