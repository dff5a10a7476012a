"""Files: what a name or a first byte leads to, and what people get wrong."""

import os

import pytest

from scorespace.errors import InputError, UsageError
from scorespace.music import files
from scorespace.music.score import Score

TUNE = "X:1\nT:One\nM:4/4\nL:1/4\nK:C\nCDEF|\n"
SCORE = Score.melody([(0, 1, 60), (1, 2, 64)])


def test_each_kind_is_read_from_a_path_and_from_bytes(tmp_path):
    for name in ("a.mid", "a.musicxml", "a.xml", "a.MIDI"):
        path = files.write(SCORE, tmp_path / name)
        assert files.read(path).tracks[0].notes.tolist() == SCORE.tracks[0].notes.tolist()
        assert files.read(path.read_bytes()).note_count == 2
    (tmp_path / "a.abc").write_text(TUNE)
    assert files.read(str(tmp_path / "a.abc")).note_count == 4
    assert files.read(TUNE.encode()).title == "One"


def test_what_a_file_is_counts_more_than_its_name(tmp_path):
    data = files.to_midi_bytes(SCORE)
    (tmp_path / "really midi.abc").write_bytes(data)
    assert files.read(tmp_path / "really midi.abc").note_count == 2


@pytest.mark.parametrize(
    "text", [TUNE.encode("utf-16"), b"\xef\xbb\xbf" + TUNE.encode(), TUNE.replace("One", "é").encode("latin-1")]
)
def test_text_in_other_encodings_is_read(text):
    assert files.read(text, "a.abc").note_count == 4


def test_writing_makes_folders_leaves_nothing_beside_and_is_the_same_each_time(tmp_path):
    first = files.write(SCORE, tmp_path / "new" / "a.mid", "because")
    before = first.read_bytes()
    files.write(SCORE, first, "because")
    assert first.read_bytes() == before
    assert [path.name for path in first.parent.iterdir()] == ["a.mid"]
    assert files.provenance(first) == "because"
    assert files.provenance(TUNE.encode()) is None


def test_a_place_that_cannot_be_written_to_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="cannot be written"):
        files.write(SCORE, tmp_path / "file" / "a.mid")
    with pytest.raises(UsageError, match=r"a\.wav cannot be written: end the name in one of \.mid"):
        files.write(SCORE, tmp_path / "a.wav")


def refusal(source, name=None):
    """The message with which a source is refused; the same from read, read_all and read_each."""
    with pytest.raises(InputError) as caught:
        files.read(source, name)
    with pytest.raises(InputError) as all_caught:
        files.read_all(source, name)
    (each,) = files.read_each(source, name)
    assert str(caught.value) == str(all_caught.value) == str(each)
    return str(caught.value)


def test_each_mistake_with_a_file_is_one_sentence_that_begins_with_its_name(tmp_path):
    contents = {
        "empty.mid": b"",
        "song.mp3": b"ID3\x03\0\0",
        "song.mid": b"PNG or so",
        "text.xml": b"hello",
        "cut.mid": files.to_midi_bytes(SCORE)[:40],
        "cut.mxl": b"PK\x03\x04nothing",
        "prose.abc": b"Once upon a time.",
        "zeros": bytes(100),
    }
    wanted = [
        "is empty",
        "is not a MIDI",
        "although its name says so",
        "although its name says so",
        "is a damaged MIDI",
    ]
    wanted += ["is a damaged zip archive", "holds no ABC tune", "begins with bytes 00 00"]
    for (name, data), words in zip(contents.items(), wanted, strict=True):
        (tmp_path / name).write_bytes(data)
        message = refusal(tmp_path / name)
        assert message.startswith(f"{name} ")
        assert words in message
        assert message.endswith(".")
    assert refusal(tmp_path / "none.mid").startswith("none.mid does not exist")
    assert "is a folder" in refusal(tmp_path)
    assert refusal(b"", "thing.abc").startswith("thing.abc is empty")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions do not hold here")
def test_a_file_that_may_not_be_read(tmp_path):
    path = files.write(SCORE, tmp_path / "a.mid")
    path.chmod(0)
    assert "cannot be opened" in refusal(path)


def test_a_file_that_is_too_large_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "LARGEST", 2**20)
    path = tmp_path / "large.mid"
    path.write_bytes(b"MThd" + bytes(2**20))
    assert "larger than 1 MiB" in refusal(path)
    assert "larger than 1 MiB" in refusal(path.read_bytes())


def test_a_broken_tune_among_good_ones_costs_that_tune_alone():
    text = TUNE + "\nX:2\nK:C\nA99999|\n\n" + TUNE.replace("One", "Two")
    found = list(files.read_each(text.encode(), "set.abc"))
    assert [type(one).__name__ for one in found] == ["Score", "InputError", "Score"]
    assert str(found[1]).startswith("set.abc, tune 2 (X:2) cannot be read: the note length 99999")
    assert [score.title for score in files.read_all(text.encode())] == ["One", "Two"]
