"""The server's side of the worker processes: one piece of work at a time each, that can be stopped."""

from __future__ import annotations

import asyncio
import contextlib
import pickle
import secrets
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scorespace.server import answers
from scorespace.server.routes import LONG, QUICK

GRACE = 0.5  # seconds from a stop until the process is ended
WAITING, RUNNING, OVER = "waiting", "running", "over"
_BEGUN, _STOP, _KILL, _SLOW, _DIED = "begun", "stop", "kill", "slow", "died"


@dataclass
class Job:
    """One piece of work.

    Attributes:
        what: the path of its route.
        order: what the worker is told, see `work`.
        seconds: after so many it is given up; None = never.
        said: messages for who asked: ("line", bytes), then ("done", bytes, media type) or ("error", status, JSON).
        state: WAITING, RUNNING or OVER.
    """

    what: str
    order: Mapping[str, Any]
    seconds: float | None = None
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    said: asyncio.Queue[tuple[Any, ...]] = field(default_factory=asyncio.Queue)
    state: str = WAITING
    _inbox: asyncio.Queue[tuple[Any, ...]] = field(default_factory=asyncio.Queue)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def stop(self) -> None:
        """Asks it to end; it says ("error", 409, ...) unless it was over."""
        if self.state != OVER and not self._stopping.is_set():
            self._stopping.set()
            self._inbox.put_nowait((_STOP,))


