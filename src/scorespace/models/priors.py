"""What z is like before anything is known of a phrase: N(0, I), or a flower of Gaussians, a petal for each genre. A
user's own style is a third one (`scorespace.models.styled`).

The flower (Valenti et al. 2020, 3.3): the means of n Gaussians stand on the unit circle of the first two dimensions,

    mu_i = (cos 2 pi i / n, sin 2 pi i / n, 0, ..., 0)                                          (14)
    Sigma_i = M_i S M_i^-1,  S = diag(a_1, a_2, ..., a_2),  M_i turns the first two dimensions by 2 pi i / n   (15-18)

so that a petal is long towards the centre (variance a_1 = 0.1) and thin across and in all further dimensions (a_2 =
0.001). What all petals share, the further dimensions, can be kept while a phrase goes from one petal to another.

A prior maps standard normal numbers to points (`place`), and knows how to walk between points (`mix`, `moved`): on the
flower the first two dimensions go straight, through the centre, where the genres meet, and the others turn as in a
space of N(0, I). Points are (B, Z) tensors; nothing here is random.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from scorespace import latent
from scorespace.models.losses import gaussian_kl
from scorespace.models.styled import Styled

Mix = Callable[[Tensor, Tensor, Tensor | float], Tensor]
PLANE = 2  # dimensions in which the petals differ
LOG_2_PI = math.log(2 * math.pi)


class StandardNormal:
    """N(0, I)."""

    genres: tuple[str, ...] = ()

    def __init__(self, z_size: int) -> None:
        self.z_size = z_size

    def spread(self, like: Tensor) -> Tensor:
        """(Z,) by which dimensions are divided before they are compared with one another."""
        return self.deviation(like)

    def deviation(self, like: Tensor) -> Tensor:
        """(Z,) standard deviation of each dimension over the whole prior, whose mean is 0."""
        return torch.ones(self.z_size, dtype=like.dtype, device=like.device)

    def place(self, normals: Tensor, angles: Tensor | None = None) -> Tensor:
        """Points of the prior from standard normal numbers (B, Z)."""
        return normals

    def mix(self, mix: Mix, a: Tensor, b: Tensor, amount: Tensor | float) -> Tensor:
        """A point on the way from a to b, (..., Z); `mix` is one of the ways in `scorespace.latent`."""
        return mix(a, b, amount)

    def moved(self, point: Tensor, direction: Tensor, amount: Tensor | float) -> Tensor:
        """The point after a walk of `amount` times its length; see `scorespace.latent.moved`."""
        return latent.moved(point, direction, amount)

    def log_prob(self, z: Tensor) -> Tensor:
        """(B,) log density at z, nats."""
        return -0.5 * (z.square().sum(-1) + self.z_size * LOG_2_PI)

    def kl(self, mean: Tensor, scale: Tensor) -> Tensor:
        """(B,) nats from the prior to N(mean, scale^2), each (B, Z)."""
        return gaussian_kl(mean, scale).sum(-1)


class Flower:
    """The mixture of n Gaussians on a circle, all of one weight.

    Attributes:
        genres: the name of each petal, in order round the circle.
        petals: n.
        radial, rest: variances a_1 and a_2.
    """

    def __init__(self, z_size: int, genres: tuple[str, ...], radial: float = 0.1, rest: float = 0.001) -> None:
        self.z_size, self.genres, self.petals = z_size, genres, len(genres)
        self.radial, self.rest = radial, rest

    def angle(self, genre: int) -> float:
        """Where a genre's petal stands, in radians."""
        return 2 * math.pi * genre / self.petals

    def angles(self, like: Tensor) -> Tensor:
        """(n,) where all petals stand, in radians."""
        return 2 * math.pi * torch.arange(self.petals, dtype=like.dtype, device=like.device) / self.petals

    def spread(self, like: Tensor) -> Tensor:
        """(Z,): 1 in the plane of the petals, whose circle has the radius 1, and sqrt(a_2) elsewhere."""
        spread = torch.full((self.z_size,), math.sqrt(self.rest), dtype=like.dtype, device=like.device)
        spread[:PLANE] = 1.0
        return spread

    def deviation(self, like: Tensor) -> Tensor:
        """(Z,) standard deviation of each dimension over the whole mixture, whose mean is 0."""
        deviation, angles = self.spread(like), self.angles(like)
        outwards = torch.stack([angles.cos().square().mean(), angles.sin().square().mean()])
        deviation[:PLANE] = (outwards * (1 + self.radial) + outwards.flip(0) * self.rest).sqrt()
        return deviation

    def place(self, normals: Tensor, angles: Tensor | None = None) -> Tensor:
        """Points (B, Z) of the petals that stand at `angles` (B,) in radians, from standard normal numbers (B, Z).

        An angle between two petals gives a petal of its own, of the same shape.
        """
        angles = torch.zeros_like(normals[:, 0]) if angles is None else angles
        out, across = 1 + math.sqrt(self.radial) * normals[:, 0], math.sqrt(self.rest) * normals[:, 1]
        cosine, sine = angles.cos(), angles.sin()
        plane = torch.stack([out * cosine - across * sine, out * sine + across * cosine], -1)
        return torch.cat([plane, math.sqrt(self.rest) * normals[:, PLANE:]], -1)

    def mix(self, mix: Mix, a: Tensor, b: Tensor, amount: Tensor | float) -> Tensor:
        plane = latent.lerp(a[..., :PLANE], b[..., :PLANE], amount)
        return torch.cat([plane, mix(a[..., PLANE:], b[..., PLANE:], amount)], -1)

    def moved(self, point: Tensor, direction: Tensor, amount: Tensor | float) -> Tensor:
        """As in N(0, I), with every dimension in its own spread."""
        spread = self.spread(point)
        return latent.moved(point / spread, direction / spread, amount) * spread

    def log_prob(self, z: Tensor) -> Tensor:
        """(B,) log density of the mixture at z, nats, exact."""
        plane = self._turned_back(z[..., :PLANE])  # (B, n, 2)
        out, across = plane[..., 0] - 1, plane[..., 1]
        petal = -0.5 * (out.square() / self.radial + across.square() / self.rest)
        petal = petal - 0.5 * math.log(self.radial * self.rest) - LOG_2_PI
        content = z[..., PLANE:].square().sum(-1) / self.rest
        further = -0.5 * (content + (self.z_size - PLANE) * (LOG_2_PI + math.log(self.rest)))
        return torch.logsumexp(petal, -1) - math.log(self.petals) + further

    def kl_to_petals(self, mean: Tensor, scale: Tensor) -> Tensor:
        """(B, n) nats from each petal to N(mean, scale^2), each (B, Z): the KL of two Gaussians, exact."""
        plane = self._turned_back(mean[..., :PLANE])
        out, across = plane[..., 0] - 1, plane[..., 1]
        angles = self.angles(mean)
        cosine, sine = angles.cos().square(), angles.sin().square()
        first, second = scale[..., :1].square(), scale[..., 1:PLANE].square()
        radial, tangential = first * cosine + second * sine, first * sine + second * cosine  # of the turned covariance
        petal = (radial + out.square()) / self.radial + (tangential + across.square()) / self.rest - PLANE
        petal = petal + math.log(self.radial * self.rest) - 2 * scale[..., :PLANE].log().sum(-1, keepdim=True)
        ratio = (scale[..., PLANE:].square() + mean[..., PLANE:].square()) / self.rest
        further = ratio - 1 - 2 * scale[..., PLANE:].log() + math.log(self.rest)
        return 0.5 * (petal + further.sum(-1, keepdim=True))

    def kl(self, mean: Tensor, scale: Tensor) -> Tensor:
        """(B,) an upper bound in nats of the KL from the mixture: -log mean_i exp(-KL_i).

        Source: Hershey and Olsen 2007, "Approximating the Kullback Leibler divergence", the bound by Jensen.
        """
        return math.log(self.petals) - torch.logsumexp(-self.kl_to_petals(mean, scale), -1)

    def _turned_back(self, plane: Tensor) -> Tensor:
        """(..., n, 2): points (..., 2) of the plane as seen along each petal: outwards, and across it."""
        angles = self.angles(plane)
        x, y = plane[..., :1], plane[..., 1:]
        return torch.stack([x * angles.cos() + y * angles.sin(), y * angles.cos() - x * angles.sin()], -1)


Prior = StandardNormal | Flower | Styled
