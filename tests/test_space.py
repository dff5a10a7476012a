"""The verbs: what they promise, on an untrained space."""

from __future__ import annotations

import json
from dataclasses import replace

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from tiny_space import save_tiny, tune

from scorespace.errors import InputError, ModelError, UsageError
from scorespace.music import files, transform
from scorespace.music.grid import Grid
from scorespace.music.lines import canonical
from scorespace.music.score import Metre, Score, Tempo, Track, notes
from scorespace.space import Space, load, noise, provenance, replay
from scorespace.space import space as space_module

SCALE = (60, 62, 64, 65, 67, 69, 71, 72)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_tiny(tmp_path_factory.mktemp("space") / "tiny")


@pytest.fixture(scope="module")
def space(folder) -> Space:
    return load(folder)


@pytest.fixture
def long():
    """Seven bars: three phrases and a half."""
    return tune(tuple(SCALE[k % 8] for k in range(28)))


def same(a, b):
    return a.to_midi_bytes() == b.to_midi_bytes() and np.array_equal(a.z, b.z)


def tokens_of(space, take):
    return canonical(space.grid.quantise(take.score, round(take.quarters / 4)).tokens)


# --- chance


def test_normals_are_normal_and_each_take_has_its_own():
    drawn = np.concatenate([noise.normals(3, take, 0, 128) for take in range(400)])
    assert abs(drawn.mean()) < 0.02
    assert abs(drawn.std() - 1) < 0.02
    assert abs((drawn**4).mean() - 3) < 0.15
    assert len(np.unique(drawn)) == len(drawn)


def philox(counter, key):
    """Philox 4x64-10 from the paper, on Python's whole numbers: four words for a counter of four words."""
    mask, (c0, c1, c2, c3), (k0, k1) = 2**64 - 1, counter, key
    for _ in range(10):
        first, second = 0xD2E7470EE14C6C93 * c0, 0xCA5A826395121157 * c2
        c0, c1, c2, c3 = (second >> 64) ^ c1 ^ k0, second & mask, (first >> 64) ^ c3 ^ k1, first & mask
        k0, k1 = (k0 + 0x9E3779B97F4A7C15) & mask, (k1 + 0xBB67AE8584CAA73B) & mask
    return c0, c1, c2, c3


def test_numbers_are_those_that_the_text_describes():
    words = [word for block in (1, 2) for word in philox((block, noise.UNIFORMS, 1, 3), (7, 0))]
    assert noise.uniforms(7, 3, 1, (2, 4)).ravel().tolist() == [(word >> 11) / 2**53 for word in words]


def test_numbers_are_fixed_for_ever():
    """Takes in people's files must come back the same: these are the first numbers of one stream."""
    assert noise.normals(7, 3, 1, 3).tolist() == [-0.20889807372454677, -1.5271439255895467, -1.1187587165993231]
    assert noise.uniforms(7, 3, 1, (3,)).tolist() == [0.9544046161148713, 0.576495246488763, 0.39307722604311623]


def test_fewer_numbers_are_the_beginning_of_more():
    assert np.array_equal(noise.normals(1, 2, 3, 5), noise.normals(1, 2, 3, 500)[:5])


# --- sample


def test_a_take_does_not_depend_on_how_many_there_are(space, monkeypatch):
    many = space.sample(9, seed=7, temperature=0.8)
    monkeypatch.setattr(space_module, "BATCH", 2)
    for n in (1, 3, 9):
        takes = space.sample(n, seed=7, temperature=0.8)
        assert all(same(take, many[k]) for k, take in enumerate(takes))


def test_samples_differ_and_have_a_phrase_each(space):
    takes = space.sample(4, seed=1)
    assert len({take.to_midi_bytes() for take in takes}) == 4
    assert all(take.z.shape == (1, 6) and take.z.dtype == np.float64 and take.quarters == 8 for take in takes)


def test_seed_none_picks_one_that_gives_the_same_takes_again(space):
    take = space.sample(2)[1]
    assert same(space.sample(2, seed=take.provenance["seed"])[1], take)


@pytest.mark.parametrize(
    "bad", [{"n": 0}, {"seed": -1}, {"seed": 2**32}, {"temperature": -0.1}, {"temperature": np.nan}]
)
def test_arguments_that_are_not_allowed(space, bad):
    with pytest.raises(UsageError):
        space.sample(**bad)


def test_temperature_changes_notes_and_not_points(space):
    cold, warm = space.sample(1, seed=3, temperature=0.0)[0], space.sample(1, seed=3, temperature=2.0)[0]
    assert np.array_equal(cold.z, warm.z)
    assert cold.score != warm.score


