"""The routes of runs: what there is, a run's figures as they come, its samples; start, stop, go on, use."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scorespace import recipe as recipe_tables
from scorespace.errors import InputError, ScorespaceError, UsageError
from scorespace.music import files, transform
from scorespace.music.packed import pack, unpack
from scorespace.server import recipes
from scorespace.server.runs import Runs, lines

if TYPE_CHECKING:
    from scorespace.server.app import Server

LOOK = 0.2  # seconds between two looks at a run
STEP = re.compile(r"step-(\d+)\.mid")


async def listing(server: Server, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """GET v1/runs: the runs, the recipes and the data sets."""
    runs = _runs(server)
    found = [_info(runs, name) for name in runs.names()]
    return {"runs": found, **await asyncio.to_thread(recipes.shown, runs.data)}


async def start(server: Server, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """POST v1/runs."""
    runs, data = _runs(server), arguments["data"]
    if (data is None) == (not arguments["inputs"]):
        raise UsageError("A run trains on a data set or on scores: give data or inputs.")
    given = data if data is not None else [_score(packed, k) for k, packed in enumerate(arguments["inputs"])]
    name = runs.start(arguments["recipe"], given, arguments["settings"], arguments["minutes"])
    return {"run": _info(runs, name)}


async def resume(server: Server, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """POST v1/runs/{name}/resume."""
    runs = _runs(server)
    runs.resume(arguments["name"])
    return {"run": _info(runs, arguments["name"])}


async def stop(server: Server, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """POST v1/runs/{name}/stop: it saves before it ends."""
    runs = _runs(server)
    await runs.stop(arguments["name"])
    return {"run": _info(runs, arguments["name"])}


async def use(server: Server, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """POST v1/runs/{name}/use: the best checkpoint so far becomes a space of the app."""
    return {"space": _runs(server).use(arguments["name"])}


async def follow(server: Server, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """POST v1/runs/{name}/follow: the figures after line `after`, as soon as there is any news.

    An answer begins at its "from": 0 where the run has gone back, as one that goes on after a crash does.
    """
    runs, name = _runs(server), arguments["name"]
    folder = runs.folder(name)
    since = asyncio.get_running_loop().time()
    while True:
        found, samples, info = lines(folder), _samples(folder), _info(runs, name)
        begin = arguments["after"] if arguments["after"] <= len(found) else 0
        news = (
            len(found) != arguments["after"] or samples != arguments["samples"] or info["state"] != arguments["state"]
        )
        if news or asyncio.get_running_loop().time() - since >= arguments["wait"]:
            return {"run": info, "from": begin, "lines": found[begin:], "samples": samples}
        try:
            await asyncio.sleep(LOOK)
        except asyncio.CancelledError:  # the server ends; who waits gets what there is
            arguments = {**arguments, "wait": 0}


async def samples(server: Server, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """GET v1/runs/{name}/samples/{step}: what the model wrote at the same points then, each with its name."""
    runs, name = _runs(server), arguments["name"]
    folder = runs.folder(name)
    steps = {str(step) for step in _samples(folder)}
    if arguments["step"] not in steps:
        raise InputError(
            f"{name} has no samples of step {arguments['step'][:20]}: it has {', '.join(steps) or 'none'}."
        )
    return await asyncio.to_thread(_cut, runs, name, folder / "samples" / f"step-{arguments['step']}.mid")


def _runs(server: Server) -> Runs:
    if server.runs is None:
        raise UsageError("This server keeps no runs.")
    return server.runs


def _score(packed: Any, number: int) -> Any:
    try:
        return unpack(packed)
    except InputError:
        raise InputError(f"inputs[{number}] is no score as `pack` writes it.") from None


def _info(runs: Runs, name: str) -> dict[str, Any]:
    """What the app shows of a run."""
    folder, order = runs.folder(name), runs.order(name)
    found = lines(folder)
    tables = _tables(runs, name)
    training = tables.get("training", {})
    said = [line for line in runs.log(name) if line.startswith("error: ")]
    usual = recipe_tables.TrainingSettings()
    return {
        "name": name,
        "state": runs.state(name),
        "recipe": order.recipe if order else "",
        "model": tables.get("model", {}).get("name", ""),
        "z_size": tables.get("model", {}).get("z_size"),
        "step": found[-1]["step"] if found else 0,
        "steps": training.get("steps", usual.steps),
        "minutes": order.minutes if order else training.get("minutes") or None,
        "held_out": _held_out(folder),
        "own": order is not None,
        "usable": (folder / "best" / "config.json").is_file(),
        "used": name in runs.registry and Path(runs.registry[name]).is_relative_to(folder),
        "problem": said[-1].removeprefix("error: ") if said else None,
    }


def _tables(runs: Runs, name: str) -> dict[str, Any]:
    """The recipe of a run as its checkpoint has it; before there is one, the bundled one with the run's settings."""
    for folder in ("last", "best"):
        try:
            text = (runs.folder(name) / folder / "config.json").read_text(encoding="utf-8")
            held: dict[str, Any] = json.loads(text)["recipe"]
            return held
        except (OSError, ValueError, KeyError):
            continue
    order = runs.order(name)
    try:
        tables = {key: dict(table) for key, table in recipes.check(order.recipe).items()} if order else {}
    except ScorespaceError:
        return {}
    for text in order.settings if order else ():
        section, _, rest = text.partition(".")
        key, _, value = rest.partition("=")
        tables.setdefault(section, {})[key] = json.loads(value)
    return tables


def _held_out(folder: Path) -> int | None:
    """How many phrases the held-out figures are of; None before there is a checkpoint."""
    try:
        config = json.loads((folder / "best" / "config.json").read_text(encoding="utf-8"))
        return int(config["dataset"]["counts"]["phrases"]["valid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _samples(folder: Path) -> list[int]:
    """Steps at which samples were written, in order; both of their files are there."""
    try:
        names = [path.name for path in (folder / "samples").iterdir()]
    except OSError:
        return []
    found = (STEP.fullmatch(name) for name in names)
    return sorted(int(match[1]) for match in found if match)


def _cut(runs: Runs, name: str, path: Path) -> dict[str, Any]:
    """The phrases of a file of samples; see `training.samples.write_samples`."""
    tables = _tables(runs, name)
    length = recipes.phrase_quarters(tables)
    drawn = tables.get("training", {}).get("samples", recipe_tables.TrainingSettings().samples)
    score = files.read(path)
    count = max(drawn, round(transform.whole_bars(score) / length))
    rows = []
    for k in range(count):
        kind, number = ("sample", k + 1) if k < drawn else ("held-out", (k - drawn) // 2 + 1)
        again = k >= drawn and (k - drawn) % 2 == 1
        phrase = pack(transform.cut(score, k * length, (k + 1) * length))
        rows.append(
            {"name": f"{kind} {number}{', reconstructed' if again else ''}", "score": phrase, "quarters": length}
        )
    return {"samples": rows}
