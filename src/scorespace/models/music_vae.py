"""MusicVAE for one part: a recurrent variational autoencoder (Roberts et al. 2017, NIPS workshop; appendix "2-bar").

    encoder   bidirectional LSTM over the one-hot tokens; its last states, joined, give mean and scale of z
    decoder   z gives the first state of a stack of LSTMs; each step reads the token before (zeros at the first) and z
    loss      negative log-likelihood + beta(t) * max(KL - free bits, 0), with scheduled sampling of the decoder's input

Where this departs from the paper, it follows the code the authors released later (Magenta):
  * the scale of z is softplus of a linear layer, not its exponential, which overflows where softplus grows linearly;
    and it has a floor, `SCALE_FLOOR`, because softplus itself reaches 0 in float32 and the KL would be infinite;
  * the decoder's first state is squashed with tanh, as every later state is.

Training feeds `nn.LSTM` with whole sequences. Decoding, one step after the other, uses the same weights folded into as
few products as there are layers (`Steps`): `nn.LSTM` called for single steps costs ten times as much (docs/models.md).
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
    negative_log_likelihood,
    standard_normal,
)
from scorespace.models.settings import require
from scorespace.music.grid import Grid

SCALE_FLOOR = 1e-6  # log is -13.8: far below any useful posterior, and its square is still far above 0 in float32


@dataclass(frozen=True)
class MusicVAEConfig:
    """Sizes and schedules; the defaults are Magenta's cat-mel_2bar_small."""

    z_size: int = 256  # dimensions of z, 1 to 4096
    encoder_size: int = 512  # LSTM units of each direction, 1 to 8192
    encoder_layers: int = 1  # bidirectional layers, 1 to 8
    decoder_size: int = 256  # LSTM units of each layer, 1 to 8192
    decoder_layers: int = 2  # layers, 1 to 8
    free_bits: float = 0.0  # bits of KL a phrase that cost nothing, 0 to 10000
    max_beta: float = 0.2  # weight of the KL at the end of its schedule, 0 to 100
    beta_rate: float = 0.99999  # beta(t) = (1 - rate^t) * max_beta, 0 to below 1; 0 keeps it at max_beta
    sampling_rate: float = 1000.0  # training steps, rate of the inverse-sigmoid schedule, 0 to 1e9; 0 never samples

    def __post_init__(self) -> None:
        sizes, layers = (1, 8192), (1, 8)
        require(self, z_size=(1, 4096), encoder_size=sizes, encoder_layers=layers)
        require(self, decoder_size=sizes, decoder_layers=layers, free_bits=(0, 1e4), max_beta=(0, 100))
        require(self, beta_rate=(0, 1 - 1e-12), sampling_rate=(0, 1e9))


