"""The recurrent autoencoder of piano rolls: the plan of Roberts et al. 2018 on frames, for comparison with `roll_vae`.

A bidirectional LSTM reads the steps; its two last states give mean and scale of z. z starts a conductor LSTM, which
writes one embedding a bar; each embedding starts the decoder LSTM anew, which hears the step before and the bar's
embedding and gives the logits of all bits of a step at once. The bits of a step are independent of one another, given z
and the steps before: see `frames` for what is probable of what.

The loss is the binary cross-entropy of all bits plus beta times the KL. Random numbers of `loss`: the noise of z.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from scorespace.models import frames
from scorespace.models.base import LatentModel
from scorespace.models.frames import Frames
from scorespace.models.losses import gaussian_kl, standard_normal
from scorespace.models.settings import require
from scorespace.music.grid import Grid
from scorespace.music.roll import PITCHES

BITS = 2 * PITCHES
SILENT = -5.0  # first logit of an onset: about one bit in 100 is set
SMALLEST_SCALE = 1e-2  # floor of the posterior's standard deviation


@dataclass(frozen=True)
class RollRNNConfig:
    """Sizes and weights."""

    z_size: int = 256  # dimensions of z, 1 to 4096
    encoder_size: int = 256  # LSTM units of each direction, 1 to 8192
    conductor_size: int = 256  # LSTM units, 1 to 8192
    bar_size: int = 256  # numbers of a bar's embedding, 1 to 8192
    decoder_size: int = 384  # LSTM units, 1 to 8192
    beta: float = 0.5  # weight of the KL after the warm-up, 0 to 10; 1 is the ELBO
    beta_warmup: int = 1000  # steps over which beta rises linearly from 0

    def __post_init__(self) -> None:
        sizes = (1, 8192)
        require(self, z_size=(1, 4096), encoder_size=sizes, conductor_size=sizes, bar_size=sizes, decoder_size=sizes)
        require(self, beta=(0, 10), beta_warmup=(0, 10**9))


class RollRNN(LatentModel):
    """See the module's text. LSTMs run in the type of the weights also under autocast."""

    pitches: Tensor

    def __init__(self, grid: Grid, config: RollRNNConfig) -> None:
        super().__init__(frames.roll_grid(grid))
        self.config = config
        self.z_size, self.bars, self.steps_per_bar = config.z_size, grid.bars, grid.steps_per_bar
        self.register_buffer("pitches", frames.allowed(grid), persistent=False)
        self.encoder = nn.LSTM(BITS, config.encoder_size, batch_first=True, bidirectional=True)
        self.posterior = nn.Linear(2 * config.encoder_size, 2 * config.z_size)
        self.conductor_start = nn.Linear(config.z_size, 2 * config.conductor_size)
        self.conductor = nn.LSTM(1, config.conductor_size, batch_first=True)
        self.bar = nn.Linear(config.conductor_size, config.bar_size)
        self.decoder_start = nn.Linear(config.bar_size, 2 * config.decoder_size)
        self.decoder = nn.LSTM(BITS + config.bar_size, config.decoder_size, batch_first=True)
        self.out = nn.Linear(config.decoder_size, BITS)
        nn.init.constant_(self.out.bias[:PITCHES].detach(), SILENT)
        nn.init.constant_(self.posterior.bias[config.z_size :].detach(), -2.0)  # little noise at first, as in roll_vae

    def encode(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Posterior mean and scale, each (B, Z), of tokens (B, 16, S) int64."""
        with torch.autocast(tokens.device.type, enabled=False):
            _, (last, _) = self.encoder(frames.frames(tokens).numbers(self.out.weight.dtype))
            mean, raw = self.posterior(torch.cat([last[0], last[1]], -1)).chunk(2, -1)
            return mean, SMALLEST_SCALE + functional.softplus(raw)

    @torch.no_grad()
    def decode(self, z: Tensor, temperature: float = 0.0, uniforms: Tensor | None = None) -> Tensor:
        """Tokens (B, 16, S) int64 for z (B, Z); above temperature 0 with uniforms (B, 256, S): see `frames.drawer`."""
        draw = frames.drawer(temperature, uniforms, self.pitches)
        before = torch.ones(len(z), PITCHES, dtype=torch.bool, device=z.device)
        bits = torch.zeros(len(z), BITS, dtype=z.dtype, device=z.device)
        written = []
        for number, bar in enumerate(self._bars(z).unbind(1)):
            state = self._state(self.decoder_start, bar)
            for step in range(self.steps_per_bar):
                heard, state = self.decoder(torch.cat([bits, bar], -1).unsqueeze(1), state)
                frame = draw(self.out(heard[:, 0]), before, number * self.steps_per_bar + step)
                bits, before = torch.cat(frame, -1).to(z), frame.sounding
                written.append(frame)
        onset, held = (torch.stack(part, 1) for part in zip(*written, strict=True))
        return frames.tokens_of(Frames(onset, held))

    def logits(self, tokens: Tensor, z: Tensor) -> Tensor:
        """Logits (B, S, 256) of every bit (onsets, then held), for z (B, Z) and the true steps before it."""
        with torch.autocast(tokens.device.type, enabled=False):
            bars = self._bars(z.to(self.out.weight.dtype))
            bits = frames.frames(tokens).numbers(bars.dtype)
            before = functional.pad(bits[:, :-1], (0, 0, 1, 0))
            heard = torch.cat([before, bars.repeat_interleave(self.steps_per_bar, 1)], -1)
            hidden, _ = self.decoder(
                heard.view(len(z) * self.bars, self.steps_per_bar, -1),
                self._state(self.decoder_start, bars.flatten(0, 1)),
            )
            logits: Tensor = self.out(hidden).view(len(z), self.bars * self.steps_per_bar, BITS)
            return logits

    def next_step(self, tokens: Tensor, z: Tensor) -> Tensor:
        """The most likely bits given z and the true steps before, (B, 16, S) int64."""
        return frames.tokens_of(frames.likeliest(self.logits(tokens, z), frames.frames(tokens), self.pitches))

    def log_likelihood(self, tokens: Tensor, z: Tensor) -> Tensor:
        """log p(tokens | z), (B,) nats, exact; -inf for tokens that no score gives."""
        nats = frames.negative_log_likelihood(self.logits(tokens, z), frames.frames(tokens), self.pitches)
        return torch.where(frames.illegal(tokens, self.pitches), -math.inf, -nats)

    def loss(self, batch: Tensor, step: int, phase: str, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Reconstruction + beta * KL, in nats a phrase. "accuracy" is the F1 of the onsets, teacher-forced."""
        roll = frames.frames(batch)
        mean, scale = self.encode(batch)
        logits = self.logits(batch, mean + scale * standard_normal(mean, generator))
        reconstruction = frames.negative_log_likelihood(logits, roll, self.pitches).mean()
        kl = gaussian_kl(mean, scale).sum(-1).mean()
        beta = self.config.beta * min(1.0, step / max(1, self.config.beta_warmup))
        return {
            "loss": reconstruction + beta * kl,
            "reconstruction": reconstruction.detach(),
            "kl": kl.detach(),
            "beta": torch.tensor(beta),
            "accuracy": frames.onset_f1(frames.likeliest(logits.detach(), roll, self.pitches), roll),
        }

    def _bars(self, z: Tensor) -> Tensor:
        """Embeddings (B, bars, bar_size)."""
        nothing = z.new_zeros(len(z), self.bars, 1)
        hidden, _ = self.conductor(nothing, self._state(self.conductor_start, z))
        bars: Tensor = self.bar(hidden)
        return bars

    @staticmethod
    def _state(layer: nn.Linear, context: Tensor) -> tuple[Tensor, Tensor]:
        """Hidden and cell state, each (1, B, H), as the tanh of a linear layer of a context (B, C)."""
        hidden, cell = torch.tanh(layer(context)).chunk(2, -1)
        return hidden.unsqueeze(0).contiguous(), cell.unsqueeze(0).contiguous()
