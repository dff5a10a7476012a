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
from scorespace.music.grid import FIRST_PITCH, HOLD, REST, Grid
from scorespace.music.score import Score

NO_ONSET, LONG_REST = "no onset", "longest rest exceeded"
NO_PHRASE = "no phrase: its notes stand too far apart, or outside the pitches"
_NORMAL = 1 << 10  # above every token; where the first pitch stands in a form that transposition leaves alone


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
    """The phrases of every track of a score that can serve as the grid's part.

    Phrases begin at every bar; the last bars are filled with silence to a whole phrase when the stretch is
    shorter than one. A phrase that begins while a note sounds begins with HOLD, one that begins in silence with REST.

    Args:
        score: any score.
        grid: with one part.
        settings: metres, rule and longest rest.
    """
    found = Found(np.empty((0, *grid.shape), np.uint16))
    try:
        candidates = parts.extract(score, grid.parts[0], settings.rule)
    except InputError as error:
        found.problem = str(error).removeprefix("There is ").replace(" in it:", ":").rstrip(".")
        return found
    pieces = [piece for one in candidates for piece in _of_track(one, grid, settings, found)]
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
    if grid.tracks != 1 or grid.parts[0] not in ("melody", "bass"):
        raise UsageError(f"Corpora are prepared for one melody or bass; the grid has {', '.join(grid.parts)}.")
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


def windows(row: np.ndarray, steps: int, stride: int) -> np.ndarray:
    """Phrases (N, steps) uint16 of a row of tokens (at least `steps` long), one every `stride` steps.

    A HOLD that begins a window stays where a note sounds on into it, and becomes REST where there is silence.
    """
    cut = np.lib.stride_tricks.sliding_window_view(row, steps)[::stride].copy()
    event = np.maximum.accumulate(np.where(row != HOLD, np.arange(len(row)), 0))
    silent = row[event[: len(row) - steps + 1 : stride]] == REST
    cut[silent & (cut[:, 0] == HOLD), 0] = REST
    return cut


def longest_silence(phrases: np.ndarray) -> np.ndarray:
    """(N,) the longest run of silent steps in each phrase (N, steps)."""
    run = np.zeros(len(phrases), np.int64)
    longest, silent = run.copy(), np.zeros(len(phrases), bool)
    for column in phrases.T:
        silent = np.where(column == HOLD, silent, column == REST)
        run = np.where(silent, run + 1, 0)
        longest = np.maximum(longest, run)
    return longest


def normal_form(phrases: np.ndarray) -> np.ndarray:
    """Phrases (N, tracks, steps) uint16 moved to one fixed first onset: transpositions of a phrase become equal."""
    flat = phrases.reshape(len(phrases), int(np.prod(phrases.shape[1:]))).astype(np.int64)
    onset = flat >= FIRST_PITCH
    first = flat[np.arange(len(flat)), onset.argmax(axis=1)]
    moved = np.where(onset, flat - first[:, None] + _NORMAL, flat)
    return moved.astype(np.uint16).reshape(phrases.shape)


def digests(phrases: np.ndarray) -> np.ndarray:
    """(N,) 16-byte BLAKE2b of each phrase's tokens, dtype V16."""
    rows = np.ascontiguousarray(phrases, dtype="<u2")
    joined = b"".join(hashlib.blake2b(row.tobytes(), digest_size=16).digest() for row in rows)
    return np.frombuffer(joined, "V16")


def _of_track(one: parts.Extracted, grid: Grid, settings: DataSettings, found: Found) -> Iterator[np.ndarray]:
    bar = float(grid.bar_quarters)
    for start, end in transform.regions(one.score, bar, settings.metres):
        bars = max(grid.bars, round((end - start) / bar))
        fitted = grid.quantise(transform.cut(one.score, start, end), bars)
        found.notes += fitted.notes
        found.moved += fitted.moved
        found.covered += fitted.covered
        found.out_of_range += fitted.out_of_range
        cut = windows(fitted.tokens[0], grid.steps, grid.steps_per_bar)
        silent = ~(cut >= FIRST_PITCH).any(axis=1)
        resting = ~silent & (longest_silence(cut) > settings.longest_rest * grid.steps_per_bar)
        found.dropped += Counter({NO_ONSET: int(silent.sum()), LONG_REST: int(resting.sum())})  # += forgets zeros
        yield cut[~silent & ~resting][:, None]
    found.monophony += one.dropped if found.notes else 0
