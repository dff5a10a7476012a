"""Everything that `scorespace evaluate` says of a checkpoint, as one table of plain values and as text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch

from scorespace.checkpoint import Checkpoint
from scorespace.data.shards import Shards
from scorespace.errors import UsageError
from scorespace.evaluation import latent_space, statistics
from scorespace.evaluation.intervals import SongBootstrap
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
from scorespace.space.space import SAMPLE_TEMPERATURE
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
) -> dict[str, Any]:
    """Measures a checkpoint on one split of a prepared data set.

    Args:
        checkpoint: its model may stand on any device.
        shards: of the checkpoint's grid.
        options: what to measure.
        say: told what goes on, for the person.

    Returns:
        Plain values for JSON: "model", "data", "seed", "figures" and "baselines" (each figure with its "value" and a
        95 % interval over songs, "low" to "high"), and "samples".

    Raises:
        UsageError: when the split is unknown or empty, the grids differ, or the model offers nothing to measure.
    """
    tokens, songs = _phrases(checkpoint, shards, options)
    train = np.asarray(shards.tokens("train"))
    bootstrap = SongBootstrap(songs, options.seed)
    model = checkpoint.model.eval()
    say(f"{len(tokens):,} phrases of {len(np.unique(songs)):,} songs, seed {options.seed}")
    trained_on = checkpoint.config.get("dataset", {}).get("fingerprint")
    if trained_on != shards.fingerprint:
        say("The model was trained on another data set: it may have seen songs of this split.")
    report = {
        "model": {"name": checkpoint.config["model"]["name"], "sha256": checkpoint.sha256},
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
        report["samples"] = _samples(model, checkpoint.grid, train, tokens, songs, options)
    return report


def _phrases(checkpoint: Checkpoint, shards: Shards, options: Options) -> tuple[np.ndarray, np.ndarray]:
    if options.split not in SPLITS:
        raise UsageError(f"--split takes {', '.join(SPLITS)}, got {options.split!r}.")
    if shards.grid != checkpoint.grid:
        ours, theirs = grid_table(checkpoint.grid), grid_table(shards.grid)
        words = [
            f"{key} is {theirs.get(key)}, the model has {ours[key]}" for key in ours if ours[key] != theirs.get(key)
        ]
        raise UsageError(f"The data set was prepared for another grid ({'; '.join(words)}).")
    total = len(shards.tokens(options.split))
    if not total or not len(shards.tokens("train")):
        raise UsageError(f"The split {options.split!r} or the training split is empty: there is nothing to measure.")
    places = choose_phrases(np.arange(total), options.phrases or total)
    return np.asarray(shards.tokens(options.split)[places]).astype(np.int64), np.asarray(shards.songs(options.split))[
        places
    ]


def _figures(model: Model, tokens: np.ndarray, bootstrap: SongBootstrap, options: Options) -> dict[str, Any]:
    if isinstance(model, LatentModel):
        each = latent_figures(model, tokens, options.seed, options.importance_samples)
    elif isinstance(model, ExactModel):
        each = exact_figures(model, tokens, next(model.parameters()).device)
    else:
        raise UsageError(f"A {type(model).__name__} offers neither a latent space nor an exact likelihood to measure.")
    figures = {name: asdict(bootstrap.mean(values)) for name, values in each.items()}
    if isinstance(model, LatentModel):
        means, _ = latent_space.posterior(model, tokens)
        figures["active_dimensions"] = asdict(latent_space.active_dimensions(means, bootstrap))
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


def _samples(
    model: Model, grid: Grid, train: np.ndarray, tokens: np.ndarray, songs: np.ndarray, options: Options
) -> dict[str, Any]:
    latent = isinstance(model, LatentModel)
    temperature = options.temperature if options.temperature is not None else (SAMPLE_TEMPERATURE if latent else 1.0)
    drawn = _draw(model, grid, options, temperature)
    result: dict[str, Any] = {
        "count": options.samples,
        "temperature": temperature,
        "distinct_share": statistics.distinct_share(drawn),
        "copied_share": statistics.copied_share(drawn, train),
        "copied_share_in_any_key": statistics.copied_share(drawn, train, transposed=True),
        "pairwise_difference": statistics.pairwise_difference(drawn),
        "corpus_pairwise_difference": statistics.pairwise_difference(tokens),
    }
    if isinstance(model, LatentModel):
        result["reencoding_accuracy"] = latent_space.reencoding_accuracy(model, drawn)
        result["prior_gap"] = latent_space.prior_gap(*latent_space.posterior(model, tokens))
    one, other = statistics.halves(tokens, songs, options.seed)
    against = {
        "samples": statistics.overlaps(drawn, tokens, grid),
        "ceiling": statistics.overlaps(one, other, grid),
        "random_pitches": statistics.overlaps(statistics.random_pitches(one, options.seed), other, grid),
        "uniform_tokens": statistics.overlaps(statistics.uniform_tokens(len(drawn), grid, options.seed), tokens, grid),
    }
    result["overlap"] = {name: {who: table[name] for who, table in against.items()} for name in against["samples"]}
    result["mean_overlap"] = {who: float(np.mean(list(table.values()))) for who, table in against.items()}
    return result


def _draw(model: Model, grid: Grid, options: Options, temperature: float) -> np.ndarray:
    if isinstance(model, LatentModel):
        return latent_space.prior_samples(model, grid.shape, options.samples, options.seed, temperature)
    assert isinstance(model, ExactModel)
    device = next(model.parameters()).device
    chances = latent_space.sample_uniforms(grid.shape, options.samples, options.seed)
    return np.concatenate(
        [model.sample(part.to(device), temperature).cpu().numpy() for part in torch.split(chances, 256)]
    )
