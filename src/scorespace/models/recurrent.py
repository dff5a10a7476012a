"""The LSTM pieces that the recurrent models are made of, and the variational autoencoder over them.

    Encoder       bidirectional LSTM over the one-hot tokens of all parts; its last states, joined, give mean and scale
    Stack         a stack of LSTMs whose first state and every input come from a context (z, or an embedding of a bar)
    Steps         a stack one step at a time, its weights folded for speed
    TokenDecoder  what writes a phrase out of stacks: all steps at once in training, one by one otherwise
    RecurrentVAE  encoder + decoder + the loss of Roberts et al. 2017, with scheduled sampling

Where these depart from the papers they follow the code the authors released later (Magenta): docs/models.md lists it.
Training feeds `nn.LSTM` with whole sequences. Decoding, one step after the other, uses the same weights folded into as
few products as there are layers (`Steps`): `nn.LSTM` called for single steps costs ten times as much (docs/models.md).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

import torch
from torch import Tensor, nn
from torch.nn import functional

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

Pick = Callable[[int, int, Tensor], Tensor]
"""(track, step, logits (B, V of the track)) -> the token (B,) int64 that the decoder hears from then on."""


def one_hot(tokens: Tensor, sizes: Sequence[int], dtype: torch.dtype) -> Tensor:
    """(B, S, sum of sizes): the one-hot tokens (B, T, S) of all parts side by side, `sizes` being their alphabets'."""
    batch, _, steps = tokens.shape
    hot = torch.zeros(batch, steps, sum(sizes), dtype=dtype, device=tokens.device)
    places = tokens.transpose(1, 2) + torch.tensor(offsets(sizes), device=tokens.device)
    return hot.scatter_(-1, places, 1.0)


def offsets(sizes: Sequence[int]) -> list[int]:
    """Where each part begins in what `one_hot` gives."""
    return list(accumulate(sizes, initial=0))[:-1]


def before(hot: Tensor) -> Tensor:
    """What came a step before: (B, S, ...) moved one step later, zeros at the first."""
    return functional.pad(hot[:, :-1], (0, 0, 1, 0))


def nll(logits: Sequence[Tensor], tokens: Tensor) -> Tensor:
    """(B,) nats of tokens (B, T, S) under the logits (B, S, V of the part) of each part."""
    each = [negative_log_likelihood(part, tokens[:, track]) for track, part in enumerate(logits)]
    return torch.stack(each).sum(0)


def likeliest(logits: Sequence[Tensor]) -> Tensor:
    """(B, T, S) int64: the most likely token of each part at each step."""
    return torch.stack([part.argmax(-1) for part in logits], 1)


