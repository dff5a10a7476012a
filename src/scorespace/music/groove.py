"""The groove grid: drums as they are played, with a velocity and a timing of its own for every stroke.

A phrase is (19, steps) integers:

    row 0        which of the nine classes are struck, as in `drums`: the sum of 2^class
    rows 1-9     velocity of each class, 1-127; 0 where it is not struck
    rows 10-18   timing of each class in 960ths of a step: 480 is on the step, 1 nearly half a step early, 959 nearly
                 half a step late (0 and 960, where a neighbour is as near, count as these); 480 where it is not struck

These are the hits, velocities and offsets of GrooVAE (Gillick et al. 2019, "Learning to Groove with Inverse Sequence
Transformations", section 3), as integers. Of several strokes of a class on one step the loudest stays. Where the steps
of a beat are not evenly spaced, half a step early is half-way to the step before, half a step late to the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from scorespace.music import drums
from scorespace.music.grid import DRUMS, NOTES, Grid
from scorespace.music.quantised import Quantised, nearest, place
from scorespace.music.score import Track

LOUDEST = 127
ON_TIME = 480  # the timing that is on the step; a step is twice as much
VELOCITY = slice(1, 1 + drums.COUNT)
TIMING = slice(1 + drums.COUNT, 1 + 2 * drums.COUNT)
ROWS = 1 + 2 * drums.COUNT
TAP = list(drums.CLASSES).index("open hi-hat")  # the class that stands for a tap, as in Magenta
QUARTER_MS = 500.0  # a quarter note at 120 to the minute


@dataclass(frozen=True)
class GrooveGrid(Grid):
    """See the module's text; the fields are those of `Grid`, with "drums" as the only part."""

    kind: ClassVar[str] = "groove"
    known_parts: ClassVar[tuple[str, ...]] = (DRUMS,)

    parts: tuple[str, ...] = (DRUMS,)

    def _problem(self) -> str | None:
        if len(self.parts) > 1:
            return f"a groove has one part, drums, got {', '.join(self.parts)}"
        return super()._problem()

    @property
    def tracks(self) -> int:
        """Rows of a token array."""
        return ROWS

    @property
    def sizes(self) -> tuple[int, ...]:
        timings = 2 * ON_TIME + 1
        return (drums.COMBINATIONS, *[LOUDEST + 1] * drums.COUNT, *[timings] * drums.COUNT)

    @property
    def draws(self) -> tuple[int, ...]:
        """(27, steps): for each class whether it is struck, its velocity, its timing."""
        return 3 * drums.COUNT, self.steps

    @property
    def range_in_words(self) -> str:
        return "nine drum classes with velocity and timing"

    @property
    def pitched(self) -> np.ndarray:
        return np.zeros(ROWS, bool)

    def _row(self, part: str, track: Track, bars: int) -> Quantised:
        positions, end = self.positions(bars), bars * float(self.bar_quarters)
        classes = drums.CLASS_OF[track.notes["pitch"]]
        placed = place(track.notes, positions, end, classes >= 0)
        struck = drums.CLASS_OF[placed.notes["pitch"]]
        loudness = placed.notes["velocity"].astype(np.int64)
        order = np.lexsort((placed.notes["start"], -loudness, struck, placed.on))
        places = placed.on[order] * drums.COUNT + struck[order]
        order = order[np.concatenate([[True], np.diff(places) > 0])] if len(order) else order
        step, drum = placed.on[order], struck[order]
        before, after = self._halves(bars)
        offset = placed.offset[order]
        timing = np.rint(ON_TIME * offset / np.where(offset < 0, before[step], after[step]))
        tokens = _rested(len(positions))
        hit = np.zeros((len(positions), drums.COUNT), np.int64)
        hit[step, drum] = 1
        tokens[0] = drums.combined(hit)
        tokens[VELOCITY][drum, step] = loudness[order].clip(1, LOUDEST)
        tokens[TIMING][drum, step] = _inside(ON_TIME + timing)
        return Quantised(
            tokens,
            placed.offered,
            covered=len(placed.notes) - len(order),
            out_of_range=placed.left_out,
            unmapped=tuple(sorted({int(pitch) for pitch in track.notes["pitch"][classes < 0]})),
        )

    def _halves(self, bars: int) -> tuple[np.ndarray, np.ndarray]:
        """Half the way from each step of so many bars to the one before and to the next, in quarter notes."""
        gaps = np.diff(np.append(self.bar_positions, float(self.bar_quarters)))
        return np.tile(np.roll(gaps, 1) / 2, bars), np.tile(gaps / 2, bars)

    def notes(self, tokens: np.ndarray, velocity: int = 80) -> np.ndarray:
        """All notes of phrases (N, 19, steps), see `Grid.notes`: with their own velocities, begun when they are played.

        What would begin before its phrase begins with it. A stroke lasts a step, or until its class is struck again.
        """
        tokens = np.asarray(tokens).astype(np.int64)
        bars = tokens.shape[-1] // self.steps_per_bar
        positions, (before, after) = self.positions(bars), self._halves(bars)
        phrase, drum, step = np.nonzero(drums.strokes(tokens[:, 0]).transpose(0, 2, 1))
        late = _inside(tokens[:, TIMING][phrase, drum, step]) - ON_TIME
        start = positions[step] + late / ON_TIME * np.where(late < 0, before[step], after[step])
        found = np.zeros(len(phrase), NOTES)
        found["phrase"], found["step"], found["pitch"] = phrase, step, drums.PITCHES[drum]
        found["start"] = np.maximum(start, 0.0)
        found["duration"] = 2 * after[step]
        again = np.flatnonzero((np.diff(phrase) == 0) & (np.diff(drum) == 0))
        gap = np.maximum(found["start"][again + 1] - found["start"][again], 1e-3)
        found["duration"][again] = np.minimum(found["duration"][again], gap)
        found["velocity"] = tokens[:, VELOCITY][phrase, drum, step].clip(1, LOUDEST)
        return found[np.lexsort((found["pitch"], found["step"], found["phrase"]))]

    def performed(self, notes: np.ndarray, tokens: np.ndarray) -> np.ndarray:
        """A copy of a track's notes (dtype NOTE), each with the velocity and the start that tokens (19, S) have for its
        class on its step; those that tokens have no stroke for stay as they are. Not sorted."""
        result, tokens = notes.copy(), np.asarray(tokens).astype(np.int64)
        bars = tokens.shape[-1] // self.steps_per_bar
        positions = self.positions(bars)
        step = nearest(np.append(positions, bars * float(self.bar_quarters)), notes["start"])
        drum = drums.CLASS_OF[notes["pitch"]]
        known = np.flatnonzero((drum >= 0) & (step < len(positions)))
        known = known[(tokens[0, step[known]] >> drum[known]) & 1 > 0]
        step, drum = step[known], drum[known]
        start = positions[step] + self._played(tokens[TIMING])[drum, step]
        result["start"][known] = np.maximum(start, 0.0)
        result["velocity"][known] = tokens[VELOCITY][drum, step].clip(1, LOUDEST)
        return result

    def onsets(self, tokens: np.ndarray) -> np.ndarray:
        """(..., 19, S) int64: strokes on each step, counted in row 0."""
        count = np.zeros(tokens.shape, np.int64)
        count[..., 0, :] = drums.onsets(tokens[..., 0, :])
        return count

    def sounding(self, tokens: np.ndarray) -> np.ndarray:
        """(..., 19, S) bool: where something is struck, the same in all rows."""
        return np.broadcast_to(tokens[..., :1, :] > 0, tokens.shape)

    def windows(self, tokens: np.ndarray, stride: int) -> np.ndarray:
        return np.stack([drums.windows(row, self.steps, stride) for row in tokens], 1)

    def silence(self) -> np.ndarray:
        return _rested(self.steps)

    def canonical(self, tokens: np.ndarray) -> np.ndarray:
        """Nothing where nothing is struck; a stroke is at least 1 loud, nearest to its own step, and none before 0."""
        result = np.array(tokens)
        struck = np.moveaxis(drums.strokes(result[..., 0, :]) > 0, -1, -2)
        velocity, timing = result[..., VELOCITY, :], _inside(result[..., TIMING, :])
        timing[..., 0] = np.maximum(timing[..., 0], ON_TIME)
        result[..., VELOCITY, :] = np.where(struck, velocity.clip(1, LOUDEST), 0)
        result[..., TIMING, :] = np.where(struck, timing, ON_TIME)
        return result

    def token_agreement(self, reference: np.ndarray, estimate: np.ndarray) -> np.ndarray:
        """(N,) share of steps on which the same classes are struck."""
        shares: np.ndarray = (reference[:, 0] == estimate[:, 0]).mean(axis=-1)
        return shares

    def extra_agreement(self, reference: np.ndarray, estimate: np.ndarray) -> dict[str, np.ndarray]:
        """Errors at the strokes that both have: "velocity_error" (1-127) and "timing_error" (milliseconds at 120 to the
        minute), means of absolute differences; where a phrase has none in common, the largest that there can be."""
        both = drums.strokes(reference[:, 0]) & drums.strokes(estimate[:, 0])  # (N, S, 9)
        both = both.transpose(0, 2, 1)
        loud = np.abs(reference[:, VELOCITY].astype(np.int64) - estimate[:, VELOCITY].astype(np.int64))
        played = [self._played(tokens[:, TIMING]) for tokens in (reference, estimate)]
        late = QUARTER_MS * np.abs(played[0] - played[1])
        most = QUARTER_MS * float(np.concatenate(self._halves(1)).max())
        return {"velocity_error": _mean(loud, both, LOUDEST), "timing_error": _mean(late, both, most)}

    def _played(self, timing: np.ndarray) -> np.ndarray:
        """Timings (..., S) as quarter notes after (below 0: before) their steps."""
        before, after = self._halves(timing.shape[-1] // self.steps_per_bar)
        late = (timing.astype(np.int64) - ON_TIME) / ON_TIME
        quarters: np.ndarray = late * np.where(late < 0, before, after)
        return quarters


def flat(tokens: np.ndarray) -> np.ndarray:
    """Grooves (..., 19, S) of which only the strokes are known: no velocity, all on time (what humanising hears)."""
    result = np.array(tokens)
    result[..., VELOCITY, :] = 0
    result[..., TIMING, :] = ON_TIME
    return result


def tapped(tokens: np.ndarray) -> np.ndarray:
    """Grooves (..., 19, S) of which only the rhythm is known: one tap on each step on which anything is struck, with
    the timing of the loudest stroke (of equals, of the first class) and no velocity."""
    tokens = np.asarray(tokens)
    struck = np.moveaxis(drums.strokes(tokens[..., 0, :]) > 0, -1, -2)
    loudest = np.where(struck, tokens[..., VELOCITY, :].astype(np.int64), -1).argmax(-2)
    timing = np.take_along_axis(tokens[..., TIMING, :], loudest[..., None, :], -2)[..., 0, :]
    result = np.zeros_like(tokens)
    result[..., TIMING, :] = ON_TIME
    any_struck = tokens[..., 0, :] > 0
    result[..., 0, :] = np.where(any_struck, 1 << TAP, 0)
    result[..., TIMING.start + TAP, :] = np.where(any_struck, timing, ON_TIME)
    return result


def _rested(steps: int) -> np.ndarray:
    """(19, steps) uint16: nothing is struck."""
    tokens = np.zeros((ROWS, steps), np.uint16)
    tokens[TIMING] = ON_TIME
    return tokens


def _inside(timing: np.ndarray) -> np.ndarray:
    """Timings short of half a step early or late, where the next step would be as near."""
    inside: np.ndarray = np.clip(timing, 1, 2 * ON_TIME - 1)
    return inside


def _mean(values: np.ndarray, where: np.ndarray, without: float) -> np.ndarray:
    count = where.sum((1, 2))
    means: np.ndarray = np.where(count > 0, (values * where).sum((1, 2)) / np.maximum(count, 1), without)
    return means
