"""Where the files of a TensorFlow checkpoint are: in a folder, or in a tar archive, which is never unpacked."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

from scorespace.errors import InputError

MOST_MEMBERS = 1000
MOST_UNPACKED = 16 << 30  # bytes in an archive; the trio's checkpoint with its optimiser has 2.8 GB


class Files(Protocol):
    """Named files that can be read in parts."""

    sizes: dict[str, int]

    def read(self, name: str, offset: int, size: int) -> bytes:
        """Some bytes of a file; fewer where it ends."""


class Folder:
    """The files in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sizes = {path.name: path.stat().st_size for path in folder.iterdir() if path.is_file()}

    def read(self, name: str, offset: int, size: int) -> bytes:
        with (self.folder / name).open("rb") as file:
            file.seek(offset)
            return file.read(size)


class Archive:
    """The plain files of a tar archive by their last names; links and folders are passed over."""

    def __init__(self, archive: tarfile.TarFile) -> None:
        self.archive = archive
        self._members: dict[str, tarfile.TarInfo] = {}
        self._open: dict[str, IO[bytes]] = {}
        unpacked = 0
        for count, member in enumerate(archive):
            unpacked += member.size
            if count >= MOST_MEMBERS or unpacked > MOST_UNPACKED:
                raise InputError(
                    f"{archive.name!r}: holds more than {MOST_MEMBERS} files or {MOST_UNPACKED >> 30} GiB, "
                    "which no checkpoint of Magenta's does."
                )
            if member.isreg():
                self._members[PurePosixPath(member.name).name] = member
        self.sizes = {name: member.size for name, member in self._members.items()}

    def read(self, name: str, offset: int, size: int) -> bytes:
        if name not in self._open:
            file = self.archive.extractfile(self._members[name])
            assert file is not None  # of a plain file it never is
            self._open[name] = file
        self._open[name].seek(offset)
        return self._open[name].read(size)


@contextmanager
def opened(path: Path) -> Iterator[tuple[Files, str]]:
    """The files at `path` and what is asked of them: a folder (""), an archive (""), or a name among its neighbours."""
    try:
        if path.is_dir():
            yield Folder(path), ""
        elif path.is_file() and tarfile.is_tarfile(path):
            with tarfile.open(path) as archive:
                yield Archive(archive), ""
        elif path.parent.is_dir():
            yield Folder(path.parent), path.name
        else:
            raise InputError(f"{path}: is not there.")
    except (OSError, EOFError, tarfile.TarError) as error:
        said = getattr(error, "strerror", None) or error
        raise InputError(f"{path}: cannot be read ({said}): fetch it again.") from error