# --- reconstruct and vary


def test_reconstruct_decodes_the_posterior_mean(space):
    take = space.reconstruct(tune())[0]
    assert np.array_equal(take.z, space.encode(tune()))
    assert take.score.tracks == space.decode(space.encode(tune())).score.tracks


def test_results_keep_the_tempo_and_the_instrument_of_the_first_score(space):
    flute = tune(qpm=77).with_tracks([replace(tune().tracks[0], program=73)])
    for take in (space.vary(flute, 1, seed=1)[0], space.interpolate(flute, tune(), steps=3)[1]):
        assert take.score.qpm == 77
        assert take.score.tracks[0].program == 73


def test_vary_by_nothing_is_the_users_own_score(space):
    mine = tune()
    assert all(take.score is mine for take in space.vary(mine, n=3, amount=0, seed=1))


def test_vary_altogether_is_a_sample(space):
    varied, sampled = space.vary(tune(), n=3, amount=1, seed=5), space.sample(3, seed=5)
    for a, b in zip(varied, sampled, strict=True):
        assert np.array_equal(a.z, b.z)
        assert a.score.tracks == b.score.tracks


def test_variations_move_further_with_the_amount(space):
    home = space.encode(tune())
    distance = [np.linalg.norm(space.vary(tune(), 1, amount, seed=2)[0].z - home) for amount in (0.1, 0.4, 0.9)]
    assert 0 < distance[0] < distance[1] < distance[2]


def test_each_variation_is_another(space):
    points = np.concatenate([take.z for take in space.vary(tune(), 5, 0.5, seed=2)])
    assert len(np.unique(points, axis=0)) == 5


@pytest.mark.parametrize("amount", [-0.1, 1.1, float("nan")])
def test_amount_is_a_share(space, amount):
    with pytest.raises(UsageError, match="amount"):
        space.vary(tune(), amount=amount)


def test_longer_scores_are_worked_on_phrase_by_phrase(space, long):
    take = space.vary(long, 1, 0.4, seed=2)[0]
    assert take.z.shape == (4, 6)
    assert take.quarters == 32
    assert space.encode(long).shape == (4, 6)


def test_silent_phrases_stay_silent_and_in_place(space):
    gap = Score.melody([(0, 1, 60), (2, 1, 64), (16, 1, 67), (18, 1, 65)])
    take = space.reconstruct(gap)[0]
    found = take.score.tracks[0].notes
    assert take.z.shape == (2, 6)
    assert take.quarters == 24
    assert not ((found["start"] >= 8) & (found["start"] < 16)).any()
    assert np.array_equal(tokens_of(space, take)[:, 32:64] > 1, np.zeros((1, 32), bool))


# --- interpolate


def test_ends_of_a_line_are_the_users_own_notes(space):
    a, b = tune(), tune(SCALE[::-1])
    line = space.interpolate(a, b, steps=5)
    assert len(line) == 5
    assert line[0].score is a
    assert line[-1].score is b
    assert np.array_equal(line[0].z, space.encode(a))


def test_ends_from_files_are_what_the_files_hold(space, tmp_path):
    path = tune().write(tmp_path / "a.mid")
    line = space.interpolate(path, path.read_bytes(), steps=3)
    assert line[0].score == files.read(path)
    assert line[-1].score == files.read(path)


def test_linear_line_is_straight_and_round_line_keeps_the_length(space):
    a, b = tune(), tune(SCALE[::-1])
    z = [space.encode(score)[0] for score in (a, b)]
    straight = space.interpolate(a, b, steps=5, method="linear")
    np.testing.assert_allclose(straight[1].z[0], 0.75 * z[0] + 0.25 * z[1], rtol=1e-12)
    lengths = [np.linalg.norm(take.z) for take in space.interpolate(a, b, steps=5)]
    np.testing.assert_allclose(lengths, np.linspace(lengths[0], lengths[-1], 5), rtol=1e-9)


def test_every_anchor_stands_in_the_line(space):
    anchors = [tune(), tune(SCALE[::-1]), tune((60,) * 8)]
    line = space.interpolate(*anchors, steps=6)
    assert [any(take.score is anchor for take in line) for anchor in anchors] == [True] * 3
    with pytest.raises(UsageError, match="at least 3 steps"):
        space.interpolate(*anchors, steps=2)


