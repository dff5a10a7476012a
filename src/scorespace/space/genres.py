"""Genres on a flower: what a person may call a place on its circle, and which genre a place belongs to."""

from __future__ import annotations

import math
import re

from scorespace.errors import UsageError
from scorespace.models.priors import Flower, Prior

_DEGREES = re.compile(r"([+-]?\d+(?:\.\d+)?)(?:deg|°)?")


def angle(prior: Prior, genre: str | float) -> float:
    """Where a genre stands on the circle, in radians.

    Args:
        prior: of the space.
        genre: a name, or degrees: a number or "45deg"; between two genres it names a mixture of them.

    Raises:
        UsageError: when the space has no genres, or none of this name; says which there are and where.
    """
    if not isinstance(prior, Flower):
        raise UsageError("This space has no genres: take one such as musae-16bar, or leave the genre out.")
    if isinstance(genre, str):
        name = genre.strip().casefold().replace(" ", "_")
        if name in prior.genres:
            return prior.angle(prior.genres.index(name))
        degrees = _DEGREES.fullmatch(name)
        if not degrees:
            raise UsageError(f"There is no genre {genre!r}; there are {places(prior)}, or any angle from 0 to 360.")
        genre = float(degrees[1])
    if isinstance(genre, bool) or not math.isfinite(genre):
        raise UsageError(f"A genre is a name or an angle in degrees, got {genre!r}.")
    return math.radians(genre % 360)


def places(prior: Flower) -> str:
    """The genres with their angles, in words."""
    return ", ".join(f"{name} ({math.degrees(prior.angle(k)):.0f}deg)" for k, name in enumerate(prior.genres))


def nearest(prior: Flower, at: float) -> str:
    """The genre whose petal stands nearest to an angle in radians."""
    return prior.genres[round(at / (2 * math.pi) * prior.petals) % prior.petals]
