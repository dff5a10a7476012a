"""scorespace humanise and scorespace drumify, called in this process."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
from tiny_groove_space import beat, save_tiny_groove
from tiny_space import save_tiny, tune
from typer.testing import CliRunner

from scorespace.cli import app
from scorespace.cli.drumify import drumify
from scorespace.cli.humanise import humanise
from scorespace.cli.options import GROOVE_SPACE
from scorespace.space import Space, load, playing


@pytest.fixture(scope="module")
def grooves(tmp_path_factory):
    return save_tiny_groove(tmp_path_factory.mktemp("space") / "tiny-groove")


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a command in an empty folder with a beat, a tune and a file that is none."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SCORESPACE_SPACE", raising=False)
    beat().write(tmp_path / "beat.mid")
    tune().write(tmp_path / "tune.mid")
    (tmp_path / "broken.mid").write_bytes(b"MThd")
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


@pytest.mark.parametrize(("verb", "file"), [("humanise", "beat.mid"), ("drumify", "tune.mid"), ("drumify", "beat.mid")])
def test_writes_what_the_space_makes(run, grooves, verb, file):
    result = run(verb, file, "-m", grooves, "-n", 2, "--seed", 7, "-o", "out", "-q")
    assert result.exit_code == 0, result.output
    paths = [Path(line) for line in result.stdout.splitlines()]
    stem = file.removesuffix(".mid")
    assert [path.as_posix() for path in paths] == [f"out/{stem}.{verb}-7-0{k}.mid" for k in (1, 2)]
    takes = getattr(load(grooves), verb)(file, 2, seed=7)
    assert [path.read_bytes() for path in paths] == [take.to_midi_bytes() for take in takes]
    assert result.stderr == "seed 7\n"
    again = run("replay", paths[1], "-m", grooves)
    assert again.exit_code == 0
    assert "byte for byte" in again.output


def test_humanising_says_what_is_left_out(run, grooves):
    result = run("humanise", "beat.mid", "-m", grooves, "-n", 1, "-o", "out")
    assert result.exit_code == 0
    assert "beat.mid: 1 note is dropped: the drum pitches 88 are in none of the nine classes." in result.stderr


def test_a_file_that_cannot_be_used_is_passed_over(run, grooves):
    result = run("drumify", "broken.mid", "beat.mid", "-m", grooves, "-n", 1, "-o", "out")
    assert result.exit_code == 5
    assert "error: broken.mid" in result.stderr
    result = run("humanise", "tune.mid", "-m", grooves, "-o", "out")
    assert result.exit_code == 3
    assert "There is no drums in it" in result.stderr


def test_a_space_of_melodies_says_which_it_must_be(run, tmp_path):
    melodies = save_tiny(tmp_path / "melodies")
    for verb in ("humanise", "drumify"):
        result = run(verb, "beat.mid", "-m", melodies, "-o", "out", "-q")
        assert result.exit_code == 2
        assert f"error: melodies writes no velocity and timing, so it cannot {verb}" in result.stderr


@pytest.mark.parametrize("command", [humanise, drumify])
def test_command_line_and_api_have_the_same_defaults(command):
    method = inspect.signature(getattr(Space, command.__name__)).parameters
    options = inspect.signature(command).parameters
    for name in ("n", "seed", "temperature"):
        assert options[name].default == method[name].default
    assert options["space"].default == GROOVE_SPACE == playing.SPACE
