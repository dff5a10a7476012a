"""Files in and out over HTTP, and what a space says of a score."""

from __future__ import annotations

import io
import struct
import zipfile
from importlib import resources

import pytest
from tiny_space import tune

from scorespace.music import files
from scorespace.music.attributes import ATTRIBUTES
from scorespace.music.score import Metre, Score
from scorespace.server.spaces import WHAT
from scorespace.space import provenance

ABC = resources.files("scorespace.demo").joinpath("tunes", "soldiers-joy.abc").read_bytes()


def read(client, data: bytes, name: str = "tune.mid"):
    return client.post("/v1/read", params={"name": name}, content=data)


@pytest.mark.parametrize("ending", ["mid", "musicxml"])
def test_what_is_written_is_read_again(client, ending):
    score = provenance.pack(tune())
    written = client.post(f"/v1/write/{ending}", json={"score": score, "provenance": None})
    assert written.status_code == 200, written.text
    back = read(client, written.content, f"tune.{ending}").json()
    assert back["score"] == provenance.pack(files.read(written.content))
    assert back["quarters"] == 8
    assert "take" not in back


def test_abc_and_names(client):
    assert read(client, ABC, "tune.abc").json()["score"] == provenance.pack(files.read(ABC))
    refused = read(client, b"RIFF....WAVE", "song.mp3")
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "input")
    assert refused.json()["error"]["message"].startswith("song.mp3 ")


def test_a_take_brings_how_it_was_made(client, spaces):
    take = spaces["tiny"].vary(tune(), n=1, seed=3)[0]
    written = client.post(
        "/v1/write/mid", json={"score": provenance.pack(take.score), "provenance": take.provenance}
    ).content
    assert written == take.to_midi_bytes()
    found = read(client, written).json()["take"]
    assert found["provenance"] == take.provenance
    assert (found["verb"], found["index"], found["space"], found["seed"]) == ("vary", 0, "tiny", 3)


def test_sound_and_staves(client):
    score = provenance.pack(tune())
    wav = client.post("/v1/write/wav", json={"score": score})
    assert wav.headers["content-type"] == "audio/wav"
    assert wav.content[:4] == b"RIFF"
    svg = client.post("/v1/write/svg", json={"score": score, "marked": [[0, 4]]})
    assert svg.headers["content-type"] == "image/svg+xml"
    assert b"new: 1" in svg.content
    assert client.post("/v1/write/mp3", json={"score": score}).status_code == 400


def test_check_says_what_the_command_line_says(client, spaces):
    for score in (tune(), Score()):
        said = client.post("/v1/check", json={"space": "tiny", "score": provenance.pack(score)}).json()
        report = spaces["tiny"].check(score)
        assert said == {**report.to_dict(), "summary": report.summary}


def test_attributes_are_measured(client, spaces):
    said = client.post("/v1/attributes", json={"space": "tiny", "score": provenance.pack(tune())}).json()["attributes"]
    assert said == spaces["tiny"].measure(tune())
    assert said["density"] == 4


def test_spaces_are_described(client, spaces, folders):
    found = {space["name"]: space for space in client.get("/v1/spaces").json()["spaces"]}
    assert list(found) == list(folders)
    for name, space in spaces.items():
        assert found[name]["limits"] == space.limits
        assert found[name]["genres"] == space.genres
        assert (found[name]["bars"], found[name]["metres"]) == (space.grid.bars, list(space.metres))
        assert found[name]["inpaints"] == ("inpaint" in found[name]["verbs"]) == space.inpaints
    assert "humanise" in found["groove"]["verbs"]
    assert "edit" in found["genres"]["verbs"]
    assert "edit" not in found["tiny"]["verbs"]
    card = client.get("/v1/spaces/tiny").json()
    assert card["card"].startswith("# tiny")
    assert card["config"]["sha256"] == spaces["tiny"].weights


