"""Terms and schedules of the training losses.

KL and free bits: Kingma and Welling 2013, Kingma et al. 2016; as used by Roberts et al. 2017, appendix "Training
Details": the free bits are a tolerance on the whole phrase, not on each dimension. Nats everywhere; settings that the
papers give in bits keep bits in their name.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

NATS_PER_BIT = math.log(2.0)


def gaussian_kl(mean: Tensor, scale: Tensor) -> Tensor:
    """KL(N(mean, scale^2) || N(0, 1)) of each dimension, in nats.

    mean, scale: (B, Z), scale > 0. Returns (B, Z), at least float32. Source: Kingma and Welling 2013, appendix B.
    """
    wide = torch.promote_types(mean.dtype, torch.float32)
    mean, scale = mean.to(wide), scale.to(wide)
    return 0.5 * (mean.square() + scale.square() - 1.0) - scale.log()


def beyond_free_bits(kl: Tensor, free_bits: float) -> Tensor:
    """The part of each phrase's KL that costs anything: max(kl - free_bits * ln 2, 0).

    kl: (B,) nats, summed over the dimensions. free_bits: bits a phrase. Returns (B,) nats.
    """
    return (kl - free_bits * NATS_PER_BIT).clamp(min=0.0)


def annealed_beta(step: int, max_beta: float, rate: float) -> float:
    """Weight of the KL at training step `step` (from 0): (1 - rate^step) * max_beta; rate 0 keeps it at max_beta.

    Source: Roberts et al. 2017, "annealed from 0.0 to 0.2 with exponential decay rate 0.99999".
    """
    return max_beta if rate == 0 else (1.0 - rate**step) * max_beta


def inverse_sigmoid(step: int, rate: float) -> float:
    """Probability of scheduled sampling at training step `step` (from 0): 1 - rate / (rate + exp(step / rate)).

    rate > 0. Written as 1 / (1 + rate * exp(-step / rate)), which is the same number and cannot overflow.
    Source: Bengio et al. 2015, section 2.4.
    """
    return 1.0 / (1.0 + rate * math.exp(-step / rate))


def standard_normal(like: Tensor, generator: torch.Generator | None) -> Tensor:
    """N(0, 1) numbers of the shape, type and device of `like`, drawn on the CPU so that every device gets the same."""
    wide = torch.promote_types(like.dtype, torch.float32)
    return torch.randn(like.shape, generator=generator, dtype=wide).to(like)


def towards_noise(z: Tensor, generator: torch.Generator | None) -> Tensor:
    """Points (B, Z), each turned a random way towards a draw from the prior: for heads that must do well everywhere.

    The angle is drawn with a density that grows evenly from 0 to a right angle, at which only noise is left.
    """
    angle = 0.5 * math.pi * torch.rand(len(z), 1, generator=generator).sqrt().to(z)
    return angle.cos() * z + angle.sin() * standard_normal(z, generator)


def negative_log_likelihood(logits: Tensor, tokens: Tensor) -> Tensor:
    """(B,) nats of tokens (B, ...) int64 under logits (B, ..., V), summed over a phrase, in float32 or wider."""
    wide = logits.to(torch.promote_types(logits.dtype, torch.float32))
    each = functional.cross_entropy(wide.flatten(0, -2), tokens.flatten(), reduction="none")
    return each.view(len(tokens), -1).sum(-1)
