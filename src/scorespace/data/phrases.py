"""From a score to the phrases of a corpus: parts, stretches in a wanted metre, windows of whole bars."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from scorespace.errors import InputError, UsageError
from scorespace.music import parts, transform
from scorespace.music.extraction import DataSettings
from scorespace.music.grid import Grid
from scorespace.music.score import Score

NO_ONSET, LONG_REST = "no onset", "longest rest exceeded"
NO_PHRASE = "no phrase: its notes stand too far apart, or outside the pitches"


@dataclass
class Found:
    """What one score gave.

    Attributes:
        tokens: (N, tracks, steps) uint16, the phrases that are kept so far, in the order in which they stand.
        dropped: windows that were left out, by reason.
        notes: notes in the tracks that were used; `monophony` of them were dropped to make each one line, `moved` lay
            off the grid, `covered` fell on the step of a higher one, `out_of_range` have no token.
        problem: why nothing was used, or "".
    """

    tokens: np.ndarray
    dropped: Counter[str] = field(default_factory=Counter)
    notes: int = 0
    monophony: int = 0
    moved: int = 0
    covered: int = 0
    out_of_range: int = 0
    problem: str = ""


def find(score: Score, grid: Grid, settings: DataSettings) -> Found:
    """The phrases of every choice of tracks of a score that can serve as the grid's parts.

    Phrases begin at every `stride` bars; the last bars are filled with silence to a whole phrase when the stretch is
    shorter than one. A phrase that begins while a note sounds begins with HOLD, one that begins in silence with REST.

    Args:
        score: any score.
        grid: what a phrase is.
        settings: metres, rules, longest rest and stride.
    """
    found = Found(np.empty((0, *grid.shape), np.uint16))
    try:
        candidates = parts.choices(score, grid.parts, settings.rule, settings.tracks, settings.optional)
    except InputError as error:
        found.problem = str(error).removeprefix("There is ").replace(" in it:", ":").rstrip(".")
        return found
    pieces = [piece for one in candidates for piece in _of_tracks(one, grid, settings, found)]
    if not pieces:
        found.problem = f"metre {metre_of(score)}: phrases are cut from bars of {', '.join(settings.metres)}"
    elif not sum(len(piece) for piece in pieces):
        found.problem = "no phrase with enough notes"
    else:
        found.tokens = np.concatenate(pieces)
    return found


def metre_of(score: Score) -> str:
    """The metre that most of a score is in, "unknown" for one that nobody wrote (see `transform.is_written`)."""
    starts = [min(metre.start, score.end) for metre in score.metres]
    lengths = np.diff([*starts, score.end])
    metre = score.metres[int(np.argmax(lengths))]
    return str(metre) if transform.is_written(metre) else "unknown"


def check(grid: Grid, settings: DataSettings) -> None:
    """Raises UsageError unless phrases of this grid can be taken by these settings."""
    wrong = [metre for metre in settings.metres if not _as_long(metre, grid)]
    if wrong:
        raise UsageError(
            f"A bar of {', '.join(wrong)} is not as long as one of the grid's {grid.metre[0]}/{grid.metre[1]}: "
            "name only metres of that length in data.metres."
        )


def _as_long(metre: str, grid: Grid) -> bool:
    if not re.fullmatch(r"[1-9]\d*/(1|2|4|8|16|32)", metre):
        raise UsageError(f'data.metres must be written like "4/4" or "6/8", got {metre!r}.')
    above, below = metre.split("/")
    return Fraction(4 * int(above), int(below)) == grid.bar_quarters


def longest_silence(sounding: np.ndarray) -> np.ndarray:
    """(N,) the longest run of silent steps in any part of each phrase; sounding (N, tracks, S) bool."""
    run = np.zeros(sounding.shape[:2], np.int64)
    longest = run.copy()
    for step in range(sounding.shape[2]):
        run = np.where(sounding[:, :, step], 0, run + 1)
        longest = np.maximum(longest, run)
    most: np.ndarray = longest.max(1)
    return most


def digests(phrases: np.ndarray) -> np.ndarray:
    """(N,) 16-byte BLAKE2b of each phrase's tokens, dtype V16."""
    rows = np.ascontiguousarray(phrases, dtype="<u2")
    joined = b"".join(hashlib.blake2b(row.tobytes(), digest_size=16).digest() for row in rows)
    return np.frombuffer(joined, "V16")


def _of_parts_there(sounding: np.ndarray, grid: Grid, settings: DataSettings, chosen: parts.Choice) -> np.ndarray:
    """(N, tracks, S) without the rows of optional parts that the score lacks."""
    if not settings.optional:
        return sounding
    pairs = zip(grid.parts, chosen.lines, strict=True)
    return sounding[:, [line.notes > 0 or part not in settings.optional for part, line in pairs]]


def _of_tracks(chosen: parts.Choice, grid: Grid, settings: DataSettings, found: Found) -> Iterator[np.ndarray]:
    bar = float(grid.bar_quarters)
    for start, end in transform.regions(chosen.score, bar, settings.metres):
        bars = max(grid.bars, round((end - start) / bar))
        fitted = grid.quantise(transform.cut(chosen.score, start, end), bars)
        found.notes += fitted.notes
        found.moved += fitted.moved
        found.covered += fitted.covered
        found.out_of_range += fitted.out_of_range
        cut = grid.windows(fitted.tokens, settings.stride * grid.steps_per_bar)
        silent = ~(grid.onsets(cut) > 0).any(axis=(1, 2))
        reasons = np.array(fitted.refused[:: settings.stride] or [""] * len(cut), object)
        refused = ~silent & (reasons != "")
        rested = longest_silence(_of_parts_there(grid.sounding(cut), grid, settings, chosen)) > (
            settings.longest_rest * grid.steps_per_bar
        )
        resting = ~silent & ~refused & rested
        found.dropped += Counter({NO_ONSET: int(silent.sum()), LONG_REST: int(resting.sum())})  # += forgets zeros
        found.dropped += Counter(reasons[refused])
        yield cut[~silent & ~refused & ~resting]
    found.monophony += chosen.dropped if found.notes else 0
