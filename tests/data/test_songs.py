"""Which song a score is, and its split."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorespace.data.songs import SPLITS, song_key, split_of


@pytest.mark.parametrize(
    ("titles", "key"),
    [
        (("The Achonry Lasses", "Achonry Lasses, The", "Achonry Lasses 2"), "achonrylasses"),
        (("Séamus's Reel", "seamus's", "Seamus's (reel) [2nd version]"), "seamuss"),
        (("Hurler's March, The", "The Hurlers' March"), "hurlers"),
    ],
)
def test_versions_of_a_song_have_one_key(titles, key):
    assert {song_key(title, "x/1.abc") for title in titles} == {key}


def test_a_file_name_stands_in_for_a_title():
    assert song_key("", "cre/MIDI/AchonryLassesreelThe.mid") == song_key("The Achonry Lasses", "a.abc")


def test_names_that_say_nothing_give_folder_and_name():
    assert song_key("", "pop909/001/001.mid") == "001/001.mid"
    assert song_key("12", "pop909/001/001.mid") == "001/001.mid"


def test_the_split_of_a_song_never_changes():
    # the bundled space is trained on these rules; a change moves songs that it knows into the test split
    places = {"001/016.mid": "valid", "unoalpha": "test", "achonrylasses": "valid", "hurlers": "test"}
    assert {key: split_of(key, (0.5, 0.4)) for key in places} == places
    assert {split_of(key, (0.05, 0.05)) for key in places} == {"train"}
    assert [split_of(f"tune {n}", (0.05, 0.05)) for n in (2, 6, 7, 27)] == ["test", "valid", "train", "valid"]


@given(st.text())
def test_shares_that_grow_take_songs_from_training_alone(key):
    little, much = split_of(key, (0.05, 0.05)), split_of(key, (0.1, 0.05))
    assert little in SPLITS
    assert much == little or (little, much) == ("train", "valid")


def test_the_shares_are_kept():
    found = [split_of(f"song {number}", (0.1, 0.2)) for number in range(4000)]
    assert found.count("valid") == pytest.approx(400, abs=60)
    assert found.count("test") == pytest.approx(800, abs=80)
