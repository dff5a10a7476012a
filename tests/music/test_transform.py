"""Cutting, joining, transposing, and the stretches in a metre."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorespace.errors import UsageError
from scorespace.music import transform
from scorespace.music.score import Chord, Key, Metre, Score, Tempo, Track, notes

SCALE = [(k, 1, 60 + k) for k in range(8)]
COMMON = (Metre(0, 4, 4),)


def score(rows=SCALE, metres=COMMON, **maps):
    return Score((Track(notes(rows)),), metres=tuple(metres), **maps)


def rows(result, track=0):
    return [tuple(row) for row in result.tracks[track].notes[["start", "duration", "pitch"]].tolist()]


def test_a_cut_holds_what_begins_inside_ended_at_its_end():
    assert rows(transform.cut(score([(0, 3, 60), (2, 4, 62), (4, 1, 64)]), 1, 4)) == [(1, 2, 62)]


def test_a_cut_keeps_what_is_in_force_at_its_beginning():
    whole = score(
        tempos=(Tempo(0, 100), Tempo(2, 140), Tempo(6, 90)),
        metres=(Metre(0, 2, 4), Metre(4, 3, 4)),
        keys=(Key(0, 1),),
        chords=(Chord(0, "G"), Chord(5, "D7")),
    )
    found = transform.cut(whole, 3, 7)
    assert found.tempos == (Tempo(0, 140), Tempo(3, 90))
    assert found.metres == (Metre(0, 2, 4), Metre(1, 3, 4))
    assert found.keys == (Key(0, 1),)
    assert found.chords == (Chord(2, "D7"),)


@given(st.integers(1, 7))
def test_joining_what_was_cut_gives_the_whole_back(at):
    whole = score()
    halves = [transform.cut(whole, 0, at), transform.cut(whole, at, 8)]
    joined = transform.join(halves, [at, 8 - at])
    assert joined.tracks == whole.tracks
    assert (joined.tempos, joined.metres) == (whole.tempos, whole.metres)


def test_joined_scores_begin_at_bars_of_their_own_metre():
    joined = transform.join([score([(0, 1, 60)], [Metre(0, 3, 4)]), score([(0, 5, 62)]), score([(0, 1, 64)])])
    assert rows(joined) == [(0, 1, 60), (3, 5, 62), (11, 1, 64)]
    assert joined.metres == (Metre(0, 3, 4), Metre(3, 4, 4))


def test_joining_needs_scores_with_equally_many_tracks():
    with pytest.raises(UsageError, match="same number of tracks"):
        transform.join([])
    with pytest.raises(UsageError, match="same number of tracks"):
        transform.join([score(), Score()])


def test_bars_are_counted_from_one_through_metre_changes():
    whole = score(metres=[Metre(0, 3, 4), Metre(3, 4, 4)])
    assert rows(transform.bars(whole, 1, 1)) == [(0, 1, 60), (1, 1, 61), (2, 1, 62)]
    assert rows(transform.bars(whole, 2, 3))[0] == (0, 1, 63)
    assert transform.bars(whole, 2, 3).metres == (Metre(0, 4, 4),)
    with pytest.raises(UsageError, match="Bars 3-4 are not in this score: it has bars 1-3"):
        transform.bars(whole, 3, 4)


@given(st.integers(-60, 60))
def test_transposition_can_be_taken_back_and_leaves_drums(semitones):
    drums = Track(notes([(0, 1, 36)]), is_drum=True)
    whole = score().with_tracks([score().tracks[0], drums])
    moved = transform.transpose(whole, semitones)
    assert moved.tracks[1] == drums
    assert transform.transpose(moved, -semitones).tracks == whole.tracks
    assert np.array_equal(moved.tracks[0].notes["pitch"], whole.tracks[0].notes["pitch"] + semitones)


def test_transposition_out_of_range_is_refused():
    with pytest.raises(UsageError, match="61 semitones"):
        transform.transpose(score(), 61)


@pytest.mark.parametrize(
    ("metres", "expected"),
    [
        ([Metre(0, 4, 4)], [(0, 8)]),
        ([Metre(0, 2, 2)], [(0, 8)]),
        ([Metre(0, 3, 4)], []),
        ([Metre(0, 8, 8)], []),
        ([Metre(0, 4, 4), Metre(4, 2, 2)], [(0, 8)]),
        ([Metre(0, 4, 4), Metre(4, 3, 4)], [(0, 4)]),
        ([Metre(0, 3, 4), Metre(3, 4, 4)], [(3, 11)]),
        ([Metre(0, 4, 4), Metre(6, 4, 4)], [(0, 4), (6, 10)]),
        ([Metre(0, 1, 4)], [(0, 8)]),
    ],
)
def test_regions_are_whole_bars_in_an_allowed_metre(metres, expected):
    assert transform.regions(score(metres=metres), 4.0, {"4/4", "2/2"}) == expected


def test_an_allowed_metre_with_bars_of_another_length_is_no_region():
    assert transform.regions(score(metres=[Metre(0, 4, 4)]), 3.0, {"4/4"}) == []


def test_the_last_bar_counts_as_whole():
    assert transform.regions(score([(0, 5, 60)]), 4.0, {"4/4"}) == [(0, 8)]


def test_an_empty_score_has_no_region():
    assert transform.regions(Score(), 4.0, {"4/4"}) == []


@pytest.mark.parametrize("metre", [(4, 4), (3, 8), (255, 1)])
def test_a_score_without_notes_has_one_bar(metre):
    assert Score.melody([], metre=metre).bar_starts().tolist() == [0.0]


def test_bars_are_inserted_in_the_metre_of_the_bar_before():
    given_score = score(
        metres=(Metre(0, 4, 4), Metre(4, 3, 4)),
        tempos=(Tempo(0, 100), Tempo(4, 90)),
        keys=(Key(0, 1), Key(4, 2)),
        chords=(Chord(0, "G"), Chord(4, "D")),
    )
    longer = transform.insert_bars(given_score, 1, 2)
    assert [row[0] for row in rows(longer)] == [0, 1, 2, 3, 12, 13, 14, 15]
    assert longer.metres == (Metre(0, 4, 4), Metre(12, 3, 4))
    assert longer.tempos == (Tempo(0, 100), Tempo(12, 90))
    assert [key.start for key in longer.keys] == [0, 12]
    assert [chord.start for chord in longer.chords] == [0, 12]
    assert [row[0] for row in rows(transform.insert_bars(given_score, 0, 1))] == [4 + k for k in range(8)]
    assert transform.insert_bars(given_score, 0, 1).metres[0] == Metre(0, 4, 4)
    assert rows(transform.insert_bars(given_score, 3, 5)) == rows(given_score)


def test_a_note_across_an_insertion_keeps_its_length():
    held = score([(0, 1, 60), (3, 3, 62), (6, 2, 64)])
    assert rows(transform.insert_bars(held, 1, 1))[1][:2] == (3, 3)


def test_bars_cannot_be_inserted_where_there_are_none():
    for after, count in ((3, 1), (-1, 1), (1, 0)):
        with pytest.raises(UsageError, match="Bars go in after one of the bars 0-2"):
            transform.insert_bars(score(), after, count)
