"""The recurrent variational autoencoder (Roberts et al. 2017): encoder, a decoder of LSTMs, and the loss.

    encoder   bidirectional LSTM over the one-hot tokens of all parts; its last states, joined, give mean and scale of z
              (with `segment_bars` it has two levels: such an LSTM turns each bar, or each few, into its last states, by
              weights that all share, and a second one reads these, as in Magenta's hier-*)
    decoder   a `TokenDecoder`: flat (`music_vae`) or under a conductor (`hierarchical_vae`)
    loss      negative log-likelihood + beta(t) * max(KL - free bits, 0), with scheduled sampling of what is heard

Where this departs from the papers, it follows the code the authors released later (Magenta):
  * the scale of z is softplus of a linear layer, not its exponential, which overflows where softplus grows linearly;
    and it has a floor, `SCALE_FLOOR`, because softplus itself reaches 0 in float32 and the KL would be infinite;
  * the first states of the decoder's LSTMs are squashed with tanh, as every later state is.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from scorespace.errors import UsageError
from scorespace.models.base import LatentModel, choose
from scorespace.models.losses import (
    annealed_beta,
    beyond_free_bits,
    gaussian_kl,
    inverse_sigmoid,
    standard_normal,
)
from scorespace.models.lstm import TokenDecoder, likeliest, nll, one_hot, remember, speak_up, start_small
from scorespace.models.settings import require
from scorespace.music.grid import Grid

SCALE_FLOOR = 1e-6  # log is -13.8: far below any useful posterior, and its square is still far above 0 in float32


class Encoder(nn.Module):
    """Tokens to the posterior of z.

    segment: steps that are encoded first, by weights that all segments share; 0 = one LSTM reads the whole phrase.
    """

    def __init__(self, inputs: int, size: int, layers: int, z_size: int, segment: int = 0) -> None:
        super().__init__()
        self.segment = segment
        self.segments = nn.LSTM(inputs, size, layers, batch_first=True, bidirectional=True) if segment else None
        self.lstm = nn.LSTM(2 * size if segment else inputs, size, layers, batch_first=True, bidirectional=True)
        self.mean = nn.Linear(2 * size, z_size)
        self.scale = nn.Linear(2 * size, z_size)
        remember(self.lstm)
        if self.segments is not None:
            remember(self.segments)
        speak_up(self.lstm if self.segments is None else self.segments, inputs)
        for head in (self.mean, self.scale):
            start_small(head)

    def forward(self, hot: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and scale, each (B, Z), of one-hot tokens (B, S, inputs); S is a multiple of `segment`."""
        if self.segments is not None:
            batch, steps, inputs = hot.shape
            count = steps // self.segment
            segments = hot.reshape(batch * count, self.segment, inputs)
            hot = last_states(self.segments, segments).view(batch, count, 2 * self.lstm.hidden_size)
        joined = last_states(self.lstm, hot)
        return self.mean(joined), functional.softplus(self.scale(joined)) + SCALE_FLOOR


def last_states(lstm: nn.LSTM, heard: Tensor) -> Tensor:
    """(B, 2H): where a bidirectional LSTM ends, forwards and backwards, when it has heard all of (B, S, inputs)."""
    _, (last, _) = lstm(heard)
    return torch.cat([last[-2], last[-1]], -1)


@dataclass(frozen=True)
class RecurrentVAEConfig:
    """Sizes and schedules that all recurrent autoencoders have; the defaults are Magenta's cat-mel_2bar_small."""

    z_size: int = 256  # dimensions of z, 1 to 4096
    encoder_size: int = 512  # LSTM units of each direction, 1 to 8192
    encoder_layers: int = 1  # bidirectional layers, 1 to 8; of each level where there are two
    segment_bars: int = 0  # bars of a segment of the encoder's lower level, 0 to 1024; 0 = it has one level
    decoder_size: int = 256  # LSTM units of each layer that writes tokens, 1 to 8192
    decoder_layers: int = 2  # layers, 1 to 8
    free_bits: float = 0.0  # bits of KL a phrase that cost nothing, 0 to 10000
    max_beta: float = 0.2  # weight of the KL at the end of its schedule, 0 to 100
    beta_rate: float = 0.99999  # beta(t) = (1 - rate^t) * max_beta, 0 to below 1; 0 keeps it at max_beta
    sampling_rate: float = 1000.0  # training steps, rate of the inverse-sigmoid schedule, 0 to 1e9; 0 never samples

    def __post_init__(self) -> None:
        sizes, layers = (1, 8192), (1, 8)
        require(self, z_size=(1, 4096), encoder_size=sizes, encoder_layers=layers)
        require(self, segment_bars=(0, 1024))
        require(self, decoder_size=sizes, decoder_layers=layers, free_bits=(0, 1e4), max_beta=(0, 100))
        require(self, beta_rate=(0, 1 - 1e-12), sampling_rate=(0, 1e9))


