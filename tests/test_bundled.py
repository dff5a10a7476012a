"""The bundled spaces make music right after installation."""

from __future__ import annotations

import bundled_music
import numpy as np
import pytest

import scorespace as ss
from scorespace.music.agreement import onset_f1
from scorespace.music.attributes import ATTRIBUTES
from scorespace.space.loading import bundled, find

NAMES = sorted(bundled())
LEAST = {"band": (0.05, 0.05)}  # tokens and onsets that come back; docs/band.md says how little was trained


@pytest.fixture(scope="module", params=NAMES)
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
    assert "accuracy" in config["scores"]
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
