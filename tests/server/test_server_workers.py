"""Work can be stopped, its process can die, and others are not kept from theirs."""

from __future__ import annotations

import json
import threading
import time

import pytest
from launched import PATIENT

from scorespace.server.routes import LONG, QUICK

STREAM = {"Accept": "application/x-ndjson"}


def until(condition) -> None:
    """Asks until it is so. Every condition here asks the server, which is the wait."""
    end = time.monotonic() + PATIENT
    while not condition():
        assert time.monotonic() < end


def jobs(client) -> dict[str, str]:
    """State of each piece of work, by its route."""
    return {job["what"]: job["state"] for job in client.get("/v1/jobs").json()["jobs"]}


def error(response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


def test_lines_come_in_order_and_end_with_done(client):
    with client.stream("POST", "/v1/trial/count", json={"left": 500}, headers=STREAM) as response:
        lines = [json.loads(line) for line in response.iter_lines()]
    assert lines == [*({"number": k} for k in range(500)), {"done": True}]
    assert client.post("/v1/trial/count", json={"left": 5}).json() == {"number": 4}


def test_work_stops_when_the_client_goes_away(running, client):
    pid = running.server.workers[LONG].pid
    with running.client() as other, other.stream("POST", "/v1/trial/for_ever", json={}, headers=STREAM) as response:
        lines = response.iter_lines()  # held: without anybody who reads it, the client would hang up
        assert json.loads(next(lines)) == {"begun": True}
        assert jobs(client) == {"trial/for_ever": "running"}
    until(lambda: jobs(client) == {})
    assert running.server.workers[LONG].pid == pid  # it was stopped, not ended


def test_work_stops_when_it_is_told_to(running, client):
    pid = running.server.workers[LONG].pid
    with running.client() as other, other.stream("POST", "/v1/trial/for_ever", json={}, headers=STREAM) as response:
        lines = response.iter_lines()
        next(lines)
        assert client.delete(f"/v1/jobs/{response.headers['x-job']}").json() == {"stopped": True}
        assert json.loads(next(lines))["error"]["code"] == "cancelled"
        assert list(lines) == []
    until(lambda: jobs(client) == {})
    assert running.server.workers[LONG].pid == pid
    assert client.delete("/v1/jobs/none").json() == {"stopped": False}


def test_who_waits_can_stop_waiting_and_quick_work_does_not_wait(running, client):
    answers = []
    with running.client() as first, first.stream("POST", "/v1/trial/for_ever", json={}, headers=STREAM) as response:
        lines = response.iter_lines()
        next(lines)

        def wait() -> None:
            with running.client() as second:
                answers.append(error(second.post("/v1/trial/crash", json={})))

        waiting = threading.Thread(target=wait)
        waiting.start()
        until(lambda: jobs(client) == {"trial/for_ever": "running", "trial/crash": "waiting"})
        assert client.post("/v1/sample", json={"space": "tiny", "n": 1}).status_code == 200
        ident = next(job["id"] for job in client.get("/v1/jobs").json()["jobs"] if job["state"] == "waiting")
        assert client.delete(f"/v1/jobs/{ident}").json() == {"stopped": True}
        waiting.join()
        assert jobs(client) == {"trial/for_ever": "running"}
    assert answers == [(409, "cancelled")]
    until(lambda: jobs(client) == {})


def test_two_clients_at_once(running):
    takes = {}

    def ask(seed: int) -> None:
        with running.client() as own:
            for _ in range(5):
                body = {"space": "tiny", "n": 2, "seed": seed}
                takes.setdefault(seed, []).append(own.post("/v1/sample", json=body).json()["takes"])

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed, found in takes.items():
        assert all(take == found[0] for take in found)
        assert found[0][0]["seed"] == seed


def test_what_takes_too_long_is_given_up(client):
    assert error(client.post("/v1/trial/too_slow", json={})) == (503, "too_slow")


def test_defects_are_told(client):
    response = client.post("/v1/trial/defect", json={})
    assert error(response) == (500, "defect")
    assert "ZeroDivisionError: nobody thought of this" in response.json()["error"]["message"]
    assert error(client.post("/v1/trial/memory", json={})) == (507, "memory")


def test_a_process_that_dies_is_started_again(running, client):
    worker = running.server.workers[LONG]
    pid = worker.pid
    response = client.post("/v1/trial/crash", json={})
    assert error(response) == (500, "crashed")
    assert "started again" in response.json()["error"]["message"]
    assert worker.pid not in (pid, None)
    assert error(client.post("/v1/trial/defect", json={})) == (500, "defect")  # it works again


def test_work_that_does_not_stop_is_ended_with_its_process(running, client, monkeypatch):
    worker = running.server.workers[LONG]
    monkeypatch.setattr(worker, "grace", 0.1)
    pid = worker.pid
    with running.client() as other, other.stream("POST", "/v1/trial/stubborn", json={}, headers=STREAM) as response:
        lines = response.iter_lines()
        next(lines)
    until(lambda: jobs(client) == {})
    assert worker.pid not in (pid, None)


def test_the_workers_are_told_apart(running, client):
    pids = client.get("/v1/health").json()["workers"]
    assert set(pids) == {QUICK, LONG}
    assert len(set(pids.values())) == 2


@pytest.mark.parametrize("name", ["count", "for_ever"])
def test_a_test_route_checks_its_arguments_too(client, name):
    assert error(client.post(f"/v1/trial/{name}", json={"left": "x"})) == (400, "usage")