class Encoder(nn.Module):
    """Tokens to the posterior of z."""

    def __init__(self, vocabulary: int, config: MusicVAEConfig) -> None:
        super().__init__()
        size = config.encoder_size
        self.lstm = nn.LSTM(vocabulary, size, config.encoder_layers, batch_first=True, bidirectional=True)
        self.mean = nn.Linear(2 * size, config.z_size)
        self.scale = nn.Linear(2 * size, config.z_size)
        remember(self.lstm)
        speak_up(self.lstm, vocabulary)
        for head in (self.mean, self.scale):
            start_small(head)

    def forward(self, one_hot: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and scale, each (B, Z), of one-hot tokens (B, S, V)."""
        _, (last, _) = self.lstm(one_hot)
        joined = torch.cat([last[-2], last[-1]], -1)
        return self.mean(joined), functional.softplus(self.scale(joined)) + SCALE_FLOOR


class Decoder(nn.Module):
    """z and the tokens before to the logits of the next token."""

    def __init__(self, vocabulary: int, config: MusicVAEConfig) -> None:
        super().__init__()
        size, layers = config.decoder_size, config.decoder_layers
        self.first_state = nn.Linear(config.z_size, 2 * layers * size)
        self.lstm = nn.LSTM(vocabulary + config.z_size, size, layers, batch_first=True)
        self.output = nn.Linear(size, vocabulary)
        remember(self.lstm)
        speak_up(self.lstm, vocabulary)
        start_small(self.first_state)

    def start(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """First hidden and cell state, each (layers, B, H), of z (B, Z)."""
        state = torch.tanh(self.first_state(z)).view(len(z), self.lstm.num_layers, 2, self.lstm.hidden_size)
        cell, hidden = state.permute(2, 1, 0, 3).unbind(0)
        return hidden.contiguous(), cell.contiguous()

    def forward(self, previous: Tensor, z: Tensor) -> Tensor:
        """Logits (B, S, V) for one-hot tokens before each step (B, S, V) and z (B, Z)."""
        inputs = torch.cat([previous, z.unsqueeze(1).expand(-1, previous.shape[1], -1)], -1)
        hidden, _ = self.lstm(inputs, self.start(z))
        logits: Tensor = self.output(hidden)
        return logits


class Steps:
    """The decoder one step at a time, without gradients, its weights folded for speed.

    The part of z in the first layer's input is multiplied once a phrase, the token's part is a row of a table, and in
    the layers above the two products are one. State: hidden and cell (B, H) of each layer.
    """

    def __init__(self, decoder: Decoder, z: Tensor) -> None:
        lstm, vocabulary = decoder.lstm, decoder.output.out_features
        self.first, inward, bias = _weights(lstm, 0)
        self.output = decoder.output
        self.hidden, self.cell = (list(state.unbind(0)) for state in decoder.start(z))
        # the row after the last token stands for "none", the input of the first step
        self.table = functional.pad(inward[:, :vocabulary].t(), (0, 0, 0, 1))
        self.from_z = functional.linear(z, inward[:, vocabulary:], bias)
        self.above = [_joined(lstm, layer) for layer in range(1, lstm.num_layers)]

    def step(self, previous: Tensor) -> Tensor:
        """Logits (B, V) after the tokens `previous` (B,); V, one past the last token, means none. Moves the state."""
        gates = functional.linear(self.hidden[0], self.first).add_(self.table[previous]).add_(self.from_z)
        self._move(0, gates)
        for layer, (weight, bias) in enumerate(self.above, start=1):
            both = torch.cat([self.hidden[layer - 1], self.hidden[layer]], -1)
            self._move(layer, functional.linear(both, weight, bias))
        logits: Tensor = self.output(self.hidden[-1])
        return logits

    def _move(self, layer: int, gates: Tensor) -> None:
        size = self.hidden[layer].shape[-1]
        gates[:, : 2 * size].sigmoid_()
        inward, forget, candidate, outward = gates.chunk(4, -1)
        candidate.tanh_()
        outward.sigmoid_()
        self.cell[layer] = torch.addcmul(forget * self.cell[layer], inward, candidate)
        self.hidden[layer] = outward * self.cell[layer].tanh()


def _weights(lstm: nn.LSTM, layer: int) -> tuple[Tensor, Tensor, Tensor]:
    """A layer's weights from the state (4H, H) and from the input (4H, inputs), and the sum of its biases (4H,)."""
    named = dict(lstm.named_parameters())
    bias = named[f"bias_ih_l{layer}"] + named[f"bias_hh_l{layer}"]
    return named[f"weight_hh_l{layer}"], named[f"weight_ih_l{layer}"], bias


def _joined(lstm: nn.LSTM, layer: int) -> tuple[Tensor, Tensor]:
    onward, inward, bias = _weights(lstm, layer)
    return torch.cat([inward, onward], -1), bias


class MusicVAE(LatentModel):
    """The flat MusicVAE of one part. Random numbers of `loss`, in order: z, which inputs to replace, by what.

    LSTMs run in the type of the weights also under autocast, because a state in bfloat16 loses what it accumulates.

    Raises:
        UsageError: when the grid has several parts.
    """

    one_hot: Tensor

    def __init__(self, grid: Grid, config: MusicVAEConfig) -> None:
        super().__init__()
        if grid.tracks != 1:
            raise UsageError(
                f"The model music-vae takes one part, the grid has {grid.tracks} ({', '.join(grid.parts)}): "
                "choose one part in the recipe's [grid]."
            )
        self.config, self.z_size = config, config.z_size
        self.steps, self.vocabulary = grid.steps, grid.vocabulary
        self.encoder = Encoder(grid.vocabulary, config)
        self.decoder = Decoder(grid.vocabulary, config)
        # row V is all zeros: the input before the first token
        self.register_buffer("one_hot", torch.eye(grid.vocabulary + 1, grid.vocabulary), persistent=False)

    def loss(self, batch: Tensor, step: int, phase: str, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        with torch.autocast(batch.device.type, enabled=False):
            mean, scale = self.encode(batch)
            z = mean + scale * standard_normal(mean, generator)
            tokens = batch[:, 0]
            inputs = self._scheduled(tokens, z.detach(), self.sampling_probability(step), generator)
            logits = self.decoder(self.one_hot[inputs], z)
            reconstruction = negative_log_likelihood(logits, tokens).mean()
            kl = gaussian_kl(mean, scale).sum(-1)
            beta = annealed_beta(step, self.config.max_beta, self.config.beta_rate)
            return {
                "loss": reconstruction + beta * beyond_free_bits(kl, self.config.free_bits).mean(),
                "reconstruction": reconstruction.detach(),
                "kl": kl.mean().detach(),
                "beta": kl.new_tensor(beta),
                "accuracy": (logits.argmax(-1) == tokens).to(kl.dtype).mean(),
            }

    def sampling_probability(self, step: int) -> float:
        """How probably an input of the decoder is its own sample at training step `step` (from 0)."""
        return inverse_sigmoid(step, self.config.sampling_rate) if self.config.sampling_rate else 0.0

    def encode(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        with torch.autocast(tokens.device.type, enabled=False):
            mean, scale = self.encoder(self.one_hot[tokens[:, 0]])
            return mean, scale

    @torch.no_grad()
    def decode(self, z: Tensor, temperature: float = 0.0, uniforms: Tensor | None = None) -> Tensor:
        with torch.autocast(z.device.type, enabled=False):
            steps = Steps(self.decoder, z.to(self.one_hot.dtype))
            tokens = torch.empty(len(z), self.steps, dtype=torch.int64, device=z.device)
            token = torch.full_like(tokens[:, 0], self.vocabulary)
            for step in range(self.steps):
                chance = None if uniforms is None else uniforms[:, 0, step]
                token = choose(steps.step(token), temperature, chance)
                tokens[:, step] = token
        return tokens.unsqueeze(1)

    def logits(self, tokens: Tensor, z: Tensor) -> Tensor:
        """Logits (B, S, V) at each step given z (B, Z) and the true tokens (B, 1, S) before it."""
        with torch.autocast(z.device.type, enabled=False):
            logits: Tensor = self.decoder(self.one_hot[self._before(tokens[:, 0])], z.to(self.one_hot.dtype))
            return logits

    def log_likelihood(self, tokens: Tensor, z: Tensor) -> Tensor:
        return -negative_log_likelihood(self.logits(tokens, z), tokens[:, 0])

    def next_step(self, tokens: Tensor, z: Tensor) -> Tensor:
        return self.logits(tokens, z).argmax(-1).unsqueeze(1)

    def _before(self, tokens: Tensor) -> Tensor:
        return functional.pad(tokens[:, :-1], (1, 0), value=self.vocabulary)

    @torch.no_grad()
    def _scheduled(self, tokens: Tensor, z: Tensor, probability: float, generator: torch.Generator | None) -> Tensor:
        """The decoder's inputs (B, S): each token but the first replaced, with this probability, by a sample.

        A sample is drawn at temperature 1 from the decoder's own prediction after the inputs so far. Nothing flows back
        through it, so these inputs can be found first and then be taught in one pass.
        Source: Bengio et al. 2015, section 2.2, each step of each phrase on its own.
        """
        inputs = self._before(tokens)
        if probability == 0:
            return inputs
        replaced, uniforms = torch.rand(2, *tokens.shape, generator=generator).to(tokens.device).unbind(0)
        replaced = replaced < probability
        steps = Steps(self.decoder, z)
        for step in range(self.steps - 1):
            drawn = choose(steps.step(inputs[:, step]), 1.0, uniforms[:, step])
            inputs[:, step + 1] = torch.where(replaced[:, step + 1], drawn, inputs[:, step + 1])
        return inputs


def remember(lstm: nn.LSTM) -> None:
    """Starts the forget gates open: a bias of 1 in all, as in Magenta (Jozefowicz et al. 2015)."""
    for name, bias in lstm.named_parameters():
        if name.startswith("bias"):
            forget = slice(lstm.hidden_size, 2 * lstm.hidden_size)
            nn.init.constant_(bias.data[forget], 1.0 if name.startswith("bias_ih") else 0.0)


def speak_up(lstm: nn.LSTM, vocabulary: int) -> None:
    """Starts the weights of the one-hot tokens at U(-0.5, 0.5), so that one token weighs as much as all of z.

    With torch's own start the noise of z drowns the token before, and learning stays on a plateau: docs/models.md.
    """
    with torch.no_grad():
        nn.init.uniform_(dict(lstm.named_parameters())["weight_ih_l0"][:, :vocabulary], -0.5, 0.5)


def start_small(layer: nn.Linear) -> None:
    """Weights N(0, 0.001) and no bias, as in Magenta: z begins near the prior and says nothing yet."""
    nn.init.normal_(layer.weight, std=0.001)
    nn.init.zeros_(layer.bias)