class Encoder(nn.Module):
    """Tokens to the posterior of z."""

    def __init__(self, inputs: int, size: int, layers: int, z_size: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(inputs, size, layers, batch_first=True, bidirectional=True)
        self.mean = nn.Linear(2 * size, z_size)
        self.scale = nn.Linear(2 * size, z_size)
        remember(self.lstm)
        speak_up(self.lstm, inputs)
        for head in (self.mean, self.scale):
            start_small(head)

    def forward(self, hot: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and scale, each (B, Z), of one-hot tokens (B, S, inputs)."""
        _, (last, _) = self.lstm(hot)
        joined = torch.cat([last[-2], last[-1]], -1)
        return self.mean(joined), functional.softplus(self.scale(joined)) + SCALE_FLOOR


class Stack(nn.Module):
    """LSTMs over one another. A context gives their first state and is joined to every input of the lowest.

    inputs: width of what is heard, one-hot tokens. context: width; 0 = there is none and the first state is zero.
    outputs: width of the logits.
    """

    def __init__(self, inputs: int, context: int, outputs: int, size: int, layers: int) -> None:
        super().__init__()
        self.inputs = inputs
        self.first_state = nn.Linear(context, 2 * layers * size) if context else None
        self.lstm = nn.LSTM(inputs + context, size, layers, batch_first=True)
        self.output = nn.Linear(size, outputs)
        remember(self.lstm)
        speak_up(self.lstm, inputs)
        if self.first_state is not None:
            start_small(self.first_state)

    def start(self, context: Tensor) -> tuple[Tensor, Tensor]:
        """First hidden and cell state, each (layers, B, H), of a context (B, C)."""
        return first_state(self.lstm, self.first_state, context)

    def run(self, hot: Tensor, context: Tensor) -> Tensor:
        """Logits (B, S, outputs) for what is heard at each step (B, S, inputs) and a context (B, C)."""
        heard = torch.cat([hot, context.unsqueeze(1).expand(-1, hot.shape[1], -1)], -1)
        hidden, _ = self.lstm(heard, self.start(context))
        logits: Tensor = self.output(hidden)
        return logits


def first_state(lstm: nn.LSTM, layer: nn.Linear | None, context: Tensor) -> tuple[Tensor, Tensor]:
    """Hidden and cell state, each (layers, B, H), as the tanh of a linear layer of a context (B, C); zeros without."""
    if layer is None:
        hidden = context.new_zeros(lstm.num_layers, len(context), lstm.hidden_size)
        return hidden, hidden
    state = torch.tanh(layer(context)).view(len(context), lstm.num_layers, 2, lstm.hidden_size)
    cell, hidden = state.permute(2, 1, 0, 3).unbind(0)
    return hidden.contiguous(), cell.contiguous()


class Steps:
    """A stack one step at a time, without gradients, its weights folded for speed.

    The context's part of the first layer's input is multiplied once, a token's part is a row of a table, and in the
    layers above the two products are one. State: hidden and cell (B, H) of each layer.
    """

    def __init__(self, stack: Stack, context: Tensor) -> None:
        lstm = stack.lstm
        self.stack = stack
        self.first, inward, self.bias = _weights(lstm, 0)
        self.table = inward[:, : stack.inputs].t().contiguous()
        self.inward = inward[:, stack.inputs :]
        self.above = [_joined(lstm, layer) for layer in range(1, lstm.num_layers)]
        self.restart(context)

    def restart(self, context: Tensor) -> None:
        """Sets the state anew from a context (B, C)."""
        self.hidden, self.cell = (list(state.unbind(0)) for state in self.stack.start(context))
        self.from_context = functional.linear(context, self.inward, self.bias)

    def step(self, heard: Sequence[Tensor]) -> Tensor:
        """Logits (B, outputs) after places (B,) of the one-hot input that are 1; none at all means zeros.

        Moves the state.
        """
        gates = functional.linear(self.hidden[0], self.first).add_(self.from_context)
        for places in heard:
            gates.add_(self.table[places])
        self._move(0, gates)
        for layer, (weight, bias) in enumerate(self.above, start=1):
            both = torch.cat([self.hidden[layer - 1], self.hidden[layer]], -1)
            self._move(layer, functional.linear(both, weight, bias))
        logits: Tensor = self.stack.output(self.hidden[-1])
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


class TokenDecoder(nn.Module, ABC):
    """z and the tokens written so far to the logits of the next ones, for parts with alphabets of `sizes`."""

    sizes: tuple[int, ...]
    steps: int

    @abstractmethod
    def forward(self, hot: Tensor, z: Tensor) -> tuple[Tensor, ...]:
        """Logits (B, S, V of the part) of each part, for the one-hot tokens of the phrase (B, S, sum of sizes).

        The logits of a step depend on tokens that `write` has picked before it alone.
        """

    @abstractmethod
    def write(self, z: Tensor, pick: Pick) -> Tensor:
        """Tokens (B, T, S) int64, picked step by step and within a step part by part. No gradients."""


class FlatDecoder(Stack, TokenDecoder):
    """One stack for the whole phrase: it hears all parts' tokens of the step before and speaks to each part at once.

    So the parts of a step are independent of one another, given all steps before and z.
    """

    def __init__(self, grid: Grid, context: int, size: int, layers: int) -> None:
        total = sum(grid.sizes)
        super().__init__(total, context, total, size, layers)
        self.sizes, self.steps = grid.sizes, grid.steps

    def forward(self, hot: Tensor, z: Tensor) -> tuple[Tensor, ...]:
        return torch.split(self.run(before(hot), z), list(self.sizes), -1)

    @torch.no_grad()
    def write(self, z: Tensor, pick: Pick) -> Tensor:
        steps, begins = Steps(self, z), offsets(self.sizes)
        heard: list[Tensor] = []
        written = []
        for step in range(self.steps):
            logits = torch.split(steps.step(heard), list(self.sizes), -1)
            tokens = [pick(track, step, part) for track, part in enumerate(logits)]
            heard = [token + begin for token, begin in zip(tokens, begins, strict=True)]
            written.append(torch.stack(tokens, 1))
        return torch.stack(written, -1)


@dataclass(frozen=True)
class RecurrentVAEConfig:
    """Sizes and schedules that all recurrent autoencoders have; the defaults are Magenta's cat-mel_2bar_small."""

    z_size: int = 256  # dimensions of z, 1 to 4096
    encoder_size: int = 512  # LSTM units of each direction, 1 to 8192
    encoder_layers: int = 1  # bidirectional layers, 1 to 8
    decoder_size: int = 256  # LSTM units of each layer that writes tokens, 1 to 8192
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


class RecurrentVAE(LatentModel):
    """Encoder, decoder and loss. Random numbers of `loss`, in order: z, which tokens to replace, by what.

    LSTMs run in the type of the weights also under autocast, because a state in bfloat16 loses what it accumulates.
    """

    replaced_together = False  # whether scheduled sampling replaces all parts of a step or each on its own

    def __init__(self, grid: Grid, config: RecurrentVAEConfig, decoder: TokenDecoder) -> None:
        super().__init__(grid)
        self.z_size, self.schedules = config.z_size, config
        self.encoder = Encoder(sum(grid.sizes), config.encoder_size, config.encoder_layers, config.z_size)
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


def remember(lstm: nn.LSTM) -> None:
    """Starts the forget gates open: a bias of 1 in all, as in Magenta (Jozefowicz et al. 2015)."""
    for name, bias in lstm.named_parameters():
        if name.startswith("bias"):
            forget = slice(lstm.hidden_size, 2 * lstm.hidden_size)
            nn.init.constant_(bias.data[forget], 1.0 if name.startswith("bias_ih") else 0.0)


def speak_up(lstm: nn.LSTM, inputs: int) -> None:
    """Starts the weights of the one-hot tokens at U(-0.5, 0.5), so that one token weighs as much as all of z.

    With torch's own start the noise of z drowns the token before, and learning stays on a plateau: docs/models.md.
    """
    with torch.no_grad():
        nn.init.uniform_(dict(lstm.named_parameters())["weight_ih_l0"][:, :inputs], -0.5, 0.5)


def start_small(layer: nn.Linear) -> None:
    """Weights N(0, 0.001) and no bias, as in Magenta: z begins near the prior and says nothing yet."""
    nn.init.normal_(layer.weight, std=0.001)
    nn.init.zeros_(layer.bias)