def test_a_line_between_equal_scores_stays_where_it_is(space):
    line = space.interpolate(tune(), tune(), steps=4)
    for take in line:
        np.testing.assert_allclose(take.z, line[0].z, rtol=1e-12)


def test_the_shorter_score_begins_again(space, long):
    line = space.interpolate(tune(), long, steps=3)
    assert [take.quarters for take in line] == [32, 32, 32]
    assert line[-1].score is long
    own = line[0].score.tracks[0].notes
    assert np.array_equal(own["pitch"], np.tile(tune().tracks[0].notes["pitch"], 4))
    np.testing.assert_allclose(own["start"][8:16], tune().tracks[0].notes["start"] + 8)


def test_a_part_of_a_larger_score_is_an_end_as_it_was_played(space):
    drums = Track(notes([(0, 1, 36)]), "drums", is_drum=True)
    band = tune().with_tracks([drums, tune().tracks[0]])
    line = space.interpolate(band, tune(), steps=2)
    assert line[0].score.tracks == tune().tracks


def test_unknown_method(space):
    with pytest.raises(UsageError, match="slerp or linear"):
        space.interpolate(tune(), tune(), method="cubic")


def test_one_score_is_no_line(space):
    with pytest.raises(UsageError, match="two scores"):
        space.interpolate(tune())


# --- palette


def test_corners_of_a_palette_are_the_users_own_notes(space):
    corners = [tune(), tune(SCALE[::-1]), tune((60,) * 8), space.sample(1, seed=1)[0]]
    square = space.palette(*corners, size=(3, 4))
    assert square.shape == (3, 4)
    assert len(list(square)) == 12
    assert square[0, 0].score is corners[0]
    assert square[0, -1].score is corners[1]
    assert square[2, 0].score is corners[2]
    assert square[-1, -1].score is corners[3].score
    assert square[1, 2] is square[6]
    z = [space.encode(corner)[0] for corner in corners]
    linear = space.palette(*corners, size=3, method="linear")
    np.testing.assert_allclose(linear[1, 1].z[0], np.mean(z, axis=0), rtol=1e-9)


def test_a_palette_takes_the_first_phrase_of_a_longer_score(space, long):
    late = replace(long, tracks=(replace(long.tracks[0], notes=shifted(long.tracks[0].notes, 9.0)),))
    square = space.palette(late, long, tune(), tune(), size=2)
    assert square[0, 0].z.shape == (1, 6)
    assert square[0, 0].quarters == 8
    assert square[0, 0].score.tracks[0].notes["start"][0] == pytest.approx(1.02)


@pytest.mark.parametrize("size", [1, (2, 1), 0])
def test_a_palette_has_two_rows_and_columns(space, size):
    with pytest.raises(UsageError):
        space.palette(tune(), tune(), tune(), tune(), size=size)


def shifted(array, quarters):
    moved = array.copy()
    moved["start"] += quarters
    return moved


# --- encode, decode and takes


