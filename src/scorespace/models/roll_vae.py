"""A variational autoencoder for piano rolls that reads with attention over the steps and drafts all of them at once.

The attention VAE's plan (`attention_vae`) with frames in the place of tokens:
- the encoder embeds each step's 256 bits by one linear layer; attention blocks over the steps, and z off all of them;
- the draft: z is spread over the steps, attention blocks settle them, and a linear layer gives the logits of all bits
  of every step in one pass. The VAE's loss is the draft's alone, so z cannot be left unused;
- the head: causal blocks over the steps read the draft and the steps written so far; within a step the pitches are
  written from the lowest up, each in view of those below it (a NADE: Larochelle and Murray 2011; after a recurrent
  network of steps: Boulanger-Lewandowski et al. 2012). So between the points that the encoder gives, where the draft
  mixes several chords, one chord is written. No gradient goes from the head into the VAE. `head_blocks = 0` leaves it
  out.

What the probabilities are of stands in `frames`. Random numbers of `loss`, in order: the noise of z, the angles of the
head's points, their noise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from scorespace.errors import UsageError
from scorespace.models import frames
from scorespace.models.base import LatentModel
from scorespace.models.frames import Frames
from scorespace.models.layers import Block, CausalBlocks, Past, start_as_code
from scorespace.models.losses import gaussian_kl, standard_normal, towards_noise
from scorespace.models.settings import require
from scorespace.music.grid import Grid
from scorespace.music.roll import PITCHES

BITS = 2 * PITCHES
SILENT = -5.0  # first logit of an onset: about one bit in 100 is set


@dataclass(frozen=True)
class RollVAEConfig:
    """Sizes and weights; the defaults are the bundled roll-2bar space."""

    z_size: int = 256  # dimensions of z, 1 to 4096
    width: int = 160  # numbers a step in the attention blocks, 1 to 4096, a multiple of heads
    heads: int = 4  # attention heads a block, 1 to 64
    encoder_blocks: int = 3  # 1 to 64
    decoder_blocks: int = 3  # 1 to 64
    squeeze: int = 32  # numbers a step between the blocks and z, 1 to 4096
    head_blocks: int = 2  # causal blocks that correct the draft step by step, 0 to 64; 0 = the draft is final
    head_width: int = 128  # numbers a step in them, 1 to 4096, a multiple of heads
    chord_size: int = 24  # hidden numbers with which a pitch hears those below it, 1 to 1024
    beta: float = 0.15  # weight of the KL after the warm-up, 0 to 10; 1 is the ELBO
    beta_warmup: int = 1500  # steps over which beta rises linearly from 0
    free_nats: float = 0.0  # nats a phrase below which the KL costs nothing, 0 or more
    smallest_scale: float = 0.01  # floor of the posterior's standard deviation, 1e-6 to 1
    head_only: bool = False  # train the head alone, for a run begun from the weights of another (--init)

    def __post_init__(self) -> None:
        require(self, z_size=(1, 4096), width=(1, 4096), heads=(1, 64), squeeze=(1, 4096))
        require(self, encoder_blocks=(1, 64), decoder_blocks=(1, 64), head_blocks=(0, 64))
        require(self, head_width=(1, 4096), chord_size=(1, 1024))
        require(self, beta=(0, 10), beta_warmup=(0, 10**9), free_nats=(0, 10**6), smallest_scale=(1e-6, 1))
        if self.head_only and not self.head_blocks:
            raise UsageError("model.head_only needs a head: model.head_blocks of 1 or more.")
        for name in ("width", "head_width"):
            if getattr(self, name) % self.heads:
                raise UsageError(
                    f"model.{name} must be a multiple of model.heads, got {getattr(self, name)} and {self.heads}."
                )


class RollVAE(LatentModel):
    """See the module's text."""

    pitches: Tensor

    def __init__(self, grid: Grid, config: RollVAEConfig) -> None:
        super().__init__(frames.roll_grid(grid))
        self.config = config
        self.z_size = config.z_size
        steps, width = grid.steps, config.width
        self.register_buffer("pitches", frames.allowed(grid), persistent=False)
        self.encoder_in = nn.Linear(BITS, width)
        self.encoder_positions = nn.Parameter(0.02 * torch.randn(steps, width))
        self.encoder = nn.Sequential(*(Block(width, config.heads) for _ in range(config.encoder_blocks)))
        self.encoder_squeeze = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, config.squeeze))
        self.posterior = nn.Linear(steps * config.squeeze, 2 * config.z_size)
        self.spread = nn.Linear(config.z_size, steps * config.squeeze)
        self.decoder_in = nn.Linear(config.squeeze, width)
        self.decoder_positions = nn.Parameter(0.02 * torch.randn(steps, width))
        self.decoder = nn.Sequential(*(Block(width, config.heads) for _ in range(config.decoder_blocks)))
        self.decoder_norm = nn.LayerNorm(width)
        self.decoder_out = nn.Linear(width, BITS)
        self.head = Head(config) if config.head_blocks else None
        self._initialise()

    def _initialise(self) -> None:
        nn.init.normal_(self.encoder_in.weight)  # a step has five bits set, not 256
        start_as_code(self.posterior)
        nn.init.constant_(self.decoder_out.bias[:PITCHES].detach(), SILENT)
        for blocks in (self.encoder, self.decoder):
            for block in blocks:
                assert isinstance(block, Block)
                # keeps the sum of the residual branches at unit order (Radford et al. 2019, 2.3)
                scale = (2 * len(blocks)) ** -0.5
                block.attention_out.weight.data.mul_(scale)
                block.mlp_out.weight.data.mul_(scale)

    def encode(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Posterior mean and scale, each (B, Z), of tokens (B, 16, S) int64."""
        return self._encode(frames.frames(tokens))

    def _encode(self, roll: Frames) -> tuple[Tensor, Tensor]:
        x = self.encoder_in(roll.numbers(self.encoder_in.weight.dtype)) + self.encoder_positions
        x = self.encoder_squeeze(self.encoder(x)).flatten(1)  # (B, S * squeeze)
        mean, raw = self.posterior(x).to(self.posterior.weight.dtype).chunk(2, -1)
        return mean, self.config.smallest_scale + functional.softplus(raw)

    def decode(self, z: Tensor, temperature: float = 0.0, uniforms: Tensor | None = None) -> Tensor:
        """Tokens (B, 16, S) int64 for z (B, Z); above temperature 0 with uniforms (B, 256, S): see `frames.drawer`."""
        features, draft = self._draft(z)
        draw = frames.drawer(temperature, uniforms, self.pitches)
        before = torch.ones_like(draft[:, 0, :PITCHES], dtype=torch.bool)
        bits = torch.zeros_like(draft[:, 0])
        past: list[Past] = []
        written = []
        for step in range(draft.shape[1]):
            if self.head is None:
                frame = draw(draft[:, step], before, step)
            else:
                told = self.head.step(features[:, step], bits, past)
                frame = self.head.write(draft[:, step], told, before, step, draw)
                bits = torch.cat(frame, -1).to(draft)
            before = frame.sounding
            written.append(frame)
        onset, held = (torch.stack(part, 1) for part in zip(*written, strict=True))
        return frames.tokens_of(Frames(onset, held))

    def logits(self, tokens: Tensor, z: Tensor) -> Tensor:
        """Logits (B, S, 256) of every bit (onsets, then held), for z (B, Z) and the true bits before it."""
        features, draft = self._draft(z)
        return draft if self.head is None else self.head(features, draft, frames.frames(tokens))

    def next_step(self, tokens: Tensor, z: Tensor) -> Tensor:
        """The most likely bits given z and the true ones before, (B, 16, S) int64."""
        return frames.tokens_of(frames.likeliest(self.logits(tokens, z), frames.frames(tokens), self.pitches))

    def log_likelihood(self, tokens: Tensor, z: Tensor) -> Tensor:
        """log p(tokens | z), (B,) nats, exact; -inf for tokens that no score gives."""
        nats = frames.negative_log_likelihood(self.logits(tokens, z), frames.frames(tokens), self.pitches)
        return torch.where(frames.illegal(tokens, self.pitches), -math.inf, -nats)

    def _draft(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Features (B, S, width) and logits (B, S, 256) of all steps, in one pass."""
        x = self.spread(z).view(len(z), -1, self.config.squeeze)
        features = self.decoder_norm(self.decoder(self.decoder_in(x) + self.decoder_positions))
        return features, self.decoder_out(features)

    def beta(self, step: int) -> float:
        """Weight of the KL at a training step."""
        return self.config.beta * min(1.0, step / max(1, self.config.beta_warmup))

    def loss(self, batch: Tensor, step: int, phase: str, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Draft's reconstruction + beta * max(KL - free nats, 0) + the head's reconstruction, in nats a phrase.

        "accuracy" is the F1 of the draft's onsets.
        """
        roll = frames.frames(batch)
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.config.head_only):
            mean, scale = self._encode(roll)
            z = mean + scale * standard_normal(mean, generator)
            features, draft = self._draft(z)
        reconstruction = frames.negative_log_likelihood(draft, roll, self.pitches).mean()
        kl = gaussian_kl(mean.float(), scale.float()).sum(-1).mean()
        beta = self.beta(step)
        loss = reconstruction + beta * (kl - self.config.free_nats).clamp(min=0.0)
        figures = {"reconstruction": reconstruction.detach(), "kl": kl.detach(), "beta": torch.tensor(beta)}
        if self.head is not None:
            head = self._head_loss(self.head, features, draft, z, roll, generator)
            loss, figures["head"] = loss + head, head.detach()
        accuracy = frames.onset_f1(frames.likeliest(draft.detach(), roll, self.pitches), roll)
        return {"loss": loss, **figures, "accuracy": accuracy}

    def _head_loss(
        self, head: Head, features: Tensor, draft: Tensor, z: Tensor, roll: Frames, generator: torch.Generator | None
    ) -> Tensor:
        """A quarter of the batch is told its own points, the rest points turned towards noise."""
        own = len(z) // 4
        with torch.no_grad():
            far_features, far_draft = self._draft(towards_noise(z[own:], generator))
        told = torch.cat([features[:own].detach(), far_features])
        drafts = torch.cat([draft[:own].detach(), far_draft])
        return frames.negative_log_likelihood(head(told, drafts, roll), roll, self.pitches).mean()


class Head(nn.Module):
    """Settles a draft: over the steps from left to right, within a step from the lowest pitch up."""

    def __init__(self, config: RollVAEConfig) -> None:
        super().__init__()
        width, size = config.head_width, config.chord_size
        self.told = nn.Linear(config.width, width)
        self.heard = nn.Linear(BITS, width)  # the step before; nothing at all before the first
        self.blocks = CausalBlocks(config.head_blocks, width, config.heads)
        self.norm = nn.LayerNorm(width)
        self.trust = nn.Linear(width, 1)
        self.out = nn.Linear(width, BITS)
        self.chord_in = nn.Linear(width, size)
        self.below = nn.Parameter(0.1 * torch.randn(BITS, size))
        self.chord_out = nn.Parameter(1e-3 * torch.randn(BITS, size))
        nn.init.normal_(self.heard.weight, std=0.1)
        nn.init.normal_(self.out.weight, std=1e-3)  # it begins by leaving the draft as it is
        nn.init.zeros_(self.trust.weight)
        nn.init.constant_(self.trust.bias, 4.0)
        for block in self.blocks:
            assert isinstance(block, Block)
            block.attention_out.weight.data.mul_((2 * config.head_blocks) ** -0.5)
            block.mlp_out.weight.data.mul_((2 * config.head_blocks) ** -0.5)

    def forward(self, features: Tensor, draft: Tensor, roll: Frames) -> Tensor:
        """Logits (B, S, 256) for a draft (B, S, 256) and its features (B, S, width); each bit hears those before it."""
        bits = roll.numbers(self.below.dtype)
        before = functional.pad(bits[:, :-1], (0, 0, 1, 0))
        x = self.norm(self.blocks(self.told(features) + self.heard(before)))
        return self._settled(draft, x) + self._chord(self.chord_in(x), bits)

    def step(self, features: Tensor, before: Tensor, past: list[Past]) -> Tensor:
        """What the blocks say, (B, head_width), of the next step's features (B, width) after the bits (B, 256)."""
        told: Tensor = self.norm(self.blocks.step(self.told(features) + self.heard(before), past))
        return told

    def write(self, draft: Tensor, x: Tensor, before: Tensor, step: int, draw: frames.Draw) -> Frames:
        """The bits of one step for its draft (B, 256) and the blocks' output x (B, head_width).

        A bit depends on those of the pitches below. All of them are drawn from a guess at these, again and again until
        nothing changes: after k rounds the lowest k pitches are what drawing one after another gives, so it ends
        there, and long before that in practice.
        """
        settled, told = self._settled(draft, x), self.chord_in(x)
        bits = torch.zeros_like(draft)
        while True:
            frame = draw(settled + self._chord(told, bits), before, step)
            found = torch.cat(frame, -1).to(bits)
            if torch.equal(found, bits):
                return frame
            bits = found

    def _settled(self, draft: Tensor, x: Tensor) -> Tensor:
        """Logits (..., 256) of the draft as far as they are trusted, and of the steps before."""
        settled: Tensor = torch.sigmoid(self.trust(x)) * draft + self.out(x)
        return settled

    def _chord(self, told: Tensor, bits: Tensor) -> Tensor:
        """Logits (..., 256) of each pitch in view of the bits (..., 256) of those below it; told: (..., chord_size)."""
        size = told.shape[-1]
        said = bits.view(*bits.shape[:-1], 2, PITCHES, 1) * self.below.view(2, PITCHES, size)
        rising = functional.pad(said.sum(-3)[..., :-1, :], (0, 0, 1, 0)).cumsum(-2)  # (..., 128, size)
        hidden = functional.relu(told.unsqueeze(-2) + rising)
        out = self.chord_out.view(2, PITCHES, size)
        return torch.cat([(hidden * out[0]).sum(-1), (hidden * out[1]).sum(-1)], -1)
