"""The verb `inpaint`: what is missing of a score is written so that it fits what stands before and after.

The model hears whole bars around the gaps, as many as it learnt from; what it writes in the gaps goes back into the
track, and no other note is touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from scorespace import __version__
from scorespace.errors import InputError, UsageError
from scorespace.models.base import Inpainter
from scorespace.models.wishes import Wishes
from scorespace.music.grid import Grid, plain
from scorespace.music.lines import FIRST_PITCH, HOLD, REST, sounding
from scorespace.music.score import Score, sort_notes
from scorespace.space import noise, provenance
from scorespace.space.gap_plan import Plan, Stretch, plan
from scorespace.space.gaps import CONTOUR, RHYTHM, Request
from scorespace.space.passage import bar_at
from scorespace.space.report import Report
from scorespace.space.takes import Take

AT_ONCE = 8  # bars of a gap that are written in one go; longer gaps are written from left to right
HOTTER = (1.0, 1.5, 2.5)  # tries for every take that is wanted, times the temperature, until no two are alike


@dataclass(frozen=True)
class Desk:
    """A model at work: what it writes on, and what a take says of it.

    Attributes:
        model: in evaluation mode, float64.
        grids: its grid for each metre that it writes, such as "4/4".
        rule: how several notes at once become one line, see `scorespace.music.parts`.
        name, weights: of the space.
    """

    model: Inpainter
    grids: Mapping[str, Grid]
    rule: str
    name: str
    weights: str


@dataclass(frozen=True)
class View:
    """What the model sees at a time.

    Attributes:
        first, last: steps of the stretch.
        now: (last - first,) bool, what is written for good.
        later: (last - first,) bool, what is not known yet and written for good in a later view.
    """

    first: int
    last: int
    now: np.ndarray
    later: np.ndarray


@dataclass(frozen=True)
class Candidate:
    """One way to fill the gaps: its number, the temperature that it was drawn at, the tokens of each stretch, and how
    likely the model finds it in nats."""

    number: int
    temperature: float
    tokens: tuple[np.ndarray, ...]
    nats: float


def takes(
    desk: Desk,
    score: Score,
    request: Request,
    seed: int | None,
    temperature: float,
    n: int,
    indices: Sequence[int] | None = None,
) -> list[Take]:
    """The n likeliest distinct takes, the likeliest first; or those of numbers `indices`. The caller has chosen a seed,
    which is None at temperature 0."""
    made = plan(score, request, desk.grids, desk.rule)
    record = {
        "format": provenance.FORMAT,
        "scorespace": __version__,
        "space": desk.name,
        "weights": desk.weights,
        "verb": "inpaint",
        "seed": seed,
        "arguments": request.to_dict(),
        "inputs": [provenance.pack(score)],
        "marked": [list(gap) for gap in made.opened.gaps],
        "said": list(made.said),
    }
    return [
        Take(
            score_of(made, one),
            np.empty((0, 0)),
            {**record, "temperature": one.temperature, "index": one.number, "nats": round(one.nats, 6)},
            made.opened.quarters,
            by_program=True,
        )
        for one in _chosen(desk.model, made, request.keep, seed or 0, temperature, n, indices)
    ]


def again(desk: Desk, scores: Sequence[Score], record: Mapping[str, Any], indices: Sequence[int]) -> list[Take]:
    """The takes of these numbers of the call that a provenance tells of.

    Raises:
        InputError: when the provenance is damaged.
    """
    try:
        (score,) = scores
        request, numbers = Request.from_dict(record["arguments"]), [range(2**32)[index] for index in indices]
        return takes(desk, score, request, record["seed"], record["temperature"], 1, numbers)
    except (UsageError, KeyError, TypeError, ValueError, IndexError) as error:
        raise InputError(f"The provenance in this file is damaged ({error}); the take cannot be made again.") from error


def _chosen(
    model: Inpainter,
    made: Plan,
    keep: Sequence[str],
    seed: int,
    temperature: float,
    n: int,
    indices: Sequence[int] | None,
) -> list[Candidate]:
    """The n likeliest distinct candidates, or those of numbers `indices`."""
    if indices is not None:
        return candidates(model, made, keep, seed, temperature, indices)
    if temperature == 0:
        return candidates(model, made, keep, seed, 0.0, [0])
    found: list[Candidate] = []
    chosen: list[Candidate] = []
    for hotter in HOTTER:
        if len(chosen) < n:
            found += candidates(model, made, keep, seed, temperature * hotter, range(len(found), len(found) + n))
            chosen = best(found, n)
    return chosen


def report(desk: Desk, score: Score, limits: str) -> Report:
    """What would be read of a score: of the stretch in which it could go on, or of the first in a known metre.

    Raises:
        InputError: when nothing of it can be read.
    """
    first = [bar_at(score, metre.start) for metre in score.metres if str(metre) in desk.grids][:1]
    for request in (Request(extend=1), *(Request(bars=((bar, bar),)) for bar in first)):
        try:
            made = plan(score, request, desk.grids, desk.rule)
        except (InputError, UsageError) as error:
            problem = str(error)
            continue
        heard = sum(int((stretch.tokens >= FIRST_PITCH).sum()) for stretch in made.stretches)
        return Report(True, score.note_count, heard, made.said, (), None, limits)
    raise InputError(problem)


def candidates(
    model: Inpainter, made: Plan, keep: Sequence[str], seed: int, temperature: float, numbers: Sequence[int]
) -> list[Candidate]:
    """Fills the gaps once for each number. Candidate k is a function of everything but the other numbers."""
    filled = [np.repeat(stretch.tokens[None], len(numbers), axis=0) for stretch in made.stretches]
    nats = np.zeros(len(numbers))
    window = 0
    for tokens, stretch in zip(filled, made.stretches, strict=True):
        for view in _windows(stretch, model.grid.bars):
            wishes = _wishes(stretch, view, tokens, keep, made.classes)
            shape = (2, 1, view.last - view.first)
            draws = np.stack([noise.uniforms(seed, k, window, shape) for k in numbers]) if temperature > 0 else None
            nats += _fill(model, stretch, view, tokens, temperature, draws, wishes)
            window += 1
    return [
        Candidate(number, float(temperature), tuple(tokens[k] for tokens in filled), float(nats[k]))
        for k, number in enumerate(numbers)
    ]


def best(found: Iterable[Candidate], n: int) -> list[Candidate]:
    """At most n candidates no two of which are the same, the likeliest first."""
    distinct = {tuple(row.tobytes() for row in one.tokens): one for one in sorted(found, key=lambda one: -one.number)}
    return sorted(sorted(distinct.values(), key=lambda one: one.number)[:n], key=lambda one: (-one.nats, one.number))


def score_of(made: Plan, candidate: Candidate) -> Score:
    """The score with the gaps filled."""
    score = made.opened.score
    track = score.tracks[made.track]
    new = [_new_notes(stretch, tokens, made) for stretch, tokens in zip(made.stretches, candidate.tokens, strict=True)]
    notes = sort_notes(np.concatenate([track.notes[made.kept], *new]))
    tracks = list(score.tracks)
    tracks[made.track] = replace(track, notes=notes)
    return score.with_tracks(tracks)


def _windows(stretch: Stretch, bars: int) -> Iterator[View]:
    """Views of at most so many bars, or of as many as are written at once, with as much known as can be on both
    sides."""
    per_bar = stretch.grid.steps_per_bar
    count = len(stretch.tokens) // per_bar
    left = stretch.mask.copy()
    while left.any():
        waiting = np.flatnonzero(left.reshape(count, per_bar).any(1))
        begin, end = int(waiting[0]), int(waiting[waiting < waiting[0] + AT_ONCE][-1]) + 1
        size = min(max(bars, end - begin), count)
        first = min(max(begin - (size - (end - begin) + 1) // 2, 0), count - size)
        view = slice(first * per_bar, (first + size) * per_bar)
        now = left[view].copy()
        now[(end - first) * per_bar :] = False
        left[begin * per_bar : end * per_bar] = False
        yield View(view.start, view.stop, now, left[view].copy())


def _fill(
    model: Inpainter,
    stretch: Stretch,
    view: View,
    tokens: np.ndarray,
    temperature: float,
    draws: np.ndarray | None,
    wishes: Wishes,
) -> np.ndarray:
    """Writes in a view of tokens (N, S); returns the nats of each. What is for later is written too, and let go."""
    there = model.on(replace(stretch.grid, bars=(view.last - view.first) // stretch.grid.steps_per_bar))
    whole = torch.from_numpy(tokens[:, None, view.first : view.last])
    mask = torch.from_numpy(view.now | view.later).expand_as(whole)
    uniforms = None if draws is None else torch.from_numpy(draws)
    written = there.inpaint(whole, mask, temperature, uniforms, wishes)
    tokens[:, view.first : view.last][:, view.now] = written[:, 0].numpy()[:, view.now]
    nats: np.ndarray = there.step_log_likelihood(written, mask)[:, 0].numpy()[:, view.now].sum(1)
    return nats


def _wishes(
    stretch: Stretch, view: View, tokens: np.ndarray, keep: Sequence[str], classes: frozenset[int] | None
) -> Wishes:
    """What may stand at each step of a view. No kept note is held on into what is new: it would become longer."""
    own = stretch.tokens
    pitches = stretch.grid.pitches(np.arange(stretch.grid.vocabulary)[None])[0]
    allowed = np.ones((len(own), len(pitches)), bool)
    if classes is not None:
        allowed[:, (pitches >= 0) & ~np.isin(pitches % 12, sorted(classes))] = False
    begins = stretch.mask & ~np.append(True, stretch.mask[:-1]) & np.append(False, sounding(own)[:-1])
    allowed[begins, HOLD] = False
    if RHYTHM in keep:
        there = own >= FIRST_PITCH
        allowed[there, :FIRST_PITCH] = False
        allowed[own == REST] = np.arange(len(pitches)) == REST
        allowed[own == HOLD] = np.arange(len(pitches)) == HOLD
    allowed[~allowed.any(1)] = True
    part = torch.from_numpy(allowed[view.first : view.last]).expand(len(tokens), -1, -1)
    if CONTOUR not in keep:
        return Wishes(part)
    line = torch.from_numpy(_sounded_last(pitches[own])[view.first : view.last])
    return Wishes(part, line.expand(len(tokens), -1), torch.from_numpy(pitches))


def _sounded_last(pitches: np.ndarray) -> np.ndarray:
    """(S,) int64: the pitch that began last at or before each step, -1 before the first."""
    last = np.maximum.accumulate(np.where(pitches >= 0, np.arange(len(pitches)), -1))
    found: np.ndarray = np.where(last >= 0, pitches[np.maximum(last, 0)], -1)
    return found


def _new_notes(stretch: Stretch, tokens: np.ndarray, made: Plan) -> np.ndarray:
    """The notes that begin in what was written, dtype NOTE, where and as high as the score has them."""
    written = stretch.grid.notes(tokens[None, None], made.velocity)
    written = written[stretch.mask[written["step"]]]
    notes = plain(written)
    notes["start"] += stretch.start
    notes["pitch"] -= 12 * made.octaves
    return notes
