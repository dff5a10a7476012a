"""Styles in the app: made, kept in a folder of the user's own, named in requests. Runs in a worker.

The style travels to the page and back as JSON, so that a run that is stopped leaves what it had, and nothing is kept
before its user has named it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from scorespace.errors import InputError, ModelError
from scorespace.music.score import Score
from scorespace.server.scores import take_json, unpack
from scorespace.server.work import Held
from scorespace.space import Space, Style
from scorespace.space.adapted import check_name, kept_styles, load_style, styles_folder
from scorespace.space.adapting import Progress

PAIRS = 2  # takes before and after that are heard on the way
DRAFT = "draft"


def adapt(held: Held, arguments: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """POST v1/adapt: a line for each step. Where the style is new, it is in the line, and so are takes in it."""
    space, seed = held.space(arguments["space"]), arguments["seed"]
    yield {"progress": 0.0, "said": "listening", "before": [take_json(take) for take in space.sample(PAIRS, seed)]}
    known = None
    for now in space.adapt_steps(_scores(arguments), DRAFT, seed, arguments["seconds"], arguments["holdout"]):
        line = _line(now)
        if now.style is not None and now.style.sha256 != known:
            known = now.style.sha256
            line["after"] = [take_json(take) for take in space.with_style(now.style).sample(PAIRS, seed)]
        yield line


def check(held: Held, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """POST v1/adapt/check: a row for each score."""
    rows = held.space(arguments["space"]).check_adapt(_scores(arguments))
    return {"files": [asdict(row) for row in rows]}


def save(held: Held, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """POST v1/styles: keeps a style under a name."""
    name, style = check_name(arguments["name"]), Style.from_dict(arguments["style"])
    held.space(style.space).with_style(style)  # raises what is wrong with it
    renamed = Style(name, style.space, style.weights, style.arrays, style.table)
    renamed.save(styles_folder() / name, arguments["replace"])
    return {"name": name, "space": style.space, "style": style.sha256}


def remove(held: Held, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """DELETE v1/styles/{name}."""
    name = _known(arguments["name"])
    folder = styles_folder() / name
    aside = folder.with_name(f".{name}.gone")
    folder.replace(aside)
    shutil.rmtree(aside, ignore_errors=True)
    return {"removed": name}


def names(weights: str) -> list[str]:
    """The styles that are kept for a space with these weights."""
    return [name for name, table in kept_styles().items() if table["weights"] == weights]


def styled(space: Space, name: str | None) -> Space:
    """The space in a style that is kept; the space itself without a name.

    Raises:
        ModelError: when there is none of this name, or it belongs to another space.
    """
    return space if name is None else space.with_style(load_style(styles_folder() / _known(name)))


def _known(name: str) -> str:
    """A name that is in the folder of styles, so that no request can name a place outside of it."""
    if name not in kept_styles():
        raise ModelError(f"There is no style {name[:60]!r} here: there are {', '.join(kept_styles()) or 'none yet'}.")
    return name


def _scores(arguments: Mapping[str, Any]) -> list[tuple[str, Score | InputError]]:
    found: list[tuple[str, Score | InputError]] = []
    for place, given in enumerate(arguments["inputs"]):
        name = str(given.get("name") or f"score {place + 1}")[:200]
        try:
            found.append((name, unpack(given.get("score"), name)))
        except InputError as error:
            found.append((name, error))
    return found


def _line(now: Progress) -> dict[str, Any]:
    held = None if now.held_out is None else {"before": now.held_out[0], "after": now.held_out[1]}
    style = None if now.style is None else now.style.to_dict()
    return {
        "progress": now.share,
        "said": now.said,
        "loss": now.loss,
        "plain": now.plain,
        "heldOut": held,
        "style": style,
    }
