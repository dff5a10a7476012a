"""Which file is which song, where a table of the corpus knows: a column of names in a .tsv or .csv beside the files.

Versions of one song stand in files whose names say nothing of each other; the corpus's own table does. Files to which
it gives the same name are one song, so they go to one split.
"""

from __future__ import annotations

import csv
from pathlib import Path

from scorespace.errors import UsageError

DELIMITERS = {".tsv": "\t", ".csv": ","}


def song_names(folder: Path, rule: str) -> dict[str, str]:
    """The name of each file's song, by the file's path below the folder, with forward slashes.

    Args:
        folder: of the corpus.
        rule: "TABLE:COLUMN", such as "labels.tsv:name": a table in the folder with a line of headings, whose first
            column holds the paths, and the heading of the column with the names. A file without a name there has none.

    Raises:
        UsageError: when there is no such table or column.
    """
    name, _, column = rule.rpartition(":")
    table = folder / name
    if table.suffix.lower() not in DELIMITERS or not column:
        raise UsageError(f"--songs takes NAME=TABLE:COLUMN with a .tsv or .csv, such as labels.tsv:name, got {rule!r}.")
    try:
        with table.open(encoding="utf-8", newline="") as file:
            headings, *rows = csv.reader(file, delimiter=DELIMITERS[table.suffix.lower()])
    except (OSError, ValueError, csv.Error) as error:
        raise UsageError(f"{table} cannot be read as a table of songs ({error}): give another with --songs.") from error
    if column not in headings[1:]:
        raise UsageError(f"{table} has no column {column!r} beside the paths; it has {', '.join(headings[1:])}.")
    place = headings.index(column, 1)
    return {row[0]: row[place] for row in rows if len(row) > place and row[place].strip()}
