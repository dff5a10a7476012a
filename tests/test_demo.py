"""The demonstration: its tunes add up, its page needs nothing from outside, and its folder is whole or absent."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import wave
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from tiny_space import save_tiny
from typer.testing import CliRunner

from scorespace.cli import app
from scorespace.demo import job, page
from scorespace.errors import InputError
from scorespace.music import files, parts
from scorespace.music.score import Score

PIECES = 2 + job.STEPS + job.PALETTE**2 + 1 + job.VARIATIONS + job.SAMPLES


@pytest.fixture(scope="module")
def tunes() -> job.Tunes:
    return job.read_tunes(2)


@pytest.mark.parametrize("name", job.TUNES)
def test_every_written_bar_of_a_tune_has_eight_eighths(name: str) -> None:
    text = resources.files("scorespace.demo").joinpath("tunes", f"{name}.abc").read_text("utf-8")
    body = "\n".join(line for line in text.splitlines() if not re.match(r"[A-Z]:", line))
    bars = [bar for bar in re.split(r"\|[\]|12:]*|:\|[12]?", body) if re.search(r"[A-Ga-g]", bar)]
    lengths = [sum(int(n or 1) for n in re.findall(r"[A-Ga-gz](\d*)", bar)) for bar in bars]
    assert len(bars) >= 16
    assert set(lengths) == {8}


def test_the_tunes_have_32_bars_in_four_four_with_their_titles_and_keys(tunes: job.Tunes) -> None:
    for tune, title, sharps in ((tunes.first, "Soldier's Joy", 2), (tunes.second, "The Rakes of Mallow", 1)):
        assert (tune.title, tune.bar_count(), tune.end) == (title, 32, 128.0)
        assert [str(metre) for metre in tune.metres] == ["4/4"]
        assert [key.sharps for key in tune.keys] == [sharps]
        assert parts.extract(tune)[0].dropped == 0
        starts = tune.tracks[0].notes["start"]
        assert set(tune.bar_starts()) <= set(starts)  # a note begins on every bar line


def test_the_parts_of_a_tune_are_repeated(tunes: job.Tunes) -> None:
    for tune, same in ((tunes.first, 7), (tunes.second, 8)):  # the last bar of a part differs in Soldier's Joy
        for first in (1, 17):
            once, again = (job.phrase(tune, bar, same).tracks[0].notes for bar in (first, first + 8))
            assert np.array_equal(once, again)


def test_the_phrases_are_the_beginnings_of_the_parts(tunes: job.Tunes) -> None:
    assert tunes.first_a.tracks[0].notes["pitch"].tolist() == [69, 66, 62, 66, 69, 66, 62, 66, 69, 74, 74, 73, 71]
    assert tunes.second_a.tracks[0].notes["pitch"].tolist() == [67, 71, 67, 71, 67, 71, 72, 71, 69, 67]
    assert tunes.first_b.tracks[0].notes["pitch"][:4].tolist() == [78, 76, 78, 79]
    assert tunes.second_b.tracks[0].notes["pitch"].tolist() == [79, 78, 76, 74, 72, 71, 72, 74]
    assert {score.end for score in (tunes.first_a, tunes.first_b, tunes.second_a, tunes.second_b)} == {8.0}


def test_colours_and_titles_go_from_one_end_to_the_other() -> None:
    colours = job.palette_colours()
    assert [colours[place] for place in (0, 4, 20, 24)] == list(job.CORNER_COLOURS)
    assert job.gradient(8)[::7] == list(job.CORNER_COLOURS[:2])
    assert job.step_titles("a", "b") == ["a", "14 %", "29 %", "43 %", "57 %", "71 %", "86 %", "b"]


def item(key: str, title: str = "A & B") -> page.Item:
    score = Score.melody([(0, 1, 60), (1, 0.5, 64, 100)])
    return page.Item(key, title, score, score, 8.0, "#336699", f"{key}.mid", f"{key}.wav")


@pytest.fixture(scope="module")
def built() -> str:
    many = {
        name: [item(f"{name}-{k}") for k in range(count)] for name, count in (("i", 8), ("v", 5), ("s", 8), ("p", 9))
    }
    sections = page.Sections(
        names=("</script><b>", "Two"),
        tunes=[item("t-0", "</script><b>"), item("t-1")],
        interpolation=many["i"],
        variations=many["v"],
        samples=many["s"],
        palette=many["p"],
        corners=("</script><b>", "b", "c", "d"),
    )
    return page.build(sections, page.Origin("my <space>", "abc123" * 10, 7, "0.1.0"))


class Reader(HTMLParser):
    """Collects a page's elements, and checks that they are closed in the order in which they were opened."""

    VOID = ("meta", "link", "input", "br", "img")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def links(self) -> list[str]:
        return [value for _, attrs in self.elements for name in ("href", "src") if (value := attrs.get(name))]


