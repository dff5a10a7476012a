"""Genres of a data set: which tags it keeps, how far apart their songs are, and in which order they stand on a circle.

The most frequent tags of the training songs are kept (Valenti et al. 2020, 4.1: 32). How far two genres are apart is
measured on the notes: the energy distance (Székely and Rizzo 2013) between their songs' attributes. The order on the
circle is a short round trip through all of them, so that related genres are neighbours. Nothing is placed by hand.

    dataset.json "genres"   names in the order of the circle, training songs of each, distances
    songs.genres.npy        (songs, genres) bool: the tags of every song of the data set, by its number
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from scorespace.music.attributes import measure
from scorespace.music.grid import Grid

MOST_GENRES = 32
FEWEST_SONGS = 8  # in the training split; nothing can be said of a genre with fewer
EXACT = 8  # places for which all round trips are looked at
STARTS = 12  # round trips that are begun for more
SONGS_A_GENRE, PHRASES_A_SONG = 200, 8  # measured at most, evenly spread


@dataclass(frozen=True)
class Genres:
    """The genres of a data set in the order of the circle.

    Attributes:
        names: G of them.
        songs: training songs of each.
        distances: (G, G) energy distances, symmetric, 0 on the diagonal, in standard deviations of the attributes.
        tags: (songs, G) bool by the number of the song.
    """

    names: tuple[str, ...]
    songs: tuple[int, ...]
    distances: np.ndarray
    tags: np.ndarray

    def table(self) -> dict[str, Any]:
        """As plain values."""
        neighbours = self.distances[np.arange(len(self.names)), (np.arange(len(self.names)) + 1) % len(self.names)]
        others = self.distances[~np.eye(len(self.names), dtype=bool)]
        return {
            "names": list(self.names),
            "songs": list(self.songs),
            "distances": [[round(float(value), 4) for value in row] for row in self.distances],
            "mean_distance_of_neighbours": round(float(neighbours.mean()), 4),
            "mean_distance_of_all": round(float(others.mean()), 4) if len(others) else 0.0,
        }


def find(tags: Sequence[frozenset[str]], phrases: np.ndarray, songs: np.ndarray, grid: Grid) -> Genres | None:
    """The genres of the training split, None where fewer than two have songs enough.

    Args:
        tags: of every song, by its number.
        phrases: (N, T, S) of the training split.
        songs: (N,) the song of each.
        grid: of the phrases.
    """
    training = np.unique(songs)
    counts = Counter(tag for song in training for tag in sorted(tags[song]))
    kept = [name for name, count in counts.most_common() if count >= FEWEST_SONGS][:MOST_GENRES]
    if len(kept) < 2:
        return None
    held = np.array([[name in song for name in kept] for song in tags], bool).reshape(len(tags), len(kept))
    figures = song_figures(held, phrases, songs, grid)
    apart = distances([figures[held[list(figures.index), k]] for k in range(len(kept))])
    order = list(round_trip(apart))
    return Genres(
        tuple(kept[k] for k in order),
        tuple(counts[kept[k]] for k in order),
        apart[np.ix_(order, order)],
        held[:, order],
    )


def in_words(tags: Sequence[frozenset[str]], found: Genres | None) -> str:
    """What became of the tags of songs, for a report: which genres are kept, and what was left out."""
    tagged = sum(map(bool, tags))
    if not tagged:
        return "\nGenres: the tables tag none of these files: their first column must hold paths below the corpus.\n"
    counts = Counter(tag for song in tags for tag in song)
    kept = found.names if found else ()
    lines = [f"\nGenres: {tagged:,} of {len(tags):,} songs are tagged."]
    if found:
        named = (f"{name} {songs:,}" for name, songs in zip(found.names, found.songs, strict=True))
        lines.append(f"Round the circle, with their training songs: {', '.join(named)}.")
    rest = [f"{name} {count}" for name, count in counts.most_common() if name not in kept]
    if rest:
        more = f" and {len(rest) - 12} more" if len(rest) > 12 else ""
        lines.append(
            f"Left out ({MOST_GENRES} genres of at least {FEWEST_SONGS} training songs are kept): "
            f"{', '.join(rest[:12])}{more}."
        )
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class SongFigures:
    """Attributes of songs: `index` (M,) their numbers, `values` (M, A) in standard deviations over these songs."""

    index: np.ndarray
    values: np.ndarray

    def __getitem__(self, chosen: np.ndarray) -> np.ndarray:
        found: np.ndarray = self.values[chosen]
        return found


def song_figures(held: np.ndarray, phrases: np.ndarray, songs: np.ndarray, grid: Grid) -> SongFigures:
    """Mean attributes of a few phrases of the songs that have a tag, at most SONGS_A_GENRE of each genre.

    held: (songs, G) bool. phrases (N, T, S), songs (N,) as for `find`.
    """
    chosen: set[int] = set()
    for column in held.T:
        tagged = np.unique(songs[column[songs]])
        chosen.update(tagged[_evenly(len(tagged), SONGS_A_GENRE)].tolist())
    index = np.array(sorted(chosen), np.int64)
    order = np.argsort(songs, kind="stable")
    begins = np.searchsorted(songs[order], index)
    ends = np.searchsorted(songs[order], index, side="right")
    places = [order[b + _evenly(e - b, PHRASES_A_SONG)] for b, e in zip(begins, ends, strict=True)]
    taken = np.concatenate(places)
    figures = measure(np.asarray(phrases[np.sort(taken)]).astype(np.int64), grid)[np.argsort(np.argsort(taken))]
    owner = np.repeat(np.arange(len(index)), [len(one) for one in places])
    sums = np.zeros((len(index), figures.shape[1]))
    np.add.at(sums, owner, figures)
    means = sums / np.bincount(owner, minlength=len(index))[:, None]
    spread = means.std(0)
    return SongFigures(index, (means - means.mean(0)) / np.where(spread > 1e-9, spread, 1.0))


def distances(groups: Sequence[np.ndarray]) -> np.ndarray:
    """(G, G) energy distances between groups of points (n, A), each with n >= 2: 0 where two are alike.

    The root of 2 E|X - Y| - E|X - X'| - E|Y - Y'|, without bias (a point is not compared with itself), which can fall
    below 0 by chance and is 0 then. Source: Székely and Rizzo 2013, "Energy statistics".
    """
    count = len(groups)
    between = np.zeros((count, count))
    for a in range(count):
        for b in range(a, count):
            pairs = np.linalg.norm(groups[a][:, None] - groups[b][None], axis=-1)
            size = len(groups[a]) * (len(groups[b]) - (a == b))
            between[a, b] = between[b, a] = pairs.sum() / max(size, 1)
    own = np.diag(between)
    squared = 2 * between - (own[:, None] + own[None])
    np.fill_diagonal(squared, 0.0)
    return np.sqrt(np.clip(squared, 0.0, None))


def round_trip(distances: np.ndarray) -> tuple[int, ...]:
    """A short round trip through all places, from place 0, as an order of them: the shortest for up to EXACT places.

    For more, from several starts the nearest place is visited next; then stretches are turned round and moved as long
    as that shortens the way (2-opt and Or-opt, Croes 1958, Or 1976), and the best of these is taken.

    distances: (G, G), symmetric.
    """
    count = len(distances)
    if count <= EXACT:
        tours = ([0, *rest] for rest in itertools.permutations(range(1, count)))
    else:
        tours = (_improved(_nearest_first(distances, start), distances) for start in range(STARTS))
    best = min(tours, key=lambda tour: _length(tour, distances))
    begin = best.index(0)
    turned = best[begin:] + best[:begin]
    if count > 2 and turned[1] > turned[-1]:  # of both directions always the same one
        turned = [turned[0], *reversed(turned[1:])]
    return tuple(turned)


def _nearest_first(distances: np.ndarray, start: int) -> list[int]:
    tour, rest = [start], set(range(len(distances))) - {start}
    while rest:
        tour.append(min(rest, key=lambda place: (distances[tour[-1], place], place)))
        rest.remove(tour[-1])
    return tour


def _improved(tour: list[int], distances: np.ndarray) -> list[int]:
    length, better = _length(tour, distances), True
    while better:
        better = False
        for changed in _neighbours(tour):
            shorter = _length(changed, distances)
            if shorter < length - 1e-12:
                tour, length, better = changed, shorter, True
                break
    return tour


def _neighbours(tour: list[int]) -> Iterator[list[int]]:
    """The tour with a stretch turned round, or up to three places moved elsewhere."""
    count = len(tour)
    for i in range(count):
        for j in range(i + 2, count + 1):
            yield tour[:i] + tour[i:j][::-1] + tour[j:]
        for size in (1, 2, 3):
            piece, rest = tour[i : i + size], tour[:i] + tour[i + size :]
            yield from (rest[:k] + piece + rest[k:] for k in range(len(rest) + 1))


def _length(tour: list[int], distances: np.ndarray) -> float:
    return float(distances[tour, tour[1:] + tour[:1]].sum())


def _evenly(count: int, most: int) -> np.ndarray:
    return np.linspace(0, count, min(count, most), endpoint=False).astype(np.int64)
