"""How well a model says and copies phrases that it was not trained on, phrase by phrase."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor

from scorespace.models.base import LatentModel
from scorespace.models.losses import gaussian_kl, standard_normal
from scorespace.music.agreement import copies
from scorespace.music.grid import Grid

BATCH = 256  # phrases at once; part of what makes a figure repeat to the last digit


@runtime_checkable
class ExactModel(Protocol):
    """A model without a latent space whose likelihood is exact, such as "note-lm"."""

    grid: Grid

    def log_likelihood(self, tokens: Tensor) -> Tensor:
        """log p(tokens), (B,) nats."""

    def next_step(self, tokens: Tensor) -> Tensor:
        """Most likely token of each place given the true ones before it, (B, T, S) int64."""

    def sample(self, uniforms: Tensor, temperature: float = 1.0) -> Tensor:
        """Tokens (B, T, S) int64, each chosen by its uniform."""


def batches(tokens: np.ndarray, device: torch.device) -> Iterator[Tensor]:
    """Phrases (N, T, S) in pieces of `BATCH`, int64 on the device."""
    for start in range(0, len(tokens), BATCH):
        yield torch.from_numpy(np.ascontiguousarray(tokens[start : start + BATCH], dtype=np.int64)).to(device)


@torch.no_grad()
def latent_figures(
    model: LatentModel, tokens: np.ndarray, seed: int, importance_samples: int = 16
) -> dict[str, np.ndarray]:
    """What a latent model makes of each phrase.

    Args:
        model: in evaluation mode.
        tokens: (N, T, S) integers, N >= 1.
        seed: of the posterior samples.
        importance_samples: K below; 1 makes the two bounds one sample of the same quantity.

    Returns:
        (N,) float64 each. Shares 0-1: "next_step_accuracy" (the true past is known, z is the posterior mean), and of
        the phrase decoded from the posterior mean at temperature 0 "accuracy", "onset_f1", "pitch_at_onsets". Nats:
        "reconstruction" = -E_q log p(x|z), estimated with K samples; "kl" = KL(q(z|x) || N(0, I)), exact; "nll_elbo" =
        reconstruction + kl, an upper bound of -log p(x) (Kingma and Welling 2013); "nll_importance" = -log 1/K sum
        p(x|z_k) p(z_k) / q(z_k|x), a tighter one (Burda et al. 2016, equation 8).
    """
    device = next(model.parameters()).device
    generator = torch.Generator().manual_seed(seed)
    rows = [_latent_batch(model, batch, generator, importance_samples) for batch in batches(tokens, device)]
    return {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}


def _latent_batch(model: LatentModel, batch: Tensor, generator: torch.Generator, count: int) -> dict[str, np.ndarray]:
    mean, scale = model.encode(batch)
    kl = _wide(gaussian_kl(mean, scale).sum(-1))
    likelihoods, weights = [], []
    for _ in range(count):
        noise = standard_normal(mean, generator)
        z = mean + scale * noise
        likelihood = _wide(model.log_likelihood(batch, z))
        ratio = 0.5 * _wide(noise.square() - z.square()).sum(-1) + _wide(scale).log().sum(-1)  # log p(z) / q(z|x)
        likelihoods.append(likelihood)
        weights.append(likelihood + ratio)
    reconstruction = -torch.stack(likelihoods).mean(0)
    importance = math.log(count) - torch.logsumexp(torch.stack(weights), 0)
    nats = {"reconstruction": reconstruction, "kl": kl, "nll_elbo": reconstruction + kl, "nll_importance": importance}
    true = batch.cpu().numpy()
    shares = copies(true, model.decode(mean).cpu().numpy(), model.grid)
    shares["next_step_accuracy"] = model.grid.token_agreement(true, model.next_step(batch, mean).cpu().numpy())
    return shares | {name: value.numpy() for name, value in nats.items()}


def _wide(values: Tensor) -> Tensor:
    """float64 on the CPU, because an Apple GPU has none."""
    return values.cpu().double()


@torch.no_grad()
def exact_figures(model: ExactModel, tokens: np.ndarray, device: torch.device) -> dict[str, np.ndarray]:
    """ "nll" in nats, exact, and "next_step_accuracy" of each phrase (N, T, S): (N,) float64 each."""
    rows = []
    for batch in batches(tokens, device):
        right = model.grid.token_agreement(batch.cpu().numpy(), model.next_step(batch).cpu().numpy())
        rows.append((-_wide(model.log_likelihood(batch)).numpy(), right))
    return {
        "nll": np.concatenate([row[0] for row in rows]),
        "next_step_accuracy": np.concatenate([row[1] for row in rows]),
    }


def degenerate_copies(train: np.ndarray, tokens: np.ndarray, grid: Grid) -> dict[str, dict[str, np.ndarray]]:
    """`copies` of writers that look at nothing: what a figure is worth without a model.

    Args:
        train: (M, T, S) integers, M >= 1.
        tokens: (N, T, S) integers, the phrases to copy.

    Returns:
        "silence": no note at all; "most_common": at each step the token most common there in training.
    """
    common = _counts(train).argmax(-1)
    return {
        "silence": copies(tokens, np.broadcast_to(grid.silence().astype(tokens.dtype), tokens.shape), grid),
        "most_common": copies(tokens, np.broadcast_to(common.astype(tokens.dtype), tokens.shape), grid),
    }


def unigram_nll(train: np.ndarray, tokens: np.ndarray, grid: Grid) -> dict[str, np.ndarray]:
    """Nats a phrase of models that know how often tokens come and nothing else, (N,) float64 each.

    "unigram": one distribution for all places; "step_unigram": one for each place. Counted in training, each token
    once more than it came, so that none is impossible (Laplace).
    """
    counts = _counts(train, grid.vocabulary) + 1.0
    pooled = np.broadcast_to(counts.sum((0, 1), keepdims=True), counts.shape)
    return {name: _nll(table, tokens) for name, table in {"unigram": pooled, "step_unigram": counts}.items()}


def _nll(counts: np.ndarray, tokens: np.ndarray) -> np.ndarray:
    logs = np.log(counts) - np.log(counts.sum(-1, keepdims=True))
    chosen = np.take_along_axis(logs, tokens.astype(np.int64).transpose(1, 2, 0), -1)
    result: np.ndarray = -chosen.sum((0, 1))
    return result


def _counts(tokens: np.ndarray, vocabulary: int | None = None) -> np.ndarray:
    """(T, S, V) how often each token stands at each place."""
    size = int(tokens.max()) + 1 if vocabulary is None else vocabulary
    _, tracks, steps = tokens.shape
    places = np.arange(tracks * steps).reshape(tracks, steps) * size
    return np.bincount((tokens.astype(np.int64) + places).ravel(), minlength=tracks * steps * size).reshape(
        tracks, steps, size
    )
