"""Throws damaged files at the readers, in a child process with limits, and counts what happens.

    python tests/fuzz/fuzz_readers.py --kind midi --count 100000 --seconds-per-file 2 --seed 1

Prints one JSON line: ok (read), refused (InputError), crashed (the child died), hung (no answer in time), wrong (any
other exception, or a score that no score may be: a bug). Findings are kept in --keep FOLDER. Exits 1 if there are any.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import random
import sys
import traceback
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from mutations import damage, seeds

from scorespace.errors import InputError
from scorespace.music import files, musicxml
from scorespace.music.score import Score

ENDINGS = {"midi": "mid", "abc": "abc", "musicxml": "xml"}
MEMORY = 4 * 2**30  # bytes of address space a child may have


def check(score: Score) -> None:
    """Raises AssertionError for a score that breaks what Score promises, or that cannot be written again."""
    for track in score.tracks:
        rows = track.notes
        fits = {
            "starts": np.isfinite(rows["start"]) & (rows["start"] >= 0),
            "durations": np.isfinite(rows["duration"]) & (rows["duration"] > 0),
            "pitches": (rows["pitch"] >= 0) & (rows["pitch"] <= 127),
            "velocities": (rows["velocity"] >= 1) & (rows["velocity"] <= 127),
            "order": np.diff(rows["start"]) >= 0,
            "program": np.array([0 <= track.program <= 127]),
        }
        assert not [what for what, right in fits.items() if not right.all()]
    for events in (score.tempos, score.metres):
        starts = [event.start for event in events]
        assert starts == sorted({0.0, *starts})
    assert all(0 < tempo.qpm < 1e6 for tempo in score.tempos)
    assert all(0 < metre.bar < 1100 for metre in score.metres)
    if score.end < 10_000:
        score.bar_count()
        files.read(files.to_midi_bytes(score))
    if score.end < 200 and score.note_count < 2000:
        musicxml.parse(musicxml.dump(score), "again")


def well_put(error: InputError, name: str) -> bool:
    """Whether an error is one sentence that begins with the file's name."""
    text = str(error)
    return text.startswith(name) and text.endswith(".") and "\n" not in text and len(text) < 400


def serve(pipe: Connection, kind: str) -> None:
    """The child: reads what comes through the pipe and answers ok, refused or the traceback."""
    limit_memory()
    name = f"fuzz.{ENDINGS[kind]}"
    pipe.send("ready")
    while True:
        data = pipe.recv_bytes()
        try:
            for found in files.read_each(data, name):
                if isinstance(found, InputError):
                    assert well_put(found, name), found
                else:
                    check(found)
            pipe.send("refused" if isinstance(found, InputError) else "ok")
        except Exception:
            pipe.send(traceback.format_exc())


def limit_memory() -> None:
    """Bounds the address space where the system can (not on Windows)."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


class Child:
    """A reading process that is replaced when it dies or does not answer."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.start()

    def start(self) -> None:
        context = multiprocessing.get_context("spawn")  # forking a process with threads is not safe
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=serve, args=(other, self.kind), daemon=True)
        self.process.start()
        other.close()
        self.pipe.recv()  # "ready": the time limit is for files, not for imports

    def read(self, data: bytes, seconds: float) -> str:
        """ok, refused, crashed, hung, or a traceback."""
        try:
            self.pipe.send_bytes(data)
            if self.pipe.poll(seconds):
                return str(self.pipe.recv())
            verdict = "hung"
        except (EOFError, OSError):
            verdict = "crashed"
        self.stop()
        self.start()
        return verdict

    def stop(self) -> None:
        self.process.kill()
        self.process.join()


def fuzz(kind: str, count: int, seconds: float, seed: int, keep: Path | None = None) -> tuple[Counter[str], list[str]]:
    """Runs `count` files; returns the counts and the tracebacks, one for each different last line."""
    generator = random.Random(seed)
    corpus = seeds(kind)
    counts: Counter[str] = Counter()
    wrong: dict[str, str] = {}
    child = Child(kind)
    for _ in range(count):
        data = damage(kind, generator.choice(corpus), generator)
        verdict = child.read(data, seconds)
        if verdict == "hung":
            verdict = child.read(data, 10 * seconds)  # on a busy machine the first time may have been the others' fault
        if verdict in ("ok", "refused", "crashed", "hung"):
            counts[verdict] += 1
        else:
            counts["wrong"] += 1
            wrong.setdefault(verdict.strip().splitlines()[-1], verdict)
        if verdict not in ("ok", "refused") and keep:
            keep.mkdir(parents=True, exist_ok=True)
            (keep / f"{hashlib.sha256(data).hexdigest()[:12]}.{ENDINGS[kind]}").write_bytes(data)
    child.stop()
    return counts, list(wrong.values())


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Throw damaged files at the readers and count what happens.")
    parser.add_argument("--kind", choices=tuple(ENDINGS), required=True)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seconds-per-file", type=float, default=2.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="folder for the files that were not read or refused cleanly")
    chosen = parser.parse_args()
    counts, wrong = fuzz(chosen.kind, chosen.count, chosen.seconds_per_file, chosen.seed, chosen.keep)
    for text in wrong[:10]:
        print(text, file=sys.stderr)
    print(json.dumps({key: counts[key] for key in ("ok", "refused", "crashed", "hung", "wrong")}))
    return int(counts["crashed"] + counts["hung"] + counts["wrong"] > 0)


if __name__ == "__main__":
    sys.exit(main())
