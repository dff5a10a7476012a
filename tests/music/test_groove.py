"""The groove grid: drums with velocity and timing."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorespace.data import phrases
from scorespace.data.shards import grid_from, grid_table
from scorespace.errors import UsageError
from scorespace.music import drums, files
from scorespace.music.agreement import copies
from scorespace.music.extraction import DataSettings
from scorespace.music.groove import ON_TIME, TAP, TIMING, VELOCITY, GrooveGrid, flat, tapped
from scorespace.music.score import NOTE, Score, Track

GRID = GrooveGrid()
TRIPLETS = GrooveGrid(bars=1, beat_positions=(Fraction(0), Fraction(1, 3), Fraction(1, 2), Fraction(2, 3)))
STROKE = st.tuples(
    st.integers(0, 31), st.integers(0, 8), st.integers(1, 127), st.floats(-0.499, 0.499)
)  # step, class, velocity, share of a step late


def played(strokes, grid=GRID):
    """A score of drums: (step, class, velocity, share of a step late), each (step, class) once."""
    positions = grid.positions(grid.bars)
    gap = float(positions[1] - positions[0])
    rows = [(positions[s] + late * gap, gap, drums.PITCHES[d], v) for s, d, v, late in strokes]
    return Score((Track(np.array(rows, NOTE), "drums", is_drum=True),))


def distinct(strokes):
    return [row for row in {(s, d): (s, d, v, late) for s, d, v, late in strokes}.values() if row[0] or row[3] >= 0]


def token_arrays(grid=GRID):
    """Any integers that the rows allow."""
    seeds = st.integers(0, 2**32 - 1)
    return seeds.map(lambda seed: np.random.default_rng(seed)).map(
        lambda rng: np.stack([rng.integers(0, size, grid.steps) for size in grid.sizes]).astype(np.uint16)
    )


@settings(max_examples=40)
@given(st.lists(STROKE, max_size=40).map(distinct))
def test_a_score_comes_back_with_its_velocities_and_its_timing(strokes):
    score = played(strokes)
    again = GRID.to_score(GRID.to_tokens(score))
    assert again.tracks[0].is_drum
    order = sorted(strokes, key=lambda row: (row[0], drums.PITCHES[row[1]]))
    found = GRID.notes(GRID.to_tokens(score)[None])
    assert found["velocity"].tolist() == [velocity for _, _, velocity, _ in order]
    assert found["pitch"].tolist() == [drums.PITCHES[drum] for _, drum, _, _ in order]
    starts = [(step + late) / 4 for step, _, _, late in order]
    np.testing.assert_allclose(found["start"], starts, rtol=0, atol=0.25 / 960)


@settings(max_examples=40)
@given(token_arrays())
def test_tokens_in_their_one_spelling_come_back(tokens):
    spelt = GRID.canonical(tokens)
    assert (GRID.canonical(spelt) == spelt).all()
    assert (spelt < np.array(GRID.sizes)[:, None]).all()
    np.testing.assert_array_equal(GRID.to_tokens(GRID.to_score(spelt)), spelt)
    for name in ("start", "velocity", "pitch", "step"):
        np.testing.assert_array_equal(GRID.notes(spelt[None])[name], GRID.notes(tokens[None])[name])


@settings(max_examples=40)
@given(token_arrays(TRIPLETS))
def test_steps_that_are_not_evenly_spaced_come_back(tokens):
    spelt = TRIPLETS.canonical(tokens)
    np.testing.assert_array_equal(TRIPLETS.to_tokens(TRIPLETS.to_score(spelt)), spelt)


@given(token_arrays())
def test_what_shifts_pitches_leaves_a_groove_alone(tokens):
    batch = tokens[None]
    np.testing.assert_array_equal(GRID.transposed(batch, np.array([5])), batch)
    np.testing.assert_array_equal(GRID.normal_form(batch), batch)
    assert [int(part[0]) for part in GRID.room(batch)] == [127, 127]


def test_of_two_strokes_of_a_class_on_a_step_the_louder_stays():
    rows = [(0.0, 0.25, 38, 50), (0.02, 0.25, 40, 90), (0.03, 0.25, 37, 20), (0.5, 0.25, 36, 70), (1, 0.25, 88, 9)]
    fitted = GRID.quantise(Score((Track(np.array(rows, NOTE), "drums", is_drum=True),)))
    assert (fitted.notes, fitted.covered, fitted.out_of_range, fitted.unmapped) == (5, 2, 1, (88,))
    assert (fitted.moved, fitted.furthest) == (0, 0.0)
    assert fitted.tokens[:, 0].tolist()[:4] == [2, 0, 90, 0]
    assert fitted.tokens[TIMING.start + 1, 0] == ON_TIME + round(0.02 / 0.125 * 480)


def test_a_stroke_before_its_phrase_begins_with_it_and_keeps_its_place_in_a_longer_one():
    tokens = GRID.to_tokens(played([(0, 0, 80, 0.0), (16, 0, 80, -0.25)]))
    assert GRID.notes(tokens[None])["start"].tolist() == [0, 4 - 0.0625]
    cut = GRID.windows(np.concatenate([tokens, tokens], 1), 16)
    assert cut.shape == (3, 19, 32)
    assert cut[1, TIMING.start, 0] < ON_TIME
    assert GRID.notes(cut[1:2])["start"].tolist() == [0, 4]


def test_what_sounds_and_what_is_silent():
    tokens = GRID.to_tokens(played([(3, 0, 80, 0.1), (3, 4, 30, 0)]))
    assert GRID.onsets(tokens).sum() == 2
    assert GRID.sounding(tokens).sum(1).tolist() == [1] * 19
    assert GRID.silent(GRID.silence())
    assert not GRID.silent(tokens)
    np.testing.assert_array_equal(GRID.canonical(GRID.silence()), GRID.silence())


def test_phrases_are_found_in_a_corpus_and_survive_midi(tmp_path):
    score = played([(step, step % 3, 30 + step, 0.1) for step in range(31)])
    files.write(score, tmp_path / "beat.mid")
    found = phrases.find(files.read(tmp_path / "beat.mid"), GRID, DataSettings(metres=("4/4",)))
    assert found.tokens.shape == (1, 19, 32)
    np.testing.assert_array_equal(found.tokens[0][:10], GRID.to_tokens(score)[:10])
    assert np.abs(found.tokens[0].astype(int) - GRID.to_tokens(score).astype(int)).max() <= 5  # a tick is 1/960 quarter


def test_errors_of_velocity_and_timing():
    first = GRID.to_tokens(played([(0, 0, 80, 0.0), (4, 1, 60, 0.0), (8, 2, 50, 0.0)]))
    second = GRID.to_tokens(played([(0, 0, 90, 0.1), (4, 1, 40, 0.3), (9, 2, 50, 0.0)]))
    figures = copies(np.stack([first, first]), np.stack([second, GRID.silence()]), GRID)
    assert figures["velocity_error"].tolist() == [15, 127]
    assert figures["timing_error"] == pytest.approx([125 * 0.2, 62.5])
    assert figures["accuracy"].tolist() == [30 / 32, 29 / 32]
    assert figures["onset_f1"] == pytest.approx([2 / 3, 0])
    same = copies(first[None], first[None], GRID)
    assert (same["velocity_error"], same["timing_error"], same["onset_f1"]) == (0, 0, 1)


def test_flat_and_tapped():
    tokens = GRID.to_tokens(played([(0, 0, 80, 0.1), (0, 1, 100, 0.25), (5, 8, 30, -0.25)]))
    assert flat(tokens)[0].tolist() == tokens[0].tolist()
    assert not flat(tokens)[VELOCITY].any()
    assert (flat(tokens)[TIMING] == ON_TIME).all()
    taps = tapped(tokens)
    assert np.flatnonzero(taps[0]).tolist() == [0, 5]
    assert set(taps[0].tolist()) == {0, 1 << TAP}
    assert taps[TIMING.start + TAP, [0, 1, 5]].tolist() == [720, 480, 240]
    assert not taps[VELOCITY].any()
    np.testing.assert_array_equal(tapped(tokens[None])[0], taps)


def test_the_grid_is_stored_under_its_kind():
    assert grid_table(GRID)["kind"] == "groove"
    assert grid_from(grid_table(TRIPLETS)) == TRIPLETS
    assert (GRID.shape, GRID.draws, GRID.vocabulary) == ((19, 32), (27, 32), 961)


@pytest.mark.parametrize("parts", [("melody",), ("drums", "drums"), ()])
def test_other_parts_are_refused(parts):
    with pytest.raises(UsageError, match="This grid cannot be used"):
        GrooveGrid(parts=parts)
