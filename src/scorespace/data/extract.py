"""The first half of a build: a chunk of files becomes raw phrases on disk, with a row of figures for every file.

Chunk k leaves three files in the folder of work: `k.tokens` (uint16), `k.index` (one INDEX record a phrase) and, under
its final name only when the chunk is done, `k.json`. Written as it is read: one score at a time is in memory.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from scorespace.data import corpora, phrases
from scorespace.data.corpora import Source
from scorespace.data.songs import SPLITS, song_key, split_of
from scorespace.errors import InputError
from scorespace.music.extraction import DataSettings
from scorespace.music.grid import Grid
from scorespace.music.score import Score

INDEX = np.dtype([("file", "<u4"), ("song", "<u4"), ("split", "u1"), ("exact", "V16"), ("normal", "V16")])
USED, DROPPED = "used", "dropped"
SIGN_OF_LIFE = 1.0  # seconds between two calls of `begin` for one file
MOST_REASONS = 8  # reasons a file's row names for its scores that were not used


@dataclass(frozen=True)
class Chunk:
    """Files that one worker reads in one go.

    Attributes:
        number: its place in the order of all chunks, from 0.
        sources: its files.
        lost: for files that are not to be read, because they killed or held up a worker: the reason.
    """

    number: int
    sources: tuple[Source, ...]
    lost: Mapping[int, str]


def chunk_path(folder: Path, number: int, ending: str) -> Path:
    """Where a chunk's file stands."""
    return folder / f"{number:06d}.{ending}"


def run_chunk(
    chunk: Chunk, folder: Path, grid: Grid, settings: DataSettings, begin: Callable[[int], None]
) -> dict[str, int]:
    """Reads a chunk's files and writes what they give.

    Args:
        chunk: which files.
        folder: where the three files go.
        grid, settings: what a phrase is.
        begin: called with a file's place in the chunk before it is read, and again while it gives scores.

    Returns:
        {"phrases": how many were written}.
    """
    songs: dict[str, int] = {}
    genres: dict[str, set[str]] = {}
    rows: list[dict[str, Any]] = []
    count = 0
    with (
        chunk_path(folder, chunk.number, "tokens").open("wb") as tokens,
        chunk_path(folder, chunk.number, "index").open("wb") as index,
    ):
        for place, source in enumerate(chunk.sources):
            row = _row(source)
            if place in chunk.lost:
                row["reason"] = chunk.lost[place]
            else:
                begin(place)
                for found in _of_file(source, grid, settings, row, _now_and_then(begin, place)):
                    split = split_of(found[0], settings.held_out, source.among)
                    genres.setdefault(found[0], set()).update(source.genres)
                    count += _write(found, place, songs, grid, SPLITS.index(split), tokens, index)
                _conclude(row)
            rows.append(row)
    done = chunk_path(folder, chunk.number, "json")
    temporary = done.with_suffix(".unfinished")
    tags = {key: sorted(found) for key, found in genres.items() if found}
    temporary.write_text(json.dumps({"files": rows, "songs": list(songs), "genres": tags}), encoding="utf-8")
    temporary.replace(done)
    return {"phrases": count}


def _row(source: Source) -> dict[str, Any]:
    figures = ("scores", "used_scores", "notes", "monophony", "moved", "covered", "out_of_range")
    return {
        "file": source.label,
        "status": DROPPED,
        "reason": "",
        **dict.fromkeys(figures, 0),
        "metres": {},
        "unused": {},
        "windows": {},
    }


def _now_and_then(begin: Callable[[int], None], place: int) -> Callable[[], None]:
    """Calls `begin` when the last call is SIGN_OF_LIFE seconds ago."""
    last = time.monotonic()

    def alive() -> None:
        nonlocal last
        if time.monotonic() - last > SIGN_OF_LIFE:
            last = time.monotonic()
            begin(place)

    return alive


def _of_file(
    source: Source, grid: Grid, settings: DataSettings, row: dict[str, Any], alive: Callable[[], None]
) -> Iterator[tuple[str, np.ndarray]]:
    """(song key, phrases) of each score in a file that gives any; the rest goes into the file's row."""
    unused: Counter[str] = Counter()
    metres: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    for one in _each(source, grid, settings):
        alive()
        row["scores"] += 1
        if isinstance(one, InputError):
            unused[_reason(one, source)] += 1
            continue
        score, found = one
        metres[phrases.metre_of(score)] += 1
        dropped.update(found.dropped)
        for figure in ("notes", "monophony", "moved", "covered", "out_of_range"):
            row[figure] += getattr(found, figure)
        if found.problem:
            unused[found.problem] += 1
            continue
        row["used_scores"] += 1
        yield _song(source, score), found.tokens
    row["metres"], row["windows"] = dict(metres.most_common()), dict(sorted(dropped.items()))
    row["unused"] = dict(unused.most_common(MOST_REASONS))
    rest = unused.total() - sum(row["unused"].values())
    if rest:
        row["unused"]["other reasons"] = rest


def _song(source: Source, score: Score) -> str:
    """The key of a score's song: what the corpus says of it comes before what the score says."""
    return source.label if source.divided else song_key(source.song or score.title, source.label)


def _each(source: Source, grid: Grid, settings: DataSettings) -> Iterator[InputError | tuple[Score, phrases.Found]]:
    """Every score of a file with what it gave. A defect of ours costs the rest of this file, and is reported."""
    try:
        for score in corpora.scores(source.path):
            yield score if isinstance(score, InputError) else (score, phrases.find(score, grid, settings))
    except (OSError, MemoryError):
        raise
    except Exception as error:
        yield InputError(f"a defect of scorespace, {type(error).__name__}: {error}")


def _conclude(row: dict[str, Any]) -> None:
    if row["used_scores"]:
        row["status"] = USED
    else:
        row["reason"] = next(iter(row["unused"]), "no score in it")


def _reason(error: InputError, source: Source) -> str:
    """The error without the file's name, which the row has already."""
    name = source.label.rsplit("/", 1)[-1]
    said = " ".join(str(error).split()).removeprefix(name).lstrip(" ,:")
    return f"unreadable: {said[:160]}"


def _write(
    found: tuple[str, np.ndarray],
    place: int,
    songs: dict[str, int],
    grid: Grid,
    split: int,
    tokens: IO[bytes],
    index: IO[bytes],
) -> int:
    key, cut = found
    records = np.zeros(len(cut), INDEX)
    records["file"], records["song"] = place, songs.setdefault(key, len(songs))
    records["split"] = split
    records["exact"] = phrases.digests(cut)
    records["normal"] = phrases.digests(grid.normal_form(cut))
    tokens.write(np.ascontiguousarray(cut, dtype="<u2").tobytes())
    index.write(records.tobytes())
    return len(cut)


def make_chunks(sources: Sequence[Source], files: int = 64, size: int = 1 << 19) -> list[Chunk]:
    """The files in their order, in chunks of at most so many files, closed as soon as they hold so many bytes."""
    chunks: list[Chunk] = []
    held: list[Source] = []
    for source in sources:
        held.append(source)
        if len(held) == files or sum(one.size for one in held) >= size:
            chunks.append(Chunk(len(chunks), tuple(held), {}))
            held = []
    return [*chunks, Chunk(len(chunks), tuple(held), {})] if held else chunks
