"""Runs of training from the app: started, followed, stopped, gone on with, used; no request names a path."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from launched import PATIENT
from tiny_space import tune

from scorespace.music.packed import pack
from scorespace.server import recipes
from scorespace.server.runs import Runs

pytestmark = pytest.mark.slow

SHELF = [pack(tune(tuple(int(pitch) for pitch in row))) for row in np.random.default_rng(8).integers(55, 80, (20, 32))]
SHORT = {"training.steps": 12, "training.evaluate_every": 4}


@pytest.fixture(scope="module")
def place(running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the server's runs are for these tests."""
    folder = tmp_path_factory.mktemp("runs")
    running.server.runs = Runs([folder], [folder], running.server.registry)
    yield folder
    running.server.runs = None


def follow_until(client, name: str, condition) -> dict:
    """What `follow` says once the condition holds; it waits for news itself."""
    known, end = {"after": 0, "samples": [], "state": None}, time.monotonic() + PATIENT
    lines: list[dict] = []
    while time.monotonic() < end:
        news = client.post(f"/v1/runs/{name}/follow", json={**known, "wait": 5}).json()
        assert "error" not in news, news
        lines = lines[: news["from"]] + news["lines"]
        known = {"after": len(lines), "samples": news["samples"], "state": news["run"]["state"]}
        news["lines"] = lines
        if condition(news):
            return news
    raise AssertionError(f"It was not so in time: {news['run']}")


@pytest.fixture(scope="module")
def trained(running, place) -> dict:
    """A run of the recipe tiny on twenty scores, when it is over."""
    with running.client() as client:
        body = {"recipe": "tiny", "inputs": SHELF, "settings": {**SHORT, "training.evaluate_every": 6}}
        started = client.post("/v1/runs", json=body).json()["run"]
        assert (started["name"], started["state"]) == ("tiny-1", "preparing")
        return follow_until(client, "tiny-1", lambda news: news["run"]["state"] not in ("preparing", "running"))


def test_twenty_scores_of_the_shelf_are_enough(client, trained, place):
    run = trained["run"]
    assert (run["state"], run["problem"]) == ("finished", None), (place / "tiny-1.log").read_text()
    assert (run["step"], run["steps"], run["usable"]) == (12, 12, True)
    assert run["held_out"] > 0
    kinds = [(line["step"], line["kind"]) for line in trained["lines"]]
    assert (12, "train") in kinds
    assert (12, "held-out") in kinds
    assert {"kl", "nll", "reconstruction", "next_step_accuracy", "active_dimensions"} <= trained["lines"][-1].keys()
    listed = client.get("/v1/runs").json()
    assert [one["name"] for one in listed["runs"]] == ["tiny-1"]


def test_the_same_points_can_be_heard_at_each_evaluation(client, trained):
    assert trained["samples"] == [6, 12]
    for step in trained["samples"]:
        rows = client.get(f"/v1/runs/tiny-1/samples/{step}").json()["samples"]
        names = [row["name"] for row in rows]
        assert names[:8] == [f"sample {k}" for k in range(1, 9)]
        assert names[8:10] == ["held-out 1", "held-out 1, reconstructed"]
        assert all(row["quarters"] == 4 for row in rows)
    wrong = client.get("/v1/runs/tiny-1/samples/7")
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (422, "input")


def test_its_best_becomes_a_space(running, client, trained):
    assert client.post("/v1/runs/tiny-1/use", json={}).json() == {"space": "tiny-1"}
    spaces = {space["name"]: space for space in client.get("/v1/spaces").json()["spaces"]}
    assert "sample" in spaces["tiny-1"]["verbs"]
    assert len(client.post("/v1/sample", json={"space": "tiny-1", "n": 2, "seed": 1}).json()["takes"]) == 2
    again = Runs(running.server.runs.places, [], {})
    again.register()
    assert Path(again.registry["tiny-1"]).is_relative_to(running.server.runs.places[0])


def test_a_run_stops_and_goes_on(client, trained, place):
    data = place / "tiny-1.data"
    listed = client.get("/v1/runs").json()
    assert data.name in [entry["name"] for entry in listed["data"]]
    body = {"recipe": "tiny", "inputs": SHELF, "settings": {**SHORT, "training.steps": 100_000}}
    name = client.post("/v1/runs", json=body).json()["run"]["name"]
    follow_until(client, name, lambda news: news["lines"])
    assert client.post(f"/v1/runs/{name}/stop", json={}).json()["run"]["state"] == "stopping"
    stopped = follow_until(client, name, lambda news: news["run"]["state"] != "stopping")
    assert stopped["run"]["state"] == "interrupted"
    before = stopped["run"]["step"]
    client.post(f"/v1/runs/{name}/resume", json={})
    follow_until(client, name, lambda news: news["run"]["step"] > before)
    client.post(f"/v1/runs/{name}/stop", json={})
    follow_until(client, name, lambda news: news["run"]["state"] == "interrupted")


def test_a_data_set_fits_the_recipe_that_it_was_prepared_with(trained, place):
    rows = {row["name"]: row for row in recipes.shown([place])["recipes"]}
    assert rows["melody-2bar"]["data"] == []
    assert rows["tiny"]["what"] == "A minute's toy"


def test_what_fails_says_why(client, place, trained):
    silent = [pack(tune((60,) * 2)) for _ in range(4)]
    name = client.post("/v1/runs", json={"recipe": "tiny", "inputs": silent}).json()["run"]["name"]
    news = follow_until(client, name, lambda news: news["run"]["state"] == "failed")
    assert "training phrase" in news["run"]["problem"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"recipe": "../../etc/passwd", "inputs": SHELF}, "There is no recipe"),
        ({"recipe": "tiny", "data": "../secret"}, "There is no data set"),
        ({"recipe": "tiny"}, "a data set or on scores"),
        ({"recipe": "tiny", "inputs": SHELF[:2]}, "needs 3 scores or more, got 2"),
        ({"recipe": "tiny", "inputs": SHELF, "settings": {"data.metres": 3}}, "There is no setting 'data.metres'"),
        ({"recipe": "tiny", "inputs": SHELF, "settings": {"training.steps": "1; rm"}}, "an object of settings"),
    ],
)
def test_what_is_asked_is_checked_before_anything_is_written(client, place, body, words):
    before = sorted(place.iterdir())
    response = client.post("/v1/runs", json=body)
    assert response.status_code in (400, 422)
    assert words in response.json()["error"]["message"]
    assert sorted(place.iterdir()) == before


@pytest.mark.parametrize("name", ["..", "%2e%2e", "none"])
def test_a_run_is_known_by_the_listing_alone(client, place, name):
    assert client.post(f"/v1/runs/{name}/stop", json={}).status_code in (404, 405, 422)


def test_a_run_of_somebody_else_is_shown_and_not_gone_on_with(client, place):
    folder = place / "elsewhere"
    folder.mkdir()
    (folder / "metrics.jsonl").write_text(json.dumps({"step": 3, "kind": "train", "loss": 1.0}) + "\n")
    listed = {run["name"]: run for run in client.get("/v1/runs").json()["runs"]}
    assert (listed["elsewhere"]["own"], listed["elsewhere"]["step"]) == (False, 3)
    refused = client.post("/v1/runs/elsewhere/resume", json={})
    assert "was not started here" in refused.json()["error"]["message"]
