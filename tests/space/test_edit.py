"""Editing in a space whose attributes are known: what is asked is got, and the rest is kept."""

from __future__ import annotations

import json

import numpy as np
import pytest
from toy_space import checkpoint, space

from scorespace.errors import ModelError, UsageError
from scorespace.music.attributes import measure
from scorespace.music.score import Score
from scorespace.space import Space, load, provenance


@pytest.fixture(scope="module")
def toy() -> Space:
    return space()


def tune(bars: int = 2, notes: int = 4, apart: int = 6) -> Score:
    """So many notes a bar, every second one so many semitones above."""
    length = 4 / notes
    return Score.melody([(length * k, length, 60 + apart * (k % 2)) for k in range(bars * notes)])


def figure(toy: Space, score: Score, name: str, bars: int = 2) -> float:
    tokens = toy.grid.quantise(score, bars).tokens
    return float(measure(toy.grid.windows(tokens, toy.grid.steps), toy.grid, [name]).mean())


@pytest.mark.parametrize("change", [2, -2, 3.5, -3])
def test_what_is_asked_is_got_and_the_rest_is_kept(toy: Space, change: float) -> None:
    take = toy.edit(tune(), density=change)
    assert take.asked == {"density": 4 + change}
    assert abs(take.got["density"] - take.asked["density"]) <= 0.25
    assert take.got["density"] == figure(toy, take.score, "density")
    assert figure(toy, take.score, "pitch_range") == 6 or take.got["density"] <= 1
    assert take.provenance["reached"]
    assert take.provenance["was"] == {"density": 4}
    assert take.provenance["units"] == {"density": "notes a bar"}


def test_goals_and_several_attributes(toy: Space) -> None:
    take = toy.edit(tune(), {"pitch_range": 4}, to={"density": 7})
    assert take.asked == {"pitch_range": 10, "density": 7}
    assert abs(take.got["density"] - 7) <= 0.25
    assert abs(take.got["pitch_range"] - 10) <= 0.5


def test_every_phrase_of_a_longer_score_moves_and_silence_stays(toy: Space) -> None:
    pieces = [
        *tune(2, 2).tracks[0].notes.tolist(),
        *((8 + 4 + s, d, p, v) for s, d, p, v in tune(2, 8).tracks[0].notes),
    ]
    score = Score.melody([(start, length, pitch) for start, length, pitch, _ in pieces])
    take = toy.edit(score, density=2)
    before, after = (
        measure(toy.grid.windows(toy.grid.quantise(s, 6).tokens, 32), toy.grid, ["density"])[:, 0]
        for s in (score, take.score)
    )
    assert take.z.shape[1] == 4
    assert take.quarters == 24
    assert (after > before).all()
    silent = toy.edit(Score.melody([(0, 1, 60), (1, 1, 66), (16, 1, 60), (17, 1, 66)]), density=1)
    assert len(silent.z) == 2
    assert not ((silent.score.tracks[0].notes["start"] >= 8) & (silent.score.tracks[0].notes["start"] < 16)).any()


def test_where_one_phrase_cannot_another_gives_more(toy: Space) -> None:
    rows = [
        *tune(2, 16).tracks[0].notes.tolist(),
        *((8 + s, d, p, v) for s, d, p, v in tune(2, 4).tracks[0].notes.tolist()),
    ]
    score = Score.melody([(start, length, pitch) for start, length, pitch, _ in rows])
    take = toy.edit(score, density=1)
    assert take.asked == {"density": 11}
    assert abs(take.got["density"] - 11) <= 0.25


def test_what_is_there_already_stays_as_it_was_played(toy: Space) -> None:
    score = tune()
    assert toy.edit(score, density=0).score == score
    assert toy.edit(score, to={"density": 4}).score == score


def test_what_cannot_be_reached_is_the_nearest_and_says_so(toy: Space) -> None:
    take = toy.edit(tune(), density=12, to={"note_length": 4.0})  # sixteen notes a bar, each a bar long
    assert not take.provenance["reached"]
    assert 0 <= take.got["density"] <= 16


def test_an_edit_is_the_same_again_from_its_provenance(toy: Space) -> None:
    take = toy.edit(tune(4), density=1.5)
    again = toy.again(json.loads(provenance.dump(take.provenance)))
    assert again.to_midi_bytes() == take.to_midi_bytes()
    assert np.array_equal(again.z, take.z)
    assert "density" in next(iter(provenance.describe(take.provenance)))


@pytest.mark.parametrize(
    ("change", "to", "words"),
    [
        ({}, {}, "Name an attribute to edit"),
        ({"loudness": 1}, {}, "no attribute 'loudness' here: choose from density"),
        ({"out_of_key": 0.1}, {}, "out_of_key cannot be moved in this space: it changes by 0.02 of its spread"),
        ({"density": 1}, {"density": 8}, "as a change and as a goal"),
        ({"density": float("nan")}, {}, "takes a number"),
        ({"density": "+2"}, {}, "takes a number"),
        ({"density": True}, {}, "takes a number"),
        ({"density": -7}, {}, "density would be -3.00; it is 0 to 16 notes a bar, and 4.00 here"),
        ({}, {"repetition": 2}, "repetition would be 2.00; it is 0 to 1 share"),
    ],
)
def test_what_cannot_be_asked(toy: Space, change: dict, to: dict, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        toy.edit(tune(), change, to=to)


def test_without_vectors_it_says_which_command_makes_them() -> None:
    with pytest.raises(ModelError, match="scorespace attributes toy DATA"):
        Space(checkpoint(), "toy").edit(tune(), density=1)


def test_other_takes_ask_for_nothing(toy: Space) -> None:
    take = toy.reconstruct(tune())[0]
    assert take.asked == take.got == {}


def test_the_bundled_melodies_can_be_edited() -> None:
    space = load("melody-2bar")
    assert space.attributes is not None
    assert {"density", "pitch_range", "contour", "syncopation_16", "complexity"} <= set(space.attributes.movable)
    take = space.edit(tune(2, 4, 4), pitch_range=3)
    assert take.got["pitch_range"] == pytest.approx(7, abs=0.5)
    with pytest.raises(UsageError, match="repetition cannot be moved in this space: walking half the prior"):
        space.edit(tune(), repetition=0.3)
