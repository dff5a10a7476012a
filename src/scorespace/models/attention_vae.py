"""A variational autoencoder that reads a phrase with attention and writes all of its steps at once.

Ours, beside the recurrent MusicVAE (Roberts et al. 2017). What differs from it:
- the encoder is a stack of pre-norm attention blocks over the steps (Vaswani et al. 2017; Xiong et al. 2020), and z is
  read off all steps, not off the last state;
- the decoder has no token fed back: z is spread over the steps and attention blocks settle them together, so teacher
  forcing does not exist, next-step and free-running accuracy are the same, and a phrase costs one pass;
- the scale of the posterior is bounded below, so that the KL cannot overflow.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from scorespace.errors import UsageError
from scorespace.models.base import LatentModel, choose
from scorespace.models.losses import gaussian_kl
from scorespace.music.grid import Grid


@dataclass(frozen=True)
class AttentionVAEConfig:
    """Sizes and weights; the defaults are the bundled melody-2bar space."""

    z_size: int = 128  # dimensions of z
    width: int = 128  # numbers a step in the attention blocks; a multiple of heads
    heads: int = 4  # attention heads a block
    encoder_blocks: int = 3
    decoder_blocks: int = 3
    squeeze: int = 32  # numbers a step between the blocks and z
    beta: float = 0.2  # weight of the KL after the warm-up, 0..1; 1 is the ELBO
    beta_warmup: int = 1000  # steps over which beta rises linearly from 0
    free_nats: float = 0.0  # nats a phrase below which the KL costs nothing
    smallest_scale: float = 0.01  # floor of the posterior's standard deviation

    def __post_init__(self) -> None:
        if self.width % self.heads:
            raise UsageError(f"model.width must be a multiple of model.heads, got {self.width} and {self.heads}.")


class Block(nn.Module):
    """Pre-norm attention block: every step sees every step. (B, S, width) -> (B, S, width)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.attention_norm = nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.attention_out = nn.Linear(width, width)
        self.mlp_norm = nn.LayerNorm(width)
        self.mlp_in = nn.Linear(width, 4 * width)
        self.mlp_out = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        batch, steps, width = x.shape
        qkv = self.query_key_value(self.attention_norm(x))
        query, key, value = qkv.view(batch, steps, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(query, key, value)  # (B, heads, S, width / heads)
        x = x + self.attention_out(mixed.transpose(1, 2).reshape(batch, steps, width))
        return x + self.mlp_out(F.relu(self.mlp_in(self.mlp_norm(x))).square())


class AttentionVAE(LatentModel):
    """See the module's text. Tracks share the blocks: a phrase is one sequence of T * S places."""

    def __init__(self, grid: Grid, config: AttentionVAEConfig) -> None:
        super().__init__()
        self.config = config
        self.z_size = config.z_size
        self.shape = grid.shape
        places, width = grid.tracks * grid.steps, config.width
        self.token_embedding = nn.Embedding(grid.vocabulary, width)
        self.encoder_positions = nn.Parameter(0.02 * torch.randn(places, width))
        self.encoder = nn.Sequential(*(Block(width, config.heads) for _ in range(config.encoder_blocks)))
        self.encoder_squeeze = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, config.squeeze))
        self.posterior = nn.Linear(places * config.squeeze, 2 * config.z_size)
        self.spread = nn.Linear(config.z_size, places * config.squeeze)
        self.decoder_in = nn.Linear(config.squeeze, width)
        self.decoder_positions = nn.Parameter(0.02 * torch.randn(places, width))
        self.decoder = nn.Sequential(*(Block(width, config.heads) for _ in range(config.decoder_blocks)))
        self.decoder_out = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, grid.vocabulary))
        self._initialise()

    def _initialise(self) -> None:
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        for module in self.modules():
            if isinstance(module, Block):
                # keeps the sum of the residual branches at unit order (Radford et al. 2019, 2.3)
                scale = (2 * max(self.config.encoder_blocks, self.config.decoder_blocks)) ** -0.5
                module.attention_out.weight.data.mul_(scale)
                module.mlp_out.weight.data.mul_(scale)

    def encode(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Posterior mean and scale, each (B, Z), of tokens (B, T, S) int64."""
        x = self.token_embedding(tokens.flatten(1)) + self.encoder_positions
        x = self.encoder_squeeze(self.encoder(x)).flatten(1)  # (B, T * S * squeeze)
        mean, raw = self.posterior(x).to(self.posterior.weight.dtype).chunk(2, -1)
        return mean, self.config.smallest_scale + F.softplus(raw)

    def logits(self, z: Tensor) -> Tensor:
        """Logits (B, T, S, V) for z (B, Z), all steps in one pass."""
        x = self.spread(z).view(len(z), -1, self.config.squeeze)
        x = self.decoder_out(self.decoder(self.decoder_in(x) + self.decoder_positions))
        return x.view(len(z), *self.shape, -1)

    def decode(self, z: Tensor, temperature: float = 0.0, uniforms: Tensor | None = None) -> Tensor:
        """Tokens (B, T, S) int64 for z (B, Z)."""
        return choose(self.logits(z), temperature, uniforms)

    def next_step(self, tokens: Tensor, z: Tensor) -> Tensor:
        """The most likely tokens given z: no token is fed back."""
        return self.decode(z)

    def log_likelihood(self, tokens: Tensor, z: Tensor) -> Tensor:
        """log p(tokens | z), (B,) nats."""
        return -self._negative_log_likelihood(tokens, self.logits(z))

    @staticmethod
    def _negative_log_likelihood(tokens: Tensor, logits: Tensor) -> Tensor:
        each = F.cross_entropy(logits.flatten(0, -2).float(), tokens.flatten(), reduction="none")
        return each.view(len(tokens), -1).sum(1)

    def beta(self, step: int) -> float:
        """Weight of the KL at a training step."""
        return self.config.beta * min(1.0, step / max(1, self.config.beta_warmup))

    def loss(self, batch: Tensor, step: int, phase: str, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Reconstruction + beta * max(KL - free nats, 0), each in nats a phrase."""
        mean, scale = self.encode(batch)
        noise = torch.randn(mean.shape, generator=generator, dtype=mean.dtype).to(mean.device)
        logits = self.logits(mean + scale * noise)
        reconstruction = self._negative_log_likelihood(batch, logits).mean()
        kl = gaussian_kl(mean.float(), scale.float()).sum(-1).mean()
        beta = self.beta(step)
        return {
            "loss": reconstruction + beta * (kl - self.config.free_nats).clamp(min=0.0),
            "reconstruction": reconstruction.detach(),
            "kl": kl.detach(),
            "beta": torch.tensor(beta),
            "accuracy": (logits.detach().argmax(-1) == batch).float().mean(),
        }
