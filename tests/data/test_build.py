"""A build from files to a data set: what comes out, that it adds up, and that it is the same bytes every time."""

import json
import shutil

import crashing_reader
import numpy as np
import pytest
from written_corpus import ONE_BAR, tune, write_corpus

from scorespace.data import workers
from scorespace.data.build import build
from scorespace.data.shards import Shards
from scorespace.data.songs import SPLITS, song_key, split_of
from scorespace.errors import InputError, UsageError
from scorespace.music import files
from scorespace.music.extraction import DataSettings

SETTINGS = DataSettings(held_out=(0.2, 0.2))


@pytest.fixture
def corpus(tmp_path):
    return write_corpus(tmp_path / "folk", 24)


def prepare(corpus, out, **more):
    return build([corpus], ONE_BAR, SETTINGS, out, **{"processes": 0, **more})


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def rows_of(folder):
    return [json.loads(line) for line in (folder / "report.jsonl").read_text("utf-8").splitlines()]


def test_the_data_set_opens_and_fits_the_grid(corpus, tmp_path):
    built = prepare(corpus, tmp_path / "out")
    shards = Shards.open(built.folder)
    assert shards.grid == ONE_BAR
    for split in SPLITS:
        tokens, songs = shards.tokens(split), shards.songs(split)
        assert tokens.shape == (len(songs), *ONE_BAR.shape)
        assert (tokens.dtype, songs.dtype) == (np.uint16, np.uint32)
        assert tokens.max() < ONE_BAR.vocabulary
        assert len(tokens) > 0
    assert sorted(contents(built.folder)) == sorted(
        ["dataset.json", "report.json", "report.jsonl", "report.txt"]
        + [f"{split}{kind}.npy" for split in SPLITS for kind in ("", ".songs")]
    )


def test_no_song_stands_in_two_splits_and_each_in_that_of_its_key(corpus, tmp_path):
    shards = Shards.open(prepare(corpus, tmp_path / "out").folder)
    songs = [set(shards.songs(split).tolist()) for split in SPLITS]
    assert sum(map(len, songs)) == len(set.union(*songs))
    for row in rows_of(tmp_path / "out"):
        if row["file"].endswith(".mid"):
            split = split_of(song_key("", row["file"]), SETTINGS.held_out)
            assert all(not count for name, count in row["phrases"].items() if name != split)


def test_every_phrase_is_there_once_and_none_is_held_out_in_another_key(corpus, tmp_path):
    files.write(tune(3), corpus / "the same again.mid")
    transposed = tune(4)
    transposed.tracks[0].notes["pitch"] += 2
    for number in range(8):  # songs of all splits
        files.write(transposed, corpus / f"higher {'abcdefgh'[number] * 4}.mid")
    shards = Shards.open(prepare(corpus, tmp_path / "out").folder)
    everything = [bytes(phrase) for split in SPLITS for phrase in shards.tokens(split)]
    assert len(everything) == len(set(everything))

    def shapes(split):
        tokens = shards.tokens(split).astype(int).reshape(-1, ONE_BAR.steps)
        first = tokens[np.arange(len(tokens)), (tokens > 1).argmax(axis=1)]
        return {bytes(row) for row in np.where(tokens > 1, tokens - first[:, None] + 1000, tokens)}

    assert not shapes("train") & (shapes("valid") | shapes("test"))
    left_out = json.loads((tmp_path / "out" / "report.json").read_text())["windows_dropped"]
    assert {"duplicate of an earlier phrase", "transposition of a training phrase"} <= set(left_out)


def test_the_report_accounts_for_every_file_and_phrase(corpus, tmp_path):
    prepare(corpus, tmp_path / "out")
    report, rows = json.loads((tmp_path / "out" / "report.json").read_text()), rows_of(tmp_path / "out")
    shards = Shards.open(tmp_path / "out")
    assert report["files"] == len(rows) == 24 + 4
    assert report["files"] == report["files_used"] + sum(report["files_dropped"].values())
    assert report["scores"] == report["scores_used"] + sum(report["scores_unused"].values())
    assert report["windows"] == sum(report["phrases"].values()) + sum(report["windows_dropped"].values())
    assert report["phrases"] == {split: len(shards.tokens(split)) for split in SPLITS}
    assert report["songs"] == {split: len(np.unique(shards.songs(split))) for split in SPLITS}
    for row in rows:
        assert (row["status"] == "used") == (sum(row["phrases"].values()) > 0) == (row["reason"] == "")
        assert row["scores"] == row["used_scores"] + sum(row["unused"].values())
    assert report["corpora"]["folk"]["files"] == len(rows)
    assert sum(sum(row["windows"].values()) for row in rows) == sum(report["windows_dropped"].values())


def test_each_file_has_its_reason(corpus, tmp_path):
    prepare(corpus, tmp_path / "out")
    rows = {row["file"]: row for row in rows_of(tmp_path / "out")}
    assert rows["folk/broken.mid"]["reason"].startswith("unreadable")
    assert rows["folk/Waltz of the day.mid"]["reason"].startswith("metre 3/4")
    assert rows["folk/again/Zelda.mid"]["reason"].startswith("nothing new")
    tunes = rows["folk/three.abc"]
    assert (tunes["status"], tunes["scores"], tunes["used_scores"]) == ("used", 3, 2)
    assert tunes["unused"].popitem()[0].startswith("metre 6/8")
    text = (tmp_path / "out" / "report.txt").read_text()
    assert all(word in text for word in ("28 files", "unreadable", "metre 3/4", "1 .txt", "train", "folk"))


