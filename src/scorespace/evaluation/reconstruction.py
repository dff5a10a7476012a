"""How well a model says and copies phrases that it was not trained on, phrase by phrase."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor

from scorespace.models.base import LatentModel
from scorespace.models.losses import standard_normal
from scorespace.models.priors import StandardNormal
from scorespace.music.agreement import copies
from scorespace.music.grid import Grid

BATCH = 256  # phrases at once; part of what makes a figure repeat to the last digit
GIVEN = 1  # steps of a phrase that a decoder-only model is told before it goes on by itself


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


@runtime_checkable
class FreeRunner(Protocol):
    """An `ExactModel` that can go on with a phrase by itself, such as "lstm-lm"."""

    def free_run(self, tokens: Tensor, given: int = 1) -> Tensor:
        """Tokens (B, T, S) int64: the first `given` steps of the phrases, then the most likely tokens after them."""


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
        the phrase decoded from the posterior mean at temperature 0 "accuracy", "onset_f1", "pitch_at_onsets"; of a grid
        of several parts the accuracies and the onset F1 of each part too, as "accuracy_bass". Nats:
        "reconstruction" = -E_q log p(x|z), estimated with K samples; "kl" = KL(q(z|x) || prior), exact for N(0, I),
        an upper bound for a flower; "nll_elbo" = reconstruction + kl, an upper bound of -log p(x) (Kingma and Welling
        2013); "nll_importance" = -log 1/K sum p(x|z_k) p(z_k) / q(z_k|x), a tighter one (Burda et al. 2016, eq. 8).
    """
    device = next(model.parameters()).device
    generator = torch.Generator().manual_seed(seed)
    rows = [_latent_batch(model, batch, generator, importance_samples) for batch in batches(tokens, device)]
    return {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}


def _latent_batch(model: LatentModel, batch: Tensor, generator: torch.Generator, count: int) -> dict[str, np.ndarray]:
    mean, scale = model.encode(batch)
    kl = _wide(model.prior.kl(mean, scale))
    normal = StandardNormal(model.z_size)  # log q(z|x) is its density at the noise, less the logarithm of the scale
    likelihoods, weights = [], []
    for _ in range(count):
        noise = standard_normal(mean, generator)
        z = mean + scale * noise
        likelihood = _wide(model.log_likelihood(batch, z))
        ratio = model.prior.log_prob(_wide(z)) - normal.log_prob(_wide(noise)) + _wide(scale).log().sum(-1)
        likelihoods.append(likelihood)
        weights.append(likelihood + ratio)
    reconstruction = -torch.stack(likelihoods).mean(0)
    importance = math.log(count) - torch.logsumexp(torch.stack(weights), 0)
    nats = {"reconstruction": reconstruction, "kl": kl, "nll_elbo": reconstruction + kl, "nll_importance": importance}
    true = batch.cpu().numpy()
    shares = copies(true, model.decode(mean).cpu().numpy(), model.grid)
    shares |= _next_step(true, model.next_step(batch, mean).cpu().numpy(), model.grid)
    return shares | {name: value.numpy() for name, value in nats.items()}


def _next_step(true: np.ndarray, written: np.ndarray, grid: Grid) -> dict[str, np.ndarray]:
    """ "next_step_accuracy" of all parts and, where there are several, of each."""
    shares = {"next_step_accuracy": grid.token_agreement(true, written)}
    for k, (part, row) in enumerate(grid.alone().items()):
        shares[f"next_step_accuracy_{part}"] = row.token_agreement(true[:, k : k + 1], written[:, k : k + 1])
    return shares


def _wide(values: Tensor) -> Tensor:
    """float64 on the CPU, because an Apple GPU has none."""
    return values.cpu().double()


@torch.no_grad()
def exact_figures(model: ExactModel, tokens: np.ndarray, device: torch.device) -> dict[str, np.ndarray]:
    """Figures of each phrase (N, T, S), (N,) float64 each: "nll" in nats, exact, and "next_step_accuracy".

    A `FreeRunner` has "continuation_accuracy" too, the share of tokens right after the first step, which alone is
    given, when it writes the most likely token after what it wrote itself. Of several parts also each one's.
    """
    rows = []
    for batch in batches(tokens, device):
        true = batch.cpu().numpy()
        row = {"nll": -_wide(model.log_likelihood(batch)).numpy()}
        row |= _next_step(true, model.next_step(batch).cpu().numpy(), model.grid)
        if isinstance(model, FreeRunner) and true.shape[-1] > GIVEN:
            row |= _continuation(true, model.free_run(batch, GIVEN).cpu().numpy(), model.grid)
        rows.append(row)
    return {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}


def _continuation(true: np.ndarray, written: np.ndarray, grid: Grid) -> dict[str, np.ndarray]:
    found = _next_step(true[..., GIVEN:], written[..., GIVEN:], grid)
    return {name.replace("next_step", "continuation"): values for name, values in found.items()}


def degenerate_copies(train: np.ndarray, tokens: np.ndarray, grid: Grid) -> dict[str, dict[str, np.ndarray]]:
    """`copies` of writers that look at nothing: what a figure is worth without a model.

    Args:
        train: (M, T, S) integers, M >= 1.
        tokens: (N, T, S) integers, the phrases to copy.

    Returns:
        "silence": no note at all; "most_common": at each step the token most common there in training. A grid of
        more rows than parts has "silence" alone: its tokens do not stand for a step each.
    """
    writers = {"silence": grid.silence()}
    if is_categorical(grid):
        writers["most_common"] = np.stack([counts.argmax(-1) for counts in _counts(train, grid)])
    return {
        name: copies(tokens, np.broadcast_to(phrase.astype(tokens.dtype), tokens.shape), grid)
        for name, phrase in writers.items()
    }


def unigram_nll(train: np.ndarray, tokens: np.ndarray, grid: Grid) -> dict[str, np.ndarray]:
    """Nats a phrase of models that know how often tokens come and nothing else, (N,) float64 each.

    "unigram": one distribution for all steps of a part; "step_unigram": one for each step. Counted in training, each
    token once more than it came, so that none is impossible (Laplace). Nothing for a grid of more rows than parts.
    """
    if not is_categorical(grid):
        return {}
    totals = {"unigram": np.zeros(len(tokens)), "step_unigram": np.zeros(len(tokens))}
    for row, counts in enumerate(_counts(train, grid)):
        counts = counts + 1.0
        pooled = np.broadcast_to(counts.sum(0, keepdims=True), counts.shape)
        totals["unigram"] += _nll(pooled, tokens[:, row])
        totals["step_unigram"] += _nll(counts, tokens[:, row])
    return totals


def is_categorical(grid: Grid) -> bool:
    """Whether each place of a phrase is one choice among its row's tokens, so that counting tokens makes sense."""
    return grid.row_per_part


def _nll(counts: np.ndarray, tokens: np.ndarray) -> np.ndarray:
    """(N,) nats of rows (N, S) under counts (S, V)."""
    logs = np.log(counts) - np.log(counts.sum(-1, keepdims=True))
    result: np.ndarray = -logs[np.arange(tokens.shape[1]), tokens.astype(np.int64)].sum(-1)
    return result


def _counts(tokens: np.ndarray, grid: Grid) -> list[np.ndarray]:
    """How often each token stands at each step, (S, size of the row) for each row of phrases (N, T, S)."""
    steps = np.arange(tokens.shape[-1])
    return [
        np.bincount((tokens[:, row].astype(np.int64) + steps * size).ravel(), minlength=len(steps) * size).reshape(
            -1, size
        )
        for row, size in enumerate(grid.sizes)
    ]