def test_the_page_is_well_formed_and_leaves_no_placeholder(built: str) -> None:
    reader = Reader(built)
    ids = [attrs["id"] for _, attrs in reader.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert not re.search(r"\$[a-z]", built)
    assert built.count("</script>") == 2
    assert "my &lt;space&gt;" in built


def test_the_page_asks_nothing_of_the_network(built: str) -> None:
    outside = set(re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}[^\s\"'<>)]*", built, re.IGNORECASE))
    assert outside == {"http://www.w3.org/2000/svg"}  # a name, never fetched
    assert not re.search(r"\b(fetch|XMLHttpRequest|import)\s*\(|@import|url\(", built)
    assert all(not re.match(r"[a-z]+:|/", link) or link == "data:," for link in Reader(built).links())


def test_every_control_has_a_name_and_a_script_that_knows_it(built: str) -> None:
    reader = Reader(built)
    music = json.loads(re.search(r'id="music">(.*?)</script>', built, re.DOTALL).group(1))
    played = [attrs["data-play"] for _, attrs in reader.elements if "data-play" in attrs]
    assert sorted(played) == sorted(music["items"])
    assert {attrs["data-play-list"] for _, attrs in reader.elements if "data-play-list" in attrs} == set(music["lists"])
    assert music["items"]["p-0"] == {"title": "A & B", "quarters": 8.0, "notes": [[0, 1, 60, 80], [1, 0.5, 64, 100]]}
    for name in re.findall(r'byId\("([^"]+)"\)', built):
        assert f'id="{name}"' in built
    plays = [attrs for tag, attrs in reader.elements if tag == "button" and "data-play" in attrs]
    assert all(attrs.get("aria-label") and attrs.get("aria-pressed") == "false" for attrs in plays)


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(InputError, match="is no demonstration"):
        job.run(tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "keep"
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(InputError, match="is no demonstration"):
        job.check_folder(file)
    (tmp_path / "empty").mkdir()
    job.check_folder(tmp_path / "empty")
    job.check_folder(tmp_path / "absent")


def test_a_missing_space_leaves_no_folder(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["demo", "-o", str(tmp_path / "out"), "--space", "no-such-space"])
    assert result.exit_code == 4
    assert "no-such-space" in result.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_the_whole_demonstration(tmp_path: Path) -> None:
    space = save_tiny(tmp_path / "tiny")
    command = [sys.executable, "-m", "scorespace", "demo", "-o", "out", "--space", str(space), "--seed", "5"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == str(Path("out") / "index.html") + "\n"
    out = tmp_path / "out"
    first = {path.relative_to(out): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}

    text = (out / "index.html").read_text("utf-8")
    assert all((out / link).is_file() for link in Reader(text).links() if link[0] != "#" and link != "data:,")
    assert sum(path.suffix == ".mid" for path in first) == PIECES + 1
    assert sum(path.suffix == ".wav" for path in first) == PIECES + 1
    assert {path.stem for path in first if path.suffix == ".png"} == {
        "interpolation",
        "samples",
        "variations",
        "palette",
    }
    assert sum(map(len, first.values())) < 40e6
    for path in first:
        if path.suffix == ".wav":
            with wave.open(str(out / path)) as sound:
                samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2") / 32768
            assert np.abs(samples).max() < 0.95
            assert np.sqrt((samples**2).mean()) > 0.005 or not files.read(out / path.with_suffix(".mid")).note_count

    tunes = job.read_tunes(2)
    ends = [files.read(out / "interpolation" / f"step-{k:02}.mid") for k in (1, job.STEPS)]
    for end, own in zip(ends, (tunes.first_a, tunes.second_a), strict=True):
        for name in ("start", "pitch"):
            assert np.array_equal(end.tracks[0].notes[name], own.tracks[0].notes[name])
    assert json.loads(files.provenance(out / "samples" / "sample-03.mid") or "")["seed"] == 5
    assert files.read(out / "interpolation.mid").bar_count() in (15, 16)

    again = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert {path: (out / path).read_bytes() for path in first} == first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "tiny"]
