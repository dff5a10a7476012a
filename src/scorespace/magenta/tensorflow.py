"""Reads TensorFlow's checkpoints without TensorFlow: NAME.index and NAME.data-00000-of-00001, also inside a .tar.

The index is a table of protocol buffers: under "" how many data files there are, under a variable's name its type,
shape, file, place, size and checksum. Source: tensorflow/core/protobuf/tensor_bundle.proto.
"""

from __future__ import annotations

import hashlib
import lzma
import math
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scorespace.errors import InputError
from scorespace.magenta.checksum import masked_crc32c
from scorespace.magenta.files import Files, opened
from scorespace.magenta.source import BARS, MOST_BYTES, Source, checked, wanted
from scorespace.magenta.table import Fields, entries, fields

FLOAT = 1  # DT_FLOAT of tensorflow/core/framework/types.proto
MOST_INDEX = 64 << 20  # bytes
ENDINGS = re.compile(r"\.(index|meta|data-\d{5}-of-\d{5})$")


@dataclass(frozen=True)
class _Entry:
    """Where a variable's bytes are."""

    name: str
    shape: tuple[int, ...]
    shard: int
    offset: int
    size: int
    checksum: int


def read(path: Path) -> Source:
    """A checkpoint from its prefix, one of its files, its folder or its archive.

    Raises:
        InputError: when it is not there, damaged or cut off, or when there are several to choose from.
    """
    with opened(path) as (files, name):
        try:
            prefix = _prefix(files, ENDINGS.sub("", name), path)
            index = files.read(f"{prefix}.index", 0, MOST_INDEX)
            table = {key.decode("utf-8"): value for key, value in entries(index)}
            header = fields(table.get("", b""))
            shards = _number(header, 1)
            if not 1 <= shards <= 1000 or _number(header, 2) != 0:
                raise ValueError("it has no header of a little-endian checkpoint")
            found = [entry for name in wanted(table) if (entry := _entry(name, table[name]))]
            if sum(entry.size for entry in found) > MOST_BYTES:
                raise ValueError(f"its variables take more than {MOST_BYTES >> 30} GiB")
            # in the order of the files, because an archive that is compressed cannot go back cheaply
            found.sort(key=lambda entry: (entry.shard, entry.offset))
            variables = {entry.name: _values(entry, files, prefix, shards) for entry in found}
        except (ValueError, zlib.error, lzma.LZMAError) as error:
            raise InputError(f"{path}: is not a whole checkpoint of TensorFlow: {error}; fetch it again.") from error
        return Source(
            _called(prefix, path),
            "TensorFlow, weights of 32 bits",
            checked(variables, str(path)),
            {},
            hashlib.sha256(index).hexdigest(),
        )


def _prefix(files: Files, asked: str, path: Path) -> str:
    """The name that an index and its data files share: the one asked for, the latest, or the only one."""
    there = sorted(name.removesuffix(".index") for name in files.sizes if name.endswith(".index"))
    if asked in there:
        return asked
    if asked and asked not in files.sizes and not any(name.startswith(f"{asked}.") for name in files.sizes):
        raise InputError(f"{path}: is not there.")
    if asked or not there:
        raise InputError(
            f"{path}: is no checkpoint that is known: give the folder of a magenta-js model (with config.json), or a "
            "TensorFlow checkpoint's .index file, folder or .tar."
        )
    if "checkpoint" in files.sizes:  # where TensorFlow notes the latest
        said = files.read("checkpoint", 0, 1 << 16).decode("utf-8", "replace")
        latest = re.search(r'^model_checkpoint_path:\s*"([^"]*)"', said, re.MULTILINE)
        if latest and re.split(r"[/\\]", latest[1])[-1] in there:
            return re.split(r"[/\\]", latest[1])[-1]
    if len(there) > 1:
        raise InputError(f"{path}: holds several checkpoints, {', '.join(there[:5])}: name one of them.")
    return there[0]


def _called(prefix: str, path: Path) -> str:
    """The checkpoint's name, or that of its folder or archive where only this says how many bars it is for."""
    names = [re.sub(r"\.(ckpt(-\d+)?|tar|tgz|tar\.gz)$", "", name) for name in (prefix, path.name)]
    return next((name for name in names if BARS.search(name)), names[0])


def _entry(name: str, value: bytes) -> _Entry | None:
    """What the index says of a variable; None of one that is not float32."""
    message = fields(value)
    if _number(message, 1) != FLOAT:
        return None
    if message.get(7):
        raise ValueError(f"{name} is stored in slices, which Magenta never did")
    sizes = fields(_bytes(message, 2)).get(2, [])
    shape = tuple(_number(fields(size), 1) if isinstance(size, bytes) else -1 for size in sizes)
    entry = _Entry(name, shape, _number(message, 3), _number(message, 4), _number(message, 5), _number(message, 6))
    if len(shape) > 8 or 4 * math.prod(shape) != entry.size:
        raise ValueError(f"{name} of shape {shape} does not take {entry.size:,} bytes")
    return entry


def _values(entry: _Entry, files: Files, prefix: str, shards: int) -> np.ndarray:
    name = f"{prefix}.data-{entry.shard:05d}-of-{shards:05d}"
    if entry.offset + entry.size > files.sizes.get(name, -1):
        raise ValueError(f"{name} " + ("is cut off" if name in files.sizes else "is missing"))
    data = files.read(name, entry.offset, entry.size)
    if len(data) != entry.size:
        raise ValueError(f"{name} is cut off")
    if masked_crc32c(data) != entry.checksum:
        raise ValueError(f"the checksum of {entry.name} is wrong")
    return np.frombuffer(data, "<f4").reshape(entry.shape)


def _number(message: Fields, field: int) -> int:
    """A field as a whole number; 0 where it is left out, as everywhere in protocol buffers."""
    value = message.get(field, [0])[-1]
    if not isinstance(value, int):
        raise ValueError("a field is of another kind")
    return value


def _bytes(message: Fields, field: int) -> bytes:
    value = message.get(field, [b""])[-1]
    if not isinstance(value, bytes):
        raise ValueError("a field is of another kind")
    return value
