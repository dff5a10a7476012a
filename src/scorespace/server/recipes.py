"""What can be trained here: the bundled recipes, the prepared data sets, and which fits which. Imports no torch."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from scorespace import recipe as recipes
from scorespace.data.shards import DESCRIPTION as DESCRIPTION
from scorespace.data.shards import grid_from
from scorespace.errors import InputError, ScorespaceError, UsageError
from scorespace.music.extraction import DataSettings

NEEDS_ANOTHER = ("latent-rnn",)  # models that begin from another checkpoint, which the app has no way to name
FREE = ("transpose",)  # of [data], drawn during training; the other keys are those that the data were prepared with
# what a request may set, and how it is written
SETTINGS = (
    "training.steps",
    "training.batch_size",
    "training.learning_rate",
    "training.evaluate_every",
    "training.seed",
    "model.z_size",
    "model.beta",
)


@cache
def table() -> dict[str, dict[str, Any]]:
    """The bundled recipes that train from nothing: name to what the app shows of it, and its tables."""
    found = {}
    for name, path in recipes.bundled().items():
        text = path.read_text(encoding="utf-8")
        tables = tomllib.loads(text)
        if tables["model"]["name"] not in NEEDS_ANOTHER:
            found[name] = {"what": _first_words(text), "tables": tables}
    return found


def shown(places: Iterable[Path]) -> dict[str, Any]:
    """The recipes and the data sets, for the app."""
    sets = data_sets(places)
    rows = []
    for name, entry in table().items():
        tables = entry["tables"]
        grid, training, model = (
            recipes.grid_settings(tables.get("grid", {})),
            tables.get("training", {}),
            tables["model"],
        )
        usual = recipes.TrainingSettings()
        rows.append(
            {
                "name": name,
                "what": entry["what"],
                "model": model["name"],
                "grid": f"{grid.bars} bar{'s' * (grid.bars > 1)} of {grid.metre_name}, {' + '.join(grid.parts)}",
                "steps": training.get("steps", usual.steps),
                "minutes": training.get("minutes", usual.minutes),
                "batch_size": training.get("batch_size", usual.batch_size),
                "settings": [key for key in SETTINGS if key.startswith("training.") or key.split(".")[1] in model],
                "data": [known for known, folder in sets.items() if _fits(folder, tables)],
            }
        )
    return {"recipes": rows, "data": [_described(name, folder) for name, folder in sets.items()]}


def data_sets(places: Iterable[Path]) -> dict[str, Path]:
    """The finished data sets at and in these folders, name to folder."""
    found: dict[str, Path] = {}
    for place in places:
        for folder in (place, *(sorted(place.iterdir()) if place.is_dir() else ())):
            if (folder / DESCRIPTION).is_file():
                found.setdefault(folder.name, folder)
    return found


def overrides(settings: Mapping[str, Any]) -> list[str]:
    """--set arguments of settings that a request may change.

    Raises:
        UsageError: for another one.
    """
    for key in settings:
        if key not in SETTINGS:
            raise UsageError(f"There is no setting {str(key)[:60]!r} here: {', '.join(SETTINGS)}.")
    return [f"{key}={value}" for key, value in settings.items()]


def phrase_quarters(tables: Mapping[str, Any]) -> float:
    """Length of a phrase of a recipe, in quarter notes."""
    grid = recipes.grid_settings(tables.get("grid", {}))
    return grid.bars * float(grid.bar_quarters)


def evaluate_every(tables: Mapping[str, Any]) -> int:
    """Steps between two held-out evaluations of a recipe."""
    return int(tables.get("training", {}).get("evaluate_every", recipes.TrainingSettings().evaluate_every))


def check(name: str) -> Mapping[str, Any]:
    """The tables of a recipe.

    Raises:
        UsageError: when there is none of this name.
    """
    if name not in table():
        raise UsageError(f"There is no recipe {name[:60]!r} here: {', '.join(table())}.")
    found: Mapping[str, Any] = table()[name]["tables"]
    return found


def _first_words(text: str) -> str:
    """The first sentence of the comment that a recipe begins with."""
    lines = [line.removeprefix("#").strip() for line in text.split("\n\n")[0].splitlines() if line.startswith("#")]
    return re.split(r"(?<! al)\.\s|(?<! al)\.$|:\s", " ".join(lines))[0] if lines else ""


def _description(folder: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        return found
    except (OSError, ValueError) as error:
        raise InputError(f"{folder.name} is no data set that can be read ({error}).") from None


def _fits(folder: Path, tables: Mapping[str, Any]) -> bool:
    """Whether `scorespace train` takes this data set for this recipe, as far as can be said without trying."""
    try:
        held = _description(folder)
        wanted = recipes.to_table(recipes.from_table(DataSettings, tables.get("data", {}), "data"))
        same_grid = grid_from(held["grid"]) == recipes.grid_settings(tables.get("grid", {}))
        given = held["settings"]
        return same_grid and all(given.get(key, value) == value for key, value in wanted.items() if key not in FREE)
    except (ScorespaceError, KeyError, TypeError, ValueError):
        return False


def _described(name: str, folder: Path) -> dict[str, Any]:
    try:
        phrases = _description(folder)["counts"]["phrases"]
        return {"name": name, "phrases": {split: int(phrases[split]) for split in ("train", "valid", "test")}}
    except (ScorespaceError, KeyError, TypeError, ValueError):
        return {"name": name, "phrases": None}
