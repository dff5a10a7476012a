"""Where each verb puts its takes: points for the decoder, or the user's own notes. Nothing here runs a model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch

from scorespace import latent
from scorespace.errors import UsageError
from scorespace.models.priors import Prior
from scorespace.music.score import Score
from scorespace.space import drawing
from scorespace.space.passage import Passage

Row = np.ndarray | None  # the point of a phrase, (Z,) float64; None for a silent one, which stays silent
METHODS: dict[str, latent.Mix] = {"slerp": latent.slerp, "linear": latent.lerp}
Mixer = Callable[[np.ndarray, np.ndarray, float], np.ndarray]


@dataclass(frozen=True)
class Anchor:
    """A score that goes into a verb: its passage, and the posterior mean (its point) and scale of each phrase."""

    passage: Passage
    rows: tuple[Row, ...]
    scales: tuple[Row, ...] = ()

    def row(self, phrase: int) -> Row:
        """The point of a phrase; after the last one the first comes again."""
        return self.rows[phrase % len(self.rows)]


@dataclass(frozen=True)
class Place:
    """Where one take stands.

    Attributes:
        index: its number among the takes of the verb, from 0.
        rows: the point of each phrase.
        own: the user's own notes, where the take is these and nothing is decoded.
        draws: which take's uniforms choose the tokens above temperature 0. Takes in a line or a square share them, so
            that only the way through the space changes the notes.
        said: what the take's provenance says beside what every take's says.
        strokes: of each phrase the tokens whose drum strokes are played at the point instead of being written anew;
            none = all is written.
    """

    index: int
    rows: tuple[Row, ...]
    own: Score | None = None
    draws: int = 0
    said: Mapping[str, Any] = field(default_factory=dict)
    strokes: tuple[np.ndarray, ...] = ()


def sample(anchors: Sequence[Anchor], prior: Prior, seed: int, indices: Iterable[int]) -> list[Place]:
    """Draws from the prior."""
    takes = list(indices)
    drawn = drawing.points(prior, seed, [(take, 0) for take in takes])
    return [Place(take, (point,), draws=take) for take, point in zip(takes, drawn, strict=True)]


def reconstruct(anchors: Sequence[Anchor], prior: Prior, seed: int, indices: Iterable[int]) -> list[Place]:
    """The posterior means themselves."""
    return [Place(k, anchors[0].rows, draws=k) for k in indices]


def interpolate(
    anchors: Sequence[Anchor], prior: Prior, seed: int, indices: Iterable[int], steps: int, method: str
) -> list[Place]:
    """Walks evenly from each anchor to the next. The anchors stand in the line as the user's own notes.

    Scores are paired phrase by phrase; the shorter one begins again from its first phrase. A phrase that is silent
    in one of two scores is that of the other.
    """
    mix = _mixer(prior, method)
    if not isinstance(steps, int) or steps < len(anchors):
        raise UsageError(
            f"An interpolation between {len(anchors)} scores takes at least {len(anchors)} steps, got {steps}."
        )
    stations = [round(k * (steps - 1) / (len(anchors) - 1)) for k in range(len(anchors))]
    length = max(len(anchor.rows) for anchor in anchors)
    return [_on_line(anchors, stations, length, k, mix) for k in indices]


def _on_line(anchors: Sequence[Anchor], stations: Sequence[int], length: int, index: int, mix: Mixer) -> Place:
    after = next(k for k, station in enumerate(stations) if station >= index)
    here = anchors[after]
    if stations[after] == index:
        return Place(index, tuple(here.row(k) for k in range(length)), here.passage.own_notes(length))
    before = anchors[after - 1]
    amount = (index - stations[after - 1]) / (stations[after] - stations[after - 1])
    return Place(index, tuple(_mix(mix, before.row(k), here.row(k), amount) for k in range(length)))


def palette(
    anchors: Sequence[Anchor],
    prior: Prior,
    seed: int,
    indices: Iterable[int],
    method: str,
    size: Sequence[int] | None = None,
    at: Sequence[Any] | None = None,
) -> list[Place]:
    """A square between four phrases (tl, tr, bl, br), row by row. The corners are the user's own notes.

    With `at` the takes stand at these places (x, y) of the square instead, take k at the k-th. A take's provenance
    names its own place alone, so one pair is allowed, too: the place of whichever take is asked for.
    """
    mix = _mixer(prior, method)
    if at is None:
        return [_in_square(anchors, k, x, y, mix) for k, (x, y) in _on_grid(indices, size)]
    alone = len(at) == 2 and not isinstance(at[0], Sequence)
    return [_at(anchors, k, at if alone else at[k], mix, method) for k in indices]


def _on_grid(indices: Iterable[int], size: Sequence[int] | None) -> Iterator[tuple[int, tuple[float, float]]]:
    """Each index with its place on an even grid of (rows, columns)."""
    rows, columns = size or (0, 0)
    if not (isinstance(rows, int) and isinstance(columns, int) and rows >= 2 and columns >= 2):
        raise UsageError(f"A palette has at least 2 rows and 2 columns, got {rows} x {columns}.")
    return ((k, (k % columns / (columns - 1), k // columns / (rows - 1))) for k in indices)


def _at(anchors: Sequence[Anchor], index: int, place: Sequence[Any], mix: Mixer, method: str) -> Place:
    x, y = check_place(place)
    said = {"arguments": {"at": [x, y], "method": method}}
    return replace(_in_square(anchors, index, x, y, mix), said=said)


def check_place(place: Any) -> tuple[float, float]:
    """A place of a palette's square, (x, y).

    Raises:
        UsageError: when it is not two numbers from 0 to 1.
    """
    both = list(place) if isinstance(place, Sequence | np.ndarray) and not isinstance(place, str) else []
    known = all(isinstance(k, int | float | np.number) and not isinstance(k, bool) and 0 <= k <= 1 for k in both)
    if len(both) != 2 or not known:
        raise UsageError(
            f"A place in a palette is two numbers from 0 to 1: x from the left and y from the top, got {place!r}."
        )
    return float(both[0]), float(both[1])


def _in_square(anchors: Sequence[Anchor], index: int, x: float, y: float, mix: Mixer) -> Place:
    tl, tr, bl, br = (anchor.row(0) for anchor in anchors)
    if x in (0, 1) and y in (0, 1):
        corner = anchors[2 * int(y) + int(x)]
        return Place(index, (corner.row(0),), corner.passage.own)
    upper, lower = _mix(mix, tl, tr, x), _mix(mix, bl, br, x)
    return Place(index, (_mix(mix, upper, lower, y),))


def decode(anchors: Sequence[Anchor], prior: Prior, seed: int, indices: Iterable[int], z: Any) -> list[Place]:
    """Points that the caller names, one a phrase."""
    rows = np.asarray(z, np.float64)
    if rows.ndim != 2 or not len(rows) or rows.shape[1] != prior.z_size or not np.isfinite(rows).all():
        raise UsageError(f"z must be (phrases, {prior.z_size}) finite numbers, got shape {rows.shape}.")
    return [Place(k, tuple(rows), draws=k) for k in indices]


VERBS: dict[str, Callable[..., list[Place]]] = {
    "sample": sample,
    "reconstruct": reconstruct,
    "interpolate": interpolate,
    "palette": palette,
    "decode": decode,
}
INPUTS = {
    "sample": (0, 0),
    "reconstruct": (1, 1),
    "vary": (1, 1),  # this one and `edit` search by decoding: `variations` and `edit`, which the space itself calls
    "interpolate": (2, 64),
    "palette": (4, 4),
    "decode": (0, 0),
    "humanise": (1, 1),  # these two draw from the posterior: `scorespace.space.playing`
    "drumify": (1, 1),
    "edit": (1, 1),
}


def _mix(mix: Mixer, a: Row, b: Row, amount: float) -> Row:
    if a is None or b is None:
        return b if a is None else a
    return mix(a, b, amount)


def _mixer(prior: Prior, name: str) -> Mixer:
    if name not in METHODS:
        raise UsageError(f"The method is one of {' or '.join(METHODS)}, got {name!r}.")

    def mix(a: np.ndarray, b: np.ndarray, amount: float) -> np.ndarray:
        mixed: np.ndarray = prior.mix(METHODS[name], torch.from_numpy(a), torch.from_numpy(b), amount).numpy()
        return mixed

    return mix
