"""scorespace adapt, and --style in the commands."""

from __future__ import annotations

import json

import numpy as np
import pytest
from tiny_space import save_tiny, tune
from typer.testing import CliRunner

from scorespace.cli import app
from scorespace.space.space import Space


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCORESPACE_SPACE", str(save_tiny(tmp_path / "tiny")))
    monkeypatch.setenv("SCORESPACE_STYLES", str(tmp_path / "styles"))
    monkeypatch.delenv("SCORESPACE_DEBUG", raising=False)
    for number in range(6):
        pitches = np.random.default_rng(number).choice([60, 62, 64, 67, 69], 32)
        tune(tuple(int(pitch) for pitch in pitches)).write(tmp_path / "mine" / f"{number}.mid")
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


def test_a_style_is_made_and_followed(run, tmp_path):
    result = run("adapt", "mine", "-o", "five")
    assert result.exit_code == 0, result.output
    assert result.stdout == "five\n"
    assert "0.mid: 7 phrases" in result.stderr
    assert "on 1 files set aside a phrase costs" in result.stderr
    assert "of 48 samples copy a phrase" in result.stderr
    assert "warning: 6 usable files are few" in result.stderr
    sampled = run("sample", "--style", "five", "-n", 1, "--seed", 3, "-o", "out")
    assert sampled.exit_code == 0, sampled.output
    path = sampled.stdout.strip()
    assert run("replay", path, "-m", "tiny", "--style", "five").exit_code == 0
    alone = run("replay", path, "-m", "tiny")
    assert (alone.exit_code, "give its folder with --style" in alone.stderr) == (4, True)
    assert "in the style five" in run("replay", path, "--explain").stdout


@pytest.mark.parametrize(
    "words",
    [
        ("vary", "mine/0.mid", "-n", 1),
        ("reconstruct", "mine/0.mid"),
        ("interpolate", "mine/0.mid", "mine/1.mid", "--steps", 3),
        ("palette", "mine/0.mid", "mine/1.mid", "mine/2.mid", "mine/3.mid", "--size", 2),
    ],
)
def test_every_verb_follows_it(run, words):
    assert run("adapt", "mine", "-o", "five", "-q").exit_code == 0
    result = run(*words, "--style", "five", "--json", "-o", "out")
    assert result.exit_code == 0, result.output
    assert {take["adapted"]["name"] for take in json.loads(result.stdout)} == {"five"}


@pytest.mark.parametrize("verb", ["humanise", "drumify"])
def test_playing_follows_none(run, verb):
    assert run("adapt", "mine", "-o", "five", "-q").exit_code == 0
    result = run(verb, "mine/0.mid", "-m", "tiny", "--style", "five")
    assert (result.exit_code, f"error: {verb} follows no style" in result.stderr) == (2, True)


def test_inpaint_follows_none(run):
    result = run("inpaint", "mine/0.mid", "--bars", "3", "--style", "five")
    assert (result.exit_code, result.stderr) == (
        2,
        "error: inpaint follows no style: it goes by the score around the gap; leave --style out.\n",
    )


def test_nothing_is_replaced_unless_told(run, tmp_path):
    assert run("adapt", "mine", "-o", "five", "-q").exit_code == 0
    before = (tmp_path / "five" / "style.json").read_bytes()
    refused = run("adapt", "mine/0.mid", "-o", "five")
    assert (refused.exit_code, "--force replaces it" in refused.stderr) == (2, True)
    assert (tmp_path / "five" / "style.json").read_bytes() == before
    assert run("adapt", "mine", "-o", "mine").exit_code == 2
    forced = run("adapt", "mine", "-o", "five", "--force", "--json", "--name", "Five notes")
    assert json.loads(forced.stdout)["phrases"] == 42
    assert json.loads((tmp_path / "five" / "style.json").read_text())["name"] == "Five notes"


def test_bad_files_are_told_and_left_out(run, tmp_path):
    (tmp_path / "bad.mid").write_bytes(b"no music")
    result = run("adapt", "mine", "bad.mid", "-o", "five")
    assert result.exit_code == 5
    assert "bad.mid: 0 phrases: " in result.stderr
    assert (tmp_path / "five" / "style.json").exists()
    alone = run("adapt", "bad.mid", "-o", "other")
    assert (alone.exit_code, (tmp_path / "other").exists()) == (3, False)


def test_an_interruption_leaves_nothing(run, tmp_path, monkeypatch):
    def interrupted(self, *arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(Space, "adapt", interrupted)
    before = sorted(path.name for path in tmp_path.iterdir())
    assert run("adapt", "mine", "-o", "five").exit_code == 130
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_missing_style_is_a_missing_model(run):
    result = run("sample", "--style", "nowhere", "-n", 1)
    assert (result.exit_code, "There is no style 'nowhere'" in result.stderr) == (4, True)
