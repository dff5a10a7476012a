"""SoundFont 2 files: read whole, written with samples as Ogg Vorbis (SF3)."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

KEYS, VELOCITIES, INSTRUMENT, SAMPLE = 43, 44, 41, 53  # generators that every reader must know
VORBIS = 16  # the bit of a sample's type that says so; 1 is mono
ADDED_BY_PRESET = frozenset({5, 6, 7, 8, 9, 10, 11, 13, 15, 16, 17, *range(21, 41), 48, 51, 52, 56})


@dataclass(frozen=True)
class Sample:
    """A sample: where it lies in the bank's data and where it loops, in points of that data."""

    name: str
    start: int
    end: int
    loop_start: int
    loop_end: int
    rate: int
    key: int
    correction: int
    link: int
    kind: int


@dataclass
class Zone:
    """Generators by number (signed; ranges as (low, high)), modulators as they stand in the file."""

    generators: dict[int, int] = field(default_factory=dict)
    modulators: list[bytes] = field(default_factory=list)
    keys: tuple[int, int] = (0, 127)
    velocities: tuple[int, int] = (0, 127)

    def over(self, base: Zone) -> Zone:
        """This zone with what it does not say taken from a global one."""
        own = {m[:2] + m[2:4] for m in self.modulators}
        mods = [m for m in base.modulators if m[:2] + m[2:4] not in own] + self.modulators
        keys = self.keys if self.keys != (0, 127) else base.keys
        velocities = self.velocities if self.velocities != (0, 127) else base.velocities
        return Zone({**base.generators, **self.generators}, mods, keys, velocities)

    def plus(self, preset: Zone) -> Zone:
        """This instrument's zone as it sounds inside a preset's zone."""
        generators = dict(self.generators)
        for number, value in preset.generators.items():
            if number in ADDED_BY_PRESET:
                generators[number] = max(-32768, min(32767, generators.get(number, _DEFAULTS.get(number, 0)) + value))
        return Zone(
            generators,
            [*self.modulators, *preset.modulators],
            (max(self.keys[0], preset.keys[0]), min(self.keys[1], preset.keys[1])),
            (max(self.velocities[0], preset.velocities[0]), min(self.velocities[1], preset.velocities[1])),
        )


_DEFAULTS = {8: 13500, 21: -12000, 23: -12000, 25: -12000, 26: -12000, 27: -12000, 28: -12000, 30: -12000,
             33: -12000, 34: -12000, 35: -12000, 36: -12000, 38: -12000, 56: 100}  # fmt: skip


@dataclass
class Preset:
    """One program: each zone sounds by itself."""

    name: str
    program: int
    bank: int
    zones: list[Zone]


@dataclass
class Bank:
    """A bank: presets with their zones flattened, and the data of the samples (points, int16, little endian)."""

    presets: list[Preset]
    samples: list[Sample]
    data: memoryview


def read(path: Path) -> Bank:
    """A bank as it sounds: every preset's instruments are written out into its zones."""
    chunks = _chunks(memoryview(path.read_bytes()))
    samples = [_sample(record) for record in struct.iter_unpack("<20sIIIIIBbHH", chunks["shdr"])][:-1]
    instruments = [
        _layer(chunks, "i", first, after)
        for (_, first), (_, after) in pairwise(struct.iter_unpack("<20sH", chunks["inst"]))
    ]
    presets = []
    headers = list(struct.iter_unpack("<20sHHHIII", chunks["phdr"]))
    for (name, program, bank, first, *_), (_, _, _, after, *_) in pairwise(headers):
        zones = [
            inner.plus(outer)
            for outer in _layer(chunks, "p", first, after)
            for inner in instruments[outer.generators[INSTRUMENT]]
        ]
        sounding = [z for z in zones if z.keys[0] <= z.keys[1] and z.velocities[0] <= z.velocities[1]]
        presets.append(Preset(_text(name), program, bank, sounding))
    return Bank(presets, samples, chunks["smpl"])


def _chunks(data: memoryview, start: int = 12) -> dict[str, memoryview]:
    found: dict[str, memoryview] = {}
    while start + 8 <= len(data):
        name, size = bytes(data[start : start + 4]).decode(), struct.unpack_from("<I", data, start + 4)[0]
        inside = data[start + 8 : start + 8 + size]
        if name == "LIST":
            found |= _chunks(inside, 4)
        else:
            found[name] = inside
        start += 8 + size + size % 2
    return found


def _sample(record: tuple[Any, ...]) -> Sample:
    name, start, end, loop_start, loop_end, rate, key, correction, link, kind = record
    return Sample(_text(name), start, end, loop_start, loop_end, rate, key, correction, link, kind)


def _text(name: bytes) -> str:
    return name.split(b"\0")[0].decode("latin-1").strip()


def _layer(chunks: dict[str, memoryview], which: str, first: int, after: int) -> list[Zone]:
    """The zones of an instrument ("i") or a preset ("p"), with its global zone written into each."""
    bags = list(struct.iter_unpack("<HH", chunks[which + "bag"][4 * first : 4 * (after + 1)]))
    last = SAMPLE if which == "i" else INSTRUMENT
    zones, base = [], Zone()
    for number, ((gen, mod), (gen_after, mod_after)) in enumerate(pairwise(bags)):
        zone = Zone()
        for kind, low, high in struct.iter_unpack("<HBB", chunks[which + "gen"][4 * gen : 4 * gen_after]):
            if kind == KEYS:
                zone.keys = (low, high)
            elif kind == VELOCITIES:
                zone.velocities = (low, high)
            else:
                value = low | high << 8
                zone.generators[kind] = value - 65536 if value > 32767 and kind not in (last,) else value
        mods = chunks[which + "mod"][10 * mod : 10 * mod_after]
        zone.modulators = [bytes(mods[at : at + 10]) for at in range(0, len(mods), 10)]
        if last in zone.generators:
            zones.append(zone.over(base))
        elif number == 0:
            base = zone
    return zones
