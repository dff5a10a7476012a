"""The numbers behind everything random: the same on every machine, and for each take its own.

Take k of a verb draws from the counter-based generator Philox 4x64-10 (Salmon et al. 2011, "Parallel random numbers: as
easy as 1, 2, 3") with

    key      (seed, 0)
    counter  (block, purpose, phrase, take), block = 1, 2, ...; purpose 0 = normals, 1 = uniforms, 2 = petals

so its numbers depend neither on how many takes are made nor on their order. A 64-bit word w gives the uniform
(w >> 11) / 2**53. Normals are made of uniforms by additions, products and quotients alone, which IEEE 754 rounds the
same everywhere; NumPy's own normals may change between its versions, and sines and logarithms differ between machines.
"""

from __future__ import annotations

import secrets

import numpy as np

from scorespace.errors import UsageError

LARGEST_SEED = 2**32 - 1
NORMALS, UNIFORMS, PETALS = 0, 1, 2


def new_seed() -> int:
    """A seed, 0 to 2**32 - 1, from the operating system."""
    return secrets.randbelow(LARGEST_SEED + 1)


def check_seed(seed: int) -> int:
    """The seed itself.

    Raises:
        UsageError: when it is not a whole number from 0 to 2**32 - 1.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= seed <= LARGEST_SEED:
        raise UsageError(f"A seed is a whole number from 0 to {LARGEST_SEED}, got {seed!r}.")
    return int(seed)


def uniforms(seed: int, take: int, phrase: int, shape: tuple[int, ...]) -> np.ndarray:
    """Uniforms in [0, 1), float64 of this shape in row-major order: one for each token of a phrase (tracks, steps)."""
    return _unit(_philox(seed, take, phrase, UNIFORMS).random_raw(int(np.prod(shape)))).reshape(shape)


def petal(seed: int, take: int) -> float:
    """A number in [0, 1): which petal of a flower a take is drawn from, the same for all of its phrases."""
    return float(_unit(_philox(seed, take, 0, PETALS).random_raw(1))[0])


def normals(seed: int, take: int, phrase: int, count: int) -> np.ndarray:
    """`count` standard normal numbers, float64: a draw from the prior of a space.

    Ratio of uniforms: for (u, v) uniform in the right region, v / u is normal. Source: Leva 1992, "A fast normal random
    number generator", ACM TOMS 18(4), algorithm 712. The logarithm only settles pairs between its two quadratic
    bounds, where the last digit of it decides nothing but by an accident of 1 in 10**14.
    """
    generator = _philox(seed, take, phrase, NORMALS)
    found = np.empty(0)
    while len(found) < count:  # 1.37 pairs a number on average
        pairs = _unit(generator.random_raw(4 * count)).reshape(-1, 2)
        u, v = 1.0 - pairs[:, 0], 1.7156 * (pairs[:, 1] - 0.5)
        x, y = u - 0.449871, np.abs(v) + 0.386595
        q = x * x + y * (0.19600 * y - 0.25472 * x)
        inside = (q < 0.27597) | ((q <= 0.27846) & (v * v <= -4.0 * np.log(u) * u * u))
        found = np.concatenate([found, v[inside] / u[inside]])
    return found[:count]


def _philox(seed: int, take: int, phrase: int, purpose: int) -> np.random.Philox:
    counter = np.array([0, purpose, phrase, take], np.uint64)
    return np.random.Philox(counter=counter, key=np.array([seed, 0], np.uint64))


def _unit(words: np.ndarray) -> np.ndarray:
    return (words >> np.uint64(11)).astype(np.float64) * 2.0**-53
