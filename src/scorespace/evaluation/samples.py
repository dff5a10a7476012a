"""What a model invents, measured beside the corpus and beside phrases that nobody wrote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch

from scorespace.checkpoint import Checkpoint
from scorespace.evaluation import latent_space, statistics
from scorespace.evaluation.intervals import SongBootstrap
from scorespace.evaluation.reconstruction import ExactModel, batches, is_categorical
from scorespace.models.base import LatentModel, Model
from scorespace.music.grid import Grid
from scorespace.space.space import SAMPLE_TEMPERATURE

TEMPERATURES = (0.5, 1.0)  # of the samples whose likelihood is asked for: the papers', and the model's own belief
CHUNK = 256


@dataclass(frozen=True)
class Material:
    """What samples are measured against.

    Attributes:
        grid: of all phrases.
        train: (M, T, S) integers, what the model was trained on.
        tokens, songs: held-out phrases (N, T, S) and the song of each (N,).
    """

    grid: Grid
    train: np.ndarray
    tokens: np.ndarray
    songs: np.ndarray


def measure(
    model: Model,
    material: Material,
    count: int,
    temperature: float | None = None,
    seed: int = 0,
    language_model: Checkpoint | None = None,
) -> dict[str, Any]:
    """Everything that is said of a model's samples, as plain values for JSON.

    Args:
        model: a `LatentModel` or `ExactModel`, in evaluation mode.
        material: what they are measured against.
        count: how many samples, at least 1.
        temperature: None = what `sample` takes for a latent model, 1 for another.
        seed: of the samples, of the halves of the corpus and of what is random beside them.
        language_model: of the same grid, with an exact likelihood, trained apart.
    """
    latent, tokens, grid = isinstance(model, LatentModel), material.tokens, material.grid
    if temperature is None:
        temperature = SAMPLE_TEMPERATURE if latent else 1.0
    drawn = draw(model, count, seed, temperature)
    result: dict[str, Any] = {
        "count": count,
        "temperature": temperature,
        **variety(drawn, material.train, grid),
        "corpus_distinct_share": statistics.distinct_share(tokens, grid),
        "pairwise_difference": statistics.pairwise_difference(drawn),
        "corpus_pairwise_difference": statistics.pairwise_difference(tokens),
        "attributes": beside(drawn, tokens, grid),
    }
    if isinstance(model, LatentModel):
        result["reencoding_accuracy"] = latent_space.reencoding_accuracy(model, drawn)
        result["prior_gap"] = latent_space.prior_gap(*latent_space.posterior(model, tokens))
    result["overlap"], result["mean_overlap"] = overlap(drawn, material, seed)
    if language_model:
        others = {t: draw(model, count, seed, t) for t in TEMPERATURES if t != temperature}
        result["language_model"] = likelihoods({temperature: drawn, **others}, language_model, material, seed)
    return result


def variety(drawn: np.ndarray, train: np.ndarray, grid: Grid) -> dict[str, float]:
    """How many of the samples (N, T, S) are distinct and how many equal a training phrase."""
    copied = statistics.copied(drawn, train, grid)
    in_any_key = statistics.copied(drawn, train, grid, transposed=True)
    return {
        "distinct_share": statistics.distinct_share(drawn, grid),
        "copied_share": copied.share,
        "copied_distinct": copied.distinct,
        "copied_share_in_any_key": in_any_key.share,
        "copied_distinct_in_any_key": in_any_key.distinct,
    }


def beside(drawn: np.ndarray, tokens: np.ndarray, grid: Grid) -> dict[str, dict[str, float]]:
    """Means of the attributes over samples and corpus."""
    of_samples, of_corpus = statistics.means(drawn, grid), statistics.means(tokens, grid)
    return {name: {"samples": mean, "corpus": of_corpus[name]} for name, mean in of_samples.items()}


def overlap(drawn: np.ndarray, material: Material, seed: int) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """Overlapped areas of samples and corpus beside the ceiling and the floors: each attribute's, and the means."""
    grid, tokens = material.grid, material.tokens
    one, other = statistics.halves(tokens, material.songs, seed)
    against = {
        "samples": statistics.overlaps(drawn, tokens, grid),
        "ceiling": statistics.overlaps(one, other, grid),
    }
    if is_categorical(grid):
        against["random_pitches"] = statistics.overlaps(statistics.random_pitches(one, grid, seed), other, grid)
    against["uniform_tokens"] = statistics.overlaps(statistics.uniform_tokens(len(drawn), grid, seed), tokens, grid)
    each = {name: {who: table[name] for who, table in against.items()} for name in against["samples"]}
    return each, {who: float(np.mean(list(table.values()))) for who, table in against.items()}


def likelihoods(drawn: Mapping[float, np.ndarray], judge: Checkpoint, material: Material, seed: int) -> dict[str, Any]:
    """What a language model trained apart makes of samples, of held-out phrases and of random ones.

    Args:
        drawn: samples (N, T, S) by their temperature.
        judge: of the same grid, with an exact likelihood.
        material: the held-out phrases.
        seed: of what is random, and of the intervals.

    Returns:
        "name" and "sha256" of the language model, and "nll": nats a phrase, each with a 95 % interval, of the
        "corpus" (over its songs), of samples at each temperature ("samples_0.5"), of "random_pitches" and of
        "uniform_tokens". As probable as the corpus is right; far more probable is dull.
    """
    assert isinstance(judge.model, ExactModel)
    grid, tokens = material.grid, material.tokens
    kinds = {f"samples_{temperature:g}": drawn[temperature] for temperature in sorted(drawn)}
    count = max(map(len, kinds.values()))
    if is_categorical(grid):
        kinds["random_pitches"] = statistics.random_pitches(tokens[:count], grid, seed)
    kinds["uniform_tokens"] = statistics.uniform_tokens(count, grid, seed)
    alone = {
        who: SongBootstrap(np.arange(len(phrases)), seed).mean(nll(judge.model, phrases))
        for who, phrases in kinds.items()
    }
    corpus = SongBootstrap(material.songs, seed).mean(nll(judge.model, tokens))
    return {
        "name": judge.config["model"]["name"],
        "sha256": judge.sha256,
        "nll": {"corpus": asdict(corpus), **{who: asdict(figure) for who, figure in alone.items()}},
    }


@torch.no_grad()
def nll(judge: Model, tokens: np.ndarray) -> np.ndarray:
    """(N,) float64 nats of phrases (N, T, S) under a model with an exact likelihood."""
    assert isinstance(judge, ExactModel)
    device = next(judge.parameters()).device
    return np.concatenate([-judge.log_likelihood(part).cpu().double().numpy() for part in batches(tokens, device)])


@torch.no_grad()
def draw(model: Model, count: int, seed: int, temperature: float) -> np.ndarray:
    """(count, T, S) int64: samples 0 to count - 1 of this seed."""
    if isinstance(model, LatentModel):
        return latent_space.prior_samples(model, model.grid.draws, count, seed, temperature)
    assert isinstance(model, ExactModel)
    device = next(model.parameters()).device
    chances = latent_space.sample_uniforms(model.grid.draws, count, seed)
    drawn = [model.sample(part.to(device), temperature).cpu().numpy() for part in torch.split(chances, CHUNK)]
    return np.concatenate(drawn)
