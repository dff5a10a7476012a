"""scorespace map, called in this process."""

from __future__ import annotations

import json

import pytest
from tiny_space import save_tiny, tune
from typer.testing import CliRunner

from scorespace.cli import app


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return save_tiny(tmp_path_factory.mktemp("space") / "tiny")


@pytest.fixture
def run(tiny, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCORESPACE_SPACE", str(tiny))
    for k in range(4):
        tune(tuple(60 + k + step for step in (0, 2, 4, 5, 7, 5, 4, 2))).write(tmp_path / "music" / f"{k}.mid")
    return lambda *words: CliRunner().invoke(app, ["map", *map(str, words)])


def test_a_folder_becomes_a_page(run, tmp_path):
    result = run("music", "-o", "map.html", "--color", "density")
    assert result.exit_code == 0, result.output
    assert result.stdout == "map.html\n"
    assert result.stderr.startswith("4 phrases of 4 scores; trust ")
    assert "<canvas" in (tmp_path / "map.html").read_text()
    again = run("music", "-o", "map.html")
    assert (again.exit_code, again.stderr) == (2, "error: map.html is there already: --force replaces it.\n")


def test_what_cannot_be_read_is_told_and_left_out(run, tmp_path):
    (tmp_path / "music" / "broken.mid").write_bytes(b"nonsense")
    result = run("music", "-o", "map.json")
    assert result.exit_code == 5
    assert "broken.mid: left out: " in result.stderr
    assert len(json.loads((tmp_path / "map.json").read_text())["points"]) == 4


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("music", "-o", "map.png"), 2, "end the name in .html or .json"),
        (("music", "-o", "map.html", "--project", "mds"), 2, "project is pca, tsne or umap"),
        (("music", "-o", "map.html", "--colour", "joy"), 2, "There is no attribute 'joy'"),
        (("music/0.mid", "-o", "map.html"), 3, "A map needs 3 phrases or more, and 1 could be used."),
        (("nowhere.mid", "-o", "map.html"), 3, "nowhere.mid"),
    ],
)
def test_what_is_wrong_is_one_sentence(run, tmp_path, words, code, said):
    result = run(*words)
    assert (result.exit_code, result.stdout) == (code, "")
    assert said in result.stderr
    assert not (tmp_path / "map.html").exists()
