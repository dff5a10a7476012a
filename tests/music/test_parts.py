"""Which track is what, and one line out of several notes at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorespace.errors import InputError, UsageError
from scorespace.music.parts import TOGETHER, choices, extract, monophonic, part_of
from scorespace.music.score import Score, Track, notes

NOTES = st.lists(
    st.tuples(st.integers(0, 64).map(lambda n: n / 4), st.integers(1, 16).map(lambda n: n / 4), st.integers(40, 80)),
    min_size=1,
    max_size=30,
)


def track(rows, name="", program=0, drums=False):
    return Track(notes(rows), name, program, drums)


LINE = [(0, 1, 72), (1, 1, 74), (2, 1, 76)]
CHORDS = [(0, 1, 48), (0, 1, 52), (0, 1, 55), (1, 1, 47), (1, 1, 50)]


@pytest.mark.parametrize(
    ("given", "part"),
    [
        (track(LINE, "MELODY"), "melody"),
        (track(LINE, "Lead Guitar"), "melody"),
        (track(LINE, "Vocals 2"), "melody"),
        (track(LINE, "misleading"), "other"),
        (track(LINE, "Bass"), "bass"),
        (track(LINE, "Bassoon"), "other"),
        (track(LINE, "", program=33), "bass"),
        (track(LINE, "melody", program=33), "melody"),
        (track(LINE, "melody", drums=True), "drums"),
        (track(LINE, "Drum kit"), "drums"),
        (track(LINE, "Piano"), "other"),
    ],
)
def test_channel_then_name_then_program_tell_the_part(given, part):
    assert part_of(given) == part


def test_named_tracks_are_the_candidates_and_the_others_are_not():
    score = Score((track(CHORDS, "Piano"), track(LINE, "Melody"), track(LINE, "Bridge"), track([], "lead")))
    assert [one.track for one in extract(score)] == [1, 2]


def test_without_names_all_but_bass_and_drums_are_candidates_most_monophonic_first():
    tracks = (track(CHORDS), track(LINE), track(LINE, program=32), track(LINE, drums=True))
    found = extract(Score(tracks))
    assert [one.track for one in found] == [1, 0]
    assert [(one.notes, one.dropped) for one in found] == [(3, 0), (5, 3)]
    assert found[0].name == "melody 2"


def test_of_equal_lines_the_higher_goes_first():
    low = [(start, length, pitch - 12) for start, length, pitch in LINE]
    assert [one.track for one in extract(Score((track(low), track(LINE))))] == [1, 0]


def test_the_only_track_is_the_melody_even_if_it_is_a_bass():
    assert extract(Score((track(LINE, program=33),)))[0].track == 0


def test_a_bass_keeps_the_lowest_note():
    found = extract(Score((track(CHORDS, "bass"),)), "bass")[0]
    assert found.score.tracks[0].notes["pitch"].tolist() == [48, 47]


def test_a_score_without_the_part_is_refused_with_what_it_has():
    with pytest.raises(InputError, match=r"no melody in it: its tracks are kit \(drums, 3 notes\)"):
        extract(Score((track(LINE, "kit", drums=True),)))
    with pytest.raises(InputError, match="it has no notes"):
        extract(Score())


def test_unknown_parts_and_rules_are_named():
    with pytest.raises(UsageError, match=r"'tenor'.*bass, drums, guitar, melody"):
        extract(Score((track(LINE),)), "tenor")
    with pytest.raises(UsageError, match=r"'loudest'.*highest, skyline, lowest"):
        extract(Score((track(LINE),)), rule="loudest")


def test_highest_cuts_the_note_before_at_each_onset():
    line = monophonic(notes([(0, 4, 72), (1, 1, 60), (1, 1, 64)]))
    assert line[["start", "duration", "pitch"]].tolist() == [(0, 1, 72), (1, 1, 64)]


def test_skyline_keeps_what_no_higher_note_covers():
    line = monophonic(notes([(0, 4, 72), (1, 1, 60), (3.5, 2, 64), (6, 1, 65), (5.9, 3, 60)]), "skyline")
    assert line[["start", "pitch"]].tolist() == [(0, 72), (5.9, 60), (6, 65)]
    np.testing.assert_allclose(line["duration"], [4, 0.1, 1])


@given(NOTES, st.sampled_from(["highest", "skyline"]), st.booleans())
def test_a_line_has_one_note_at_a_time_all_from_the_track(rows, rule, lowest):
    given_notes = notes(rows)
    line = monophonic(given_notes, rule, lowest)
    assert len(line) >= 1
    assert (line["duration"] > 0).all()
    assert (line["start"][1:] >= (line["start"] + line["duration"])[:-1] - 1e-9).all()
    offered = set(given_notes[["start", "pitch"]].tolist())
    assert set(line[["start", "pitch"]].tolist()) <= offered


@given(NOTES)
def test_the_highest_rule_keeps_the_top_of_every_onset(rows):
    line = monophonic(notes(rows))
    tops = {start: max(pitch for at, _, pitch in rows if at == start) for start, _, _ in rows}
    assert dict(zip(line["start"].tolist(), line["pitch"].tolist(), strict=True)) == tops


def skyline_in_plain_words(notes):
    """From high to low: a note stays unless a note that stayed covers its beginning, and ends where one begins."""
    stayed = []
    for start, duration, pitch, _ in sorted(notes.tolist(), key=lambda note: (-note[2], note[0])):
        if not any(begin - TOGETHER <= start < stop - TOGETHER for begin, stop, _ in stayed):
            end = min([start + duration, *(begin for begin, _, _ in stayed if begin > start)])
            stayed.append((start, end, pitch))
    return sorted(stayed)


@given(NOTES)
def test_the_skyline_is_the_one_of_its_definition(rows):
    array = notes(rows)
    found = monophonic(array, "skyline")
    stretches = np.column_stack([found["start"], found["start"] + found["duration"], found["pitch"]])
    np.testing.assert_allclose(stretches, skyline_in_plain_words(array), atol=1e-9)


def four() -> Score:
    return Score(
        (
            track(LINE, "", program=0),
            track(CHORDS, "", program=25),
            track(LINE, "", program=40),
            track([(0, 1, 40)], "", program=33),
            track([(0, 1, 36), (1, 1, 38)], "kick", drums=True),
            track([(0, 1, 42)], "hats", drums=True),
        )
    )


def test_programs_are_the_papers_rule_and_choices_its_cross_product():
    found = choices(four(), ("melody", "bass", "drums"), tracks="programs")
    assert [tuple(line.track for line in one.lines) for one in found] == [(0, 3, 4), (1, 3, 4)]
    assert [len(one.score.tracks) for one in found] == [3, 3]
    assert found[1].dropped == 3
    by_name = choices(four(), ("melody",), tracks="names")
    assert sorted(one.lines[0].track for one in by_name) == [0, 1, 2]


def test_all_drum_tracks_are_one():
    (kit,) = extract(four(), "drums")
    assert kit.score.tracks[0].is_drum
    assert kit.score.tracks[0].notes["pitch"].tolist() == [36, 42, 38]


def test_no_track_stands_in_two_parts():
    alone = Score((track(LINE, "", program=33),))
    with pytest.raises(InputError, match=r"There is no choice of tracks for melody, bass in it"):
        choices(alone, ("melody", "bass"))


def test_hostile_files_cannot_multiply_choices_without_end():
    many = Score(tuple(track(LINE, "", program=k % 40) for k in range(200)))
    assert len(choices(many, ("melody", "bass"), tracks="programs")) == 64


def test_a_piano_is_all_its_tracks_with_every_note():
    hands = (track(CHORDS, "Piano left"), track(LINE, "Piano right"), track(LINE, "Melody"))
    (found,) = extract(Score(hands), "piano")
    assert (found.notes, found.dropped, found.track) == (8, 0, 0)
    assert len(found.score.tracks) == 1


@pytest.mark.parametrize(
    ("tracks", "notes"),
    [
        ([track(CHORDS, "", program=4), track(LINE, "", program=40)], 5),
        ([track(CHORDS, "Strings", program=48), track(LINE, drums=True)], 5),
        ([track(CHORDS, "Keys", program=48), track(LINE, "Melody")], 5),
    ],
)
def test_without_a_name_the_program_tells_a_piano_or_there_is_one_pitched_track(tracks, notes):
    assert [one.notes for one in extract(Score(tuple(tracks)), "piano")] == [notes]


def test_no_piano_says_which_tracks_there_are():
    with pytest.raises(InputError, match=r"no piano in it: its tracks are violin"):
        extract(Score((track(LINE, "violin", program=40), track(CHORDS, "viola", program=41))), "piano")


FOUR = ("drums", "bass", "guitar", "strings")


def band() -> Score:
    """Two guitars, a bass, drums, and two instruments that are none of these."""
    return Score(
        (
            track(CHORDS, "Lead guitar", program=27),
            track(LINE, "Piano", program=0),
            track([(0, 2, 40)], "Bass", program=33),
            track([(0, 1, 36)], "Kit", drums=True),
            track([(0, 4, 60), (1, 1, 55)], "Violins", program=48),
            track([(0, 4, 67), (3, 1, 50)], "Flute", program=73),
        )
    )


def test_four_parts_are_the_papers_cross_product_with_all_others_as_strings():
    found = choices(band(), FOUR, "lowest", "programs")
    assert [tuple(line.track for line in one.lines) for one in found] == [(3, 2, 1, 4), (3, 2, 0, 4)]
    assert found[0].lines[3].also == (5,)
    strings = found[0].score.tracks[3].notes
    assert strings[["start", "duration", "pitch"]].tolist() == [(0, 1, 60), (1, 1, 55), (3, 1, 50)]


def test_lowest_keeps_the_lowest_note_that_sounds():
    line = monophonic(notes([(0, 4, 72), (0, 4, 48), (1, 1, 60), (2, 1, 40), (5, 1, 70)]), "lowest", lowest=True)
    assert line[["start", "duration", "pitch"]].tolist() == [(0, 2, 48), (2, 1, 40), (5, 1, 70)]
    (guitar,) = [line for line in extract(band(), "guitar", "lowest") if line.track == 0]
    lowest = min(row[2] for row in CHORDS if row[0] == 0)
    assert guitar.score.tracks[0].notes["pitch"][0] == lowest


def test_a_part_that_may_be_missing_is_silent_and_others_are_asked_for():
    alone = Score(band().tracks[:4])
    with pytest.raises(InputError, match="no strings in it"):
        choices(alone, FOUR, "lowest", "programs")
    found = choices(alone, FOUR, "lowest", "programs", optional=("strings",))
    assert len(found[0].score.tracks[3].notes) == 0
    assert found[0].lines[3].track == -1
    with pytest.raises(InputError, match="no bass in it"):
        choices(Score(alone.tracks[:2]), FOUR, "lowest", "programs", optional=("strings", "drums"))
    with pytest.raises(InputError, match="it has no notes"):
        choices(Score(), FOUR, "lowest", "programs", optional=FOUR)


def test_by_name_a_bass_on_a_guitars_program_is_no_guitar():
    misnamed = Score((track(LINE, "Bass", program=27), track(CHORDS, "Strat", program=27)))
    assert [line.track for line in extract(misnamed, "guitar")] == [1]
    assert sorted(line.track for line in extract(misnamed, "guitar", tracks="programs")) == [0, 1]
