"""Training and evaluation through the real command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from scorespace import checkpoint
from scorespace import recipe as recipes
from scorespace.cli import app
from scorespace.data.build import build
from scorespace.music import files
from scorespace.music.grid import FIRST_PITCH, HOLD
from scorespace.training.log import read_lines

SHORT = ["--steps", "12", "--threads", "1", "--device", "cpu"]
NAMES = ["alder", "birch", "cedar", "dogwood", "elm", "fir", "gorse", "hazel", "ivy", "juniper"]  # a name is a song
SHORT += ["--set", "training.evaluate_every=3", "--set", "training.samples=0"]

pytestmark = pytest.mark.slow


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "scorespace", *map(str, arguments)]


def run(*arguments: str | Path) -> Any:
    """The command in this process, which saves the seconds that torch takes to import."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty songs of four bars that the test writes, prepared."""
    recipe = recipes.load("tiny", ["data.held_out=[0.2, 0.2]"])
    folder = tmp_path_factory.mktemp("music")
    for song in range(60):
        quarters = np.full((1, 4 * recipe.grid.steps), HOLD)
        quarters[:, ::4] = np.random.default_rng(song).integers(
            FIRST_PITCH + 8, FIRST_PITCH + 20, quarters[:, ::4].shape
        )
        files.write(recipe.grid.to_score(quarters), folder / f"{NAMES[song // 10]}{NAMES[song % 10]}.mid")
    out = tmp_path_factory.mktemp("data")
    build([folder], recipe.grid, recipe.data, out / "data", processes=0)
    return out / "data"


def train(data: Path, out: Path, *more: str) -> list[str]:
    return command("train", "tiny", "--data", data, "-o", out, *SHORT, "--set", "data.held_out=[0.2, 0.2]", *more)


def test_a_run_that_was_killed_goes_on_to_the_same_numbers(data: Path, tmp_path: Path) -> None:
    whole = subprocess.run(train(data, tmp_path / "whole"), capture_output=True, text=True, check=False)
    assert whole.returncode == 0, whole.stderr
    assert whole.stdout.strip() == str(tmp_path / "whole" / "best")
    with subprocess.Popen(train(data, tmp_path / "killed"), stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("step 6/12  held out"):
                os.kill(process.pid, signal.SIGKILL)
                break
    assert process.returncode == -signal.SIGKILL
    again = subprocess.run(train(data, tmp_path / "killed"), capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert "going on after step" in again.stderr
    read = [read_lines(tmp_path / name / "metrics.jsonl") for name in ("whole", "killed")]
    for line in (line for lines in read for line in lines):
        line.pop("phrases_per_second", None)
        line.pop("minutes", None)
    assert read[0] == read[1]
    first, second = (checkpoint.load(tmp_path / name / "best").model.state_dict() for name in ("whole", "killed"))
    assert all(torch.equal(value, second[name]) for name, value in first.items())


def test_an_interrupted_run_says_how_to_go_on(data: Path, tmp_path: Path) -> None:
    arguments = train(data, tmp_path / "run", "--steps", "100000")
    with subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = []
        for line in process.stderr:
            said.append(line)
            if line.startswith("step 3/"):
                os.kill(process.pid, signal.SIGINT)
                said += process.stderr.readlines()
    assert process.returncode == 130
    assert "Give the same command again to go on." in said[-1]
    assert checkpoint.load(tmp_path / "run" / "last").config["scores"]["step"] >= 3


def test_evaluate_prints_tables_or_json(data: Path, tmp_path: Path) -> None:
    made = run(*train(data, tmp_path / "run")[3:])
    assert made.exit_code == 0, made.stderr
    best = tmp_path / "run" / "best"
    shown = run("evaluate", best, "--data", data, "--samples", "50", "--threads", "1")
    assert shown.exit_code == 0, shown.stderr
    assert "free-running onset F1" in shown.stdout
    given = run("evaluate", best, "--data", data, "--samples", "50", "--json", "-o", tmp_path / "report.json")
    report = json.loads(given.stdout)
    assert report == json.loads((tmp_path / "report.json").read_text())
    assert report["data"]["trained_on_it"]


def test_what_is_wrong_is_one_sentence(data: Path, tmp_path: Path) -> None:
    for arguments, code, words in [
        (["train", "huge", "--data", data, "-o", tmp_path / "a"], 2, "No recipe 'huge'"),
        (["train", "tiny", "--data", tmp_path, "-o", tmp_path / "a"], 3, "holds no finished data set"),
        (["train", "tiny", "--data", data, "-o", tmp_path / "a", "--set", "model.zsize=1"], 2, "Unknown key 'zsize'"),
        (["train", "tiny", "--data", data, "-o", tmp_path / "a"], 2, "prepared otherwise"),
        (["evaluate", tmp_path, "--data", data], 4, "is not a checkpoint"),
    ]:
        done = run(*arguments)
        assert (done.exit_code, done.stdout) == (code, "")
        assert done.stderr.startswith("error: ")
        assert words in done.stderr
        assert done.stderr.count("\n") == 1
    assert not (tmp_path / "a").exists()
