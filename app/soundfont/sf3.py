"""Writes a bank: presets whose zones are those of one instrument, samples as Ogg Vorbis streams."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from sf2 import KEYS, SAMPLE, VORBIS, Preset


@dataclass(frozen=True)
class Stream:
    """A sample as it is written."""

    name: str
    data: bytes
    points: int
    loop: tuple[int, int]
    rate: int
    key: int
    correction: int


def packed(presets: list[Preset], streams: list[Stream], info: dict[str, str]) -> bytes:
    """The bytes of an SF3 file."""
    said = _chunk("ifil", struct.pack("<HH", 3, 0)) + b"".join(
        _chunk(k, _even(v.encode("latin-1"))) for k, v in info.items()
    )
    data = b"".join(stream.data for stream in streams)
    body = _list("INFO", said) + _list("sdta", _chunk("smpl", data)) + _list("pdta", _hydra(presets, streams))
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"sfbk" + body


def _hydra(presets: list[Preset], streams: list[Stream]) -> bytes:
    phdr, pbag, pgen, inst, ibag, igen, imod = b"", b"", b"", b"", b"", b"", b""
    bags = gens = mods = 0
    for number, preset in enumerate(presets):
        phdr += struct.pack("<20sHHHIII", _name(preset.name), preset.program, preset.bank, number, 0, 0, 0)
        pbag += struct.pack("<HH", number, 0)
        pgen += struct.pack("<HH", 41, number)
        inst += struct.pack("<20sH", _name(preset.name), bags)
        for zone in preset.zones:
            ibag += struct.pack("<HH", gens, mods)
            igen += struct.pack("<HBB", KEYS, *zone.keys)
            others = sorted((k, v) for k, v in zone.generators.items() if k != SAMPLE)
            igen += b"".join(struct.pack("<Hh", kind, value) for kind, value in others)
            igen += struct.pack("<HH", SAMPLE, zone.generators[SAMPLE])
            imod += b"".join(zone.modulators)
            bags, gens, mods = bags + 1, gens + len(others) + 2, mods + len(zone.modulators)
    phdr += struct.pack("<20sHHHIII", b"EOP", 0, 0, len(presets), 0, 0, 0)
    pbag += struct.pack("<HH", len(presets), 0)
    inst += struct.pack("<20sH", b"EOI", bags)
    ibag += struct.pack("<HH", gens, mods)
    parts = {
        "phdr": phdr, "pbag": pbag, "pmod": bytes(10), "pgen": pgen + bytes(4),
        "inst": inst, "ibag": ibag, "imod": imod + bytes(10), "igen": igen + bytes(4), "shdr": _headers(streams),
    }  # fmt: skip
    return b"".join(_chunk(name, part) for name, part in parts.items())


def _headers(streams: list[Stream]) -> bytes:
    """In SF3 a sample begins and ends at bytes of the data, and its loop is counted in points from its beginning."""
    out, at = b"", 0
    for stream in streams:
        place = (at, at + len(stream.data), *stream.loop, stream.rate)
        out += struct.pack("<20sIIIIIBbHH", _name(stream.name), *place, stream.key, stream.correction, 0, 1 | VORBIS)
        at += len(stream.data)
    return out + struct.pack("<20sIIIIIBbHH", b"EOS", 0, 0, 0, 0, 0, 0, 0, 0, 0)


def _name(name: str) -> bytes:
    return name.encode("latin-1", "replace")[:19]


def _even(data: bytes) -> bytes:
    return data + bytes(2 - len(data) % 2)


def _chunk(name: str, data: bytes) -> bytes:
    return name.encode() + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)


def _list(kind: str, data: bytes) -> bytes:
    return _chunk("LIST", kind.encode() + data)
