"""Humanise and drumify: grooves from a beat, a tapped rhythm or a melody."""

from __future__ import annotations

import numpy as np
import pytest
from tiny_groove_space import beat, save_tiny_groove
from tiny_space import save_tiny, tune

from scorespace.errors import InputError, UsageError
from scorespace.music import drums
from scorespace.music.score import Metre, Score, Track
from scorespace.space import load, playing, replay


@pytest.fixture(scope="module", params=["groove-attention-vae", "groove-vae"])
def space(request, tmp_path_factory):
    return load(save_tiny_groove(tmp_path_factory.mktemp("space") / request.param, request.param))


def struck(score: Score, space) -> np.ndarray:
    return space.grid.quantise(score, 2).tokens[0]


def notes(take) -> np.ndarray:
    return take.score.tracks[0].notes


def test_humanising_keeps_strokes_and_pitches_and_plays_them(space):
    given = beat()
    takes = space.humanise(given, 3, seed=5, temperature=1.0)
    own = given.tracks[0].notes
    for take in takes:
        assert sorted(notes(take)["pitch"].tolist()) == sorted(own["pitch"].tolist())
        np.testing.assert_array_equal(struck(take.score, space), struck(given, space))
        assert (take.score.qpm, take.score.tracks[0].name, take.score.tracks[0].program) == (96, "Kit", 8)
        whistle = notes(take)[notes(take)["pitch"] == 88]
        assert whistle.tolist() == own[own["pitch"] == 88].tolist()
        assert len(set(notes(take)["velocity"].tolist())) > 5
        assert np.abs(notes(take)["start"] * 4 - np.rint(notes(take)["start"] * 4)).max() > 0.01
    assert len({take.to_midi_bytes() for take in takes}) == 3


def test_what_the_beat_was_played_like_is_not_heard(space):
    given = beat()
    loud = given.tracks[0].notes.copy()
    loud["velocity"] = np.arange(len(loud)) % 60 + 60
    loud["start"] += 0.03
    other = given.with_tracks([Track(loud, "Kit", program=8, is_drum=True)])
    rows = [notes(space.humanise(score, 1, seed=1)[0]) for score in (given, other)]
    mapped = [row[row["pitch"] != 88] for row in rows]
    np.testing.assert_array_equal(mapped[0]["velocity"], mapped[1]["velocity"])
    np.testing.assert_allclose(mapped[0]["start"], mapped[1]["start"], atol=1e-9)


def test_a_beat_longer_than_a_phrase_is_played_phrase_by_phrase(space):
    given = beat(bars=5)
    take = space.humanise(given, 1, seed=2)[0]
    assert take.quarters == 24
    assert take.z.shape == (3, 6)
    np.testing.assert_array_equal(space.grid.quantise(take.score, 6).tokens[0], space.grid.quantise(given, 6).tokens[0])


@pytest.mark.parametrize("verb", ["humanise", "drumify"])
def test_a_take_is_the_same_whatever_their_number_and_can_be_replayed(space, verb, tmp_path):
    def make(n):
        return getattr(space, verb)(beat(bars=3), n, seed=9)

    few, many = make(2), make(4)
    assert [take.to_midi_bytes() for take in few] == [take.to_midi_bytes() for take in many][:2]
    assert len({take.to_midi_bytes() for take in many}) == 4
    path = many[3].write(tmp_path / "take.mid")
    again = space.again(many[3].provenance)
    assert again.to_midi_bytes() == path.read_bytes()


def test_without_temperature_nothing_is_drawn(space):
    first, second = space.humanise(beat(), 2, temperature=0.0)
    assert first.provenance["seed"] is None
    assert first.score == second.score


def test_drums_a_melody_and_bare_taps_with_one_rhythm_give_one_groove(space):
    rows = [(0.0, 0.5, 60), (1.25, 0.5, 62), (3.0, 1.0, 64), (5.5, 0.5, 65)]
    melody = Score.melody(rows)
    taps = melody.with_tracks([Track(melody.tracks[0].notes.copy(), "pads", is_drum=True)])
    found = [space.drumify(score, 2, seed=4) for score in (melody, taps, playing.rhythm(melody))]
    for takes in found[1:]:
        assert [notes(take).tolist() for take in takes] == [notes(take).tolist() for take in found[0]]
    for take in found[0]:
        assert take.score.tracks[0].is_drum
        assert set(notes(take)["pitch"].tolist()) <= set(drums.PITCHES.tolist())


def test_the_rhythm_of_a_score_is_that_of_its_drums_then_of_its_melody():
    both = Score((*tune().tracks, *beat().tracks))
    assert len(playing.rhythm(both).tracks[0].notes) == beat().note_count
    song = Score((Track(tune().tracks[0].notes, "melody"), Track(beat().tracks[0].notes, "strings")))
    assert len(playing.rhythm(song).tracks[0].notes) == tune().note_count
    bass = Score((Track(tune().tracks[0].notes, "bass", program=33), Track(tune().tracks[0].notes, "bass 2")))
    assert len(playing.rhythm(bass).tracks[0].notes) == 2 * tune().note_count


def test_what_cannot_be_played_is_said(space, tmp_path):
    with pytest.raises(InputError, match="There is no rhythm in it: it has no notes"):
        space.drumify(Score((Track(name="empty"),)))
    with pytest.raises(InputError, match="There is no drums in it"):
        space.humanise(tune())
    waltz = Score(beat().tracks, metres=(Metre(0.0, 3, 4),))
    with pytest.raises(InputError, match="The metre is 3/4"):
        space.drumify(waltz)
    with pytest.raises(UsageError, match="number of takes"):
        space.humanise(beat(), 0)


@pytest.mark.parametrize("verb", ["humanise", "drumify"])
def test_a_space_that_writes_no_velocities_says_which_does(tmp_path, verb):
    melodies = load(save_tiny(tmp_path / "tiny"))
    with pytest.raises(UsageError, match=f"tiny writes no velocity and timing, so it cannot {verb}: .* groove-2bar"):
        getattr(melodies, verb)(beat())


def test_the_other_verbs_work_on_grooves(space):
    first, second = space.sample(2, seed=3)
    assert [take.to_midi_bytes() for take in space.sample(1, seed=3)] == [first.to_midi_bytes()]
    line = space.interpolate(first, second, steps=4)
    assert line[0].score == first.score
    assert line[-1].score == second.score
    assert len(space.palette(beat(), first, second, beat(), size=2)) == 4
    assert space.vary(beat(), 2, amount=0.0, seed=1)[0].score == beat()
    assert space.vary(beat(), 1, amount=0.5, seed=1)[0].score.tracks[0].is_drum
    assert space.reconstruct(beat())[0].quarters == 8
    found = space.check(beat())
    assert found.ok
    assert any("drum pitches 88 are in none" in change for change in found.changes)


def test_replay_finds_the_space_by_name(space, tmp_path):
    take = space.humanise(beat(), 1, seed=8)[0]
    path = take.write(tmp_path / "take.mid")
    assert replay(path, space=space).to_midi_bytes() == path.read_bytes()
