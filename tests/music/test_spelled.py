"""Notes with names: what a score becomes on a grid that tells C sharp from D flat, and back."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorespace import recipe as recipes
from scorespace.data.batches import Batches
from scorespace.data.build import build
from scorespace.data.shards import Shards, grid_from, grid_table
from scorespace.errors import UsageError
from scorespace.evaluation import statistics
from scorespace.evaluation.reconstruction import degenerate_copies, unigram_nll
from scorespace.music import files, musicxml, spelling
from scorespace.music.attributes import attributes_of, measure
from scorespace.music.extraction import DataSettings
from scorespace.music.grid import FIRST_PITCH, HOLD, REST, Grid
from scorespace.music.grids import grid_class
from scorespace.music.score import Key, Metre, Score, Track, notes
from scorespace.music.spelled import SpelledGrid

GRID = SpelledGrid()
NARROW = SpelledGrid(bars=1, lowest=55, highest=80)
PLAIN = {GRID: Grid(), NARROW: Grid(bars=1, lowest=55, highest=80)}
MAJOR = (0, 2, 4, 5, 7, 9, 11, 12)
ROWS = st.lists(
    st.tuples(st.integers(0, 31), st.integers(1, 12), st.one_of(st.integers(0, 127), st.integers(58, 73))), max_size=16
)
SHARPS = st.one_of(st.none(), st.integers(-7, 7))
FEW = settings(max_examples=60, deadline=None)


def score(rows, sharps=None) -> Score:
    found = Score.melody([(step / 4, length / 4, pitch) for step, length, pitch in rows])
    return found if sharps is None else replace(found, keys=(Key(0.0, sharps),))


def line(pitches, *keys) -> Score:
    """Eighths."""
    return replace(Score.melody([(k / 2, 0.5, pitch) for k, pitch in enumerate(pitches)]), keys=tuple(keys))


def scale(tonic: int) -> list[int]:
    return [tonic + step for step in MAJOR]


def names(tokens, grid=GRID) -> str:
    return " ".join(grid.names[token] for token in np.ravel(tokens) if token >= FIRST_PITCH)


def drawn(score: Score) -> str:
    """The names in the score's MusicXML, those of tied notes once."""
    found = []
    for note in ElementTree.fromstring(musicxml.dump(score)).iter("note"):
        if note.find("pitch") is not None and all(tie.get("type") == "start" for tie in note.iter("tie")):
            sign = {None: "", "-1": "b", "1": "#"}[note.findtext("pitch/alter")]
            found.append(note.findtext("pitch/step") + sign + note.findtext("pitch/octave"))
    return " ".join(found)


def named(text: str, grid=GRID) -> np.ndarray:
    """A phrase (1, 1, steps) of eighths with these names."""
    tokens = grid.silence()[None].astype(np.int64)
    written = [grid.names.index(name) for name in text.split()]
    tokens[0, 0, : 2 * len(written) : 2] = written
    tokens[0, 0, 2 * len(written)] = REST
    return tokens


def as_plain(tokens: np.ndarray, grid: SpelledGrid = GRID) -> np.ndarray:
    """The tokens of a grid of the kind "steps"."""
    pitches = grid.pitches(tokens)
    return np.where(pitches >= 0, pitches + FIRST_PITCH - grid.lowest, tokens)


def test_a_token_for_every_name_with_one_accidental_at_most():
    letters = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
    every = {}
    for octave in range(-2, 11):
        for letter, above in letters.items():
            for sign, alter in (("b", -1), ("", 0), ("#", 1)):
                pitch = 12 * (octave + 1) + above + alter
                if 0 <= pitch <= 127:
                    every[f"{letter}{sign}{octave}"] = pitch
    assert len(set(GRID.names)) == len(GRID.names) == GRID.sizes[0] == GRID.vocabulary
    assert dict(zip(GRID.names[FIRST_PITCH:], GRID.pitches(np.arange(GRID.vocabulary))[FIRST_PITCH:], strict=True)) == (
        every
    )
    of_octave = [name for name in GRID.names if every.get(name) in range(60, 72)]
    assert " ".join(of_octave) == "C4 B#3 Db4 C#4 D4 Eb4 D#4 Fb4 E4 F4 E#4 Gb4 F#4 G4 Ab4 G#4 A4 Bb4 A#4 Cb5 B4"


def test_sizes_count_the_names_of_the_pitches_there_are():
    one_octave = SpelledGrid(lowest=60, highest=71)
    assert one_octave.sizes == (2 + 12 + 9,)
    assert SpelledGrid(("melody", "bass"), lowest=62, highest=62).sizes == (3, 3)
    used = np.unique(
        [one_octave.to_tokens(score([(0, 1, p), (2, 1, p)], s)) for p in range(60, 72) for s in range(-7, 8)]
    )
    assert used.tolist() == list(range(one_octave.vocabulary)), "every token is written, none beyond them"


