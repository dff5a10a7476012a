"""A server of the app, and the Chromium that looks at it; for the tests and for `benchmarks/app_latency.py`."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = ("--no-sandbox", "--autoplay-policy=no-user-gesture-required", "--disable-gpu", "--mute-audio")


@dataclass
class Running:
    """A server that runs: its address with the token, and its process."""

    address: str
    process: subprocess.Popen[str]

    @property
    def origin(self) -> str:
        """The address without the token."""
        return self.address.split("/#")[0]

    @property
    def token(self) -> str:
        """Of this launch."""
        return self.address.split("token=")[1]

    def end(self) -> None:
        """Ends it as Ctrl-C does, and waits until it is over."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.process.wait(20)
        assert self.process.stdout is not None
        self.process.stdout.close()


@cache
def _own_styles() -> str:
    """A folder for the styles of these tests, which are not the user's."""
    folder = tempfile.mkdtemp(prefix="scorespace-styles-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def start_server(*options: str) -> Running:
    """Starts `scorespace app` on a free port, or with these options."""
    command = [sys.executable, "-m", "scorespace", "app", "--no-browser", *options]
    environment = {"SCORESPACE_STYLES": _own_styles(), **os.environ, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    assert "#token=" in address, f"scorespace app printed {address!r}"
    return Running(address, process)


def browser_path() -> str | None:
    """Where a Chromium is, None where there is none."""
    found = (shutil.which(name) for name in BROWSERS)
    return os.environ.get("SCORESPACE_CHROMIUM") or next((path for path in found if path), None)
