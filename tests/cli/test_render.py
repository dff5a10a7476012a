"""scorespace render: sound, pictures and other formats; nothing is replaced unasked; failures are counted."""

from __future__ import annotations

import sys
import wave
from pathlib import Path
from xml.etree import ElementTree

import pytest
from tiny_space import tune
from typer.testing import CliRunner

from scorespace.cli import app
from scorespace.music import files
from scorespace.music.score import Score


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tune().write("a.mid")
    tune((72, 71, 69, 67)).write("b.mid")
    Path("notes.txt").touch()
    return lambda *words: CliRunner().invoke(app, ["render", *words, "--sample-rate", "8000"])


def test_a_folder_gets_a_wav_file_a_score(run) -> None:
    result = run("a.mid", "b.mid", "-o", "out")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [str(Path("out") / "a.wav"), str(Path("out") / "b.wav")]
    with wave.open("out/a.wav") as sound:
        assert sound.getframerate() == 8_000
        assert sound.getnframes() == pytest.approx(8_000 * (8 * 0.6 + 1.2), abs=1_000)


def test_the_ending_names_the_format(run) -> None:
    for name in ("a.png", "a.svg", "a.musicxml", "c.mid", "c.wav"):
        result = run("a.mid", "-o", name)
        assert result.stdout == f"{name}\n", result.output
    assert ElementTree.parse("a.svg").getroot().tag.endswith("svg")
    assert Path("a.png").read_bytes()[:4] == b"\x89PNG"
    assert files.read("a.musicxml").note_count == files.read("c.mid").note_count == 8


def test_bars_and_pictures_beside(run) -> None:
    result = run("a.mid:2", "--png")
    assert result.stdout.splitlines() == ["a-2-2.wav", "a-2-2.png"], result.output


def test_nothing_is_replaced_without_force(run) -> None:
    assert run("a.mid").exit_code == 0
    before = Path("a.wav").read_bytes()
    result = run("b.mid", "-o", "a.wav")
    assert result.exit_code == 2
    assert "a.wav is there already: --force replaces it." in result.stderr
    assert Path("a.wav").read_bytes() == before
    assert run("b.mid", "-o", "a.wav", "--force").exit_code == 0
    assert Path("a.wav").read_bytes() != before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("a.mid", "b.mid", "-o", "c.wav"), "2 scores do not go into c.wav"),
        (("a.mid", "-o", "notes.txt"), "notes.txt is a file: name a folder"),
        (("b.mid", "-o", "a.mid"), "a.mid is there already"),
        (("a.mid", "sub/a.mid"), "would become a.wav"),
    ],
)
def test_what_cannot_be_written_is_said_before_any_work(run, words: tuple[str, ...], said: str) -> None:
    result = run(*words)
    assert result.exit_code != 0
    assert said in result.stderr
    assert result.stdout == ""
    assert not list(Path().glob("*.wav"))


def test_some_failures_are_counted_and_the_rest_is_made(run) -> None:
    Path("bad.mid").write_bytes(b"no music")
    Score().write("silent.mid")
    result = run("bad.mid", "a.mid", "silent.mid")
    assert result.exit_code == 5
    assert result.stdout == "a.wav\n"
    assert "bad.mid" in result.stderr
    assert "silent.mid holds no notes" in result.stderr
    assert "2 of 3 scores failed" in result.stderr
    assert run("bad.mid", "silent.mid").exit_code == 3
    assert run("bad.mid").exit_code == 3


def test_of_several_tunes_the_first_is_taken_and_that_is_said(run) -> None:
    Path("two.abc").write_text("X:1\nT:One\nL:1/4\nK:C\nCDEF|\n\nX:2\nT:Two\nL:1/4\nK:C\nGABc|\n")
    result = run("two.abc")
    assert result.exit_code == 0, result.output
    assert "several tunes" in result.stderr


def test_a_missing_soundfont_is_named(run) -> None:
    result = run("a.mid", "--soundfont", "none.sf2")
    assert result.exit_code == 3
    assert "none.sf2 does not exist" in result.stderr


def pictured(path: str) -> tuple[int, list[str]]:
    """How many tinted stretches and which classes a picture has."""
    classes = [one.get("class", "") for one in ElementTree.parse(path).iter()]
    return classes.count("marked"), classes


def test_notation_is_written_alone_or_beside(run) -> None:
    assert run("a.mid", "-o", "a.svg", "--notation").stdout == "a.svg\n"
    assert pictured("a.svg")[0] == 0
    assert "note" in pictured("a.svg")[1]
    assert pictured("a.svg")[1].count("measure") == 2
    result = run("a.mid", "b.mid", "-o", "out", "--notation", "--png")
    assert [Path(line).name for line in result.stdout.splitlines()] == [
        f"{stem}{ending}" for stem in "ab" for ending in (".wav", ".png", ".svg")
    ]


def test_bars_are_marked_in_notation_and_in_musicxml(run) -> None:
    assert run("a.mid", "-o", "a.svg", "--notation", "--mark", "2").exit_code == 0
    assert pictured("a.svg")[0] == 1
    assert run("a.mid", "-o", "b.svg", "--notation", "--mark", "1", "--mark", "1-2").exit_code == 0
    assert pictured("b.svg")[0] == 1
    assert run("a.mid", "-o", "a.musicxml", "--mark", "2").exit_code == 0
    assert Path("a.musicxml").read_text().count('<words color="#D55E00">new</words>') == 1
    assert files.read("a.musicxml").note_count == 8


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-o", "c.svg", "--notation", "--mark", "two"), "--mark takes bars such as 5 or 5-8, not two."),
        (("-o", "c.svg", "--notation", "--mark", "2-3"), "Bars 2-3 are not in this score: it has bars 1-2."),
        (("-o", "c.svg", "--notation", "--mark", "2-1"), "Bars 2-1 run backwards: write 1-2."),
        (("-o", "c.svg", "--mark", "2"), "--mark needs --notation, or a file that ends in .musicxml"),
        (("-o", "c.wav", "--mark", "2"), "--mark needs --notation, or a file that ends in .musicxml"),
    ],
)
def test_marks_that_cannot_be_made(run, words: tuple[str, ...], said: str) -> None:
    result = run("a.mid", *words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert not list(Path().glob("c.*"))


def test_notation_without_its_extra_writes_nothing(run, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "verovio", None)
    result = run("a.mid", "--notation")
    assert result.exit_code == 1
    assert "pip install 'scorespace[notation]'" in result.stderr
    assert not Path("a.wav").exists()
