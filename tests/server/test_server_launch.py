"""`scorespace app` itself: its port, its session, what it prints, and that nothing of it stays behind."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from scorespace.cli import app
from scorespace.errors import InputError, MissingExtraError, ModelError, UsageError
from scorespace.server import launch, page_files, registry

PATIENT = 300


def test_a_free_port_is_taken_and_only_on_this_machine():
    listening, taken = launch.listen(0)
    with listening:
        assert listening.getsockname()[0] == "127.0.0.1"
        assert not taken


def test_the_next_port_is_taken_when_nobody_chose_one(monkeypatch):
    first, _ = launch.listen(0)
    with first:
        number = first.getsockname()[1]
        monkeypatch.setattr(launch, "PORT", number)
        second, taken = launch.listen(None)
        with second:
            assert taken
            assert number < second.getsockname()[1] <= number + launch.NEXT
        with pytest.raises(UsageError, match=f"Port {number} cannot be used"):
            launch.listen(number)


def test_the_port_may_be_taken_again_at_once():
    first, _ = launch.listen(0)
    number = first.getsockname()[1]
    with socket.create_connection(("127.0.0.1", number)):
        first.accept()[0].close()
    first.close()
    launch.listen(number)[0].close()


@pytest.mark.parametrize("text", ["", "[]", '{"format": 2, "items": []}', '{"format": 1}', "[" * 100_000, "\0"])
def test_what_is_no_session_is_refused(tmp_path, text):
    path = tmp_path / "s.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"s\.json is no session"):
        launch.read_session(path)


def test_a_session_that_is_missing_or_too_large_is_refused(tmp_path, monkeypatch):
    with pytest.raises(InputError, match="cannot be read"):
        launch.read_session(tmp_path / "none.json")
    path = tmp_path / "s.json"
    path.write_text('{"format": 1, "items": []}')
    assert json.loads(launch.read_session(path)) == {"format": 1, "items": []}
    monkeypatch.setattr(launch, "LARGEST_SESSION", 3)
    with pytest.raises(InputError, match="larger"):
        launch.read_session(path)


def test_own_spaces_are_named_by_their_folders(tmp_path, folders):
    known = registry.folders([folders["tiny"]])
    assert known["tiny"] == str(folders["tiny"].resolve())
    assert "melody-2bar" in known
    with pytest.raises(UsageError, match="already"):
        registry.folders([folders["tiny"], folders["tiny"]])
    with pytest.raises(ModelError, match=r"config\.json"):
        registry.folders([tmp_path])


def test_a_page_that_was_not_built_is_named(tmp_path):
    with pytest.raises(InputError, match="npm run build"):
        page_files.index(tmp_path)


def test_a_missing_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(MissingExtraError, match=r"scorespace\[app\]"):
        launch.run()
    result = CliRunner().invoke(app, ["app", "--no-browser"])
    assert result.exit_code == 1
    assert "pip install 'scorespace[app]'" in result.stderr


@pytest.mark.slow
@pytest.mark.parametrize(("end", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)])
def test_nothing_stays_behind(tmp_path, folders, end, code):
    session = tmp_path / "s.json"
    session.write_text('{"format": 1, "items": [], "tool": "edit"}')
    options = ("app", "--no-browser", "--port", str(free_port()), "-m", str(folders["tiny"]), "--session", str(session))
    # a group of its own, as a terminal gives it; Ctrl-C goes to all of the group
    started = subprocess.Popen(
        [sys.executable, "-m", "scorespace", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
        # where this suite itself runs in the background, Ctrl-C is ignored and would be there too
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    address, _, token = started.stdout.readline().strip().partition("#token=")
    assert address == f"http://127.0.0.1:{options[3]}/"
    assert len(token) >= 32
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=PATIENT) as client:
        assert client.get("v1/session").json()["session"]["tool"] == "edit"
        workers = list(client.get("v1/health").json()["workers"].values())
        assert client.post("v1/sample", json={"space": "tiny", "n": 1}).status_code == 200
        body = {"space": "melody-32bar", "n": 256}  # far from over when the end comes
        with client.stream("POST", "v1/sample", json=body, headers={"Accept": "application/x-ndjson"}) as response:
            lines = response.iter_lines()
            next(lines)
            os.killpg(started.pid, end)
            with contextlib.suppress(httpx.TransportError):
                assert sum(1 for _ in lines) < 255
    _, talk = started.communicate(timeout=PATIENT)
    assert started.returncode == code
    assert "Traceback" not in talk
    last = time.monotonic() + PATIENT
    while any(Path(f"/proc/{pid}").exists() for pid in workers) if Path("/proc").exists() else False:
        assert time.monotonic() < last


def free_port() -> int:
    """A port that is free just now."""
    listening, _ = launch.listen(0)
    with listening:
        return int(listening.getsockname()[1])


def test_the_server_itself_imports_no_torch():
    """It answers at once, and its memory is the workers' to have."""
    seen = "import sys, scorespace.server.launch, scorespace.server.app; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", seen], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
