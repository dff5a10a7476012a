"""Which files a corpus holds, and scores read by annotated beats."""

import importlib.util

import numpy as np
import pytest
from written_corpus import tune, write_corpus

from scorespace.data import corpora
from scorespace.errors import InputError, MissingExtraError, UsageError
from scorespace.music import files
from scorespace.music.score import Metre, Score, Tempo


def test_files_are_found_below_a_folder_in_the_order_of_their_labels(tmp_path):
    found, sources = corpora.find([write_corpus(tmp_path / "folk", 2)])
    assert [source.label for source in sources] == [
        "folk/Anna .mid",
        "folk/Berta .mid",
        "folk/Waltz of the day.mid",
        "folk/again/Zelda.mid",
        "folk/broken.mid",
        "folk/three.abc",
    ]
    assert [(corpus.name, corpus.others) for corpus in found] == [("folk", {".txt": 1})]


def test_the_order_of_the_places_makes_no_difference(tmp_path):
    places = [write_corpus(tmp_path / name, 1) for name in ("b", "a", "c")]
    assert corpora.find(places) == corpora.find(places[::-1])


def test_a_file_that_two_places_name_is_one_file(tmp_path):
    folder = write_corpus(tmp_path / "folk", 2)
    _, sources = corpora.find([folder, folder / "Anna .mid", str(folder / "*.mid")])
    assert len(sources) == len({source.path for source in sources}) == 6


def test_patterns_and_single_files_belong_to_the_corpus_of_their_folder(tmp_path):
    folder = write_corpus(tmp_path / "folk", 2)
    _, sources = corpora.find([str(folder / "B*.mid"), folder / "three.abc"])
    assert [source.label for source in sources] == ["folk/Berta .mid", "folk/three.abc"]


def test_folders_of_one_name_are_two_corpora(tmp_path):
    found, _ = corpora.find([write_corpus(tmp_path / part / "midi", 1) for part in "ab"])
    assert [corpus.name for corpus in found] == ["midi", "midi-2"]


def test_a_licence_beside_the_music_is_named(tmp_path):
    folder = write_corpus(tmp_path / "folk", 1)
    (folder / "LICENSE.md").write_text("CC0")
    assert corpora.find([folder])[0][0].licence == "see LICENSE.md of folk"


def test_hidden_files_are_left_alone(tmp_path):
    folder = write_corpus(tmp_path / "folk", 1)
    (folder / "._Anna .mid").write_bytes(b"what macOS leaves behind")
    assert len(corpora.find([folder])[1]) == 5


def test_what_cannot_be_found_is_said(tmp_path):
    with pytest.raises(UsageError, match="at least one folder"):
        corpora.find([])
    with pytest.raises(UsageError, match="nowhere does not exist"):
        corpora.find([tmp_path / "nowhere"])
    with pytest.raises(InputError, match=r"files that end in \.mid .* \.mxl are read"):
        corpora.find([tmp_path])
    with pytest.raises(UsageError, match="--source takes music21, got 'imslp'"):
        corpora.find([], "imslp")


def test_a_source_that_is_not_installed_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'scorespace\[corpora\]'"):
        corpora.find([], "music21")


def test_a_source_is_read_from_its_package_with_its_licence(tmp_path, monkeypatch):
    write_corpus(tmp_path / "music21" / "corpus", 1)
    (tmp_path / "music21" / "__init__.py").write_text("raise ImportError('nobody needs to import it')")
    monkeypatch.syspath_prepend(str(tmp_path))
    found, sources = corpora.find([], "music21")
    assert sources[0].label == "music21/Anna .mid"
    assert found[0].licence == corpora.MUSIC21_LICENCE


def beats(count, gap=0.6, first=0.3, downbeats=4, phase=0):
    """Rows of a beat_midi.txt."""
    at = np.arange(count)
    return np.column_stack([first + gap * at, at % 2 == 0, (at - phase) % downbeats == 0])


def played(positions, seconds_at):
    """Notes at these beats, as a file at 120 to the minute has them whatever the beat is."""
    rows = [(2 * seconds_at(p), 2 * (seconds_at(p + 1) - seconds_at(p)), 60 + k) for k, p in enumerate(positions)]
    return Score.melody(rows)


def test_notes_are_placed_by_the_beats_and_downbeats_fall_on_bar_lines():
    score = played([1, 2.5, 5], lambda beat: 0.3 + 0.6 * beat)
    found = corpora.by_beats(score, beats(20, phase=1))
    np.testing.assert_allclose(found.tracks[0].notes["start"], [4, 5.5, 8])
    np.testing.assert_allclose(found.tracks[0].notes["duration"], 1)
    assert found.metres == (Metre(0, 4, 4),)
    assert found.tempos == (Tempo(0, 100),)


def test_a_beat_that_slows_down_moves_no_note():
    at = np.cumsum(np.linspace(0.4, 0.9, 24))
    rows = np.column_stack([at, np.zeros(24), np.arange(24) % 4 == 0])
    score = played([0, 4, 9.5, 16], lambda beat: float(np.interp(beat, np.arange(24), at)))
    np.testing.assert_allclose(corpora.by_beats(score, rows).tracks[0].notes["start"], [0, 4, 9.5, 16], atol=1e-9)


def test_notes_before_the_first_and_after_the_last_beat_go_on_at_the_pace_beside():
    score = played([-0.4, 30], lambda beat: 0.3 + 0.6 * beat)
    np.testing.assert_allclose(corpora.by_beats(score, beats(20)).tracks[0].notes["start"], [3.6, 34])


@pytest.mark.parametrize(
    ("gaps", "metres"),
    [
        ([4, 4, 2, 4, 4], [(0, 4), (8, 2), (10, 4)]),
        ([4, 6, 4, 4, 4], [(0, 4), (8, 2), (10, 4)]),
        ([4, 8, 4], [(0, 4)]),
        ([6, 6, 6], [(0, 6), (18, 4)]),
        ([3, 4, 4, 4], [(0, 3), (3, 4)]),
    ],
)
def test_bars_between_downbeats(gaps, metres):
    downbeats = np.concatenate([[0], np.cumsum(gaps)])
    rows = np.zeros((int(downbeats[-1]) + 4, 3))
    rows[:, 0] = 0.5 * np.arange(len(rows))
    rows[downbeats, 2] = 1
    found = corpora.by_beats(tune(1, bars=2), rows)
    assert [(metre.start, metre.numerator) for metre in found.metres] == metres


@pytest.mark.parametrize("text", ["", "no numbers here\n" * 9, "1 2\n" * 9, "0 1 1\n" * 9, "nan 1 1\n" * 9])
def test_damaged_beats_are_not_used(tmp_path, text):
    path = tmp_path / "beat_midi.txt"
    path.write_text(text)
    assert corpora.read_beats(path) is None


def test_beats_beside_a_midi_file_are_found(tmp_path):
    score = played(range(8), lambda beat: 0.3 + 0.6 * beat)
    files.write(score, tmp_path / "001.mid")
    np.savetxt(tmp_path / "beat_midi.txt", beats(12))
    found = next(corpora.scores(str(tmp_path / "001.mid")))
    assert isinstance(found, Score)
    np.testing.assert_allclose(found.tracks[0].notes["start"], np.arange(8), atol=0.01)
