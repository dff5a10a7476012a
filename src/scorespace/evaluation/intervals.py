"""95 % intervals that know that phrases of one song are alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

REPLICATES = 1000


@dataclass(frozen=True)
class Figure:
    """A figure with its interval.

    Attributes:
        value: over all phrases.
        low, high: 2.5 % and 97.5 % quantiles over the replicates of the bootstrap.
    """

    value: float
    low: float
    high: float


class SongBootstrap:
    """Draws songs with replacement, as many as there are, each with all of its phrases.

    Source: the cluster bootstrap of Davison and Hinkley 1997, section 3.8. With one song there is nothing to draw from:
    the interval is that song's figure.
    """

    def __init__(self, songs: np.ndarray, seed: int = 0, replicates: int = REPLICATES) -> None:
        """songs: (N,) integers, the song of each phrase."""
        _, self._song = np.unique(songs, return_inverse=True)
        self._count = int(self._song.max()) + 1
        drawn = np.random.default_rng(seed).integers(0, self._count, (replicates, self._count))
        self._weights = np.stack([np.bincount(row, minlength=self._count) for row in drawn]).astype(np.float64)

    def sums(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Sums of values (N, ...) float over the phrases as they are, (1, ...), and as drawn, (replicates, ...)."""
        flat = values.reshape(len(values), -1)
        each = np.zeros((self._count, flat.shape[1]))
        np.add.at(each, self._song, flat)
        shape = values.shape[1:]
        return each.sum(0).reshape(1, *shape), (self._weights @ each).reshape(len(self._weights), *shape)

    def figure(self, statistic: Callable[..., np.ndarray], *values: np.ndarray) -> Figure:
        """A figure made of means over phrases.

        Args:
            statistic: takes the means of each of `values`, (R, ...) float64, and gives (R,).
            values: (N, ...) each.
        """
        whole, drawn = self.sums(np.ones(len(self._song)))
        means = [
            [total / _like(total, count) for total, count in zip(self.sums(v), (whole, drawn), strict=True)]
            for v in values
        ]
        value = statistic(*(mean[0] for mean in means))
        low, high = np.quantile(statistic(*(mean[1] for mean in means)), [0.025, 0.975])
        return Figure(float(value[0]), float(low), float(high))

    def mean(self, values: np.ndarray) -> Figure:
        """The mean over phrases of values (N,)."""
        return self.figure(lambda mean: mean, values)


def _like(total: np.ndarray, count: np.ndarray) -> np.ndarray:
    return count.reshape(count.shape + (1,) * (total.ndim - 1))