@FEW
@given(ROWS, SHARPS)
def test_tokens_are_those_of_the_plain_grid_but_for_the_names(rows, sharps):
    given = score(rows, sharps)
    for grid, plain in PLAIN.items():
        fitted, wanted = grid.quantise(given), plain.quantise(given)
        assert fitted.tokens.dtype == np.uint16
        assert int(fitted.tokens.max()) < grid.vocabulary
        assert np.array_equal(as_plain(fitted.tokens, grid), wanted.tokens)
        assert replace(fitted, tokens=None) == replace(wanted, tokens=None)
        assert np.array_equal(grid.onsets(fitted.tokens), plain.onsets(wanted.tokens))
        assert np.array_equal(grid.sounding(fitted.tokens), plain.sounding(wanted.tokens))


@FEW
@given(ROWS, SHARPS)
def test_a_score_comes_back_with_its_pitches_and_its_names(rows, sharps):
    tokens = GRID.to_tokens(score(rows, sharps))
    again = GRID.to_score(tokens)
    assert again.tracks == Grid().to_score(as_plain(tokens)).tracks
    assert bool(again.keys) == (again.note_count > 0)
    back = GRID.to_tokens(again)
    assert np.array_equal(as_plain(back), as_plain(tokens))
    if sharps is None or -5 <= sharps <= 4:  # beyond, names that would need two accidentals stand at the other end
        assert np.array_equal(back, tokens)
        assert drawn(again) == names(tokens)


def test_enharmonics_are_two_tokens():
    sharp, flat = GRID.to_tokens(line([61], Key(0.0, 2))), GRID.to_tokens(line([61], Key(0.0, -5)))
    assert (names(sharp), names(flat)) == ("C#4", "Db4")
    both = np.stack([sharp, flat])
    assert GRID.token_agreement(both[:1], both[1:]) == pytest.approx([31 / 32])
    assert np.array_equal(GRID.sound(both)[0], GRID.sound(both)[1])
    assert np.array_equal(GRID.normal_form(both)[0], GRID.normal_form(both)[1])
    assert not np.array_equal(GRID.canonical(both)[0], GRID.canonical(both)[1])
    assert statistics.distinct_share(both, GRID) == 0.5
    assert statistics.copied(both[:1], both[1:], GRID).share == 1


@pytest.mark.parametrize(
    ("tonic", "sharps", "spelled"),
    [
        (60, 0, "C4 D4 E4 F4 G4 A4 B4 C5"),
        (61, 7, "C#4 D#4 E#4 F#4 G#4 A#4 B#4 C#5"),
        (61, -5, "Db4 Eb4 F4 Gb4 Ab4 Bb4 C5 Db5"),
        (59, -7, "Cb4 Db4 Eb4 Fb4 Gb4 Ab4 Bb4 Cb5"),
        (63, -3, "Eb4 F4 G4 Ab4 Bb4 C5 D5 Eb5"),
        (66, 6, "F#4 G#4 A#4 B4 C#5 D#5 E#5 F#5"),
    ],
)
def test_scales_have_the_names_of_their_signature(tonic, sharps, spelled):
    tokens = GRID.to_tokens(line(scale(tonic), Key(0.0, sharps)))
    assert names(tokens) == spelled
    assert GRID.to_score(tokens).keys == (Key(0.0, sharps),)
    if abs(sharps) < 6 or sharps == 6:  # without a signature of two that are equal the plainer one
        assert names(GRID.to_tokens(line(scale(tonic)))) == spelled


def test_names_beside_the_key_are_the_nearest_and_never_have_two_accidentals():
    assert names(GRID.to_tokens(line(range(60, 72), Key(0.0, -1)))) == "C4 C#4 D4 Eb4 E4 F4 F#4 G4 Ab4 A4 Bb4 B4"
    assert names(GRID.to_tokens(line([67, 62, 69], Key(0.0, 7)))) == "G4 D4 A4"
    harmonic_minor = [62, 64, 65, 67, 69, 70, 73, 74]
    assert names(GRID.to_tokens(line(harmonic_minor))) == "D4 E4 F4 G4 A4 Bb4 C#5 D5"


def test_the_signature_that_holds_at_a_note_names_it():
    given = line([61, 66] * 4, Key(1.0, -5), Key(2.0, 2), Key(2.6, -5))
    assert names(GRID.to_tokens(given)) == "Db4 Gb4 Db4 Gb4 C#4 F#4 Db4 Gb4"


