"""MIDI files through symusic, checked after reading, since symusic takes impossible values without a word.

Ticks become quarter notes (tick / division), so a tempo that moves never shifts a note. Files whose division is SMPTE
count in frames of absolute time: those are carried to quarter notes through the file's tempo events.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from typing import TypeVar

import numpy as np
import symusic

from scorespace.errors import InputError
from scorespace.music.score import NOTE, Key, Metre, Score, Tempo, Track, sort_notes

TICKS_PER_QUARTER = 480  # divisible by 3 and by 16: triplets and 64ths are exact
LONGEST = 1_000_000.0  # quarter notes, about 140 hours at 120 a minute
SHORTEST = 1 / 64  # quarter notes given to a note that the file writes with no length
SLOWEST, FASTEST = 1.0, 10_000.0  # quarter notes a minute
PROVENANCE = "scorespace:"
Event = TypeVar("Event", Tempo, Metre)
FRAMES = {24: 24.0, 25: 25.0, 29: 30000 / 1001, 30: 30.0}


def parse(data: bytes, name: str) -> Score:
    """The score in a MIDI file of type 0, 1 or 2 (the sequences of a type 2 file are laid over each other).

    Args:
        data: the file's bytes, bare or in a RIFF (RMID) wrapper.
        name: what the file is called in an error.

    Raises:
        InputError: when it is cut short, damaged, without a division, or longer than a million quarter notes.
    """
    data, frames_per_second = _with_division(unwrap(data, name), name)
    return _score(_symusic(data, name), name, frames_per_second)


def parse_each(data: bytes, name: str) -> Iterator[Score | InputError]:
    """The scores in a MIDI file: one a sequence for type 2, otherwise one. A damaged sequence gives its InputError."""
    tracks = list(_track_chunks(data)) if data[:4] == b"MThd" and data[8:10] == b"\x00\x02" else []
    if not tracks:
        yield _attempt(data, name)
    for number, chunk in enumerate(tracks, 1):
        alone = b"MThd" + struct.pack(">IHH", 6, 0, 1) + data[12:14] + chunk
        yield _attempt(alone, f"{name}, sequence {number}" if len(tracks) > 1 else name)


def _attempt(data: bytes, name: str) -> Score | InputError:
    try:
        return parse(data, name)
    except InputError as error:
        return error


def provenance(data: bytes, name: str) -> str | None:
    """The text that `dump` put into a file, or None."""
    for marker in _symusic(_with_division(unwrap(data, name), name)[0], name).markers:
        if marker.text.startswith(PROVENANCE):
            return str(marker.text[len(PROVENANCE) :])
    return None


def dump(score: Score, provenance: str | None = None) -> bytes:
    """The score as a type 1 MIDI file with 480 ticks a quarter note; equal scores give equal bytes.

    Args:
        score: any score; a note is rounded to the tick and lasts at least one.
        provenance: text to carry along in a marker event; a player ignores it, `provenance` finds it.
    """
    out = symusic.Score(TICKS_PER_QUARTER)
    for tempo in score.tempos:
        out.tempos.append(symusic.Tempo(_tick(tempo.start), tempo.qpm))
    for metre in score.metres:
        out.time_signatures.append(symusic.TimeSignature(_tick(metre.start), metre.numerator, metre.denominator))
    for key in score.keys:
        out.key_signatures.append(symusic.KeySignature(_tick(key.start), key.sharps, int(key.mode == "minor")))
    if provenance is not None:
        out.markers.append(symusic.TextMeta(0, PROVENANCE + provenance))
    for track in score.tracks or (Track(),):  # symusic puts maps in no order when there is no track
        out.tracks.append(_symusic_track(track))
    return bytes(out.dumps_midi())


def unwrap(data: bytes, name: str) -> bytes:
    """The MIDI file inside a RIFF wrapper (.rmi), or the bytes as they are."""
    if data[:4] != b"RIFF":
        return data
    start = data.find(b"MThd", 0, 4096)
    if data[8:12] != b"RMID" or start < 0:
        raise InputError(f"{name} is a RIFF file without MIDI inside (a sound file?); give a MIDI file.")
    return data[start:]


def _track_chunks(data: bytes) -> Iterator[bytes]:
    at = 8 + int.from_bytes(data[4:8], "big")
    while at + 8 <= len(data):
        end = at + 8 + int.from_bytes(data[at + 4 : at + 8], "big")
        if data[at : at + 4] == b"MTrk":
            yield data[at:end]
        at = end


def _with_division(data: bytes, name: str) -> tuple[bytes, float | None]:
    """The bytes with a division in ticks a quarter note, and the ticks a second where the file counted in frames."""
    if len(data) < 14 or data[:4] != b"MThd":
        raise InputError(f"{name} is not a whole MIDI file (it ends inside the header); export it again.")
    division = int.from_bytes(data[12:14], "big")
    if division == 0:
        raise InputError(f"{name} says that a quarter note has 0 ticks, so its notes have no places; export it again.")
    if not division & 0x8000:
        return data, None
    frames, ticks = 256 - data[12], data[13]
    if frames not in FRAMES or ticks == 0:
        raise InputError(f"{name} counts time in {frames} frames of {ticks} ticks a second, which no MIDI file may.")
    return data[:12] + TICKS_PER_QUARTER.to_bytes(2, "big") + data[14:], FRAMES[frames] * ticks


def _symusic(data: bytes, name: str) -> symusic.Score:
    try:
        return symusic.Score.from_midi(data)
    except (RuntimeError, ValueError, OverflowError, MemoryError) as error:
        reason = " ".join(str(error).split()).removeprefix("MiniMidi: ")[:120]
        raise InputError(f"{name} is a damaged MIDI file ({reason}); export it again.") from None


def _score(found: symusic.Score, name: str, ticks_per_second: float | None) -> Score:
    tempos = found.tempos.numpy()
    with np.errstate(divide="ignore"):
        rates = 6e7 / tempos["mspq"]
    usable = (tempos["time"] >= 0) & (rates >= SLOWEST) & (rates <= FASTEST)
    clock = _Clock(ticks_per_second or found.tpq, ticks_per_second is not None, tempos["time"][usable], rates[usable])
    starts = clock(clock.ticks).tolist()
    tempo_map = {start: Tempo(start, qpm) for start, qpm in zip(starts, clock.rates.tolist(), strict=True)}
    score = Score(
        tracks=tuple(_track(track, clock) for track in found.tracks),
        tempos=_from_zero(tempo_map, Tempo(0.0, 120.0)),
        metres=_metres(found, clock),
        keys=_keys(found, clock),
    )
    last = max([score.end, score.tempos[-1].start, score.metres[-1].start])
    if last > LONGEST:
        raise InputError(f"{name} is {last:.3g} quarter notes long, so its times are damaged; export it again.")
    return score


class _Clock:
    """Ticks to quarter notes. In a file of absolute time, `rate` is ticks a second and tempos translate seconds."""

    def __init__(self, rate: float, absolute: bool, ticks: np.ndarray, rates: np.ndarray) -> None:
        order = np.argsort(ticks, kind="stable")
        self.rate, self.absolute = rate, absolute
        self.ticks, self.rates = ticks[order].astype(float), rates[order].astype(float)
        if absolute:
            self.edges = np.concatenate([[0.0], self.ticks]) / rate
            self.speeds = np.concatenate([[120.0], self.rates]) / 60
            self.begun = np.concatenate([[0.0], np.cumsum(np.diff(self.edges) * self.speeds[:-1])])

    def __call__(self, ticks: np.ndarray) -> np.ndarray:
        time = np.asarray(ticks, float) / self.rate
        if not self.absolute:
            return time
        index = np.searchsorted(self.edges, time, side="right") - 1
        return np.asarray(self.begun[index] + (time - self.edges[index]) * self.speeds[index])


def _track(track: symusic.Track, clock: _Clock) -> Track:
    raw = track.notes.numpy()
    sound = (raw["time"] >= 0) & (raw["duration"] >= 0) & (raw["pitch"] >= 0) & (raw["velocity"] > 0)
    found = np.empty(int(sound.sum()), NOTE)
    begun = raw["time"][sound].astype(np.int64)
    found["start"] = clock(begun)
    found["duration"] = clock(begun + raw["duration"][sound]) - found["start"]
    found["duration"][found["duration"] <= 0] = SHORTEST
    found["pitch"], found["velocity"] = raw["pitch"][sound], raw["velocity"][sound]
    return Track(sort_notes(found), str(track.name), int(track.program) & 0x7F, bool(track.is_drum))


def _metres(found: symusic.Score, clock: _Clock) -> tuple[Metre, ...]:
    at: dict[float, Metre] = {}
    for event in found.time_signatures:
        lower = int(event.denominator)
        if event.time >= 0 and 1 <= event.numerator <= 255 and 1 <= lower <= 64 and lower & (lower - 1) == 0:
            start = float(clock(event.time))
            at[start] = Metre(start, int(event.numerator), lower)
    kept: list[Metre] = []
    for metre in _from_zero(at, Metre(0.0, 4, 4)):
        if kept and str(kept[-1]) == str(metre) and math.remainder(metre.start - kept[-1].start, metre.bar) == 0:
            continue  # says again, on a bar line, what holds already
        kept.append(metre)
    return tuple(kept)


def _keys(found: symusic.Score, clock: _Clock) -> tuple[Key, ...]:
    at: dict[float, Key] = {}
    for event in found.key_signatures:
        if event.time >= 0 and -7 <= event.key <= 7 and event.tonality in (0, 1):
            start = float(clock(event.time))
            at[start] = Key(start, int(event.key), "minor" if event.tonality else "major")
    return tuple(at[start] for start in sorted(at))


def _from_zero(at: dict[float, Event], first: Event) -> tuple[Event, ...]:
    return tuple(({0.0: first} | at)[start] for start in sorted({0.0, *at}))


def _tick(quarters: float) -> int:
    return round(quarters * TICKS_PER_QUARTER)


def _symusic_track(track: Track) -> symusic.Track:
    start = np.rint(track.notes["start"] * TICKS_PER_QUARTER).astype(np.int32)
    end = np.rint((track.notes["start"] + track.notes["duration"]) * TICKS_PER_QUARTER).astype(np.int32)
    out = symusic.Track(name=track.name, program=track.program, is_drum=track.is_drum)
    out.notes = symusic.Note.from_numpy(
        start,
        np.maximum(end - start, 1).astype(np.int32),
        np.clip(track.notes["pitch"], 0, 127).astype(np.int8),
        np.clip(track.notes["velocity"], 1, 127).astype(np.int8),
    )
    return out
