"""A sample made small: one rate, cut short with a loop that holds, encoded as Ogg Vorbis."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import soundfile

GUARD = 256  # points after a loop's end, in which it goes on: the resampler's kernel reaches there
SPARE = 1024  # points after what is needed: decoders may leave out the last block of a stream
FEWEST = 4096  # points: some decoders find no sound in shorter streams
TAPS = 24  # half the width of the resampler's kernel, in points of the slower rate
FALL = 3.0  # dB a second: a sound that dies away faster is one that was plucked or struck


@dataclass(frozen=True)
class Cut:
    """A sample in its new form; `hold` and `fall` are for a loop that was made in a sound that dies away."""

    points: np.ndarray  # (N,) float64
    rate: int
    loop: tuple[int, int] | None
    hold: float = 0.0  # seconds before the loop
    fall: float = 0.0  # dB a second within it


def make(points: np.ndarray, rate: int, loop: tuple[int, int] | None, wanted: int, longest: float) -> Cut:
    """A sample at about `wanted` Hz, at most `longest` seconds.

    Args:
        points: (N,) between -1 and 1.
        loop: start and end in points; None for a sound that is played once.
    """
    hold = fall = 0.0
    if loop and loop[1] > longest * rate:
        points, loop, hold, fall = _shorter_loop(points, rate, longest)
    elif loop:
        points = _going_on(points, loop, GUARD)
    else:
        points = _faded(points, rate, longest)
    if rate <= wanted:
        return Cut(points, rate, loop, hold, fall)
    if not loop:
        return Cut(_resampled(points, 0.0, wanted / rate), wanted, None)
    start, length = loop[0], loop[1] - loop[0]
    new_length = max(8, round(length * wanted / rate))  # whole points, so that the loop stays in tune
    ratio = new_length / length
    new_start = int(start * ratio)
    again = _resampled(points, start - new_start / ratio, ratio)
    return Cut(again, round(rate * ratio), (new_start, new_start + new_length), hold, fall)


def vorbis(cut: Cut, quality: float) -> bytes:
    """An Ogg Vorbis stream; after the sample's end its loop goes on for a while, or there is silence."""
    file = io.BytesIO()
    points = _spare(cut).clip(-1, 1)
    soundfile.write(file, points, cut.rate, format="OGG", subtype="VORBIS", compression_level=1 - quality)
    return file.getvalue()


def _spare(cut: Cut) -> np.ndarray:
    end = cut.loop[1] if cut.loop else len(cut.points)
    more = max(FEWEST - end, SPARE)
    return _going_on(cut.points, cut.loop, more) if cut.loop else np.concatenate([cut.points, np.zeros(more)])


def _going_on(points: np.ndarray, loop: tuple[int, int], more: int) -> np.ndarray:
    """The points up to a loop's end, and so many more of the loop as it begins again."""
    start, end = loop
    return np.concatenate([points[:end], points[start + np.arange(more) % (end - start)]])


def _faded(points: np.ndarray, rate: int, longest: float) -> np.ndarray:
    loud = np.flatnonzero(np.abs(points) > 10 ** (-60 / 20) * np.abs(points).max())
    points = points[: loud[-1] + 1 if len(loud) else 1]
    if len(points) <= longest * rate:
        return points
    points = points[: int(longest * rate)].copy()
    tail = len(points) // 3
    points[-tail:] *= np.cos(np.linspace(0, np.pi / 2, tail)) ** 2
    return points


def _shorter_loop(points: np.ndarray, rate: int, longest: float) -> tuple[np.ndarray, tuple[int, int], float, float]:
    """A loop that ends at `longest` seconds, where the sound is most like an earlier place, cross-faded there."""
    end = int(longest * rate)
    fall = max(0.0, -_slope(points[int(0.3 * rate) : end], rate))
    dying = fall > FALL
    window = int(0.06 * rate)
    start = _likest(points, end, window, int(0.25 * longest * rate), int(0.7 * longest * rate))
    body = points[:end].copy()
    if dying:
        seconds = np.maximum(0, np.arange(len(body)) - (start - window)) / rate
        body *= 10 ** (fall * seconds / 20)
    mix = np.linspace(0, 1, window)
    before = body[start - window : start]
    same = float(np.corrcoef(body[end - window : end], before)[0, 1])
    rise, sink = mix, 1 - mix
    power = np.sqrt(rise**2 + sink**2 + 2 * rise * sink * max(0.0, same))
    body[end - window : end] = (body[end - window : end] * sink + before * rise) / power
    held = (start - window) / rate if dying else 0.0
    return _going_on(body, (start, end), GUARD), (start, end), held, fall if dying else 0.0


def _slope(points: np.ndarray, rate: int) -> float:
    """dB a second, by a line through the levels of 50 ms each."""
    step = int(0.05 * rate)
    levels = np.array([np.sqrt(np.mean(points[k : k + step] ** 2)) for k in range(0, len(points) - step, step)])
    return float(np.polyfit(np.arange(len(levels)) * 0.05, 20 * np.log10(levels + 1e-6), 1)[0])


def _likest(points: np.ndarray, end: int, window: int, shortest: int, longest: int) -> int:
    """The place before `end`, between `shortest` and `longest` away, whose run-up is most like that of `end`."""
    wanted = points[end - window : end]
    low, high = end - longest, end - shortest
    searched = points[low - window : high]
    size = 1 << (len(searched) + window).bit_length()
    cross = np.fft.irfft(np.fft.rfft(searched, size) * np.conj(np.fft.rfft(wanted, size)), size)[: high - low]
    energy = np.cumsum(np.concatenate([[0], searched**2]))
    norms = np.sqrt(energy[window : window + high - low] - energy[: high - low] + 1e-9)
    return low + int(np.argmax(cross / norms))


def _resampled(points: np.ndarray, start: float, ratio: float) -> np.ndarray:
    """Points at `ratio` times the rate, the first at `start`, through a windowed sinc below the slower Nyquist."""
    count = int((len(points) - 1 - start) * ratio)
    at = start + np.arange(count) / ratio
    cut = min(1.0, ratio) * 0.97
    half = int(np.ceil(TAPS / cut))
    padded = np.concatenate([np.full(half, points[0]), points, np.zeros(half + 2)])
    whole = np.floor(at).astype(np.int64)
    out = np.zeros(count)
    for k in range(-half + 1, half + 1):
        distance = at - (whole + k)
        kernel = cut * np.sinc(cut * distance) * (0.5 + 0.5 * np.cos(np.pi * np.clip(distance / half, -1, 1)))
        out += kernel * padded[whole + k + half]
    return out