def test_every_token_is_its_pitch():
    assert [GRID.names[GRID.token(pitch)] for pitch in (60, 61, 66, 70)] == ["C4", "C#4", "F#4", "Bb4"]
    for grid in PLAIN:
        pitches = np.arange(grid.lowest, grid.highest + 1)
        assert grid.pitches(np.array([grid.token(int(p)) for p in pitches])).tolist() == pitches.tolist()
        assert grid.pitches(np.array([[HOLD, REST]])).tolist() == [[-1, -1]]


def test_a_phrase_is_transposed_to_names_that_people_write():
    up = {
        ("D4 E4 F#4 G4 A4 B4 C#5 D5", 1): "Eb4 F4 G4 Ab4 Bb4 C5 D5 Eb5",
        ("D4 E4 F#4 G4 A4 B4 C#5 D5", 2): "E4 F#4 G#4 A4 B4 C#5 D#5 E5",
        ("C4 C#4 D4", -1): "B3 B#3 C#4",
        ("Ab4 C5 Eb5", -4): "E4 G#4 B4",
        ("C#4 E#4 G#4", 1): "D4 F#4 A4",
        ("Cb4 Fb4", -1): "Bb3 Eb4",
        ("C#4 E#4 G#4", 12): "C#5 E#5 G#5",
        ("Fb4 B#4", 0): "Fb4 B#4",
        ("Fb4 B#4", 1): "F4 C#5",
    }
    for (text, shift), wanted in up.items():
        moved = GRID.transposed(named(text), np.array([shift]))
        assert names(moved) == wanted, (text, shift)
    many = np.concatenate([named(text) for text, _ in up])
    together = GRID.transposed(many, np.array([shift for _, shift in up]))
    assert [names(phrase) for phrase in together] == list(up.values())


@FEW
@given(st.lists(st.tuples(ROWS, SHARPS), min_size=1, max_size=4))
def test_transposed_pitches_are_the_pitches_and_the_shift_wherever_there_is_room(many):
    for grid, plain in PLAIN.items():
        tokens = np.stack([grid.to_tokens(score(rows, sharps)) for rows, sharps in many])
        down, up = grid.room(tokens)
        for found, wanted in zip((down, up), plain.room(as_plain(tokens, grid)), strict=True):
            assert np.array_equal(found, wanted)
        onset = tokens >= FIRST_PITCH
        for shift in range(-int(down.min(initial=127)), int(up.min(initial=127)) + 1):
            moved = grid.transposed(tokens, np.full(len(tokens), shift))
            assert moved.dtype == tokens.dtype
            assert np.array_equal(grid.pitches(moved)[onset], grid.pitches(tokens)[onset] + shift)
            assert np.array_equal(moved[~onset], tokens[~onset])
            assert np.array_equal(grid.normal_form(moved), grid.normal_form(tokens))
            if shift % 12 == 0:
                assert re.sub(r"-?\d", "", names(moved, grid)) == re.sub(r"-?\d", "", names(tokens, grid))


def test_transposing_keeps_the_intervals_on_the_line_of_fifths_where_names_allow_it():
    place = {name: GRID._place[k] for k, name in enumerate(GRID.names)}
    phrase = GRID.to_tokens(line(scale(62), Key(0.0, 2)))[None]
    before = np.diff([place[name] for name in names(phrase).split()])
    for shift in range(-12, 13):
        moved = names(GRID.transposed(phrase, np.array([shift]))).split()
        assert np.diff([place[name] for name in moved]).tolist() == before.tolist()
        assert sum("#" in name or "b" in name for name in moved) <= 7


def test_normal_forms_differ_where_the_tunes_differ():
    one, other = named("C4 E4 G4"), named("C4 Eb4 G4")
    assert not np.array_equal(GRID.normal_form(one), GRID.normal_form(other))
    assert GRID.normal_form(one).dtype == np.uint16
    assert np.array_equal(GRID.normal_form(one), Grid().normal_form(as_plain(one)))


def test_windows_silence_and_one_spelling():
    long = GRID.quantise(score([(0, 40, 61), (44, 4, 70)], -5), 4).tokens
    cut = GRID.windows(long, 16)
    assert np.array_equal(as_plain(cut), Grid().windows(as_plain(long), 16))
    assert (cut[1, 0, 0], names(cut[1])) == (HOLD, "Bb4")
    assert GRID.silent(GRID.silence())
    assert np.array_equal(GRID.to_tokens(Score.melody([])), GRID.silence())
    assert GRID.to_score(GRID.silence()).keys == ()
    assert GRID.room(GRID.silence()[None])[0].tolist() == [127]
    assert np.array_equal(GRID.transposed(GRID.silence()[None], np.array([5]))[0], GRID.silence())
    assert np.array_equal(as_plain(GRID.canonical(cut)), Grid().canonical(as_plain(cut)))


