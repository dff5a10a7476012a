"""Ours for grooves: attention, all steps at once, and a true likelihood of every velocity and timing.

    encoder   attention over the 27 numbers of each step (`grooves`), squeezed to mean and scale of z
    strokes   z, spread over the steps, attention; a softmax over the 512 combinations of each step
    playing   the strokes of the phrase, written or given, are added to what the decoder knows of each step; attention
              over them gives each class a velocity and a timing, as a mean and a width
    loss      -log p(strokes) - playing_weight * log p(velocities, timings | strokes) + beta * max(KL - free nats, 0)

Where GrooVAE (`groove_vae`) has squared errors, a velocity and a timing are integers here with a logistic density
rounded to them (Salimans et al. 2017, "PixelCNN++", section 2.1), counted where a class is struck. So the model knows
how widely drummers differ, plays as unevenly as they do above temperature 0, and its nats are those of the tokens.
Given strokes are played in view of all others, later ones too.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from scorespace.errors import UsageError
from scorespace.models.base import choose
from scorespace.models.grooves import (
    COUNT,
    LATENESS,
    LOUDNESS,
    NUMBERS,
    TASKS,
    GrooveModel,
    disguised,
    numbers,
    strokes,
    tokens_of,
)
from scorespace.models.layers import Block
from scorespace.models.losses import gaussian_kl, negative_log_likelihood, standard_normal
from scorespace.models.settings import require
from scorespace.music import drums
from scorespace.music.grid import Grid
from scorespace.music.groove import LOUDEST, ON_TIME, TIMING, VELOCITY

NARROWEST = 0.5  # width of a logistic below which a velocity or timing counts as certain, in its own units


@dataclass(frozen=True)
class GrooveAttentionVAEConfig:
    """Sizes and weights; the defaults are the bundled groove-2bar space."""

    z_size: int = 96  # dimensions of z, 1 to 4096
    width: int = 96  # numbers a step in the attention blocks, 1 to 4096, a multiple of heads
    heads: int = 4  # attention heads a block, 1 to 64
    encoder_blocks: int = 2  # 1 to 64
    decoder_blocks: int = 2  # 1 to 64
    playing_blocks: int = 1  # blocks that hear the strokes, 1 to 64
    squeeze: int = 32  # numbers a step between the blocks and z, 1 to 4096
    task: str = "all"  # what the encoder is kept from: "none", "humanise", "tap", or "all" of them in turn
    note_dropout: float = 0.5  # largest share of strokes that a tapped phrase lacks, 0 to 1
    playing_weight: float = 0.3  # weight of velocities and timings beside the strokes, 0 to 10
    beta: float = 0.2  # weight of the KL after the warm-up, 0 to 10
    beta_warmup: int = 1000  # steps over which beta rises linearly from 0
    free_nats: float = 0.0  # nats a phrase below which the KL costs nothing, 0 or more
    smallest_scale: float = 0.01  # floor of the posterior's standard deviation, 1e-6 to 1

    def __post_init__(self) -> None:
        blocks = (1, 64)
        require(self, z_size=(1, 4096), width=(1, 4096), heads=(1, 64), squeeze=(1, 4096))
        require(self, encoder_blocks=blocks, decoder_blocks=blocks, playing_blocks=blocks)
        require(self, note_dropout=(0, 1), playing_weight=(0, 10), beta=(0, 10), beta_warmup=(0, 10**9))
        require(self, free_nats=(0, 10**6), smallest_scale=(1e-6, 1))
        if self.width % self.heads:
            raise UsageError(f"model.width must be a multiple of model.heads, got {self.width} and {self.heads}.")
        if self.task not in TASKS:
            raise UsageError(f"model.task must be one of {', '.join(TASKS)}, got {self.task!r}.")


@dataclass(frozen=True)
class Played:
    """Logistic densities of the velocities and timings of every class, (B, S, 9) each, in units of the tokens."""

    loud: Tensor
    loud_width: Tensor
    late: Tensor
    late_width: Tensor


class GrooveAttentionVAE(GrooveModel):
    """See the module's text. Random numbers of `loss`, in order: the task and what is left out, z."""

    def __init__(self, grid: Grid, config: GrooveAttentionVAEConfig) -> None:
        super().__init__(grid)
        self.config, self.z_size = config, config.z_size
        steps, width = grid.steps, config.width
        self.encoder_in = nn.Linear(NUMBERS, width)
        self.encoder_positions = nn.Parameter(0.02 * torch.randn(steps, width))
        self.encoder = _blocks(config.encoder_blocks, config)
        self.encoder_squeeze = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, config.squeeze))
        self.posterior = nn.Linear(steps * config.squeeze, 2 * config.z_size)
        self.spread = nn.Linear(config.z_size, steps * config.squeeze)
        self.decoder_in = nn.Linear(config.squeeze, width)
        self.decoder_positions = nn.Parameter(0.02 * torch.randn(steps, width))
        self.decoder = _blocks(config.decoder_blocks, config)
        self.strokes_out = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, drums.COMBINATIONS))
        self.playing_in = nn.Linear(COUNT, width)
        self.playing = _blocks(config.playing_blocks, config)
        self.playing_out = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 4 * COUNT))

    def loss(self, batch: Tensor, step: int, phase: str, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """ "strokes", "velocities" and "timings" are nats a phrase; "accuracy" is the share of steps all right."""
        heard = disguised(numbers(batch, torch.float32), self.config.task, self.config.note_dropout, generator)
        mean, scale = self._posterior(heard)
        z = mean + scale * standard_normal(mean, generator)
        features = self._features(z)
        logits = self.strokes_out(features)
        hits = negative_log_likelihood(logits, batch[:, 0]).mean()
        loud, late = (part.mean() for part in _nats(self._played(features, strokes(batch)), batch))
        kl = gaussian_kl(mean, scale).sum(-1).mean()
        beta = self.config.beta * min(1.0, step / max(1, self.config.beta_warmup))
        costs = hits + self.config.playing_weight * (loud + late)
        return {
            "loss": costs + beta * (kl - self.config.free_nats).clamp(min=0.0),
            "reconstruction": (hits + loud + late).detach(),
            "kl": kl.detach(),
            "beta": kl.new_tensor(beta),
            "strokes": hits.detach(),
            "velocities": loud.detach(),
            "timings": late.detach(),
            "accuracy": (logits.detach().argmax(-1) == batch[:, 0]).float().mean(),
        }

    def encode(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        return self._posterior(numbers(tokens, self.posterior.weight.dtype))

    @torch.no_grad()
    def decode(self, z: Tensor, temperature: float = 0.0, uniforms: Tensor | None = None) -> Tensor:
        features = self._features(z)
        hit = choose(self.strokes_out(features), temperature, None if uniforms is None else uniforms[:, 0])
        return self._write(features, strokes(hit.unsqueeze(1)), temperature, uniforms)

    @torch.no_grad()
    def perform(self, z: Tensor, tokens: Tensor, temperature: float = 0.0, uniforms: Tensor | None = None) -> Tensor:
        return self._write(self._features(z), strokes(tokens), temperature, uniforms)

    def log_likelihood(self, tokens: Tensor, z: Tensor) -> Tensor:
        features = self._features(z)
        loud, late = _nats(self._played(features, strokes(tokens)), tokens)
        return -(negative_log_likelihood(self.strokes_out(features), tokens[:, 0]) + loud + late)

    def next_step(self, tokens: Tensor, z: Tensor) -> Tensor:
        """As `decode(z)`: what a step is does not depend on those before it."""
        return self.decode(z)

    def _posterior(self, heard: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and scale, each (B, Z), for what is heard (B, S, 27)."""
        x = self.encoder_squeeze(self.encoder(self.encoder_in(heard) + self.encoder_positions)).flatten(1)
        mean, raw = self.posterior(x).to(self.posterior.weight.dtype).chunk(2, -1)
        return mean, self.config.smallest_scale + functional.softplus(raw)

    def _features(self, z: Tensor) -> Tensor:
        """(B, S, width): what z says of each step."""
        x = self.spread(z).view(len(z), -1, self.config.squeeze)
        features: Tensor = self.decoder(self.decoder_in(x) + self.decoder_positions)
        return features

    def _played(self, features: Tensor, struck: Tensor) -> Played:
        """How strokes (B, S, 9) are played."""
        x = self.playing(features + self.playing_in(struck.to(features.dtype)))
        loud, loud_width, late, late_width = self.playing_out(x).to(self.posterior.weight.dtype).chunk(4, -1)
        return Played(
            LOUDEST * torch.sigmoid(loud),
            NARROWEST + 0.1 * LOUDEST * functional.softplus(loud_width),
            ON_TIME * (1 + torch.tanh(late)),
            NARROWEST + 0.1 * ON_TIME * functional.softplus(late_width),
        )

    def _write(self, features: Tensor, struck: Tensor, temperature: float, uniforms: Tensor | None) -> Tensor:
        played = self._played(features, struck)
        loud, late = played.loud, played.late
        if temperature > 0 and uniforms is not None:
            chances = uniforms.transpose(1, 2).to(loud)  # (B, S, 27)
            loud = loud + temperature * played.loud_width * torch.logit(chances[..., LOUDNESS], 1e-6)
            late = late + temperature * played.late_width * torch.logit(chances[..., LATENESS], 1e-6)
        return tokens_of(struck, loud / LOUDEST, late / ON_TIME - 1).transpose(1, 2)


def _blocks(count: int, config: GrooveAttentionVAEConfig) -> nn.Sequential:
    blocks = [Block(config.width, config.heads) for _ in range(count)]
    for block in blocks:
        # keeps the sum of the residual branches at unit order (Radford et al. 2019, 2.3)
        block.attention_out.weight.data.mul_((2 * count) ** -0.5)
        block.mlp_out.weight.data.mul_((2 * count) ** -0.5)
    return nn.Sequential(*blocks)


def _nats(played: Played, tokens: Tensor) -> tuple[Tensor, Tensor]:
    """-log p of the velocities and of the timings of tokens (B, 19, S), (B,) each, summed over the strokes."""
    struck = strokes(tokens) > 0
    loud, late = (tokens[:, rows].transpose(1, 2) for rows in (VELOCITY, TIMING))
    nats = (
        _logistic(played.loud, played.loud_width, loud, 1, LOUDEST),
        _logistic(played.late, played.late_width, late, 1, 2 * ON_TIME - 1),
    )
    first, second = (torch.where(struck, each, 0.0).flatten(1).sum(-1) for each in nats)
    return first, second


def _logistic(mean: Tensor, width: Tensor, value: Tensor, least: int, most: int) -> Tensor:
    """-log of the probability of integers under a logistic density rounded to them; the ends take what lies beyond."""
    above = (value + 0.5 - mean) / width
    below = (value - 0.5 - mean) / width
    # log(sigmoid(a) - sigmoid(b)) = logsigmoid(a) + logsigmoid(-b) + log(1 - exp(b - a))
    inside = functional.logsigmoid(above) + functional.logsigmoid(-below) + torch.log(-torch.expm1(-1 / width))
    first, last = functional.logsigmoid(above), functional.logsigmoid(-below)
    return -torch.where(value <= least, first, torch.where(value >= most, last, inside))
