"""From a checkpoint of Magenta's to one of ours: the same numbers, stored another way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import Tensor

from scorespace import checkpoint, models
from scorespace.errors import InputError, UsageError
from scorespace.magenta import groove, javascript, kinds, tensorflow
from scorespace.magenta.source import Source
from scorespace.models.base import Model
from scorespace.models.hierarchical_vae import HierarchicalVAEConfig
from scorespace.models.magenta import from_magenta
from scorespace.models.recurrent import RecurrentVAEConfig
from scorespace.models.undrawn import Undrawn
from scorespace.music.extraction import DataSettings
from scorespace.music.grid import Grid
from scorespace.music.groove import GrooveGrid
from scorespace.recipe import ModelSettings, Recipe

_Converted = tuple[str, Any, Grid, dict[str, Tensor]]  # a model's name and settings, its grid, its state

LICENCE = (
    "that of whoever trained and published these weights, and of the music they were trained on (for Magenta's own: "
    "github.com/magenta/magenta); scorespace changed how they are stored and nothing else"
)


def read(path: str | Path) -> Source:
    """A checkpoint of Magenta's: a folder of magenta-js or a file in it, or TensorFlow's files or .tar.

    Raises:
        InputError: when it cannot be read; names it.
    """
    path = Path(path).absolute()
    if path.name in (javascript.CONFIG, javascript.MANIFEST):
        path = path.parent
    if any((path / name).exists() for name in (javascript.CONFIG, javascript.MANIFEST)):
        return javascript.read(path)
    return tensorflow.read(path)


def save(source: Source, folder: str | Path, bars: int | None = None) -> Path:
    """Writes the checkpoint of ours; one that stands in `folder` is replaced as a whole.

    Args:
        source: what `read` gave.
        folder: to be written.
        bars: length of its phrases, where neither its config.json nor its name says.

    Raises:
        InputError: when its kind is not taken, or its variables do not fit each other.
        ModelError: when the folder cannot be written or is something else.
    """
    settings, grid, model = convert(source, bars)
    recipe = Recipe(settings, grid, DataSettings())
    said = {
        "source": f"{source.name}, a MusicVAE of Magenta's ({source.layout}), imported number for number",
        "source_sha256": source.sha256,
        "licence": LICENCE,
    }
    return checkpoint.save(folder, model, grid, settings.name, settings.config, recipe.to_dict(), said, {})


def convert(source: Source, bars: int | None = None) -> tuple[ModelSettings, Grid, Model]:
    """The model with these weights, in float32 and in evaluation mode, and what its tokens are.

    Raises:
        InputError: when its kind is not taken, or its variables do not fit each other; names it.
    """
    kinds.check(source)
    try:
        name, config, grid, state = _groove(source, bars) if groove.is_groove(source) else _tokens(source, bars)
        with Undrawn():
            model = models.build(name, grid, config)
        model.load_state_dict(state)
    except InputError as error:
        raise error if str(error).startswith(source.name) else InputError(f"{source.name}: {error}") from error
    except (UsageError, ValueError, IndexError, RuntimeError) as error:
        said = str(error).strip().splitlines()[-1].strip().rstrip(".")
        raise InputError(f"{source.name}: its variables do not fit each other: {said}.") from error
    return ModelSettings(name, config), grid, model.eval()


def _groove(source: Source, bars: int | None) -> _Converted:
    config, state = groove.weights(source)
    return "groove-vae", config, GrooveGrid(bars=kinds.bars_of(source, False, bars)), state


def _tokens(source: Source, bars: int | None) -> _Converted:
    name, config, state = from_magenta(source.variables)
    length = kinds.bars_of(source, isinstance(config, HierarchicalVAEConfig), bars)
    parts, (lowest, highest) = kinds.parts_of(source, _outputs(state))
    grid = Grid(parts=parts, bars=length, lowest=lowest, highest=highest)
    return name, _divided(source, config, length), grid, state


def _outputs(state: dict[str, Tensor]) -> list[int]:
    """Widths of what the decoders write, in the order of the parts."""
    return [len(bias) for name, bias in state.items() if name.endswith("output.bias")]


def _divided(source: Source, config: RecurrentVAEConfig, bars: int) -> RecurrentVAEConfig:
    """The settings with what config.json says of the conductor, whose segments are also those of the encoder."""
    segment = kinds.bars_per_embedding(source, bars)
    if config.segment_bars:
        config = replace(config, segment_bars=segment)
    return replace(config, bars_per_embedding=segment) if isinstance(config, HierarchicalVAEConfig) else config
