"""MusAE: an adversarial autoencoder of several tracks (Valenti, Carta and Bacciu 2020).

    encoder    biLSTMs over the one-hot tokens of all tracks side by side; their last states give mean and scale of z
    decoder    one stack of LSTMs a track, which hears z at every step and begins from a state made of z, and nothing
               of what was written: all steps at once, from the code alone
    critic     tells codes from draws of the prior (`adversary`); the encoder learns to be mistaken for the prior
    prior      N(0, I), or the flower of Gaussians with a petal for each genre (`priors`)

What the paper leaves open, or says otherwise:
- its cross entropy is a mean over steps and tracks; ours is a sum, in nats a phrase, so the adversarial term is
  multiplied by their number, and beta means the same;
- the scale of z, exp(2 s) in the paper, begins at the prior's own by the bias of s, and s is held below 4;
- the critic is told the genre, as in the released code; the paper does not say how a genre conditions its prior;
- drums are the nine classes of `scorespace.music.drums`, not one pitch at a time.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from scorespace.models.adversary import Adversarial, AdversarialConfig
from scorespace.models.base import choose
from scorespace.models.lstm import likeliest, nll, one_hot, remember
from scorespace.models.recurrent import last_states
from scorespace.models.settings import require
from scorespace.music.grid import Grid

LARGEST = 4.0  # of s; exp(8) is a scale of 3,000, above which nothing is left of z


@dataclass(frozen=True)
class MusAEConfig(AdversarialConfig):
    """Sizes; the defaults are small enough for one CPU core, the paper's are in the recipes named -paper."""

    z_size: int = 256  # dimensions of z, 3 to 4096; in the paper 512
    size: int = 256  # LSTM units of each layer and direction, 1 to 8192; in the paper 1024
    layers: int = 2  # of the encoder and of each decoder, 1 to 8; in the paper 3

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, z_size=(3, 4096), size=(1, 8192), layers=(1, 8))


class MusAE(Adversarial):
    """The paper's model. LSTMs run in the type of the weights also under autocast, as in `recurrent`."""

    def __init__(self, grid: Grid, config: MusAEConfig) -> None:
        super().__init__(grid)
        self._begin(config, config.z_size)
        self.config, self.sizes, self.steps = config, grid.sizes, grid.steps
        size, layers = config.size, config.layers
        self.encoder = nn.LSTM(sum(grid.sizes), size, layers, batch_first=True, bidirectional=True)
        self.mean, self.scale = nn.Linear(2 * size, config.z_size), nn.Linear(2 * size, config.z_size)
        self.first_states = nn.ModuleList(nn.Linear(config.z_size, size) for _ in grid.sizes)
        self.decoders = nn.ModuleList(nn.LSTM(config.z_size, size, layers, batch_first=True) for _ in grid.sizes)
        self.logits_of = nn.ModuleList(nn.Linear(size, count) for count in grid.sizes)
        for lstm in (self.encoder, *self.decoders):
            assert isinstance(lstm, nn.LSTM)
            remember(lstm)
        spread = self.prior.spread(self.mean.weight)
        with torch.no_grad():
            self.scale.bias.copy_(0.5 * torch.log(spread))
            self.scale.weight.mul_(0.1)

    def encode(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        with torch.autocast(tokens.device.type, enabled=False):
            joined = last_states(self.encoder, one_hot(tokens, self.sizes, self.mean.weight.dtype))
            return self.mean(joined), torch.exp(2 * self.scale(joined).clamp(max=LARGEST))

    def logits(self, z: Tensor) -> list[Tensor]:
        """Logits (B, S, size) of each track for z (B, Z)."""
        with torch.autocast(z.device.type, enabled=False):
            z = z.to(self.mean.weight.dtype)
            heard = z.unsqueeze(1).expand(-1, self.steps, -1)
            found = []
            for first, lstm, out in zip(self.first_states, self.decoders, self.logits_of, strict=True):
                hidden = first(z).expand(self.config.layers, -1, -1).contiguous()
                found.append(out(lstm(heard, (hidden, torch.zeros_like(hidden)))[0]))
            return found

    def decode(self, z: Tensor, temperature: float = 0.0, uniforms: Tensor | None = None) -> Tensor:
        rows = [
            choose(logits, temperature, None if uniforms is None else uniforms[:, k])
            for k, logits in enumerate(self.logits(z))
        ]
        return torch.stack(rows, 1)

    def log_likelihood(self, tokens: Tensor, z: Tensor) -> Tensor:
        return -nll(self.logits(z), tokens)

    def next_step(self, tokens: Tensor, z: Tensor) -> Tensor:
        return self.decode(z)

    def autoencoder_figures(
        self, batch: Tensor, mean: Tensor, scale: Tensor, z: Tensor, step: int, generator: torch.Generator | None
    ) -> dict[str, Tensor]:
        logits = self.logits(z)
        reconstruction = nll(logits, batch).mean()
        return {
            "loss": reconstruction,
            "reconstruction": reconstruction.detach(),
            "kl": self.prior.kl(mean, scale).mean().detach(),
            "beta": mean.new_tensor(self.settings.adversarial_weight(step)),
            "accuracy": (likeliest(logits) == batch).float().mean(),
        }
