"""The bundled spaces make music right after installation."""

from __future__ import annotations

import re

import bundled_music
import numpy as np
import pytest

import scorespace as ss
from scorespace.music.agreement import onset_f1
from scorespace.music.attributes import ATTRIBUTES
from scorespace.music.score import Score
from scorespace.space.loading import bundled, find

NAMES = sorted(bundled())
INPAINTERS = [name for name in NAMES if ss.load(name).inpaints]
LEAST = {"band": (0.05, 0.05)}  # tokens and onsets that come back; docs/band.md says how little was trained


@pytest.fixture(scope="module", params=[name for name in NAMES if name not in INPAINTERS])
def space(request):
    return ss.load(request.param)


@pytest.fixture(scope="module")
def phrases(space):
    found = bundled_music.phrases(space.grid)
    if found is None:
        pytest.skip(f"no phrases are written here for {' and '.join(space.grid.parts)}")
    return found


def tokens(space, scores):
    return np.stack([space.grid.to_tokens(score) for score in scores])


def test_the_default_space_is_there():
    assert "melody-2bar" in NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_weights_are_small_and_the_card_names_data_and_licences(name):
    folder = find(name)
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 16 * 2**20
    config = ss.load(name).config
    licences = {corpus["licence"] for corpus in config["dataset"]["corpora"].values()}
    assert licences.isdisjoint({"", "not stated"})
    assert config["scores"].keys() & {"accuracy", "accuracy_taught"}
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert all(licence in card for licence in licences)


def test_real_phrases_come_back(space, phrases):
    written = tokens(space, phrases)
    again = tokens(space, [space.reconstruct(phrase)[0].score for phrase in phrases])
    tokens_least, onsets_least = LEAST.get(space.grid.kind, (0.85, 0.75) if len(space.grid.parts) > 1 else (0.96, 0.93))
    assert space.grid.token_agreement(written, again).mean() > tokens_least
    assert onset_f1(written, again, space.grid).mean() > onsets_least


def test_samples_are_music_and_differ(space):
    """Bounds are loose: held-out melodies have 5.7 onsets a bar and 1 % out of their best key, pianos 14, drums 15."""
    drawn = tokens(space, [take.score for take in space.sample(48, seed=1)])
    assert len({row.tobytes() for row in drawn}) == len(drawn)
    onsets = space.grid.onsets(drawn).sum((1, 2)) / space.grid.bars / len(space.grid.parts)
    assert 2.5 < onsets.mean() < (9 if set(space.grid.parts) <= {"melody", "bass"} else 20)
    if space.grid.parts != ("melody",):
        return
    assert ATTRIBUTES["out_of_key"].measure(drawn, space.grid).mean() < 0.15
    assert ATTRIBUTES["mean_interval"].measure(drawn, space.grid).mean() < 6


def test_a_morph_leaves_one_tune_and_arrives_at_the_other(space, phrases):
    if space.grid.kind == "band":
        pytest.skip("its reconstructions are no copies, so its line leaves and arrives in leaps")
    line = space.interpolate(phrases[0], phrases[2], steps=9)
    assert line[0].score == phrases[0]
    assert line[-1].score == phrases[2]
    rows = tokens(space, [take.score for take in line])
    away = space.grid.token_agreement(np.repeat(rows[:1], 9, 0), rows)
    near = space.grid.token_agreement(np.repeat(rows[-1:], 9, 0), rows)
    assert away[1] > 0.8
    assert near[-2] > 0.8
    assert np.corrcoef(away, np.arange(9))[0, 1] < -0.8
    assert np.corrcoef(near, np.arange(9))[0, 1] > 0.8


def test_variations_stay_nearer_the_smaller_the_amount(space, phrases):
    theme = tokens(space, phrases[:1])
    likeness, count = [], 8 if space.grid.bars <= 2 else 2
    for amount in (0.1, 0.4, 0.8):
        takes = space.vary(phrases[0], n=count, amount=amount, seed=3)
        rows = tokens(space, [take.score for take in takes])
        likeness.append(space.grid.token_agreement(np.repeat(theme, count, 0), rows).mean())
    assert likeness[0] > likeness[1] > likeness[2]


