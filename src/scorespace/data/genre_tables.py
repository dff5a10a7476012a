"""Which genres a file is tagged with, where a table of the corpus says: the file's path, and its tags.

    labels.tsv:genre     a .tsv or .csv with a line of headings; the first column holds paths, the named one tags
    tags.cls             without a column: no headings, `#` begins a comment; the first cell is a path, the others tags

A cell may hold several tags, divided by ";", "|" or ",". What stands for a path may be a file's path below the corpus's
folder, a folder's, or the bare name of a folder or file: the tags then hold for all files in it. So tables by the track
of the Million Song Dataset (tagtraum's genre annotations, its artist terms) fit lmd_matched, which has a folder for
each track. Tags are compared in small letters, with "_" for blanks.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from scorespace.errors import UsageError

DELIMITERS = {".tsv": "\t", ".csv": ",", ".cls": "\t", ".txt": "\t"}
_BETWEEN = re.compile(r"[;|,]")


class GenreTable:
    """The tags of a corpus's files."""

    def __init__(self, folder: Path, rule: str) -> None:
        """Reads the table of a corpus.

        Args:
            folder: of the corpus.
            rule: "TABLE:COLUMN" or "TABLE", see the module's text.

        Raises:
            UsageError: when there is no such table or column, or it tags nothing.
        """
        self._tags: dict[str, tuple[str, ...]] = {}
        for place, cells in _rows(folder, rule):
            if not _key(place):  # else it would stand for every file
                continue
            tags = [normal(tag) for cell in cells for tag in _BETWEEN.split(cell)]
            held = self._tags.get(_key(place), ())
            self._tags[_key(place)] = tuple(dict.fromkeys((*held, *filter(None, tags))))
        if not any(self._tags.values()):
            raise UsageError(f"{folder / rule} tags nothing: its first column must hold paths and another one genres.")

    def tags(self, below: str) -> tuple[str, ...]:
        """The tags of a file by its path below the corpus's folder, with forward slashes; none where it has no row.

        The file's own path counts most, then its folders' from the nearest, then the bare names in the same order.
        """
        path = PurePosixPath(below)
        places = [path, *path.parents]
        names = [path.name, path.stem, *(folder.name for folder in path.parents)]
        for key in (*(str(place) for place in places), *names):
            if key in self._tags:
                return self._tags[key]
        return ()


def normal(tag: str) -> str:
    """How a tag is spelt: small letters, "_" for what is neither a letter, a digit nor "&" or "-"."""
    return re.sub(r"[^\w&-]+", "_", tag.strip().casefold()).strip("_")


def _key(place: str) -> str:
    return place.strip().replace("\\", "/").removeprefix("./").rstrip("/")


def _rows(folder: Path, rule: str) -> Iterator[tuple[str, list[str]]]:
    name, _, column = rule.rpartition(":") if Path(rule.rpartition(":")[0]).suffix else (rule, "", "")
    table = folder / name
    if table.suffix.lower() not in DELIMITERS:
        raise UsageError(
            f"--genres takes NAME=TABLE:COLUMN or NAME=TABLE with a {', '.join(DELIMITERS)} file, "
            f"such as labels.tsv:genre, got {rule!r}."
        )
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.reader(file, delimiter=DELIMITERS[table.suffix.lower()]) if row]
    except (OSError, ValueError, csv.Error) as error:
        raise UsageError(
            f"{table} cannot be read as a table of genres ({error}): give another with --genres."
        ) from error
    if not column:
        yield from ((row[0], row[1:]) for row in rows if not row[0].startswith("#"))
        return
    headings = rows[0] if rows else []
    if column not in headings[1:]:
        raise UsageError(f"{table} has no column {column!r} beside the paths; it has {', '.join(headings[1:])}.")
    place = headings.index(column, 1)
    yield from ((row[0], [row[place]]) for row in rows[1:] if len(row) > place)
