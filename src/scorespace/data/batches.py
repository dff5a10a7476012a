"""Batches for training: a pure function of seed and step, so that a run that goes on sees what it would have seen."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from scorespace.errors import TrainingError
from scorespace.music.grid import Grid


class Phrases(Protocol):
    """What batches are taken from; `Shards` is one."""

    @property
    def grid(self) -> Grid:
        """Of all phrases."""

    def tokens(self, split: str) -> np.ndarray:
        """(N, tracks, steps) uint16."""


class Batches:
    """Every epoch goes through the split once in an order of its own; what does not fill a batch waits for the next."""

    def __init__(
        self, shards: Phrases, split: str, batch_size: int, seed: int, transpose: tuple[int, int] = (-5, 6)
    ) -> None:
        """Opens a split.

        Args:
            shards: a data set.
            split: "train", "valid" or "test".
            batch_size: phrases a batch.
            seed: of order and transpositions.
            transpose: lowest and highest shift in semitones, inclusive; each phrase's is drawn anew each time, evenly
                from those that keep all its notes within the grid's pitches.

        Raises:
            TrainingError: when the split has fewer phrases than one batch.
        """
        self.phrases = shards.tokens(split)
        self.grid = shards.grid
        self.batch_size, self.seed, self.transpose = batch_size, seed, transpose
        if len(self.phrases) < batch_size:
            raise TrainingError(
                f"The data set has {len(self.phrases)} phrases in its split {split}, fewer than one batch of "
                f"{batch_size}: prepare more music, or lower training.batch_size."
            )
        self._order: tuple[int, np.ndarray] = (-1, np.empty(0, np.int64))

    @property
    def per_epoch(self) -> int:
        """Whole batches in an epoch."""
        return len(self.phrases) // self.batch_size

    def at(self, step: int) -> np.ndarray:
        """The batch of a step (from 0): int64 (batch_size, tracks, steps)."""
        epoch, place = divmod(step, self.per_epoch)
        chosen = self._epoch(epoch)[place * self.batch_size : (place + 1) * self.batch_size]
        tokens = np.asarray(self.phrases[chosen], dtype=np.int64)
        return self._transposed(tokens, np.random.default_rng((self.seed, 1, step)))

    def _epoch(self, epoch: int) -> np.ndarray:
        if self._order[0] != epoch:
            order = np.random.default_rng((self.seed, 0, epoch)).permutation(len(self.phrases))
            self._order = (epoch, order)
        return self._order[1]

    def _transposed(self, tokens: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        down, up = self.grid.room(tokens)
        least, most = np.clip(-down, self.transpose[0], 0), np.clip(up, 0, self.transpose[1])
        shift = least + np.floor(generator.random(len(tokens)) * (most - least + 1)).astype(np.int64)
        return self.grid.transposed(tokens, shift)
