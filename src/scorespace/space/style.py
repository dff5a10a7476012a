"""Style transfer: a score in another genre, with as much of it kept as is asked.

Where a phrase goes is searched for among points in two directions:

    the petal     its place in the plane of the flower moves to the petal of the other genre, some of the way or beyond
    the content   its other dimensions move by so many times the difference of the two genres' mean points

All of them are decoded. What a point is worth is how probable the classifier of the space (`Styles`) finds the genre;
what it costs is what of the phrase is lost: a third each of the places of its onsets, its chroma and its contour
(`scorespace.music.agreement.kept`). All phrases of a score move alike, so that it stays one piece: of the moves that
keep at least `keep` of it, the one that the classifier finds most like the genre is taken.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from scorespace.errors import ModelError, UsageError
from scorespace.models.priors import PLANE, Flower
from scorespace.music.agreement import kept
from scorespace.music.grid import Grid
from scorespace.space import drawing, genres
from scorespace.space.verbs import Anchor, Place
from scorespace.styles import Styles

KEEP = 0.5  # of a score, unless asked otherwise
OWN = 3.0  # at which the classifier finds the genre in samples as often as in real phrases (docs/musae.md)
PETALS = (0.0, 0.5, 1.0)  # of the way to the other genre's petal
CONTENTS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)  # times the difference of the genres' mean points
_ARROW = re.compile(r"\s*(.*?)\s*(?:=>|:)\s*(.+?)\s*")

Write = Callable[[np.ndarray, Sequence[tuple[int, int]]], np.ndarray]


@dataclass(frozen=True)
class Wish:
    """What is asked for: the genre it is in (None: the most probable one) and the place on the circle to go to."""

    source: int | None
    angle: float


@dataclass(frozen=True)
class Moved:
    """Every move that was tried on the phrases of a score, and the one taken.

    Attributes:
        moves: (way to the petal, times the difference), M of them; the first is to stay.
        points: (M, P, Z). tokens: (M, P, T, S).
        likeness: (M,) mean log-probability of the genre over the phrases, nats.
        kept: (M,) share of the score that is kept. parts: (M, 3) its onsets, chroma and contour.
        taken: which move.
    """

    moves: tuple[tuple[float, float], ...]
    points: np.ndarray
    tokens: np.ndarray
    likeness: np.ndarray
    kept: np.ndarray
    parts: np.ndarray
    taken: int


def wish(text: str | float, prior: object) -> Wish:
    """What "rock=>jazz" or "rock:jazz", "jazz" or "rock=>45deg" asks for.

    Raises:
        UsageError: when the space has no such genre.
    """
    assert isinstance(prior, Flower)
    if isinstance(text, str) and text.rstrip().endswith(("=", "=>", ":")):
        raise UsageError(f'{text!r} lacks the genre to go to: quote it, as "rock=>jazz", or the shell reads the >.')
    arrow = _ARROW.fullmatch(text) if isinstance(text, str) else None
    goal = genres.angle(prior, arrow[2] if arrow else text)
    if not arrow or not arrow[1]:
        return Wish(None, goal)
    at = genres.angle(prior, arrow[1])
    return Wish(prior.genres.index(genres.nearest(prior, at)), goal)


def check(text: str | float, keep: float, prior: object, styles: Styles | None, name: str) -> Wish:
    """The wish, where the space can fulfil it.

    Raises:
        UsageError: when the space has no such genre, or keep is no share.
        ModelError: when no styles were learnt for this space.
    """
    if not isinstance(prior, Flower):
        raise UsageError(f"{name} has no genres: take a space such as musae-16bar, or edit attributes.")
    found = wish(text, prior)
    if isinstance(keep, bool) or not isinstance(keep, int | float) or not 0 <= keep <= 1:
        raise UsageError(f"keep is from 0 (only the genre counts) to 1 (nothing may be lost), got {keep!r}.")
    if styles is None:
        raise ModelError(
            f"{name} has no styles of its genres: learn them with `scorespace attributes {name} DATA`, where DATA is "
            "the data set that it was trained on."
        )
    return found


def places(
    anchor: Anchor,
    indices: Iterable[int],
    styles: Styles,
    prior: Flower,
    grid: Grid,
    write: Write,
    genre: str | float,
    keep: float,
) -> list[Place]:
    """Where the score in the other genre stands; its own notes where staying is best.

    write: points (n, Z) and (take, phrase) of each -> tokens (n, T, S).

    Raises:
        UsageError: when there is no note in the score.
    """
    asked = wish(genre, prior)
    sounding = [k for k, row in enumerate(anchor.rows) if row is not None]
    if not sounding:
        raise UsageError("There is no note in this score: it has no style to change.")
    tokens = np.stack([anchor.passage.phrases[k].tokens for k in sounding]).astype(np.int64)
    points = np.stack([row for row in anchor.rows if row is not None])
    found = []
    for index in indices:

        def decode(z: np.ndarray, phrases: np.ndarray, take: int = index) -> np.ndarray:
            return write(z, [(take, sounding[k]) for k in phrases])

        moved = move(points, tokens, asked, styles, prior, grid, decode, keep)
        rows = list(anchor.rows)
        for k, point in zip(sounding, moved.points[moved.taken], strict=True):
            rows[k] = point
        own = anchor.passage.own if moved.taken == 0 else None
        found.append(Place(index, tuple(rows), own, draws=index, said={"style": _said(moved, asked, prior)}))
    return found


def drawn(prior: Flower, styles: Styles | None, seed: int, takes: Sequence[int], angle: float) -> np.ndarray:
    """(n, Z) points of a genre: draws from its petal, moved by OWN times what sets its mean point apart.

    The petal alone says little: what can be heard of a genre stands in the further dimensions, too, where the prior has
    all genres alike. Without styles it is all there is.
    """
    points = drawing.points(prior, seed, [(take, 0) for take in takes], angle)
    if styles is not None:
        means = styles.arrays["means"]
        points[:, PLANE:] += OWN * (_weights(angle, prior) @ means - means.mean(0))[PLANE:]
    return points


def sample(prior: Flower, styles: Styles | None, seed: int, indices: Iterable[int], genre: str | float) -> list[Place]:
    """Where samples of a genre stand."""
    takes = list(indices)
    points = drawn(prior, styles, seed, takes, genres.angle(prior, genre))
    return [Place(take, (point,), draws=take) for take, point in zip(takes, points, strict=True)]


def move(
    points: np.ndarray,
    tokens: np.ndarray,
    asked: Wish,
    styles: Styles,
    prior: Flower,
    grid: Grid,
    decode: Callable[[np.ndarray, np.ndarray], np.ndarray],
    keep: float = KEEP,
) -> Moved:
    """Tries every move on the phrases of a score.

    Args:
        points: (P, Z) of its phrases. tokens: (P, T, S) int64 of these, as they are.
        asked: from where to where.
        styles: of the space. prior: of the space. grid: of the tokens.
        decode: writes points (n, Z) of phrases (n,); deterministic.
        keep: share of the score that must be kept, 0 to 1.
    """
    source = asked.source
    if source is None:
        source = int(styles.log_probabilities(tokens, grid).mean(0).argmax())
    goal = _weights(asked.angle, prior)
    towards = np.array([math.cos(asked.angle), math.sin(asked.angle)])
    difference = goal @ styles.arrays["means"] - styles.arrays["means"][source]
    moves = tuple(product(PETALS, CONTENTS))
    stations = np.stack([_walked(points, towards, difference, way, times) for way, times in moves])
    owners = np.tile(np.arange(len(points)), len(moves) - 1)
    written = decode(stations[1:].reshape(-1, points.shape[1]), owners)
    written = np.concatenate([tokens[None], written.reshape(-1, *tokens.shape).astype(np.int64)])
    flat = written.reshape(-1, *tokens.shape[1:])
    likeness = styles.log_probabilities(flat, grid).reshape(len(moves), len(points), -1)
    liked = np.log(np.exp(likeness) @ goal + 1e-12).mean(1)
    again = np.tile(tokens, (len(moves), 1, 1))
    parts = np.stack([share.reshape(len(moves), -1).mean(1) for share in kept(again, flat, grid).values()], axis=1)
    shares = parts.mean(1)
    allowed = np.flatnonzero(shares >= keep - 1e-9)
    taken = int(allowed[liked[allowed].argmax()])
    return Moved(moves, stations, written, liked, shares, parts, taken)


def _walked(points: np.ndarray, towards: np.ndarray, difference: np.ndarray, way: float, times: float) -> np.ndarray:
    """Points (P, Z) after a move."""
    moved = points.copy()
    moved[:, :PLANE] += way * (towards - points[:, :PLANE])
    moved[:, PLANE:] += times * difference[PLANE:]
    return moved


def _weights(angle: float, prior: Flower) -> np.ndarray:
    """(G,) how much each genre is meant by an angle: all of one, or of the two that it stands between."""
    place = angle / (2 * math.pi) * prior.petals
    low = math.floor(place + 1e-9)
    share = min(max(place - low, 0.0), 1.0)
    weights = np.zeros(prior.petals)
    weights[low % prior.petals] += 1 - share
    weights[(low + 1) % prior.petals] += share
    return weights


def _said(moved: Moved, asked: Wish, prior: Flower) -> dict[str, object]:
    onsets, chroma, contour = moved.parts[moved.taken].tolist()
    source = None if asked.source is None else prior.genres[asked.source]
    return {
        "from": source,
        "to": genres.nearest(prior, asked.angle),
        "degrees": round(math.degrees(asked.angle), 6),
        "likeness_before": round(float(np.exp(moved.likeness[0])), 6),
        "likeness": round(float(np.exp(moved.likeness[moved.taken])), 6),
        "kept": {"onsets": round(onsets, 6), "chroma": round(chroma, 6), "contour": round(contour, 6)},
    }
