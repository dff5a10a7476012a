"""The pieces that several models are made of: attention blocks, and the way in and out of tokens."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from scorespace.music import drums

Past = tuple[Tensor, Tensor]  # keys and values of the places before, each (B, heads, places, width / heads)


@dataclass(frozen=True)
class Written:
    """What a decoder made of points: the draft's nats a phrase, those of the head, and the draft's token accuracy."""

    reconstruction: Tensor
    head: Tensor
    accuracy: Tensor

    @property
    def loss(self) -> Tensor:
        """What decoder and head are to minimise."""
        return self.reconstruction + self.head


class Block(nn.Module):
    """Pre-norm attention, then a network of one hidden layer, both residual: (B, S, width) -> (B, S, width).

    Sources: Vaswani et al. 2017; Xiong et al. 2020 (norm first); So et al. 2021 (squared ReLU, which costs a third
    of the time of a GELU on a CPU).
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.attention_norm = nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.attention_out = nn.Linear(width, width)
        self.mlp_norm = nn.LayerNorm(width)
        self.mlp_in = nn.Linear(width, 4 * width)
        self.mlp_out = nn.Linear(4 * width, width)

    def forward(self, x: Tensor, causal: bool = False) -> Tensor:
        """Every place sees every place, or with `causal` itself and those before it."""
        query, key, value = self._heads(x)
        return self._residual(x, attend(query, key, value, causal))

    def step(self, x: Tensor, past: Past | None) -> tuple[Tensor, Past]:
        """One place (B, 1, width) after those in `past` (None: the first), as `forward` with `causal` has it."""
        query, key, value = self._heads(x)
        if past is not None:
            key, value = torch.cat([past[0], key], 2), torch.cat([past[1], value], 2)
        return self._residual(x, functional.scaled_dot_product_attention(query, key, value)), (key, value)

    def _heads(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        batch, places, width = x.shape
        parts = self.query_key_value(self.attention_norm(x)).view(batch, places, 3, self.heads, width // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4).unbind(0)  # each (B, heads, S, width / heads)
        return query, key, value

    def _residual(self, x: Tensor, heard: Tensor) -> Tensor:
        x = x + self.attention_out(heard.transpose(1, 2).reshape(x.shape))
        hidden = functional.relu(self.mlp_in(self.mlp_norm(x))).square()
        summed: Tensor = x + self.mlp_out(hidden)
        return summed


def attend(query: Tensor, key: Tensor, value: Tensor, causal: bool) -> Tensor:
    """Attention of (B, heads, S, width) to S places, with `causal` to itself and those before it.

    Written out in bfloat16 on a CPU, where torch's own kernel took five times as long (64 places, torch 2.13).
    """
    if query.dtype != torch.bfloat16 or query.device.type != "cpu":
        return functional.scaled_dot_product_attention(query, key, value, is_causal=causal)
    scores = (query @ key.transpose(-1, -2)) * query.shape[-1] ** -0.5
    if causal:
        places = query.shape[-2]
        hidden = torch.ones(places, places, dtype=torch.bool, device=query.device).triu(1)
        scores = scores.masked_fill(hidden, float("-inf"))
    heard: Tensor = scores.softmax(-1) @ value
    return heard


class CausalBlocks(nn.ModuleList):
    """Blocks in which every place hears itself and those before it: (B, S, width) -> (B, S, width)."""

    def __init__(self, blocks: int, width: int, heads: int) -> None:
        super().__init__(Block(width, heads) for _ in range(blocks))

    def forward(self, x: Tensor) -> Tensor:
        """All places at once."""
        for block in self:
            x = block(x, causal=True)
        return x

    def step(self, x: Tensor, past: list[Past]) -> Tensor:
        """The next place (B, width) of a sequence; `past`, empty at its beginning, is brought up to date."""
        x = x.unsqueeze(1)
        for number, block in enumerate(self):
            assert isinstance(block, Block)
            x, heard = block.step(x, past[number] if number < len(past) else None)
            past[number : number + 1] = [heard]
        return x.squeeze(1)


def token_embedding(size: int, width: int, struck: bool, more: int = 0) -> nn.Embedding | StrokeEmbedding:
    """Vectors (..., width) for tokens below size + more; of the extra ones no drum is struck."""
    return StrokeEmbedding(size + more, width) if struck else nn.Embedding(size + more, width)


def token_logits(width: int, size: int, struck: bool) -> nn.Linear | StrokeLogits:
    """Logits (..., size) from (..., width)."""
    return StrokeLogits(width, size) if struck else nn.Linear(width, size)


class Alphabets(nn.Module):
    """Rules out the tokens that a part does not have, where the parts of a grid have alphabets of different sizes.

    For models that run through the places of a phrase step by step, within a step part by part.
    """

    missing: Tensor

    def __init__(self, sizes: tuple[int, ...]) -> None:
        super().__init__()
        missing = torch.arange(max(sizes)) >= torch.tensor(sizes).unsqueeze(1)
        self.differ = len(set(sizes)) > 1
        self.register_buffer("missing", missing, persistent=False)

    def forward(self, logits: Tensor, place: int | None = None) -> Tensor:
        """Logits (B, places, V), or (B, V) of one place, with -inf for what is missing."""
        if not self.differ:
            return logits
        tracks = len(self.missing)
        if place is not None:
            return logits.masked_fill(self.missing[place % tracks], float("-inf"))
        return logits.masked_fill(self.missing.repeat(logits.shape[1] // tracks, 1), float("-inf"))


def start_small(module: nn.Module, std: float) -> None:
    """Starts every matrix of the module at N(0, std)."""
    for weight in module.parameters():
        if weight.ndim > 1:
            nn.init.normal_(weight, std=std)


def start_as_code(posterior: nn.Linear) -> None:
    """Lets z begin as a plain code, its means about ten times as large as its noise, that a decoder can learn to read.

    With torch's start training stays for hundreds of steps where z says next to nothing (measured in docs/roll.md).

    Args:
        posterior: gives the means (the first half of its outputs) and what becomes the scales by softplus.
    """
    half = posterior.out_features // 2
    with torch.no_grad():
        posterior.weight[:half] *= 3.0
        posterior.weight[half:] *= 0.1
        posterior.bias[half:] = -2.0  # a scale of 0.13


class StrokeEmbedding(nn.Module):
    """A drum token as the sum of its strokes and of what is particular to the combination.

    Most of the 512 combinations are rare; what is learnt of a stroke holds in all of them.
    """

    bits: Tensor

    def __init__(self, count: int, width: int) -> None:
        super().__init__()
        self.combination = nn.Embedding(count, width)
        self.stroke = nn.Parameter(torch.randn(drums.COUNT, width))
        self.register_buffer("bits", _bits(count), persistent=False)

    def forward(self, tokens: Tensor) -> Tensor:
        found: Tensor = self.combination(tokens) + self.bits[tokens].to(self.stroke.dtype) @ self.stroke
        return found


class StrokeLogits(nn.Module):
    """Logits of drum tokens as the sum of those of their strokes and of what is particular to the combination."""

    bits: Tensor

    def __init__(self, width: int, count: int) -> None:
        super().__init__()
        self.combination = nn.Linear(width, count)
        self.stroke = nn.Linear(width, drums.COUNT)
        self.register_buffer("bits", _bits(count), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        strokes = self.stroke(x)
        found: Tensor = self.combination(x) + strokes @ self.bits.to(strokes.dtype).T
        return found


def _bits(count: int) -> Tensor:
    """(count, 9) float32: the strokes of each token."""
    return torch.from_numpy(drums.strokes(np.arange(count)).astype(np.float32))