class RecurrentVAE(LatentModel):
    """Encoder, decoder and loss. Random numbers of `loss`, in order: z, which tokens to replace, by what.

    LSTMs run in the type of the weights also under autocast, because a state in bfloat16 loses what it accumulates.

    Raises:
        UsageError: when the grid's bars are no multiple of `segment_bars`.
    """

    replaced_together = False  # whether scheduled sampling replaces all parts of a step or each on its own

    def __init__(self, grid: Grid, config: RecurrentVAEConfig, decoder: TokenDecoder) -> None:
        super().__init__(grid)
        self.z_size, self.schedules = config.z_size, config
        if config.segment_bars and grid.bars % config.segment_bars:
            raise UsageError(
                f"The encoder reads segments of {config.segment_bars} bars, which do not divide a phrase of "
                f"{grid.bars}: choose model.segment_bars so that they do, or 0."
            )
        segment = grid.steps_per_bar * config.segment_bars
        self.encoder = Encoder(sum(grid.sizes), config.encoder_size, config.encoder_layers, config.z_size, segment)
        self.decoder = decoder

    def loss(self, batch: Tensor, step: int, phase: str, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        with torch.autocast(batch.device.type, enabled=False):
            mean, scale = self.encode(batch)
            z = mean + scale * standard_normal(mean, generator)
            heard = self._scheduled(batch, z.detach(), self.sampling_probability(step), generator)
            logits = self.decoder(self._hot(heard), z)
            reconstruction = nll(logits, batch).mean()
            kl = gaussian_kl(mean, scale).sum(-1)
            beta = annealed_beta(step, self.schedules.max_beta, self.schedules.beta_rate)
            return {
                "loss": reconstruction + beta * beyond_free_bits(kl, self.schedules.free_bits).mean(),
                "reconstruction": reconstruction.detach(),
                "kl": kl.mean().detach(),
                "beta": kl.new_tensor(beta),
                "accuracy": (likeliest(logits) == batch).to(kl.dtype).mean(),
            }

    def sampling_probability(self, step: int) -> float:
        """How probably the decoder hears its own sample of a token at training step `step` (from 0)."""
        return inverse_sigmoid(step, self.schedules.sampling_rate) if self.schedules.sampling_rate else 0.0

    def encode(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        with torch.autocast(tokens.device.type, enabled=False):
            mean, scale = self.encoder(self._hot(tokens))
            return mean, scale

    @torch.no_grad()
    def decode(self, z: Tensor, temperature: float = 0.0, uniforms: Tensor | None = None) -> Tensor:
        def pick(track: int, step: int, logits: Tensor) -> Tensor:
            return choose(logits, temperature, None if uniforms is None else uniforms[:, track, step])

        with torch.autocast(z.device.type, enabled=False):
            return self.decoder.write(self._like_weights(z), pick)

    def logits(self, tokens: Tensor, z: Tensor) -> tuple[Tensor, ...]:
        """Logits (B, S, V of the part) of each part, given z (B, Z) and the tokens (B, T, S) int64 before each."""
        with torch.autocast(z.device.type, enabled=False):
            logits: tuple[Tensor, ...] = self.decoder(self._hot(tokens), self._like_weights(z))
            return logits

    def log_likelihood(self, tokens: Tensor, z: Tensor) -> Tensor:
        return -nll(self.logits(tokens, z), tokens)

    def next_step(self, tokens: Tensor, z: Tensor) -> Tensor:
        return likeliest(self.logits(tokens, z))

    def _hot(self, tokens: Tensor) -> Tensor:
        return one_hot(tokens, self.grid.sizes, self.encoder.mean.weight.dtype)

    def _like_weights(self, z: Tensor) -> Tensor:
        return z.to(self.encoder.mean.weight.dtype)

    def _scheduled(self, tokens: Tensor, z: Tensor, probability: float, generator: torch.Generator | None) -> Tensor:
        """The tokens (B, T, S) that the decoder hears: each replaced, with this probability, by a sample.

        A sample is drawn at temperature 1 from the decoder's own prediction after what it has heard so far, as when it
        decodes. Nothing flows back through it, so what is heard can be found first and then be taught in one pass.
        Source: Bengio et al. 2015, section 2.2, each step of each phrase on its own.
        """
        if probability == 0:
            return tokens
        chances, uniforms = torch.rand(2, *tokens.shape, generator=generator).to(tokens.device).unbind(0)
        if self.replaced_together:
            chances = chances[:, :1].expand_as(chances)
        replaced = chances.roll(-1, -1) < probability  # number s + 1 decides what step s + 1 hears, the token of step s

        def pick(track: int, step: int, logits: Tensor) -> Tensor:
            drawn = choose(logits, 1.0, uniforms[:, track, step])
            return torch.where(replaced[:, track, step], drawn, tokens[:, track, step])

        return self.decoder.write(z, pick)
