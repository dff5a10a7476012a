"""What a filling of a gap is worth: per-phrase figures on token arrays.

Conventions: phrases are (N, S) integers in the alphabet of a grid of one melodic line, a mask (S,) bool is True in the
gap, which is one run of whole bars. Every figure is a `Share`: what is counted of each phrase and of how much, so that
the figure of many phrases is the sum of the one over the sum of the other, and a phrase without any has no weight.

Only the places that `scorespace.models.gaps.counted` counts are looked at, in true and in written phrases alike: the
silence before the first and after the last note of a phrase is padding as often as not, so what a writer puts there is
neither praised nor blamed, and what stands there changes no figure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import torch

from scorespace.evaluation.intervals import Figure, SongBootstrap
from scorespace.models.gaps import counted
from scorespace.music import scales
from scorespace.music.grid import Grid
from scorespace.music.lines import FIRST_PITCH, HOLD, REST

START, MIDDLE, END = "start", "middle", "end"
PLACES = (START, MIDDLE, END)


@dataclass(frozen=True)
class Setting:
    """A gap in a phrase.

    Attributes:
        length: whole bars.
        place: "start", "middle" or "end" of the phrase; an odd bar is left over after the middle.
    """

    length: int
    place: str

    def bars(self, grid: Grid) -> tuple[int, int]:
        """The first bar of the gap and the one after it, counted from 0."""
        first = {START: 0, MIDDLE: (grid.bars - self.length) // 2, END: grid.bars - self.length}[self.place]
        return first, first + self.length

    def mask(self, grid: Grid) -> np.ndarray:
        """(S,) bool."""
        place, (first, end) = np.arange(grid.steps) // grid.steps_per_bar, self.bars(grid)
        found: np.ndarray = (place >= first) & (place < end)
        return found


@dataclass(frozen=True)
class Share:
    """Of each phrase what is counted, and of how much, (N,) float64 each."""

    part: np.ndarray
    whole: np.ndarray

    def figure(self, bootstrap: SongBootstrap) -> Figure | None:
        """Over all phrases, with its interval over songs; None where there is nothing to count."""
        return bootstrap.figure(_ratio, self.part, self.whole) if self.whole.sum() > 0 else None


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Sums (R,) over sums (R,); a draw of songs without anything to count gets the mean of the others."""
    there = whole > 0
    found = part / np.where(there, whole, 1.0)
    return np.where(there, found, found[there].mean() if there.any() else 0.0)


@dataclass(frozen=True)
class Gaps:
    """The true phrases with a gap each, and what all writers are measured against.

    Attributes:
        grid: of one melodic line.
        true: (N, S) int64.
        mask: (S,) bool, the gap, in all phrases the same.
        counts: (N, S) bool, the places that count.
        scale: (N, 12) bool, the pitch classes of the scale of what stands around the gap.
        keyed: (N,) bool, where a note stands around it, so that there is a scale.
    """

    grid: Grid
    true: np.ndarray
    mask: np.ndarray
    counts: np.ndarray
    scale: np.ndarray
    keyed: np.ndarray

    def of(self, rows: np.ndarray | slice) -> Gaps:
        """Some of the phrases."""
        return Gaps(self.grid, self.true[rows], self.mask, self.counts[rows], self.scale[rows], self.keyed[rows])


def gaps(true: np.ndarray, mask: np.ndarray, grid: Grid) -> Gaps:
    """Phrases (N, S) with the gap (S,)."""
    counts = counted(torch.from_numpy(true), torch.from_numpy(mask)).numpy()
    return Gaps(grid, true, mask, counts, *context_scales(true, mask, grid))


def context_scales(true: np.ndarray, mask: np.ndarray, grid: Grid) -> tuple[np.ndarray, np.ndarray]:
    """The scale of what stands around the gap (`scales.signature`), (N, 12) bool, and (N,) whether there is any.

    Notes that begin outside the gap are weighed by the quarter notes that they sound outside of it. What goes on out of
    the gap is not known to a writer and does not count.
    """
    around = np.where(mask, HOLD, true)
    around[:, mask & ~np.append(False, mask[:-1])] = REST
    found = grid.notes(around[:, None])
    scale, keyed = np.ones((len(true), 12), bool), np.zeros(len(true), bool)
    edges = np.searchsorted(found["phrase"], np.arange(len(true) + 1))
    for row, (first, end) in enumerate(pairwise(edges)):
        if end > first:
            notes = found[first:end]
            classes, _ = scales.signature(notes["pitch"], notes["duration"])
            scale[row], keyed[row] = np.isin(np.arange(12), sorted(classes)), True
    return scale, keyed


def heard_scales(of: Gaps) -> Gaps:
    """The same gaps, their scale the pitch classes of the notes that begin around them."""
    pitches = np.where(of.mask, -1, of.grid.pitches(of.true[:, None])[:, 0])
    heard = np.stack([((pitches >= 0) & (pitches % 12 == k)).any(1) for k in range(12)], 1)
    return replace(of, scale=heard | ~of.keyed[:, None])


