"""A prepared data set on disk: one array of phrases a split, memory-mapped, and what is known about them.

dataset.json       format, grid, settings, corpora, split rule, counts, fingerprint; written last
train.npy          (N, tracks, steps) uint16, also valid.npy and test.npy
train.songs.npy    (N,) uint32: the song that a phrase is from, numbered over the whole data set
songs.genres.npy   (songs, genres) bool, where the corpora tag genres; see `scorespace.data.genres`
report.json        totals for every reason; report.jsonl a line a file; report.txt for people
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from scorespace.data.songs import SPLITS
from scorespace.errors import InputError, UsageError
from scorespace.music.grid import Grid
from scorespace.music.grids import grid_class

FORMAT = 1
DESCRIPTION = "dataset.json"
GENRES = "songs.genres.npy"


@dataclass(frozen=True)
class Shards:
    """A finished data set, opened for reading.

    Attributes:
        folder: where it is.
        grid: of all phrases.
        fingerprint: SHA-256 over grid, settings and arrays, hexadecimal.
        description: the content of dataset.json.
    """

    folder: Path
    grid: Grid
    fingerprint: str
    description: dict[str, Any]

    @staticmethod
    def open(folder: str | Path) -> Shards:
        """Opens what `scorespace prepare` wrote.

        Raises:
            InputError: when there is no finished data set of this format, or one of its arrays is missing or damaged.
        """
        folder = Path(folder)
        try:
            description = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
            found = description["format"]
            if found != FORMAT:
                raise InputError(
                    f"{folder} is a data set of format {found}, this version reads {FORMAT}: prepare it again."
                )
            shards = Shards(folder, grid_from(description["grid"]), description["fingerprint"], description)
            counts = {split: int(description["counts"]["phrases"][split]) for split in SPLITS}
        except FileNotFoundError:
            unfinished = (folder / "parts").is_dir()
            advice = "give the same prepare command again to finish it" if unfinished else "run scorespace prepare"
            raise InputError(f"{folder} holds no finished data set ({DESCRIPTION} is missing): {advice}.") from None
        except (OSError, ValueError, KeyError, TypeError, UsageError) as error:
            raise InputError(f"{folder / DESCRIPTION} is damaged ({error}): prepare the data set again.") from None
        for split, count in counts.items():
            shards._check(split, count)
        return shards

    def tokens(self, split: str) -> np.ndarray:
        """(N, tracks, steps) uint16 of "train", "valid" or "test", memory-mapped and read-only.

        Raises:
            UsageError: for another split.
            InputError: when the file is missing or damaged by now.
        """
        return self._load(split, f"{split}.npy")

    def songs(self, split: str) -> np.ndarray:
        """(N,) uint32: the number of the song that each phrase of the split is from."""
        return self._load(split, f"{split}.songs.npy")

    @property
    def genres(self) -> tuple[str, ...]:
        """The genres in the order of the circle; none where no corpus was tagged."""
        return tuple(self.description.get("genres", {}).get("names", ()))

    def tags(self) -> np.ndarray:
        """(songs, genres) bool: the genres of every song, by its number; (0, 0) where no corpus was tagged.

        Raises:
            InputError: when the file is missing or damaged by now.
        """
        if not self.genres:
            return np.zeros((0, 0), bool)
        tags = self._read(GENRES)
        if tags.ndim != 2 or tags.shape[1] != len(self.genres) or tags.dtype != np.bool_:
            raise InputError(f"{self.folder / GENRES} does not fit {DESCRIPTION}: prepare the data set again.")
        return tags

    def _check(self, split: str, count: int) -> None:
        expected = {f"{split}.npy": ((count, *self.grid.shape), "<u2"), f"{split}.songs.npy": ((count,), "<u4")}
        for name, (shape, kind) in expected.items():
            array = self._load(split, name)
            if array.shape != shape or array.dtype != np.dtype(kind):
                raise InputError(f"{self.folder / name} does not fit {DESCRIPTION}: prepare the data set again.")

    def _load(self, split: str, name: str) -> np.ndarray:
        if split not in SPLITS:
            raise UsageError(f"The splits are {', '.join(SPLITS)}, got {split!r}.")
        return self._read(name)

    def _read(self, name: str) -> np.ndarray:
        try:
            array: np.ndarray = np.load(self.folder / name, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError) as error:
            raise InputError(f"{self.folder / name} cannot be read ({error}): prepare the data set again.") from None
        return array


def grid_table(grid: Grid) -> dict[str, Any]:
    """A grid as plain values for JSON; `grid_from` gives it back."""
    table = {entry.name: getattr(grid, entry.name) for entry in dataclasses.fields(grid)}
    positions = [str(position) for position in grid.beat_positions]
    kind = {} if grid.kind == Grid.kind else {"kind": grid.kind}
    return {**kind, **table, "parts": list(grid.parts), "metre": list(grid.metre), "beat_positions": positions}


def grid_from(table: dict[str, Any]) -> Grid:
    """The grid of a table that `grid_table` made."""
    positions = tuple(Fraction(position) for position in table["beat_positions"])
    first, second = table["metre"]
    rest = {key: value for key, value in table.items() if key != "kind"}
    made = grid_class(table.get("kind", Grid.kind))
    return made(**{**rest, "parts": tuple(table["parts"]), "metre": (first, second), "beat_positions": positions})
