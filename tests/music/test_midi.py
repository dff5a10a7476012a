"""MIDI: what is written comes back, what is odd is read, what is damaged is refused in a sentence."""

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorespace.errors import InputError
from scorespace.music import files
from scorespace.music.score import Key, Metre, Score, Tempo, Track, notes

HEADER = struct.pack(">IHHH", 6, 1, 1, 480)
NOTE_EVENTS = bytes.fromhex("00903c50 8360803c00")  # middle C for one quarter note at 480 ticks


def midi(events: bytes, header: bytes = HEADER) -> bytes:
    """A file of one track."""
    body = events + bytes.fromhex("00ff2f00")
    return b"MThd" + header + b"MTrk" + struct.pack(">I", len(body)) + body


def rows(score: Score) -> list[tuple[float, float, int]]:
    """(start, duration, pitch) of all notes in order."""
    return [(float(s), float(d), int(p)) for track in score.tracks for s, d, p, _ in track.notes.tolist()]


@st.composite
def melodies(draw):
    """Tracks in which no two notes of one pitch overlap, on 1/480 of a quarter note."""
    found, time = [], 0
    for gap, length, pitch, velocity in draw(
        st.lists(
            st.tuples(st.integers(0, 960), st.integers(1, 1920), st.integers(0, 127), st.integers(1, 127)), max_size=20
        )
    ):
        found.append(((time + gap) / 480, length / 480, pitch, velocity))
        time += gap + length
    return notes(found)


@given(st.lists(melodies(), min_size=1, max_size=4), st.integers(10, 600))
@settings(max_examples=60, deadline=None)
def test_what_is_written_comes_back(arrays, qpm):
    tracks = [Track(array, f"part {k}", k * 9 % 128, is_drum=k == 2) for k, array in enumerate(arrays)]
    score = Score(
        tuple(track for track in tracks if len(track.notes)),
        (Tempo(0, qpm), Tempo(3, 97)),
        (Metre(0, 3, 4), Metre(6, 7, 8)),
        (Key(0, -3, "minor"), Key(6, 4)),
    )
    again = files.read(files.to_midi_bytes(score))
    assert [(t.name, t.program, t.is_drum) for t in again.tracks] == [
        (t.name, t.program, t.is_drum) for t in score.tracks
    ]
    for before, after in zip(score.tracks, again.tracks, strict=True):
        np.testing.assert_allclose(after.notes["start"], before.notes["start"], atol=1e-9)
        np.testing.assert_allclose(after.notes["duration"], before.notes["duration"], atol=1e-9)
        assert after.notes[["pitch", "velocity"]].tolist() == before.notes[["pitch", "velocity"]].tolist()
    assert again.metres == score.metres
    assert again.keys == score.keys
    assert [tempo.start for tempo in again.tempos] == [0, 3]
    assert [tempo.qpm for tempo in again.tempos] == pytest.approx([qpm, 97], rel=1e-4)


def test_twenty_parts_keep_their_programs_and_none_becomes_drums():
    tracks = tuple(Track(notes([(k, 1, 40 + k)]), f"part {k}", program=k) for k in range(20))
    assert files.read(files.to_midi_bytes(Score(tracks))).tracks == tracks


def test_equal_scores_give_equal_bytes_and_triplets_are_exact():
    score = Score.melody([(k / 3, 1 / 3, 60 + k) for k in range(12)])
    assert files.to_midi_bytes(score) == files.to_midi_bytes(Score.melody([(k / 3, 1 / 3, 60 + k) for k in range(12)]))
    assert [start for start, _, _ in rows(files.read(files.to_midi_bytes(score)))] == [k / 3 for k in range(12)]


def test_a_long_provenance_comes_back_and_is_no_note():
    text = '{"seed": 7}' * 40_000
    score = Score.melody([(0, 1, 60)])
    data = files.to_midi_bytes(score, text)
    assert files.provenance(data) == text
    assert rows(files.read(data)) == [(0, 1, 60)]
    assert files.provenance(files.to_midi_bytes(score)) is None


