"""Ours for grooves: attention, all steps at once, and a true likelihood of every velocity and timing.

    encoder   attention over the 27 numbers of each step (`grooves`), squeezed to mean and scale of z
    strokes   z, spread over the steps, attention; a softmax over the 512 combinations of each step. A head goes over
              this draft from left to right and corrects it in view of the strokes written so far
    playing   the strokes of the phrase, written or given, are added to what the decoder knows of each step; attention
              over them gives each class a velocity and a timing, as a mean and a width
    loss      -log p(strokes) - playing_weight * log p(velocities, timings | strokes) + beta * max(KL - free nats, 0)
              + the head's -log p(strokes), whose gradient stops at the draft

Where GrooVAE (`groove_vae`) has squared errors, a velocity and a timing are integers here with a logistic density
rounded to them (Salimans et al. 2017, "PixelCNN++", section 2.1), counted where a class is struck. So the model knows
how widely drummers differ, plays as unevenly as they do above temperature 0, and its nats are those of the tokens.
Given strokes are played in view of all others, later ones too. The head is that of the attention VAE
(`attention_vae`): where z leaves open which beat it is, as after a tapped rhythm or between two beats, the draft alone
mixes several, and the head stays with one.
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
from scorespace.models.layers import Block, CausalBlocks, Past, start_as_code
from scorespace.models.losses import gaussian_kl, negative_log_likelihood, standard_normal, towards_noise
from scorespace.models.lstm import before
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
    head_blocks: int = 1  # causal blocks that correct the draft from left to right, 0 to 64; 0 = the draft is final
    playing_blocks: int = 1  # blocks that hear the strokes, 1 to 64
    squeeze: int = 32  # numbers a step between the blocks and z, 1 to 4096
    task: str = "all"  # what the encoder is kept from: "none", "humanise", "tap", or "all" of them in turn
    note_dropout: float = 0.5  # largest share of strokes that a tapped phrase lacks, 0 to 1
    playing_weight: float = 0.3  # weight of velocities and timings beside the strokes, 0 to 10
    beta: float = 0.2  # weight of the KL after the warm-up, 0 to 10
    beta_warmup: int = 600  # steps over which beta rises linearly from 0
    free_nats: float = 0.0  # nats a phrase below which the KL costs nothing, 0 or more
    smallest_scale: float = 0.01  # floor of the posterior's standard deviation, 1e-6 to 1

    def __post_init__(self) -> None:
        blocks = (1, 64)
        require(self, z_size=(1, 4096), width=(1, 4096), heads=(1, 64), squeeze=(1, 4096))
        require(self, encoder_blocks=blocks, decoder_blocks=blocks, playing_blocks=blocks)
        require(self, head_blocks=(0, 64))
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
    """See the module's text. Random numbers of `loss`, in order: the task and what is left out, z, the head's."""

    def __init__(self, grid: Grid, config: GrooveAttentionVAEConfig) -> None:
        super().__init__(grid)
        self.config, self.z_size = config, config.z_size
        steps, width = grid.steps, config.width
        self.encoder_in = nn.Linear(NUMBERS, width)
        self.encoder_positions = nn.Parameter(0.02 * torch.randn(steps, width))
        self.encoder = _blocks(config.encoder_blocks, config)
        self.encoder_squeeze = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, config.squeeze))
        self.posterior = nn.Linear(steps * config.squeeze, 2 * config.z_size)
        start_as_code(self.posterior)
        self.spread = nn.Linear(config.z_size, steps * config.squeeze)
        self.decoder_in = nn.Linear(config.squeeze, width)
        self.decoder_positions = nn.Parameter(0.02 * torch.randn(steps, width))
        self.decoder = _blocks(config.decoder_blocks, config)
        self.strokes_out = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, drums.COMBINATIONS))
        self.head = CausalBlocks(config.head_blocks, width, config.heads)
        if config.head_blocks:
            self.head_in = nn.Linear(width, width)
            self.head_strokes = nn.Linear(COUNT, width, bias=False)
            self.head_norm = nn.LayerNorm(width)
            self.head_out = nn.Linear(width, drums.COMBINATIONS)
            self.head_trust = nn.Linear(width, 1)
            nn.init.normal_(self.head_out.weight, std=1e-3)  # it begins by leaving the draft as it is
            nn.init.zeros_(self.head_trust.weight)
            nn.init.constant_(self.head_trust.bias, 4.0)
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
        figures = {}
        if self.config.head_blocks:
            head = self._head_loss(features, logits, z, batch, generator)
            costs, figures["head"] = costs + head, head.detach()
        return {
            "loss": costs + beta * (kl - self.config.free_nats).clamp(min=0.0),
            "reconstruction": (hits + loud + late).detach(),
            **figures,
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
        draft = self.strokes_out(features)
        chances = None if uniforms is None else uniforms[:, 0]
        if not self.config.head_blocks:
            struck = strokes(choose(draft, temperature, chances).unsqueeze(1))
            return self._write(features, struck, temperature, uniforms)
        told, heard = self.head_in(features), features.new_zeros(len(z), COUNT)
        past: list[Past] = []
        written = []
        for step in range(self.grid.steps):
            x = self.head.step(told[:, step] + self.head_strokes(heard), past)
            token = choose(self._correct(draft[:, step], x), temperature, None if chances is None else chances[:, step])
            written.append(strokes(token.view(-1, 1, 1))[:, 0])
            heard = written[-1].to(features.dtype)
        return self._write(features, torch.stack(written, 1), temperature, uniforms)

    @torch.no_grad()
    def perform(self, z: Tensor, tokens: Tensor, temperature: float = 0.0, uniforms: Tensor | None = None) -> Tensor:
        return self._write(self._features(z), strokes(tokens), temperature, uniforms)

    def log_likelihood(self, tokens: Tensor, z: Tensor) -> Tensor:
        features = self._features(z)
        loud, late = _nats(self._played(features, strokes(tokens)), tokens)
        return -(negative_log_likelihood(self._logits(features, tokens), tokens[:, 0]) + loud + late)

    def next_step(self, tokens: Tensor, z: Tensor) -> Tensor:
        """The likeliest strokes given those before them, played together."""
        features = self._features(z)
        hit = self._logits(features, tokens).argmax(-1)
        return self._write(features, strokes(hit.unsqueeze(1)), 0.0, None)

    def _logits(self, features: Tensor, tokens: Tensor) -> Tensor:
        """Logits (B, S, 512) of the strokes of each step, after the true ones before it."""
        return self._corrected(features, self.strokes_out(features), tokens)

    def _corrected(self, features: Tensor, draft: Tensor, tokens: Tensor) -> Tensor:
        """The draft (B, S, 512) with the head's correction, after the strokes of tokens (B, 19, S) before each step."""
        if not self.config.head_blocks:
            return draft
        heard = before(strokes(tokens).to(features.dtype))
        return self._correct(draft, self.head(self.head_in(features) + self.head_strokes(heard)))

    def _correct(self, draft: Tensor, x: Tensor) -> Tensor:
        """Logits (..., 512): the draft's as far as the head trusts them, and its own, of its output x (..., width)."""
        x = self.head_norm(x)
        corrected: Tensor = torch.sigmoid(self.head_trust(x)) * draft + self.head_out(x)
        return corrected

    def _head_loss(
        self, features: Tensor, draft: Tensor, z: Tensor, batch: Tensor, generator: torch.Generator | None
    ) -> Tensor:
        """Half of the batch is told its own points, the other half points turned towards noise."""
        half = len(z) // 2
        with torch.no_grad():
            turned = self._features(towards_noise(z[half:], generator))
            far = self.strokes_out(turned)
        told, drafts = torch.cat([features[:half].detach(), turned]), torch.cat([draft[:half].detach(), far])
        return negative_log_likelihood(self._corrected(told, drafts, batch), batch[:, 0]).mean()

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