def nats(of: Gaps, said: np.ndarray) -> Share:
    """Nats a token, negated, of log-likelihoods (N, S) of the places."""
    return Share(-np.where(of.counts, said, 0.0).sum(1), of.counts.sum(1).astype(np.float64))


def accuracy(of: Gaps, written: np.ndarray) -> Share:
    """Tokens that are the true ones. Most tokens are HOLD, so read it beside the others."""
    return Share(((written == of.true) & of.counts).sum(1) * 1.0, of.counts.sum(1) * 1.0)


def figures(of: Gaps, written: np.ndarray) -> dict[str, Share]:
    """Figures of written phrases (N, S):

    accuracy            tokens that are the true ones
    onset_f1            F1 of a gap's onsets, pitch and step right; 1 where neither has any; mean over gaps
    pitch_at_onsets     true onsets at which the same pitch begins
    rhythm_at_onsets    true onsets at which some note begins
    out_of_key          written notes outside the scale of what stands around the gap
    leap_in             semitones, up or down, from the last note before the gap to the first one that begins in it,
                        over the gaps where both are
    leap_out            semitones from the last note that begins in the gap to the first one after it
    leap                both edges together
    repetition          the largest share of tokens equal to those of as many bars of what stands before or after the
                        gap; mean over gaps; where no side has as many bars there is none
    """
    true, counts = of.true, of.counts
    wanted, begun = (true >= FIRST_PITCH) & counts, (written >= FIRST_PITCH) & counts
    same = wanted & begun & (true == written)
    total = wanted.sum(1) + begun.sum(1)
    some = (counts.sum(1) > 0) * 1.0
    onsets = wanted.sum(1) * 1.0
    pitches = of.grid.pitches(written[:, None])[:, 0]
    inside = np.take_along_axis(of.scale, np.maximum(pitches, 0) % 12, 1)
    notes = begun & of.keyed[:, None]
    leap_in, leap_out = _leaps(of, np.where(begun, pitches, -1))
    return {
        "accuracy": accuracy(of, written),
        "onset_f1": Share(some * np.where(total == 0, 1.0, 2.0 * same.sum(1) / np.maximum(total, 1)), some),
        "pitch_at_onsets": Share(same.sum(1) * 1.0, onsets),
        "rhythm_at_onsets": Share((wanted & begun).sum(1) * 1.0, onsets),
        "out_of_key": Share((notes & ~inside).sum(1) * 1.0, notes.sum(1) * 1.0),
        "leap_in": leap_in,
        "leap_out": leap_out,
        "leap": Share(leap_in.part + leap_out.part, leap_in.whole + leap_out.whole),
        "repetition": repetition(of, written),
    }


def repetition(of: Gaps, written: np.ndarray) -> Share:
    """See `figures`. Padding around the gap is like no token."""
    first, end = np.flatnonzero(of.mask)[[0, -1]] + [0, 1]
    known = np.where(counted(torch.from_numpy(of.true), torch.from_numpy(~of.mask)).numpy(), of.true, -1)
    bar, length, best = of.grid.steps_per_bar, end - first, np.zeros(len(written))
    starts = [s for s in range(0, of.grid.steps - length + 1, bar) if s + length <= first or s >= end]
    gap, counts = written[:, first:end], of.counts[:, first:end]
    total = counts.sum(1)
    for start in starts:
        equal = ((known[:, start : start + length] == gap) & counts).sum(1)
        best = np.maximum(best, equal / np.maximum(total, 1))
    return Share(best, (total > 0) * float(bool(starts)))


def in_key(of: Gaps) -> np.ndarray:
    """(N,) bool: the gaps whose true notes are all in the scale of what stands around them."""
    pitches = np.where(of.counts, of.grid.pitches(of.true[:, None])[:, 0], -1)
    inside = np.take_along_axis(of.scale, np.maximum(pitches, 0) % 12, 1)
    found: np.ndarray = ((pitches < 0) | inside).all(1) & of.keyed & of.counts.any(1)
    return found


def _leaps(of: Gaps, begun: np.ndarray) -> tuple[Share, Share]:
    """At both edges, for the pitches (N, S) that begin in the gap, -1 elsewhere."""
    around = np.where(of.mask, -1, of.grid.pitches(of.true[:, None])[:, 0])
    first, end = np.flatnonzero(of.mask)[[0, -1]] + [0, 1]
    edges = (_last(around[:, :first]), _first(begun)), (_last(begun), _first(around[:, end:]))
    shares = []
    for before, after in edges:
        there = (before >= 0) & (after >= 0)
        shares.append(Share(np.where(there, np.abs(after - before), 0) * 1.0, there * 1.0))
    return shares[0], shares[1]


def _first(pitches: np.ndarray) -> np.ndarray:
    """(N,): the first of pitches (N, L) that is not -1; -1 where none is."""
    if not pitches.shape[1]:
        return np.full(len(pitches), -1)
    found: np.ndarray = pitches[np.arange(len(pitches)), (pitches >= 0).argmax(1)]
    return found


def _last(pitches: np.ndarray) -> np.ndarray:
    return _first(pitches[:, ::-1])
