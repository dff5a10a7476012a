"""How well a phrase agrees with another: per-phrase figures on token arrays.

Conventions: arrays are (N, tracks, steps) integers in a grid's alphabet; every figure is one float64 a phrase, 1 is
perfect. An onset agrees when the other phrase begins a note of the same pitch on the same step of the same part.
"""

from __future__ import annotations

import numpy as np

from scorespace.music.grid import Grid

_STEPS = 1 << 16  # more than a phrase has, so that one number can say part and step


def onset_f1(reference: np.ndarray, estimate: np.ndarray, grid: Grid) -> np.ndarray:
    """(N,) F1 of onsets, part, step and pitch all right; 1 where neither phrase has an onset."""
    return _f1(_onsets(reference, estimate, grid))


def pitch_at_onsets(reference: np.ndarray, estimate: np.ndarray, grid: Grid) -> np.ndarray:
    """(N,) share of the reference's onsets at which the estimate begins the same pitch; 1 where there is none."""
    right, wanted, _ = _onsets(reference, estimate, grid)
    return np.where(wanted == 0, 1.0, right / np.maximum(wanted, 1))


def copies(reference: np.ndarray, estimate: np.ndarray, grid: Grid) -> dict[str, np.ndarray]:
    """Every figure of written phrases against true ones, (N,) each.

    "accuracy" (tokens; most of a line are HOLD, so read it beside the others), "onset_f1" and "pitch_at_onsets", and of
    a grid of several parts the first two for each part, as "accuracy_bass"; and what the grid itself adds
    (`Grid.extra_agreement`).
    """
    figures = {
        "accuracy": grid.token_agreement(reference, estimate),
        "onset_f1": onset_f1(reference, estimate, grid),
        "pitch_at_onsets": pitch_at_onsets(reference, estimate, grid),
        **grid.extra_agreement(reference, estimate),
    }
    for k, (part, row) in enumerate(grid.alone().items()):
        true, written = reference[:, k : k + 1], estimate[:, k : k + 1]
        figures[f"accuracy_{part}"] = row.token_agreement(true, written)
        figures[f"onset_f1_{part}"] = onset_f1(true, written, row)
    return figures


def kept(reference: np.ndarray, estimate: np.ndarray, grid: Grid) -> dict[str, np.ndarray]:
    """How much of phrases (N, T, S) is still there in others, (N,) each, 1 = all of it.

    "onsets": F1 of the places where parts begin notes, whatever their pitch; of the drums, each class. "chroma": cosine
    of the pitch classes that sound in each bar, weighed by how long, all pitched parts together (Wu and Yang 2021,
    sim_chroma). "contour": over the intervals of the reference, part by part, the share that the estimate goes through
    in the same direction between the same two steps. A phrase without pitches has a chroma and a contour of 1.
    """
    first, second = grid.notes(reference), grid.notes(estimate)
    count = len(reference)
    return {
        "onsets": _f1(_agreement(_keys(_unpitched(first, grid)), _keys(_unpitched(second, grid)), count)),
        "chroma": _chroma_similarity(_chroma(first, grid, count), _chroma(second, grid, count)),
        "contour": _contour_kept(first, _sounding_pitch(second, grid, count), grid),
    }


def _unpitched(notes: np.ndarray, grid: Grid) -> np.ndarray:
    """The notes (dtype NOTES) with one pitch for all of a line; drums keep theirs."""
    found = notes.copy()
    found["pitch"][grid.pitched[found["track"]]] = 0
    return found


def _chroma_similarity(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(first, axis=-1) * np.linalg.norm(second, axis=-1)
    cosine = np.where(lengths > 0, (first * second).sum(-1) / np.where(lengths > 0, lengths, 1), 0.0)
    heard = first.sum(-1) > 0
    counts = heard.sum(1)
    return np.where(counts > 0, (cosine * heard).sum(1) / np.maximum(counts, 1), 1.0)


def _chroma(notes: np.ndarray, grid: Grid, count: int) -> np.ndarray:
    """(N, bars, 12) quarter notes that each pitch class sounds; a note counts in the bar in which it begins."""
    found = notes[grid.pitched[notes["track"]]]
    place = (found["phrase"] * grid.bars + found["step"] // grid.steps_per_bar) * 12 + found["pitch"] % 12
    sums = np.bincount(place, found["duration"], minlength=count * grid.bars * 12)
    return sums.reshape(count, grid.bars, 12)


def _contour_kept(found: np.ndarray, there: np.ndarray, grid: Grid) -> np.ndarray:
    """(N,) from the notes of the reference and the pitches (N, T, S) that sound in the estimate."""
    follows = np.flatnonzero((np.diff(found["phrase"]) == 0) & (np.diff(found["track"]) == 0)) + 1
    follows = follows[grid.pitched[found["track"][follows]]]
    after, before = found[follows], found[follows - 1]
    wanted = np.sign(after["pitch"].astype(np.int64) - before["pitch"])
    ends = [there[one["phrase"], one["track"], one["step"]] for one in (before, after)]
    same = (np.sign(ends[1] - ends[0]) == wanted) & (ends[0] >= 0) & (ends[1] >= 0)
    counts = np.bincount(after["phrase"], minlength=len(there))
    right = np.bincount(after["phrase"], same, minlength=len(there))
    return np.where(counts > 0, right / np.maximum(counts, 1), 1.0)


def _sounding_pitch(found: np.ndarray, grid: Grid, count: int) -> np.ndarray:
    """(N, T, S) int64: the pitch of the note that began last at or before each step, -1 before the first."""
    pitch = np.full((count, grid.tracks, grid.steps), -1, np.int64)
    pitch[found["phrase"], found["track"], found["step"]] = found["pitch"]
    last = np.maximum.accumulate(np.where(pitch >= 0, np.arange(grid.steps), -1), axis=-1)
    carried = np.take_along_axis(pitch, np.maximum(last, 0), -1)
    return np.where(last >= 0, carried, -1)


def _onsets(reference: np.ndarray, estimate: np.ndarray, grid: Grid) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(N,) each: onsets that agree, those of the reference, those of the estimate."""
    return _agreement(_keys(grid.notes(reference)), _keys(grid.notes(estimate)), len(reference))


def _agreement(wanted: np.ndarray, found: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(count,) each: keys that agree, those that are wanted, those that are found, phrase by phrase."""
    both = wanted[np.isin(wanted[:, 1], found[:, 1], assume_unique=True)]
    right, of_reference, of_estimate = (np.bincount(keys[:, 0], minlength=count) for keys in (both, wanted, found))
    return right, of_reference, of_estimate


def _f1(counts: tuple[np.ndarray, np.ndarray, np.ndarray]) -> np.ndarray:
    """(N,) F1 of what agrees, is wanted and is found; 1 where nothing is either."""
    right, wanted, found = counts
    total = wanted + found
    return np.where(total == 0, 1.0, 2.0 * right / np.maximum(total, 1))


def _keys(found: np.ndarray) -> np.ndarray:
    """(onsets, 2) int64: of notes, the phrase of each onset, and one number that says phrase, part, step and pitch."""
    places = (found["phrase"] * 256 + found["track"]) * _STEPS + found["step"]
    return np.unique(np.stack([found["phrase"], places * 128 + found["pitch"]], axis=1), axis=0)
