"""Attribute vectors beside a checkpoint's weights: kept, verified, refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tiny_space import save_tiny

from scorespace import checkpoint, vectors
from scorespace.errors import ModelError
from scorespace.music.attributes import attributes_of
from scorespace.vectors import ARRAYS, TABLE, AttributeVectors


def some(grid, z_size: int = 6) -> AttributeVectors:
    names = tuple(attributes_of(grid))
    rows = np.random.default_rng(0).normal(size=(len(names), z_size)).astype(np.float32).astype(np.float64)
    table = [
        {"name": name, "unit": "", "mean": 0.0, "spread": 1.0, "effect": 1.0, "movable": True, "reason": None}
        for name in names
    ]
    return AttributeVectors(names, {"quartiles": rows, "regression": -rows}, {"attributes": table})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = save_tiny(tmp_path / "tiny")
    loaded = checkpoint.load(made)
    assert loaded.attributes is None
    vectors.save(made, some(loaded.grid), loaded.sha256)
    return made


def test_they_come_back(folder: Path) -> None:
    loaded = checkpoint.load(folder)
    found, wanted = loaded.attributes, some(loaded.grid)
    assert found is not None
    assert found.names == wanted.names
    assert all(np.array_equal(found.stored[name], wanted.stored[name]) for name in wanted.stored)
    assert sorted(path.name for path in folder.iterdir()) == [
        "README.md", ARRAYS.replace("safetensors", "json"), ARRAYS, "config.json", "model.safetensors",
    ]  # fmt: skip
    assert checkpoint.load(folder, with_attributes=False).attributes is None


def test_the_same_weights_keep_them_and_others_do_not(folder: Path) -> None:
    save_tiny(folder)
    assert checkpoint.load(folder).attributes is not None
    save_tiny(folder, seed=2)
    assert checkpoint.load(folder).attributes is None
    assert not (folder / TABLE).exists()


def damage(folder: Path, **changes: object) -> None:
    table = json.loads((folder / TABLE).read_text())
    (folder / TABLE).write_text(json.dumps({**table, **changes}))


def test_what_does_not_fit_is_refused(folder: Path) -> None:
    loaded = checkpoint.load(folder)
    table = json.loads((folder / TABLE).read_text())
    rows = table["attributes"]
    for changes, words in (
        ({"format": 99}, "upgrade"),
        ({"weights": "0" * 64}, "other weights"),
        ({"sha256": "0" * 64}, "checksum"),
        ({"attributes": rows[:-1]}, "shape"),
        ({"attributes": [{**rows[0], "name": "loudness"}, *rows[1:]]}, "'loudness' is no attribute"),
        ({"attributes": [{**rows[0], "spread": float("nan")}, *rows[1:]]}, "damaged"),
        ({"attributes": 3}, "damaged"),
    ):
        (folder / TABLE).write_text(json.dumps(table))
        damage(folder, **changes)
        with pytest.raises(ModelError, match=words):
            checkpoint.load(folder)
    (folder / TABLE).write_text("[" * 100_000)
    with pytest.raises(ModelError, match="damaged"):
        checkpoint.load(folder)
    broken = some(loaded.grid)
    broken.stored["quartiles"][0, 0] = np.inf
    vectors.save(folder, broken, loaded.sha256)
    with pytest.raises(ModelError, match="not finite"):
        checkpoint.load(folder)
    vectors.save(folder, some(loaded.grid, z_size=5), loaded.sha256)
    with pytest.raises(ModelError, match="5 numbers"):
        checkpoint.load(folder)
    (folder / ARRAYS).unlink()
    with pytest.raises(ModelError, match="damaged"):
        checkpoint.load(folder)
