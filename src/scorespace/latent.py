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


def quartile_vector(points: Tensor, values: Tensor) -> Tensor:
    """(Z,) from the mean of the points with the lowest quarter of the values to that of those with the highest.

    points (N, Z), values (N,). Where more than half of the values are equal, the quartiles being so too, the others lie
    against them; zero where all are. Source: Roberts et al. 2018, 5.4.
    """
    low, high = torch.quantile(values, torch.tensor([0.25, 0.75], dtype=values.dtype))
    below, above = values <= low, values >= high
    if low == high:
        above = values > high
        below = values < low if not above.any() else values <= low
        above = above if above.any() else values >= high
    if not below.any() or not above.any():
        return torch.zeros_like(points[0])
    vector: Tensor = points[above].mean(0) - points[below].mean(0)
    return vector


def regression_vectors(points: Tensor, values: Tensor, ridge: float = 1e-2) -> Tensor:
    """(A, Z): how the points change with each value while the others stay, per standard deviation of the value.

    Linear regression of the points (N, Z) on all values (N, A) together, each brought to mean 0 and deviation 1, with
    `ridge` added to the variances, so that values that go together share what they have in common. A value that is
    the same everywhere has the zero vector.
    """
    spread = values.std(0, unbiased=False)
    scaled = (values - values.mean(0)) / torch.where(spread > 0, spread, 1)
    covariance = scaled.T @ scaled / len(values) + ridge * torch.eye(values.shape[1], dtype=values.dtype)
    rows: Tensor = torch.linalg.solve(covariance, scaled.T @ (points - points.mean(0)) / len(points))
    return rows


def orthogonal_to_others(vectors: Tensor) -> Tensor:
    """(A, Z): of each vector the part at right angles to all the others; zero where nothing is left."""
    rows = []
    for k, vector in enumerate(vectors):
        others = torch.cat([vectors[:k], vectors[k + 1 :]])
        basis, sizes, _ = torch.linalg.svd(others.T, full_matrices=False)
        basis = basis[:, sizes > 1e-6 * max(float(sizes.max()) if len(sizes) else 0.0, 1e-12)]
        rows.append(vector - basis @ (basis.T @ vector))
    return torch.stack(rows) if rows else vectors


def moved(point: Tensor, direction: Tensor, amount: Tensor | float) -> Tensor:
    """The point after a walk of `amount` times its length along the direction, brought back to its length.

    point, direction (..., Z); amount any real number or (...), 0 = the point itself. A longer or shorter point would
    lie where the decoder saw nothing, and change more than the direction says. A zero direction moves nothing.
    """
    share = _share(amount, point)
    unit, _ = _polar(direction)
    _, length = _polar(point)
    step = point + share * torch.where(length > 0, length, 1) * unit
    back, reached = _polar(step)
    walked = torch.where((length > 0) & (reached > 0), back * length, step)
    return torch.where(share == 0, point, walked)
