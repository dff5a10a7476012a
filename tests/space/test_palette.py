"""Takes at any places of a palette's square, on an untrained space."""

from __future__ import annotations

import json

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from tiny_space import save_tiny, tune

from scorespace.errors import InputError, UsageError
from scorespace.music import files
from scorespace.space import Space, load, provenance, replay

CORNERS = (tune(), tune((72, 71, 69, 67, 65, 64, 62, 60)), tune((60,) * 8), tune((48, 55, 60, 64)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_tiny(tmp_path_factory.mktemp("space") / "tiny")


@pytest.fixture(scope="module")
def space(folder) -> Space:
    return load(folder)


@settings(max_examples=12, deadline=None)
@given(st.integers(2, 6), st.integers(2, 6), st.sampled_from(["slerp", "linear"]), st.sampled_from([0.0, 0.8]))
def test_places_on_a_grid_give_the_takes_of_the_grid(space, rows, columns, method, temperature):
    chance = {"method": method, "temperature": temperature, "seed": 5}
    square = space.palette(*CORNERS, size=(rows, columns), **chance)
    at = [(c / (columns - 1), r / (rows - 1)) for r in range(rows) for c in range(columns)]
    for one, other in zip(square, space.palette(*CORNERS, at=at, **chance), strict=True):
        assert one.score == other.score
        assert np.array_equal(one.z, other.z)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=5))
def test_a_take_depends_on_its_place_alone(space, at):
    together = space.palette(*CORNERS, at=at)
    for place, take in zip(at, together, strict=True):
        alone = space.palette(*CORNERS, at=[place])[0]
        assert alone.score == take.score
        assert np.array_equal(alone.z, take.z)
        assert space.again(json.loads(provenance.dump(take.provenance))).score == take.score


def test_a_place_in_a_corner_is_the_users_own_notes(space):
    takes = space.palette(*CORNERS, at=[(0, 0), (1, 0), (0, 1), np.array([1, 1])])
    assert all(take.score is corner for take, corner in zip(takes, CORNERS, strict=True))


def test_the_take_of_a_place_names_it_and_is_made_again(space, folder, tmp_path):
    takes = space.palette(*CORNERS, at=[(0, 0), (0.25, 0.5), (1, 1)], temperature=0.5, seed=3)
    assert takes[1].provenance["arguments"] == {"at": [0.25, 0.5], "method": "slerp"}
    for take in (*takes, takes.join()):
        path = take.write(tmp_path / "take.mid")
        assert replay(path, folder).to_midi_bytes() == path.read_bytes()


def test_a_path_plays_each_phrase_once_where_it_stays(space):
    walk = space.palette(*CORNERS, at=[(0, 0), (0, 0), (1, 0), (1, 0), (0, 0)]).distinct()
    assert [take.provenance["arguments"]["at"] for take in walk] == [[0, 0], [1, 0], [0, 0]]
    assert len(walk[:0].distinct()) == 0


@pytest.mark.parametrize(
    "at",
    [[], "0,0", [(0, 1.5)], [(-0.1, 0)], [(0,)], [(0, 0, 0)], [0.5, 0.5], [(float("nan"), 0)], [("0", 0)], [(True, 0)]],
)
def test_places_that_are_not_in_the_square_are_refused(space, at):
    with pytest.raises(UsageError, match=r"\(x, y\)|from 0 to 1"):
        space.palette(*CORNERS, at=at)


def test_a_palette_has_a_size_or_places(space):
    with pytest.raises(UsageError, match="either a size"):
        space.palette(*CORNERS, size=5, at=[(0, 0)])


@pytest.mark.parametrize("at", [None, [], [[2, 0]], [0.5], "0,0"])
def test_a_damaged_place_in_a_record_is_said(space, at):
    record = space.palette(*CORNERS, at=[(0.5, 0.5)])[0].provenance
    with pytest.raises(InputError, match="damaged"):
        space.again({**record, "arguments": {**record["arguments"], "at": at}})


def test_a_path_is_read_as_files_are(space, tmp_path):
    for k, corner in enumerate(CORNERS):
        corner.write(tmp_path / f"{k}.mid")
    paths = [tmp_path / f"{k}.mid" for k in range(4)]
    assert space.palette(*paths, at=[(1, 1)])[0].score == files.read(paths[3])


def test_the_corners_are_encoded_once(space, folder, monkeypatch):
    fresh = load(folder)
    first = fresh.palette(*CORNERS, at=[(0.3, 0.6)])[0]
    monkeypatch.setattr(fresh, "_posterior", lambda tokens: pytest.fail("encoded again"))
    assert np.array_equal(fresh.palette(*CORNERS, at=[(0.3, 0.6)])[0].z, first.z)
    assert np.array_equal(space.palette(*CORNERS, at=[(0.3, 0.6)])[0].z, first.z)
