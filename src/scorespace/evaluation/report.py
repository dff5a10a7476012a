"""Everything that `scorespace evaluate` says of a checkpoint, as one table of plain values and as text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from scorespace.checkpoint import Checkpoint
from scorespace.data.shards import Shards
from scorespace.errors import UsageError
from scorespace.evaluation import samples
from scorespace.evaluation.intervals import SongBootstrap
from scorespace.evaluation.latent_space import active_dimensions, posterior
from scorespace.evaluation.reconstruction import (
    ExactModel,
    degenerate_copies,
    exact_figures,
    latent_figures,
    unigram_nll,
)
from scorespace.models.base import LatentModel, Model
from scorespace.music.grid import Grid
from scorespace.recipe import grid_table
from scorespace.training.held_out import choose_phrases

SPLITS = ("valid", "test", "train")


@dataclass(frozen=True)
class Options:
    """What to measure.

    Attributes:
        split: "valid", "test" or "train".
        phrases: at most so many of the split, evenly spread; 0 = all.
        samples: phrases drawn from the prior for the statistics; 0 = none.
        temperature: of those; None = what `sample` takes for a latent model, 1 for another.
        importance_samples: posterior samples a phrase for the bounds, >= 1.
        seed: of posterior samples, prior samples, bootstrap and halves of the corpus.
    """

    split: str = "test"
    phrases: int = 0
    samples: int = 2048
    temperature: float | None = None
    importance_samples: int = 16
    seed: int = 0


def evaluate(
    checkpoint: Checkpoint,
    shards: Shards,
    options: Options = Options(),
    say: Callable[[str], None] = lambda _: None,
    language_model: Checkpoint | None = None,
) -> dict[str, Any]:
    """Measures a checkpoint on one split of a prepared data set.

    Args:
        checkpoint: its model may stand on any device.
        shards: of the checkpoint's grid.
        options: what to measure.
        say: told what goes on, for the person.
        language_model: a model of the same grid with an exact likelihood, trained apart, that is asked how probable the
            samples are.

    Returns:
        Plain values for JSON: "model", "data", "seed", "figures" and "baselines" (each figure with its "value" and a
        95 % interval over songs, "low" to "high"), and "samples".

    Raises:
        UsageError: when the split is unknown or empty, the grids differ, the model offers nothing to measure, or the
            language model has no exact likelihood.
    """
    tokens, songs = _phrases(checkpoint, shards, options)
    if language_model:
        _check_language_model(language_model, checkpoint.grid)
    train = np.asarray(shards.tokens("train"))
    bootstrap = SongBootstrap(songs, options.seed)
    model = checkpoint.model.eval()
    say(f"{len(tokens):,} phrases of {len(np.unique(songs)):,} songs, seed {options.seed}")
    trained_on = checkpoint.config.get("dataset", {}).get("fingerprint")
    if trained_on != shards.fingerprint:
        say("The model was trained on another data set: it may have seen songs of this split.")
    report = {
        "model": {
            "name": checkpoint.config["model"]["name"],
            "sha256": checkpoint.sha256,
            "parameters": sum(parameter.numel() for parameter in model.parameters()),
        },
        "data": {
            "fingerprint": shards.fingerprint,
            "trained_on_it": trained_on == shards.fingerprint,
            "split": options.split,
            "phrases": len(tokens),
            "songs": len(np.unique(songs)),
        },
        "seed": options.seed,
        "figures": _figures(model, tokens, bootstrap, options),
        "baselines": _baselines(model, train, tokens, bootstrap, checkpoint.grid),
    }
    if options.samples:
        say(f"{options.samples:,} samples")
        material = samples.Material(checkpoint.grid, train, tokens, songs)
        report["samples"] = samples.measure(
            model, material, options.samples, options.temperature, options.seed, language_model
        )
    if checkpoint.attributes:
        report["attribute_vectors"] = dict(checkpoint.attributes.table)
    return report


def _phrases(checkpoint: Checkpoint, shards: Shards, options: Options) -> tuple[np.ndarray, np.ndarray]:
    if options.split not in SPLITS:
        raise UsageError(f"--split takes {', '.join(SPLITS)}, got {options.split!r}.")
    if shards.grid != checkpoint.grid:
        differing = _differences(checkpoint.grid, shards.grid)
        raise UsageError(f"The data set was prepared for another grid ({differing}).")
    total = len(shards.tokens(options.split))
    if not total or not len(shards.tokens("train")):
        raise UsageError(f"The split {options.split!r} or the training split is empty: there is nothing to measure.")
    places = choose_phrases(np.arange(total), options.phrases or total)
    return np.asarray(shards.tokens(options.split)[places]).astype(np.int64), np.asarray(shards.songs(options.split))[
        places
    ]


def _differences(ours: Grid, theirs: Grid) -> str:
    """What another grid has that the model's has not."""
    has, other = grid_table(ours), grid_table(theirs)
    keys = [key for key in has | other if has.get(key) != other.get(key)]
    return "; ".join(f"{key} is {other.get(key)}, the model has {has.get(key)}" for key in keys)


def _check_language_model(model: Checkpoint, grid: Grid) -> None:
    if not isinstance(model.model, ExactModel):
        raise UsageError(
            f"--language-model takes a model with an exact likelihood such as note-lm, "
            f"got a {type(model.model).__name__}."
        )
    if model.grid != grid:
        raise UsageError(f"The language model was trained on another grid ({_differences(grid, model.grid)}).")


def _figures(model: Model, tokens: np.ndarray, bootstrap: SongBootstrap, options: Options) -> dict[str, Any]:
    if isinstance(model, LatentModel):
        each = latent_figures(model, tokens, options.seed, options.importance_samples)
    elif isinstance(model, ExactModel):
        each = exact_figures(model, tokens, next(model.parameters()).device)
    else:
        raise UsageError(f"A {type(model).__name__} offers neither a latent space nor an exact likelihood to measure.")
    figures = {name: asdict(bootstrap.mean(values)) for name, values in each.items()}
    if isinstance(model, LatentModel):
        means, _ = posterior(model, tokens)
        figures["active_dimensions"] = asdict(active_dimensions(means, bootstrap))
    return figures


def _baselines(
    model: Model, train: np.ndarray, tokens: np.ndarray, bootstrap: SongBootstrap, grid: Grid
) -> dict[str, dict[str, Any]]:
    copying = {
        writer: {name: asdict(bootstrap.mean(values)) for name, values in figures.items()}
        for writer, figures in degenerate_copies(train, tokens, grid).items()
    }
    guessing = {
        guesser: {"nll": asdict(bootstrap.mean(values))} for guesser, values in unigram_nll(train, tokens, grid).items()
    }
    return copying | guessing
