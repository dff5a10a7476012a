"""A map as one HTML file that shows and plays it; it asks no network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from importlib import resources
from string import Template
from typing import Any

from scorespace.music import synth

PROJECTIONS = {"pca": "PCA", "tsne": "t-SNE", "umap": "UMAP"}
FAR = "Distances between far groups mean little here; who lies beside whom means more."


def build(table: Mapping[str, Any], colour: str | None) -> str:
    """The page as HTML text.

    Args:
        table: as `Map.to_dict` gives it.
        colour: what colours the points at first: an attribute, "name" or None.
    """
    count, files = len(table["names"]), len(set(table["names"]))
    shown = {key: table[key] for key in ("points", "names", "bars", "attributes")}
    shown["colour"] = colour or ""
    shown["scores"] = [_notes(score) for score in table["scores"]]
    text = json.dumps(shown, separators=(",", ":"), ensure_ascii=True).replace("<", "\\u003c")
    return Template(_asset("map.html")).substitute(
        style=_asset("map.css"),
        script=synth.for_browsers() + _asset("map.js"),
        count=f"{count:,}",
        files=f"{files:,} score" + "s" * (files != 1),
        space=escape(table["space"]),
        project=PROJECTIONS[table["project"]],
        trust=f"{table['trust']:.2f}",
        caution="" if table["plane"] else FAR,
        colours="".join(f"<option>{escape(name)}</option>" for name in table["attributes"]),
        data=text,
    )


def _notes(score: Mapping[str, Any]) -> dict[str, Any]:
    """A packed score as the page plays it: tempo, and [start, duration, pitch, velocity, 1 for drums] of each note."""
    rows = [[*note, int(track.get("drum", False))] for track in score["tracks"] for note in track["notes"]]
    return {"qpm": score["tempos"][0][1], "notes": [[round(value, 4) for value in row] for row in rows]}


def _asset(name: str) -> str:
    return resources.files("scorespace.space").joinpath("assets", name).read_text(encoding="utf-8")
