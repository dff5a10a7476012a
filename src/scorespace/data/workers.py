"""Worker processes that may crash or hang: the file that did it is found, and the rest goes on.

Every worker says which file of its chunk it begins, and again after every second in which the file gave a score. When a
worker dies, or is silent for too long, that file is lost with the reason, and the chunk is begun again without it.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from scorespace.data.extract import Chunk, run_chunk
from scorespace.errors import ScorespaceError
from scorespace.music.extraction import DataSettings
from scorespace.music.grid import Grid

SECONDS_A_SCORE = 60.0  # of silence; a good file gives its first score in well under one, also on a busy machine
SECONDS_A_MEGABYTE = 30.0  # an ABC collection of 2.4 MB takes 4 s on one core
STARTS = 3  # deaths of a worker before it began any file, after which something else is wrong


@dataclass
class _Worker:
    process: BaseProcess
    connection: Connection
    chunk: Chunk | None = None
    place: int | None = None
    since: float = 0.0


@dataclass(frozen=True)
class Job:
    """What every chunk needs: folder of work, grid, settings."""

    folder: Path
    grid: Grid
    settings: DataSettings


def run(
    chunks: Sequence[Chunk], job: Job, workers: int, done: Callable[[Chunk], None], seconds: float = SECONDS_A_SCORE
) -> None:
    """Runs all chunks; `done` is called for each that is finished, in the order in which they finish.

    Args:
        chunks: what to do.
        job: with what.
        workers: processes; 0 does the work in this one, where a crash is a crash.
        done: told of every finished chunk.
        seconds: that a small file may give no score; larger ones get SECONDS_A_MEGABYTE more for each megabyte.

    Raises:
        ScorespaceError: when workers cannot be started.
    """
    if workers == 0:
        for chunk in chunks:
            run_chunk(chunk, job.folder, job.grid, job.settings, lambda place: None)
            done(chunk)
        return
    pool = _Pool(list(chunks), job, done, seconds)
    try:
        pool.run(min(workers, len(chunks)))
    finally:
        pool.stop()


class _Pool:
    def __init__(self, chunks: list[Chunk], job: Job, done: Callable[[Chunk], None], seconds: float) -> None:
        self.waiting = sorted(chunks, key=_size)  # the last is taken first, so that no large file is left for the end
        self.job, self.done, self.seconds = job, done, seconds
        self.workers: list[_Worker] = []
        self.failed_starts = 0

    def run(self, count: int) -> None:
        self.workers = [self._start() for _ in range(count)]
        for worker in self.workers:
            self._give(worker)
        while any(worker.chunk for worker in self.workers):
            busy = {worker.connection: worker for worker in self.workers if worker.chunk}
            for connection in wait(list(busy), timeout=1.0):
                self._hear(busy[connection])  # type: ignore[index]
            for worker in self.workers:
                if worker.chunk and time.monotonic() - worker.since > self._limit(worker):
                    self._lose(worker, f"too slow: no result within {self._limit(worker):.0f} s")

    def stop(self) -> None:
        for worker in self.workers:
            worker.process.kill()
            worker.process.join()
            worker.connection.close()

    def _start(self) -> _Worker:
        # a fresh interpreter: a fork would carry this one's threads and locks, and Windows has none
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, self.job), daemon=True)
        with _deaf_children():
            process.start()
        theirs.close()
        return _Worker(process, ours)

    def _give(self, worker: _Worker) -> None:
        worker.chunk = self.waiting.pop() if self.waiting else None
        worker.place, worker.since = None, time.monotonic()
        if worker.chunk:
            try:
                worker.connection.send(worker.chunk)
            except OSError:
                self._lose(worker, "")

    def _hear(self, worker: _Worker) -> None:
        try:
            heard = worker.connection.recv()
        except (EOFError, OSError):
            worker.process.join()
            self._lose(worker, f"crashed the reader: {_death(worker.process.exitcode)}")
            return
        worker.since = time.monotonic()
        if isinstance(heard, BaseException):
            raise heard
        if isinstance(heard, int):
            worker.place, self.failed_starts = heard, 0
            return
        assert worker.chunk is not None
        self.done(worker.chunk)
        self._give(worker)

    def _lose(self, worker: _Worker, reason: str) -> None:
        """Puts the chunk back without the file that the worker had begun, and a new worker in its place."""
        chunk, place = worker.chunk, worker.place
        assert chunk is not None
        worker.process.kill()
        worker.process.join()
        worker.connection.close()
        if place is None:
            self.failed_starts += 1
            if self.failed_starts >= STARTS:
                worker.chunk = None
                raise ScorespaceError(
                    "The worker processes die before they read a file; try --workers 1, and if your own script calls "
                    'build, put the call under if __name__ == "__main__".'
                )
        else:
            chunk = replace(chunk, lost={**chunk.lost, place: reason})
        self.waiting.append(chunk)
        fresh = self._start()
        worker.process, worker.connection = fresh.process, fresh.connection
        self._give(worker)

    def _limit(self, worker: _Worker) -> float:
        if worker.chunk is None or worker.place is None:
            return max(self.seconds, SECONDS_A_SCORE)
        return self.seconds + SECONDS_A_MEGABYTE * worker.chunk.sources[worker.place].size / 2**20


@contextlib.contextmanager
def _deaf_children() -> Iterator[None]:
    """Processes that begin in the block never hear Ctrl-C, which reaches the whole group: the parent decides what ends.

    They inherit the mask. Ignoring it once they run is too late for one that is still importing, and all that there is
    on Windows.
    """
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(connection: Connection, job: Job) -> None:
    """What a worker does: chunks come in; places, and at last a dictionary, go out."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # see `_deaf_children`
    while True:
        try:
            chunk = connection.recv()
        except (EOFError, OSError):  # the parent was killed
            return
        try:
            connection.send(run_chunk(chunk, job.folder, job.grid, job.settings, connection.send))
        except OSError as error:  # a full disk is not the file's fault
            with contextlib.suppress(OSError):  # where the parent was killed nobody is there to be told
                connection.send(error)
            return


def _size(chunk: Chunk) -> int:
    return sum(source.size for source in chunk.sources)


def _death(code: int | None) -> str:
    if code is not None and code < 0:
        return f"signal {signal.Signals(-code).name}"
    return f"exit code {code}"
