"""Every verb gives the same over HTTP as in Python: the golden notes, and takes that are equal to the last number."""

from __future__ import annotations

import json

import pytest
from genre_space import band
from test_golden_verbs import GOLDEN, rows, write_tunes
from tiny_groove_space import beat
from tiny_inpainter import song
from tiny_space import tune

from scorespace.server.scores import take_json
from scorespace.space import Take, provenance

STREAM = {"Accept": "application/x-ndjson"}


def packed(*scores):
    return [provenance.pack(score) for score in scores]


def lines(response):
    assert response.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in response.text.splitlines()]


GOLDEN_CALLS = {
    "sample": ((), {"n": 3, "seed": 7, "temperature": 0.8}),
    "reconstruct": (("long",), {"seed": 5, "temperature": 0.5}),
    "vary": (("long",), {"n": 2, "amount": 0.4, "seed": 9}),
    "interpolate": (("a", "b"), {"steps": 4}),
    "palette": (("a", "b", "long", "a"), {"size": [2, 3], "method": "linear"}),
}


@pytest.mark.parametrize("verb", GOLDEN_CALLS)
@pytest.mark.parametrize("headers", [{}, STREAM], ids=["whole", "streamed"])
def test_the_app_gives_the_golden_notes(client, tmp_path, verb, headers):
    write_tunes(tmp_path)
    names, arguments = GOLDEN_CALLS[verb]
    inputs = [
        client.post(f"/v1/read?name={name}.mid", content=(tmp_path / f"{name}.mid").read_bytes()).json()["score"]
        for name in names
    ]
    response = client.post(f"/v1/{verb}", json={"space": "tiny", "inputs": inputs, **arguments}, headers=headers)
    if headers:
        *found, last = lines(response)
        assert last == {"done": True}
        takes = [line["take"] for line in found]
    else:
        takes = response.json()["takes"]
    notes = [rows(provenance.unpack(take["score"])) for take in takes]
    assert notes == json.loads(GOLDEN.read_text())[verb]


CALLS = {
    "sample": ("tiny", "sample", (), {"n": 6, "seed": 1}),
    "sample of a genre": ("genres", "sample", (), {"n": 2, "seed": 1, "genre": "jazz"}),
    "vary": ("tiny", "vary", (tune(),), {"n": 6, "seed": 2, "amount": 0.5}),
    "interpolate": ("tiny", "interpolate", (tune(), tune((70, 71, 72)), tune()), {"steps": 5}),
    "palette": ("tiny", "palette", (tune(),) * 4, {"size": 3, "seed": 3, "temperature": 0.5}),
    "palette at places": ("tiny", "palette", (tune(),) * 4, {"at": [[0, 0], [0.5, 0.25]]}),
    "edit": ("genres", "edit", (band(),), {"genre": "rock=>jazz", "keep": 0.2}),
    "inpaint": ("inpainter", "inpaint", (song(),), {"bars": [5, 6], "n": 1, "seed": 4, "track": 1}),
    "go on": ("inpainter", "inpaint", (song(4),), {"extend": 2, "n": 1, "seed": 4, "scale": "heard", "lock": []}),
    "humanise": ("groove", "humanise", (beat(),), {"n": 6, "seed": 5}),
    "drumify": ("groove", "drumify", (beat(),), {"n": 2, "seed": 6}),
    "decode": ("tiny", "decode", (), {"z": [[0.5] * 6, [1.0] * 6]}),
}


@pytest.mark.parametrize("headers", [{}, STREAM], ids=["whole", "streamed"])
@pytest.mark.parametrize("name", CALLS)
def test_takes_are_those_of_python(client, spaces, name, headers):
    space, verb, scores, arguments = CALLS[name]
    made = getattr(spaces[space], verb)(*scores, **arguments)
    wanted = [take_json(take) for take in ([made] if isinstance(made, Take) else made)]
    body = {"space": space, "inputs": packed(*scores), **arguments, "temperature": arguments.get("temperature")}
    response = client.post(f"/v1/{verb}", json=body, headers=headers)
    assert response.status_code == 200, response.text
    found = [line["take"] for line in lines(response)[:-1]] if headers else response.json()["takes"]
    assert found == wanted
    assert {"verb", "index", "space", "seed", "notes", "quarters", "score", "z", "provenance"} <= set(found[0])


def test_streamed_alternatives_are_the_same_ones(client, spaces):
    body = {"space": "inpainter", "inputs": packed(song()), "bars": [5, 6], "n": 5, "seed": 8}
    streamed = [line["take"] for line in lines(client.post("/v1/inpaint", json=body, headers=STREAM))[:-1]]
    wanted = [take_json(take) for take in spaces["inpainter"].inpaint(song(), (5, 6), n=5, seed=8)]
    assert [take["index"] for take in streamed] == sorted(take["index"] for take in wanted)
    assert sorted(streamed, key=lambda take: -take["nats"]) == wanted