class Worker:
    """A worker process: started when it is needed, started again when it died.

    Attributes:
        name: QUICK or LONG.
        grace: seconds from a stop until the process is ended.
    """

    def __init__(self, name: str, threads: int, warm: Mapping[str, str]) -> None:
        self.name = name
        self.grace = GRACE
        self._threads, self._warm = threads, warm
        self._turn = asyncio.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._job: Job | None = None
        self._closed = False

    @property
    def pid(self) -> int | None:
        """Of the process; None while there is none."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> None:
        """Starts the process unless it runs."""
        if self._closed or self.pid is not None:
            return
        group: dict[str, Any] = {"process_group": 0}  # so that Ctrl-C in the terminal is the server's alone
        if sys.platform == "win32":
            group = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-P", "-c", "from scorespace.server.work import main; main()", str(self._threads)),
                *(f"{name}={folder}" for name, folder in self._warm.items()),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            **group,
        )
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._listen, args=(self._process, loop), daemon=True).start()

    async def perform(self, job: Job) -> None:
        """Does a piece of work in its turn; what it says goes to `job.said`."""
        turn = asyncio.ensure_future(self._turn.acquire())
        stopped = asyncio.ensure_future(job._stopping.wait())
        await asyncio.wait({turn, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not turn.done():
            turn.cancel()
            job.state = OVER
            job.said.put_nowait(("error", *answers.STOPPED))
            return
        try:
            await self._run(job)
        finally:
            job.state, self._job = OVER, None
            self._turn.release()

    async def _run(self, job: Job) -> None:
        self.start()
        self._job, job.state = job, RUNNING
        await self._tell("work", job.id, job.order)
        reason: answers.Problem | None = None  # why it is to end
        begun = False  # before, the process starts or loads something, and is not to be blamed for it
        with _Timers(job._inbox) as timers:
            while True:
                message = await job._inbox.get()
                if message[0] == _BEGUN:
                    begun = True
                    timers.set(job.seconds, _SLOW)
                elif message[0] in (_STOP, _SLOW):
                    reason = answers.STOPPED if message[0] == _STOP else answers.TOO_SLOW
                    await self._tell("stop", job.id)
                    timers.set(self.grace, _KILL)
                elif message[0] == _KILL and not begun:
                    timers.set(self.grace, _KILL)
                elif message[0] == _KILL:
                    self._end()
                elif message[0] == _DIED:
                    self.start()
                    job.said.put_nowait(("error", *(reason or answers.CRASHED)))
                    return
                else:
                    job.said.put_nowait(("error", *reason) if reason and message[0] == "error" else message)
                    if message[0] != "line":
                        return

    async def _tell(self, *message: Any) -> None:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        with contextlib.suppress(OSError, ValueError):  # it died: the thread that listens tells
            await asyncio.to_thread(_write, process.stdin, message)

    def _listen(self, process: subprocess.Popen[bytes], loop: asyncio.AbstractEventLoop) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(RuntimeError):  # the loop is closed
            try:
                while True:
                    ident, *message = pickle.load(process.stdout)
                    loop.call_soon_threadsafe(self._heard, process, ident, tuple(message))
            except (EOFError, OSError, ValueError, pickle.UnpicklingError):
                process.wait()
                process.stdout.close()
                with contextlib.suppress(OSError):  # what it was not told any more
                    process.stdin.close()
                loop.call_soon_threadsafe(self._heard, process, None, (_DIED,))

    def _heard(self, process: subprocess.Popen[bytes], ident: str | None, message: tuple[Any, ...]) -> None:
        job = self._job
        if job and process is self._process and ident in (None, job.id):
            job._inbox.put_nowait(message)

    def _end(self) -> None:
        if self._process:
            self._process.kill()

    async def close(self) -> None:
        """Ends the process; what it works on is over."""
        self._closed = True
        process = self._process
        if process is None:
            return
        assert process.stdin is not None
        with contextlib.suppress(OSError):
            process.stdin.close()
        try:
            await asyncio.to_thread(process.wait, self.grace)
        except subprocess.TimeoutExpired:
            process.kill()
            await asyncio.to_thread(process.wait)


class _Timers:
    """Messages that come later, unless the work is over by then."""

    def __init__(self, inbox: asyncio.Queue[tuple[Any, ...]]) -> None:
        self._inbox = inbox
        self._handles: list[asyncio.TimerHandle] = []

    def set(self, seconds: float | None, message: str) -> None:
        """Sends the message after so many seconds; never where there are none."""
        if seconds is not None:
            loop = asyncio.get_running_loop()
            self._handles.append(loop.call_later(seconds, self._inbox.put_nowait, (message,)))

    def __enter__(self) -> _Timers:
        return self

    def __exit__(self, *error: object) -> None:
        for handle in self._handles:
            handle.cancel()


class Workers:
    """The worker processes of a server, and the work they have."""

    def __init__(self, warm: Mapping[str, Mapping[str, str]] | None = None) -> None:
        warm = warm or {}
        self._workers = {
            QUICK: Worker(QUICK, 1, warm.get(QUICK, {})),
            LONG: Worker(LONG, 2, warm.get(LONG, {})),
        }
        self._jobs: dict[str, Job] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Starts all, so that they are warm when the first work comes."""
        for worker in self._workers.values():
            worker.start()

    def submit(self, worker: str, job: Job) -> None:
        """Puts work on a worker's list."""
        self._jobs[job.id] = job
        task = asyncio.create_task(self._workers[worker].perform(job))
        self._tasks.add(task)

        def forget(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            self._jobs.pop(job.id, None)

        task.add_done_callback(forget)

    def __getitem__(self, name: str) -> Worker:
        return self._workers[name]

    @property
    def jobs(self) -> Sequence[Job]:
        """What waits and runs."""
        return list(self._jobs.values())

    def job(self, ident: str) -> Job | None:
        """The work of an id; None when it is over or never was."""
        return self._jobs.get(ident)

    def pids(self) -> dict[str, int | None]:
        """The process of each worker."""
        return {name: worker.pid for name, worker in self._workers.items()}

    async def close(self) -> None:
        """Ends the processes."""
        await asyncio.gather(*(worker.close() for worker in self._workers.values()))


def _write(stream: Any, message: Any) -> None:
    pickle.dump(message, stream, pickle.HIGHEST_PROTOCOL)
    stream.flush()
