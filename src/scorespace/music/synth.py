"""Sound: a small additive synthesiser in NumPy. The same score gives the same samples on every run.

A tone is a sum of sine partials with their own decays (voices.py says which for each family of General MIDI programs).
Notes of equal pitch and velocity share one rendered tone, so the cost follows the number of different notes. A drum is
a swept sine with noise. All goes through a short synthetic room (decaying noise, convolved block by block).
"""

from __future__ import annotations

import io
import os
import wave
from collections import defaultdict
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import numpy as np

from scorespace.errors import InputError, UsageError
from scorespace.music.score import Score, Track
from scorespace.music.voices import DRUMS, VOICES, Drum, Voice

LONGEST = 30 * 60.0  # seconds of score; 30 minutes of stereo float32 at 44.1 kHz are 635 MB
LONGEST_NOTE = 30.0  # seconds; a longer note fades out, so that one tone stays below 11 MB
PEAK = 10 ** (-1 / 20)  # -1 dB, what a loud score is brought down to
LEVEL = 0.8  # sum of a note's partials at velocity 100, before the room; its peak is about half of it
SAMPLE_RATES = (8_000, 96_000)
ROOM_SECONDS, ROOM_LEVEL = 1.1, 0.1
TRANSFORM = 1 << 18  # samples a Fourier transform of the room


def render(score: Score, sample_rate: int = 44_100, tail: float = 1.2) -> np.ndarray:
    """Renders a score through its tempo map.

    Args:
        score: drums play on tracks with `is_drum`; the other tracks sound as the family of their program.
        sample_rate: samples a second, 8,000 to 96,000.
        tail: seconds kept after the last note ends, for releases and the room, at least 0.

    Returns:
        (samples, 2) float32 within [-1, 1], left and right. A score whose peak would pass -1 dB is turned down as a
        whole; a soft one stays soft. A score without notes gives `tail` seconds of silence.

    Raises:
        InputError: when the score lasts longer than 30 minutes.
        UsageError: when the sample rate or the tail is not allowed.
    """
    if not 0 <= tail <= 60:
        raise UsageError(f"The tail can last from 0 to 60 seconds, got {tail}.")
    length = check(score, sample_rate)
    out = np.zeros((int((length + tail) * sample_rate), 2), np.float32)
    if not score.note_count:
        return out
    for index, track in enumerate(score.tracks):
        place = _drums if track.is_drum else _tones
        place(out, score, track, sample_rate, _pan(index, len(score.tracks)))
    _room(out, sample_rate)
    fade = min(len(out), int(0.02 * sample_rate))
    out[len(out) - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)[:, None]
    peak = max(float(out.max()), -float(out.min()))
    if peak > PEAK:
        out *= PEAK / peak
    return out


def check(score: Score, sample_rate: int) -> float:
    """How many seconds a score lasts, 0 without notes. Raises as `render` does when it cannot be rendered."""
    if not SAMPLE_RATES[0] <= sample_rate <= SAMPLE_RATES[1]:
        raise UsageError(f"Sample rates from 8000 to 96000 are possible, got {sample_rate}: 44100 is usual.")
    length = float(score.seconds_at(score.end)) if score.note_count else 0.0
    if not length <= LONGEST:
        raise InputError(
            f"The score lasts {length / 60:,.0f} minutes and can be rendered up to {LONGEST / 60:.0f}: "
            "cut it into shorter parts first."
        )
    return length


