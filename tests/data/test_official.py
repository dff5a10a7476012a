"""Splits that a corpus comes with."""

import json

import pytest
from written_corpus import NAMES, ONE_BAR, tune

from scorespace.data import corpora
from scorespace.data.build import build
from scorespace.data.official import split_table
from scorespace.data.shards import Shards
from scorespace.data.songs import SPLITS, split_of
from scorespace.errors import UsageError
from scorespace.music import files
from scorespace.music.extraction import DataSettings

SETTINGS = DataSettings(held_out=(0.3, 0.3))


def divided(folder, splits):
    """A corpus of tunes below `folder`, one a name, with a table of their splits."""
    lines = ["drummer,midi_filename,split"]
    for number, split in enumerate(splits):
        name = f"one/{NAMES[number % 12]}{number}.mid"
        files.write(tune(number), folder / name)
        lines.append(f"drummer1,{name},{split}")
    (folder / "info.csv").write_text("\n".join(lines) + "\n")
    return folder


def splits_of(out):
    rows = [json.loads(line) for line in (out / "report.jsonl").read_text("utf-8").splitlines()]
    return {row["file"]: {name for name, count in row["phrases"].items() if count} for row in rows}


def test_a_validation_split_alone_is_test_and_valid_is_taken_out_of_train(tmp_path):
    corpus = divided(tmp_path / "groove", ["train"] * 16 + ["validation"] * 4)
    build([corpus], ONE_BAR, SETTINGS, tmp_path / "out", processes=0)
    for number, (label, found) in enumerate(sorted(splits_of(tmp_path / "out").items())):
        official = "test" if int("".join(filter(str.isdigit, label))) >= 16 else None
        assert found == {official or split_of(label, SETTINGS.held_out, ("train", "valid"))}, number
    shards = Shards.open(tmp_path / "out")
    assert all(len(shards.tokens(split)) for split in SPLITS)
    assert "info.csv" in shards.description["split_rule"]


def test_all_three_splits_are_kept_as_they_are(tmp_path):
    corpus = divided(tmp_path / "groove", ["train", "validation", "test", "train"])
    among = [source.among for source in corpora.find([corpus])[1]]
    assert among == [("train",), ("valid",), ("test",), ("train",)]


def test_the_table_speaks_in_the_folders_above_it_too(tmp_path):
    divided(tmp_path / "music" / "groove", ["train", "test"])
    files.write(tune(9), tmp_path / "music" / "alone.mid")
    found = {source.label: source.among for source in corpora.find([tmp_path / "music"])[1]}
    assert found == {
        "music/alone.mid": SPLITS,
        "music/groove/one/Anna0.mid": ("train",),
        "music/groove/one/Berta1.mid": ("test",),
    }


@pytest.mark.parametrize(
    "text", ["", "name,split\na.mid,train\n", "midi_filename,split\na.mid,\nb.mid,dev\nc.mid\n", "\0"]
)
def test_a_table_that_says_nothing_of_splits_changes_nothing(tmp_path, text):
    (tmp_path / "info.csv").write_text(text)
    assert split_table(tmp_path) == {}
    files.write(tune(1), tmp_path / "a.mid")
    assert corpora.find([tmp_path])[1][0].among == SPLITS


def test_another_table_is_another_data_set(tmp_path):
    corpus = divided(tmp_path / "groove", ["train"] * 11 + ["validation"])
    assert build([corpus], ONE_BAR, SETTINGS, tmp_path / "out", processes=0).fresh
    assert not build([corpus], ONE_BAR, SETTINGS, tmp_path / "out", processes=0).fresh
    (corpus / "info.csv").unlink()
    with pytest.raises(UsageError, match="another music"):
        build([corpus], ONE_BAR, SETTINGS, tmp_path / "out", processes=0)
