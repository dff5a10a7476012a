"""The second half of a build: the chunks' phrases, judged over the whole corpus, become shards and a report."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np

from scorespace.data import unique
from scorespace.data.extract import DROPPED, USED, chunk_path
from scorespace.data.songs import SPLITS
from scorespace.data.unique import DUPLICATE, KEPT, TRANSPOSITION
from scorespace.music.grid import Grid

NEWS = {DUPLICATE: "duplicate of an earlier phrase", TRANSPOSITION: "transposition of a training phrase"}
NOTHING_NEW = "nothing new: each phrase is a duplicate, or a transposition of a training phrase"


@dataclass
class Totals:
    """Sums over the report's rows; each adds up: files = used + dropped, windows = phrases + dropped windows."""

    files: int = 0
    files_used: int = 0
    files_dropped: Counter[str] = field(default_factory=Counter)
    scores: int = 0
    scores_used: int = 0
    scores_unused: Counter[str] = field(default_factory=Counter)
    windows: int = 0
    windows_dropped: Counter[str] = field(default_factory=Counter)
    phrases: Counter[str] = field(default_factory=Counter)
    songs: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    corpora: dict[str, Counter[str]] = field(default_factory=dict)
    tags: list[frozenset[str]] = field(default_factory=list)  # of every song, by its number

    def add(self, row: Mapping[str, Any]) -> None:
        """Adds one file's row."""
        corpus = self.corpora.setdefault(row["file"].split("/", 1)[0], Counter())
        used = row["status"] == USED
        self.files += 1
        self.files_used += used
        if not used:
            self.files_dropped[_kind(row["reason"])] += 1
        self.scores += row["scores"]
        self.scores_used += row["used_scores"]
        for reason, count in row["unused"].items():
            self.scores_unused[_kind(reason)] += count
        self.windows_dropped.update(row["windows"])
        self.phrases.update(row["phrases"])
        self.windows += sum(row["windows"].values()) + sum(row["phrases"].values())
        for figure in ("notes", "monophony", "moved", "covered", "out_of_range"):
            self.notes[figure] += row[figure]
        corpus.update({"files": 1, "used": int(used), "phrases": sum(row["phrases"].values())})

    def table(self) -> dict[str, Any]:
        """As plain values; reasons by falling count."""
        return {
            "files": self.files,
            "files_used": self.files_used,
            "files_dropped": _sorted(self.files_dropped),
            "scores": self.scores,
            "scores_used": self.scores_used,
            "scores_unused": _sorted(self.scores_unused),
            "windows": self.windows,
            "windows_dropped": _sorted(self.windows_dropped),
            "phrases": {split: self.phrases[split] for split in SPLITS},
            "songs": {split: self.songs[split] for split in SPLITS},
            "notes": dict(self.notes),
            "corpora": {name: dict(counts) for name, counts in self.corpora.items()},
        }


def merge(folder: Path, chunks: int, out: Path, grid: Grid) -> tuple[Totals, str]:
    """Writes the arrays and report.jsonl into `out`.

    Args:
        folder: of work, with the files of so many chunks.
        chunks: their number.
        out: of the data set.
        grid: of the phrases.

    Returns:
        The totals, and SHA-256 over the arrays' bytes.
    """
    verdict = unique.verdicts([chunk_path(folder, k, "index") for k in range(chunks)], folder)
    counts = _count(folder, chunks, verdict)
    totals, numbers = Totals(), _Numbers()
    with contextlib.ExitStack() as stack:
        opened = {split: _open(stack, out, split, counts[split], grid) for split in SPLITS}
        report = stack.enter_context((out / "report.jsonl.unfinished").open("w", encoding="utf-8", newline="\n"))
        place = 0
        for k in range(chunks):
            content = json.loads(chunk_path(folder, k, "json").read_text(encoding="utf-8"))
            for key, tags in content.get("genres", {}).items():
                numbers.tags.setdefault(key, set()).update(tags)
            place = _chunk(folder, k, content, verdict, place, numbers, opened, grid)
            for row in content["files"]:
                totals.add(row)
                report.write(json.dumps(row, ensure_ascii=False) + "\n")
    totals.songs.update({split: len(numbers.used[split]) for split in SPLITS})
    totals.tags = [frozenset(numbers.tags.get(key, ())) for key in numbers.of]
    digest = hashlib.sha256()
    for split in SPLITS:
        for name in (f"{split}.npy", f"{split}.songs.npy"):
            _settle(out / name, digest)
    (out / "report.jsonl.unfinished").replace(out / "report.jsonl")
    return totals, digest.hexdigest()


