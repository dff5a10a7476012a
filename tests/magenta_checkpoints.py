"""Writes checkpoints as magenta-js and TensorFlow do, from variables by name, so that the readers can be tested.

The TensorFlow writer is written from the format's description, apart from the reader; that both agree with TensorFlow
itself is tested with `tests/golden/magenta_tensorflow.tar`, which TensorFlow 2.21 wrote.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np

MELODY = {"type": "MusicVAE", "dataConverter": {"type": "MelodyConverter", "args": {"minPitch": 21, "maxPitch": 108}}}
MAGIC = 0xDB4775248B80FB57


def flat(inputs=90, outputs=90, z=2, encoder=2, decoder=2, layers=2) -> dict[str, np.ndarray]:
    """Variables of a flat model: widths of what the encoder reads and the decoder writes."""
    return _filled(_encoder(inputs, z, encoder, 1) | _decoder("", outputs, z, decoder, layers))


def hierarchical(outputs=(90,), z=2, encoder=2, conductor=3, decoder=2, layers=2, levels=1) -> dict[str, np.ndarray]:
    """Variables of a model with a conductor, and a decoder for each width of `outputs`; levels: of the encoder."""
    layer = _encoder(sum(outputs), z, encoder, 2) if levels == 1 else _levels(sum(outputs), z, encoder)
    layer["decoder/hierarchical_level_0/initial_state"] = (z, 4 * conductor)
    layer |= _lstms("decoder/hierarchical_level_0/cell_{}/lstm_cell", 1, conductor, 2)
    for part, width in enumerate(outputs):
        prefix = f"core_decoder/core_decoder_{part}/" if len(outputs) > 1 else "core_decoder/"
        layer |= _decoder(prefix, width, conductor, decoder, layers)
    return _filled(layer)


def _encoder(inputs, z, size, layers):
    made = {"encoder/mu": (2 * size, z), "encoder/sigma": (2 * size, z)}
    for direction in ("fw", "bw"):
        name = f"encoder/cell_{{}}/bidirectional_rnn/{direction}/multi_rnn_cell/cell_0/lstm_cell"
        for layer in range(layers):
            made[name.format(layer)] = ((2 * size if layer else inputs) + size, 4 * size)
    return made


def _levels(inputs, z, size):
    """An encoder of two levels, one layer each."""
    made = {}
    for level, heard in enumerate((inputs, 2 * size)):
        for name, shape in _encoder(heard, z, size, 1).items():
            made[name.replace("encoder/cell", f"encoder/hierarchical_level_{level}/cell")] = shape
    return made


def _decoder(prefix, width, context, size, layers):
    made = {f"{prefix}decoder/z_to_initial_state": (context, 2 * layers * size)}
    made[f"{prefix}decoder/output_projection"] = (size, width)
    return made | _lstms(f"{prefix}decoder/multi_rnn_cell/cell_{{}}/lstm_cell", width + context, size, layers)


def _lstms(name, inputs, size, layers):
    return {name.format(layer): ((size if layer else inputs) + size, 4 * size) for layer in range(layers)}


def _filled(shapes):
    """Numbers that float32 holds exactly, so that they are the same on every machine: k/128, none of them special."""
    made = {}
    for number, (layer, (rows, columns)) in enumerate(sorted(shapes.items())):
        for name, shape in ((f"{layer}/kernel", (rows, columns)), (f"{layer}/bias", (columns,))):
            places = np.arange(np.prod(shape)) * 37 + 11 * number + len(name)
            made[name] = ((places % 201 - 100) / np.float32(128)).astype(np.float32).reshape(shape)
    return made


def javascript(folder: Path, variables, spec=MELODY, quantised=None, shard_bytes=3000, groups=1) -> Path:
    """The folder of a magenta-js model. quantised: None, "uint8", "uint16" or "float16"."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(spec))
    manifest = []
    names = sorted(variables)
    for group in range(groups):
        weights, data = [], b""
        for name in names[group::groups]:
            entry, raw = _weight(name.removesuffix(":0"), np.asarray(variables[name]), quantised)
            weights.append(entry)
            data += raw
        count = -(-len(data) // shard_bytes)
        paths = [f"group{group + 1}-shard{k + 1}of{count}" for k in range(count)]
        for k, path in enumerate(paths):
            (folder / path).write_bytes(data[k * shard_bytes : (k + 1) * shard_bytes])
        manifest.append({"paths": paths, "weights": weights})
    (folder / "weights_manifest.json").write_text(json.dumps(manifest))
    return folder


def _weight(name, array, quantised):
    entry = {"name": name, "shape": list(array.shape), "dtype": str(array.dtype)}
    if quantised is None:
        return entry, array.tobytes()
    if quantised == "float16":
        return {**entry, "quantization": {"dtype": "float16"}}, array.astype("<f2").tobytes()
    most = np.iinfo(quantised).max
    least, scale = float(array.min()), float(np.ptp(array)) / most or 1.0
    stored = np.round((array.astype(float) - least) / scale).astype(quantised)
    return {**entry, "quantization": {"dtype": quantised, "min": least, "scale": scale}}, stored.tobytes()


def tensorflow(prefix: Path, variables, shards=1, keys_a_block=5) -> Path:
    """PREFIX.index and PREFIX.data-*; returns the prefix."""
    prefix.parent.mkdir(parents=True, exist_ok=True)
    data, entries = [b""] * shards, {b"": _field(1, shards) + _field(3, _field(1, 1))}
    for k, name in enumerate(sorted(variables)):
        array, shard = np.asarray(variables[name]), k % shards
        raw = array.tobytes()
        dtype = {"float32": 1, "int64": 9, "float64": 2}[str(array.dtype)]
        shape = b"".join(_field(2, _field(1, size)) for size in array.shape)
        message = _field(1, dtype) + _field(2, shape)
        message += _field(3, shard) + _field(4, len(data[shard])) + _field(5, len(raw))
        message += bytes([6 << 3 | 5]) + struct.pack("<I", masked(raw))
        entries[name.removesuffix(":0").encode()] = message
        data[shard] += raw
    for k, raw in enumerate(data):
        prefix.with_name(f"{prefix.name}.data-{k:05d}-of-{shards:05d}").write_bytes(raw)
    prefix.with_name(f"{prefix.name}.index").write_bytes(table(entries, keys_a_block))
    return prefix


def table(entries: dict[bytes, bytes], keys_a_block=5) -> bytes:
    """A sorted table of these entries."""
    keys, written, index = sorted(entries), b"", {}
    for begin in range(0, len(keys), keys_a_block):
        some = keys[begin : begin + keys_a_block]
        written, handle = _append(written, {key: entries[key] for key in some})
        index[some[-1]] = handle
    written, meta = _append(written, {})
    written, top = _append(written, index)
    return written + (meta + top).ljust(40, b"\0") + struct.pack("<Q", MAGIC)


def _append(written: bytes, entries: dict[bytes, bytes]) -> tuple[bytes, bytes]:
    block, last, restarts = b"", b"", []
    for k, (key, value) in enumerate(sorted(entries.items())):
        shared = 0
        if k % 3 == 0:
            restarts.append(len(block))
        else:
            while shared < min(len(key), len(last)) and key[shared] == last[shared]:
                shared += 1
        block += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        last = key
    restarts = restarts or [0]
    block += b"".join(struct.pack("<I", place) for place in restarts) + struct.pack("<I", len(restarts))
    handle = varint(len(written)) + varint(len(block))
    return written + block + b"\0" + struct.pack("<I", masked(block + b"\0")), handle


def _field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def plain_crc32c(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 255] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def masked(data: bytes) -> int:
    crc = plain_crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def _row(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
    return byte


_TABLE = [_row(byte) for byte in range(256)]
