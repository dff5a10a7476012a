"""scorespace inpaint, called in this process: files, sentences, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tiny_inpainter import save_inpainter, song
from typer.testing import CliRunner

from scorespace.cli import app
from scorespace.music import files
from scorespace.music.score import Score
from scorespace.space import load


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return save_inpainter(tmp_path_factory.mktemp("space") / "tiny")


@pytest.fixture
def run(tiny, tmp_path, monkeypatch):
    """Runs the command on a song of twelve bars, in an empty folder, in the tiny space."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCORESPACE_SPACE", str(tiny))
    song().write(tmp_path / "song.mid")

    def command(*words: str):
        return CliRunner().invoke(app, ["inpaint", *words])

    return command


def test_the_command_gives_what_python_gives(run, tiny, tmp_path):
    result = run("song.mid", "--bars", "5-8", "-n", "3", "--seed", "7", "-o", "out")
    assert result.exit_code == 0, result.output
    paths = [Path(line) for line in result.stdout.splitlines()]
    assert [path.name for path in paths] == [f"song.inpaint-7-0{k}.mid" for k in (1, 2, 3)]
    takes = load(tiny).inpaint("song.mid", (5, 8), n=3, seed=7)
    assert [path.read_bytes() for path in paths] == [take.to_midi_bytes() for take in takes]
    assert "seed 7" in result.stderr
    assert 'Track 1 of 2 ("melody") is written in' in result.stderr


def test_ranges_insertions_and_what_is_kept(run):
    words = "--bars 2,5-6 --insert 2@8 --extend 1 --keep rhythm --lock 5:1 --lock 6:2.5 --scale key --track 1"
    result = run("song.mid", *words.split(), "-n", "1", "-o", "new.mid", "--seed", "1", "--json")
    assert result.exit_code == 0, result.output
    described = json.loads(result.stdout)[0]
    assert described["marked"] == [[4.0, 8.0], [16.0, 24.0], [32.0, 40.0], [56.0, 60.0]]
    assert described["arguments"]["lock"] == [[5, 1.0], [6, 2.5]]
    assert described["nats"] < 0
    assert files.read("new.mid").end <= 60


def test_notation_beside_the_takes_marks_what_is_new(run):
    pytest.importorskip("verovio")
    result = run("song.mid", "--bars", "3", "-n", "1", "-o", "out", "--svg", "--musicxml", "--seed", "1")
    assert result.exit_code == 0, result.output
    mid, svg, xml = (Path(line) for line in result.stdout.splitlines())
    assert "marked" in svg.read_text(encoding="utf-8")
    assert 'color="#' in xml.read_text(encoding="utf-8")
    notes = [s.tracks[0].notes["pitch"].tolist() for s in (files.read(mid), files.read(xml))]
    assert notes[0] == notes[1]
    one = run("song.mid", "--bars", "3", "-n", "1", "-o", "alone.svg", "--seed", "1")
    assert one.exit_code == 0, one.output
    assert Path("alone.svg").read_bytes() == svg.read_bytes()


def test_a_take_is_replayed_from_its_file(run):
    run("song.mid", "--bars", "5-8", "-n", "2", "--seed", "7", "-o", "out")
    result = CliRunner().invoke(app, ["replay", "out/song.inpaint-7-02.mid", "-m", "nowhere", "-o", "again.mid"])
    assert result.exit_code in (2, 4)


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ("song.mid", 2, "Say what is to be written"),
        ("song.mid --bars 5-80", 2, "it has bars 1-12"),
        ("song.mid --bars five", 2, "5-8,12"),
        ("song.mid --insert 4", 2, "4@8"),
        ("song.mid --bars 2 --scale Q", 2, "No scale"),
        ("song.mid --bars 2 --keep notes", 2, "rhythm or contour"),
        ("nowhere.mid --bars 2", 3, "nowhere.mid"),
        ("song.mid --bars 2 -n 2 -o one.mid", 2, "2 takes do not go into one.mid"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_an_exit_code(run, words, code, message):
    result = run(*words.split())
    assert result.exit_code == code, result.output
    errors = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert message in errors[0]
    assert not list(Path().glob("**/*inpaint*"))


def test_a_metre_that_it_does_not_write_is_refused_with_the_nearest(run):
    song(8, (5, 4)).write("five.mid")
    result = run("five.mid", "--bars", "2")
    assert result.exit_code == 3
    assert "five.mid: Bars 2-2 are in 5/4; this space writes 4/4, 2/2, 6/8, 2/4" in result.stderr


def test_a_space_of_another_kind_is_refused(run, monkeypatch, tmp_path):
    from tiny_space import save_tiny

    monkeypatch.setenv("SCORESPACE_SPACE", str(save_tiny(tmp_path / "latent")))
    result = run("song.mid", "--bars", "2")
    assert result.exit_code == 4
    assert "take a space that inpaints, such as folk-inpaint" in result.stderr
    other = CliRunner().invoke(app, ["sample", "-m", str(save_inpainter(tmp_path / "inpainter"))])
    assert other.exit_code == 4
    assert "has no latent space" in other.stderr


def test_a_melody_of_one_bar_can_go_on(run):
    Score.melody([(0, 1, 60), (1, 1, 62), (2, 2, 64)]).write("short.mid")
    result = run("short.mid", "--extend", "3", "-n", "1", "-o", "long.mid", "--seed", "2")
    assert result.exit_code == 0, result.output
    assert files.read("long.mid").tracks[0].notes["pitch"][:3].tolist() == [60, 62, 64]
    assert files.read("long.mid").note_count > 3
