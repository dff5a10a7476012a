"""A recipe: everything that decides what a training run does, in one TOML file.

    [grid]      what a phrase is                    -> Grid
    [data]      how phrases are cut and split       -> DataSettings
    [model]     name = "...", its settings          -> ModelSettings
    [training]  batches, steps, learning rate, ...  -> TrainingSettings

Every table is read into a frozen dataclass, strictly: an unknown key or a value of another type is an error that names
the keys there are. A table left out takes its defaults; [model] must name a model.
"""

from __future__ import annotations

import dataclasses
import tomllib
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

from scorespace import models
from scorespace.errors import UsageError
from scorespace.music.extraction import DataSettings
from scorespace.music.grid import Grid
from scorespace.music.grids import grid_class

DECAYS = ("exponential", "cosine")
OPTIMISERS = ("adam", "muon")
HELD_OUT_FIGURES = {  # what may decide which checkpoint is the best: True where more is better
    "loss": False,
    "nll": False,
    "reconstruction": False,
    "next_step_accuracy": True,
    "accuracy": True,
    "onset_f1": True,
    "pitch_at_onsets": True,
}

_Settings = TypeVar("_Settings")


@dataclass(frozen=True)
class TrainingSettings:
    """How a model is trained. The defaults are the paper's (Roberts et al. 2017, Training Details) where it says.

    Attributes:
        batch_size: phrases a step, >= 1.
        steps: optimiser steps in all, >= 1.
        minutes: of training after which it stops, however many steps there were; 0 = no limit. CPU minutes of the
            process on a CPU, else minutes on the clock; evaluations and saving do not count. "cosine" then falls over
            the steps or the minutes, whichever are nearer to their end. Two such runs differ, as machines do.
        optimiser: "adam", or "muon": Muon for linear layers, Adam for the rest.
        learning_rate: step size at the beginning, > 0.
        lowest_learning_rate: what it falls to, 0 <= lowest <= learning_rate.
        decay: "exponential": (rate - lowest) * decay_rate^t + lowest; or "cosine": half a cosine from rate to lowest
            over `steps`.
        decay_rate: for "exponential", 0 < decay_rate <= 1 a step.
        warmup_steps: steps over which the learning rate rises linearly from 0 first; 0 = none.
        weight_decay: >= 0; 0 = Adam, above it AdamW (matrices only: biases and gains are left alone).
        clip_norm: gradients are scaled down to this norm; 0 = never.
        log_every: steps between two lines in metrics.jsonl (means since the line before).
        evaluate_every: steps between held-out evaluations; 0 = only at the end.
        held_out_phrases: phrases of the validation split that are used for them (evenly spread over the split).
        checkpoint_every: steps between safe points from which a killed run goes on; 0 = only at evaluations.
        sample_every: steps between pictures and MIDI files of samples; 0 = only at the end.
        samples: how many samples, and how many reconstructions; 0 = none.
        patience: evaluations without gain after which training stops early; 0 = never.
        best: the held-out figure that decides which checkpoint is kept as best. "loss" is the model's own objective
            at the last step of its schedules (final beta, free bits), so early checkpoints are judged by the
            same measure as late ones.
        genre_balance: share of each batch that is drawn evenly over genres, then songs, where the data are tagged:
            0 <= share < 1. The rest goes through the phrases in order.
        ema: the evaluated and saved weights are an exponential moving average with this decay, 0 <= ema < 1; 0 = off.
        seed: of initial weights, order of phrases, transpositions and noise.
    """

    batch_size: int = 512
    steps: int = 100_000
    minutes: float = 0.0
    optimiser: str = "adam"
    learning_rate: float = 1e-3
    lowest_learning_rate: float = 1e-5
    decay: str = "exponential"
    decay_rate: float = 0.9999
    warmup_steps: int = 0
    weight_decay: float = 0.0
    clip_norm: float = 1.0
    log_every: int = 50
    evaluate_every: int = 1000
    held_out_phrases: int = 2048
    checkpoint_every: int = 1000
    sample_every: int = 5000
    samples: int = 4
    patience: int = 0
    best: str = "loss"
    genre_balance: float = 0.0
    ema: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        _at_least("training", self, 1, "batch_size", "steps", "log_every", "held_out_phrases")
        _at_least(
            "training", self, 0, "warmup_steps", "weight_decay", "clip_norm", "evaluate_every", "patience", "seed"
        )
        _at_least("training", self, 0, "checkpoint_every", "sample_every", "samples", "lowest_learning_rate")
        _at_least("training", self, 0, "minutes")
        problem = self._problem()
        if problem:
            raise UsageError(f"[training] {problem}.")

    def _problem(self) -> str | None:
        if not 0 < self.learning_rate < float("inf") or self.lowest_learning_rate > self.learning_rate:
            return (
                "learning_rate must be above 0 and not below lowest_learning_rate, "
                f"got {self.learning_rate} and {self.lowest_learning_rate}"
            )
        if self.optimiser not in OPTIMISERS:
            return f"optimiser must be one of {', '.join(OPTIMISERS)}, got {self.optimiser!r}"
        if self.decay not in DECAYS:
            return f"decay must be one of {', '.join(DECAYS)}, got {self.decay!r}"
        if not 0 < self.decay_rate <= 1:
            return f"decay_rate must be above 0 and at most 1, got {self.decay_rate}"
        if not 0 <= self.genre_balance < 1:
            return f"genre_balance must be at least 0 and below 1, got {self.genre_balance}"
        if not 0 <= self.ema < 1:
            return f"ema must be at least 0 and below 1, got {self.ema}"
        if self.best not in HELD_OUT_FIGURES:
            return f"best must be one of {', '.join(HELD_OUT_FIGURES)}, got {self.best!r}"
        return None


