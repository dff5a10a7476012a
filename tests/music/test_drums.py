"""Drum rows and grids of several parts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorespace.errors import InputError, UsageError
from scorespace.music import drums
from scorespace.music.agreement import copies, onset_f1
from scorespace.music.grid import FIRST_PITCH, HOLD, REST, Grid
from scorespace.music.score import Score, Track, notes

DRUMS = Grid(parts=("drums",))
TRIO = Grid(parts=("melody", "bass", "drums"), bars=1)
STROKES = st.sets(st.tuples(st.integers(0, 31), st.integers(0, 8)), max_size=40)


def kit(rows) -> Score:
    return Score((Track(notes(rows), "kit", is_drum=True),))


def tokens_of(strokes) -> np.ndarray:
    tokens = np.zeros((1, 32), np.uint16)
    for step, struck in strokes:
        tokens[0, step] |= 1 << struck
    return tokens


@given(STROKES)
def test_strokes_there_and_back(strokes):
    tokens = tokens_of(strokes)
    score = DRUMS.to_score(tokens)
    assert score.tracks[0].is_drum
    assert score.note_count == len(strokes)
    assert np.array_equal(DRUMS.to_tokens(score), tokens)
    assert int(DRUMS.onsets(tokens).sum()) == len(strokes)


def test_every_class_has_its_pitches_and_no_pitch_two_classes():
    listed = [pitch for pitches in drums.CLASSES.values() for pitch in pitches]
    assert len(listed) == len(set(listed)) == (drums.CLASS_OF >= 0).sum()
    for number, pitches in enumerate(drums.CLASSES.values()):
        rows = [(k / 4, 0.25, pitch) for k, pitch in enumerate(pitches)]
        fitted = DRUMS.quantise(kit(rows))
        assert set(fitted.tokens[0, : len(rows)].tolist()) == {1 << number}
        assert fitted.unmapped == ()


@given(st.lists(st.tuples(st.integers(0, 31), st.integers(0, 127)), max_size=30))
def test_no_pitch_crashes_and_what_is_left_out_is_counted(rows):
    fitted = DRUMS.quantise(kit([(step / 4, 0.1, pitch) for step, pitch in rows]), 2)
    unknown = [pitch for _, pitch in rows if drums.CLASS_OF[pitch] < 0]
    assert fitted.unmapped == tuple(sorted(set(unknown)))
    assert fitted.out_of_range == len(unknown)
    assert fitted.notes == len(rows) == len(unknown) + fitted.covered + int(DRUMS.onsets(fitted.tokens).sum())


def test_hands_that_are_not_quite_together_are_one_stroke_each():
    fitted = DRUMS.quantise(kit([(0.02, 0.1, 36), (0.98, 0.1, 38), (1.03, 0.1, 42), (1.05, 0.1, 40)]), 1)
    assert fitted.tokens[0, [0, 4]].tolist() == [0b1, 0b110]
    assert (fitted.moved, fitted.covered) == (4, 1)


def three() -> Score:
    return Score(
        (
            Track(notes([(0, 1, 60), (1, 1, 62), (2, 2, 64)]), "melody"),
            Track(notes([(0, 2, 36), (2, 2, 43)]), "bass", program=33),
            Track(notes([(k, 0.1, 36 if k % 2 == 0 else 38) for k in range(4)]), "drums", is_drum=True),
        )
    )


def test_each_part_has_its_own_alphabet():
    assert TRIO.sizes == (130, 130, 512)
    assert (TRIO.vocabulary, TRIO.shape, TRIO.tracks) == (512, (3, 16), 3)
    tokens = TRIO.to_tokens(three())
    assert tokens[:, 0].tolist() == [FIRST_PITCH + 60, FIRST_PITCH + 36, 1]
    back = TRIO.to_score(tokens)
    assert [track.name for track in back.tracks] == ["melody", "bass", "drums"]
    assert [track.is_drum for track in back.tracks] == [False, False, True]
    assert np.array_equal(TRIO.to_tokens(back), tokens)


def test_transposition_moves_pitches_and_leaves_drums():
    tokens = TRIO.to_tokens(three())[None]
    down, up = TRIO.room(tokens)
    assert (down.tolist(), up.tolist()) == ([36], [127 - 64])
    moved = TRIO.transposed(tokens, np.array([-5]))
    assert np.array_equal(moved[:, 2], tokens[:, 2])
    assert {int(pitch) for pitch in TRIO.notes(moved)["pitch"]} == {55, 57, 59, 31, 38, 36}
    assert np.array_equal(TRIO.normal_form(moved), TRIO.normal_form(tokens))


def test_drums_alone_have_room_for_any_shift():
    down, up = DRUMS.room(tokens_of({(0, 0)})[None])
    assert down.min() >= 12
    assert up.min() >= 12


def test_silence_and_what_sounds_in_each_part():
    silence = TRIO.silence()
    assert TRIO.silent(silence)
    assert silence[:, 0].tolist() == [REST, REST, 0]
    held = silence.copy()
    held[0] = HOLD  # a melody note held into the phrase
    assert not TRIO.silent(held)
    assert TRIO.sounding(TRIO.to_tokens(three())).sum(1).tolist() == [16, 16, 4]
    assert np.array_equal(TRIO.canonical(held), silence)


def test_windows_of_all_parts_begin_together():
    two = Grid(parts=TRIO.parts, bars=2)
    whole = two.quantise(three(), 3).tokens
    cut = two.windows(whole, two.steps_per_bar)
    assert cut.shape == (2, 3, 32)
    assert np.array_equal(cut[0], whole[:, :32])
    assert cut[1, :, 0].tolist() == [REST, REST, 0]


def test_figures_of_each_part():
    true = TRIO.to_tokens(three())[None].astype(np.int64)
    written = true.copy()
    written[0, 2] = 0  # no drums at all
    figures = copies(true, written, TRIO)
    assert figures["accuracy_drums"].tolist() == [12 / 16]
    assert figures["onset_f1_drums"].tolist() == [0]
    assert figures["accuracy_melody"].tolist() == figures["onset_f1_bass"].tolist() == [1]
    assert figures["onset_f1"].tolist() == [pytest.approx(2 * 5 / (9 + 5))]


def test_a_drum_hit_counts_by_class():
    true, written = tokens_of({(0, 0), (0, 1), (4, 2)}), tokens_of({(0, 0), (0, 2), (4, 2)})
    assert onset_f1(true[None], written[None], DRUMS).tolist() == [pytest.approx(2 / 3)]


def test_unknown_parts_and_missing_tracks_are_refused():
    with pytest.raises(UsageError, match="parts must be among melody, bass, drums, guitar, strings, got cowbell"):
        Grid(parts=("cowbell",))
    with pytest.raises(InputError, match=r"3 part\(s\) \(melody, bass, drums\) but the score has 1 track"):
        TRIO.quantise(kit([(0, 1, 36)]))