def test_a_damaged_space_is_named_and_hides_no_other(client, running, tmp_path):
    running.server.registry["broken"] = str(tmp_path)
    try:
        found = {space["name"]: space for space in client.get("/v1/spaces").json()["spaces"]}
        assert found["broken"]["verbs"] == []
        assert "config.json" in found["broken"]["problem"]
        assert found["tiny"]["verbs"]
        assert client.post("/v1/sample", json={"space": "broken"}).status_code == 404
    finally:
        del running.server.registry["broken"]


def test_every_attribute_has_words():
    assert set(WHAT) == set(ATTRIBUTES)


def bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "META-INF/container.xml", '<container><rootfiles><rootfile full-path="a.xml"/></rootfiles></container>'
        )
        archive.writestr("a.xml", b"<score-partwise>" + b" " * 300_000_000)
    return stream.getvalue()


LAUGHS = b'<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;&b;">]><score-partwise>&c;</score-partwise>'
HOSTILE = {
    "nothing": b"",
    "no midi": b"MThd",
    "no division": b"MThd" + struct.pack(">IHHH", 6, 1, 1, 0) + b"MTrk\0\0\0\4\0\xff\x2f\0",
    "endless track": b"MThd" + struct.pack(">IHHH", 6, 1, 1, 96) + b"MTrk\xff\xff\xff\xff\0\x90\x3c\x40",
    "wrapped times": b"MThd"
    + struct.pack(">IHHH", 6, 0, 1, 96)
    + b"MTrk\0\0\0\x10\xff\xff\xff\x7f\x90\x3c\x40\xff\xff\xff\x7f\x80\x3c\0\0\xff\x2f\0",
    "zip bomb": bomb(),
    "entities": LAUGHS,
    "deep": b"<score-partwise>" + b"<a>" * 200_000,
    "a path": b"PK\x03\x04" + b"../../etc/passwd" * 10,
    "zeros": bytes(100_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_in_a_sentence(client, name):
    for called in ("song.mid", "song.musicxml", "song.abc", "../../song"):
        response = read(client, HOSTILE[name], called)
        if response.status_code == 200:  # an empty score is one
            assert response.json()["score"]["tracks"] == []
        else:
            assert (response.status_code, response.json()["error"]["code"]) == (422, "input")
            assert response.json()["error"]["message"].endswith(".")


ODD = {
    "no length": tune().with_tracks([]),
    "endless": Score.melody([(9e5, 1, 60)]),
    "slow": Score.melody([(0, 1, 60)], qpm=0.001),
    "odd metre": Score(tune().tracks, metres=(Metre(0, 255, 128), Metre(0.1, 1, 1))),
    "many bars": Score(Score.melody([(9e4, 1, 60)]).tracks, metres=(Metre(0, 1, 128),)),
}


@pytest.mark.parametrize("ending", ["mid", "musicxml", "svg", "wav"])
@pytest.mark.parametrize("name", ODD)
def test_odd_scores_do_no_harm(client, name, ending):
    response = client.post(f"/v1/write/{ending}", json={"score": provenance.pack(ODD[name])})
    assert response.status_code in (200, 422), response.text


@pytest.mark.parametrize(
    "change",
    [
        {"metres": [[0, 4, 3]]},
        {"metres": [[0, 4, 256]]},
        {"metres": [[0, 4, 4], [4, 3, 4], [2, 3, 4]]},
        {"tempos": [[0, 0]]},
        {"tempos": [[1, 120]]},
        {"tracks": [{"notes": [[0, 0, 60, 80]]}]},
        {"tracks": [{"notes": [[0, 1, 60, 0]]}]},
        {"tracks": [{"notes": [[-1, 1, 60, 80]]}]},
        {"tracks": [{"notes": [[0, 1, 60.5, 80]]}]},
        {"tracks": [{"notes": [[0, 1, 60]]}]},
        {"tracks": "many"},
    ],
)
def test_what_is_no_score_is_refused(client, change):
    response = client.post("/v1/write/mid", json={"score": {**provenance.pack(tune()), **change}})
    assert (response.status_code, response.json()["error"]["code"]) == (422, "input")
