"""Opening a data set: everything that can be wrong with the folder is one sentence."""

import json

import numpy as np
import pytest
from written_corpus import ONE_BAR, write_corpus

from scorespace.data.build import build
from scorespace.data.shards import Shards, grid_from, grid_table
from scorespace.errors import InputError, UsageError
from scorespace.music.extraction import DataSettings
from scorespace.music.grid import Grid
from scorespace.recipe import to_table


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shards")
    settings = DataSettings(held_out=(0.2, 0.2))
    return build([write_corpus(folder / "folk")], ONE_BAR, settings, folder / "out", processes=0).folder


@pytest.fixture
def copy(finished, tmp_path):
    for path in finished.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def change(folder, **values):
    path = folder / "dataset.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_what_was_prepared_opens(copy):
    shards = Shards.open(copy)
    assert shards.grid == ONE_BAR
    assert len(shards.fingerprint) == 64
    assert shards.description["corpora"]["folk"]["licence"] == "not stated"
    assert not shards.tokens("train").flags.writeable


def test_the_grid_is_spelt_as_in_recipes():
    for grid in (Grid(), ONE_BAR, Grid(parts=("bass",), metre=(6, 8))):
        assert grid_table(grid) == to_table(grid)
        assert grid_from(json.loads(json.dumps(grid_table(grid)))) == grid


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda folder: (folder / "dataset.json").unlink(), "run scorespace prepare"),
        (lambda folder: (folder / "dataset.json").write_text("{"), "is damaged"),
        (lambda folder: (folder / "dataset.json").write_text("[]"), "is damaged"),
        (lambda folder: change(folder, format=2), "format 2, this version reads 1"),
        (lambda folder: change(folder, grid={"bars": 1}), "is damaged"),
        (lambda folder: (folder / "train.npy").unlink(), "train.npy"),
        (lambda folder: (folder / "test.songs.npy").unlink(), "test.songs.npy"),
        (lambda folder: (folder / "valid.npy").write_bytes(b"not an array"), "valid.npy"),
        (lambda folder: (folder / "train.npy").write_bytes((folder / "train.npy").read_bytes()[:-9]), "train.npy"),
        (lambda folder: np.save(folder / "train.npy", np.zeros((3, 1, 5), np.uint16)), "train.npy"),
        (lambda folder: np.save(folder / "train.npy", np.zeros((3, 1, 16), np.uint16)), "train.npy"),
        (lambda folder: np.save(folder / "train.songs.npy", np.zeros(3, np.uint32)), "train.songs.npy"),
    ],
)
def test_damage_is_found_when_it_is_opened(copy, damage, words):
    damage(copy)
    with pytest.raises(InputError, match=words):
        Shards.open(copy)


def test_a_folder_that_is_none_and_a_split_that_is_none(copy):
    with pytest.raises(InputError, match="holds no finished data set"):
        Shards.open(copy / "nowhere")
    with pytest.raises(UsageError, match="train, valid, test, got 'dev'"):
        Shards.open(copy).tokens("dev")
