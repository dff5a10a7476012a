"""Genres on the command line: sample, edit, info, attributes, styles."""

from __future__ import annotations

import json

import numpy as np
import pytest
from genre_space import DATA, GENRES, GRID, band, save_genres
from typer.testing import CliRunner

from scorespace import checkpoint
from scorespace.cli import app
from scorespace.data.build import build
from scorespace.models import build as build_model
from scorespace.models import config_class
from scorespace.music import files
from scorespace.music.extraction import DataSettings
from scorespace.music.score import Score, Track, notes


@pytest.fixture(scope="module")
def flower(tmp_path_factory):
    return save_genres(tmp_path_factory.mktemp("space") / "flower")


@pytest.fixture
def run(flower, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCORESPACE_SPACE", str(flower))
    monkeypatch.delenv("SCORESPACE_DEBUG", raising=False)
    band().write(tmp_path / "song.mid")
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


def test_samples_of_a_genre(run):
    result = run("sample", "-n", "2", "--seed", "3", "--genre", "jazz", "-o", "out")
    assert result.exit_code == 0, result.output
    assert result.stdout.split() == ["out/flower.sample-3-01.mid", "out/flower.sample-3-02.mid"]
    wrong = run("sample", "--genre", "polka", "-o", "out")
    assert wrong.exit_code == 2
    assert "no genre 'polka'; there are rock (0deg), jazz (120deg), country (240deg)" in wrong.stderr


def test_an_edit_says_what_it_changed_and_kept_and_is_replayed(run, flower):
    result = run("edit", "song.mid", "--genre", "rock=>jazz", "--keep", "0.2", "-o", "out")
    assert result.exit_code == 0, result.output
    assert result.stdout == "out/song.edit-01.mid\n"
    assert "song.mid: jazz was" in result.stderr or "more like jazz" in result.stderr
    assert run("replay", result.stdout.strip(), "-m", flower, "-o", "again.mid").exit_code == 0
    told = run("edit", "song.mid", "--genre", "rock=>jazz", "--keep", "0.2", "-o", "out", "--json")
    assert json.loads(told.stdout)[0]["style"]["to"] == "jazz"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--genre", "rock="), "quote it"),
        (("--genre", "rock=>polka"), "no genre 'polka'"),
        ((), "Say what to edit"),
        (("--genre", "jazz", "--attr", "density=+2"), "one of both"),
        (("--attr", "density=+2", "--keep", "0.5"), "--keep goes with --genre"),
    ],
)
def test_what_cannot_be_asked_ends_with_2_and_writes_nothing(run, tmp_path, words, says):
    result = run("edit", "song.mid", *words, "-o", "out")
    assert result.exit_code == 2
    assert says in result.stderr
    assert not (tmp_path / "out").exists()


def test_an_edit_without_a_named_space_takes_one_with_genres(run, monkeypatch):
    monkeypatch.delenv("SCORESPACE_SPACE")
    result = run("edit", "song.mid", "--genre", "rock=>nothing_of_that_name", "-o", "out")
    assert "no genre 'nothing_of_that_name'; there are" in result.stderr


@pytest.fixture(scope="module")
def tagged(tmp_path_factory):
    """A data set of three genres: 36 songs of each, told apart by how busy their parts are."""
    folder = tmp_path_factory.mktemp("music") / "songs"
    random, lines = np.random.default_rng(0), ["path\tgenre"]
    for number in range(108):
        genre = number % 3
        name = f"{GENRES[genre]}/{''.join(random.choice(list('abcdefghij'), 8))}.mid"
        files.write(song(genre, random), folder / name)
        lines.append(f"{name}\t{GENRES[genre]}")
    (folder / "labels.tsv").write_text("\n".join(lines) + "\n")
    settings = DataSettings(**(DATA | {"metres": ("4/4",), "optional": ("strings",), "held_out": (0.2, 0.3)}))
    genres = {"songs": "labels.tsv:genre"}
    return build([folder], GRID, settings, folder.parent / "out", processes=0, genres=genres).folder


def song(genre: int, random: np.random.Generator) -> Score:
    every = (0.5, 1.0, 2.0)[genre]
    rows = {
        "bass": [(k * every, every, int(random.integers(38, 50))) for k in range(int(16 / every))],
        "guitar": [(k, 1, int(random.integers(55, 75))) for k in range(16)],
        "strings": [(2 * k, 2, int(random.integers(50, 70))) for k in range(8)],
    }
    programs = {"bass": 33, "guitar": 27, "strings": 48}
    kit = Track(notes([(k * every, 0.2, 36) for k in range(int(16 / every))]), "kit", is_drum=True)
    return Score((kit, *(Track(notes(found), part, program=programs[part]) for part, found in rows.items())))


@pytest.fixture
def learnt(tagged, tmp_path):
    """An untrained space of the genres of the data, in the data's order."""
    from scorespace.data.shards import Shards

    config = config_class("musae")(z_size=12, size=16, layers=1, critic_size=8, genres=Shards.open(tagged).genres)
    model = build_model("musae", GRID, config)
    return checkpoint.save(tmp_path / "own", model, GRID, "musae", config, {"data": DATA}, {}, {})


@pytest.mark.slow
def test_attributes_learns_the_styles_too(run, learnt, tagged):
    result = run("attributes", learnt, tagged, "--phrases", "60", "--points", "2")
    assert result.exit_code == 0, result.output
    assert "styles of" in result.stderr
    found = checkpoint.load(learnt).styles
    assert set(found.genres) == set(GENRES)
    assert found.table["balanced_accuracy"]["value"] > 0.9  # busy and quiet songs are easily told apart
    assert run("edit", "song.mid", "--genre", "jazz", "-m", learnt, "-o", "out").exit_code == 0


@pytest.mark.slow
def test_styles_writes_a_report_with_tables_and_pictures(run, learnt, tagged, tmp_path):
    words = (
        "--phrases",
        "32",
        "--pairs",
        "8",
        "--samples",
        "8",
        "--cases",
        "9",
        "--judge-steps",
        "60",
        "--threads",
        "1",
    )
    result = run("styles", learnt, "--data", tagged, "-o", "report", "--beside", f"again={learnt}", *words)
    assert result.exit_code == 0, result.output
    names = {path.name for path in (tmp_path / "report").iterdir()}
    assert {"report.json", "report.md", "flower.png", "hamming.png", "petals.png", "transfer.png"} <= names
    report = json.loads((tmp_path / "report" / "report.json").read_text())
    assert [row["label"] for row in report["reconstruction"]] == ["own", "again"]
    assert {"test", "train", "baselines"} <= report["reconstruction"][0].keys()
    match = report["prior_match"][0]
    assert match["energy_distance"]["value"] > match["energy_distance"]["chance"]
    assert report["test_songs"].keys() == set(GENRES)
    assert report["probes"]["all"]["note statistics"]["value"] > 0.9
    transfer = report["transfer"]["figures"]
    assert transfer["original"]["kept"]["value"] == 1.0
    assert transfer["real phrases of the genre"]["judge_says_goal"]["value"] > 0.6
    text = (tmp_path / "report" / "report.md").read_text()
    assert "## From one genre to another" in text
    assert "0.853" in text  # the paper's own figure


def test_styles_refuses_what_has_no_genres(run, tagged):
    result = run("styles", "melody-2bar", "--data", tagged, "-o", "report")
    assert result.exit_code == 2
    assert "another grid" in result.stderr
    assert run("styles", "melody-2bar", "--data", tagged, "-o", "r", "--beside", "x").exit_code == 2
