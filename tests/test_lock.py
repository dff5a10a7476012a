"""One writer a folder, and no lock that outlives its process."""

import subprocess
import sys

import pytest

from scorespace.errors import UsageError
from scorespace.lock import alone_in

HOLD = """
import pathlib, sys
from scorespace.lock import alone_in
with alone_in(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_writer_is_refused_until_the_first_has_ended(tmp_path):
    folder = tmp_path / "run"
    with (
        alone_in(folder),
        pytest.raises(UsageError, match="run is being written by another scorespace"),
        alone_in(folder),
    ):
        pass
    with alone_in(folder):
        assert folder.is_dir()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows removes no open file")
def test_nothing_stays_behind(tmp_path):
    with pytest.raises(KeyError), alone_in(tmp_path):
        raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_a_killed_writer_holds_nothing(tmp_path):
    words = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline().strip() == b"held"
        with pytest.raises(UsageError), alone_in(tmp_path):
            pass
        other.kill()
    with alone_in(tmp_path):
        pass
