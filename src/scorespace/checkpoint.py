"""A checkpoint: the folder that training leaves and everything else loads.

    config.json          format number, model and its settings, grid, recipe, data set, held-out figures, checksum
    model.safetensors    the weights; reading them never executes code
    README.md            the model card, made from config.json
    attributes.*         attribute vectors, where they were learnt; see `scorespace.vectors`

It needs nothing beside it: no data set, no recipe. Saving writes a sibling folder and renames it, so a checkpoint is
whole or is not there.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from scorespace import __version__, companion, models, styles, vectors
from scorespace.errors import ModelError, UsageError
from scorespace.models.base import LatentModel, Model
from scorespace.models.undrawn import Undrawn
from scorespace.music.grid import Grid
from scorespace.recipe import grid_settings, grid_table, model_settings, to_table

FORMAT = 1
CONFIG, WEIGHTS, CARD = "config.json", "model.safetensors", "README.md"


@dataclass(frozen=True)
class Checkpoint:
    """What `load` gives.

    Attributes:
        model: in evaluation mode, float32, on the CPU.
        grid: what its tokens are.
        config: config.json as it stands.
        sha256: of the weights file, 64 hexadecimal digits.
        attributes: the attribute vectors, None where none were learnt.
        styles: of its genres, None where none were learnt.
    """

    model: Model
    grid: Grid
    config: dict[str, Any]
    sha256: str
    attributes: vectors.AttributeVectors | None = None
    styles: styles.Styles | None = None


def save(
    folder: str | Path,
    model: Model,
    grid: Grid,
    model_name: str,
    config: Any,
    recipe: Mapping[str, Any],
    dataset: Mapping[str, Any],
    scores: Mapping[str, Any],
    dtype: torch.dtype = torch.float32,
) -> Path:
    """Writes a checkpoint; one that stands there already is replaced as a whole.

    Args:
        folder: to be written; its parent is made where it is missing.
        model: any `Model` of the registry.
        grid: what its tokens are.
        model_name: a key of `scorespace.models.MODELS`.
        config: the model's frozen dataclass of settings.
        recipe: `Recipe.to_dict()`.
        dataset: what the data set says about itself (fingerprint, corpora, licences, counts): plain values.
        scores: held-out figures by name: plain values.
        dtype: of the stored weights; torch.float16 halves the file.

    Raises:
        ModelError: when `folder` is there and is something else than a checkpoint, or cannot be written.
    """
    folder = Path(folder)
    if folder.exists() and not (folder.is_dir() and ((folder / CONFIG).exists() or not any(folder.iterdir()))):
        raise ModelError(f"{folder} is there and is not a checkpoint: choose another folder, nothing was replaced.")
    fresh = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:8]}")
    try:
        fresh.mkdir(parents=True)
        save_file(_stored(model, dtype), fresh / WEIGHTS)
        contents = {
            "format": FORMAT,
            "version": __version__,
            "model": {"name": model_name, **to_table(config)},
            "grid": grid_table(grid),
            "recipe": dict(recipe),
            "dataset": dict(dataset),
            "scores": dict(scores),
            "sha256": _sha256(fresh / WEIGHTS),
        }
        (fresh / CONFIG).write_text(json.dumps(contents, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        shutil.copymode(fresh / CONFIG, fresh / WEIGHTS)  # safetensors lets nobody else read what it writes
        (fresh / CARD).write_text(_card(folder.name, contents, model), encoding="utf-8")
        for stem in (vectors.STEM, styles.STEM):
            companion.keep(folder, fresh, stem, str(contents["sha256"]))
        _replace(fresh, folder)
    except OSError as error:
        raise ModelError(f"{folder}: cannot be written: {error.strerror or error}.") from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return folder


def load(folder: str | Path, with_attributes: bool = True) -> Checkpoint:
    """Reads a checkpoint and verifies it: format, checksum, names, shapes, finite numbers.

    Args:
        folder: of the checkpoint.
        with_attributes: read its attribute vectors and its styles too, where it has some.

    Raises:
        ModelError: when anything is missing, damaged, of a newer format or of an unknown model; names the file.
    """
    folder = Path(folder)
    config = read_config(folder)
    weights, sha256 = _read_weights(folder / WEIGHTS, config["sha256"])
    try:
        grid = grid_settings(config["grid"])
        settings = model_settings(config["model"])
        with Undrawn():
            model = models.build(settings.name, grid, settings.config)
    except (UsageError, RuntimeError, MemoryError, ValueError, TypeError, ArithmeticError) as error:
        raise ModelError(f"{folder / CONFIG}: does not describe a model of this version: {error}") from error
    _fill(model, weights, folder / WEIGHTS)
    found, learnt = None, None
    if with_attributes and isinstance(model, LatentModel):
        found = vectors.load(folder, sha256, grid, model.z_size)
        learnt = styles.load(folder, sha256, grid, model.z_size)
    return Checkpoint(model.eval(), grid, config, sha256, found, learnt)


def read_config(folder: str | Path) -> dict[str, Any]:
    """config.json of a checkpoint, without loading its weights.

    Raises:
        ModelError: when the folder or the file is missing, damaged or of a newer format.
    """
    path = Path(folder) / CONFIG
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError(f"{folder} is not a checkpoint: it has no {CONFIG}.") from error
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{path}: cannot be read ({error}): copy or train the checkpoint again.") from error
    number = config.get("format") if isinstance(config, dict) else None
    if not isinstance(number, int) or number < 1:
        raise ModelError(f"{path}: is not a checkpoint's configuration (it has no format number).")
    if number > FORMAT:
        raise ModelError(f"{path}: has format {number}, this version reads up to {FORMAT}: upgrade scorespace.")
    for key, kind in {"model": dict, "grid": dict, "sha256": str}.items():
        if not isinstance(config.get(key), kind):
            raise ModelError(f"{path}: its {key!r} is missing or damaged: copy or train the checkpoint again.")
    return dict(config)


def _stored(model: Model, dtype: torch.dtype) -> dict[str, Tensor]:
    return {
        name: (value.detach().to("cpu", dtype) if value.is_floating_point() else value.detach().cpu())
        .contiguous()
        .clone()
        for name, value in model.state_dict().items()
    }


def _replace(fresh: Path, folder: Path) -> None:
    """Renames `fresh` to `folder`; an older folder steps aside first, because a full folder cannot be overwritten."""
    old = fresh.with_name(fresh.name + ".old")
    if folder.exists():
        folder.replace(old)
    try:
        fresh.replace(folder)
    except OSError:
        if old.exists():
            old.replace(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_weights(path: Path, expected: str) -> tuple[dict[str, Tensor], str]:
    if not path.is_file():
        raise ModelError(f"{path.parent} is not a whole checkpoint: it has no {WEIGHTS}.")
    try:
        sha256 = _sha256(path)
        weights = load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise ModelError(f"{path}: is damaged ({error}): copy or train the checkpoint again.") from error
    if sha256 != expected:
        raise ModelError(f"{path}: its checksum is not the one in {CONFIG}: copy or train the checkpoint again.")
    return weights, sha256


def _fill(model: Model, weights: dict[str, Tensor], path: Path) -> None:
    wanted = model.state_dict()
    missing, unexpected = sorted(wanted.keys() - weights.keys()), sorted(weights.keys() - wanted.keys())
    if missing or unexpected:
        words = [
            f"{kind} {', '.join(names[:3])}"
            for kind, names in (("lacks", missing), ("has unknown", unexpected))
            if names
        ]
        raise ModelError(f"{path}: {' and '.join(words)}, so it belongs to another model or version.")
    for name, value in weights.items():
        if value.shape != wanted[name].shape:
            raise ModelError(
                f"{path}: {name} has shape {tuple(value.shape)}, this model has {tuple(wanted[name].shape)}: "
                "the weights belong to another configuration."
            )
        if not _finite(value):
            raise ModelError(f"{path}: {name} holds numbers that are not finite: the model cannot be used.")
    model.load_state_dict(weights)


def _finite(value: Tensor) -> bool:
    """Whether all numbers are; a NaN passes through the extremes, which need no second tensor of this size."""
    return value.numel() == 0 or all(bool(torch.isfinite(extreme)) for extreme in torch.aminmax(value))


def _card(name: str, config: Mapping[str, Any], model: Model) -> str:
    """The model card: what it is, data and licences, figures, limits."""
    grid, dataset = config["grid"], config["dataset"]
    metre = ", ".join(config["model"].get("metres", ())) or "{}/{}".format(*grid["metre"])
    parameters = sum(p.numel() for p in model.parameters())
    lines = [
        f"# {name}",
        "",
        f"A latent space or model of phrases, made with scorespace {config['version']}: `{config['model']['name']}`, "
        f"{parameters:,} parameters, for {', '.join(grid['parts'])} phrases of {grid['bars']} bar(s) in {metre}. "
        f'Load it with `scorespace.load("{name}")` where it is bundled, otherwise with the path of this folder.',
        "",
        *_genres(config["model"], dataset),
        "## Data and licences",
        "",
        *(_listed({key: value for key, value in dataset.items() if key != "counts"}) or ["Not stated."]),
        "",
        "## Held-out figures",
        "",
        *(_listed(config["scores"]) or ["None were measured."]),
        "",
        "NLL, KL and reconstruction are in nats a phrase; accuracies and F1 are shares from 0 to 1.",
        "",
        "## Limits",
        "",
        f"- It knows notes on its grid alone: {len(grid['beat_positions'])} steps a quarter note "
        f"({', '.join(str(p) for p in grid['beat_positions'])}), pitches {grid['lowest']} to {grid['highest']}, "
        f"metre {metre}. Dynamics and timing between the steps are not modelled.",
        "- What it writes resembles what it was trained on, in style and in bias; a phrase can equal one of its data.",
        "- The figures hold for songs like those it was measured on.",
        "",
        f"SHA-256 of `{WEIGHTS}`: `{config['sha256']}`",
        "",
    ]
    return "\n".join(lines)


def _genres(model: Mapping[str, Any], dataset: Mapping[str, Any]) -> list[str]:
    """The genres of a flower, in their order round the circle."""
    genres = model.get("genres") if model.get("prior") == "flower" else None
    if not genres:
        return []
    songs = dataset.get("genres", {})
    rows = [
        f"- {name}: {360 * k / len(genres):.0f} degrees"
        + (f", {songs[name]:,} training songs" if name in songs else "")
        for k, name in enumerate(genres)
    ]
    return ["## Genres, in their order round the circle", "", *rows, ""]


def _listed(values: Mapping[str, Any], indent: str = "") -> list[str]:
    lines = []
    for key, value in values.items():
        if isinstance(value, Mapping):
            lines += [f"{indent}- {key}:", *_listed(value, indent + "  ")]
        else:
            shown = f"{value:.4g}" if isinstance(value, float) else str(value)
            lines.append(f"{indent}- {key}: {shown}")
    return lines
