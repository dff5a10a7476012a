"""The critic that tells codes from draws of a prior: WGAN with a gradient penalty, conditional on the genre.

Sources: Makhzani et al. 2015 (adversarial autoencoders), Gulrajani et al. 2017 (the penalty), Valenti et al. 2020, 2.2
and 3.2.3 (here "real" are draws from the prior, and the encoder is the generator).

    critic    minimises  mean D(encoded) - mean D(drawn) + penalty * mean (|grad D(between)| - 1)^2      (4-6)
    encoder   minimises  reconstruction - beta * mean D(encoded)

The two move in turn, each with its own parameters. The code released with the paper moved all parameters by the sum of
both objectives, in which the two signs of D(encoded) cancel, so that its encoder learnt next to nothing of the prior.

With a flower, D is told the genre and draws come from its petal; of an untagged phrase it is told nothing, and draws
come from all petals.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from scorespace.errors import UsageError
from scorespace.models.base import GenreModel
from scorespace.models.losses import standard_normal
from scorespace.models.priors import Flower, Prior, StandardNormal
from scorespace.models.settings import require

PRIORS = ("normal", "flower")
CRITIC, AUTOENCODER = "critic", "autoencoder"


@dataclass(frozen=True)
class AdversarialConfig:
    """The prior and the critic."""

    prior: str = "flower"  # "normal": N(0, I); "flower": a petal for each genre
    genres: tuple[str, ...] = ()  # names of the petals round the circle; empty: those of the data
    petals: int = 8  # where neither recipe nor data name genres, 2 to 1024
    radial_variance: float = 0.1  # a_1 of the petals, 1e-6 to 10
    rest_variance: float = 0.001  # a_2 of the petals, 1e-6 to 10
    critic_size: int = 256  # units of the critic's two layers, 1 to 8192
    critic_rounds: int = 5  # steps of the critic for each step of the autoencoder, 1 to 100
    critic_rate: float = 1e-3  # the critic's learning rate, 1e-8 to 1
    penalty: float = 10.0  # weight of the gradient penalty, 0 to 1000
    adversarial: float = 1.0  # weight of the encoder's term at the end (the paper's beta), 0 to 1000; 0 = there is none
    adversarial_step: float = 0.1  # by which it grows, 0 to 1000; 0 = it stands from the beginning
    adversarial_every: int = 10_000  # steps after which it grows, 1 to 1e9

    def __post_init__(self) -> None:
        require(self, petals=(2, 1024), radial_variance=(1e-6, 10), rest_variance=(1e-6, 10))
        require(self, critic_size=(1, 8192), critic_rounds=(1, 100), critic_rate=(1e-8, 1), penalty=(0, 1000))
        require(self, adversarial=(0, 1000), adversarial_step=(0, 1000), adversarial_every=(1, 10**9))
        if self.prior not in PRIORS:
            raise UsageError(f"The model's prior must be one of {', '.join(PRIORS)}, got {self.prior!r}.")
        if self.genres and (len(self.genres) < 2 or len(set(self.genres)) < len(self.genres)):
            raise UsageError(f"The model's genres must be two or more different names, got {list(self.genres)}.")

    def prior_of(self, z_size: int) -> Prior:
        """The prior in so many dimensions."""
        if self.prior == "normal":
            return StandardNormal(z_size)
        names = self.genres or tuple(f"petal-{k + 1}" for k in range(self.petals))
        return Flower(z_size, names, self.radial_variance, self.rest_variance)

    def adversarial_weight(self, step: int) -> float:
        """Weight of the encoder's term at a training step (from 0): "fixed increases of 0.1" (4.1)."""
        if not self.adversarial_step:
            return self.adversarial
        return min(self.adversarial, self.adversarial_step * (step // self.adversarial_every))


class Critic(nn.Module):
    """A score (B,) for codes (B, Z) and genres (B,), -1 = untagged: two hidden layers with tanh, then a linear one."""

    def __init__(self, z_size: int, genres: int, size: int) -> None:
        super().__init__()
        self.genres = genres
        self.first, self.second = nn.Linear(z_size + genres, size), nn.Linear(size, size)
        self.score = nn.Linear(size, 1)

    def forward(self, z: Tensor, genres: Tensor) -> Tensor:
        told = functional.one_hot(genres + 1, self.genres + 1)[:, 1:].to(z.dtype)
        hidden = torch.tanh(self.first(torch.cat([z, told], -1)))
        score: Tensor = self.score(torch.tanh(self.second(hidden))).squeeze(-1)
        return score


def draw(prior: Prior, genres: Tensor, like: Tensor, generator: torch.Generator | None) -> Tensor:
    """Points (B, Z) of the prior for genres (B,): of the genre's petal, and of any petal where it is -1.

    Random numbers, in order: normals (B, Z); with a flower petals (B,), whether they are needed or not.
    """
    normals = standard_normal(like, generator)
    if not isinstance(prior, Flower):
        return prior.place(normals)
    any_petal = torch.randint(prior.petals, (len(like),), generator=generator).to(genres)
    return prior.place(normals, prior.angles(like)[torch.where(genres < 0, any_petal, genres)])


def critic_loss(
    critic: Critic,
    drawn: Tensor,
    encoded: Tensor,
    genres: Tensor,
    penalty: float,
    generator: torch.Generator | None,
) -> dict[str, Tensor]:
    """What the critic minimises, with "distance", its estimate of how far apart draws and codes (B, Z) are."""
    shares = torch.rand(len(drawn), 1, generator=generator).to(drawn)
    between = (shares * drawn + (1 - shares) * encoded).detach().requires_grad_()
    slopes = torch.autograd.grad(critic(between, genres).sum(), between, create_graph=True)[0]
    penalised = (slopes.norm(dim=-1) - 1).square().mean()
    distance = critic(drawn, genres).mean() - critic(encoded, genres).mean()
    return {
        "loss": penalty * penalised - distance,
        "distance": distance.detach(),
        "penalty": penalised.detach(),
    }


class Adversarial(GenreModel):
    """What adversarial autoencoders share: the two phases, and the encoder's term."""

    phases = (CRITIC, AUTOENCODER)
    settings: AdversarialConfig
    critic: Critic

    def _begin(self, settings: AdversarialConfig, z_size: int) -> None:
        self.settings, self.z_size = settings, z_size
        self._prior = settings.prior_of(z_size)
        self.critic = Critic(z_size, len(self._prior.genres), settings.critic_size)
        self._codes: tuple[int, Tensor, Tensor] | None = None

    @property
    def prior(self) -> Prior:
        return self._prior

    def phase_parameters(self, phase: str) -> Iterable[nn.Parameter]:
        if phase == CRITIC:
            return self.critic.parameters()
        own = {id(p) for p in self.critic.parameters()}
        return [p for p in self.parameters() if id(p) not in own]

    def phase_rounds(self, phase: str) -> int:
        return self.settings.critic_rounds if phase == CRITIC else 1

    def phase_training(self, phase: str) -> dict[str, Any]:
        if phase != CRITIC:
            return {}
        rate = self.settings.critic_rate
        return {"optimiser": "adam", "learning_rate": rate, "lowest_learning_rate": rate / 100, "weight_decay": 0.0}

    def loss(
        self,
        batch: Tensor,
        step: int,
        phase: str,
        generator: torch.Generator | None = None,
        genres: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """Random numbers, in order: those of z, then the autoencoder's, or the critic's draws and what is between."""
        tagged = self.tagged(batch, genres)
        if phase == CRITIC:
            return self.critic_figures(batch, step, tagged, generator)
        mean, scale = self.encode(batch)
        z = mean + scale * standard_normal(mean, generator)
        figures = self.autoencoder_figures(batch, mean, scale, z, step, generator)
        weight, adversarial = self.settings.adversarial_weight(step), self.encoder_term(z, tagged)
        places = batch.shape[1] * batch.shape[2]
        return figures | {
            "loss": figures["loss"] + weight * places * adversarial,
            "adversarial": adversarial.detach(),
        }

    @abstractmethod
    def autoencoder_figures(
        self, batch: Tensor, mean: Tensor, scale: Tensor, z: Tensor, step: int, generator: torch.Generator | None
    ) -> dict[str, Tensor]:
        """Figures of the autoencoder at points z (B, Z), as `loss` gives them, without the adversarial term."""

    def critic_figures(
        self, batch: Tensor, step: int, genres: Tensor, generator: torch.Generator | None
    ) -> dict[str, Tensor]:
        """One round of the critic. The encoder does not change between the rounds of a step, so it reads once."""
        if self._codes is None or self._codes[0] != step:
            with torch.no_grad():
                self._codes = (step, *self.encode(batch))
        _, mean, scale = self._codes
        units = self.units(mean)
        encoded = (mean + scale * standard_normal(mean, generator)) / units
        drawn = draw(self.prior, genres, mean, generator) / units
        with torch.autocast(batch.device.type, enabled=False):
            return critic_loss(self.critic, drawn, encoded, genres, self.settings.penalty, generator)

    def encoder_term(self, z: Tensor, genres: Tensor) -> Tensor:
        """What the encoder is to minimise beside the reconstruction: minus the critic's mean score of codes (B, Z)."""
        with torch.autocast(z.device.type, enabled=False):
            score: Tensor = self.critic(z / self.units(z), genres).mean()
            return -score

    def units(self, like: Tensor) -> Tensor:
        """(Z,) by which codes are divided before the critic sees them."""
        return torch.ones(self.z_size, dtype=like.dtype, device=like.device)

    def tagged(self, batch: Tensor, genres: Tensor | None) -> Tensor:
        """(B,) the genres of a batch, -1 everywhere where none are given or the prior has none."""
        if genres is None or not self.prior.genres:
            return torch.full((len(batch),), -1, device=batch.device)
        return genres.to(batch.device)
