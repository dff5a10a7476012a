"""Ways through a latent space: tensors in, tensors out.

Points are (..., Z) floating tensors. Mixing is in float64 or whatever the points have; nothing here is random.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Mix = Callable[[Tensor, Tensor, Tensor | float], Tensor]

PARALLEL = 1e-7  # sine of the angle below which two directions count as one: smaller angles lose all digits in float64


def lerp(a: Tensor, b: Tensor, amount: Tensor | float) -> Tensor:
    """The straight line: (1 - amount) a + amount b. Exactly a at 0 and b at 1.

    a, b (..., Z); amount in [0, 1], a number or (...). Written with two products, not as a + amount (b - a), so that
    huge opposite points cannot overflow and both ends are exact.
    """
    share = _share(amount, a)
    return (1 - share) * a + share * b


def slerp(a: Tensor, b: Tensor, amount: Tensor | float) -> Tensor:
    """The great circle: the direction turns evenly from a to b, the length changes evenly. Exactly a at 0, b at 1.

    Samples of a wide Gaussian lie near a sphere; a straight line between two of them passes through a region the
    decoder never saw. Source: Shoemake 1985, "Animating Rotation with Quaternion Curves", section 3.3, written with
    the part of b orthogonal to a, so that it stays accurate near opposite points, where dividing by sin(angle) is not.

    Parallel points, and any pair with a zero point, have no circle: they are mixed by `lerp`. Opposite points have
    many: the one through the axis in which they differ least is taken, whichever is named first.

    a, b (..., Z); amount in [0, 1], a number or (...).
    """
    share = _share(amount, a)
    from_direction, from_length = _polar(a)
    to_direction, to_length = _polar(b)
    cosine = (from_direction * to_direction).sum(-1, keepdim=True)
    aside = to_direction - cosine * from_direction
    sine = torch.linalg.vector_norm(aside, dim=-1, keepdim=True)
    opposite = (sine < PARALLEL) & (cosine < 0)
    aside = torch.where(opposite, _orthogonal(from_direction, to_direction), aside / sine.clamp_min(PARALLEL))
    angle = torch.where(opposite, torch.pi, torch.atan2(sine, cosine)) * share
    length = (1 - share) * from_length + share * to_length
    arc = length * (torch.cos(angle) * from_direction + torch.sin(angle) * aside)
    straight = ((sine < PARALLEL) & (cosine >= 0)) | (from_length == 0) | (to_length == 0)
    mixed = torch.where(straight, lerp(a, b, amount), arc)
    return torch.where(share == 0, a, torch.where(share == 1, b, mixed))


def bilinear(
    corners: tuple[Tensor, Tensor, Tensor, Tensor], row: Tensor | float, column: Tensor | float, mix: Mix = slerp
) -> Tensor:
    """The point of a square: `row` 0 is the top, 1 the bottom; `column` 0 is the left, 1 the right.

    corners are (tl, tr, bl, br), each (..., Z). The upper and the lower edge are mixed first, then the two points found
    there; with `slerp` the order matters a little, with `lerp` it does not. The corners are exact.
    """
    tl, tr, bl, br = corners
    return mix(mix(tl, tr, column), mix(bl, br, column), row)


def _share(amount: Tensor | float, like: Tensor) -> Tensor:
    share = torch.as_tensor(amount, dtype=like.dtype, device=like.device)
    return share.unsqueeze(-1) if share.ndim else share


def _polar(point: Tensor) -> tuple[Tensor, Tensor]:
    """Unit direction (zero for the zero point) and length (..., 1). Scaled first, so that squares stay in range."""
    scale = point.abs().amax(-1, keepdim=True)
    scaled = torch.where(scale > 0, point / torch.where(scale > 0, scale, 1), 0.0)
    length = torch.linalg.vector_norm(scaled, dim=-1, keepdim=True)
    return scaled / length.clamp_min(1), length * scale


def _orthogonal(direction: Tensor, other: Tensor) -> Tensor:
    """A unit vector at right angles to `direction`: the axis in which both differ least, made orthogonal."""
    axis = torch.nn.functional.one_hot((direction - other).abs().argmin(-1), direction.shape[-1]).to(direction.dtype)
    aside = axis - (axis * direction).sum(-1, keepdim=True) * direction
    length: Tensor = torch.linalg.vector_norm(aside, dim=-1, keepdim=True)
    return aside / length.clamp_min(PARALLEL)
