"""From a score to phrases."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from written_corpus import ONE_BAR, tune

from scorespace.data import phrases
from scorespace.errors import UsageError
from scorespace.music import lines
from scorespace.music.extraction import DataSettings
from scorespace.music.grid import FIRST_PITCH, HOLD, REST, Grid
from scorespace.music.score import Metre, Score, Track, notes

TWO_BARS = Grid()
SETTINGS = DataSettings()
ROWS = st.lists(st.sampled_from([HOLD, HOLD, REST, 62, 64, 70]), min_size=4, max_size=40).map(
    lambda tokens: np.array([REST if tokens[0] == HOLD else tokens[0], *tokens[1:]], np.uint16)
)


def sounding(row):
    """Step by step whether a note sounds, the slow way."""
    found, on = [], False
    for token in row:
        on = on if token == HOLD else token >= FIRST_PITCH
        found.append(on)
    return found


@given(ROWS, st.integers(1, 3))
def test_windows_are_the_row_with_silence_begun_anew(row, stride):
    steps = 4
    cut = lines.windows(row, steps, stride)
    starts = range(0, len(row) - steps + 1, stride)
    assert len(cut) == len(starts)
    for window, start in zip(cut, starts, strict=True):
        assert np.array_equal(window[1:], row[start + 1 : start + steps])
        silent = row[start] == HOLD and not sounding(row)[start]
        assert window[0] == (REST if silent else row[start])


@given(st.lists(ROWS.map(lambda row: row[:4]), min_size=1, max_size=5))
def test_the_longest_silence_is_counted_step_by_step(rows):
    def longest(row):
        # a tie: a phrase that begins with HOLD begins while a note sounds
        runs = "".join("x" if on else "." for on in sounding([FIRST_PITCH if row[0] == HOLD else row[0], *row[1:]]))
        return max(len(run) for run in runs.split("x"))

    assert phrases.longest_silence(lines.sounding(np.stack(rows))[:, None]).tolist() == [longest(row) for row in rows]


@given(st.lists(st.sampled_from([HOLD, REST, 40, 45, 60]), min_size=4, max_size=8), st.integers(-30, 30))
def test_transpositions_and_nothing_else_have_one_normal_form(tokens, shift):
    phrase = np.array([[[50, *tokens]]], np.int64)
    moved = np.where(phrase >= FIRST_PITCH, phrase + shift, phrase)
    assert np.array_equal(TWO_BARS.normal_form(phrase), TWO_BARS.normal_form(moved))
    other = phrase.copy()
    other[0, 0, 0] += 1
    same = (phrase[0, 0, 1:] < FIRST_PITCH).all()  # with one note, moving it is a transposition
    assert np.array_equal(TWO_BARS.normal_form(phrase), TWO_BARS.normal_form(other)) == same


def test_digests_tell_phrases_apart():
    some = np.arange(12, dtype=np.uint16).reshape(3, 1, 4)
    found = phrases.digests(np.concatenate([some, some[:1]]))
    assert found[0] == found[3]
    assert len(set(found.tolist())) == 3


def test_phrases_begin_at_every_bar():
    found = phrases.find(tune(1, bars=5), TWO_BARS, SETTINGS)
    whole = TWO_BARS.quantise(tune(1, bars=5), 5).tokens
    assert found.tokens.shape == (4, 1, 32)
    for bar in range(4):
        assert np.array_equal(found.tokens[bar], whole[:, 16 * bar : 16 * bar + 32])
    assert found.dropped == {}
    assert found.problem == ""


def test_a_tie_into_a_phrase_stays_a_tie_and_is_no_silence():
    found = phrases.find(Score.melody([(0, 6, 60), (8, 4, 62)]), ONE_BAR, SETTINGS)
    assert found.tokens[:, 0, 0].tolist() == [ONE_BAR.token(60), ONE_BAR.token(62)]
    assert found.dropped == {phrases.NO_ONSET: 1}
    held = phrases.find(Score.melody([(0, 6, 60), (7, 1, 62)]), ONE_BAR, DataSettings(longest_rest=0.25))
    assert held.tokens[1, 0].tolist() == [HOLD] * 8 + [REST, HOLD, HOLD, HOLD] + [ONE_BAR.token(62), HOLD, HOLD, HOLD]


def test_more_than_a_bar_of_rest_is_dropped_and_a_bar_is_kept():
    kept = phrases.find(Score.melody([(0, 2, 60), (6, 2, 62)]), TWO_BARS, SETTINGS)
    assert len(kept.tokens) == 1
    gone = phrases.find(Score.melody([(0, 1.75, 60), (6, 2, 62)]), TWO_BARS, SETTINGS)
    assert gone.dropped == {phrases.LONG_REST: 1}
    assert gone.problem.startswith("no phrase")


def test_a_short_melody_is_filled_up_with_silence():
    found = phrases.find(Score.melody([(0, 4, 60)]), TWO_BARS, SETTINGS)
    assert found.tokens[0, 0].tolist() == [TWO_BARS.token(60), *[HOLD] * 15, REST, *[HOLD] * 15]


def test_leading_silence_is_kept():
    found = phrases.find(Score.melody([(2, 2, 60)]), ONE_BAR, SETTINGS)
    assert found.tokens[0, 0, :9].tolist() == [REST, *[HOLD] * 7, ONE_BAR.token(60)]


def test_all_candidate_lines_are_used():
    two = Score((tune(1).tracks[0], tune(2).tracks[0]))
    assert len(phrases.find(two, ONE_BAR, SETTINGS).tokens) == 8


def test_only_stretches_in_a_wanted_metre_are_used():
    score = Score(tune(1, bars=6).tracks, metres=(Metre(0, 4, 4), Metre(8, 3, 4), Metre(14, 2, 2)))
    found = phrases.find(score, ONE_BAR, SETTINGS)
    assert len(found.tokens) == 5


@pytest.mark.parametrize(
    ("score", "problem"),
    [
        (Score(), "no melody: it has no notes"),
        (Score((Track(notes([(0, 1, 36)]), "kit", is_drum=True),)), "no melody: its tracks are kit"),
        (tune(1, metre=(6, 8)), "metre 6/8"),
        (Score.melody([(0, 1, 20)]), "no phrase"),
    ],
)
def test_a_score_without_phrases_says_why(score, problem):
    found = phrases.find(score, ONE_BAR, SETTINGS)
    assert len(found.tokens) == 0
    assert found.problem.startswith(problem)


def test_what_fitting_cost_is_counted():
    score = Score.melody([(0, 1, 60), (0, 1, 64), (1.1, 0.5, 20), (2.1, 1, 66)])
    found = phrases.find(score, ONE_BAR, SETTINGS)
    assert (found.notes, found.monophony, found.moved, found.out_of_range) == (3, 1, 1, 1)


@pytest.mark.parametrize(
    ("grid", "metres", "words"),
    [
        (Grid(), ("4/4", "3/4"), r"A bar of 3/4 is not as long as one of the grid's 4/4"),
        (Grid(), ("common",), "must be written like"),
    ],
)
def test_settings_that_cannot_be_met_are_refused(grid, metres, words):
    with pytest.raises(UsageError, match=words):
        phrases.check(grid, DataSettings(metres=metres))
