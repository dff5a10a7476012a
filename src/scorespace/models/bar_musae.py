"""MusAE's adversarial prior on our autoencoder: codes per bar under a global one, attention over beats.

Ours, beside the recurrent MusAE (Valenti et al. 2020). What differs from it:
- encoder and decoder are those of `bar_vae`: a draft of all steps at once from z alone, and a light causal head that
  settles it;
- beside the critic, a little KL (`beta`) in the dimensions that all petals share keeps the scale of the posterior from
  vanishing, so that points near a code mean nearly the same. Which petal a phrase goes to is the critic's alone: with
  a KL from the genre's petal, phrases whose genre cannot be heard gathered in the centre, where no petal is;
- the critic sees codes in units of the prior's spread, the plane of the petals in tenths. In the paper's own units the
  thin dimensions are all but invisible to a critic whose slope is held at 1.

The first two numbers of the global code are the plane of the petals.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from scorespace.errors import UsageError
from scorespace.models.adversary import CRITIC, Adversarial, AdversarialConfig
from scorespace.models.bar_vae import BarVAE, BarVAEConfig, cross_entropy
from scorespace.models.losses import gaussian_kl, standard_normal
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


class BarMusAE(Adversarial):
    """See the module's text."""

    def __init__(self, grid: Grid, config: BarMusAEConfig) -> None:
        super().__init__(grid)
        self.config = config
        body = BarVAE(grid, config)
        self._begin(config, body.z_size)
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

    def loss(
        self,
        batch: Tensor,
        step: int,
        phase: str,
        generator: torch.Generator | None = None,
        genres: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """Random numbers, in order: those of z, then the head's, or the critic's draws and what is between."""
        tagged = self.tagged(batch, genres)
        if phase == CRITIC:
            return self.critic_figures(batch, step, tagged, generator)
        mean, scale = self.encode(batch)
        z = mean + scale * standard_normal(mean, generator)
        spread = self.prior.spread(z)
        unit = z / spread
        draft = self.body.draft(unit)
        reconstruction = cross_entropy(draft.logits, batch).mean()
        head = self.body.head_loss(draft, unit, batch, generator)
        kl = gaussian_kl(*(part[:, self.shared] / spread[self.shared] for part in (mean, scale))).sum(-1).mean()
        adversarial = self.encoder_term(z, tagged)
        beta, weight = self.body.beta(step), self.settings.adversarial_weight(step)
        places = batch.shape[1] * batch.shape[2]
        right = torch.stack([logits.detach().argmax(-1) for logits in draft.logits], 1) == batch
        loss = reconstruction + head + beta * (kl - self.config.free_nats).clamp(min=0.0)
        return {
            "loss": loss + weight * places * adversarial,
            "reconstruction": reconstruction.detach(),
            "kl": kl.detach(),
            "beta": kl.new_tensor(beta),
            "adversarial": adversarial.detach(),
            "head": head.detach(),
            "accuracy": right.float().mean(),
        }

    def _unit(self, z: Tensor) -> Tensor:
        return z / self.prior.spread(z)
