"""`scorespace app`: a socket on this machine, a token for this launch, worker processes, and the browser."""

from __future__ import annotations

import importlib
import json
import os
import secrets
import socket
import threading
import webbrowser
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from scorespace.errors import InputError, MissingExtraError, ScorespaceError, UsageError

PORT = 8765
NEXT = 20  # ports that are tried after a taken one
HOST = "127.0.0.1"
PAGE_VARIABLE = "SCORESPACE_PAGE"  # another folder of the built page, for those who work on it
LARGEST_SESSION = 20 * 2**20  # bytes
WARM = ("melody-2bar", "folk-inpaint")  # spaces that are loaded before anybody asks


def run(
    port: int | None = None,
    browser: bool = True,
    session: Path | None = None,
    spaces: Sequence[Path] = (),
    runs: Path | None = None,
    data: Sequence[Path] = (),
    say: Callable[[str], None] = lambda text: None,
    show: Callable[[str], None] = print,
) -> None:
    """Serves the app until it is interrupted.

    Args:
        port: to listen on; None = 8765, or the next free one.
        browser: whether to open the page.
        session: a file that the app saved, to begin with.
        spaces: folders of checkpoints that the app shall have beside the bundled ones.
        runs: a folder of runs of training to list, into which new ones go; those that the app started without it are
            listed too.
        data: folders of prepared data sets, or folders of such folders.
        say: told what happens, one line at a time.
        show: told the address of the page.

    Raises:
        MissingExtraError: when Starlette or uvicorn is not installed.
        UsageError: when the port cannot be used.
        InputError: when the session or the page cannot be read.
        ModelError: when one of the folders is no checkpoint.
        ScorespaceError: when it cannot start.
    """
    uvicorn = _required()
    from scorespace.server.app import Server, build
    from scorespace.server.page_files import PAGE
    from scorespace.server.registry import folders
    from scorespace.server.routes import QUICK
    from scorespace.server.runs import Runs, runs_folder
    from scorespace.server.workers import Workers

    kept = None if session is None else read_session(session)
    listening, taken = listen(port)
    number = listening.getsockname()[1]
    token = secrets.token_urlsafe(24)
    registry = folders(spaces)
    warm = {name: registry[name] for name in WARM if name in registry}
    server = Server(registry, Workers({QUICK: warm}), kept)
    server.runs = Runs([*([runs] if runs else []), runs_folder()], data, registry)
    server.runs.register()
    server.closing.append(server.runs.close)
    app = build(server, token, number, Path(os.environ.get(PAGE_VARIABLE) or PAGE))
    if taken:
        say(f"Port {PORT} is in use; {number} is taken instead.")
    address = f"http://{HOST}:{number}/#token={token}"
    say("Scorespace runs on this machine alone. Ctrl-C ends it. Open:")
    show(address)
    level = "error" if os.environ.get("SCORESPACE_DEBUG") else "critical"  # it calls answers errors that Ctrl-C cut off
    config = uvicorn.Config(
        app,
        log_level=level,
        access_log=False,
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=1,
        timeout_keep_alive=30,
        h11_max_incomplete_event_size=64 * 2**10,
    )
    with listening:
        if browser:  # beside: a browser in the terminal would not let the server begin
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        serving = uvicorn.Server(config)
        serving.run(sockets=[listening])
    if not serving.started:
        raise ScorespaceError("The app could not start its worker processes; SCORESPACE_DEBUG=1 shows why.")


def listen(port: int | None) -> tuple[socket.socket, bool]:
    """A listening socket on this machine alone, and whether the usual port was taken.

    Raises:
        UsageError: when no port can be used.
    """
    tries = range(PORT, PORT + 1 + NEXT) if port is None else [port]
    for number in tries:
        # the protocol is named because asyncio sends at once (TCP_NODELAY) only on sockets that say TCP: without it
        # every answer after the first waits 40 ms for an acknowledgement
        opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        if os.name != "nt":  # there it would let two programs have the same port
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            opened.bind((HOST, number))
            opened.listen(128)
            return opened, number not in (port, PORT)
        except OSError as error:
            opened.close()
            problem = error.strerror or str(error)
    if port is None:
        raise UsageError(f"The ports {PORT} to {PORT + NEXT} are all in use: name another with --port.")
    raise UsageError(f"Port {port} cannot be used ({problem}): name another, or none to take a free one.")


def read_session(path: Path) -> bytes:
    """A session's JSON text.

    Raises:
        InputError: when it cannot be read or is no session.
    """
    try:
        if path.stat().st_size > LARGEST_SESSION:
            raise InputError(f"{path.name} is larger than {LARGEST_SESSION >> 20} MiB; that is no session.")
        data = path.read_bytes()
        found = json.loads(data)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}): check the path.") from None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or found.get("format") != 1 or not isinstance(found.get("items"), list):
        raise InputError(f"{path.name} is no session that the app saved.")
    return data


def _required() -> Any:
    for package in ("starlette", "uvicorn"):
        try:
            found = importlib.import_module(package)
        except ImportError:
            raise MissingExtraError(package, "app", "The app") from None
    return found