def test_a_tempo_that_moves_shifts_no_note():
    tempo = bytes.fromhex("00ff510307a120") + NOTE_EVENTS + bytes.fromhex("00ff510303d090") + NOTE_EVENTS
    score = files.read(midi(tempo))
    assert rows(score) == [(0, 1, 60), (1, 1, 60)]
    assert score.tempos == (Tempo(0, 120), Tempo(1, 240))


def test_running_status_and_note_on_with_velocity_0_as_note_off():
    assert rows(files.read(midi(bytes.fromhex("00903c50 8360 3c00 00 4050 8360 4000")))) == [(0, 1, 60), (1, 1, 64)]


def test_a_note_without_length_gets_a_little():
    assert rows(files.read(midi(bytes.fromhex("00903c50 00803c00") + NOTE_EVENTS)))[0] == (0, 1 / 64, 60)


def test_of_metres_at_one_time_the_last_wins_and_impossible_ones_are_dropped():
    events = bytes.fromhex("00ff580403021808 00ff580406031808 00ff580400001808") + NOTE_EVENTS
    assert files.read(midi(events)).metres == (Metre(0, 6, 8),)


def test_a_metre_inside_a_bar_stays_and_one_that_changes_nothing_goes():
    four = bytes.fromhex("ff580404021808")
    events = b"\0" + four + NOTE_EVENTS + b"\0" + four + NOTE_EVENTS * 4 + b"\0" + four + NOTE_EVENTS
    assert files.read(midi(events)).metres == (Metre(0, 4, 4), Metre(1, 4, 4))


def test_tempo_0_and_keys_out_of_range_are_dropped():
    score = files.read(midi(bytes.fromhex("00ff5103000000 00ff59027f05") + NOTE_EVENTS))
    assert score.tempos == (Tempo(0, 120),)
    assert score.keys == ()


def test_smpte_time_becomes_quarter_notes_through_the_tempo():
    header = struct.pack(">IHHBB", 6, 1, 1, 256 - 25, 40)  # 25 frames of 40 ticks: 1,000 ticks a second
    half_second = bytes.fromhex("00903c50 8374803c00")
    assert rows(files.read(midi(half_second, header))) == [(0, 1, 60)]  # 120 a minute where nothing is said
    slow = bytes.fromhex("00ff51030f4240") + half_second + bytes.fromhex("00ff510307a120") + half_second
    assert rows(files.read(midi(slow, header))) == [(0, 0.5, 60), (0.5, 1, 60)]


def test_type_2_is_one_score_for_read_and_one_a_sequence_for_read_all():
    one = midi(NOTE_EVENTS)
    both = b"MThd" + struct.pack(">IHHH", 6, 2, 2, 480) + one[14:] + one[14:]
    assert [score.note_count for score in files.read_all(both)] == [1, 1]
    assert files.read(both).note_count == 2


def test_a_riff_wrapper_is_taken_off():
    data = midi(NOTE_EVENTS)
    wrapped = b"RIFF" + struct.pack("<I", len(data) + 12) + b"RMIDdata" + struct.pack("<I", len(data)) + data
    assert rows(files.read(wrapped, "old.rmi")) == [(0, 1, 60)]


def test_a_file_without_notes_is_an_empty_score():
    assert files.read(midi(b"")).note_count == 0


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"MThd\0\0", "ends inside the header"),
        (midi(NOTE_EVENTS)[:-6], "damaged MIDI file"),
        (midi(NOTE_EVENTS, struct.pack(">IHHH", 6, 1, 1, 0)), "0 ticks"),
        (midi(NOTE_EVENTS, struct.pack(">IHHBB", 6, 1, 1, 256 - 77, 40)), "77 frames"),
        (midi(bytes.fromhex("ffffff7f903c50 8360803c00") * 3), "quarter notes long"),
        (b"RIFF\0\0\0\0WAVEfmt ", "begins with"),
    ],
)
def test_what_is_damaged_is_refused_in_one_sentence(data, reason):
    with pytest.raises(InputError, match=reason) as caught:
        files.read(data, "song.mid")
    assert str(caught.value).startswith("song.mid ")
    assert str(caught.value).count("\n") == 0