def test_a_seed_is_chosen_and_told(client):
    first, second = (client.post("/v1/sample", json={"space": "tiny", "n": 1}).json()["takes"][0] for _ in range(2))
    assert first["seed"] != second["seed"]
    again = client.post("/v1/sample", json={"space": "tiny", "n": 1, "seed": first["seed"]}).json()["takes"][0]
    assert again == first


def test_notes_may_come_in_any_order(client, spaces):
    backwards = packed(tune())[0]
    backwards["tracks"][0]["notes"].reverse()
    answer = client.post("/v1/reconstruct", json={"space": "tiny", "inputs": [backwards]}).json()["takes"]
    assert answer[0]["score"] == provenance.pack(spaces["tiny"].reconstruct(tune())[0].score)


@pytest.mark.parametrize(
    ("verb", "change", "status", "words"),
    [
        ("sample", {"n": 0}, 400, "n is a whole number from 1 to 256, got 0."),
        ("sample", {"n": "8"}, 400, "n is a whole number"),
        ("sample", {"seed": 2**32}, 400, "seed is"),
        ("sample", {"temperature": -1}, 400, "temperature is a number from 0"),
        ("sample", {"colour": "red"}, 400, "There is no argument 'colour': there are space, "),
        ("sample", {"genre": "rock"}, 400, "no genres"),
        ("sample", {"inputs": packed(tune())}, 400, "inputs is a list of 0"),
        ("vary", {}, 400, "inputs is missing: it is a list of 1"),
        ("vary", {"inputs": packed(tune()), "amount": 2}, 400, "amount is a number from 0 to 1"),
        ("vary", {"inputs": [{}]}, 422, "inputs[0] is no score"),
        ("vary", {"inputs": [{"tracks": [{"notes": [[0, 1, 200, 80]]}], "tempos": [], "metres": []}]}, 422, "no score"),
        ("interpolate", {"inputs": packed(tune(), tune()), "steps": 1}, 400, "steps is"),
        ("interpolate", {"inputs": packed(tune(), tune()), "method": "bent"}, 400, "slerp or linear"),
        ("palette", {"inputs": packed(*[tune()] * 4), "size": 3, "at": [[0, 0]]}, 400, "size"),
        ("palette", {"inputs": packed(*[tune()] * 4), "at": [[0, 2]]}, 400, "at is"),
        ("edit", {"inputs": packed(tune()), "change": {"density": "more"}}, 400, "change is an object"),
        ("edit", {"inputs": packed(tune()), "change": {"density": 1}}, 404, "no attribute vectors"),
        ("inpaint", {"inputs": packed(tune()), "bars": 1}, 404, "folk-inpaint"),
        ("humanise", {"inputs": packed(beat())}, 400, "groove-2bar"),
        ("decode", {"z": [[1, 2]]}, 400, "z must be"),
        ("reconstruct", {"inputs": packed(beat())}, 422, "no"),
    ],
)
def test_what_cannot_be_done_is_said(client, verb, change, status, words):
    response = client.post(f"/v1/{verb}", json={"space": "tiny", **change})
    assert (response.status_code, words in response.json()["error"]["message"]) == (status, True), response.text


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"\xff", b'{"space": NaN}', b"[" * 100_000, b"null"])
def test_what_is_no_json_object_is_refused(client, body):
    response = client.post("/v1/sample", content=body)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "usage")


def test_a_take_is_made_again_from_its_provenance(client, spaces):
    line = spaces["tiny"].interpolate(tune(), tune((70, 71, 72)), steps=3)
    for take in (line[1], line.join()):
        body = {"provenance": take.provenance, "score": provenance.pack(take.score)}
        again = client.post("/v1/replay", json=body).json()["takes"]
        assert [one["score"] for one in again] == [body["score"]]
        assert again[0]["provenance"] == take.provenance
        assert {"index", "space", "seed", "verb"} <= set(again[0])
    edited = {**body, "score": provenance.pack(tune())}
    assert "edited" in client.post("/v1/replay", json=edited).json()["error"]["message"]
    assert client.post("/v1/replay", json={"provenance": {"format": 99}}).status_code == 422
    elsewhere = {**line[1].provenance, "space": "../tiny"}
    assert client.post("/v1/replay", json={"provenance": elsewhere}).status_code == 404


def test_the_command_line_prints_the_same_of_a_take(client, folders, tmp_path, monkeypatch):
    from typer.testing import CliRunner

    from scorespace.cli import app

    monkeypatch.chdir(tmp_path)
    tune().write("a.mid")
    command = ["vary", "a.mid", "-m", str(folders["tiny"]), "-n", "2", "--seed", "3", "--json"]
    printed = json.loads(CliRunner().invoke(app, command).stdout)
    score = client.post("/v1/read?name=a.mid", content=(tmp_path / "a.mid").read_bytes()).json()["score"]
    answer = client.post("/v1/vary", json={"space": "tiny", "inputs": [score], "n": 2, "seed": 3}).json()["takes"]
    for row, take in zip(printed, answer, strict=True):
        assert set(row) - {"path", "beside"} == set(take) - {"score", "z", "provenance"}
        assert {key: take.get(key) for key in row if key not in ("path", "beside")} == {
            key: value for key, value in row.items() if key not in ("path", "beside")
        }
