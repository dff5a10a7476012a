"""Styles beside a checkpoint's weights: what is written is read, and what is damaged is named."""

import json

import numpy as np
import pytest
from genre_space import GENRES, GRID, save_genres, some_styles

from scorespace import checkpoint, styles
from scorespace.errors import ModelError
from scorespace.music import style_features


@pytest.fixture
def folder(tmp_path):
    return save_genres(tmp_path / "flower")


def test_what_is_written_is_read(folder):
    found = checkpoint.load(folder).styles
    assert found.genres == GENRES
    for name, array in some_styles().arrays.items():
        np.testing.assert_array_equal(found.arrays[name], array)
    assert checkpoint.load(folder, with_attributes=False).styles is None


def test_probabilities_add_up_and_follow_the_weights(folder):
    held = checkpoint.load(folder).styles
    tokens = np.stack([GRID.silence(), GRID.silence()]).astype(np.int64)
    tokens[1, 0, ::2] = 1
    found = held.log_probabilities(tokens, GRID)
    np.testing.assert_allclose(np.exp(found).sum(1), 1)
    assert found[1].argmax() == GENRES.index("rock")
    rows = style_features.features(tokens, GRID)
    scores = rows @ held.arrays["weights"]
    np.testing.assert_allclose(found, scores - np.log(np.exp(scores).sum(1, keepdims=True)))


def test_they_stay_when_a_checkpoint_is_written_anew_and_go_with_other_weights(folder):
    loaded = checkpoint.load(folder)
    again = (loaded.model, GRID, "musae", loaded.model.config, loaded.config["recipe"], {}, {})
    checkpoint.save(folder, *again)
    assert checkpoint.load(folder).styles is not None
    with np.errstate(all="ignore"):
        for parameter in loaded.model.parameters():
            parameter.data.add_(0.5)
    checkpoint.save(folder, *again)
    assert checkpoint.load(folder).styles is None


def damage(folder, change):
    path = folder / "styles.json"
    table = json.loads(path.read_text())
    change(table)
    path.write_text(json.dumps(table))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda table: table.update(format=99), "upgrade scorespace"),
        (lambda table: table.update(weights="0" * 64), "belongs to other weights"),
        (lambda table: table.update(sha256="0" * 64), "checksum"),
        (lambda table: table.update(genres=["rock"]), "has shape"),
        (lambda table: table.pop("genres"), "is damaged"),
    ],
)
def test_damage_is_named(folder, change, says):
    damage(folder, change)
    with pytest.raises(ModelError, match=says):
        checkpoint.load(folder)


@pytest.mark.parametrize("name", ["means", "weights", "spread"])
def test_numbers_that_are_none_are_named(folder, name):
    held = some_styles()
    arrays = {**held.arrays, name: held.arrays[name] * np.nan}
    styles.save(folder, styles.Styles(GENRES, arrays, held.table), checkpoint.load(folder).sha256)
    with pytest.raises(ModelError, match=f"{name}.*not finite"):
        checkpoint.load(folder)
