"""XML and zipped XML that nobody vouches for, read into a tree with limits on everything that could grow.

Entity declarations are refused (an entity can stand for a billion others), nothing outside the file is ever fetched,
and depth, elements and unpacked size are bounded. A plain DOCTYPE, as every MusicXML file has, is fine.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Collection
from typing import Any
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from scorespace.errors import InputError

LARGEST = 64 * 2**20  # bytes, unpacked
DEEPEST = 64
MOST_ELEMENTS = 2_000_000  # about half a GiB


def tree(data: bytes, name: str, passed_over: Collection[str]) -> Element:
    """The root element of XML, or of the main file in a .mxl archive, without the elements named in `passed_over`.

    Raises:
        InputError: for a damaged, oversized or hostile file.
    """
    if data[:4] == b"PK\x03\x04":
        data = _unzipped(data, name)
    return _Reader(name, frozenset(passed_over)).read(data)


def _unzipped(data: bytes, name: str) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _member(archive, _main_file(archive, name), name)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as error:
        reason = str(error)[:80] or type(error).__name__
        raise InputError(f"{name} is a damaged zip archive ({reason}); export it again.") from None


def _main_file(archive: zipfile.ZipFile, name: str) -> str:
    names = archive.namelist()
    for one in [*_rootfiles(archive, name), *names]:
        if one in names and one.lower().endswith((".xml", ".musicxml")) and not one.startswith("META-INF"):
            return one
    raise InputError(f"{name} is a zip archive without MusicXML inside; give a .mxl file.")


def _rootfiles(archive: zipfile.ZipFile, name: str) -> list[str]:
    """What the container names. One in five of OpenEWLD's is not XML (an apostrophe in the title): none then."""
    if "META-INF/container.xml" not in archive.namelist():
        return []
    try:
        container = _Reader(name, frozenset()).read(_member(archive, "META-INF/container.xml", name))
    except InputError:
        return []
    return [rootfile.get("full-path", "") for rootfile in container.iter("rootfile")]


def _member(archive: zipfile.ZipFile, member: str, name: str) -> bytes:
    if archive.getinfo(member).file_size > LARGEST:
        raise InputError(f"{name} unpacks to more than {LARGEST >> 20} MiB; that is no score.")
    with archive.open(member) as file:  # the directory may lie, so the read is bounded too
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise InputError(f"{name} unpacks to more than {LARGEST >> 20} MiB; that is no score.")
    return data


class _Reader:
    def __init__(self, name: str, passed_over: frozenset[str]) -> None:
        self.name, self.passed_over = name, passed_over
        self.builder = TreeBuilder()
        self.depth = self.elements = 0
        self.passing: int | None = None  # depth of the element that is being passed over

    def read(self, data: bytes) -> Element:
        parser: Any = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.EntityDeclHandler = self._entity
        try:
            parser.Parse(data, True)
            return self.builder.close()
        except (expat.ExpatError, AssertionError, LookupError, UnicodeError, ValueError) as error:
            reason = str(error)[:100]
            raise InputError(f"{self.name} is damaged XML ({reason}); export it again.") from None

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        self.elements += 1
        if self.depth > DEEPEST or self.elements > MOST_ELEMENTS:
            limit = f"{DEEPEST} levels" if self.depth > DEEPEST else f"{MOST_ELEMENTS:,} elements"
            raise InputError(f"{self.name} has more than {limit} of XML; that is no score.")
        if self.passing is None and tag in self.passed_over:
            self.passing = self.depth
        if self.passing is None:
            self.builder.start(tag, attributes)

    def _end(self, tag: str) -> None:
        if self.passing is None:
            self.builder.end(tag)
        elif self.passing == self.depth:
            self.passing = None
        self.depth -= 1

    def _text(self, text: str) -> None:
        if self.passing is None:
            self.builder.data(text)

    def _entity(self, *_: object) -> None:
        raise InputError(
            f"{self.name} declares XML entities, which no score needs and which can hide a trap; not read."
        )
