"""Reads the checkpoints of magenta-js, which are those of TensorFlow.js.

    config.json             {"type": "MusicVAE", "dataConverter": {"type", "args"}, ...}
    weights_manifest.json   a list of groups {"paths": [shard, ...], "weights": [{"name", "shape", "dtype", ...}, ...]}
    group1-shard1of5 ...    the bytes of a group's weights one after the other, little-endian, cut into files

A weight with {"quantization": {"dtype", "scale", "min"}} is stored in whole numbers: value = number * scale + min; one
of dtype float16 is stored as it is. Source: tfjs-core, io/io_utils.ts (decodeWeights) and io/types.ts.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import numpy as np

from scorespace.errors import InputError
from scorespace.magenta.source import MOST_BYTES, Source, checked, wanted

CONFIG, MANIFEST = "config.json", "weights_manifest.json"
TYPES = {"float32": "<f4", "int32": "<i4", "bool": "|u1"}
QUANTISED = {"uint8": "|u1", "uint16": "<u2", "float16": "<f2"}
MOST_JSON = 16 << 20  # bytes


@dataclass(frozen=True)
class _Weight:
    """An entry of the manifest: how it is stored, and how its numbers are meant (1 and 0 where they are meant so)."""

    name: str
    shape: tuple[int, ...]
    stored: np.dtype
    scale: float
    least: float

    @property
    def size(self) -> int:
        return math.prod(self.shape) * self.stored.itemsize


def read(folder: Path) -> Source:
    """A checkpoint from its folder.

    Raises:
        InputError: when a file is missing, damaged, too short or too long, or leads out of the folder; names it.
    """
    spec = _json(folder / CONFIG)
    if not isinstance(spec, dict) or spec.get("type") != "MusicVAE":
        found = spec.get("type") if isinstance(spec, dict) else None
        raise InputError(f"{folder / CONFIG}: is for a model of type {found!r}; only MusicVAE is taken.")
    manifest = folder / MANIFEST
    groups = _json(manifest)
    if not isinstance(groups, list) or not all(isinstance(group, dict) for group in groups):
        raise InputError(f"{manifest}: is not a manifest of TensorFlow.js (a list of groups of weights).")
    digest = hashlib.sha256()
    variables: dict[str, np.ndarray] = {}
    bits = set()
    for group in groups:
        weights = [_weight(entry, manifest) for entry in _list(group, "weights", manifest)]
        data = _group(folder, _list(group, "paths", manifest), sum(weight.size for weight in weights), manifest)
        digest.update(data)
        variables.update(_values(weights, data))
        bits |= {8 * weight.stored.itemsize for weight in weights}
    layout = f"JavaScript, weights of {' and '.join(map(str, sorted(bits)))} bits"
    return Source(folder.name, layout, checked(variables, str(manifest)), spec, digest.hexdigest())


def _values(weights: list[_Weight], data: bytearray) -> Iterator[tuple[str, np.ndarray]]:
    kept, offset = set(wanted(weight.name for weight in weights)), 0
    for weight in weights:
        if weight.name in kept:
            stored = np.frombuffer(data, weight.stored, math.prod(weight.shape), offset).reshape(weight.shape)
            # in float64, as JavaScript computes, then rounded
            plain = (weight.scale, weight.least) == (1.0, 0.0)
            meant = stored if plain else stored.astype(np.float64) * weight.scale + weight.least
            yield weight.name, meant.astype(np.float32, copy=False)
        offset += weight.size


def _weight(entry: Any, manifest: Path) -> _Weight:
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        raise InputError(f"{manifest}: has a weight without a name.")
    name, shape, dtype = entry["name"], entry.get("shape"), entry.get("dtype")
    if not (isinstance(shape, list) and len(shape) <= 8 and all(type(n) is int and 0 <= n < 2**40 for n in shape)):
        raise InputError(f"{manifest}: {name} has no usable shape, but {str(shape)[:60]}.")
    quantised = entry.get("quantization")
    if quantised is None:
        if not isinstance(dtype, str) or dtype not in TYPES:
            raise InputError(f"{manifest}: {name} has the type {dtype!r}; {', '.join(TYPES)} are taken.")
        return _Weight(name, tuple(shape), np.dtype(TYPES[dtype]), 1.0, 0.0)
    kind = quantised.get("dtype") if isinstance(quantised, dict) else None
    if not isinstance(kind, str) or kind not in QUANTISED:
        raise InputError(f"{manifest}: {name} is quantised to {kind!r}; {', '.join(QUANTISED)} are taken.")
    if kind == "float16":
        return _Weight(name, tuple(shape), np.dtype(QUANTISED[kind]), 1.0, 0.0)
    scale, least = (quantised.get(key) for key in ("scale", "min"))
    if not all(isinstance(x, int | float) and abs(x) < 1e30 for x in (scale, least)):
        raise InputError(f"{manifest}: {name} is quantised without a usable scale and min.")
    return _Weight(name, tuple(shape), np.dtype(QUANTISED[kind]), float(scale), float(least))


def _group(folder: Path, paths: list[Any], size: int, manifest: Path) -> bytearray:
    """The bytes of a group's shards, joined; they are `size`, which is made sure of before they are read."""
    files = [_shard(folder, path, manifest) for path in paths]
    try:
        there = sum(file.stat().st_size for file in files)
        if there != size or size > MOST_BYTES:
            raise InputError(
                f"{manifest}: its weights take {size:,} bytes but the {len(files)} shard file(s) hold {there:,}: "
                "fetch the checkpoint again."
            )
        data = bytearray()
        for file in files:
            data += file.read_bytes()
    except OSError as error:
        raise InputError(f"{error.filename}: cannot be read: {error.strerror or error}.") from error
    return data


def _shard(folder: Path, path: Any, manifest: Path) -> Path:
    outside = not isinstance(path, str) or "\\" in path or "\0" in path or PureWindowsPath(path).drive
    if outside or PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        raise InputError(f"{manifest}: names a shard outside its folder, {path!r}; nothing was read.")
    return folder / str(path)


def _list(group: dict[str, Any], key: str, manifest: Path) -> list[Any]:
    found = group.get(key)
    if not isinstance(found, list):
        raise InputError(f"{manifest}: a group has no list of {key}.")
    return found


def _json(path: Path) -> Any:
    try:
        if path.stat().st_size > MOST_JSON:
            raise InputError(f"{path}: is too large for what it should be.")
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"{path.parent}: has no {path.name}, which every checkpoint of magenta-js has.") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: is not JSON ({error}): fetch it again.") from error
