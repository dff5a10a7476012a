"""scorespace edit and scorespace attributes on the command line."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import toy_space
from tiny_space import save_tiny, tune
from typer.testing import CliRunner

from scorespace import checkpoint, vectors
from scorespace.cli import app
from scorespace.cli.edit import read_attributes
from scorespace.errors import UsageError
from scorespace.evaluation.attribute_vectors import Options, learn
from scorespace.space import replay


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> Path:
    """The tiny space with vectors; it can move density as far as the table says."""
    folder = save_tiny(tmp_path_factory.mktemp("space") / "tiny")
    loaded = checkpoint.load(folder)
    shards = replace(toy_space.shards(40), grid=loaded.grid)
    shards.splits = {name: tokens - 48 for name, tokens in shards.splits.items()}
    shards.splits = {name: tokens * (tokens < 60) for name, tokens in shards.splits.items()}
    learnt = learn(loaded, shards, Options(points=2))
    for row in learnt.table["attributes"]:
        row["movable"] = row["name"] != "contour"
        row["reason"] = None if row["movable"] else "it changes by 0.02 of its spread"
    vectors.save(folder, learnt, loaded.sha256)
    return folder


@pytest.fixture
def run(tiny, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCORESPACE_SPACE", str(tiny))
    monkeypatch.delenv("SCORESPACE_DEBUG", raising=False)
    tune().write(tmp_path / "a.mid")
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


def test_an_edit_is_written_with_what_was_asked_and_got_and_replayed(run, tiny):
    result = run("edit", "a.mid", "--attr", "pitch_range=+6", "-o", "out")
    assert result.exit_code == 0, result.output
    assert result.stdout == "out/a.edit-01.mid\n"
    assert "a.mid: pitch_range: it was 7.00, asked 13.00, got" in result.stderr
    again = replay(result.stdout.strip(), tiny)
    assert again.asked == {"pitch_range": 13}
    told = run("edit", "a.mid", "--attr", "pitch_range=+6", "-o", "out", "--json")
    assert json.loads(told.stdout)[0]["got"] == again.got
    assert ("warning: this is the nearest" in result.stderr) == (abs(again.got["pitch_range"] - 13) > 0.5)


def test_what_cannot_be_asked_is_said_before_anything_is_read(run, tiny):
    for words, code, said in (
        (("nowhere.mid", "--attr", "contour=+1"), 2, "it changes by 0.02 of its spread"),
        (("nowhere.mid", "--attr", "loudness=+1"), 2, "no attribute 'loudness'"),
        (("nowhere.mid", "--attr", "density"), 2, "--attr takes NAME=X"),
        (("nowhere.mid", "--attr", "density=+2"), 3, "nowhere.mid"),
        (("a.mid", "--attr", "density=-20"), 2, "density would be"),
    ):
        result = run("edit", *words)
        assert result.exit_code == code, result.output
        assert said in result.stderr
        assert result.stdout == ""
    assert run("edit", "a.mid").exit_code == 2


def test_signs_and_goals():
    assert read_attributes(["density=+2", "pitch_range=-5", "note_length=.5"]) == (
        {"density": 2.0, "pitch_range": -5.0},
        {"note_length": 0.5},
    )
    assert read_attributes(["contour==-3", "density.bass=8"]) == ({}, {"contour": -3.0, "density.bass": 8.0})
    for wrong in ("density", "density=", "density=two", "density=nan", "=2", "density=1e400"):
        with pytest.raises(UsageError, match="NAME=X"):
            read_attributes([wrong])
    with pytest.raises(UsageError, match="twice"):
        read_attributes(["density=+2", "density=8"])


def test_attributes_shows_what_a_space_can_move(run, tiny, tmp_path):
    shown = run("attributes", tiny)
    assert shown.exit_code == 0, shown.output
    assert "not moved" in shown.stdout
    assert json.loads(run("attributes", tiny, "--json").stdout)["points"] == 2
    bare = save_tiny(tmp_path / "bare")
    result = run("attributes", bare)
    assert result.exit_code == 4
    assert f"scorespace attributes {bare} DATA" in result.stderr
    assert run("edit", "a.mid", "--attr", "density=+2", "-m", bare).exit_code == 4


def test_attributes_learns_and_writes_them(run, tmp_path, monkeypatch):
    folder = save_tiny(tmp_path / "fresh")
    loaded = checkpoint.load(folder)
    shards = replace(toy_space.shards(12), grid=loaded.grid)
    shards.splits = {name: tokens * (tokens < 36) for name, tokens in shards.splits.items()}
    monkeypatch.setattr("scorespace.data.shards.Shards.open", lambda place: shards)
    result = run("attributes", folder, "data", "--points", 2, "--phrases", 12)
    assert result.exit_code == 0, result.output
    assert Path(result.stdout.strip()) == folder / "attributes.json"
    found = checkpoint.load(folder).attributes
    assert found is not None
    assert found.table["phrases"] == 12
