"""A prior for a few scores of one style: a Gaussian with a mean and a covariance of its own.

    z = mean + widths * (n + V^T ((lengths - 1) * V n)),   n ~ N(0, I)

V (K, Z) are orthonormal directions; along them the deviation is `lengths`, across them 1, all in units of `widths`.
The map has an inverse in closed form. A way between two points leans towards the style (`mix`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property

import torch
from torch import Tensor

from scorespace import latent

LEAN = 0.7  # by experiment (docs/adapt.md): more makes the middle of a line unlike its ends
LOG_2_PI = math.log(2 * math.pi)
Mix = Callable[[Tensor, Tensor, Tensor | float], Tensor]


class Styled:
    """See the module's text.

    Attributes:
        mean, widths: (Z,). directions: (K, Z), orthonormal. lengths: (K,), above 0. All float64.
    """

    genres: tuple[str, ...] = ()

    def __init__(self, units: Tensor, mean: Tensor, widths: Tensor, directions: Tensor, lengths: Tensor) -> None:
        """units: (Z,) spread of the space's own prior."""
        self._units, self.mean, self.widths = units.double(), mean.double(), widths.double()
        self.directions, self.lengths = directions.double(), lengths.double()
        self.z_size = len(mean)

    def spread(self, like: Tensor) -> Tensor:
        """(Z,) by which dimensions are divided before they are compared: that of the space's own prior."""
        return self._units.to(like)

    def deviation(self, like: Tensor) -> Tensor:
        """(Z,) standard deviation of each dimension, whose mean is not 0."""
        aside = self.directions.square().T @ (self.lengths.square() - 1)
        return (self.widths * (1 + aside).sqrt()).to(like)

    def place(self, normals: Tensor, angles: Tensor | None = None) -> Tensor:
        """Points of the style from standard normal numbers (..., Z)."""
        return self.mean + self.widths * self._stretched(normals.double(), self.lengths)

    def normals(self, z: Tensor) -> Tensor:
        """The standard normal numbers (..., Z) from which `place` makes these points."""
        return self._stretched((z.double() - self.mean) / self.widths, 1 / self.lengths)

    def mix(self, mix: Mix, a: Tensor, b: Tensor, amount: Tensor | float) -> Tensor:
        """A point on the way from a to b, (..., Z), leaning towards the style; exactly a at 0, b at 1.

        The point of the plain way counts as heard with an uncertainty of LEAN times the sine of its place, and the
        prior that it was heard with is replaced by the style: where both say the same, the way stays as it is.
        """
        mixed = mix(a, b, amount).double()
        share = torch.as_tensor(amount, dtype=torch.float64)
        share = share.unsqueeze(-1) if share.ndim else share
        inside = (share > 0) & (share < 1)
        unsure = LEAN * torch.sin(math.pi * torch.where(inside, share, 0.5))
        return torch.where(inside, self._leant(mixed, 1 / unsure.square() - 1), mixed)

    def moved(self, point: Tensor, direction: Tensor, amount: Tensor | float) -> Tensor:
        """The point after a walk of `amount` times its length, in the units of the space."""
        return latent.moved(point / self._units, direction / self._units, amount) * self._units

    def strangeness(self, z: Tensor) -> Tensor:
        """(...,) how far points (..., Z) lie from the style: 1 is as far as its own on average, 0 its middle."""
        return self.normals(z).square().mean(-1)

    def log_prob(self, z: Tensor) -> Tensor:
        """(...,) log density at z, nats."""
        return -0.5 * (self.normals(z).square().sum(-1) + self.z_size * LOG_2_PI) - self._log_volume()

    def kl(self, mean: Tensor, scale: Tensor) -> Tensor:
        """(B,) nats from the style to N(mean, scale^2), each (B, Z), exact."""
        within = (scale.double().square() * self._precision().diagonal()).sum(-1)
        entropy = scale.double().log().sum(-1) + 0.5 * self.z_size
        return 0.5 * (self.normals(mean).square().sum(-1) + within) + self._log_volume() - entropy

    def _leant(self, z: Tensor, told: Tensor) -> Tensor:
        """Points (..., Z) heard with the precision `told` (..., 1) over N(0, I), under this prior in its place."""
        values, vectors = self._axes
        point, middle = (z / self._units) @ vectors, (self.mean / self._units) @ vectors
        return ((point * (told + 1) + values * middle) / (told + values)) @ vectors.T * self._units

    @cached_property
    def _axes(self) -> tuple[Tensor, Tensor]:
        """Eigenvalues (Z,) and vectors (Z, Z) of the precision, in the units of the space."""
        values, vectors = torch.linalg.eigh(self._precision() * self._units * self._units.unsqueeze(-1))
        return values, vectors

    def _stretched(self, numbers: Tensor, lengths: Tensor) -> Tensor:
        return numbers + ((numbers @ self.directions.T) * (lengths - 1)) @ self.directions

    def _log_volume(self) -> Tensor:
        return self.widths.log().sum() + self.lengths.log().sum()

    def _precision(self) -> Tensor:
        """(Z, Z) inverse of the covariance."""
        inner = (self.directions.T * (1 / self.lengths.square() - 1)) @ self.directions
        inner = inner + torch.eye(self.z_size, dtype=torch.float64)
        return inner / self.widths / self.widths.unsqueeze(-1)