@dataclass(frozen=True)
class ModelSettings:
    """Which model, and its settings.

    Attributes:
        name: a key of `scorespace.models.MODELS`.
        config: an instance of that model's frozen dataclass of settings.
    """

    name: str
    config: Any


@dataclass(frozen=True)
class Recipe:
    """What `load` gives: the four tables, checked."""

    model: ModelSettings
    grid: Grid = field(default_factory=Grid)
    data: DataSettings = field(default_factory=DataSettings)
    training: TrainingSettings = field(default_factory=TrainingSettings)

    def to_dict(self) -> dict[str, Any]:
        """The recipe as TOML-like tables of plain values; `from_dict` gives an equal recipe back."""
        return {
            "grid": grid_table(self.grid),
            "data": to_table(self.data),
            "model": {"name": self.model.name, **to_table(self.model.config)},
            "training": to_table(self.training),
        }

    @staticmethod
    def from_dict(tables: Mapping[str, Any]) -> Recipe:
        """The recipe of these tables.

        Raises:
            UsageError: when a table, key, type or value is not allowed; the sentence names those that are.
        """
        known = {"grid", "data", "model", "training"}
        for section, table in tables.items():
            if section not in known:
                raise UsageError(f"Unknown table [{section}]; a recipe has: [grid], [data], [model], [training].")
            if not isinstance(table, Mapping):
                raise UsageError(f"[{section}] must be a table of keys, got {table!r}.")
        return Recipe(
            model_settings(tables.get("model", {})),
            grid_settings(tables.get("grid", {})),
            from_table(DataSettings, tables.get("data", {}), "data"),
            from_table(TrainingSettings, tables.get("training", {}), "training"),
        )


def load(name_or_path: str | Path, overrides: Iterable[str] = ()) -> Recipe:
    """A bundled recipe by its name, or a TOML file by its path.

    Args:
        name_or_path: such as "melody-2bar" or "mine/recipe.toml".
        overrides: such as "model.z_size=128"; the value is read as TOML, and as text when it is not TOML.

    Raises:
        UsageError: when there is no such recipe or it is not allowed; the message begins with its name.
    """
    path = _find(name_or_path)
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path.name}: not a TOML file: {error}.") from error
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}.") from error
    for override in overrides:
        _override(tables, override)
    try:
        return Recipe.from_dict(tables)
    except UsageError as error:
        raise UsageError(f"{path.name}: {error}") from error


def bundled() -> dict[str, Path]:
    """The recipes that come with the program, by name: inside the package, or at the root of a checkout."""
    package = Path(__file__).parent
    for folder in (package / "recipes", package.parent.parent / "recipes"):
        if folder.is_dir():
            return {path.stem: path for path in sorted(folder.glob("*.toml"))}
    return {}


def grid_settings(table: Mapping[str, Any]) -> Grid:
    """The [grid] table: its "kind" ("steps" where it names none) and that kind's fields.

    Raises:
        UsageError: when there is no such kind or a field is not allowed.
    """
    rest = {key: value for key, value in table.items() if key != "kind"}
    return from_table(grid_class(table.get("kind", Grid.kind)), rest, "grid")


def grid_table(grid: Grid) -> dict[str, Any]:
    """A grid as a table of plain values that `grid_settings` takes; the common kind goes without saying."""
    kind = {} if grid.kind == Grid.kind else {"kind": grid.kind}
    return kind | to_table(grid)


def model_settings(table: Mapping[str, Any]) -> ModelSettings:
    """The [model] table: its "name" and that model's settings.

    Raises:
        UsageError: when no model has this name or a setting is not allowed.
    """
    name = table.get("name")
    if not isinstance(name, str):
        raise UsageError(f"[model] must say name = one of {', '.join(models.MODELS)}.")
    rest = {key: value for key, value in table.items() if key != "name"}
    return ModelSettings(name, from_table(models.config_class(name), rest, "model"))


