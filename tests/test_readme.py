"""The README's commands and code run as they stand, with the bundled space."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from genre_space import band

from scorespace.music.score import Score

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ENVIRONMENT = {
    **os.environ,
    "OMP_NUM_THREADS": "1",
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
}


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def tune(seed: int, bars: int) -> Score:
    """Eighths that walk about C major."""
    rng = np.random.default_rng(seed)
    scale = [60, 62, 64, 65, 67, 69, 71, 72, 74, 76]
    places = np.clip(np.cumsum(rng.integers(-2, 3, bars * 8)) + 4, 0, len(scale) - 1)
    return Score.melody([(0.5 * k, 0.5, scale[place]) for k, place in enumerate(places)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("readme")
    tune(1, 4).write(folder / "verse.mid")
    tune(2, 4).write(folder / "chorus.mid")
    band(8).write(folder / "song.mid")
    (folder / "music").mkdir()
    firsts = ("willow", "harbour", "lantern", "meadow", "thistle", "ember", "copper", "winter")
    names = [f"{first} {second}" for first in firsts for second in ("road", "song", "lane", "hill", "dance")]
    for seed, name in enumerate(names):
        tune(seed, 16).write(folder / "music" / f"{name}.mid")
    return folder


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False)


def commands(number: int) -> list[str]:
    return [line for line in blocks("console")[number].splitlines() if line.strip()]


def test_the_two_commands_are_targets_of_the_makefile():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert commands(0) == ["make demo", "make test"]
    for command in commands(0):
        assert re.search(rf"^{command.split()[1]}:", makefile, re.MULTILINE)


@pytest.mark.slow
@pytest.mark.parametrize("number", [1, 2])
def test_the_commands_run(folder, number):
    for line in commands(number):
        done = run(line.split(), folder)
        assert done.returncode == 0, f"{line}\n{done.stderr}"


@pytest.mark.slow
def test_the_python_runs(folder):
    (code,) = blocks("python")
    done = run([sys.executable, "-W", "error", "-c", code], folder)
    assert done.returncode == 0, done.stderr


def test_every_file_it_links_to_exists():
    for target in re.findall(r"\]\((?!http)([^)#]+)", README):
        assert (ROOT / target).exists(), target


def test_its_figures_are_those_of_the_reports():
    done = subprocess.run(
        [sys.executable, ROOT / "benchmarks" / "figures.py"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    assert f"<!-- figures -->\n{done.stdout}<!-- /figures -->" in README
