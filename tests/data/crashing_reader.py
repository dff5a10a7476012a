"""A worker whose reader dies on files called "crash", stands still on "hang" and fails on "defect"."""

from __future__ import annotations

import os
import threading
from multiprocessing.connection import Connection

from scorespace.data import corpora, workers

_read = corpora.scores
_serve = workers._serve


def serve(connection: Connection, job: workers.Job) -> None:
    corpora.scores = scores
    _serve(connection, job)


def scores(path):
    if "crash" in path:
        os._exit(7)
    if "hang" in path:
        threading.Event().wait()
    if "defect" in path:
        raise KeyError("a defect")
    return _read(path)
