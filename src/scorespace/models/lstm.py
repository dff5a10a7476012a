"""The LSTM pieces that the recurrent models are made of.

    Stack         LSTMs over one another; a context (z, or a bar's embedding) gives first state and part of each input
    Steps         a stack one step at a time, its weights folded for speed
    TokenDecoder  what writes a phrase out of stacks: all steps at once in training, one by one otherwise
    FlatDecoder   the simplest of them: one stack for all parts

Training feeds `nn.LSTM` with whole sequences. Decoding, one step after the other, uses the same weights folded into as
few products as there are layers (`Steps`): `nn.LSTM` called for single steps costs ten times as much (docs/models.md).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from itertools import accumulate

import torch
from torch import Tensor, nn
from torch.nn import functional

from scorespace.models.losses import negative_log_likelihood
from scorespace.music.grid import Grid

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
        """Logits (B, outputs) after what is heard; nothing at all means zeros. Moves the state.

        heard: places (B,) int64 of the one-hot input that are 1, or the input itself, (B, inputs) floating.
        """
        gates = functional.linear(self.hidden[0], self.first).add_(self.from_context)
        for part in heard:
            gates.add_(part @ self.table if part.is_floating_point() else self.table[part])
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
