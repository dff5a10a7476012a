"""Editing: moving the points of a score until the score has the attributes that are asked for.

A figure of a score is the mean of its phrases' figures, over the phrases that are not silent. Every phrase gets a goal
of its own, such that the mean is what is asked, and is searched for on its own:

1. along the attribute vectors of each way (several attributes: along their sum, weighed by what is missing), on the
   sphere of the point and straight on, at the same few amounts, all decoded in one pass;
2. while the goal is missed, from the best points so far, along the vectors and a little aside, at smaller amounts;
3. when it is met, back towards the phrase's own point, because the smallest change is wanted.

Among all phrases found the one is taken that comes nearest to the goal, and of those that meet it (within half a step
of the attribute) the one that keeps most: notes of the phrase, and its other attributes. What is aside is drawn from
fixed numbers, so an edit depends on nothing but its input.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from scorespace import latent
from scorespace.errors import UsageError
from scorespace.music.agreement import onset_f1
from scorespace.music.attributes import attributes_of, measure
from scorespace.music.grid import Grid
from scorespace.space import noise
from scorespace.space.verbs import Anchor, Place
from scorespace.vectors import METHODS, AttributeVectors

AMOUNTS = (0.1, 0.2, 0.35, 0.55, 0.8, 1.2)  # of the length of a point
ROUNDS = 6  # of step 2
TRIES = 24  # points in one of them
SHARES = (0.25, 0.45, 0.65, 0.85)  # of the way from the own point, in step 3
CHEAP = 0.3  # of a phrase found: a quarter of its notes and a little of its other attributes have changed
NEAR = 0.5  # steps of an attribute: a goal is met within so much
SEED = 0  # of what is aside

Decode = Callable[[np.ndarray, np.ndarray], np.ndarray]  # points (n, Z), phrases (n,) -> tokens (n, T, S)


@dataclass(frozen=True)
class Edited:
    """What `edit` gives.

    Attributes:
        points: (phrases, Z).
        was, asked, got: figures of the whole score by attribute, in its unit.
        reached: whether all are got within half a step.
        kept: whether the score had all of that as it was; nothing was searched then.
    """

    points: np.ndarray
    was: dict[str, float]
    asked: dict[str, float]
    got: dict[str, float]
    reached: bool
    kept: bool = False


def check(change: Mapping[str, float], to: Mapping[str, float], vectors: AttributeVectors) -> list[str]:
    """The names of the attributes that are asked for.

    Raises:
        UsageError: when there are none, one is asked for twice or by no number, or the space cannot move one.
    """
    names = [*change, *to]
    if not names:
        raise UsageError(f"Name an attribute to edit, such as density=+2: one of {', '.join(vectors.movable)}.")
    for name in names:
        vectors.index(name)
        value = change.get(name, to.get(name))
        if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not np.isfinite(value):
            raise UsageError(f"{name} takes a number, got {value!r}.")
    if twice := sorted(set(change) & set(to)):
        raise UsageError(f"{twice[0]} is asked for as a change and as a goal: give one.")
    return names


def places(
    anchor: Anchor,
    indices: Iterable[int],
    vectors: AttributeVectors,
    grid: Grid,
    write: Callable[[np.ndarray, Sequence[tuple[int, int]]], np.ndarray],
    spread: np.ndarray,
    strangeness: Callable[[np.ndarray], np.ndarray] | None,
    change: Mapping[str, float],
    to: Mapping[str, float],
) -> list[Place]:
    """Where the edited score stands; its own notes where it has what is asked for.

    write: points (n, Z) and (take, phrase) of each -> tokens (n, T, S).
    spread: (Z,) of the prior: the search goes through points in its units.
    strangeness: how far points (n, Z) lie from the user's style; of what meets the goal, less of it is preferred.

    Raises:
        UsageError: see `edit`.
    """
    check(change, to, vectors)
    sounding = [k for k, row in enumerate(anchor.rows) if row is not None]
    if not sounding:
        raise UsageError("There is no note in this score: it has no attribute to change.")
    tokens = np.stack([anchor.passage.phrases[k].tokens for k in sounding])
    points = np.stack([row for row in anchor.rows if row is not None]) / spread
    vectors = vectors.scaled(1 / spread)
    units = {name: attributes_of(grid)[name].unit for name in (*change, *to)}
    found = []
    for index in indices:

        def decode(z: np.ndarray, phrases: np.ndarray, take: int = index) -> np.ndarray:
            return write(z * spread, [(take, sounding[k]) for k in phrases])

        strange = None if strangeness is None else lambda z: strangeness(z * spread)
        edited = edit(points, tokens, change, to, vectors, grid, decode, strange)
        rows = list(anchor.rows)
        for k, point in zip(sounding, edited.points, strict=True):
            rows[k] = point * spread
        said = {
            "was": edited.was,
            "asked": edited.asked,
            "got": edited.got,
            "reached": edited.reached,
            "units": units,
        }
        found.append(Place(index, tuple(rows), anchor.passage.own if edited.kept else None, draws=index, said=said))
    return found


def edit(
    points: np.ndarray,
    tokens: np.ndarray,
    change: Mapping[str, float],
    to: Mapping[str, float],
    vectors: AttributeVectors,
    grid: Grid,
    decode: Decode,
    strangeness: Callable[[np.ndarray], np.ndarray] | None = None,
) -> Edited:
    """Searches points at which a score's attributes are those that are asked for.

    Args:
        points: (phrases, Z) float64 of its phrases that are not silent.
        tokens: (phrases, T, S) of these, as they are.
        change: differences by attribute. to: goals by attribute.
        vectors: of the space. grid: of the tokens.
        decode: writes phrases; deterministic.
        strangeness: see `places`, of points in the units of the prior.

    Raises:
        UsageError: see `check`; or when a goal lies outside of what the attribute can be.
    """
    names = check(change, to, vectors)
    known = attributes_of(grid)
    figures = measure(tokens, grid, vectors.names)
    chosen = np.array([vectors.index(name) for name in names])
    now = figures[:, chosen].mean(0)
    asked = np.array([now[k] + change[name] if name in change else to[name] for k, name in enumerate(names)])
    bounds = np.array([known[name].bounds(grid) for name in names])
    for name, value, was, (low, high) in zip(names, asked, now, bounds, strict=True):
        if not low - 1e-9 <= value <= high + 1e-9:
            limits = f"{low:g} to {high:g}" if np.isfinite(high) else f"{low:g} or more"
            raise UsageError(f"{name} would be {value:.2f}; it is {limits} {known[name].unit}, and {was:.2f} here.")
    steps = np.array([known[name].step for name in names])
    if not (np.abs(asked - now) > 1e-9).any():
        return Edited(points, _spelt(names, now), _spelt(names, asked), _spelt(names, now), reached=True, kept=True)
    search = _Search(points, tokens, figures, chosen, steps, vectors, grid, decode, strangeness)
    goals = np.clip(figures[:, chosen] + (asked - now), bounds[:, 0], bounds[:, 1])
    search.run(goals)
    taken = search.settle(goals, asked, bounds)
    got = search.figures_at(taken)[:, chosen].mean(0)
    reached = bool((np.abs(got - asked) <= NEAR * steps + 1e-9).all())
    return Edited(search.points_at(taken), _spelt(names, now), _spelt(names, asked), _spelt(names, got), reached)


def _spelt(names: Sequence[str], figures: np.ndarray) -> dict[str, float]:
    return {name: round(value, 6) + 0.0 for name, value in zip(names, figures.tolist(), strict=True)}


@dataclass
class _Pool:
    """The points tried for one phrase: (n, Z), the figures of what they decode to (n, A), what each costs (n,), and how
    far it lies from the user's style (n,), 0 where there is none."""

    points: list[np.ndarray] = field(default_factory=list)
    figures: list[np.ndarray] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)
    strange: list[float] = field(default_factory=list)

    def ranks(self, goal: np.ndarray, chosen: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """The order of the points, best first: nearest to the goal, and of those near enough the cheapest."""
        missed = self.missed(goal, chosen, steps)
        costs = np.array(self.costs) + np.array(self.strange)
        return np.lexsort((np.arange(len(missed)), costs, np.maximum(missed, NEAR)))

    def missed(self, goal: np.ndarray, chosen: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """(n,) by how many steps each misses the goal, the worst attribute of each."""
        worst: np.ndarray = (np.abs(np.stack(self.figures)[:, chosen] - goal) / steps).max(1)
        return np.round(worst, 9)


class _Search:
    def __init__(
        self,
        points: np.ndarray,
        tokens: np.ndarray,
        figures: np.ndarray,
        chosen: np.ndarray,
        steps: np.ndarray,
        vectors: AttributeVectors,
        grid: Grid,
        decode: Decode,
        strangeness: Callable[[np.ndarray], np.ndarray] | None,
    ) -> None:
        self.own, self.tokens, self.before = points, tokens, figures
        self.chosen, self.steps, self.vectors, self.grid, self.decode = chosen, steps, vectors, grid, decode
        self.strangeness = strangeness
        self.spreads = np.where(vectors.spreads > 0, vectors.spreads, 1.0)
        self.others = np.setdiff1d(np.arange(len(vectors.names)), chosen)
        self.pools = [_Pool() for _ in points]

    def run(self, goals: np.ndarray) -> None:
        """Fills the pools. goals: (phrases, asked)."""
        self._try({k: self._along(k, goals[k]) for k in range(len(self.own))})
        for number in range(ROUNDS):
            open_ones = [k for k in range(len(self.own)) if not self._good(k, goals[k])]
            if not open_ones:
                break
            self._try({k: self._around(k, goals[k], number) for k in open_ones})
        for _ in range(2):
            self._try({k: self._back(k, goals[k]) for k in range(len(self.own)) if self._best(k, goals[k])[1] <= NEAR})

    def settle(self, goals: np.ndarray, asked: np.ndarray, bounds: np.ndarray) -> list[int]:
        """Which point of each pool makes the whole score's figures come nearest to what is asked.

        Where some phrases miss their goals, the others are asked for so much more.
        """
        best, fewest = [], np.inf
        for _ in range(8):
            places = [self._best(k, goals[k])[0] for k in range(len(goals))]
            left = asked - self.figures_at(places)[:, self.chosen].mean(0)
            missed = max(float((np.abs(left) / self.steps).max()), NEAR)
            if missed < fewest:
                best, fewest = places, missed
            if fewest <= NEAR:
                break
            goals = np.clip(goals + left, bounds[:, 0], bounds[:, 1])
        return best

    def figures_at(self, places: Sequence[int]) -> np.ndarray:
        """(phrases, A) figures of the chosen points."""
        return np.stack([pool.figures[place] for pool, place in zip(self.pools, places, strict=True)])

    def points_at(self, places: Sequence[int]) -> np.ndarray:
        """(phrases, Z) the chosen points."""
        return np.stack([pool.points[place] for pool, place in zip(self.pools, places, strict=True)])

    def _best(self, phrase: int, goal: np.ndarray) -> tuple[int, float]:
        """The best point of a phrase, and by how many steps it misses the goal."""
        pool = self.pools[phrase]
        place = int(pool.ranks(goal, self.chosen, self.steps)[0])
        return place, float(pool.missed(goal, self.chosen, self.steps)[place])

    def _good(self, phrase: int, goal: np.ndarray) -> bool:
        """Whether the best point of a phrase meets the goal and costs little."""
        place, missed = self._best(phrase, goal)
        return missed <= NEAR and self.pools[phrase].costs[place] <= CHEAP

    def _directions(self, figures: np.ndarray, goal: np.ndarray) -> list[np.ndarray]:
        """One direction (Z,) for each way to find vectors: towards what is missing of each attribute."""
        missing = (goal - figures[self.chosen]) / self.spreads[self.chosen]
        if not np.abs(missing).max() > 0:
            return []
        found = []
        for method in METHODS:
            rows = self.vectors.directions[method][self.chosen]
            lengths = np.linalg.norm(rows, axis=1, keepdims=True)
            direction = (missing / np.abs(missing).max()) @ (rows / np.where(lengths > 0, lengths, 1))
            if np.linalg.norm(direction) > 0:
                found.append(direction)
        return found

    def _along(self, phrase: int, goal: np.ndarray) -> list[np.ndarray]:
        own = self.own[phrase]
        ways = self._directions(self.before[phrase], goal)
        walks = [(way, amount, kept) for way in ways for amount in AMOUNTS for kept in (True, False)]
        return [own, *(_moved(own, *walk) for walk in walks)]

    def _around(self, phrase: int, goal: np.ndarray, number: int) -> list[np.ndarray]:
        """From the own point, the best one and those that are cheap for how near they come: along the vectors of any
        way, and aside by as much again."""
        pool = self.pools[phrase]
        missed = pool.missed(goal, self.chosen, self.steps)
        fair = np.argsort(missed / max(missed[0], NEAR) + np.array(pool.costs), kind="stable")
        starts = [0, int(pool.ranks(goal, self.chosen, self.steps)[0]), *fair[:2].tolist()]
        drawn = noise.normals(SEED, number, phrase, TRIES * self.own.shape[1]).reshape(TRIES, -1)
        found = []
        for k in range(TRIES):
            place = starts[k % len(starts)]
            ways = self._directions(pool.figures[place], goal)
            way = ways[k % len(ways)] if ways else np.zeros_like(drawn[k])
            aside = drawn[k] / np.linalg.norm(drawn[k])
            length = np.linalg.norm(way)
            mixed = aside + (way / length if length > 0 else 0.0)
            amount = (0.2, 0.35, 0.5, 0.7, 0.9, 1.1)[k // len(starts) % 6] * (1.0 if place == 0 else 0.6)
            found.append(_moved(pool.points[place], mixed, amount, kept=(k + number) % 2 == 0))
        return found

    def _back(self, phrase: int, goal: np.ndarray) -> list[np.ndarray]:
        pool = self.pools[phrase]
        own, best = self.own[phrase], pool.points[self._best(phrase, goal)[0]]
        if np.array_equal(own, best):
            return []
        a, b = torch.from_numpy(own), torch.from_numpy(best)
        return [latent.slerp(a, b, share).numpy() for share in SHARES]

    def _try(self, wanted: Mapping[int, Sequence[np.ndarray]]) -> None:
        """Decodes points of phrases and puts them into the pools."""
        owners = np.array([k for k, points in wanted.items() for _ in points], np.int64)
        if not len(owners):
            return
        points = np.stack([point for points in wanted.values() for point in points])
        written = self.decode(points, owners)
        figures = measure(written, self.grid, self.vectors.names)
        changed = np.abs(figures - self.before[owners]) / self.spreads
        aside = changed[:, self.others].mean(1) if len(self.others) else np.zeros(len(owners))
        costs = aside + 1.0 - onset_f1(self.tokens[owners], written, self.grid)
        strange = np.zeros(len(points)) if self.strangeness is None else self.strangeness(points)
        for owner, point, row, cost, far in zip(owners, points, figures, costs.tolist(), strange.tolist(), strict=True):
            pool = self.pools[owner]
            pool.strange.append(far)
            pool.points.append(point)
            pool.figures.append(row)
            pool.costs.append(cost)


def _moved(point: np.ndarray, direction: np.ndarray, amount: float, kept: bool) -> np.ndarray:
    """The point after a walk of `amount` times its length, on its sphere or straight on."""
    if kept:
        walked: np.ndarray = latent.moved(torch.from_numpy(point), torch.from_numpy(direction), amount).numpy()
        return walked
    straight: np.ndarray = point + amount * (np.linalg.norm(point) or 1.0) / np.linalg.norm(direction) * direction
    return straight
