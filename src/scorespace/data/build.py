"""Preparing a corpus: folders of music become a data set.

The files are read in chunks by worker processes (`workers`, `extract`); every finished chunk stays in `parts/`, so that
an interrupted build goes on from there. Then duplicates are found over the whole corpus (`unique`) and the arrays and
the report are written (`merge`). The result is the same bytes whatever the number of workers and interruptions.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from scorespace import __version__
from scorespace.data import corpora, merge, phrases, report, workers
from scorespace.data.corpora import Corpus, Source
from scorespace.data.extract import Chunk, chunk_path, make_chunks
from scorespace.data.genres import Genres
from scorespace.data.genres import find as find_genres
from scorespace.data.genres import in_words as genre_words
from scorespace.data.shards import DESCRIPTION, FORMAT, GENRES, grid_table
from scorespace.data.songs import NAMED_RULE, OFFICIAL_RULE, SPLIT_RULE
from scorespace.errors import InputError, UsageError
from scorespace.lock import alone_in
from scorespace.music.extraction import DataSettings
from scorespace.music.grid import Grid

PARTS = "parts"
PHRASE_RULE = (
    "windows of the grid's bars at every bar; dropped: no onset, silence longer than longest_rest bars, equal to an "
    "earlier phrase, and in valid and test what is a transposition of a training phrase"
)


@dataclass(frozen=True)
class Progress:
    """How far the reading is: files and bytes, done and in all. `merging` once every file has been read."""

    files: int
    all_files: int
    size: int
    all_size: int
    merging: bool = False


@dataclass(frozen=True)
class Built:
    """What `build` gives.

    Attributes:
        folder: the data set.
        summary: the text of report.txt.
        fresh: False when a finished data set of the same music and settings was there already.
    """

    folder: Path
    summary: str
    fresh: bool


def build(
    places: Sequence[str | Path],
    grid: Grid,
    settings: DataSettings,
    out: str | Path,
    *,
    source: str | None = None,
    licences: Mapping[str, str] | None = None,
    songs: Mapping[str, str] | None = None,
    genres: Mapping[str, str] | None = None,
    batch_size: int = 1,
    processes: int | None = None,
    force: bool = False,
    progress: Callable[[Progress], None] = lambda progress: None,
    say: Callable[[str], None] = lambda text: None,
    seconds: float = workers.SECONDS_A_SCORE,
) -> Built:
    """Prepares a data set in `out`, or finishes one that was interrupted.

    Args:
        places: folders, files and patterns; see `corpora.find`.
        grid: what a phrase is; one part.
        settings: how phrases are cut and split.
        out: the data set's folder; see `scorespace.data.shards` for its files.
        source: a corpus inside an installed package ("music21"), too.
        licences: what each corpus may be used under, by its name; goes into dataset.json and from there into the
            model cards. A corpus that is left out is searched for a licence file.
        songs: of corpora whose table names each file's song, "TABLE:COLUMN" by corpus; see `data.song_tables`.
        genres: of corpora whose table tags each file, "TABLE:COLUMN" or "TABLE" by corpus; see `data.genre_tables`.
        batch_size: training phrases that there must be at least.
        processes: how many; None for one a core, 0 for none but this one (a file that crashes ends it).
        force: replace a finished data set of other music or settings.
        progress: told after every chunk.
        say: told in words what is gone on with, or begun anew.
        seconds: without a score after which a small file is given up.

    Raises:
        UsageError: when a place, grid or setting cannot be used, `out` holds another finished data set, or
            another process writes there.
        InputError: when there is no music, or not enough of it for one batch.
    """
    phrases.check(grid, settings)
    found, sources = corpora.find(places, source, songs, genres)
    found = _licensed(found, licences or {})
    out = Path(out)
    inputs = _inputs_digest(sources)
    with alone_in(out):
        if _finished(out, grid, settings, inputs, sources, force):
            return Built(out, (out / "report.txt").read_text(encoding="utf-8"), fresh=False)
        folder = _work_folder(out, grid, settings, sources, say)
        chunks = make_chunks(sources)
        _read(chunks, workers.Job(folder, grid, settings), processes, progress, say, seconds)
        progress(Progress(len(sources), len(sources), 1, 1, merging=True))
        totals, arrays = merge.merge(folder, len(chunks), out, grid)
        placed = _place_genres(out, totals, grid)
        summary = _write_report(out, settings, found, totals, genre_words(totals.tags, placed) if genres else "")
        _check_enough(totals, batch_size, out)
        rule = SPLIT_RULE + NAMED_RULE * any(one.song for one in sources)
        rule += OFFICIAL_RULE * any(one.divided for one in sources)
        _describe(out, grid, settings, found, totals, inputs, arrays, rule, placed)
        shutil.rmtree(folder)
    return Built(out, summary, fresh=True)


def _read(
    chunks: list[Chunk],
    job: workers.Job,
    processes: int | None,
    progress: Callable[[Progress], None],
    say: Callable[[str], None],
    seconds: float,
) -> None:
    sizes = [sum(one.size for one in chunk.sources) for chunk in chunks]
    done = {chunk.number for chunk in chunks if chunk_path(job.folder, chunk.number, "json").exists()}
    all_files, all_size = sum(len(chunk.sources) for chunk in chunks), sum(sizes)
    if done:
        held = sum(len(chunks[k].sources) for k in done)
        say(f"Going on: {held:,} of {all_files:,} files have been read already.")

    def tell() -> None:
        files = sum(len(chunks[k].sources) for k in done)
        progress(Progress(files, all_files, sum(sizes[k] for k in done), all_size))

    def finished(chunk: Chunk) -> None:
        done.add(chunk.number)
        tell()

    tell()
    waiting = [chunk for chunk in chunks if chunk.number not in done]
    workers.run(waiting, job, os.cpu_count() or 1 if processes is None else processes, finished, seconds)


def _finished(out: Path, grid: Grid, settings: DataSettings, inputs: str, sources: list[Source], force: bool) -> bool:
    """Whether `out` holds this very data set; raises when it holds another one, unless that may be replaced."""
    path = out / DESCRIPTION
    if not path.exists():
        return False
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        same = {
            "recipe": (held["grid"], held["settings"]) == (grid_table(grid), _plain(settings)),
            "music": held["inputs"] == inputs and max(s.stamp for s in sources) <= path.stat().st_mtime_ns,
        }
    except (ValueError, KeyError, TypeError):
        same = {"recipe": False, "music": False}
    if not force and all(same.values()):
        return True
    if not force:
        changed = " and ".join(what for what, equal in same.items() if not equal)
        raise UsageError(
            f"{out} holds a finished data set of another {changed}: choose another folder with -o, or give --force to "
            "replace it."
        )
    path.unlink()
    return False


def _work_folder(
    out: Path, grid: Grid, settings: DataSettings, sources: list[Source], say: Callable[[str], None]
) -> Path:
    """The folder of chunks: that of an interrupted build of the same, or an empty one."""
    folder = out / PARTS
    stamps = hashlib.sha256(repr(sources).encode())
    mark = _canonical(
        {"of": stamps.hexdigest(), "grid": grid_table(grid), "settings": _plain(settings), "format": FORMAT}
    )
    marked = folder / "of.json"
    if folder.exists() and not (marked.exists() and marked.read_text(encoding="utf-8") == mark):
        say("The music or the recipe has changed since this was interrupted: it begins anew.")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    marked.write_text(mark, encoding="utf-8")
    return folder


def _write_report(out: Path, settings: DataSettings, found: list[Corpus], totals: merge.Totals, more: str = "") -> str:
    others = {corpus.name: corpus.others for corpus in found}
    table = totals.table()
    _write(out / "report.json", json.dumps({**table, "not_music": others}, indent=1, ensure_ascii=False) + "\n")
    shares = zip(("valid", "test"), settings.held_out, strict=True)
    summary = report.readable(table, others, [split for split, share in shares if share > 0]) + more
    _write(out / "report.txt", summary)
    return summary


def _check_enough(totals: merge.Totals, batch_size: int, out: Path) -> None:
    train = totals.phrases["train"]
    if train < batch_size:
        reasons = totals.table()["scores_unused"]
        most = f", mostly for the reason: {next(iter(reasons))}" if not train and reasons else ""
        advice = "give other music" if most else "give more music or lower training.batch_size"
        raise InputError(
            f"{train} training phrase(s) were found, fewer than one batch of {batch_size}{most}: {advice}; "
            f"{out / 'report.txt'} says what was dropped and why."
        )


def _describe(
    out: Path,
    grid: Grid,
    settings: DataSettings,
    found: list[Corpus],
    totals: merge.Totals,
    inputs: str,
    arrays: str,
    split_rule: str,
    placed: Genres | None,
) -> None:
    rules = {"grid": grid_table(grid), "settings": _plain(settings)}
    licences = {corpus.name: corpus.licence or "not stated" for corpus in found}
    table = totals.table()
    if placed:
        arrays += _canonical(placed.table()) + hashlib.sha256(placed.tags.tobytes()).hexdigest()
    content = {
        "format": FORMAT,
        "made_by": f"scorespace {__version__}",
        **rules,
        "corpora": {name: {**counts, "licence": licences[name]} for name, counts in table.pop("corpora").items()},
        "phrase_rule": PHRASE_RULE,
        "split_rule": split_rule,
        "counts": table,
        **({"genres": placed.table()} if placed else {}),
        "inputs": inputs,
        "fingerprint": hashlib.sha256((_canonical(rules) + arrays).encode()).hexdigest(),
    }
    _write(out / DESCRIPTION, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def _place_genres(out: Path, totals: merge.Totals, grid: Grid) -> Genres | None:
    """Writes songs.genres.npy where the corpora's tables tag songs of at least two genres."""
    path = out / GENRES
    path.unlink(missing_ok=True)
    if not any(totals.tags) or not totals.phrases["train"]:
        return None
    phrases, songs = (np.load(out / f"train{ending}", mmap_mode="r") for ending in (".npy", ".songs.npy"))
    placed = find_genres(totals.tags, phrases, songs, grid)
    if placed:
        unfinished = path.with_name(path.name + ".unfinished")
        with unfinished.open("wb") as file:
            np.save(file, placed.tags)
        unfinished.replace(path)
    return placed


def _licensed(found: list[Corpus], licences: Mapping[str, str]) -> list[Corpus]:
    corpora.known("licence", licences, [corpus.name for corpus in found])
    return [dataclasses.replace(one, licence=licences.get(one.name, one.licence)) for one in found]


def _inputs_digest(sources: list[Source]) -> str:
    """SHA-256 over what is to be read; of a file of which its corpus says more, over that, too."""
    digest = hashlib.sha256()
    for one in sources:
        said = [" ".join(one.among)] * one.divided + [f"song {one.song}"] * bool(one.song)
        said += [f"genres {' '.join(one.genres)}"] * bool(one.genres)
        digest.update("\t".join([one.label, str(one.size), *said]).encode() + b"\n")
    return digest.hexdigest()


def _plain(settings: DataSettings) -> dict[str, Any]:
    table: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(settings)))
    if not settings.optional:  # data sets that were prepared before this key came are the same ones
        del table["optional"]
    return table


def _canonical(table: dict[str, Any]) -> str:
    return json.dumps(table, sort_keys=True)


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(path.name + ".unfinished")
    temporary.write_text(text, encoding="utf-8", newline="\n")
    temporary.replace(path)
