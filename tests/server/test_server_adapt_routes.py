"""Styles over HTTP: made step by step, kept under a name, followed by the verbs, forgotten."""

from __future__ import annotations

import json

import numpy as np
import pytest
from tiny_space import tune

from scorespace.space import Style, provenance

STREAM = {"Accept": "application/x-ndjson"}
NAME = "five notes"


def inputs(count=6):
    rows = [np.random.default_rng(k).choice([60, 62, 64, 67, 69], 24) for k in range(count)]
    scores = [tune(tuple(int(pitch) for pitch in row)) for row in rows]
    return [{"name": f"{k}", "score": provenance.pack(score)} for k, score in enumerate(scores)]


@pytest.fixture(scope="module")
def steps(running):
    with running.client() as client:
        answer = client.post("/v1/adapt", json={"space": "tiny", "inputs": inputs(), "seed": 4}, headers=STREAM)
    assert answer.status_code == 200, answer.text
    *found, last = [json.loads(line) for line in answer.text.splitlines()]
    assert last == {"done": True}
    return found


@pytest.fixture
def kept(client, steps):
    answer = client.post("/v1/styles", json={"name": NAME, "style": steps[-1]["style"]})
    assert answer.status_code == 200, answer.text
    yield answer.json()
    client.delete(f"/v1/styles/{NAME}")


def test_it_tells_how_far_it_is_with_takes_before_and_after(steps, spaces):
    assert len(steps[0]["before"]) == 2
    assert [step["progress"] for step in steps] == sorted(step["progress"] for step in steps)
    tried = [step for step in steps if step.get("loss") is not None]
    assert tried[0]["heldOut"]["after"] < tried[0]["heldOut"]["before"]
    assert all(len(step["after"]) == 2 for step in tried[:1])
    style = Style.from_dict(steps[-1]["style"])
    wanted = spaces["tiny"].with_style(style).sample(2, 4)
    assert [provenance.pack(take.score) for take in wanted] == [take["score"] for take in steps[-1]["after"]]


def test_each_score_is_checked(client):
    given = [*inputs(1), {"name": "no score", "score": {"tracks": 3}}, {}]
    rows = client.post("/v1/adapt/check", json={"space": "tiny", "inputs": given}).json()["files"]
    assert [row["phrases"] > 0 for row in rows] == [True, False, False]
    assert rows[1]["name"] == "no score"
    assert "is no score" in rows[1]["problem"]


def test_a_kept_style_is_listed_followed_and_replayed(client, kept):
    table = {row["name"]: row for row in client.get("/v1/spaces").json()["spaces"]}
    assert table["tiny"]["styles"] == [NAME]
    assert table["groove"]["styles"] == []
    assert "adapt" in table["tiny"]["verbs"]
    assert "adapt" not in table["inpainter"]["verbs"]
    body = {"space": "tiny", "style": NAME, "inputs": [], "n": 3, "seed": 1}
    takes = client.post("/v1/sample", json=body, headers=STREAM).text.splitlines()
    first = json.loads(takes[0])["take"]
    assert first["adapted"] == {"name": NAME, "sha256": kept["style"]}
    plain = client.post("/v1/sample", json={**body, "style": None}).json()["takes"][0]
    assert plain["score"] != first["score"]
    again = client.post("/v1/replay", json={"provenance": first["provenance"]}).json()["takes"][0]
    assert again["score"] == first["score"]


def test_names_are_guarded(client, steps, kept):
    style = steps[-1]["style"]
    for body, status in (
        ({"name": NAME, "style": style}, 400),
        ({"name": "../outside", "style": style}, 400),
        ({"name": "other", "style": {"name": "x"}}, 422),
        ({"name": "other", "style": {**style, "weights": "0" * 64}}, 404),
    ):
        assert client.post("/v1/styles", json=body).status_code == status
    assert client.post("/v1/styles", json={"name": NAME, "style": style, "replace": True}).status_code == 200
    wrong = {"space": "tiny", "style": "..", "inputs": []}
    assert client.post("/v1/sample", json=wrong).status_code == 404
    assert client.post("/v1/sample", json={**wrong, "space": "genres", "style": NAME}).status_code == 404
    assert client.delete("/v1/styles/none").status_code == 404


def test_a_forgotten_style_is_gone(client, steps):
    client.post("/v1/styles", json={"name": "gone", "style": steps[-1]["style"]})
    assert client.delete("/v1/styles/gone").json() == {"removed": "gone"}
    answer = client.post("/v1/sample", json={"space": "tiny", "style": "gone", "inputs": []})
    assert (answer.status_code, "There is no style 'gone'" in answer.json()["error"]["message"]) == (404, True)
