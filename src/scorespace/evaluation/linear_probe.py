"""A linear classifier, and how often it is right when every class counts alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from scorespace.evaluation.intervals import Figure, SongBootstrap

RIDGE = 3e-2  # weight of the squared coefficients; of 1e-4 to 1e-1 near the best on validation songs


@dataclass(frozen=True)
class Probe:
    """Scores of rows x: (x - centre) / spread @ weights + bias."""

    centre: np.ndarray
    spread: np.ndarray
    weights: np.ndarray
    bias: np.ndarray

    def scores(self, rows: np.ndarray) -> np.ndarray:
        """(N, C) of rows (N, F)."""
        found: np.ndarray = (rows - self.centre) / self.spread @ self.weights + self.bias
        return found

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """(N,) the class with the highest score."""
        best: np.ndarray = self.scores(rows).argmax(1)
        return best


def fit(rows: np.ndarray, labels: np.ndarray, classes: int, ridge: float = RIDGE) -> Probe:
    """Multinomial logistic regression in which every class weighs alike, by L-BFGS.

    Args:
        rows: (N, F). labels: (N,) from 0 to classes - 1; a class may be missing.
        ridge: weight of the squared coefficients of standardised features, summed.
    """
    centre, spread = rows.mean(0), rows.std(0)
    spread = np.where(spread > 1e-9, spread, 1.0)
    x, y = torch.from_numpy((rows - centre) / spread), torch.from_numpy(labels.astype(np.int64))
    counts = torch.bincount(y, minlength=classes).double()
    each = torch.where(counts > 0, len(y) / (counts.clamp(min=1) * (counts > 0).sum()), 0.0)
    weights = torch.zeros(rows.shape[1], classes, dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(classes, dtype=torch.float64, requires_grad=True)
    solver = torch.optim.LBFGS([weights, bias], max_iter=300, tolerance_grad=1e-6, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        solver.zero_grad()
        nats = functional.cross_entropy(x @ weights + bias, y, weight=each, reduction="sum") / len(y)
        value = nats + ridge * weights.square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    solver.step(loss)  # type: ignore[no-untyped-call]
    return Probe(centre, spread, weights.detach().numpy(), bias.detach().numpy())


def balanced_accuracy(labels: np.ndarray, predicted: np.ndarray, bootstrap: SongBootstrap) -> Figure:
    """The mean over the classes in `labels` (N,) of how often `predicted` (N,) is right, with its interval over songs.

    The bootstrap is over the songs of the N rows. A class that a replicate does not draw is left out of its mean.
    """
    there = np.unique(labels)
    member = (labels[:, None] == there).astype(np.float64)
    right = member * (labels == predicted)[:, None]

    def mean(hits: np.ndarray, counts: np.ndarray) -> np.ndarray:
        shares = np.where(counts > 0, hits / np.where(counts > 0, counts, 1.0), np.nan)
        found: np.ndarray = np.nanmean(shares, axis=-1)
        return found

    return bootstrap.figure(mean, right, member)
