"""Attributes: what can be measured of a phrase, each one float64 a phrase with a unit.

All work on tokens (N, tracks, steps) in a grid's alphabet, all phrases at once. Parts of one phrase are pooled: an
interval joins two notes of one part, a density counts the notes of all.

Definitions of the syncopations: Roberts et al. 2018 ("A Hierarchical Latent Vector Model"), section 5.4.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from scorespace.music.grid import FIRST_PITCH, HOLD, Grid

MAJOR = (0, 2, 4, 5, 7, 9, 11)  # semitones above the tonic; the natural minor of the sixth degree has the same ones


@dataclass(frozen=True)
class Attribute:
    """One measurable property.

    Attributes:
        measure: (tokens (N, tracks, steps), grid) -> (N,) float64.
        unit: of the figure.
        bin: width of a histogram's bar, in the unit; coarse enough for 1,000 phrases.
        most: upper end of the histogram, for a grid; what lies above falls into the last bar.
    """

    measure: Callable[[np.ndarray, Grid], np.ndarray]
    unit: str
    bin: float
    most: Callable[[Grid], float]

    def edges(self, grid: Grid) -> np.ndarray:
        """Ascending edges of the bars, the first of which is centred on 0."""
        return np.arange(-0.5, np.ceil(self.most(grid) / self.bin) + 1) * self.bin

    def histogram(self, tokens: np.ndarray, grid: Grid) -> np.ndarray:
        """Share of the phrases in each bar; sums to 1."""
        edges = self.edges(grid)
        values = np.clip(self.measure(tokens, grid), edges[0], edges[-1])
        return np.histogram(values, edges)[0] / len(tokens)


def density(tokens: np.ndarray, grid: Grid) -> np.ndarray:
    """Notes that begin, a bar."""
    return _count(tokens >= FIRST_PITCH) / grid.bars


def pitch_range(tokens: np.ndarray, grid: Grid) -> np.ndarray:
    """Semitones from the lowest to the highest note; 0 without notes."""
    onset = tokens >= FIRST_PITCH
    high = np.where(onset, tokens.astype(np.int64), -1).reshape(len(tokens), -1).max(1)
    low = np.where(onset, tokens.astype(np.int64), 1 << 20).reshape(len(tokens), -1).min(1)
    return np.where(high < 0, 0, high - low).astype(np.float64)


def mean_interval(tokens: np.ndarray, grid: Grid) -> np.ndarray:
    """Mean distance in semitones between a note and the next of its part; 0 with fewer than two notes."""
    steps, follows = _intervals(tokens)
    return _ratio(_count(np.where(follows, np.abs(steps), 0)), _count(follows))


def repetition(tokens: np.ndarray, grid: Grid) -> np.ndarray:
    """Share of the notes with a note before them in their part that repeat its pitch; 0 with fewer than two notes."""
    steps, follows = _intervals(tokens)
    return _ratio(_count(follows & (steps == 0)), _count(follows))


def rests(tokens: np.ndarray, grid: Grid) -> np.ndarray:
    """Share of the time without a note, over all parts. HOLD before the first event is silence."""
    return 1.0 - _sounding_quarters(tokens, grid) / (grid.tracks * grid.bars * float(grid.bar_quarters))


def note_length(tokens: np.ndarray, grid: Grid) -> np.ndarray:
    """Mean length of the notes in quarter notes; 0 without notes."""
    return _ratio(_sounding_quarters(tokens, grid), _count(tokens >= FIRST_PITCH))


def out_of_key(tokens: np.ndarray, grid: Grid) -> np.ndarray:
    """Share of the notes outside the major scale that holds most of them; 0 without notes."""
    onset = tokens >= FIRST_PITCH
    classes = (tokens.astype(np.int64) - FIRST_PITCH + grid.lowest) % 12
    held = np.stack([_count(onset & (classes == k)) for k in range(12)], axis=1)
    inside = np.stack([held[:, [(tonic + degree) % 12 for degree in MAJOR]].sum(1) for tonic in range(12)], axis=1)
    onsets = held.sum(1)
    return _ratio(onsets - inside.max(1), onsets)


def syncopation_16(tokens: np.ndarray, grid: Grid) -> np.ndarray:
    """Share of the notes that begin on an odd sixteenth with none on the sixteenth before it; 0 without notes."""
    return _syncopation(tokens, grid, 0.25)


def syncopation_8(tokens: np.ndarray, grid: Grid) -> np.ndarray:
    """Share of the notes that begin on an odd eighth with none on the eighth before it; 0 without notes."""
    return _syncopation(tokens, grid, 0.5)


ATTRIBUTES: dict[str, Attribute] = {
    "density": Attribute(density, "notes a bar", 0.5, lambda grid: grid.tracks * grid.steps_per_bar),
    "pitch_range": Attribute(pitch_range, "semitones", 1.0, lambda grid: min(48, grid.highest - grid.lowest)),
    "mean_interval": Attribute(mean_interval, "semitones", 0.5, lambda grid: 24),
    "repetition": Attribute(repetition, "share", 0.1, lambda grid: 1),
    "rests": Attribute(rests, "share", 0.05, lambda grid: 1),
    "note_length": Attribute(note_length, "quarter notes", 0.25, lambda grid: grid.bars * float(grid.bar_quarters)),
    "out_of_key": Attribute(out_of_key, "share", 0.05, lambda grid: 0.5),
    "syncopation_16": Attribute(syncopation_16, "share", 0.05, lambda grid: 1),
    "syncopation_8": Attribute(syncopation_8, "share", 0.05, lambda grid: 1),
}


def _count(marked: np.ndarray) -> np.ndarray:
    """(N,) int64: the sum over each phrase's places."""
    total: np.ndarray = marked.reshape(len(marked), -1).sum(1).astype(np.int64)
    return total


