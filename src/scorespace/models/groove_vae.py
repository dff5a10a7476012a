"""GrooVAE: the recurrent autoencoder of drums as they are played (Gillick et al. 2019, Magenta's groovae_*).

    encoder   bidirectional LSTM over 27 numbers a step (`grooves`); its last states, joined, give mean and scale of z
    decoder   z gives the first state of a stack of LSTMs; each step reads the 27 numbers of the step before and z, and
              gives 27 outputs: strokes by a sigmoid, velocities by a sigmoid, timings by a tanh
    loss      cross-entropy of the strokes + squared errors of velocities and timings, silent classes included,
              + beta * max(KL - free bits, 0)

The squared errors stand for normal densities with a variance of one half; "nats" of this model leave out their
constant.

Where this departs from Magenta: the classes that are not struck are fed back as silent, as they are in training; and
only the inputs of the lowest LSTMs are dropped at random, not those between the layers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from scorespace.errors import UsageError
from scorespace.models.grooves import (
    HITS,
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
from scorespace.models.losses import annealed_beta, beyond_free_bits, gaussian_kl, standard_normal
from scorespace.models.lstm import Stack, Steps, before
from scorespace.models.recurrent import Encoder
from scorespace.models.settings import require
from scorespace.music.grid import Grid

Hit = Callable[[int, Tensor], Tensor]
"""(step, logits (B, 9)) -> (B, 9), 1 where a class is struck."""


@dataclass(frozen=True)
class GrooveVAEConfig:
    """Sizes, weights and what the encoder is kept from; the defaults are Magenta's groovae_2bar_humanize."""

    z_size: int = 256  # dimensions of z, 1 to 4096
    encoder_size: int = 512  # LSTM units of each direction, 1 to 8192
    encoder_layers: int = 1  # bidirectional layers, 1 to 8
    decoder_size: int = 256  # LSTM units of each layer of the decoder, 1 to 8192
    decoder_layers: int = 2  # layers, 1 to 8
    task: str = "humanise"  # what the encoder is kept from: "none", "humanise", "tap", or "all" of them in turn
    note_dropout: float = 0.0  # largest share of strokes that a tapped phrase lacks, 0 to 1; 0.8 in Magenta
    dropout: float = 0.0  # share of the inputs of encoder and decoder set to 0 in training, 0 to 0.95; 0.7 in Magenta
    free_bits: float = 48.0  # bits of KL a phrase that cost nothing, 0 to 10000
    max_beta: float = 0.2  # weight of the KL at the end of its schedule, 0 to 100
    beta_rate: float = 0.0  # beta(t) = (1 - rate^t) * max_beta, 0 to below 1; 0 keeps it at max_beta

    def __post_init__(self) -> None:
        sizes, layers = (1, 8192), (1, 8)
        require(self, z_size=(1, 4096), encoder_size=sizes, encoder_layers=layers)
        require(self, decoder_size=sizes, decoder_layers=layers, note_dropout=(0, 1), dropout=(0, 0.95))
        require(self, free_bits=(0, 1e4), max_beta=(0, 100), beta_rate=(0, 1 - 1e-12))
        if self.task not in TASKS:
            raise UsageError(f"model.task must be one of {', '.join(TASKS)}, got {self.task!r}.")


