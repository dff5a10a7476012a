"""Songs that a corpus's own table names."""

import json

import pytest
from typer.testing import CliRunner
from written_corpus import NAMES, ONE_BAR, tune

from scorespace.cli import app
from scorespace.data import corpora
from scorespace.data.build import build
from scorespace.data.shards import Shards
from scorespace.data.song_tables import song_names
from scorespace.errors import UsageError
from scorespace.music import files
from scorespace.music.extraction import DataSettings

SETTINGS = DataSettings(held_out=(0.3, 0.3))


@pytest.fixture
def rock(tmp_path):
    """Twenty-four files of twelve songs: file k is a version of song k modulo 12, which its name does not say."""
    folder = tmp_path / "rock"
    lines = ["path\tgenre\ttitle"]
    for number in range(24):
        name = f"{number // 12}/{NAMES[number % 12]}{NAMES[number // 12]}{number}.mid"
        files.write(tune(number), folder / name)
        lines.append(f"{name}\trock\tThe {NAMES[number % 12]} song")
    (folder / "labels.tsv").write_text("\n".join(lines) + "\n")
    return folder


def versions(out):
    """The splits in which each song's files stand."""
    found: dict[str, set[str]] = {}
    for line in (out / "report.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        song = next(name for name in NAMES if row["file"].split("/")[-1].startswith(name))
        found.setdefault(song, set()).update(split for split, count in row["phrases"].items() if count)
    return found


def test_versions_that_the_table_calls_one_song_stay_together(rock, tmp_path):
    build([rock], ONE_BAR, SETTINGS, tmp_path / "alone", processes=0)
    assert any(len(splits) > 1 for splits in versions(tmp_path / "alone").values())
    build([rock], ONE_BAR, SETTINGS, tmp_path / "out", processes=0, songs={"rock": "labels.tsv:title"})
    assert all(len(splits) == 1 for splits in versions(tmp_path / "out").values())
    assert "own table" in Shards.open(tmp_path / "out").description["split_rule"]


def test_a_changed_table_makes_another_data_set(rock, tmp_path):
    songs = {"rock": "labels.tsv:title"}
    build([rock], ONE_BAR, SETTINGS, tmp_path / "out", processes=0, songs=songs)
    assert not build([rock], ONE_BAR, SETTINGS, tmp_path / "out", processes=0, songs=songs).fresh
    table = rock / "labels.tsv"
    table.write_text(table.read_text().replace("Anna song", "Other song"))
    with pytest.raises(UsageError, match="another music"):
        build([rock], ONE_BAR, SETTINGS, tmp_path / "out", processes=0, songs=songs)


def test_a_file_without_a_name_keeps_its_own(tmp_path):
    (tmp_path / "songs.csv").write_text("path,song\na.mid,One\nb.mid,\nc.mid\n")
    assert song_names(tmp_path, "songs.csv:song") == {"a.mid": "One"}


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("labels.tsv", "takes NAME=TABLE:COLUMN"),
        ("labels.txt:title", "takes NAME=TABLE:COLUMN"),
        ("labels.tsv:artist", "has no column 'artist' beside the paths; it has genre, title"),
        ("none.tsv:title", "cannot be read as a table of songs"),
        ("empty.tsv:title", "cannot be read as a table of songs"),
        ("bytes.tsv:title", "cannot be read as a table of songs"),
    ],
)
def test_a_table_that_cannot_be_used_is_named(rock, rule, says):
    (rock / "empty.tsv").write_bytes(b"")
    (rock / "bytes.tsv").write_bytes(b"\xff\xfe\x00\x01\n")
    with pytest.raises(UsageError, match=says):
        song_names(rock, rule)


def test_an_unknown_corpus_is_refused(rock):
    with pytest.raises(UsageError, match="--songs was given for 'jazz'; the corpora are rock"):
        corpora.find([rock], songs={"jazz": "labels.tsv:title"})


def test_the_command_refuses_half_a_rule(rock, tmp_path):
    said = CliRunner().invoke(app, ["prepare", str(rock), "--songs", "rock", "-o", str(tmp_path / "out")])
    assert said.exit_code == 2 or isinstance(said.exception, UsageError)
    assert "rock=labels.tsv:title" in said.output or "rock=labels.tsv:title" in str(said.exception)