def _ratio(parts: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """(N,) float64 parts / whole, and 0 where the whole is 0."""
    return np.where(whole == 0, 0.0, parts / np.maximum(whole, 1))


def _last(marked: np.ndarray) -> np.ndarray:
    """Index of the last marked step up to and including each step, -1 where there is none."""
    return np.maximum.accumulate(np.where(marked, np.arange(marked.shape[-1]), -1), axis=-1)


def _intervals(tokens: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """At each step: semitones from the note before to the one that begins here, and whether there are both."""
    onset, pitch = tokens >= FIRST_PITCH, tokens.astype(np.int64)
    before = np.full(tokens.shape, -1)
    before[..., 1:] = _last(onset)[..., :-1]
    follows = onset & (before >= 0)
    return pitch - np.take_along_axis(pitch, np.maximum(before, 0), -1), follows


def _sounding_quarters(tokens: np.ndarray, grid: Grid) -> np.ndarray:
    """(N,) quarter notes during which notes sound, summed over the parts."""
    event = _last(tokens != HOLD)
    heard = np.take_along_axis(tokens, np.maximum(event, 0), -1)
    sounding = (event >= 0) & (heard >= FIRST_PITCH)
    lengths = np.diff(grid.positions(grid.bars), append=grid.bars * float(grid.bar_quarters))
    result: np.ndarray = (sounding * lengths).reshape(len(tokens), -1).sum(1)
    return result


def _syncopation(tokens: np.ndarray, grid: Grid, unit: float) -> np.ndarray:
    """Share of onsets at odd multiples of `unit` quarter notes without an onset one unit earlier in the part."""
    positions = grid.positions(grid.bars)
    onset = tokens >= FIRST_PITCH
    found = np.zeros(len(tokens), np.int64)
    for step, position in enumerate(positions):
        if abs(position / unit % 2 - 1) > 1e-6:
            continue
        earlier = np.flatnonzero(np.abs(positions - (position - unit)) < 1e-6)
        before = onset[..., earlier[0]] if len(earlier) else np.zeros_like(onset[..., 0])
        found += (onset[..., step] & ~before).sum(1)
    onsets = _count(onset)
    return _ratio(found, onsets)
