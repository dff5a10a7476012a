"""Points drawn from the prior of a space, each from numbers of its own."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch

from scorespace.models.priors import Flower, Prior
from scorespace.space import noise


def points(prior: Prior, seed: int, streams: Sequence[tuple[int, int]], angle: float | None = None) -> np.ndarray:
    """(n, Z) float64: a draw from the prior for each (take, phrase).

    Args:
        prior: of the space.
        seed: of the takes.
        streams: n pairs.
        angle: where on a flower to draw, in radians; None draws the petal, too, for each take.
    """
    if not streams:
        return np.empty((0, prior.z_size))
    normals = np.stack([noise.normals(seed, take, phrase, prior.z_size) for take, phrase in streams])
    if not isinstance(prior, Flower):
        drawn: np.ndarray = prior.place(torch.from_numpy(normals)).numpy()
        return drawn
    petals = [math.floor(noise.petal(seed, take) * prior.petals) for take, _ in streams]
    angles = torch.tensor([prior.angle(petal) if angle is None else angle for petal in petals], dtype=torch.float64)
    placed: np.ndarray = prior.place(torch.from_numpy(normals), angles).numpy()
    return placed
