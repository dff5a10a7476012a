"""Variations: how far the point of a phrase turns, so that `amount` is a share of its notes and not of an angle.

The point of a phrase turns towards a draw from the prior on the great circle between them. How many notes change on the
way differs from space to space and from phrase to phrase: a space that stores phrases precisely (many nats) holds all
of them for a third of the way and then loses them within a few degrees. So the turn is searched for, by halving, at
which the onsets kept lie `amount` of the way from those that a reconstruction keeps to those that the draw has anyway.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import torch

from scorespace import latent
from scorespace.errors import UsageError
from scorespace.models.priors import Flower, Prior
from scorespace.music.agreement import onset_f1
from scorespace.music.grid import Grid
from scorespace.space import drawing
from scorespace.space.verbs import Anchor, Place

HALVINGS = 6  # turns to 1/64 of the way
LEAST_APART = 0.05  # F1 between both ends below which there is nothing to search for


def places(
    anchor: Anchor,
    prior: Prior,
    seed: int,
    indices: Iterable[int],
    grid: Grid,
    write: Callable[[np.ndarray, Sequence[tuple[int, int]]], np.ndarray],
    amount: float,
) -> list[Place]:
    """Where the variations of a score stand, each phrase for itself.

    `amount` 0 is the user's own notes, 1 the draw itself: without genres the take that `sample` makes of the same seed.

    Args:
        anchor: the score.
        prior: of the space; on a flower a variation keeps its genre. grid: of its phrases.
        seed, indices: of the takes.
        write: points (n, Z) and (take, phrase) of each -> tokens (n, T, S).
        amount: 0 to 1.

    Raises:
        UsageError: when amount is not from 0 to 1.
    """
    if not 0 <= amount <= 1:
        raise UsageError(f"amount is from 0 (the same notes) to 1 (unrelated), got {amount}.")
    takes = list(indices)
    if amount == 0:
        return [Place(k, anchor.rows, anchor.passage.own) for k in takes]
    wanted = [(take, phrase) for take in takes for phrase, row in enumerate(anchor.rows) if row is not None]
    if not wanted:
        return [Place(k, anchor.rows, draws=k) for k in takes]
    begin = np.stack([row for _ in takes for row in anchor.rows if row is not None])
    drawn = _draws(prior, seed, wanted, begin)
    own = np.stack([anchor.passage.phrases[phrase].tokens for _, phrase in wanted])

    def kept(turns: np.ndarray) -> np.ndarray:
        return onset_f1(own, write(_turned(prior, begin, drawn, turns), wanted), grid)

    turns = np.ones(len(wanted)) if amount == 1 else search(kept, len(wanted), amount)
    points = dict(zip(wanted, _turned(prior, begin, drawn, turns), strict=True))
    numbers = range(len(anchor.rows))
    return [Place(k, tuple(points.get((k, phrase)) for phrase in numbers), draws=k) for k in takes]


def search(kept: Callable[[np.ndarray], np.ndarray], count: int, amount: float) -> np.ndarray:
    """The turns (count,), 0 to 1, of those tried at which what is kept is nearest to what `amount` asks for.

    kept: turns (count,) -> shares of the onsets (count,), which fall as the turns grow, by and large.
    """
    near, far = kept(np.zeros(count)), kept(np.ones(count))
    goal = near + amount * (far - near)
    low, high = np.zeros(count), np.ones(count)
    best, missed = np.full(count, amount), np.full(count, np.inf)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        found = kept(middle)
        nearer = np.abs(found - goal) < missed
        best, missed = np.where(nearer, middle, best), np.where(nearer, np.abs(found - goal), missed)
        low, high = np.where(found > goal, middle, low), np.where(found > goal, high, middle)
    return np.where(near - far > LEAST_APART, best, amount)


def _draws(prior: Prior, seed: int, wanted: Sequence[tuple[int, int]], begin: np.ndarray) -> np.ndarray:
    """A draw for each (take, phrase); on a flower from the petal that stands where the phrase's own point (n, Z) is."""
    if not isinstance(prior, Flower):
        return drawing.points(prior, seed, wanted)
    angles = np.arctan2(begin[:, 1], begin[:, 0])
    return np.concatenate([drawing.points(prior, seed, [one], at) for one, at in zip(wanted, angles, strict=True)])


def _turned(prior: Prior, begin: np.ndarray, drawn: np.ndarray, turns: np.ndarray) -> np.ndarray:
    points = torch.from_numpy(begin), torch.from_numpy(drawn), torch.from_numpy(turns)
    turned: np.ndarray = prior.mix(latent.slerp, *points).numpy()
    return turned
