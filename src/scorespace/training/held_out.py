"""Figures of a model on phrases that it was not trained on, quick enough to be taken during training."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from scorespace.models.base import LatentModel, Model
from scorespace.models.losses import standard_normal
from scorespace.music.agreement import copies

ACTIVE = 0.01  # variance over phrases above which a dimension of the posterior mean is in use: Burda et al. 2016, 5.2
COLLAPSED = 1.0  # nats a phrase; below this z says next to nothing about the phrase
NOISE_SEED = 20_170_000  # the same posterior samples at every evaluation, so that figures differ by the weights alone


def choose_phrases(tokens: np.ndarray, count: int) -> np.ndarray:
    """At most `count` phrases, evenly spread over (N, T, S), as int64 (so that every song has its chance)."""
    places = np.linspace(0, len(tokens), min(count, len(tokens)), endpoint=False).astype(np.int64)
    return np.asarray(tokens[places], dtype=np.int64)


@torch.no_grad()
def evaluate(model: Model, tokens: np.ndarray, step: int, batch_size: int = 256) -> dict[str, float]:
    """Means over phrases (N, T, S) int64; nats a phrase, shares from 0 to 1.

    Args:
        model: put into evaluation mode here; the mode is restored.
        tokens: at least one phrase.
        step: where the model's schedules stand for "loss"; the last step of training, so that figures taken early and
            late are comparable.
        batch_size: phrases at once.

    Returns:
        "loss" the model's own objective at `step`; "nll", "reconstruction", "next_step_accuracy". For a latent model
        "nll" is the upper bound reconstruction + kl (beta 1) at one posterior sample a phrase, and there are "kl",
        "active_dimensions", and of the phrases decoded from the posterior mean at temperature 0 "accuracy",
        "onset_f1", "pitch_at_onsets". For another model "nll" is exact.
    """
    device = next(model.parameters()).device
    generator = torch.Generator().manual_seed(NOISE_SEED)
    training = model.training
    model.eval()
    try:
        rows, means = [], []
        for batch in _batches(tokens, batch_size, device):
            row = _objective(model, batch, step, generator)
            if isinstance(model, LatentModel):
                latent, mean = _latent(model, batch, generator)
                row |= latent
                means.append(mean)
            rows.append((len(batch), row))
    finally:
        model.train(training)
    total = sum(count for count, _ in rows)
    figures = {name: sum(count * row[name] for count, row in rows) / total for name in rows[0][1]}
    if means:
        figures["active_dimensions"] = float(active_dimensions(torch.cat(means)).sum())
    return figures


def active_dimensions(means: Tensor) -> Tensor:
    """(Z,) bool: which dimensions of posterior means (N, Z), in the prior's spread, vary by more than `ACTIVE`.

    Source: Burda, Grosse and Salakhutdinov 2016, section 5.2, Cov(E[z|x]) > 0.01.
    """
    return means.var(0, correction=0) > ACTIVE


def collapse(figures: dict[str, float]) -> str | None:
    """A sentence when the posterior has collapsed onto the prior, else None."""
    kl, active = figures.get("kl"), figures.get("active_dimensions")
    if kl is None or (kl >= COLLAPSED and active != 0):
        return None
    return (
        f"Posterior collapse: the KL is {kl:.2f} nats and {active:.0f} dimensions of z are in use: the decoder "
        "ignores z. "
        "Lower model.beta, allow more free bits, anneal beta more slowly, or weaken what the decoder sees of the past."
    )


def _batches(tokens: np.ndarray, batch_size: int, device: torch.device) -> Iterator[Tensor]:
    for start in range(0, len(tokens), batch_size):
        yield torch.from_numpy(np.ascontiguousarray(tokens[start : start + batch_size], dtype=np.int64)).to(device)


def _objective(model: Model, batch: Tensor, step: int, generator: torch.Generator) -> dict[str, float]:
    parts = model.loss(batch, step, model.phases[-1], generator)
    loss = float(parts["loss"])
    reconstruction = float(parts.get("reconstruction", parts["loss"]))
    figures = {"loss": loss, "nll": reconstruction, "reconstruction": reconstruction}
    if "accuracy" in parts:
        figures["next_step_accuracy"] = float(parts["accuracy"])
    return figures


def _latent(model: LatentModel, batch: Tensor, generator: torch.Generator) -> tuple[dict[str, float], Tensor]:
    mean, scale = model.encode(batch)
    kl = float(model.prior.kl(mean, scale).mean())
    z = mean + scale * standard_normal(mean, generator)
    reconstruction = -float(model.log_likelihood(batch, z).mean())
    true = batch.cpu().numpy()
    written = model.decode(mean).cpu().numpy()
    following = model.next_step(batch, mean).cpu().numpy()
    figures = {
        "reconstruction": reconstruction,
        "kl": kl,
        "nll": reconstruction + kl,
        "next_step_accuracy": float(model.grid.token_agreement(true, following).mean()),
        **{name: float(values.mean()) for name, values in copies(true, written, model.grid).items()},
    }
    return figures, (mean / model.prior.spread(mean)).float().cpu()


def is_better(value: float, best: float | None, more_is_better: bool) -> bool:
    """Whether a held-out figure improves on the best so far (None: nothing so far). Not a number never does."""
    if math.isnan(value):
        return False
    return best is None or (value > best if more_is_better else value < best)
