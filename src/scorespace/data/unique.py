"""Which phrases of a corpus stay: each once, and none held out that training hears in another key.

Bounded in memory whatever the corpus: 16-byte digests go into files by their first bits, and one such file is looked at
at a time. The result depends on the order of the phrases alone.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from scorespace.data.extract import INDEX
from scorespace.data.songs import SPLITS

KEPT, DUPLICATE, TRANSPOSITION = 0, 1, 2
DIGEST = np.dtype([("high", "<u8"), ("low", "<u8"), ("place", "<u8"), ("split", "u1")])
TRAIN = SPLITS.index("train")
SLICE = 1 << 17  # phrases looked at in one go
A_BUCKET = 500_000  # phrases that one file of digests is meant for
MOST_BUCKETS = 64  # files open at once


def verdicts(indices: Sequence[Path], folder: Path) -> np.ndarray:
    """KEPT, DUPLICATE or TRANSPOSITION for every phrase, (N,) uint8, mapped from a file.

    Args:
        indices: files of INDEX records, in the order of the corpus.
        folder: for the files of digests and the result.
    """
    count = sum(path.stat().st_size for path in indices) // INDEX.itemsize
    if count == 0:
        return np.empty(0, np.uint8)
    verdict = np.memmap(folder / "verdicts", np.uint8, "w+", shape=(count,))
    for name, judge in (("exact", _judge_duplicates), ("normal", _judge_transpositions)):
        for bucket in _buckets(indices, folder, name, verdict):
            judge(bucket, verdict)
    return verdict


def slices(path: Path) -> Iterator[np.ndarray]:
    """The INDEX records of a file, SLICE at a time."""
    with path.open("rb") as file:
        while len(records := np.fromfile(file, INDEX, SLICE)):
            yield records


def _judge_duplicates(bucket: np.ndarray, verdict: np.ndarray) -> None:
    order = np.lexsort((bucket["place"], bucket["low"], bucket["high"]))
    same = _same_as_before(bucket[order])
    verdict[bucket["place"][order][same]] = DUPLICATE


def _judge_transpositions(bucket: np.ndarray, verdict: np.ndarray) -> None:
    training = bucket["split"] == TRAIN
    order = np.lexsort((~training, bucket["low"], bucket["high"]))  # training phrases first among equals
    found = bucket[order]
    group = np.cumsum(~_same_as_before(found)) - 1
    trained = training[order][np.flatnonzero(~_same_as_before(found))][group]
    verdict[found["place"][trained & (found["split"] != TRAIN)]] = TRANSPOSITION


def _same_as_before(ordered: np.ndarray) -> np.ndarray:
    same = np.zeros(len(ordered), bool)
    same[1:] = (ordered["high"][1:] == ordered["high"][:-1]) & (ordered["low"][1:] == ordered["low"][:-1])
    return same


def _buckets(indices: Sequence[Path], folder: Path, name: str, verdict: np.ndarray) -> Iterator[np.ndarray]:
    """The digests of all phrases that are kept so far; equal ones are in one bucket."""
    count = min(MOST_BUCKETS, 1 + len(verdict) // A_BUCKET)
    paths = [folder / f"{name}.{bucket:02d}" for bucket in range(count)]
    with contextlib.ExitStack() as stack:
        files = [stack.enter_context(path.open("wb")) for path in paths]
        place = 0
        for index in indices:
            for records in slices(index):
                found = _digests(records, name, place)
                found = found[verdict[place : place + len(records)] == KEPT]
                place += len(records)
                bucket = found["high"] % np.uint64(count)
                for number in np.unique(bucket):
                    files[int(number)].write(found[bucket == number].tobytes())
    for path in paths:
        yield np.fromfile(path, DIGEST)
        path.unlink()


def _digests(records: np.ndarray, name: str, first: int) -> np.ndarray:
    halves = np.ascontiguousarray(records[name]).view("<u8").reshape(-1, 2)
    found = np.empty(len(records), DIGEST)
    found["high"], found["low"] = halves[:, 0], halves[:, 1]
    found["place"], found["split"] = np.arange(first, first + len(records)), records["split"]
    return found
