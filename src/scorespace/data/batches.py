"""Batches for training: a pure function of seed and step, so that a run that goes on sees what it would have seen."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from scorespace.data.shards import Shards
from scorespace.errors import TrainingError
from scorespace.music.grid import Grid


class Phrases(Protocol):
    """What batches are taken from; `Shards` is one."""

    @property
    def grid(self) -> Grid:
        """Of all phrases."""

    def tokens(self, split: str) -> np.ndarray:
        """(N, tracks, steps) uint16."""


def drawn_genres(tags: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """(songs,) int64: one of the tags (songs, genres) bool of each song, evenly drawn; -1 for a song without any."""
    count = tags.sum(1)
    chosen = np.floor(random.random(len(tags)) * count).astype(np.int64)
    place = (np.cumsum(tags, axis=1) > chosen[:, None]) & tags
    drawn: np.ndarray = np.where(count > 0, place.argmax(1) if tags.shape[1] else 0, -1)
    return drawn


class Batches:
    """Every epoch goes through the split once in an order of its own; what does not fill a batch waits for the next."""

    def __init__(
        self,
        shards: Phrases,
        split: str,
        batch_size: int,
        seed: int,
        transpose: tuple[int, int] = (-5, 6),
        balance: float = 0.0,
    ) -> None:
        """Opens a split.

        Args:
            shards: a data set.
            split: "train", "valid" or "test".
            batch_size: phrases a batch.
            seed: of order and transpositions.
            transpose: lowest and highest shift in semitones, inclusive; each phrase's is drawn anew each time, evenly
                from those that keep all its notes within the grid's pitches.
            balance: share of each batch, 0 to below 1, that is drawn beside the order of the epoch: a genre evenly
                from all, one of its songs, and a phrase of that. Nothing where no song has a genre.

        Raises:
            TrainingError: when the split has fewer phrases than one batch.
        """
        self.phrases = shards.tokens(split)
        self.grid = shards.grid
        self.songs, self.tags = _tagged(shards, split)
        self.drawn = int(balance * batch_size) if self.tags.shape[1] else 0
        self._songs = SongPhrases(self.songs, self.tags) if self.drawn else None
        self.batch_size, self.seed, self.transpose = batch_size, seed, transpose
        if len(self.phrases) < batch_size:
            raise TrainingError(
                f"The data set has {len(self.phrases)} phrases in its split {split}, fewer than one batch of "
                f"{batch_size}: prepare more music, or lower training.batch_size."
            )
        self._held: tuple[int, np.ndarray, np.ndarray] = (-1, np.empty(0, np.int64), np.empty(0, np.int64))

    @property
    def per_epoch(self) -> int:
        """Whole batches in an epoch."""
        return len(self.phrases) // (self.batch_size - self.drawn)

    def at(self, step: int) -> np.ndarray:
        """The batch of a step (from 0): int64 (batch_size, tracks, steps)."""
        chosen, _ = self._chosen(step)
        tokens = np.asarray(self.phrases[chosen], dtype=np.int64)
        return self._transposed(tokens, np.random.default_rng((self.seed, 1, step)))

    def genres_at(self, step: int) -> np.ndarray:
        """The genre of each phrase of a step's batch, (batch_size,) int64 places in the circle's order, -1 = untagged.

        Of a song with several tags one is drawn for every epoch anew, evenly (Valenti et al. 2020, 3.3).
        """
        return self._chosen(step)[1]

    def grid_at(self, step: int) -> Grid:
        """The grid of a step's batch, the same for all."""
        return self.grid

    def _chosen(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        """The phrases of a step's batch and the genre of each."""
        epoch, place = divmod(step, self.per_epoch)
        size = self.batch_size - self.drawn
        order, of_songs = self._epoch(epoch)
        chosen = order[place * size : (place + 1) * size]
        genres = of_songs[self.songs[chosen]]
        if self._songs is None:
            return chosen, genres
        more, theirs = self._songs.draw(self.drawn, np.random.default_rng((self.seed, 3, step)))
        return np.concatenate([chosen, more]), np.concatenate([genres, theirs])

    def _epoch(self, epoch: int) -> tuple[np.ndarray, np.ndarray]:
        """The order of the phrases in an epoch, and the genre of every song."""
        held = self._held  # bound once: another thread may be an epoch further
        if held[0] != epoch:
            order = np.random.default_rng((self.seed, 0, epoch)).permutation(len(self.phrases))
            held = (epoch, order, drawn_genres(self.tags, np.random.default_rng((self.seed, 2, epoch))))
            self._held = held
        return held[1:]

    def _transposed(self, tokens: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        down, up = self.grid.room(tokens)
        least, most = np.clip(-down, self.transpose[0], 0), np.clip(up, 0, self.transpose[1])
        shift = least + np.floor(generator.random(len(tokens)) * (most - least + 1)).astype(np.int64)
        return self.grid.transposed(tokens, shift)


class SongPhrases:
    """Phrases by genre and song, to draw from."""

    def __init__(self, songs: np.ndarray, tags: np.ndarray) -> None:
        """songs: (N,) of each phrase. tags: (songs, genres) bool."""
        self._order = np.argsort(songs, kind="stable")
        self._numbers, self._begins = np.unique(songs[self._order], return_index=True)
        self._ends = np.append(self._begins[1:], len(songs))
        self._of_genre = [np.flatnonzero(column[self._numbers]) for column in tags.T]
        self._genres = np.array([k for k, held in enumerate(self._of_genre) if len(held)])

    def draw(self, count: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """(count,) phrases and their genres: a genre evenly from all, one of its songs evenly, one of its phrases."""
        genres = self._genres[random.integers(0, len(self._genres), count)]
        shares = random.random((2, count))
        songs = [
            self._of_genre[g][int(share * len(self._of_genre[g]))] for g, share in zip(genres, shares[0], strict=True)
        ]
        first, last = self._begins[songs], self._ends[songs]
        return self._order[first + (shares[1] * (last - first)).astype(np.int64)], genres


def _tagged(shards: Phrases, split: str) -> tuple[np.ndarray, np.ndarray]:
    """The song of each phrase and the tags of each song, where there are any; else one song without tags."""
    if isinstance(shards, Shards) and shards.genres:
        return np.asarray(shards.songs(split)), shards.tags()
    return np.zeros(len(shards.tokens(split)), np.int64), np.zeros((1, 0), bool)
