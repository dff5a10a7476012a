"""Makes the app's bank from FluidR3: python make.py FluidR3_GM.sf2 ../public/bank.sf3 (needs NumPy and soundfile).

What stays and what goes is told in README.md beside this.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import numpy as np
from audio import Cut, make, vorbis
from sf2 import SAMPLE, Bank, Preset, Sample, Zone, read
from sf3 import Stream, packed
from thin import drums, melodic

HOLD, DECAY, SUSTAIN, MODES = 35, 36, 37, 54
OFFSETS = (0, 1, 2, 3, 4, 12, 45, 50)  # where a zone begins, ends and loops otherwise than its sample
APART = {0: 5, 1: 5, 3: 5, 24: 6, 25: 6, 48: 6, 49: 6}  # semitones between samples, by program; the rest:
OTHERWISE = 8
RATE, DRUM_RATE = 22050, 32000
LONGEST, LONGEST_DRUM = 2.8, 1.8  # seconds
QUALITY, DRUM_QUALITY = 0.3, 0.25
INFO = {
    "isng": "EMU8000",
    "INAM": "Scorespace General MIDI, from FluidR3",
    "ICOP": "Copyright 2000-2002, 2008 Frank Wen; MIT licence, see the file beside this one",
}


class Pool:
    """The samples that are used, each made once."""

    def __init__(self, bank: Bank) -> None:
        self.bank = bank
        self.points = np.frombuffer(bank.data, "<i2")
        self.streams: list[Stream] = []
        self.cuts: list[Cut] = []
        self.numbers: dict[tuple[object, ...], int] = {}

    def take(self, zone: Zone, drum: bool) -> Zone:
        """The zone with its sample's new number, its offsets worked into the sample."""
        sample = self.bank.samples[zone.generators[SAMPLE]]
        g = zone.generators
        start = sample.start + g.get(0, 0) + 32768 * g.get(4, 0)
        end = sample.end + g.get(1, 0) + 32768 * g.get(12, 0)
        loop_start = sample.loop_start + g.get(2, 0) + 32768 * g.get(45, 0)
        loop_end = sample.loop_end + g.get(3, 0) + 32768 * g.get(50, 0)
        looped = g.get(MODES, 0) in (1, 3) and start <= loop_start < loop_end - 7 <= end
        key = (start, end, loop_start, loop_end) if looped else (start, end)
        if (key, drum) not in self.numbers:
            loop = (loop_start - start, loop_end - start) if looped else None
            self.numbers[key, drum] = self._add(sample, self.points[start:end] / 32768, loop, drum)
        number = self.numbers[key, drum]
        generators = {kind: value for kind, value in g.items() if kind not in OFFSETS} | {SAMPLE: number}
        generators[MODES] = g.get(MODES, 0) if looped else 0
        return Zone(_fading(generators, self.cuts[number]), zone.modulators, zone.keys)

    def _add(self, sample: Sample, points: np.ndarray, loop: tuple[int, int] | None, drum: bool) -> int:
        cut = make(points, sample.rate, loop, *((DRUM_RATE, LONGEST_DRUM) if drum else (RATE, LONGEST)))
        data = vorbis(cut, DRUM_QUALITY if drum else QUALITY)
        where = cut.loop or (0, len(cut.points))
        self.cuts.append(cut)
        self.streams.append(Stream(sample.name, data, len(cut.points), where, cut.rate, sample.key, sample.correction))
        return len(self.streams) - 1


def _fading(generators: dict[int, int], cut: Cut) -> dict[int, int]:
    """A loop made in a sound that dies away goes on dying away: by the envelope, as the recording did."""
    if cut.fall:
        generators[HOLD] = _timecents(cut.hold)
        generators[DECAY] = _timecents(100 / cut.fall)
        generators[SUSTAIN] = 1000
    return generators


def _timecents(seconds: float) -> int:
    return max(-12000, min(8000, round(1200 * math.log2(max(seconds, 0.001)))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    asked = parser.parse_args()
    bank = read(asked.source)
    pool, presets = Pool(bank), []
    for preset in sorted(bank.presets, key=lambda p: (p.bank, p.program)):
        if preset.bank == 0:
            thinned = melodic(preset, bank.samples, APART.get(preset.program, OTHERWISE))
            presets.append(Preset(preset.name, preset.program, 0, [pool.take(zone, False) for zone in thinned]))
        elif (preset.bank, preset.program) == (128, 0):
            presets.append(Preset(preset.name, 0, 128, [pool.take(z, True) for z in drums(preset, bank.samples)]))
    data = packed(presets, pool.streams, INFO)
    asked.target.write_bytes(data)
    zones = sum(len(preset.zones) for preset in presets)
    seconds = sum(stream.points / stream.rate for stream in pool.streams)
    print(f"{len(data):,} bytes; {len(presets)} presets, {zones} zones, {len(pool.streams)} samples, {seconds:.0f} s")


if __name__ == "__main__":
    main()
