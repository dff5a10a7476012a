"""A real server on a free port, in a thread, with worker processes and spaces small enough to make here."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from genre_space import save_genres
from launched import PATIENT, TOKEN
from tiny_groove_space import save_tiny_groove
from tiny_inpainter import save_inpainter
from tiny_space import save_tiny

from scorespace.server import app, launch
from scorespace.server.arguments import Argument, Number
from scorespace.server.routes import LONG, QUICK, ROUTES, Route
from scorespace.server.workers import Workers
from scorespace.space import Space, load

MAKERS = {"tiny": save_tiny, "inpainter": save_inpainter, "groove": save_tiny_groove, "genres": save_genres}
LEFT = Argument("left", Number(), "Any number.", 0)
# functions of `functions_in_a_worker`, reached as the real ones are
TRIALS = tuple(
    Route("POST", f"trial/{name}", name, f"functions_in_a_worker:{name}", (LEFT,), worker=worker, seconds=seconds)
    for name, worker, seconds in (
        ("count", QUICK, None),
        ("for_ever", LONG, None),
        ("stubborn", LONG, None),
        ("too_slow", LONG, 0.05),
        ("crash", LONG, None),
        ("memory", LONG, None),
        ("defect", LONG, None),
    )
)


@dataclass
class Running:
    """A server that runs in this process."""

    server: app.Server
    port: int

    def client(self, **options: Any) -> httpx.Client:
        """A client of its own, with the token."""
        headers = {"Authorization": f"Bearer {TOKEN}", **options.pop("headers", {})}
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", headers=headers, timeout=PATIENT, **options)


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Checkpoints by the name of their space."""
    root = tmp_path_factory.mktemp("spaces")
    return {name: make(root / name) for name, make in MAKERS.items()}


@pytest.fixture(scope="session")
def page_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Something like a built page, and a file beside it that is nobody's business."""
    folder = tmp_path_factory.mktemp("site") / "page"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>page</title>")
    (folder / "assets" / "main-1a2b.js").write_text("'use strict';")
    (folder.parent / "secret.txt").write_text("secret")
    (folder / "link.txt").symlink_to(folder.parent / "secret.txt")
    return folder


@pytest.fixture(scope="session")
def running(folders: dict[str, Path], page_folder: Path) -> Iterator[Running]:
    """The server of all tests here."""
    before = os.environ.get("PYTHONPATH")
    os.environ["SCORESPACE_STYLES"] = str(page_folder.parent / "styles")  # not the user's own
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), *([before] if before else [])])
    listening, _ = launch.listen(0)
    port = listening.getsockname()[1]
    workers = Workers()
    for name in (QUICK, LONG):
        workers[name].grace = PATIENT  # what ends by itself is not to be ended, however busy the machine is
    server = app.Server({name: str(folder) for name, folder in folders.items()}, workers)
    built = app.build(server, TOKEN, port, page_folder, (*ROUTES, *TRIALS))
    serving = uvicorn.Server(uvicorn.Config(built, log_level="error", ws="none", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=serving.run, kwargs={"sockets": [listening]})
    thread.start()
    yield Running(server, port)
    for name in (QUICK, LONG):
        workers[name].grace = 0.5
    serving.should_exit = True
    thread.join()
    listening.close()
    os.environ.pop("PYTHONPATH")
    os.environ.pop("SCORESPACE_STYLES")
    if before:
        os.environ["PYTHONPATH"] = before


@pytest.fixture
def client(running: Running) -> Iterator[httpx.Client]:
    """A client with the token."""
    with running.client() as opened:
        yield opened


@pytest.fixture(scope="session")
def spaces(folders: dict[str, Path]) -> dict[str, Space]:
    """The same spaces, in this process."""
    return {name: load(folder) for name, folder in folders.items()}