def from_table(kind: type[_Settings], table: Mapping[str, Any], section: str) -> _Settings:
    """A frozen dataclass from a table of plain values, strictly.

    Whole numbers are taken for floats, lists become tuples, "1/4" a Fraction and "4/4" a metre (4, 4).

    Raises:
        UsageError: for an unknown key (with the known ones) or a value of another type; and what `kind` itself raises.
    """
    hints = typing.get_type_hints(kind)
    names = [entry.name for entry in dataclasses.fields(kind)]  # type: ignore[arg-type]
    values = {}
    for key, value in table.items():
        if key not in names:
            raise UsageError(f"Unknown key {key!r} in [{section}]; it takes: {', '.join(sorted(names))}.")
        if key == "metre" and isinstance(value, str):
            value = _metre(value, section)
        values[key] = _typed(value, hints[key], f"{key} in [{section}]")
    return kind(**values)


def to_table(settings: Any) -> dict[str, Any]:
    """A dataclass as a table of plain values (numbers, text, lists) that `from_table` and JSON take."""
    return {entry.name: _plain(getattr(settings, entry.name)) for entry in dataclasses.fields(settings)}


def _plain(value: Any) -> Any:
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value


def _typed(value: Any, hint: Any, where: str) -> Any:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return _typed_union(value, inner, where)
    if origin is tuple:
        return _typed_tuple(value, inner, where)
    if hint is Fraction and isinstance(value, str | int) and not isinstance(value, bool):
        return _fraction(value, where)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, hint) or (isinstance(value, bool) and hint is not bool):
        raise UsageError(f"{where} must be {_words(hint)}, got {value!r}.")
    return value


def _typed_union(value: Any, choices: tuple[Any, ...], where: str) -> Any:
    for choice in choices:
        try:
            return _typed(value, choice, where)
        except UsageError:
            continue
    raise UsageError(f"{where} must be {' or '.join(_words(choice) for choice in choices)}, got {value!r}.")


def _typed_tuple(value: Any, inner: tuple[Any, ...], where: str) -> tuple[Any, ...]:
    endless = len(inner) == 2 and inner[1] is Ellipsis
    if not isinstance(value, list | tuple) or not (endless or len(value) == len(inner)):
        length = "any number" if endless else str(len(inner))
        raise UsageError(f"{where} must be a list of {length} of {_words(inner[0])}, got {value!r}.")
    hints = [inner[0]] * len(value) if endless else inner
    return tuple(_typed(item, hint, where) for item, hint in zip(value, hints, strict=True))


def _fraction(value: str | int, where: str) -> Fraction:
    try:
        return Fraction(value)
    except (ValueError, ZeroDivisionError) as error:
        raise UsageError(f'{where} must be fractions such as "1/4", got {value!r}.') from error


def _metre(text: str, section: str) -> tuple[int, int]:
    try:
        above, below = text.split("/")
        return int(above), int(below)
    except ValueError as error:
        raise UsageError(f'metre in [{section}] must be written like "4/4" or "6/8", got {text!r}.') from error


def _words(hint: Any) -> str:
    names = {
        int: "a whole number",
        float: "a number",
        str: "text",
        bool: "true or false",
        Fraction: 'fractions like "1/4"',
    }
    return "empty" if hint is type(None) else names.get(hint, str(hint))


def _find(name_or_path: str | Path) -> Path:
    known = bundled()
    if str(name_or_path) in known:
        return known[str(name_or_path)]
    path = Path(name_or_path)
    if path.is_file():
        return path
    raise UsageError(
        f"No recipe {str(name_or_path)!r}: give one of {', '.join(known) or '(none)'}, or a .toml file's path."
    )


def _override(tables: dict[str, Any], text: str) -> None:
    place, equals, value = text.partition("=")
    section, dot, key = place.strip().partition(".")
    if not (equals and dot and key):
        raise UsageError(f"--set takes table.key=value such as model.z_size=128, got {text!r}.")
    table = tables.setdefault(section, {})
    if not isinstance(table, dict):
        raise UsageError(f"--set {text}: [{section}] is not a table of this recipe.")
    try:
        table[key] = tomllib.loads(f"value = {value.strip()}")["value"]
    except tomllib.TOMLDecodeError:
        table[key] = value.strip()


def _at_least(section: str, settings: Any, least: float, *names: str) -> None:
    for name in names:
        value = getattr(settings, name)
        if not value >= least:
            raise UsageError(f"{name} in [{section}] must be at least {least:g}, got {value}.")