class GrooveVAE(GrooveModel):
    """See the module's text. Random numbers of `loss`, in order: the task and what is left out, dropout, z, dropout."""

    def __init__(self, grid: Grid, config: GrooveVAEConfig) -> None:
        super().__init__(grid)
        self.config, self.z_size = config, config.z_size
        self.encoder = Encoder(NUMBERS, config.encoder_size, config.encoder_layers, config.z_size)
        self.decoder = Stack(NUMBERS, config.z_size, NUMBERS, config.decoder_size, config.decoder_layers)

    def loss(self, batch: Tensor, step: int, phase: str, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Strokes, velocities and timings are summed over a phrase; "accuracy" is the share of steps all right."""
        with torch.autocast(batch.device.type, enabled=False):
            groove = self._numbers(batch)
            heard = disguised(groove, self.config.task, self.config.note_dropout, generator)
            mean, scale = self.encoder(self._dropped(heard, generator))
            z = mean + scale * standard_normal(mean, generator)
            outputs = self.decoder.run(self._dropped(before(groove), generator), z)
            terms = errors(outputs, groove)
            reconstruction = torch.stack(terms).sum(0).mean()
            kl = gaussian_kl(mean, scale).sum(-1)
            beta = annealed_beta(step, self.config.max_beta, self.config.beta_rate)
            right = ((outputs[..., HITS] > 0) == (groove[..., HITS] > 0)).all(-1)
            return {
                "loss": reconstruction + beta * beyond_free_bits(kl, self.config.free_bits).mean(),
                "reconstruction": reconstruction.detach(),
                "kl": kl.mean().detach(),
                "beta": kl.new_tensor(beta),
                "strokes": terms[0].mean().detach(),
                "velocities": terms[1].mean().detach(),
                "timings": terms[2].mean().detach(),
                "accuracy": right.to(kl.dtype).mean(),
            }

    def encode(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        with torch.autocast(tokens.device.type, enabled=False):
            mean, scale = self.encoder(self._numbers(tokens))
            return mean, scale

    @torch.no_grad()
    def decode(self, z: Tensor, temperature: float = 0.0, uniforms: Tensor | None = None) -> Tensor:
        if temperature > 0 and uniforms is None:
            raise ValueError("temperature above 0 needs uniforms")

        def hit(step: int, logits: Tensor) -> Tensor:
            if temperature == 0 or uniforms is None:
                return logits > 0
            return uniforms[:, HITS, step] < torch.sigmoid(logits / max(temperature, 1e-30))

        return self._write(z, hit)

    @torch.no_grad()
    def perform(self, z: Tensor, tokens: Tensor, temperature: float = 0.0, uniforms: Tensor | None = None) -> Tensor:
        """Velocities and timings are the model's means at any temperature."""
        given = strokes(tokens)
        return self._write(z, lambda step, logits: given[:, step])

    def outputs(self, tokens: Tensor, z: Tensor) -> Tensor:
        """(B, S, 27) before sigmoid and tanh, for z (B, Z) and the true tokens (B, 19, S) before each step."""
        with torch.autocast(z.device.type, enabled=False):
            return self.decoder.run(before(self._numbers(tokens)), z.to(self._dtype))

    def log_likelihood(self, tokens: Tensor, z: Tensor) -> Tensor:
        return -torch.stack(errors(self.outputs(tokens, z), self._numbers(tokens))).sum(0)

    def next_step(self, tokens: Tensor, z: Tensor) -> Tensor:
        outputs = self.outputs(tokens, z)
        return _played(outputs[..., HITS] > 0, outputs).transpose(1, 2)

    def _write(self, z: Tensor, hit: Hit) -> Tensor:
        """Tokens (B, 19, S), step by step."""
        with torch.autocast(z.device.type, enabled=False):
            steps = Steps(self.decoder, z.to(self._dtype))
            heard: list[Tensor] = []
            written = []
            for step in range(self.grid.steps):
                outputs = steps.step(heard)
                tokens = _played(hit(step, outputs[:, HITS]), outputs)
                heard = [self._numbers(tokens.unsqueeze(-1))[:, 0]]
                written.append(tokens)
            return torch.stack(written, -1)

    def _numbers(self, tokens: Tensor) -> Tensor:
        return numbers(tokens, self._dtype)

    @property
    def _dtype(self) -> torch.dtype:
        return self.encoder.mean.weight.dtype

    def _dropped(self, heard: Tensor, generator: torch.Generator | None) -> Tensor:
        """What is heard (B, S, 27) with a share of it set to 0 and the rest made as much larger."""
        share = self.config.dropout
        if not self.training or not share:
            return heard
        kept = (torch.rand(heard.shape, generator=generator) >= share).to(heard)
        return heard * kept / (1 - share)


def errors(outputs: Tensor, groove: Tensor) -> list[Tensor]:
    """Of outputs (B, S, 27) for a groove (B, S, 27), (B,) each: the strokes' cross-entropy in nats, the squared errors
    of the velocities and of the timings, summed over a phrase."""
    hits = functional.binary_cross_entropy_with_logits(outputs[..., HITS], groove[..., HITS], reduction="none")
    loud = torch.sigmoid(outputs[..., LOUDNESS]) - groove[..., LOUDNESS]
    late = torch.tanh(outputs[..., LATENESS]) - groove[..., LATENESS]
    return [hits.flatten(1).sum(-1), loud.square().flatten(1).sum(-1), late.square().flatten(1).sum(-1)]


def _played(struck: Tensor, outputs: Tensor) -> Tensor:
    """(..., 19) int64: strokes (..., 9) with the velocities and timings of outputs (..., 27)."""
    return tokens_of(struck, torch.sigmoid(outputs[..., LOUDNESS]), torch.tanh(outputs[..., LATENESS]))
