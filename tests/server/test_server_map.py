"""POST v1/map and v1/map/places give what Python gives."""

from __future__ import annotations

import json

import numpy as np
import pytest
from tiny_space import tune

from scorespace.music.packed import pack

STREAM = {"Accept": "application/x-ndjson"}
NAMES = [f"tune {k}" for k in range(6)]
TUNES = [tune(tuple(int(pitch) for pitch in row)) for row in np.random.default_rng(4).integers(55, 80, (len(NAMES), 8))]


def body(**more):
    return {"space": "tiny", "names": NAMES, "inputs": [pack(score) for score in TUNES], **more}


def test_the_map_is_that_of_python(client, spaces):
    with client.stream("POST", "/v1/map", json=body(), headers=STREAM) as response:
        *progress, last, done = (json.loads(line) for line in response.iter_lines())
    shares = [line["progress"] for line in progress]
    assert shares == sorted(shares)
    assert done == {"done": True}
    made = spaces["tiny"].map(list(zip(NAMES, TUNES, strict=True)))
    assert last["map"] == json.loads(json.dumps(made.to_dict()))


def test_places_of_a_map_are_those_of_python(client, spaces):
    made = client.post("/v1/map", json=body()).json()["map"]
    places = [made["points"][0], list(np.mean(made["points"], axis=0))]
    asked = {"space": "tiny", "inputs": made["scores"], "places": places}
    answer = client.post(
        "/v1/map/places", json={**asked, "centre": made["plane"]["centre"], "axes": made["plane"]["axes"]}
    )
    takes = answer.json()["takes"]
    space = spaces["tiny"]
    mine = space.map(list(zip(NAMES, TUNES, strict=True)))
    for take, place in zip(takes, places, strict=True):
        assert np.allclose(take["z"], mine.place(*place), atol=1e-4)
        assert take["verb"] == "decode"
    assert takes[0]["score"] == pack(space.decode(space.encode(TUNES[0])[0]).score)


def test_a_bad_score_is_left_out_and_told(client):
    inputs = [pack(score) for score in TUNES] + [{"tracks": []}]
    made = client.post("/v1/map", json=body(inputs=inputs, names=[*NAMES, "bad"])).json()["map"]
    assert len(made["points"]) == len(NAMES)
    assert made["skipped"][0]["name"] == "bad"


@pytest.mark.parametrize(
    ("path", "change", "words"),
    [
        ("map", {"names": NAMES[1:]}, "names and inputs go together, one each: got 5 names and 6 inputs"),
        ("map", {"project": "mds"}, "project is pca or tsne or umap"),
        ("map/places", {"centre": [0.0], "axes": [[1.0], [0.0]], "places": [[0, 0]], "names": None}, "not of tiny"),
    ],
)
def test_what_is_wrong_is_one_sentence(client, path, change, words):
    asked = {key: value for key, value in body(**change).items() if value is not None}
    response = client.post(f"/v1/{path}", json=asked)
    assert response.status_code == 400
    assert words in response.json()["error"]["message"]