def test_grooves_are_played_as_drummers_play(space, phrases):
    """Held-out grooves: velocities have a standard deviation of 36, timings of 20 ms at 120 to the minute."""
    if space.grid.kind != "groove":
        pytest.skip("it writes no velocity and timing")
    for phrase in phrases:
        take = space.humanise(phrase, 1, seed=1)[0]
        played, given = space.grid.to_tokens(take.score), space.grid.to_tokens(phrase)
        np.testing.assert_array_equal(played[0], given[0])
        found = space.grid.notes(played[None])
        late = 500 * (found["start"] - found["step"] / 4)  # ms at 120 to the minute
        assert 6 < found["velocity"].std() < 50
        assert 3 < late.std() < 40
    for take in space.drumify(phrases[0], 4, seed=1):
        assert 8 < take.score.note_count < 80


def tune() -> Score:
    """A reel of 32 bars: two parts of eight bars, each played twice."""
    first = "DFAd fdAF GBdg bgdB AFDF A2dA BGEG B2A2 DFAd fdAF GBdg bgdB AFDF AGFE D2F2 D4".replace(" ", "")
    second = "fdad fdad gfed cABc dfaf bgaf edcB A2fg afdf afdf gfed cABc defd gece d2f2 d4".replace(" ", "")
    text = f"X:1\nT:Reel\nM:4/4\nL:1/8\nK:D\n|:{_barred(first)}:|\n|:{_barred(second)}:|\n"
    return ss.read(text.encode())


def _barred(notes: str) -> str:
    """Bar lines every eight eighths."""
    bars, count = [], 0
    for note, length in re.findall(r"([A-Ga-g])(\d?)", notes):
        bars.append(note + length + ("|" if (count := count + int(length or 1)) % 8 == 0 else ""))
    return "".join(bars).rstrip("|")


@pytest.mark.parametrize("name", INPAINTERS)
def test_what_is_missing_is_written_as_the_tune_has_it_elsewhere(name):
    space, reel = ss.load(name), tune()
    true = reel.tracks[0].notes
    takes = space.inpaint(reel, (5, 8), n=4, seed=1, scale="key")
    shares = []
    for take in takes:
        new = take.score.tracks[0].notes
        own = {(note["start"], note["pitch"]) for note in true if 16 <= note["start"] < 32}
        got = {(note["start"], note["pitch"]) for note in new if 16 <= note["start"] < 32}
        shares.append(2 * len(own & got) / (len(own) + len(got)))
        assert set(new["pitch"] % 12) <= {1, 2, 4, 6, 7, 9, 11}
        assert take.score.note_count > 150
    assert max(shares) > 0.7  # the same bars stand eight bars later
    ending = space.inpaint(reel, extend=8, n=1, seed=1)[0].score.tracks[0].notes
    assert 24 < (ending["start"] >= 128).sum() < 90


@pytest.mark.parametrize("name", INPAINTERS)
@pytest.mark.parametrize("metre", [(6, 8), (2, 4), (3, 4), (9, 8)])
def test_it_writes_in_every_metre_that_its_card_names(name, metre):
    rows = [(k / 2, 0.5, (62, 64, 66, 69, 71, 74)[(k * 5 + k // 6) % 6]) for k in range(16 * metre[0] * 8 // metre[1])]
    score = Score.melody(rows, metre=metre)
    take = ss.load(name).inpaint(score, (7, 10), n=1, seed=1)[0]
    start, end = take.marked[0]
    new = take.score.tracks[0].notes
    new = new[(new["start"] >= start) & (new["start"] < end)]
    assert 6 < len(new) < 2 * (end - start) + 6
    assert "{}/{}".format(*metre) in (find(name) / "README.md").read_text(encoding="utf-8")