def _pan(index: int, tracks: int) -> float:
    """Position of a track from -1 (left) to 1 (right): the first in the middle, the others alternately to the sides."""
    if index == 0 or tracks == 1:
        return 0.0
    side = 1 if index % 2 else -1
    return side * 0.45 * ((index + 1) // 2) / ((tracks + 1) // 2)


def _tones(out: np.ndarray, score: Score, track: Track, rate: int, pan: float) -> None:
    voice = VOICES[min(max(track.program, 0), 127) // 8]
    for (pitch, velocity), (starts, ends) in _same_notes(score, track):
        lasting = np.minimum(ends - starts, LONGEST_NOTE)
        body = _tone(voice, pitch, velocity / 127, float(lasting.max()) + voice.release, rate)
        spread = np.clip(pan + (pitch - 64) / 160, -0.8, 0.8)  # low notes a little to the left, as at a piano
        for start, seconds in zip(starts, lasting, strict=True):
            _add(out, _released(body, voice, float(seconds), rate), round(start * rate), float(spread))


def _same_notes(score: Score, track: Track) -> Iterator[tuple[tuple[int, int], tuple[np.ndarray, np.ndarray]]]:
    """Groups a track's notes: (pitch, velocity) with the seconds where the notes start and end."""
    notes = track.notes
    starts = score.seconds_at(notes["start"])
    ends = score.seconds_at(notes["start"] + notes["duration"])
    groups: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for i, (pitch, velocity) in enumerate(zip(notes["pitch"].tolist(), notes["velocity"].tolist(), strict=True)):
        groups[pitch, velocity].append(i)
    for key, members in groups.items():
        yield key, (starts[members], ends[members])


def _tone(voice: Voice, pitch: int, velocity: float, seconds: float, rate: int) -> np.ndarray:
    """One held note, (samples,) float32, with its attack and decays and without its release.

    Partials stand at k f sqrt((1 + B k k) / (1 + B)), the stiff string's formula (Fletcher 1964), B the voice's
    inharmonicity, so that the first one is exactly in tune.
    """
    frequency = 440.0 * 2.0 ** ((pitch - 69) / 12)
    t = np.arange(max(1, int(seconds * rate)), dtype=np.float64) / rate
    if voice.vibrato:
        depth = voice.vibrato * np.clip((t - 0.25) / 0.4, 0, 1)  # cents; begins late, as players do
        t_heard = t + depth * (np.log(2) / 1200) * (1 - np.cos(2 * np.pi * 5.3 * t)) / (2 * np.pi * 5.3)
    else:
        t_heard = t
    time = t.astype(np.float32)
    tone = np.zeros(len(t), np.float32)
    low = (440.0 / frequency) ** 0.35  # low strings ring longer
    ratios = np.array([ratio for ratio, _, _ in voice.partials])
    stretch = np.sqrt((1 + voice.inharmonicity * ratios**2) / (1 + voice.inharmonicity))
    loudness = 0.0
    for k, (ratio, level, decay) in enumerate(voice.partials):
        heard = frequency * ratio * stretch[k]
        if heard > 0.45 * rate:
            continue
        level *= (0.25 + 0.75 * velocity) ** (voice.brightness * (ratio - 1)) * min(1.0, 7_000 / heard)
        loudness += level
        for cents in voice.detune:
            cycles = heard * 2 ** (cents / 1200) * t_heard + 0.11 * cents * (k + 1)
            cycles -= np.floor(cycles)
            partial = np.sin((2 * np.pi * cycles).astype(np.float32)) * np.float32(level / len(voice.detune))
            tone += partial * np.exp(time * np.float32(-1 / (decay * low))) if decay else partial
    if voice.breath:
        tone += np.float32(voice.breath * loudness) * _smooth(
            noise(len(t), pitch), max(1, round(rate / (4 * frequency)))
        )
    tone *= np.float32(LEVEL * voice.gain * (velocity * 127 / 100) ** 1.4 / max(loudness, 1e-6))
    attack = min(len(tone), max(2, int(voice.attack * rate)))
    tone[:attack] *= _rise(attack)
    return tone


def _released(body: np.ndarray, voice: Voice, seconds: float, rate: int) -> np.ndarray:
    """The tone of a note that is let go after `seconds`: falls within `voice.release`, to exactly 0 at its end."""
    held = int(seconds * rate)
    tone = body[: held + int(voice.release * rate)].copy()
    fading = len(tone) - held
    if fading > 0:
        x = np.linspace(0, 1, fading, dtype=np.float32)
        tone[held:] *= np.exp(np.float32(-5.0) * x) * (1 - x)
    return tone


def _add(out: np.ndarray, tone: np.ndarray, at: int, pan: float) -> None:
    """Adds a mono tone with equal power panning; what would stand outside the array is left out."""
    tone = tone[: max(0, len(out) - at)]
    angle = (pan + 1) * np.pi / 4
    out[at : at + len(tone), 0] += tone * np.float32(np.cos(angle) * np.sqrt(2))
    out[at : at + len(tone), 1] += tone * np.float32(np.sin(angle) * np.sqrt(2))


def _drums(out: np.ndarray, score: Score, track: Track, rate: int, pan: float) -> None:
    for (pitch, velocity), (starts, _) in _same_notes(score, track):
        drum = DRUMS.get(pitch, DRUMS[37])
        hit = _hit(drum, rate, pitch) * np.float32(LEVEL * drum.gain * (velocity / 100) ** 1.4)
        for start in starts:
            _add(out, hit, round(start * rate), pan + drum.pan)


def _hit(drum: Drum, rate: int, seed: int) -> np.ndarray:
    """One stroke, (samples,) float32 of peak about 1: a sine that glides to `settle` Hz, and noise."""
    t = np.arange(int(drum.seconds * rate)) / rate
    glide = 0.03  # seconds
    cycles = drum.settle * t + (drum.begin - drum.settle) * glide * (1 - np.exp(-t / glide))
    body = np.sin(2 * np.pi * cycles) * np.exp(-t / drum.body_decay)
    rough = noise(len(t), seed)
    rough = np.diff(rough, prepend=0.0) / 2 if drum.bright else rough
    stroke = drum.body * body + (1 - drum.body) * rough * np.exp(-t / drum.noise_decay)
    attack, release = max(2, int(0.001 * rate)), max(2, len(t) // 5)
    stroke[:attack] *= _rise(attack)
    stroke[-release:] *= _rise(release)[::-1]
    return stroke.astype(np.float32)


def _room(out: np.ndarray, rate: int) -> None:
    """Adds the room's answer in place, block by block: memory does not grow with the length of the score."""
    answer = _impulse(rate)
    step = TRANSFORM - len(answer)
    spectra = [np.fft.rfft(side, TRANSFORM) for side in answer.T]
    carried = np.zeros((len(answer), 2), np.float32)
    for begin in range(0, len(out), step):
        block = out[begin : begin + step]
        dry = np.fft.rfft((block[:, 0] + block[:, 1]) / 2, TRANSFORM)
        wet = np.stack([np.fft.irfft(dry * spectrum, TRANSFORM) for spectrum in spectra], 1).astype(np.float32)
        wet[: len(carried)] += carried
        carried = wet[step:]
        block += wet[: len(block)]


def _impulse(rate: int) -> np.ndarray:
    """The room's answer to a click, (samples, 2) float32: noise whose high part dies sooner, after 9 ms of silence."""
    length = int(ROOM_SECONDS * rate)
    t = np.arange(length) / rate
    sides = []
    for seed in (11, 23):
        rough = noise(length, seed)
        dull = _smooth(rough, max(1, rate // 6_000))
        side = dull * np.exp(-6.9 * t / ROOM_SECONDS) + 0.25 * rough * np.exp(-30 * t)
        side *= np.clip((t - 0.009) / 0.004, 0, 1) * np.clip((ROOM_SECONDS - t) / 0.1, 0, 1)
        side -= side.mean()
        sides.append(side * ROOM_LEVEL / np.sqrt((side**2).sum()))
    return np.stack(sides, 1).astype(np.float32)


def _smooth(signal: np.ndarray, width: int) -> np.ndarray:
    """Moving average over `width` samples, a plain low-pass, with the signal's own length and power."""
    if width <= 1:
        return signal
    total = np.concatenate([np.zeros(1), np.cumsum(signal, dtype=np.float64)])
    average = np.concatenate([total[1:width] / width, (total[width:] - total[:-width]) / width])
    return np.asarray(average * np.sqrt(width), np.float32)


def _rise(samples: int) -> np.ndarray:
    """From 0 to 1 along half a cosine, float32."""
    return np.asarray(0.5 - 0.5 * np.cos(np.linspace(0, np.pi, samples)), np.float32)


def noise(samples: int, seed: int) -> np.ndarray:
    """White noise, uniform in [-1, 1), float32, the splitmix64 hash of each index: equal on every NumPy version."""
    x = np.arange(samples, dtype=np.uint64) + np.uint64((seed * 0x9E3779B97F4A7C15) % 2**64)
    x *= np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((x >> np.uint64(40)).astype(np.float32) / np.float32(2**23)) - np.float32(1)


def wav_bytes(samples: np.ndarray, sample_rate: int) -> bytes:
    """A 16-bit WAV file of samples (n,) or (n, channels) in [-1, 1]."""
    channels = 1 if samples.ndim == 1 else samples.shape[1]
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        for begin in range(0, len(samples), 1 << 20):
            part = np.clip(samples[begin : begin + (1 << 20)], -1, 1)
            file.writeframes(np.round(part * 32767).astype("<i2").tobytes())
    return buffer.getvalue()


def write_wav(score: Score, path: str | Path, sample_rate: int = 44_100) -> Path:
    """Renders a score into a 16-bit stereo WAV file; it appears whole or not at all. Returns the path."""
    return write_bytes(Path(path), wav_bytes(render(score, sample_rate), sample_rate))


def write_bytes(path: Path, content: bytes) -> Path:
    """Writes a file under another name and then renames it, so that nobody sees half of it. Returns the path."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise InputError(f"{path} cannot be written: {error.strerror}.") from None
    return path


def for_browsers() -> str:
    """JavaScript of a class `Piano` that plays the piano of this synthesiser in a page, without any file beside it."""
    return resources.files("scorespace.music").joinpath("assets", "synth.js").read_text(encoding="utf-8")
