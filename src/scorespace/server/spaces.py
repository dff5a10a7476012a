"""What the app is told of the spaces, without reading their weights. Runs in a worker."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from scorespace import checkpoint, models, styles, vectors
from scorespace.errors import ModelError
from scorespace.models.grooves import GrooveModel
from scorespace.models.undrawn import Undrawn
from scorespace.music.attributes import attributes_of
from scorespace.recipe import grid_settings, model_settings
from scorespace.server import adapt
from scorespace.server.work import Held
from scorespace.space import Space

LATENT = ("sample", "reconstruct", "vary", "interpolate", "palette", "decode", "map", "adapt")
PLAYING = ("humanise", "drumify")
MIDDLE = 2.33  # spreads to each side of the mean, between which 98 % of a bell curve lie
WHAT = {
    "density": "notes that begin, a bar",
    "pitch_range": "highest minus lowest note",
    "mean_interval": "mean distance of a note to the next",
    "contour": "how far the line rises a bar; below 0 it falls",
    "repetition": "share of notes that repeat the pitch before",
    "rests": "share of the time without a note",
    "note_length": "mean length of a note",
    "diatonic": "share of notes in C major",
    "out_of_key": "share of notes outside the major scale that holds most of them",
    "syncopation_16": "share of notes on an odd sixteenth with none before it",
    "syncopation_8": "share of notes on an odd eighth with none before it",
    "complexity": "how far the notes lie from the strong beats",
    "polyphony": "notes that begin together",
    "instruments": "instruments that play",
    "backbeat": "share of the even beats with a snare drum",
}


def table(held: Held, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """GET v1/spaces. A space that is damaged is named with what is wrong and has no verbs."""
    found = [described(name, folder) for name, folder in held.folders.items()]
    return {"spaces": [{**row, "styles": adapt.names(row["weights"])} for row in found]}


def card(held: Held, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """GET v1/spaces/{name}: the description, the model card in Markdown, and the configuration."""
    folder = Path(held.folder(arguments["name"]))
    text = folder / checkpoint.CARD
    return {
        **described(arguments["name"], str(folder)),
        "card": text.read_text(encoding="utf-8") if text.is_file() else "",
        "config": checkpoint.read_config(folder),
    }


def described(name: str, folder: str) -> dict[str, Any]:
    """What the app knows of a space, `SpaceInfo` there."""
    try:
        config = checkpoint.read_config(folder)
        return _described(name, folder, config["sha256"])
    except ModelError as error:
        return _broken(name, str(error))


@lru_cache(maxsize=256)
def _described(name: str, folder: str, sha256: str) -> dict[str, Any]:
    config = checkpoint.read_config(folder)
    settings, grid = model_settings(config["model"]), grid_settings(config["grid"])
    with Undrawn():
        model = models.build(settings.name, grid, settings.config)
    space = Space(checkpoint.Checkpoint(model, grid, config, sha256), name)
    rows = _table(Path(folder), vectors.TABLE, sha256).get("attributes", [])
    restyles = bool(space.genres) and bool(_table(Path(folder), f"{styles.STEM}.json", sha256))
    edits = ("edit",) if restyles or any(row["movable"] for row in rows) else ()
    playing = PLAYING if isinstance(model, GrooveModel) else ()
    return {
        "name": name,
        "limits": space.limits,
        "bars": grid.bars,
        "metres": list(space.metres),
        "parts": list(grid.parts),
        "drums": "drums" in grid.parts,
        "inpaints": space.inpaints,
        "verbs": ["inpaint"] if space.inpaints else [*LATENT, *playing, *edits],
        "attributes": [_attribute(row, space) for row in rows],
        "genres": space.genres,
        "styles": [],
        "weights": sha256,
        "model": settings.name,
        "stepsPerBar": grid.steps_per_bar,
        "z": space.z_size,
        "problem": None,
    }


def _broken(name: str, problem: str) -> dict[str, Any]:
    lists: dict[str, list[Any]] = {key: [] for key in ("metres", "parts", "verbs", "attributes", "styles")}
    rest = {"bars": 0, "drums": False, "inpaints": False, "genres": {}, "weights": "", "model": ""}
    return {"name": name, "limits": "", **rest, **lists, "stepsPerBar": 0, "z": 0, "problem": problem}


def _table(folder: Path, file: str, sha256: str) -> dict[str, Any]:
    """A table beside the weights, {} where there is none that belongs to them; `load` says what is wrong with it."""
    try:
        found = json.loads((folder / file).read_text(encoding="utf-8"))
        return found if found["weights"] == sha256 else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _attribute(row: Mapping[str, Any], space: Space) -> dict[str, Any]:
    known = attributes_of(space.grid)[row["name"]]
    name, _, part = row["name"].partition(".")
    low, high = known.bounds(space.grid)
    ends = row["mean"] - MIDDLE * row["spread"], row["mean"] + MIDDLE * row["spread"]
    return {
        "name": row["name"],
        "unit": row["unit"],
        "what": WHAT[name] + (f", of the {part}" if part else ""),
        "range": [float(np.clip(end, low, high)) for end in ends],
        "step": known.step,
        "movable": row["movable"],
        "reason": row["reason"],
    }
