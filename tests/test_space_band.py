"""The verbs on a space of bands: it chooses the instruments, and arrangements of different ones lead to each other."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scattered import scatter
from typer.testing import CliRunner

import scorespace as ss
from scorespace import checkpoint
from scorespace.cli import app
from scorespace.models.band_vae import BandVAE, BandVAEConfig
from scorespace.music import transform
from scorespace.music.band import BandGrid
from scorespace.music.score import Score, Track, notes
from scorespace.space import Space, load, replay

GRID = BandGrid(lowest=36, highest=84)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Untrained, with weights so large that points differ in instruments and notes."""
    config = BandVAEConfig(
        z_size=6, width=16, band_width=16, heads=2, reader_blocks=1, band_blocks=1, writer_blocks=1, squeeze=4
    )
    model = BandVAE(GRID, config)
    scatter(model, 0.4)
    with torch.no_grad():
        model.program.bias[0] -= 1.0
        model.writer.out.bias[0] += 3.0
    place = tmp_path_factory.mktemp("space") / "band"
    return checkpoint.save(place, model, GRID, "band-vae", config, {"data": {"metres": ["4/4"]}}, {}, {})


@pytest.fixture(scope="module")
def space(folder) -> Space:
    return load(folder)


def rock(bars: int = 1) -> Score:
    """Guitar, bass and drums, the drums on two tracks."""
    spans = range(4 * bars)
    guitar = Track(notes((k, 1, 60 + k % 3, 70 + k) for k in spans), "Gtr", program=29)
    bass = Track(notes((k, 0.5, 40, 100) for k in spans), "Bass", program=33)
    kick = Track(notes((k, 0.1, 36, 110) for k in spans), "Kick", is_drum=True)
    snare = Track(notes((k + 0.5, 0.1, 38, 90) for k in spans), "Snare", is_drum=True)
    return Score((guitar, bass, kick, snare))


def strings() -> Score:
    """Two violins and a cello."""
    rows = (("Violin 1", 40, 76), ("Violin 2", 40, 67), ("Cello", 42, 48))
    return Score(tuple(Track(notes([(0, 2, at), (2, 2, at + 2)]), name, program=p) for name, p, at in rows))


def instruments(score: Score) -> list[int]:
    return sorted(128 if track.is_drum else track.program for track in score.tracks if len(track.notes))


def test_samples_choose_their_instruments(space):
    takes = space.sample(6, seed=3, temperature=1.0)
    assert len({tuple(instruments(take.score)) for take in takes}) > 1
    for take in takes:
        assert 1 <= len(take.score.tracks) <= 8
        assert instruments(take.score) == [128 if one.is_drum else one.program for one in take.score.tracks]
        assert take.score.end <= 4
        assert space.again(take.provenance).score == take.score
        tokens = GRID.to_tokens(take.score)
        assert np.array_equal(GRID.to_tokens(GRID.to_score(tokens)), tokens)
        space.reconstruct(take)
    assert space.sample(1, seed=3, temperature=1.0)[0].score == takes[0].score


def test_a_line_leads_from_one_arrangement_to_another_of_other_instruments(space):
    one, other = rock(), strings()
    line = space.interpolate(one, other, steps=5)
    assert line[0].score is one
    assert line[-1].score is other
    assert len(line) == 5
    joined = line.join()
    found = set().union(*(instruments(take.score) for take in line))
    assert set(instruments(joined.score)) == found
    assert joined.score.note_count == sum(take.score.note_count for take in line)
    assert joined.quarters == 20
    end = transform.cut(joined.score, 16, 20)
    played = [track for track in end.tracks if len(track.notes)]
    assert [track.program for track in played] == [40, 40, 42]
    assert np.array_equal(played[0].notes, other.tracks[0].notes)


def test_every_verb_takes_a_band(space):
    assert space.encode(rock(3)).shape == (3, 6)
    assert space.vary(rock(2), n=2, amount=0.0, seed=1)[0].score.note_count == rock(2).note_count
    varied = space.vary(rock(2), n=2, amount=0.5, seed=1)
    assert all(take.quarters == 8 for take in varied)
    square = space.palette(rock(), strings(), strings(), rock(), size=2)
    assert square[0, 1].score.tracks == strings().tracks
    again = space.reconstruct(rock(2))[0]
    assert again.score.qpm == rock().qpm


def test_check_says_what_a_bar_cannot_hold(space):
    found = space.check(rock(2))
    assert (found.ok, found.kept, found.notes) == (True, 32, 32)
    assert not any("dropped" in change or "taken as" in change for change in found.changes)
    run = Track(notes((k / 12, 1 / 24, 40 + k % 30, 80) for k in range(48)), program=1)
    crowded = space.check(rock().with_tracks([*rock().tracks, run]))
    assert any("more than a bar may hold" in change for change in crowded.changes)
    assert crowded.kept < crowded.notes
    assert "8 instruments" in space.limits
    assert not space.check(Score((Track(),))).ok


def test_written_takes_are_made_again_byte_for_byte(space, tmp_path):
    line = space.interpolate(rock(), strings(), steps=3)
    for take in (*space.sample(2, seed=8), line.join()):
        path = take.write(tmp_path / "take.mid")
        assert replay(path, space).score == take.score
        assert instruments(ss.read(path)) == instruments(take.score)


def test_the_command_line_joins_them(folder, tmp_path):
    first, second = rock().write(tmp_path / "a.mid"), strings().write(tmp_path / "b.mid")
    out = tmp_path / "morph.mid"
    command = ["interpolate", str(first), str(second), "-s", "4", "--join", "-m", str(folder), "-o", str(out)]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    morph = ss.read(out)
    assert {29, 33, 40, 42, 128} <= set(instruments(morph))
    assert transform.cut(morph, 0, 4).note_count == rock().note_count
