"""scorespace prepare, called in this process, and killed in another one: what goes where, and how it goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from scorespace.cli import app
from scorespace.data.shards import Shards
from scorespace.music import files
from scorespace.music.score import Score

COMMAND = (sys.executable, "-m", "scorespace", "prepare")


def write_folder(folder: Path, count: int) -> Path:
    """So many melodies of four bars under titles of letters."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        rng = np.random.default_rng(number)
        rows = [(at / 2, 0.5, int(rng.integers(55, 79))) for at in range(32)]
        title = "".join(chr(97 + number // 26**k % 26) for k in range(4))
        files.write(Score.melody(rows), folder / f"{title}.mid")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture
def run(monkeypatch):
    monkeypatch.delenv("SCORESPACE_DEBUG", raising=False)

    def command(*words: object):
        return CliRunner().invoke(app, ["prepare", *(str(word) for word in words)])

    return command


def test_the_folder_goes_to_standard_output_and_the_report_to_standard_error(run, tmp_path):
    music, out = write_folder(tmp_path / "folk", 24), tmp_path / "data"
    done = run(music, "--recipe", "tiny", "-o", out, "--workers", 1)
    assert (done.exit_code, done.stdout) == (0, f"{out}\n")
    assert "24 files: 24 used, 0 dropped" in done.stderr
    assert "\x1b" not in done.stderr
    assert len(Shards.open(out).tokens("train")) >= 16

    held = contents(out)
    again = run(music, "--recipe", "tiny", "-o", out, "--workers", 1)
    assert (again.exit_code, again.stdout) == (0, f"{out}\n")
    assert "finished already" in again.stderr
    assert contents(out) == held

    write_folder(music, 25)
    changed = run(music, "--recipe", "tiny", "-o", out)
    assert changed.exit_code == 2
    assert "another music" in changed.stderr
    assert "--force" in changed.stderr
    assert contents(out) == held

    replaced = run(music, "--recipe", "tiny", "-o", out, "--workers", 1, "--force")
    assert replaced.exit_code == 0
    assert "25 files: 25 used" in replaced.stderr


def test_too_little_music_is_an_error_that_points_to_the_report(run, tmp_path):
    out = tmp_path / "data"
    done = run(write_folder(tmp_path / "folk", 2), "--recipe", "tiny", "-o", out, "--workers", 1)
    assert (done.exit_code, done.stdout) == (3, "")
    assert "fewer than one batch of 16" in done.stderr
    assert "2 files: 2 used" in (out / "report.txt").read_text()
    assert not (out / "dataset.json").exists()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 2, "give at least one folder"),
        (("nowhere",), 2, "nowhere does not exist"),
        (("--recipe", "nothing", "."), 2, "No recipe 'nothing'"),
        ((".",), 3, "files that end in .mid"),
        (("--source", "imslp"), 2, "--source takes music21"),
        (("--set", "data.metres=['3/4']", "."), 2, "not as long as one of the grid's 4/4"),
    ],
)
def test_what_cannot_be_prepared_leaves_nothing_behind(run, tmp_path, monkeypatch, words, code, said):
    monkeypatch.chdir(tmp_path)
    done = run(*words, "-o", "data")
    assert (done.exit_code, done.stdout) == (code, "")
    assert done.stderr.startswith("error: ")
    assert said in done.stderr
    assert list(tmp_path.iterdir()) == []


def interrupted(command, folder, way):
    """Exit code and standard error of a build that gets a signal when its first chunk is there."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # where a shell in the background ignores it
    process = subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True)
    signal.signal(signal.SIGINT, before)
    while not list(folder.glob("parts/0*.json")) and process.poll() is None:
        time.sleep(0.005)
    if way == signal.SIGINT:
        os.killpg(process.pid, way)  # Ctrl-C reaches the workers too
    else:
        os.kill(process.pid, way)
    said = process.communicate(timeout=60)[1].decode()
    return process.returncode, said


@pytest.mark.slow
@pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.skipif(sys.platform == "win32", reason="the signals are those of Unix")
def test_an_interrupted_build_goes_on_to_the_same_bytes(tmp_path, way):
    music = write_folder(tmp_path / "folk", 400)
    whole, parted = tmp_path / "whole", tmp_path / "parted"
    words = [str(music), "--recipe", "tiny", "--workers", "2"]
    subprocess.run([*COMMAND, *words, "-o", str(whole)], check=True, capture_output=True)

    code, said = interrupted([*COMMAND, *words, "-o", str(parted)], parted, way)
    assert "in _serve" not in said  # a worker that is left alone ends quietly
    if way == signal.SIGINT:
        assert code == 130
        assert "same command again" in said
        assert "Traceback" not in said
    assert not (parted / "dataset.json").exists()

    last = subprocess.run([*COMMAND, *words, "-o", str(parted)], check=True, capture_output=True, text=True)
    assert "Going on: " in last.stderr
    assert contents(parted) == contents(whole)
