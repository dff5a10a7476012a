"""The worker's side: a process that keeps spaces loaded and does one piece of work at a time.

The server writes pickled messages to its standard input and reads them from its standard output:

    in   ("work", id, {"function", "arguments", "streams", "gather", "spaces"})   ("stop", id)
    out  (id, "begun")   (id, "line", bytes)   (id, "done", bytes, media type)   (id, "error", status, {"error": ...})

A thread reads; the main thread works, so that a stop can be raised in it. When the input ends, so does the process.
"""

from __future__ import annotations

import _thread
import json
import os
import pickle
import queue
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, BinaryIO

from scorespace.errors import ModelError
from scorespace.server import answers

if TYPE_CHECKING:
    from scorespace.space import Space

JSON = "application/json"


class Cancelled(KeyboardInterrupt):
    """The work was stopped. No library catches it, because it is no Exception."""


@dataclass(frozen=True)
class File:
    """An answer that is a file."""

    data: bytes
    media_type: str


@dataclass
class Held:
    """What a worker keeps from one piece of work to the next.

    Attributes:
        folders: the spaces that may be used, name to folder.
        streams: whether the lines of this work go out one by one.
        loaded: the spaces so far.
    """

    folders: Mapping[str, str] = field(default_factory=dict)
    streams: bool = False
    loaded: dict[str, tuple[str, Space]] = field(default_factory=dict)

    def space(self, name: str) -> Space:
        """The space of a name that is known.

        Raises:
            ModelError: for any other name.
        """
        folder = self.folder(name)
        if name not in self.loaded or self.loaded[name][0] != folder:
            from scorespace.space import load

            self.loaded[name] = folder, load(folder)
        return self.loaded[name][1]

    def folder(self, name: str) -> str:
        """The folder of a space. Raises as `space` does."""
        if name not in self.folders:
            raise ModelError(f"There is no space {name[:60]!r} here: there are {', '.join(self.folders)}.")
        return self.folders[name]


class Worker:
    """The process's one object: what is asked of it comes through `messages`, what it says goes to `out`."""

    def __init__(self, messages: BinaryIO, out: BinaryIO, warm: Iterable[tuple[str, str]] = ()) -> None:
        self._in, self._out = messages, out
        self._jobs: queue.SimpleQueue[tuple[str, Mapping[str, Any]]] = queue.SimpleQueue()
        self._held = Held(dict(warm))
        self._warm = [name for name, _ in warm]
        self._stoppable: str | None = None  # the job that a stop may interrupt just now
        self._asked: str | None = None  # the job that is to stop

    def run(self) -> None:
        """Works until the server is gone."""
        signal.signal(signal.SIGINT, self._interrupt)
        threading.Thread(target=self._listen, daemon=True).start()
        while True:
            while self._warm and self._jobs.empty():
                self._preload(self._warm.pop(0))
            self._do(*self._jobs.get())

    def _preload(self, name: str) -> None:
        try:
            self._held.space(name)
        except Exception as error:  # whoever asks for this space is told
            print(f"{name} is not preloaded: {error}", file=sys.stderr)

    def _listen(self) -> None:
        try:
            while True:
                kind, ident, *rest = pickle.load(self._in)
                if kind == "work":
                    self._jobs.put((ident, rest[0]))
                else:
                    self._asked = ident
                    _thread.interrupt_main(signal.SIGINT)
        except (EOFError, OSError, pickle.UnpicklingError):
            os._exit(0)

    def _interrupt(self, number: int, frame: Any) -> None:
        if self._asked and self._stoppable == self._asked:
            self._stoppable = None
            raise Cancelled

    def _do(self, ident: str, job: Mapping[str, Any]) -> None:
        self._held.folders, self._held.streams = job["spaces"], job["streams"]
        try:
            try:
                module, name = job["function"].split(":")
                function = getattr(import_module(module), name)  # a stop while a library loads would break it
                self._say(ident, "begun")
                self._stoppable = ident
                if self._asked == ident:
                    raise Cancelled
                said = self._answer(ident, job, function)
            except Exception as error:
                if os.environ.get("SCORESPACE_DEBUG"):
                    sys.excepthook(*sys.exc_info())
                said = ("error", *answers.problem(error))
            self._stoppable = None
        except KeyboardInterrupt:
            self._stoppable = None
            said = ("error", *answers.STOPPED)
        self._say(ident, *said)

    def _answer(self, ident: str, job: Mapping[str, Any], function: Callable[..., Any]) -> tuple[Any, ...]:
        result = function(self._held, job["arguments"])
        if isinstance(result, File):
            return "done", result.data, result.media_type
        if isinstance(result, Iterator):
            if job["streams"]:
                for line in result:
                    self._say(ident, "line", _json(line))
                return "done", _json({"done": True}), JSON
            result = _gathered(result, job["gather"])
        return "done", _json(result), JSON

    def _say(self, *message: Any) -> None:
        # a stop must not leave half a message behind
        held, self._stoppable = self._stoppable, None
        pickle.dump(message, self._out, pickle.HIGHEST_PROTOCOL)
        self._out.flush()
        self._stoppable = held
        if held and held == self._asked:
            _thread.interrupt_main(signal.SIGINT)


def _gathered(lines: Iterator[Mapping[str, Any]], gather: str) -> Mapping[str, Any]:
    found = list(lines)
    if gather == "last":
        return found[-1] if found else {}
    return {f"{gather}s": [line[gather] for line in found if gather in line]}


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), allow_nan=False, ensure_ascii=False).encode()


def main() -> None:
    """The process: the arguments are the number of threads, and NAME=FOLDER of what is loaded at once."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints does not come between the messages
    threads, *warm = sys.argv[1:]
    os.environ.setdefault("OMP_NUM_THREADS", threads)
    import torch

    import scorespace.space  # noqa: F401  # with all that it needs, before anything can be stopped

    torch.set_num_threads(int(threads))
    pairs = [(name, folder) for name, _, folder in (one.partition("=") for one in warm)]
    try:
        Worker(sys.stdin.buffer, out, pairs).run()
    except BrokenPipeError:
        os._exit(0)
