"""One writer a folder: two programs that prepare or train into the same one would spoil each other's files."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from scorespace.errors import UsageError

LOCK = ".lock"
_HELD = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Holds the folder, which is made where it is missing, until the end of the block.

    The system drops the lock when the process ends, however it ends: a lock file that stays behind means nothing. Where
    the file system knows no locks, nothing is held.

    Raises:
        UsageError: when another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / LOCK
    with path.open("wb") as file:
        if not _take(file, path):
            raise UsageError(
                f"{folder} is being written by another scorespace: wait for its end, or choose another folder with -o."
            )
        try:
            yield
        finally:
            with contextlib.suppress(OSError):  # Windows removes no open file
                path.unlink()


def _take(file: BinaryIO, path: Path) -> bool:
    try:
        _lock(file)
        return os.path.samestat(os.fstat(file.fileno()), path.stat())  # else the holder has just removed it
    except FileNotFoundError:
        return False
    except OSError as error:
        return error.errno not in _HELD


def _lock(file: BinaryIO) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
