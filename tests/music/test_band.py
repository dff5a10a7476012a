"""Bars of several instruments as lists of events, and back."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scorespace.errors import InputError, UsageError
from scorespace.music import instruments
from scorespace.music.agreement import onset_f1
from scorespace.music.attributes import attributes_of, measure
from scorespace.music.band import TOO_FEW, TOO_LONG, TOO_MANY, TOO_SHORT, BandGrid
from scorespace.music.band_events import (
    END,
    FIRST_PROGRAM,
    NOTE_OFF,
    NOTE_ON,
    SHIFT,
    VELOCITY,
    VOCABULARY,
)
from scorespace.music.grids import grid_class
from scorespace.music.instruments import DRUM_KIT
from scorespace.music.score import Score, Track, notes

GRID = BandGrid()
TICK = 1 / 24
DRUMS = FIRST_PROGRAM + DRUM_KIT
NOTE = st.tuples(st.integers(0, 90), st.integers(1, 96), st.integers(30, 60), st.integers(1, 127))
TRACK = st.tuples(st.sampled_from([0, 0, 24, 33, 127, DRUM_KIT]), st.lists(NOTE, min_size=1, max_size=9))
BAND = st.lists(TRACK, min_size=1, max_size=8)
TOKENS = st.lists(
    st.lists(
        st.one_of(
            st.sampled_from([END, NOTE_ON + 60, NOTE_OFF + 60, NOTE_ON + 62, SHIFT + 6, SHIFT + 96, VELOCITY, DRUMS]),
            st.integers(0, VOCABULARY - 1),
        ),
        max_size=64,
    ),
    min_size=1,
    max_size=8,
)


def track(program, rows):
    """rows: (step, steps, pitch, velocity), in 24ths of a quarter note."""
    played = notes((on * TICK, length * TICK, pitch, velocity) for on, length, pitch, velocity in rows)
    return Track(played, program=0 if program == DRUM_KIT else program, is_drum=program == DRUM_KIT)


def tokens_of(rows):
    """(8, 64) of the first tokens of some rows."""
    found = np.zeros(GRID.shape, np.uint16)
    for place, row in enumerate(rows):
        found[place, : len(row)] = row
    return found


def heard(score):
    """What a band must keep of a bar: (program, step, pitch, velocity bin, step of the end); drums have no end."""
    found = {}
    for one in score.tracks:
        program = DRUM_KIT if one.is_drum else one.program
        for start, length, pitch, velocity in one.notes.tolist():
            on, off = round(start / TICK), round((start + length) / TICK)
            end = None if one.is_drum else min(off, 96)
            found.setdefault(program, []).append((on, pitch, (velocity - 1) // 16, end))
    return {program: sorted(rows, key=str) for program, rows in found.items()}


def without_clashes(band):
    """No pitch of a track begins while it sounds, all drums are one track."""
    clean, strokes = [], {}
    for program, rows in band:
        kept = []
        for on, length, pitch, velocity in sorted(rows):
            if program == DRUM_KIT:
                strokes.setdefault((on, pitch), (on, 6, pitch, velocity))
            elif all(not (at < on + length and on < at + size) for at, size, other, _ in kept if other == pitch):
                kept.append((on, length, pitch, velocity))
        if kept:
            clean.append((program, kept))
    return clean + ([(DRUM_KIT, list(strokes.values()))] if strokes else [])


@settings(max_examples=30)
@given(BAND)
def test_a_score_comes_back(band):
    score = Score(tuple(track(program, rows) for program, rows in without_clashes(band)))
    fitted = GRID.quantise(score, 1)
    assume(not any(fitted.refused))  # more events than a row holds
    assert fitted.covered == fitted.moved == fitted.out_of_range == 0
    assert heard(GRID.to_score(fitted.tokens)) == heard(score)


@settings(max_examples=30)
@given(BAND)
def test_a_bar_has_one_spelling_whatever_the_order_of_its_tracks(band):
    band = without_clashes(band)
    score = Score(tuple(track(program, rows) for program, rows in band))
    other = Score(tuple(track(program, rows[::-1]) for program, rows in band[::-1]))
    tokens = GRID.to_tokens(score)
    assert np.array_equal(tokens, GRID.to_tokens(other))
    assert np.array_equal(tokens, GRID.canonical(tokens))
    assert np.array_equal(tokens, GRID.to_tokens(GRID.to_score(tokens)))
    programs = tokens[:, 0][tokens[:, 0] != END]
    assert (np.diff(programs.astype(int)) >= 0).all()


@settings(max_examples=40)
@given(TOKENS)
def test_any_tokens_mean_something(rows):
    tokens = tokens_of(rows)[None]
    found = GRID.notes(tokens)
    assert (found["duration"] > 0).all()
    assert (found["start"] + found["duration"] <= 4 + 1e-9).all()
    assert found["velocity"].min(initial=1) >= 1
    plain = GRID.canonical(tokens)
    again = GRID.notes(plain)
    assert np.array_equal(GRID.canonical(plain), plain)
    assert len(again) == len(found)
    assert np.array_equal(np.sort(again[["track", "step", "pitch"]]), np.sort(found[["track", "step", "pitch"]]))
    assert GRID.to_score(tokens[0]).note_count == len(found)
    assert onset_f1(tokens, plain, GRID) == 1.0


def test_the_events_of_a_bar_are_those_of_the_description():
    score = Score(
        (track(DRUM_KIT, [(0, 3, 36, 100)]), track(33, [(0, 24, 40, 90), (24, 72, 43, 91), (24, 6, 40, 120)]))
    )
    bass, drums = GRID.to_tokens(score)[:2]
    assert bass[:11].tolist() == [
        FIRST_PROGRAM + 33,
        VELOCITY + 5,
        NOTE_ON + 40,
        SHIFT + 24,
        NOTE_OFF + 40,
        VELOCITY + 7,
        NOTE_ON + 40,
        VELOCITY + 5,
        NOTE_ON + 43,
        SHIFT + 6,
        NOTE_OFF + 40,
    ]
    assert not bass[11:].any()  # the end of the bar ends the last note
    assert drums[:4].tolist() == [DRUMS, VELOCITY + 6, NOTE_ON + 36, END]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([[0]], []),
        ([[FIRST_PROGRAM, NOTE_OFF + 60]], []),
        ([[FIRST_PROGRAM, NOTE_ON + 60]], [(0, 60, 4.0)]),
        ([[NOTE_ON + 60, END, NOTE_ON + 62]], [(0, 60, 4.0)]),
        ([[FIRST_PROGRAM, SHIFT + 96, NOTE_ON + 60]], []),
        ([[FIRST_PROGRAM, NOTE_ON + 60, SHIFT + 90, SHIFT + 90, NOTE_ON + 62]], [(0, 60, 4.0)]),
        ([[FIRST_PROGRAM, NOTE_ON + 60, SHIFT + 24, NOTE_ON + 60]], [(0, 60, 1.0), (1, 60, 3.0)]),
        ([[DRUMS, NOTE_ON + 36, NOTE_OFF + 36, SHIFT + 24, NOTE_OFF + 36]], [(0, 36, 0.25)]),
    ],
)
def test_what_is_out_of_order_is_read_sensibly(rows, expected):
    found = GRID.notes(tokens_of(rows)[None])
    assert [(note["start"], note["pitch"], note["duration"]) for note in found] == expected


def scale(count, program=0):
    return track(program, [(k * 96 // count, 1, 40 + k, 80) for k in range(count)])


@pytest.mark.parametrize(
    ("tracks", "reason"),
    [
        ([scale(4), scale(4, 33)], ""),
        ([scale(8)], TOO_FEW),
        ([scale(2, program) for program in range(9)], TOO_MANY),
        ([scale(30), scale(4, 33)], TOO_LONG),
        ([scale(1), track(33, [(0, 96, 40, 80)])], TOO_SHORT),
        ([], ""),
    ],
)
def test_bars_beyond_the_papers_limits_are_refused_with_a_reason(tracks, reason):
    assert GRID.quantise(Score(tuple(tracks)), 1).refused == (reason,)


def test_the_largest_instruments_and_their_first_notes_stay():
    score = Score((scale(30), *(scale(2 + program, program) for program in range(1, 10))))
    fitted = GRID.quantise(score, 1)
    programs = fitted.tokens[:, 0] - FIRST_PROGRAM
    assert programs.tolist() == [0, 3, 4, 5, 6, 7, 8, 9]
    assert fitted.tokens[0, 63] == END
    kept = GRID.notes(fitted.tokens[None])
    assert len(kept) + fitted.covered == score.note_count == fitted.notes
    first = kept[kept["track"] == 0]
    assert len(first) == 15  # four events each
    assert first["pitch"].tolist() == list(range(40, 40 + len(first)))


def test_bars_are_windows_and_instruments_go_on_in_their_tracks():
    two = Score(
        (
            track(0, [(0, 24, 60, 80), (96, 24, 62, 80)]),
            track(0, [(0, 24, 50, 80)]),
            track(40, [(100, 200, 70, 80)]),
        )
    )
    fitted = GRID.quantise(two)
    assert fitted.tokens.shape == (8, 4 * 64)
    cut = GRID.windows(fitted.tokens, 64)
    assert len(cut) == 4
    assert np.array_equal(cut[1], GRID.to_tokens(GRID.to_score(cut[1])))
    assert np.array_equal(GRID.windows(fitted.tokens, 128), cut[::2])
    score = GRID.to_score(fitted.tokens)
    assert [one.name for one in score.tracks] == ["acoustic grand piano", "acoustic grand piano 2", "violin"]
    assert [len(one.notes) for one in score.tracks] == [2, 1, 1]
    assert score.tracks[2].end == 8  # cut off by the bar line


@settings(max_examples=30)
@given(st.lists(BAND, min_size=1, max_size=3), st.integers(-20, 20))
def test_transposition_moves_pitches_and_not_drums(bands, shift):
    phrases = np.stack([GRID.to_tokens(Score(tuple(track(program, rows) for program, rows in band))) for band in bands])
    down, up = GRID.room(phrases)
    shifts = np.clip(shift, -down, up)
    moved = GRID.transposed(phrases, shifts)
    assert np.array_equal(GRID.canonical(moved), moved)
    before, after = GRID.notes(phrases), GRID.notes(moved)
    by = np.where(before["track"] == DRUM_KIT, 0, shifts[before["phrase"]])
    assert np.array_equal(after["pitch"], before["pitch"] + by)
    assert np.array_equal(GRID.normal_form(phrases), GRID.normal_form(moved))
    assert (GRID.notes(GRID.transposed(phrases, -down))["pitch"] >= 0).all()
    assert np.array_equal(GRID.transposed(moved, -shifts), phrases)


def test_agreement_counts_events_and_instruments():
    one = GRID.to_tokens(Score((scale(4), scale(4, 33))))[None]
    other = GRID.to_tokens(Score((scale(4), scale(4, 34))))[None]
    empty = GRID.silence()[None]
    assert GRID.token_agreement(one, one) == GRID.token_agreement(empty, empty) == 1.0
    assert GRID.token_agreement(one, empty) == 0.0
    count = int((one != END).sum())
    assert GRID.token_agreement(one, other) == pytest.approx(1 - 1 / count)
    assert onset_f1(one, other, GRID) == pytest.approx(0.5)
    said = GRID.extra_agreement(one, other)
    assert (said["same_instruments"], said["instrument_f1"]) == (0.0, 0.5)
    assert GRID.programs(one).sum() == 2


def test_late_steps_do_not_run_into_the_next_program():
    """Steps go to 95 while a row has 64 places."""
    one = GRID.to_tokens(Score((track(0, [(70, 2, 60, 80)]),)))[None]
    other = GRID.to_tokens(Score((track(1, [(6, 2, 60, 80)]),)))[None]
    assert onset_f1(one, other, GRID) == 0.0


def test_grids_that_cannot_be_are_refused():
    assert grid_class("band") is BandGrid
    assert BandGrid(metre=(3, 4)).moments == 72
    for wrong in ({"bars": 2}, {"metre": (5, 4)}, {"parts": ("melody",)}):
        with pytest.raises(UsageError):
            BandGrid(**wrong)
    with pytest.raises(InputError, match="multiple of 64"):
        GRID.to_score(np.zeros((8, 63), int))


def test_every_program_has_a_name():
    assert len(set(instruments.NAMES)) == 128
    assert instruments.name_of(33) == "electric bass (finger)"
    assert instruments.name_of(DRUM_KIT) == "drums"


def test_attributes_leave_the_drums_out_and_count_the_instruments():
    band = Score((scale(4), scale(8, 33), track(DRUM_KIT, [(k * 24, 6, 36, 100) for k in range(4)])))
    tokens = np.stack([GRID.to_tokens(band), GRID.silence()])
    names = list(attributes_of(GRID))
    figures = dict(zip(names, measure(tokens, GRID).T, strict=True))
    assert figures["instruments"].tolist() == [3.0, 0.0]
    assert figures["density"].tolist() == [16.0, 0.0]
    assert figures["pitch_range"].tolist() == [7.0, 0.0]  # from 40 to 47; the kick is 36
    assert "rests" not in names
    assert all(np.isfinite(values).all() for values in figures.values())
