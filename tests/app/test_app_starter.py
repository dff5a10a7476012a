"""The music that the app begins with is what the bundled spaces make, and small."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scorespace.music import files
from scorespace.server.scores import unpack
from scorespace.space import load

STARTER = Path(__file__).parents[2] / "app" / "public" / "starter.json"
SESSION = json.loads(STARTER.read_text(encoding="utf-8"))


def test_it_is_small_and_holds_music():
    assert STARTER.stat().st_size <= 80_000
    assert SESSION["format"] == 1
    assert len({item["id"] for item in SESSION["items"]}) == len(SESSION["items"]) >= 12
    assert SESSION["selected"] in {item["id"] for item in SESSION["items"]}
    for item in SESSION["items"]:
        score = unpack(item["score"], item["name"])
        assert score.note_count >= 8
        assert score.end <= item["quarters"]


@pytest.mark.slow
@pytest.mark.parametrize("item", [item for item in SESSION["items"] if "take" in item], ids=lambda item: item["name"])
def test_its_takes_are_made_again(item):
    record = item["take"]["provenance"]
    again = load(record["space"]).again(record)
    assert files.to_midi_bytes(again.score) == files.to_midi_bytes(unpack(item["score"], item["name"]))
