"""A latent space seen from outside: how much of it is used, how far it is from its prior, whether it is closed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from scorespace.evaluation.intervals import Figure, SongBootstrap
from scorespace.evaluation.reconstruction import batches
from scorespace.models.base import LatentModel
from scorespace.space import drawing, noise
from scorespace.training.held_out import ACTIVE


@torch.no_grad()
def posterior(model: LatentModel, tokens: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means and scales of the posteriors of phrases (N, T, S): (N, Z) float64 each, in the prior's deviations."""
    device = next(model.parameters()).device
    rows = [tuple(part.cpu().double().numpy() for part in model.encode(batch)) for batch in batches(tokens, device)]
    unit = model.prior.deviation(torch.zeros(1, dtype=torch.float64)).numpy()
    means, scales = (np.concatenate([row[part] for row in rows]) / unit for part in (0, 1))
    return means, scales


@torch.no_grad()
def posterior_means(
    model: LatentModel, tokens: np.ndarray, progress: Callable[[float], None] = lambda _: None
) -> np.ndarray:
    """Posterior means (N, Z) float64 of phrases (N, T, S), as they are; `progress` is told the share that is done."""
    device, rows = next(model.parameters()).device, []
    for batch in batches(tokens, device):
        rows.append(model.encode(batch)[0].cpu().double().numpy())
        progress(sum(map(len, rows)) / len(tokens))
    return np.concatenate(rows)


@torch.no_grad()
def written(
    model: LatentModel,
    z: np.ndarray,
    temperature: float = 0.0,
    uniforms: np.ndarray | None = None,
    batch: int = 64,
) -> np.ndarray:
    """(n, T, S) int64: phrases at points (n, Z), `batch` in one pass; `uniforms` as for `LatentModel.decode`."""
    weight = next(model.parameters())
    points = torch.from_numpy(z).to(weight.device, torch.float32)
    chances = None if uniforms is None else torch.from_numpy(uniforms).to(weight.device, torch.float32)
    pieces = [
        model.decode(
            points[k : k + batch].to(weight.dtype), temperature, None if chances is None else chances[k : k + batch]
        )
        for k in range(0, len(points), batch)
    ]
    return torch.cat(pieces).cpu().numpy()


def active_dimensions(means: np.ndarray, bootstrap: SongBootstrap) -> Figure:
    """How many dimensions of posterior means (N, Z) vary by more than 0.01 over phrases (Burda et al. 2016, 5.2)."""
    centred = means - means.mean(0)  # first, so that the difference of moments below loses no digits

    def count(first: np.ndarray, second: np.ndarray) -> np.ndarray:
        active: np.ndarray = (second - first**2 > ACTIVE).sum(-1).astype(np.float64)
        return active

    return bootstrap.figure(count, centred, centred**2)


def prior_gap(means: np.ndarray, scales: np.ndarray) -> float:
    """Nats from the prior to the aggregate posterior, each as a normal with its mean and covariance.

    KL(N(m, C) || N(0, I)) = (tr C + m'm - Z - log det C) / 2, where C = covariance of the means + mean variance. 0 when
    the two agree in their first two moments; large when points drawn from the prior lie where no phrase lies.

    Args:
        means, scales: (N, Z) of the posteriors in the prior's deviations, N >= 2.
    """
    mean = means.mean(0)
    covariance = np.cov(means, rowvar=False, bias=True).reshape(len(mean), -1) + np.diag((scales**2).mean(0))
    _, log_determinant = np.linalg.slogdet(covariance)
    return float(0.5 * (np.trace(covariance) + mean @ mean - len(mean) - log_determinant))


@torch.no_grad()
def prior_samples(model: LatentModel, shape: tuple[int, ...], count: int, seed: int, temperature: float) -> np.ndarray:
    """(count, T, S) int64: what `scorespace sample` gives for this seed and temperature (0 = most likely).

    shape: the grid's `draws`.
    """
    device = next(model.parameters()).device
    z = drawing.points(model.prior, seed, [(take, 0) for take in range(count)]).astype(np.float32)
    chances = sample_uniforms(shape, count, seed)
    rows = []
    for start in range(0, count, 256):
        chosen = slice(start, start + 256)
        points, numbers = torch.from_numpy(z[chosen]).to(device), chances[chosen].to(device)
        rows.append(model.decode(points, temperature, numbers).cpu().numpy())
    return np.concatenate(rows)


def sample_uniforms(shape: tuple[int, ...], count: int, seed: int) -> torch.Tensor:
    """(count, *shape) float32 in [0, 1): the numbers of takes 0 to count - 1."""
    drawn = np.stack([noise.uniforms(seed, take, 0, shape) for take in range(count)])
    return torch.from_numpy(drawn.astype(np.float32))


@torch.no_grad()
def reencoding_accuracy(model: LatentModel, samples: np.ndarray) -> float:
    """Token accuracy of phrases (N, T, S) that were encoded and decoded again, from the mean at temperature 0.

    1 means that the space is closed: what it writes it can read.
    """
    device = next(model.parameters()).device
    again = [model.decode(model.encode(batch)[0]).cpu().numpy() for batch in batches(samples, device)]
    return float(model.grid.token_agreement(samples, np.concatenate(again)).mean())
