"""The piano roll: what a score becomes, and back."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorespace.errors import UsageError
from scorespace.music.grids import grid_class
from scorespace.music.roll import RollGrid, pack, unpack
from scorespace.music.score import Score, Track, notes

GRID = RollGrid()
COARSE = RollGrid(bars=1, metre=(3, 4), beat_positions=(Fraction(0), Fraction(1, 3), Fraction(2, 3)), lowest=10)
ROWS = st.lists(
    st.tuples(st.integers(0, 31), st.integers(1, 12), st.one_of(st.integers(0, 127), st.integers(58, 63))), max_size=20
)
FEW = settings(max_examples=40)


def score(rows) -> Score:
    return Score((Track(notes([(step / 4, length / 4, pitch) for step, length, pitch in rows]), "piano"),))


def rows_of(found) -> list[tuple[float, float, int]]:
    return [(float(n["start"]), float(n["duration"]), int(n["pitch"])) for n in found]


def wanted(rows) -> list[tuple[float, float, int]]:
    """The notes that a roll keeps, one by one: of equals the longest; the next of its pitch ends a note."""
    longest: dict[tuple[int, int], int] = {}
    for step, length, pitch in rows:
        longest[step, pitch] = max(length, longest.get((step, pitch), 0))
    kept = []
    for (step, pitch), length in longest.items():
        later = [other for other, same in longest if same == pitch and other > step]
        kept.append((step / 4, (min([step + length, 32, *later]) - step) / 4, pitch))
    return sorted(kept, key=lambda note: (note[0], note[2]))


@FEW
@given(ROWS)
def test_a_score_comes_back_note_by_note(rows):
    fitted = GRID.quantise(score(rows), 2)
    assert fitted.tokens.shape == GRID.shape == (16, 32)
    assert fitted.tokens.dtype == np.uint16
    assert rows_of(GRID.notes(fitted.tokens[None])) == wanted(rows)
    assert fitted.covered == len(rows) - len(wanted(rows))
    assert int(GRID.onsets(fitted.tokens).sum()) == len(wanted(rows))
    again = GRID.to_score(fitted.tokens)
    assert np.array_equal(GRID.to_tokens(again), fitted.tokens)
    assert again.tracks[0].name == "piano"
    assert np.array_equal(GRID.canonical(fitted.tokens), fitted.tokens)


def test_a_repeated_note_is_two_notes_and_a_long_one_is_one():
    twice, once = score([(0, 2, 60), (2, 2, 60)]), score([(0, 4, 60)])
    assert rows_of(GRID.notes(GRID.to_tokens(twice)[None])) == [(0.0, 0.5, 60), (0.5, 0.5, 60)]
    assert rows_of(GRID.notes(GRID.to_tokens(once)[None])) == [(0.0, 1.0, 60)]


def test_the_same_pitch_struck_again_ends_the_note_before_and_other_pitches_do_not():
    fitted = GRID.quantise(score([(0, 16, 60), (4, 4, 60), (0, 16, 64)]), 2)
    assert rows_of(GRID.notes(fitted.tokens[None])) == [(0.0, 1.0, 60), (0.0, 4.0, 64), (1.0, 1.0, 60)]
    assert fitted.covered == 0


def test_bits_stand_where_the_module_says():
    tokens = GRID.to_tokens(score([(3, 2, 37)]))
    assert tokens[37 // 16, 3] == 1 << (37 % 16)
    assert list(np.flatnonzero(tokens[8 + 37 // 16])) == [3, 4]
    assert np.count_nonzero(tokens) == 3


@FEW
@given(ROWS)
def test_packing_is_one_to_one(rows):
    tokens = GRID.to_tokens(score(rows))
    onset, sounding = unpack(tokens)
    assert onset.shape == sounding.shape == (128, 32)
    assert not (onset & ~sounding).any()
    assert np.array_equal(pack(onset, sounding), tokens)


@FEW
@given(st.lists(ROWS, min_size=1, max_size=4), st.integers(0, 2**32))
def test_transposition_moves_every_note_within_the_room_there_is(many, seed):
    tokens = np.stack([GRID.to_tokens(score(rows)) for rows in many])
    down, up = GRID.room(tokens)
    pitches = [[pitch for _, _, pitch in rows] for rows in many]
    assert list(down) == [min(each, default=127) for each in pitches]
    assert list(up) == [127 - max(each, default=0) for each in pitches]
    shifts = np.random.default_rng(seed).integers(-down, up + 1)
    shifts[~tokens.any((1, 2))] = 0
    moved = GRID.transposed(tokens, shifts)
    assert moved.dtype == tokens.dtype
    for rows, phrase, shift in zip(many, moved, shifts, strict=True):
        assert rows_of(GRID.notes(phrase[None])) == [
            (start, length, pitch + shift) for start, length, pitch in wanted(rows)
        ]
    assert np.array_equal(GRID.transposed(moved, -shifts), tokens)
    assert np.array_equal(GRID.normal_form(moved), GRID.normal_form(tokens))
    assert moved.astype(np.int64).tolist() == GRID.transposed(tokens.astype(np.int64), shifts).tolist()


def test_many_phrases_are_moved_at_once():
    """20,000 phrases take a tenth of a second; unpacked bit by bit they would be 160 MB."""
    rng = np.random.default_rng(0)
    tokens = rng.integers(0, 1 << 16, (5_000, 16, 32)).astype(np.uint16)
    tokens[:, [0, 7, 8, 15]] = 0
    moved = GRID.transposed(tokens, rng.integers(-5, 7, len(tokens)))
    assert np.array_equal(GRID.onsets(moved).sum((1, 2)), GRID.onsets(tokens).sum((1, 2)))


def test_a_note_held_into_a_window_sounds_there_and_is_silent_when_it_is_played_alone():
    long = GRID.quantise(score([(14, 8, 50), (20, 4, 72)]), 4).tokens
    cut = GRID.windows(long, 16)
    assert cut.shape == (3, 16, 32)
    second = cut[1]  # begins two steps after the note on 50
    assert list(np.flatnonzero(GRID.sounding(second)[0])) == [0, 1, 2, 3, 4, 5, 6, 7]
    assert rows_of(GRID.notes(second[None])) == [(1.0, 1.0, 72)]
    alone = GRID.canonical(second)
    assert np.array_equal(alone, GRID.to_tokens(score([(4, 4, 72)])))
    assert GRID.silent(cut[2]) == (not cut[2].any())
    joined = np.concatenate([GRID.windows(long, 32)[0], GRID.windows(long, 32)[1]], axis=1)
    assert np.array_equal(joined, long), "phrases laid side by side are the whole again"


@FEW
@given(st.integers(0, 2**32))
def test_canonical_is_what_sounds(seed):
    rng = np.random.default_rng(seed)
    onset, sounding = rng.random((2, 3, 128, 32)) < 0.05
    tokens = pack(onset, sounding)
    plain = GRID.canonical(tokens)
    assert np.array_equal(GRID.canonical(plain), plain)
    for phrase in plain:
        assert np.array_equal(GRID.to_tokens(GRID.to_score(phrase)), phrase)


def test_silence():
    assert GRID.silent(GRID.silence())
    assert not len(GRID.notes(GRID.silence()[None]))
    assert np.array_equal(GRID.to_tokens(GRID.to_score(GRID.silence())), GRID.silence())


def test_accuracy_is_the_f1_of_notes_with_pitch_begin_and_end():
    true = GRID.to_tokens(score([(0, 4, 60), (4, 4, 64), (8, 4, 67)]))
    others = {
        1.0: [(0, 4, 60), (4, 4, 64), (8, 4, 67)],
        2 / 3: [(0, 4, 60), (4, 4, 64), (8, 5, 67)],
        0.8: [(0, 4, 60), (4, 4, 64)],
        0.0: [(0, 4, 61), (5, 4, 64), (8, 2, 67)],
    }
    written = np.stack([GRID.to_tokens(score(rows)) for rows in others.values()])
    found = GRID.token_agreement(np.stack([true] * len(others)), written)
    assert found == pytest.approx(list(others))
    nothing = GRID.silence()[None]
    assert list(GRID.token_agreement(nothing, nothing)) == [1.0]
    assert list(GRID.token_agreement(true[None], nothing)) == [0.0]


def test_a_note_held_into_the_phrase_counts_as_one_of_its_own():
    long = GRID.quantise(score([(30, 6, 50), (40, 4, 60)]), 4).tokens
    held = GRID.windows(long, 32)[1:]
    assert GRID.token_agreement(held, held) == pytest.approx([1.0])
    assert GRID.token_agreement(held, GRID.canonical(held)) == pytest.approx([2 / 3])


@FEW
@given(ROWS, ROWS)
def test_accuracy_is_symmetric_and_1_only_for_equal_rolls(first, second):
    one, other = (GRID.to_tokens(score(rows))[None] for rows in (first, second))
    there, back = GRID.token_agreement(one, other), GRID.token_agreement(other, one)
    assert there == back
    assert (there[0] == 1.0) == np.array_equal(one, other)


def test_other_metres_resolutions_and_ranges():
    assert COARSE.shape == (16, 9)
    given = Score((Track(notes([(0, 1, 5), (0, 1, 60), (1 / 3, 1, 64), (2.7, 0.3, 67)]), "piano"),))
    fitted = COARSE.quantise(given, 1)
    assert (fitted.out_of_range, fitted.moved) == (1, 1)
    found = COARSE.notes(fitted.tokens[None])
    assert list(found["pitch"]) == [60, 64, 67]
    assert list(found["start"]) == pytest.approx([0, 1 / 3, 8 / 3])
    assert list(found["duration"]) == pytest.approx([1, 1, 1 / 3])
    down, up = COARSE.room(fitted.tokens[None])
    assert (down[0], up[0]) == (50, 60)


def test_a_roll_has_one_part_and_is_known_by_its_kind():
    assert grid_class("roll") is RollGrid
    assert GRID.draws == (256, 32)
    for parts in (("piano", "bass"), ("drums",), ()):
        with pytest.raises(UsageError, match="part"):
            RollGrid(parts=parts)