def test_a_finished_data_set_is_left_alone_and_another_is_not_replaced_unasked(corpus, tmp_path):
    assert prepare(corpus, tmp_path / "out").fresh
    before = contents(tmp_path / "out")
    assert not prepare(corpus, tmp_path / "out").fresh
    files.write(tune(99), corpus / "a new one.mid")
    with pytest.raises(UsageError, match="another music: choose another folder with -o, or give --force"):
        prepare(corpus, tmp_path / "out")
    assert contents(tmp_path / "out") == before
    with pytest.raises(UsageError, match="another recipe"):
        build([corpus], ONE_BAR, DataSettings(), tmp_path / "out", processes=0)
    assert prepare(corpus, tmp_path / "out", force=True).fresh
    assert contents(tmp_path / "out") != before


def test_an_interrupted_build_goes_on_and_gives_the_same_bytes(corpus, tmp_path):
    whole = prepare(corpus, tmp_path / "whole").folder
    chunks = []

    def interrupt(progress):
        chunks.append(progress.files)
        if progress.merging:
            raise KeyboardInterrupt

    said = []
    with pytest.raises(KeyboardInterrupt):
        prepare(corpus, tmp_path / "out", progress=interrupt)
    with pytest.raises(InputError, match="same prepare command again to finish"):
        Shards.open(tmp_path / "out")
    prepare(corpus, tmp_path / "out", say=said.append)
    assert said == ["Going on: 28 of 28 files have been read already."]
    assert contents(tmp_path / "out") == contents(whole)


def test_two_builds_do_not_write_into_one_folder(corpus, tmp_path):
    def meddle(progress):
        with pytest.raises(UsageError, match="is being written by another scorespace"):
            prepare(corpus, tmp_path / "out")

    assert prepare(corpus, tmp_path / "out", progress=meddle).fresh


def test_an_interrupted_build_of_changed_music_begins_anew(corpus, tmp_path):
    def interrupt(progress):
        if progress.merging:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare(corpus, tmp_path / "out", progress=interrupt)
    files.write(tune(99), corpus / "a new one.mid")
    said = []
    prepare(corpus, tmp_path / "out", say=said.append)
    assert "begins anew" in said[0]
    assert contents(tmp_path / "out") == contents(prepare(corpus, tmp_path / "other").folder)


def test_the_place_of_the_music_and_of_the_result_leave_no_trace(corpus, tmp_path):
    first = contents(prepare(corpus, tmp_path / "out").folder)
    elsewhere = shutil.move(corpus, tmp_path / "elsewhere" / "folk") if (tmp_path / "elsewhere").mkdir() is None else ""
    assert contents(prepare(elsewhere, tmp_path / "deep" / "er" / "out").folder) == first


def test_too_little_music_is_an_error_that_says_how_much_there_is(corpus, tmp_path):
    with pytest.raises(InputError, match=r"training phrase\(s\) were found, fewer than one batch of 4000"):
        prepare(corpus, tmp_path / "out", batch_size=4000)
    assert (tmp_path / "out" / "report.txt").exists()
    with pytest.raises(InputError):
        Shards.open(tmp_path / "out")
    assert prepare(corpus, tmp_path / "out").fresh


@pytest.mark.slow
def test_workers_give_the_same_bytes_and_files_that_end_them_are_reported(corpus, tmp_path, monkeypatch):
    for number in range(60):  # more than one chunk
        files.write(tune(200 + number, bars=1), corpus / f"{'qwertz'[number % 6] * (3 + number // 6)}.mid")
    alone = contents(prepare(corpus, tmp_path / "alone").folder)
    assert contents(prepare(corpus, tmp_path / "two", processes=2).folder) == alone

    monkeypatch.setattr(workers, "_serve", crashing_reader.serve)
    for name in ("crash", "hang", "defect"):
        files.write(tune(300), corpus / f"{name}.mid")
    out = prepare(corpus, tmp_path / "out", processes=2, seconds=5.0).folder
    reasons = {row["file"]: row["reason"] for row in rows_of(out) if row["status"] == "dropped"}
    assert reasons["folk/crash.mid"] == "crashed the reader: exit code 7"
    assert reasons["folk/hang.mid"].startswith("too slow: no result within 5 s")
    assert "a defect of scorespace, KeyError" in reasons["folk/defect.mid"]
    assert contents(out)["train.npy"] == alone["train.npy"]


def test_the_data_set_says_what_each_corpus_may_be_used_under(corpus, tmp_path):
    built = prepare(corpus, tmp_path / "out", licences={"folk": "CC BY 4.0"})
    assert Shards.open(built.folder).description["corpora"]["folk"]["licence"] == "CC BY 4.0"
    with pytest.raises(UsageError, match="licence was given for 'jazz'; the corpora are folk"):
        prepare(corpus, tmp_path / "other", licences={"jazz": "CC BY 4.0"})
