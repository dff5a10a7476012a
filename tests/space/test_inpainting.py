"""The verb `inpaint`: what was kept is kept note for note, what was asked is written, a seed gives it again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_inpainter import save_inpainter, song
from tiny_space import save_tiny

from scorespace.errors import InputError, ModelError, UsageError
from scorespace.music.score import NOTE, Metre, Score, Track, notes
from scorespace.space import Space, load, replay

BAR = 4.0


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Space:
    return load(save_inpainter(tmp_path_factory.mktemp("space") / "tiny"))


def outside(track: Track, *gaps: tuple[float, float]) -> list[tuple[float, ...]]:
    """The notes that begin in no gap, as they stand."""
    kept = np.ones(len(track.notes), bool)
    for start, end in gaps:
        kept &= ~((track.notes["start"] >= start - 1e-6) & (track.notes["start"] < end - 1e-6))
    return [tuple(note) for note in track.notes[kept].tolist()]


def inside(track: Track, start: float, end: float) -> np.ndarray:
    begins = track.notes["start"]
    return track.notes[(begins >= start - 1e-6) & (begins < end - 1e-6)]


def test_all_else_comes_back_note_for_note(space: Space) -> None:
    given = song()
    for take in space.inpaint(given, (5, 8), n=3, seed=1):
        assert outside(take.score.tracks[0], (16, 32)) == outside(given.tracks[0], (16, 32))
        assert take.score.tracks[1] == given.tracks[1]
        assert replace(take.score, tracks=()) == replace(given, tracks=())
        assert take.marked == ((16.0, 32.0),)
        new = inside(take.score.tracks[0], 16, 32)
        assert len(new)
        assert not np.array_equal(new, inside(given.tracks[0], 16, 32))
        assert (new["start"] + new["duration"] <= 32 + 1e-9).all()


def test_alternatives_are_ranked_and_no_two_are_the_same(space: Space) -> None:
    takes = space.inpaint(song(), (5, 6), n=6, seed=3)
    nats = [take.provenance["nats"] for take in takes]
    assert nats == sorted(nats, reverse=True)
    assert len({take.score.tracks[0].notes.tobytes() for take in takes}) == 6


def test_the_same_seed_gives_the_same_and_a_take_alone_is_what_it_was_among_others(space: Space) -> None:
    first, second = (space.inpaint(song(), (3, 4), n=4, seed=9) for _ in range(2))
    assert [take.score for take in first] == [take.score for take in second]
    few = space.inpaint(song(), (3, 4), n=2, seed=9)
    by_number = {take.provenance["index"]: take.score for take in first}
    assert all(by_number[take.provenance["index"]] == take.score for take in few)


def test_where_all_are_alike_others_are_drawn_at_a_higher_temperature(space: Space, tmp_path: Path) -> None:
    takes = space.inpaint(song(), (5, 5), n=4, seed=2, temperature=0.02)
    temperatures = {take.provenance["temperature"] for take in takes}
    assert len({take.score.tracks[0].notes.tobytes() for take in takes}) == len(takes)
    assert temperatures <= {0.02, 0.03, 0.05}
    assert len(takes) == 1 or len(temperatures) > 1
    for path, take in zip(takes.write(tmp_path), takes, strict=True):
        assert replay(path, space).score == take.score


def test_a_take_is_made_again_from_its_file(space: Space, tmp_path: Path) -> None:
    asked = {"insert": (2, 4), "extend": 1, "keep": "contour", "lock": (6, 1.0), "scale": "D dorian"}
    takes = space.inpaint(song(), "5-6,8", **asked, n=3, seed=4)
    for path, take in zip(takes.write(tmp_path), takes, strict=True):
        assert replay(path, space).score == take.score


def test_several_gaps_of_any_length_up_to_the_whole(space: Space) -> None:
    given = song(20)
    take = space.inpaint(given, [(1, 1), (3, 14), 20], n=1, seed=1)[0]
    gaps = ((0.0, 4.0), (8.0, 56.0), (76.0, 80.0))
    assert take.marked == gaps
    assert outside(take.score.tracks[0], *gaps) == outside(given.tracks[0], *gaps)
    assert all(len(inside(take.score.tracks[0], *gap)) for gap in gaps)
    whole = space.inpaint(given, (1, 20), n=1, seed=1)[0]
    assert len(inside(whole.score.tracks[0], 0, 80)) > 20
    assert outside(whole.score.tracks[0], (0, 80)) == []


def test_new_bars_go_in_between_and_after(space: Space) -> None:
    given = song(8)
    take = space.inpaint(given, insert=(4, 4), extend=2, n=1, seed=1)[0]
    assert take.marked == ((16.0, 32.0), (48.0, 56.0))
    assert take.quarters == 56
    own = given.tracks[0].notes.copy()
    own["start"] += 16 * (own["start"] >= 16)
    assert outside(take.score.tracks[0], *take.marked) == [tuple(note) for note in own.tolist()]
    assert len(inside(take.score.tracks[0], 16, 32))
    assert len(inside(take.score.tracks[0], 48, 56))
    assert len(inside(take.score.tracks[1], 16, 32)) == 0


def test_a_note_that_sounds_across_an_edge_is_kept_whole(space: Space) -> None:
    rows = [(0, 1, 60), (1, 1, 62), (2, 4, 64), (6, 1, 65), (7, 3, 67), (10, 1, 69), (11, 1, 67)]
    given = Score.melody(rows)
    for take in space.inpaint(given, (2, 2), n=4, seed=2):
        found = take.score.tracks[0].notes
        for start, duration, pitch in ((2, 4, 64), (7, 3, 67)):
            there = found[found["start"] == start]
            assert there[["duration", "pitch"]].tolist() == [(duration, pitch)]
        new = inside(take.score.tracks[0], 6, 7)
        assert (new["start"] + new["duration"] <= 7).all()
        assert outside(take.score.tracks[0], (4, 8)) == outside(given.tracks[0], (4, 8))


def test_no_kept_note_becomes_longer(space: Space) -> None:
    given = Score.melody([(k, 1, 60 + k % 5) for k in range(16)])
    for take in space.inpaint(given, (2, 3), lock=[(2, 3)], n=6, seed=2):
        found = take.score.tracks[0].notes
        for start in (3.0, 6.0):
            assert found[found["start"] == start]["duration"].tolist() == [1.0]


def test_a_locked_note_stays(space: Space) -> None:
    given = song(6)
    before = inside(given.tracks[0], 9.0, 9.4)
    for take in space.inpaint(given, (2, 4), lock=[(3, 2.0), (3, 4.5)], n=3, seed=5):
        assert inside(take.score.tracks[0], 9.0, 9.4).tolist() == before.tolist()
        assert inside(take.score.tracks[0], 11.5, 12.0).tolist() == inside(given.tracks[0], 11.5, 12.0).tolist()


def test_the_rhythm_is_kept(space: Space) -> None:
    given = Score.melody(
        [(0, 1, 60), (1, 0.5, 64), (2, 1.5, 62), (3.5, 0.5, 65), (4, 2, 67), (6, 1, 64), (7.5, 0.5, 60)]
    )
    for take in space.inpaint(given, (1, 2), keep="rhythm", n=3, seed=1):
        assert take.score.tracks[0].notes[["start", "duration"]].tolist() == [
            (start, duration) for start, duration, *_ in given.tracks[0].notes.tolist()
        ]
        assert not np.array_equal(take.score.tracks[0].notes["pitch"], given.tracks[0].notes["pitch"])


def test_the_contour_is_kept_with_its_rhythm(space: Space) -> None:
    given = Score.melody([(k / 2, 0.5, (64, 69, 66, 66, 71, 62)[k % 6]) for k in range(32)])
    for take in space.inpaint(given, (2, 3), keep=("rhythm", "contour"), n=3, seed=1):
        own, new = (np.sign(np.diff(s.tracks[0].notes["pitch"].astype(int))) for s in (given, take.score))
        assert (own[8:23] == new[8:23]).mean() > 0.9  # at the edge of the range no pitch goes further


@pytest.mark.parametrize(
    ("scale", "classes"),
    [("key", {0, 2, 4, 5, 7, 9, 11}), ("heard", {0, 2, 4, 5, 7, 9, 11}), ("Eb minor pentatonic", {3, 6, 8, 10, 1})],
)
def test_new_notes_keep_to_the_scale(space: Space, scale: str, classes: set[int]) -> None:
    for take in space.inpaint(song(), (5, 8), scale=scale, n=3, seed=1):
        assert set(inside(take.score.tracks[0], 16, 32)["pitch"] % 12) <= classes
    assert any("C major" in said for said in take.provenance["said"]) == (scale == "key")


def test_a_jig_and_a_polka_are_written_in_their_own_metre(space: Space) -> None:
    for metre, bar in (((6, 8), 3.0), ((2, 4), 2.0), ((2, 2), 4.0)):
        given = song(9, metre)
        gap = (3 * bar, 5 * bar)
        take = space.inpaint(given, (4, 5), n=1, seed=1)[0]
        assert take.marked == (gap,)
        assert outside(take.score.tracks[0], gap) == outside(given.tracks[0], gap)


def test_a_score_that_changes_metre_is_written_bar_by_bar(space: Space) -> None:
    given = replace(song(8), metres=(Metre(0, 4, 4), Metre(16, 6, 8), Metre(25, 5, 4)))
    take = space.inpaint(given, [(2, 3), (5, 6)], n=1, seed=1)[0]
    assert take.marked == ((4.0, 12.0), (16.0, 22.0))
    with pytest.raises(InputError, match=r"Bars 8-8 are in 5/4; this space writes 4/4, 2/2, 6/8, 2/4.*nearest, 4/4"):
        space.inpaint(given, 8)
    with pytest.raises(InputError, match="4/4 and 6/8"):
        space.inpaint(given, (4, 5))


def test_a_melody_out_of_range_is_read_octaves_away(space: Space) -> None:
    low = song(8, lowest=24)
    take = space.inpaint(low, (3, 6), n=1, seed=1)[0]
    high = space.inpaint(song(8, lowest=60), (3, 6), n=1, seed=1)[0]
    assert any("octaves up" in said for said in take.provenance["said"])
    assert (inside(take.score.tracks[0], 8, 24)["pitch"] + 36).tolist() == inside(high.score.tracks[0], 8, 24)[
        "pitch"
    ].tolist()
    assert outside(take.score.tracks[0], (8, 24)) == outside(low.tracks[0], (8, 24))


def test_another_track_can_be_chosen(space: Space) -> None:
    given = song(8)
    take = space.inpaint(given, (3, 4), track=2, n=1, seed=1)[0]
    assert take.score.tracks[0] == given.tracks[0]
    assert outside(take.score.tracks[1], (8, 16)) == outside(given.tracks[1], (8, 16))
    with pytest.raises(UsageError, match="tracks 1-2"):
        space.inpaint(given, (3, 4), track=3)
    drums = given.with_tracks([given.tracks[0], replace(given.tracks[1], is_drum=True)])
    with pytest.raises(InputError, match="Track 2 is the drums"):
        space.inpaint(drums, (3, 4), track=2)


def test_chords_outside_the_gap_stay_whole(space: Space) -> None:
    rows = [(k, 1, pitch) for k in range(16) for pitch in (60 + k % 4, 64 + k % 4, 67 + k % 4)]
    given = Score.melody(rows)
    take = space.inpaint(given, (2, 3), n=1, seed=1)[0]
    assert outside(take.score.tracks[0], (4, 12)) == outside(given.tracks[0], (4, 12))
    new = inside(take.score.tracks[0], 4, 12)
    assert len(np.unique(new["start"])) == len(new)


def test_temperature_0_gives_the_one_likeliest_without_a_seed(space: Space) -> None:
    takes = space.inpaint(song(), (5, 6), n=4, temperature=0)
    assert len(takes) == 1
    assert takes[0].provenance["seed"] is None


@settings(max_examples=25)
@given(st.data())
def test_any_request_keeps_what_it_should(space: Space, data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 40))
    random = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    rows = np.zeros(count, NOTE)
    rows["start"] = np.sort(random.uniform(0, 24, count))
    rows["duration"] = random.uniform(0.01, 6, count)
    rows["pitch"], rows["velocity"] = random.integers(0, 128, count), random.integers(1, 128, count)
    given = Score((Track(rows, "melody"), Track(notes([(0, 24, 40)]), "bass", program=33)))
    first = data.draw(st.integers(1, 6))
    gap = (first, data.draw(st.integers(first, 6)))
    try:
        take = space.inpaint(given, gap, n=1, seed=0)[0]
    except (InputError, UsageError):
        return
    start, end = take.marked[0]
    near = 0.13  # a note belongs to the step that it is nearest to
    kept = [note for note in given.tracks[0].notes.tolist() if not start - near <= note[0] < end - near + 0.13]
    there = take.score.tracks[0].notes.tolist()
    assert all(note in there for note in kept)
    assert take.score.tracks[1] == given.tracks[1]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, "Say what is to be written"),
        ({"bars": (5, 40)}, "it has bars 1-12"),
        ({"bars": (8, 5)}, "lower one first"),
        ({"bars": "five"}, "5-8"),
        ({"insert": "4@20"}, "no bar 20"),
        ({"insert": "4"}, "4@8"),
        ({"extend": 1000}, "1 to 256"),
        ({"bars": 5, "keep": "melody"}, "rhythm or contour"),
        ({"extend": 2, "keep": "rhythm"}, "something to keep"),
        ({"bars": 5, "lock": "5"}, "BAR:BEAT"),
        ({"bars": 5, "lock": (5, 9)}, "no beat 9"),
        ({"bars": 5, "scale": "H major"}, "No scale"),
        ({"bars": 5, "n": 0}, "whole number from 1"),
        ({"bars": 5, "temperature": -1}, "temperature"),
    ],
)
def test_requests_that_cannot_be_are_refused_in_one_sentence(space: Space, asked: dict, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        space.inpaint(song(), **asked)


def test_a_gap_in_which_all_is_kept_is_refused(space: Space) -> None:
    drone = Score.melody([(0, 12, 60), (12, 4, 62)])
    with pytest.raises(InputError, match="Nothing is left to write"):
        space.inpaint(drone, (2, 2))


def test_each_kind_of_space_says_what_the_other_does(space: Space, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no latent space"):
        space.sample(1)
    with pytest.raises(ModelError, match="no latent space"):
        space.vary(song())
    latent = load(save_tiny(tmp_path / "latent"))
    with pytest.raises(ModelError, match="folk-inpaint"):
        latent.inpaint(song(), (1, 2))
    assert space.check(song()).ok
    assert space.check(song()).summary == "96 of 108 notes are heard"
    assert space.check(replace(song(8), metres=(Metre(0, 6, 8), Metre(15, 5, 4)))).ok
    assert not space.check(replace(song(), metres=(Metre(0, 5, 4),))).ok
    assert "any bars of 4/4 or 2/2 or 6/8 or 2/4" in space.limits
