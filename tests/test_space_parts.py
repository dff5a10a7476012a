"""The verbs on drums and on several parts."""

from __future__ import annotations

import numpy as np
import pytest
from space_of_parts import beat, save_small, trio

import scorespace as ss
from scorespace.errors import InputError
from scorespace.music.score import Score, Track, notes
from scorespace.space.space import Space


@pytest.fixture(scope="module")
def band(tmp_path_factory: pytest.TempPathFactory) -> Space:
    return ss.load(save_small(tmp_path_factory.mktemp("trio") / "trio", ("melody", "bass", "drums")))


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Space:
    return ss.load(save_small(tmp_path_factory.mktemp("kit") / "kit", ("drums",)))


def test_parts_are_found_whatever_their_order_and_come_back_in_theirs(band):
    line = band.interpolate(trio(), trio(), steps=3)
    for take in line:
        assert [track.is_drum for track in take.score.tracks] == [False, False, True]
        assert [track.program for track in take.score.tracks] == [16, 33, 0]
    first = line[0].score
    assert [track.name for track in first.tracks] == ["Lead", "Bass", "kit"]
    assert np.array_equal(first.tracks[0].notes, trio().tracks[3].notes)


@pytest.mark.parametrize("name", ["band", "kit"])
def test_takes_can_be_read_again_and_made_again(name, request):
    space = request.getfixturevalue(name)
    takes = [*space.sample(3, seed=5), *space.vary(trio(), n=2, seed=6), space.reconstruct(trio())[0]]
    for take in takes:
        again = space.again(take.provenance)
        assert again.score == take.score
        tokens = space.grid.to_tokens(take.score)
        assert np.array_equal(space.grid.to_tokens(space.grid.to_score(tokens)), tokens)
    assert len({take.score.tracks[-1].notes.tobytes() for take in takes[:3]}) == 3
    assert space.sample(1, seed=5)[0].score == takes[0].score


def test_a_written_file_is_a_score_of_the_same_parts(band, tmp_path):
    take = band.sample(1, seed=1)[0]
    read = ss.read(take.write(tmp_path / "take.mid"))
    assert [track.is_drum for track in read.tracks] == [False, False, True]
    assert band.check(read).ok


def test_check_speaks_of_parts_and_of_drum_pitches_that_are_no_drum(band, kit):
    odd = Score((Track(notes([(0, 0.2, 36), (1, 0.2, 93), (2, 0.2, 110)]), is_drum=True),))
    found = kit.check(odd)
    assert found.kept == 1
    assert "2 notes are dropped: the drum pitches 93, 110 are in none of the nine classes." in found.changes
    words = " ".join(band.check(trio()).changes)
    assert 'Track 4 of 4 ("Lead") is taken as the melody' in words
    assert 'Track 1 of 4 ("kit") is taken as the drums' in words


def test_a_missing_part_is_named_with_what_is_there(band):
    with pytest.raises(InputError, match=r"There is no bass in it: its tracks are kit \(drums, 24 notes\)"):
        band.reconstruct(Score((beat(), trio().tracks[3])))
    assert not band.check(Score((beat(),))).ok


def test_drums_on_several_tracks_are_one_kit(kit):
    hats, rest = beat("hats"), beat("rest")
    hats, rest = (
        Track(track.notes[(track.notes["pitch"] == 42) == only], track.name, is_drum=True)
        for track, only in ((hats, True), (rest, False))
    )
    assert np.array_equal(kit.encode(Score((hats, rest))), kit.encode(Score((beat(),))))
