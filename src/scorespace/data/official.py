"""Splits that a corpus comes with: an `info.csv` beside the files, as the Groove MIDI Dataset has one.

Its columns `midi_filename` (a path below the folder of the table) and `split` name each file's split. Held-out figures
compare with other people's only on the split that they used.
"""

from __future__ import annotations

import csv
from pathlib import Path

from scorespace.data.songs import SPLITS

TABLE = "info.csv"
NAMES = {"train": "train", "validation": "valid", "valid": "valid", "test": "test"}


def split_table(folder: Path) -> dict[str, tuple[str, ...]]:
    """What the table of a folder says of each file: its path below the folder, and the splits it may go to.

    A table that names all three splits is kept as it is. Of one without a test split the validation split becomes
    test, and the key of each training file decides between train and valid (`songs.split_of`), so that the figures on
    test have chosen no checkpoint. Rows with another split, and a file that is no such table, say nothing.
    """
    try:
        with (folder / TABLE).open(encoding="utf-8", newline="") as file:
            rows = [(row["midi_filename"], NAMES.get(row["split"] or "")) for row in csv.DictReader(file)]
    except (OSError, ValueError, KeyError, csv.Error):
        return {}
    named = {path: split for path, split in rows if path and split}
    if set(named.values()) == {"train", "valid"}:
        return {path: ("test",) if split == "valid" else ("train", "valid") for path, split in named.items()}
    return {path: (split,) for path, split in named.items()}


class Official:
    """The tables of the folders between a file and its corpus's folder; each is read once."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self._tables: dict[Path, dict[str, tuple[str, ...]]] = {}

    def among(self, path: Path) -> tuple[str, ...]:
        """The splits that a file may go to; all of them where no table speaks of it."""
        for folder in path.parents:
            if folder not in self._tables:
                self._tables[folder] = split_table(folder)
            found = self._tables[folder].get(path.relative_to(folder).as_posix())
            if found or folder == self.top:
                return found or SPLITS
        return SPLITS
