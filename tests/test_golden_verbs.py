"""One golden test for every verb: Python and the command line must both give these notes, now and in later versions.

Run as a program, this file writes the golden notes anew. That breaks `replay` for every take that people have made.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from tiny_space import save_tiny, tune

from scorespace.music import files
from scorespace.music.score import Score
from scorespace.space import load

GOLDEN = Path(__file__).parent / "golden" / "verbs.json"
OTHER = (72, 71, 69, 67, 65, 64, 62, 60)
LONG = tuple(60 + k % 12 for k in range(20))
COMMANDS = {
    "sample": "sample -n 3 --seed 7 -t 0.8",
    "reconstruct": "reconstruct long.mid --seed 5 -t 0.5",
    "vary": "vary long.mid -n 2 --amount 0.4 --seed 9",
    "interpolate": "interpolate a.mid b.mid --steps 4",
    "palette": "palette a.mid b.mid long.mid a.mid --size 2x3 --method linear",
}


def in_python(space, folder):
    a, b, long = (files.read(folder / f"{name}.mid") for name in ("a", "b", "long"))
    return {
        "sample": space.sample(3, seed=7, temperature=0.8),
        "reconstruct": space.reconstruct(long, seed=5, temperature=0.5),
        "vary": space.vary(long, n=2, amount=0.4, seed=9),
        "interpolate": space.interpolate(a, b, steps=4),
        "palette": space.palette(a, b, long, a, size=(2, 3), method="linear"),
    }


def write_tunes(folder: Path) -> None:
    for name, pitches in (("a", tune().tracks[0].notes["pitch"]), ("b", OTHER), ("long", LONG)):
        tune(tuple(int(pitch) for pitch in pitches)).write(folder / f"{name}.mid")


def rows(score: Score) -> list[list[float]]:
    """[start, duration, pitch] of each note, in 480ths of a quarter note, as a MIDI file holds them."""
    return [
        [round(480 * start), round(480 * length), pitch] for start, length, pitch, _ in score.tracks[0].notes.tolist()
    ]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return save_tiny(tmp_path_factory.mktemp("space") / "tiny")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    write_tunes(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("verb", COMMANDS)
def test_python_gives_the_golden_notes(tiny, folder, verb):
    takes = in_python(load(tiny), folder)[verb]
    assert [rows(take.score) for take in takes] == json.loads(GOLDEN.read_text())[verb]


@pytest.mark.parametrize("verb", COMMANDS)
def test_the_command_line_gives_the_golden_notes(tiny, folder, verb):
    from typer.testing import CliRunner

    from scorespace.cli import app

    result = CliRunner().invoke(app, [*COMMANDS[verb].split(), "-m", str(tiny), "-o", "out"])
    assert result.exit_code == 0, result.output
    scores = [files.read(path) for path in result.stdout.splitlines()]
    assert [rows(score) if score.note_count else [] for score in scores] == json.loads(GOLDEN.read_text())[verb]


def write_golden() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_tunes(folder)
        takes = in_python(load(save_tiny(folder / "tiny")), folder)
    lines = [f'"{verb}": {json.dumps([rows(take.score) for take in found])}' for verb, found in takes.items()]
    GOLDEN.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    write_golden()
