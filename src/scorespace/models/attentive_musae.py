"""MusAE's adversarial prior on our autoencoders: on codes per bar under a global one, or on one code for a phrase.

Ours, beside the recurrent MusAE (Valenti et al. 2020). What differs from it:
- encoder and decoder are those of `bar_vae` ("bar-musae", for long phrases and several parts) or of `attention_vae`
  ("attention-musae", for two bars of one part): a draft of all steps at once from z alone, and a light causal head that
  settles it;
- beside the critic, a little KL (`beta`) in the dimensions that all petals share keeps the scale of the posterior from
  vanishing, so that points near a code mean nearly the same. Which petal a phrase goes to is the critic's alone: with
  a KL from the genre's petal, phrases whose genre cannot be heard gathered in the centre, where no petal is;
- the critic sees codes in units of the prior's spread, the plane of the petals in tenths. In the paper's own units the
  thin dimensions are all but invisible to a critic whose slope is held at 1.

The first two numbers of z are the plane of the petals.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from scorespace.errors import UsageError
from scorespace.models.adversary import Adversarial, AdversarialConfig
from scorespace.models.attention_vae import AttentionVAE, AttentionVAEConfig
from scorespace.models.bar_vae import BarVAE, BarVAEConfig
from scorespace.models.losses import gaussian_kl
from scorespace.models.priors import PLANE, Flower
from scorespace.music.grid import Grid

PLANE_UNIT = 0.1  # of the critic: the circle of the petals has a radius of 10 for it


@dataclass(frozen=True)
class BarMusAEConfig(BarVAEConfig, AdversarialConfig):
    """Those of `bar_vae`, whose `beta` is the weight of the KL of the shared dimensions, and those of the critic."""

    adversarial: float = 0.02
    adversarial_step: float = 0.005
    adversarial_every: int = 500

    def __post_init__(self) -> None:
        BarVAEConfig.__post_init__(self)
        AdversarialConfig.__post_init__(self)
        if self.global_size < PLANE:
            raise UsageError(f"The model's global_size must be at least {PLANE}, got {self.global_size}.")


@dataclass(frozen=True)
class AttentionMusAEConfig(AttentionVAEConfig, AdversarialConfig):
    """Those of `attention_vae`, whose `beta` is the weight of the KL of the shared dimensions, and the critic's."""

    adversarial: float = 0.02
    adversarial_step: float = 0.005
    adversarial_every: int = 500

    def __post_init__(self) -> None:
        AttentionVAEConfig.__post_init__(self)
        AdversarialConfig.__post_init__(self)
        if self.z_size <= PLANE:
            raise UsageError(f"The model's z_size must be above {PLANE}, got {self.z_size}.")


class AttentiveMusAE(Adversarial):
    """See the module's text."""

    body: BarVAE | AttentionVAE

    def _set_up(self, body: BarVAE | AttentionVAE, settings: BarMusAEConfig | AttentionMusAEConfig) -> None:
        self.config = settings
        self._begin(settings, body.z_size)
        self.shared = slice(PLANE if isinstance(self.prior, Flower) else 0, None)  # dimensions that no petal owns
        self.body = body

    def encode(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        mean, scale = self.body.encode(tokens)
        spread = self.prior.spread(mean)
        return mean * spread, scale * spread

    def decode(self, z: Tensor, temperature: float = 0.0, uniforms: Tensor | None = None) -> Tensor:
        return self.body.decode(self._unit(z), temperature, uniforms)

    def next_step(self, tokens: Tensor, z: Tensor) -> Tensor:
        return self.body.next_step(tokens, self._unit(z))

    def log_likelihood(self, tokens: Tensor, z: Tensor) -> Tensor:
        return self.body.log_likelihood(tokens, self._unit(z))

    def units(self, like: Tensor) -> Tensor:
        units = self.prior.spread(like)
        if isinstance(self.prior, Flower):
            units[:PLANE] = PLANE_UNIT
        return units

    def autoencoder_figures(
        self, batch: Tensor, mean: Tensor, scale: Tensor, z: Tensor, step: int, generator: torch.Generator | None
    ) -> dict[str, Tensor]:
        spread = self.prior.spread(z)
        written = self.body.written_at(z / spread, batch, generator)
        kl = gaussian_kl(*(part[:, self.shared] / spread[self.shared] for part in (mean, scale))).sum(-1).mean()
        beta = self.body.beta(step)
        return {
            "loss": written.loss + beta * (kl - self.config.free_nats).clamp(min=0.0),
            "reconstruction": written.reconstruction.detach(),
            "kl": kl.detach(),
            "beta": kl.new_tensor(beta),
            "head": written.head.detach(),
            "accuracy": written.accuracy,
        }

    def _unit(self, z: Tensor) -> Tensor:
        return z / self.prior.spread(z)


class BarMusAE(AttentiveMusAE):
    """On codes per bar under a global one."""

    def __init__(self, grid: Grid, config: BarMusAEConfig) -> None:
        super().__init__(grid)
        self._set_up(BarVAE(grid, config), config)


class AttentionMusAE(AttentiveMusAE):
    """On one code for a phrase."""

    def __init__(self, grid: Grid, config: AttentionMusAEConfig) -> None:
        super().__init__(grid)
        self._set_up(AttentionVAE(grid, config), config)
