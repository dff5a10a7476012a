"""Learning vectors where the answer is known."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import toy_space
from rich.console import Console

from scorespace.errors import UsageError
from scorespace.evaluation.attribute_vectors import Options, diagonal, learn
from scorespace.evaluation.vector_tables import vector_tables
from scorespace.music.grid import Grid
from scorespace.vectors import METHODS, AttributeVectors

FEW = Options(points=32)


@pytest.fixture(scope="module")
def learnt() -> AttributeVectors:
    return learn(toy_space.checkpoint(), toy_space.shards(), FEW)


def cosine(a: np.ndarray, axis: int) -> float:
    return float(a[axis] / np.linalg.norm(a))


@pytest.mark.parametrize("method", METHODS)
def test_the_vectors_point_where_the_attributes_grow(learnt: AttributeVectors, method: str) -> None:
    rows = dict(zip(learnt.names, learnt.directions[method], strict=True))
    if method == "quartiles":  # the others share what goes together, here what density and note length have in common
        assert cosine(rows["density"], 0) > 0.95
        assert cosine(rows["note_length"], 0) < -0.9
        assert cosine(rows["pitch_range"], 1) > 0.95


def test_the_effects_are_measured(learnt: AttributeVectors) -> None:
    table = learnt.table
    density, width = learnt.names.index("density"), learnt.names.index("pitch_range")
    effect = np.array(table["effect"]["quartiles"]["effect"])
    assert effect[density, density] > 0.3
    assert effect[width, width] > 0.3
    assert abs(effect[density, width]) < effect[density, density]
    assert abs(effect[width, density]) < effect[width, width]
    assert {"density", "pitch_range"} <= set(learnt.movable)
    still = {row["name"]: row["reason"] for row in table["attributes"] if not row["movable"]}
    assert "same in all phrases" in still["diatonic"] or "of its spread" in still["diatonic"]
    assert "out_of_key" in still
    assert json.loads(json.dumps(table, allow_nan=False)) == table
    assert 0 <= diagonal(table, "quartiles")["largest"] <= 1


def test_the_same_phrases_and_seed_give_the_same_vectors(learnt: AttributeVectors) -> None:
    shares: list[float] = []
    again = learn(toy_space.checkpoint(), toy_space.shards(), FEW, shares.append)
    assert again.table == learnt.table
    assert all(np.array_equal(again.stored[name], learnt.stored[name]) for name in learnt.stored)
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)


def test_the_tables_show_every_attribute(learnt: AttributeVectors) -> None:
    console = Console(width=120)
    with console.capture() as shown:
        for table in vector_tables(learnt.table):
            console.print(table)
    assert all(name in shown.get() for name in learnt.names)
    assert shown.get().count("of those that can be moved") == 3


def test_what_cannot_be_learnt_is_said() -> None:
    with pytest.raises(UsageError, match="another grid"):
        learn(replace(toy_space.checkpoint(), grid=Grid(bars=1)), toy_space.shards())
    with pytest.raises(UsageError, match="At least 2 points"):
        learn(toy_space.checkpoint(), toy_space.shards(), Options(points=1))
    with pytest.raises(UsageError, match="fewer than two phrases"):
        learn(toy_space.checkpoint(), toy_space.shards(1))
