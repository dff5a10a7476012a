"""Whether genres can be read off the codes by a straight line: linear probes, beside the same on plain note statistics.

A probe is taught on training phrases, evenly drawn over genres and songs, and asked on held-out ones; what it is worth
is its balanced accuracy. For pairs of genres phrases that have both tags are left out (Valenti et al. 2020, 4.4.2).
"""

from __future__ import annotations

import itertools
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from scorespace.evaluation import linear_probe
from scorespace.evaluation.intervals import SongBootstrap
from scorespace.evaluation.style_learning import enough

MOST_PAIRS = 28


@dataclass(frozen=True)
class Side:
    """Phrases seen in several ways: `views` (N, F) each by name, and of each phrase its song, genre and tags (N, G)."""

    views: dict[str, np.ndarray]
    songs: np.ndarray
    genres: np.ndarray
    tags: np.ndarray


def report(taught: Side, asked: Side, names: tuple[str, ...], seed: int) -> dict[str, Any]:
    """Balanced accuracies of every view, of all genres and of pairs, as plain values."""
    found: dict[str, Any] = {"chance": 1 / len(np.unique(asked.genres)), "all": {}, "pairs": []}
    bootstrap = SongBootstrap(asked.songs, seed)
    for view, rows in taught.views.items():
        probe = linear_probe.fit(rows, taught.genres, len(names))
        predicted = probe.predict(asked.views[view])
        found["all"][view] = asdict(linear_probe.balanced_accuracy(asked.genres, predicted, bootstrap))
    for first, second in _pairs(asked, len(names)):
        row = _pair(taught, asked, first, second, seed)
        if row:
            found["pairs"].append({"genres": [names[first], names[second]], **row})
    return found


def _pairs(asked: Side, genres: int) -> list[tuple[int, int]]:
    """The pairs of genres that have phrases, MOST_PAIRS evenly spread over all at most."""
    there = [genre for genre in range(genres) if (asked.genres == genre).any()]
    pairs = list(itertools.combinations(there, 2))
    places = np.linspace(0, len(pairs), min(MOST_PAIRS, len(pairs)), endpoint=False).astype(int)
    return [pairs[place] for place in places]


def only(side: Side, genre: int, other: int) -> np.ndarray:
    """(N,) bool: the phrases of a genre whose song is not tagged with the other."""
    chosen: np.ndarray = (side.genres == genre) & ~side.tags[:, other]
    return chosen


def _pair(taught: Side, asked: Side, first: int, second: int, seed: int) -> dict[str, Any] | None:
    masks = [[only(side, first, second), only(side, second, first)] for side in (taught, asked)]
    train, test = (pair[0] | pair[1] for pair in masks)
    heard = enough(asked.songs[test], asked.genres[test])
    if not heard.all() or not all(mask.any() for pair in masks for mask in pair):
        return None
    labels, truth = masks[0][1][train].astype(int), masks[1][1][test].astype(int)
    bootstrap = SongBootstrap(asked.songs[test], seed)
    found = {}
    for view, rows in taught.views.items():
        predicted = linear_probe.fit(rows[train], labels, 2).predict(asked.views[view][test])
        found[view] = asdict(linear_probe.balanced_accuracy(truth, predicted, bootstrap))
    return found
