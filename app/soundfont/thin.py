"""Fewer zones: one velocity layer, one channel, samples some semitones apart, the whole keyboard covered."""

from __future__ import annotations

from itertools import pairwise

from sf2 import SAMPLE, Preset, Sample, Zone

PAN, ATTENUATION, ROOT = 17, 48, 58
THREE_DECIBELS = 75  # one of two channels is missing; the format's attenuation is heard at 0.4 of what it says
STRUCK = 100  # the velocity whose layer stays
WIDE = 200  # tenths of a per cent to a side: farther out, two zones are the channels of one recording
CLASSES_BELOW_27 = {22: 42, 26: 46}  # pitches that count as hi-hats although General MIDI has no sound for them


def melodic(preset: Preset, samples: list[Sample], apart: int) -> list[Zone]:
    """A program's zones, thinned; what reaches to an end of the program's compass goes on to that of the keyboard."""
    zones = _one_channel(_one_layer(preset.zones), samples)
    ends = min(zone.keys[0] for zone in zones), max(zone.keys[1] for zone in zones)
    return [zone for track in _tracks(zones) for zone in _spread(track, samples, apart, ends)]


def drums(preset: Preset, samples: list[Sample]) -> list[Zone]:
    """A kit's zones, thinned: every drum keeps a sample of its own."""
    zones = _one_channel(_one_layer(preset.zones), samples)
    split = [_only(zone, key) for zone in zones for key in range(zone.keys[0], zone.keys[1] + 1)]
    for added, like in CLASSES_BELOW_27.items():
        split += [_moved(zone, samples, added - like) for zone in split if zone.keys == (like, like)]
    return sorted(split, key=lambda zone: zone.keys)


def root(zone: Zone, samples: list[Sample]) -> int:
    """The key at which a zone's sample sounds as it was recorded."""
    said = zone.generators.get(ROOT, -1)
    return said if said >= 0 else samples[zone.generators[SAMPLE]].key


def _one_layer(zones: list[Zone]) -> list[Zone]:
    struck = [zone for zone in zones if zone.velocities[0] <= STRUCK <= zone.velocities[1]]
    return [Zone(dict(zone.generators), zone.modulators, zone.keys) for zone in struck]


def _one_channel(zones: list[Zone], samples: list[Sample]) -> list[Zone]:
    """Of two zones that are the left and the right of one recording the first, in the middle."""
    kept: list[Zone] = []
    dropped: set[int] = set()
    for number, zone in enumerate(zones):
        if number in dropped:
            continue
        other = next(
            (k for k in range(number + 1, len(zones)) if k not in dropped and _pair(zone, zones[k], samples)), None
        )
        if other is not None:
            dropped.add(other)
            zone.generators[PAN] = 0
            zone.generators[ATTENUATION] = max(0, zone.generators.get(ATTENUATION, 0) - THREE_DECIBELS)
        kept.append(zone)
    return kept


def _pair(one: Zone, other: Zone, samples: list[Sample]) -> bool:
    left, right = (zone.generators.get(PAN, 0) for zone in (one, other))
    same = one.keys == other.keys and one.generators[SAMPLE] != other.generators[SAMPLE]
    a, b = (samples[zone.generators[SAMPLE]] for zone in (one, other))
    alike = root(one, samples) == root(other, samples) and abs((a.end - a.start) - (b.end - b.start)) < 0.2 * (
        a.end - a.start
    )
    return same and alike and left * right < 0 and min(abs(left), abs(right)) >= WIDE


def _tracks(zones: list[Zone]) -> list[list[Zone]]:
    """Zones sorted into layers in which no two sound on one key."""
    tracks: list[list[Zone]] = []
    for zone in sorted(zones, key=lambda z: z.keys):
        free = next((t for t in tracks if t[-1].keys[1] < zone.keys[0]), None)
        if free is None:
            tracks.append([zone])
        else:
            free.append(zone)
    return tracks


def _spread(track: list[Zone], samples: list[Sample], apart: int, ends: tuple[int, int]) -> list[Zone]:
    """The zones that stay, each widened to the middle between it and its neighbour."""
    middle = [(zone.keys[0] + zone.keys[1]) / 2 for zone in track]
    kept = list(range(len(track)))
    roots = [root(zone, samples) for zone in track]
    while len(kept) > 1:
        gaps = [roots[b] - roots[a] for a, b in pairwise(kept)]
        closest = min(range(len(gaps)), key=gaps.__getitem__)
        if gaps[closest] >= apart:
            break
        # of the two, the one whose other neighbour is nearer is missed less; the ends of the compass are missed most
        before = gaps[closest - 1] if closest else 999
        after = gaps[closest + 1] if closest + 1 < len(gaps) else 999
        kept.pop(closest if before <= after and closest else closest + 1 if closest + 2 < len(kept) else closest)
    low, top = track[0].keys[0], track[-1].keys[1]
    low, top = 0 if low == ends[0] else low, 127 if top == ends[1] else top
    spread = []
    for place, number in enumerate(kept):
        last = place + 1 == len(kept)
        high = top if last else int((middle[number] + middle[kept[place + 1]]) / 2)
        spread.append(Zone(track[number].generators, track[number].modulators, (low, max(low, high))))
        low = high + 1
    return spread


def _only(zone: Zone, key: int) -> Zone:
    return Zone(dict(zone.generators), zone.modulators, (key, key))


def _moved(zone: Zone, samples: list[Sample], by: int) -> Zone:
    moved = _only(zone, zone.keys[0] + by)
    moved.generators[ROOT] = root(zone, samples) + by
    return moved