class _Numbers:
    """Song keys numbered in the order in which they come, over the whole data set."""

    def __init__(self) -> None:
        self.of: dict[str, int] = {}
        self.used: dict[str, set[int]] = {split: set() for split in SPLITS}
        self.tags: dict[str, set[str]] = {}

    def local(self, keys: list[str]) -> np.ndarray:
        """The numbers of a chunk's songs, in its own order."""
        return np.array([self.of.setdefault(key, len(self.of)) for key in keys], np.uint32)


def _chunk(
    folder: Path,
    number: int,
    content: dict[str, Any],
    verdict: np.ndarray,
    place: int,
    numbers: _Numbers,
    opened: dict[str, tuple[IO[bytes], IO[bytes]]],
    grid: Grid,
) -> int:
    """Writes the phrases of a chunk that stay and completes its files' rows; gives the place of the next phrase."""
    songs = numbers.local(content["songs"])
    files = len(content["files"])
    kept = np.zeros((len(SPLITS), files), np.int64)
    lost = {reason: np.zeros(files, np.int64) for reason in NEWS}
    size = grid.tracks * grid.steps
    with chunk_path(folder, number, "tokens").open("rb") as tokens:
        for records in unique.slices(chunk_path(folder, number, "index")):
            cut = np.fromfile(tokens, "<u2", len(records) * size).reshape(len(records), size)
            judged = verdict[place : place + len(records)]
            place += len(records)
            for code, split in enumerate(SPLITS):
                stays = (judged == KEPT) & (records["split"] == code)
                chosen = songs[records["song"][stays]] if len(songs) else np.empty(0, np.uint32)
                opened[split][0].write(cut[stays].tobytes())
                opened[split][1].write(chosen.astype("<u4").tobytes())
                numbers.used[split].update(np.unique(chosen).tolist())
                kept[code] += np.bincount(records["file"][stays], minlength=files)
            for reason, count in lost.items():
                count += np.bincount(records["file"][judged == reason], minlength=files)
    for k, row in enumerate(content["files"]):
        row["phrases"] = {split: int(kept[code, k]) for code, split in enumerate(SPLITS)}
        row["windows"] |= {NEWS[reason]: int(count[k]) for reason, count in lost.items() if count[k]}
        if row["status"] == USED and not kept[:, k].any():
            row["status"], row["reason"] = DROPPED, NOTHING_NEW
    return place


def _count(folder: Path, chunks: int, verdict: np.ndarray) -> dict[str, int]:
    found = np.zeros(len(SPLITS), np.int64)
    place = 0
    for records in _all(folder, chunks):
        judged = verdict[place : place + len(records)]
        place += len(records)
        found += np.bincount(records["split"][judged == KEPT], minlength=len(SPLITS))
    return {split: int(found[code]) for code, split in enumerate(SPLITS)}


def _all(folder: Path, chunks: int) -> Iterator[np.ndarray]:
    for k in range(chunks):
        yield from unique.slices(chunk_path(folder, k, "index"))


def _open(stack: contextlib.ExitStack, out: Path, split: str, count: int, grid: Grid) -> tuple[IO[bytes], IO[bytes]]:
    tokens = stack.enter_context((out / f"{split}.npy.unfinished").open("wb"))
    songs = stack.enter_context((out / f"{split}.songs.npy.unfinished").open("wb"))
    header = {"descr": "<u2", "fortran_order": False, "shape": (count, *grid.shape)}
    np.lib.format.write_array_header_1_0(tokens, header)
    np.lib.format.write_array_header_1_0(songs, {**header, "descr": "<u4", "shape": (count,)})
    return tokens, songs


def _settle(path: Path, digest: Any) -> None:
    unfinished = path.with_name(path.name + ".unfinished")
    with unfinished.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    unfinished.replace(path)


def _kind(reason: str) -> str:
    """What a reason is counted as: the part before its details."""
    return reason.split(":", 1)[0]


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])))
