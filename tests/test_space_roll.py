"""The verbs on a space of piano rolls: polyphonic scores in, polyphonic scores out."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scattered import scatter

import scorespace as ss
from scorespace import checkpoint
from scorespace.models.roll_vae import RollVAE, RollVAEConfig
from scorespace.music import transform
from scorespace.music.parts import extract
from scorespace.music.roll import RollGrid
from scorespace.music.score import Score, Track, notes
from scorespace.space import Space, load
from scorespace.space.passage import passage

GRID = RollGrid(lowest=36, highest=84)
CHORDS = ((48, 60, 64, 67), (45, 57, 60, 64), (41, 57, 60, 65), (43, 59, 62, 67))


@pytest.fixture(scope="module")
def space(tmp_path_factory) -> Space:
    """Untrained, with weights so large that points differ in notes."""
    config = RollVAEConfig(
        z_size=6, width=16, heads=2, encoder_blocks=1, decoder_blocks=1, squeeze=8, head_width=16, chord_size=4
    )
    model = RollVAE(GRID, config)
    scatter(model, 0.4)
    with torch.no_grad():
        model.decoder_out.bias[:128] -= 2
    folder = tmp_path_factory.mktemp("space") / "roll"
    return load(checkpoint.save(folder, model, GRID, "roll-vae", config, {"data": {"metres": ["4/4"]}}, {}, {}))


def hands(bars: int = 2) -> Score:
    """Broken chords over long low notes, which sound on over every second bar line."""
    low = [(4 * k, 6.0 if k % 2 else 4.0, CHORDS[k % 4][0]) for k in range(bars)]
    high = [
        (4 * k + 0.5 * step, 0.5, CHORDS[k % 4][1 + step % 3])
        for k in range(bars)
        for step in range(8)
        if not (k == bars - 1 and step == 7)
    ]
    low[-1] = (low[-1][0], 4.0, low[-1][2])
    return Score((Track(notes(high), "Piano right"), Track(notes(low), "Piano left")))


def test_both_hands_are_one_piano_and_are_said_to_be(space):
    found = space.check(hands())
    assert found.ok
    assert (found.notes, found.kept) == (17, 17)
    assert "Tracks 1 and 2 of 2 are taken together as the piano, with 17 notes." in found.changes
    more = Score((*hands().tracks, Track(notes([(0, 1, 70)]), "Flute", program=73)))
    assert "Tracks 1 and 2 of 3 are taken together as the piano, with 17 notes; the other tracks are left out." in (
        space.check(more).changes
    )


def test_notes_that_fall_together_are_counted(space):
    twice = Score((Track(notes([(0, 1, 60), (0.05, 2, 60), (1, 1, 64)]), "Piano"),))
    changes = space.check(twice).changes
    assert "1 note is dropped: the same pitch begins twice on the same step of the grid." in changes


def test_every_verb_writes_rolls_that_stand_as_they_are(space):
    line = Score.melody([(k / 2, 0.5, 60 + k % 5) for k in range(16)])
    takes = [
        *space.sample(3, seed=5),
        *space.vary(hands(), n=2, amount=0.5, seed=1),
        *space.interpolate(hands(), line, steps=4)[1:-1],
        space.palette(hands(), line, hands(), line, size=3)[1, 1],
        space.reconstruct(hands())[0],
    ]
    for take in takes:
        assert space.again(take.provenance).score == take.score
        tokens = GRID.to_tokens(take.score)
        assert np.array_equal(GRID.to_tokens(GRID.to_score(tokens)), tokens)
    assert len({GRID.to_tokens(take.score).tobytes() for take in takes}) > 5
    assert space.sample(1, seed=5)[0].score == takes[0].score


def test_end_points_are_the_users_own_notes(space):
    one = transform.cut(hands(), 0, 8).with_tracks(hands().tracks[:1])
    line = space.interpolate(one, Score.melody([(0, 2, 60), (2, 2, 67)]), steps=3)
    assert line[0].score == one


def test_a_note_sounds_on_from_phrase_to_phrase():
    """Phrases laid side by side are the whole score, the notes over their bar lines too."""
    long = hands(6)
    found = passage(long, GRID, ["4/4"])
    whole = GRID.to_score(np.concatenate([phrase.tokens for phrase in found.phrases], axis=1))
    (wanted,) = extract(long, "piano")
    columns = ["start", "duration", "pitch"]
    assert len(found.phrases) == 3
    assert np.array_equal(whole.tracks[0].notes[columns], wanted.score.tracks[0].notes[columns])


def test_a_written_file_is_read_as_the_same_piano(space, tmp_path):
    take = space.sample(1, seed=1)[0]
    read = ss.read(take.write(tmp_path / "take.mid"))
    assert len(read.tracks[0].notes)
    assert np.array_equal(GRID.to_tokens(read), GRID.to_tokens(take.score))
    assert space.check(read).ok
