"""A space with genres: sampling by genre, edits from one to another, and all the other verbs."""

import math

import numpy as np
import pytest
from genre_space import GENRES, GRID, band, save_genres

import scorespace as ss
from scorespace.errors import ModelError, UsageError
from scorespace.models.priors import PLANE
from scorespace.space import style


@pytest.fixture(scope="module")
def space(tmp_path_factory):
    return ss.load(save_genres(tmp_path_factory.mktemp("genres") / "flower"))


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    return ss.load(save_genres(tmp_path_factory.mktemp("genres") / "bare", with_styles=False))


def angles(takes):
    return [math.degrees(math.atan2(take.z[0, 1], take.z[0, 0])) % 360 for take in takes]


def test_the_genres_stand_round_the_circle(space):
    assert list(space.genres) == list(GENRES)
    assert list(space.genres.values()) == pytest.approx([0, 120, 240])


def test_samples_of_a_genre_come_from_its_petal_and_angles_between_are_taken(space):
    for genre, wanted in (("jazz", 120), ("Country", 240), (90, 90), ("90deg", 90), (-30.0, 330)):
        found = np.array(angles(space.sample(24, seed=1, genre=genre)))
        away = np.abs((found - wanted + 180) % 360 - 180)
        assert np.median(away) < 8, genre


def test_samples_without_a_genre_come_from_all_petals_and_do_not_depend_on_their_number(space):
    takes = space.sample(40, seed=2)
    petals = {round(angle / 120) % 3 for angle in angles(takes)}
    assert petals == {0, 1, 2}
    assert space.sample(3, seed=2)[2].score == takes[2].score


def test_what_sets_a_genre_apart_moves_its_samples_and_without_styles_the_petal_is_all(space, bare):
    with_styles, without = (one.sample(1, seed=5, genre="jazz")[0].z[0] for one in (space, bare))
    means = space._styles.arrays["means"]
    moved = style.OWN * (means[1] - means.mean(0))
    np.testing.assert_allclose(with_styles[PLANE:] - without[PLANE:], moved[PLANE:], atol=1e-9)
    np.testing.assert_allclose(with_styles[:PLANE], without[:PLANE])


def test_a_sample_of_a_genre_can_be_made_again_from_its_file(space, tmp_path):
    take = space.sample(2, seed=3, genre="jazz")[1]
    assert take.provenance["arguments"] == {"genre": "jazz"}
    assert space.again(take.provenance).score == take.score


def test_an_edit_goes_to_the_genre_as_far_as_it_may(space):
    song = band(4)
    before = None
    for keep in (1.0, 0.7, 0.4, 0.0):
        take = space.edit(song, genre="rock=>jazz", keep=keep)
        said = take.style
        assert (said["from"], said["to"]) == ("rock", "jazz")
        assert np.mean(list(said["kept"].values())) >= keep - 1e-9
        assert said["likeness"] >= said["likeness_before"] - 1e-9
        assert before is None or said["likeness"] >= before - 1e-9
        before = said["likeness"]


def test_how_like_each_genre_a_score_is(space, bare):
    song = band()
    found = space.likeness(song)
    assert list(found) == list(GENRES)
    assert sum(found.values()) == pytest.approx(1)  # one phrase
    assert found["jazz"] == pytest.approx(space.edit(song, genre="jazz").style["likeness_before"], abs=1e-6)
    assert bare.likeness(song) == {}


def test_what_may_not_change_stays_the_users_own_notes(space):
    song = band()
    take = space.edit(song, genre="jazz", keep=1.0)
    if take.style["likeness"] == take.style["likeness_before"]:
        assert take.score is song or take.score == song
    assert take.style["from"] is None


def test_an_edit_can_be_made_again_and_takes_angles(space):
    take = space.edit(band(), genre="rock=>60deg", keep=0.3)
    assert take.style["degrees"] == 60
    assert space.again(take.provenance).score == take.score
    assert space.edit(band(), genre="rock:60", keep=0.3).score == take.score


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"genre": "polka"}, r"no genre 'polka'; there are rock \(0deg\), jazz \(120deg\), country"),
        ({"genre": "rock=>polka"}, "no genre 'polka'"),
        ({"genre": "rock="}, "lacks the genre to go to: quote it"),
        ({"genre": "rock=>"}, "lacks the genre to go to"),
        ({"genre": "jazz", "keep": 1.5}, "keep is from 0"),
        ({"genre": "jazz", "density": 2}, "goes to a genre or moves attributes"),
        ({"keep": 0.5, "density": 2}, "keep goes with a genre"),
        ({"genre": float("nan")}, "name or an angle"),
    ],
)
def test_what_cannot_be_asked_is_said(space, asked, says):
    with pytest.raises(UsageError, match=says):
        space.edit(band(), **asked)


def test_without_styles_an_edit_says_how_to_learn_them(bare):
    with pytest.raises(ModelError, match="learn them with `scorespace attributes bare DATA`"):
        bare.edit(band(), genre="jazz")


def test_a_space_without_genres_says_so():
    melody = ss.load("melody-2bar")
    assert melody.genres == {}
    with pytest.raises(UsageError, match="no genres: take one such as"):
        melody.sample(1, genre="jazz")
    with pytest.raises(UsageError, match="has no genres: take a space such as"):
        melody.edit(ss.Score.melody([(0, 1, 60), (1, 1, 62)]), genre="jazz")


def test_every_other_verb_works_on_a_flower(space):
    first, second = band(), space.sample(1, seed=4)[0]
    assert space.check(first).ok
    line = space.interpolate(first, second, steps=5)
    assert line[0].score == first
    middle = np.stack([take.z[0] for take in line])
    np.testing.assert_allclose(middle[2, :PLANE], (middle[0, :PLANE] + middle[4, :PLANE]) / 2)
    square = space.palette(first, second, *space.sample(2, seed=6), size=3)
    assert square[1, 1].z.shape == (1, 12)
    varied = space.vary(first, n=2, amount=1.0, seed=7)
    own = space.encode(first)[0]
    for take in varied:
        turned = math.atan2(take.z[0, 1], take.z[0, 0]) - math.atan2(own[1], own[0])
        assert abs(math.degrees(turned)) % 360 < 25 or abs(math.degrees(turned)) % 360 > 335
    assert space.reconstruct(first)[0].score.note_count >= 0


def test_a_score_without_an_optional_part_is_taken_and_others_are_asked_for(space):
    take = space.reconstruct(band(strings=False))[0]
    assert [track.program for track in take.score.tracks] == [0, 33, 27, 48]
    assert "There is no strings in it: that part is silent." in space.check(band(strings=False)).changes
    report = space.check(ss.Score(band().tracks[1:]))
    assert not report.ok
    assert "no drums" in report.changes[0]
    assert GRID.parts == ("drums", "bass", "guitar", "strings")


def test_the_busiest_guitar_is_taken(space):
    song = band()
    pedal = ss.Track(song.tracks[2].notes[:2], "Pedal", program=0)
    found = space.check(ss.Score((*song.tracks, pedal)))
    assert any('("Guitar") is taken as the guitar' in change for change in found.changes)