points = st.lists(st.floats(-5, 5), min_size=6, max_size=18).map(
    lambda v: np.array(v[: len(v) // 6 * 6]).reshape(-1, 6)
)


@settings(max_examples=40)
@given(points)
def test_any_take_can_be_encoded_again(space, z):
    take = space.decode(z)
    again = take.score
    assert np.isfinite(space.encode(take)).all()
    whole = space.grid.quantise(again, 2 * len(z)).tokens
    assert (
        canonical(space.grid.quantise(space.grid.to_score(whole), 2 * len(z)).tokens).tolist()
        == canonical(whole).tolist()
    )
    assert same(space.again(json.loads(provenance.dump(take.provenance))), take)


def test_decode_takes_one_point_or_several(space):
    assert space.decode(np.zeros(6)).z.shape == (1, 6)
    assert space.decode(np.zeros((3, 6))).quarters == 24
    for wrong in (np.zeros(5), np.zeros((0, 6)), np.full(6, np.nan)):
        with pytest.raises(UsageError, match="finite"):
            space.decode(wrong)


def test_takes_are_written_without_replacing(space, tmp_path):
    takes = space.sample(2, seed=7)
    first, second = takes.write(tmp_path), takes.write(tmp_path)
    assert [path.name for path in first + second] == [f"tiny.sample-7-0{k}.mid" for k in (1, 2, 3, 4)]
    assert takes.write(tmp_path, force=True) == first
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_joined_takes_follow_each_other(space):
    takes = space.sample(3, seed=7)
    whole = takes.join()
    assert whole.quarters == 24
    assert whole.score.note_count == sum(take.score.note_count for take in takes)
    assert whole.z.shape == (3, 6)
    assert takes[:1].join() is takes[0]
    with pytest.raises(InputError, match="no take"):
        takes[:0].join()


# --- replay


def some_takes(space, long):
    return [
        space.sample(3, seed=7)[2],
        space.reconstruct(long, seed=3, temperature=0.7)[0],
        space.vary(long, 2, 0.4, seed=9)[1],
        space.interpolate(tune(), long, steps=4)[2],
        space.interpolate(tune(), long, steps=4)[0],
        space.palette(long, tune(), tune(), tune(), size=3)[1, 1],
        space.palette(long, tune(), tune(), tune(), size=3)[0, 0],
        space.palette(long, tune(), tune(), tune(), at=[(0.3, 0.8), (0.9, 0.1)]).join(),
        space.interpolate(tune(), long, steps=3).join(),
        space.decode(np.ones((2, 6))),
    ]


def test_every_take_is_made_again_from_its_file_alone(space, long, folder, tmp_path):
    for k, take in enumerate(some_takes(space, long)):
        path = take.write(tmp_path / f"{k}.mid")
        again = replay(path, folder)
        assert again.to_midi_bytes() == path.read_bytes()
        assert np.array_equal(again.z, take.z)


def test_a_record_that_went_through_javascript_is_made_again(space):
    """There 0.0 is 0."""
    take = space.palette(*[tune()] * 4, at=[(0.0, 1.0), (0.5, 1.0)])[1]
    text = provenance.dump(take.provenance).replace(".0,", ",").replace(".0]", "]")
    assert '"temperature":0,' in text or '"temperature":0}' in text
    assert same(space.again(provenance.parse(text)), take)


def test_a_joined_line_carries_each_input_once(space):
    record = space.interpolate(tune(), tune(SCALE[::-1]), steps=8).join().provenance
    assert len(record["inputs"]) == 2
    assert [take["inputs"] for take in record["takes"]] == [[0, 1]] * 8


def test_replay_refuses_other_weights(space, tmp_path):
    path = space.sample(1, seed=1)[0].write(tmp_path / "a.mid")
    other = save_tiny(tmp_path / "tiny", seed=2)
    with pytest.raises(ModelError, match="weights"):
        replay(path, other)


def test_replay_of_a_space_that_is_not_here_says_where_to_look(space, tmp_path):
    path = space.sample(1, seed=1)[0].write(tmp_path / "a.mid")
    with pytest.raises(ModelError, match="'tiny'"):
        replay(path)


def test_replay_notices_an_edited_file(space, folder, tmp_path):
    take = space.sample(1, seed=1, temperature=2.0)[0]
    edited = replace(take, score=tune())
    path = edited.write(tmp_path / "a.mid")
    with pytest.raises(InputError, match="edited"):
        replay(path, folder)


def test_replay_of_a_file_without_provenance(tmp_path):
    with pytest.raises(InputError, match="carries no provenance"):
        replay(tune().write(tmp_path / "mine.mid"))


def damaged(record):
    yield "not json"
    yield "[1, 2]"
    yield "[" * 100_000
    yield json.dumps({**record, "format": 99})
    for key in record:
        if key != "scorespace":
            yield json.dumps({name: value for name, value in record.items() if name != key})
            yield json.dumps({**record, key: [{"x": None}] if key != "inputs" else 3})
    yield json.dumps({**record, "verb": "compose"})
    yield json.dumps({**record, "seed": -4})
    yield json.dumps({**record, "index": -1})
    yield json.dumps({**record, "index": 10**30})
    yield json.dumps({**record, "temperature": -1.0})
    yield json.dumps({**record, "arguments": {"amount": "much"}})
    yield json.dumps({**record, "arguments": {}})
    yield json.dumps({**record, "inputs": []})
    for notes_ in ([[0, 1, 60]], [[0, 1, 600, 80]], [[0, "1", 60, 80]], [[float("1e300"), 1, 60, 80]], 5, None):
        bad = {**record["inputs"][0], "tracks": [{"notes": notes_}]}
        yield json.dumps({**record, "inputs": [bad]})
    yield json.dumps({"format": 1, "verb": "join"})
    yield json.dumps({"format": 1, "verb": "join", "inputs": [], "takes": []})
    yield json.dumps({"format": 1, "verb": "join", "inputs": [], "takes": [{"inputs": [3]}]})


def test_damaged_provenance_is_refused_in_one_sentence(space, folder):
    record = space.vary(tune(), 1, 0.5, seed=1)[0].provenance
    for text in damaged(record):
        with pytest.raises((InputError, ModelError)) as caught:
            replay(files.to_midi_bytes(tune(), text), folder)
        assert len(str(caught.value)) < 500, text[:100]


def test_packed_scores_come_back_the_same():
    score = Score(
        (Track(notes([(1 / 3, 0.1, 60, 7)]), "mélodie", 40), Track(notes([(0, 1, 36)]), is_drum=True)),
        (Tempo(0.0, 93.7), Tempo(5.0, 120.0)),
        (Metre(0.0, 6, 8), Metre(9.0, 4, 4)),
        title="Ünder",
    )
    assert provenance.unpack(json.loads(provenance.dump(provenance.pack(score)))) == score


# --- check


def test_check_of_a_clean_phrase_changes_nothing_but_the_grid(space):
    clean = Score.melody([(k, 1, 60 + k) for k in range(8)])
    report = space.check(clean)
    assert report.ok
    assert report.kept == report.notes == 8
    assert [change for change in report.changes if "holds" not in change] == []
    assert 0 <= report.held <= 1


def messy():
    """Drums, two notes at once, late notes, one too low, and a waltz in the middle."""
    lead = [
        (0.1, 0.5, 60),
        (0.1, 0.5, 64),
        (1, 1, 65),
        (2, 1, 20),
        (3, 1, 67),
        (9, 1, 72),
        (14, 1, 74),
        (20, 1, 71),
        (24, 1, 69),
    ]
    tracks = (Track(notes([(0, 1, 36)] * 3), "kit", is_drum=True), Track(notes(lead), "lead"))
    return Score(tracks, metres=(Metre(0.0, 4, 4), Metre(8.0, 3, 4), Metre(14.0, 4, 4)))


def test_check_names_every_change(space):
    report = space.check(messy())
    said = "\n".join(report.changes)
    assert report.ok
    for words in ("lead", "dropped", "grid", "pitches 48-84", "3/4", "of rest"):
        assert words in said, (words, said)
    assert report.notes == 12


@pytest.mark.parametrize(
    ("score", "word"),
    [
        (Score(), "no notes"),
        (Score((Track(notes([(0, 1, 36)]), is_drum=True),)), "melody"),
        (Score.melody([(0, 1, 60)], metre=(3, 4)), "3/4"),
        (Score.melody([(0, 1, 20)]), "pitches"),
        (Score.melody([(1e9, 1, 60)]), "long"),
        (b"not music at all", "not"),
        ("there-is-no-such-file.mid", "there-is-no-such-file"),
        (42, "int"),
    ],
)
def test_check_never_raises_and_the_verbs_do(space, score, word):
    report = space.check(score)
    assert not report.ok
    assert word in report.changes[0]
    with pytest.raises(InputError):
        space.reconstruct(score)


# --- finding spaces, choosing bars


def test_an_unknown_space_lists_what_there_is():
    with pytest.raises(ModelError, match="bundled"):
        load("no-such-space")


def test_a_space_says_what_it_takes(space):
    assert space.name == "tiny"
    for words in ("2 bars", "4/4", "melody", "48-84"):
        assert words in space.limits


def test_bars_are_chosen_by_number(long):
    chosen = transform.bars(long, 2, 3)
    assert chosen.bar_count() == 2
    assert chosen.tracks[0].notes["pitch"].tolist() == [SCALE[k % 8] for k in range(4, 12)]
    for first, last in ((0, 1), (7, 8)):
        with pytest.raises(UsageError, match="bars 1-7"):
            transform.bars(long, first, last)
    with pytest.raises(UsageError, match="run backwards: write 2-3"):
        transform.bars(long, 3, 2)


def played(last_end: float) -> Score:
    """Two bars played late, so that the last note rings into the third."""
    rows = [(k * 1.0 + 0.1, 0.9, 60 + k) for k in range(7)]
    return Score.melody([*rows, (7.1, last_end - 7.1, 60)])


def test_a_note_that_rings_over_the_last_bar_line_makes_no_bar(space, tmp_path):
    rings, holds = played(8.1), played(8.2)
    assert [len(space.check(score).phrases) for score in (rings, holds)] == [1, 2]
    assert space.check(rings).kept == 8
    assert not any("bar" in change.lower() for change in space.check(rings).changes if "hold" not in change)
    line = space.interpolate(rings, tune(), steps=3)
    assert line[0].score is rings
    assert [take.quarters for take in line] == [8.0] * 3
    assert space.vary(rings, n=1, seed=1)[0].quarters == 8


def test_notes_end_where_the_next_take_begins(space, long, folder, tmp_path):
    early = Score.melody([(0.0, 1.0, 60), (1.0, 7.1, 60)])  # rings over into its own first note
    joined = space.interpolate(early, long, steps=2).join()
    path = joined.write(tmp_path / "joined.mid")
    assert files.read(path).note_count == joined.score.note_count
    ends = joined.score.tracks[0].notes["start"] + joined.score.tracks[0].notes["duration"]
    assert (ends[:-1] <= joined.score.tracks[0].notes["start"][1:] + 1e-9).all()
    assert replay(path, folder).score == joined.score


def test_check_tells_a_cut_off_bar_from_a_strange_metre(space):
    score = replace(tune(tuple(60 + k for k in range(10))), metres=(Metre(0.0, 4, 4), Metre(5.5, 4, 4)))
    changes = space.check(score).changes
    assert "Bar 2 is left out: a change of metre cuts it short." in changes


def test_check_counts_a_note_that_belongs_to_the_next_bar(space):
    changes = space.check(Score.melody([(0.0, 1.0, 60), (7.95, 0.04, 62)])).changes
    assert any("so late in the last bar" in change for change in changes)


def test_whole_numbers_may_come_from_numpy(space):
    line = space.interpolate(tune(), tune((70, 71)), steps=np.int64(3))
    assert json.loads(provenance.dump(line[0].provenance))["arguments"]["steps"] == 3
    assert space.palette(*[tune()] * 4, size=np.int64(2)).shape == (2, 2)
    assert space.palette(*[tune()] * 4, size=[2, np.int64(3)]).shape == (2, 3)


@pytest.mark.parametrize("size", ["5", 2.5, (2.5, 3), (2, 3, 4), True])
def test_a_size_is_one_whole_number_or_two(space, size):
    with pytest.raises(UsageError, match="rows"):
        space.palette(*[tune()] * 4, size=size)


@pytest.mark.parametrize("temperature", [None, "1", float("nan")])
def test_a_temperature_is_a_number(space, temperature):
    with pytest.raises(UsageError, match="temperature"):
        space.sample(1, temperature=temperature)


def test_results_show_themselves_in_a_line(space):
    take = space.sample(2, seed=3)[1]
    assert repr(take) == f"<Take of sample: {take.score.note_count} notes, 8 quarters, seed 3>"
    assert repr(space.sample(2, seed=3).join()).startswith("<Take of join: ")
    assert repr(replace(tune(), title="Air")) == (
        "<Score 'Air': 8 notes in 1 track, 7.92 quarter notes of 4/4, 100 a minute>"
    )
    assert repr(tune().tracks[0]) == "<Track 'melody': 8 notes, program 0>"


def test_bars_of_half_the_length_are_read_in_pairs():
    """A song whose file says 2/4, as half of POP909 does, is read in 4/4; its notes stay where they are."""
    halves = Score.melody([(k, 1.0, 60 + k % 8) for k in range(12)], metre=(2, 4))
    paired = transform.paired(halves, ("4/4", "2/2"))
    assert (paired.bar_count(), halves.bar_count()) == (3, 6)
    np.testing.assert_array_equal(paired.tracks[0].notes, halves.tracks[0].notes)
    space = load("melody-2bar")
    report = space.check(halves)
    assert report.changes[0] == "Two bars of 2/4 are read as one of 4/4; bars are counted so."
    assert space.reconstruct(halves)[0].score.metres[0].numerator == 4
    assert transform.paired(paired, ("4/4",)) is paired
    waltz = Score.melody([(k, 1.0, 60) for k in range(12)], metre=(3, 4))
    assert transform.paired(waltz, ("4/4", "2/2")) is waltz


def test_a_phrase_longer_than_anyone_means_is_refused():
    with pytest.raises(UsageError, match="1024 bars at most, got 1000000"):
        Grid(bars=1_000_000)


def test_drums_of_no_class_are_named_even_when_there_is_nothing_else():
    strange = Score((Track(notes([(k, 0.2, 90 + k % 2) for k in range(8)]), "kit", is_drum=True),))
    report = load("drums-2bar").check(strange)
    assert not report.ok
    assert "its drum pitches are 90, 91" in report.changes[0]


def test_a_score_without_the_part_is_told_what_the_space_writes():
    report = load("drums-2bar").check(tune())
    assert "this space writes drums: choose another space or score" in report.changes[0]