def test_several_parts_share_the_signature():
    grid = SpelledGrid(("melody", "bass"), bars=1, lowest=30, highest=90)
    tracks = tuple(Track(notes([(0, 1, pitch), (2, 1, pitch + 1)])) for pitch in (73, 49))
    tokens = grid.to_tokens(Score(tracks, keys=(Key(0.0, -4),)))
    assert names(tokens, grid) == "Db5 D5 Db3 D3"
    assert list(grid.alone()) == ["melody", "bass"]
    assert all(isinstance(alone, SpelledGrid) for alone in grid.alone().values())
    moved = grid.transposed(tokens[None], np.array([-1]))
    assert names(moved, grid) == "C5 C#5 C3 C#3"


def test_figures_are_those_of_the_pitches():
    tokens = np.stack([GRID.to_tokens(line(scale(60 + k), Key(0.0, k - 3))) for k in range(7)]).astype(np.int64)
    plain = as_plain(tokens)
    assert list(attributes_of(GRID)) == list(attributes_of(Grid()))
    for name, attribute in attributes_of(GRID).items():
        assert attribute.histogram(measure(tokens, GRID, [name])[:, 0], GRID).tolist() == (
            attribute.histogram(measure(plain, Grid(), [name])[:, 0], Grid()).tolist()
        )
    drawn = statistics.random_pitches(tokens, GRID, 3)
    assert np.array_equal(as_plain(drawn), statistics.random_pitches(plain, Grid(), 3))
    assert list(degenerate_copies(tokens, tokens, GRID)) == ["silence", "most_common"]
    assert list(unigram_nll(tokens, tokens, GRID)) == ["unigram", "step_unigram"]


@given(st.integers(0, 127), st.integers(-7, 7))
def test_the_nearest_name_is_the_nearest(pitch, sharps):
    place = spelling.nearest(pitch, sharps)
    every = [p for p in range(-40, 40) if (7 * pitch - p) % 12 == 0]
    assert place == min(every, key=lambda p: (abs(p - (sharps + 2)), -p))
    step, alter, octave = spelling.spell(pitch, sharps)
    assert 12 * (octave + 1) + spelling.NATURAL[step] + alter == pitch
    assert spelling.nearest(np.array([pitch]), np.array([sharps])).tolist() == [place]


def test_drums_and_other_parts_are_refused():
    assert grid_class("spelled") is SpelledGrid
    assert SpelledGrid() != Grid()
    for parts in (("drums",), ("melody", "drums"), ("piano",), ()):
        with pytest.raises(UsageError, match="part"):
            SpelledGrid(parts=parts)


def test_a_recipe_names_the_kind(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('[grid]\nkind = "spelled"\nbars = 1\nlowest = 48\n[model]\nname = "attention-vae"\n', "utf-8")
    recipe = recipes.load(path)
    assert recipe.grid == SpelledGrid(bars=1, lowest=48)
    assert recipes.Recipe.from_dict(json.loads(json.dumps(recipe.to_dict()))) == recipe
    assert grid_from(json.loads(json.dumps(grid_table(recipe.grid)))) == recipe.grid


def test_a_data_set_of_names_is_prepared_and_moved(tmp_path):
    folder = tmp_path / "folk"
    rng = np.random.default_rng(4)
    for number in range(12):
        steps = rng.integers(0, 8, 32)
        tune = line([62 + number % 5 + MAJOR[step] for step in steps])
        kept = replace(tune, keys=(Key(0.0, (2, -3, 4, -1, 6)[number % 5]),), metres=(Metre(0.0, 4, 4),))
        files.write(kept, folder / f"{'ABCDEFGHIJKL'[number]}nna.mid")
    shifted = replace(line(np.array([62, 66, 69, 74, 73, 71, 69, 67] * 4) + 1), keys=(Key(0.0, -3),))
    files.write(shifted, folder / "Zelda.mid")
    grid = SpelledGrid(bars=1, lowest=50, highest=90)
    built = build([folder], grid, DataSettings(held_out=(0.2, 0.2)), tmp_path / "out", processes=0)
    shards = Shards.open(built.folder)
    assert shards.grid == grid
    tokens = np.concatenate([shards.tokens(split) for split in ("train", "valid", "test")])
    assert tokens.max() < grid.vocabulary
    found = set(names(tokens, grid).split())
    assert {"F#4", "Ab4"} <= found
    assert not found & {"Gb4", "G#2", "Cb5"}, "signatures of the files name the notes"
    batches = Batches(shards, "train", 4, seed=1)
    for step in range(5):
        batch = batches.at(step)
        assert batch.dtype == np.int64
        assert batch.max() < grid.vocabulary
        chosen = np.asarray(shards.tokens("train")[batches._chosen(step)[0]])
        moved = (grid.pitches(batch) - grid.pitches(chosen))[chosen >= FIRST_PITCH]
        assert np.abs(moved).max() <= 6
