"""Attention that knows how far apart two places are, in bars and within the bar.

Half of every head turns with the number of the bar, half with the position in it, so that a head can look for "the same
place, eight bars before" whatever the metre. Source of the rotation: Su et al. 2021, "RoFormer", section 3.2.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

BARS = (2.0, 0.04)  # radians a bar, fastest and slowest
QUARTERS = (6.3, 0.3)  # radians a quarter note


def angles(bar: Tensor, quarter: Tensor, size: int) -> Tensor:
    """(B, N, size / 2) radians for bars (B, N) and positions within them in quarter notes (B, N).

    size: of a head, a multiple of 4.
    """
    parts = []
    for place, (fast, slow) in ((bar, BARS), (quarter, QUARTERS)):
        count = size // 4
        rates = fast * (slow / fast) ** (torch.arange(count, device=place.device) / max(1, count - 1))
        parts.append(place.unsqueeze(-1) * rates.to(quarter.dtype))
    return torch.cat(parts, -1)


def turned(x: Tensor, turn: Tensor) -> Tensor:
    """Vectors (B, heads, N, size) turned by angles (B, N, size / 2)."""
    cos, sin = turn.cos().unsqueeze(1).to(x.dtype), turn.sin().unsqueeze(1).to(x.dtype)
    first, second = x.chunk(2, -1)
    return torch.cat([first * cos - second * sin, first * sin + second * cos], -1)


class Attention(nn.Module):
    """Multi-head attention of places to others (or to themselves), pre-norm; the sum with its input is the caller's."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(width)
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)

    def normed(self, x: Tensor) -> Tensor:
        """What queries, and in self-attention keys and values, are made of."""
        normed: Tensor = self.norm(x)
        return normed

    def remember(self, heard: Tensor, turn: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values (B, heads, N, size) of places (B, N, width)."""
        key, value = self.key_value(heard).chunk(2, -1)
        return turned(self._split(key), turn), self._split(value)

    def ask(self, normed: Tensor, turn: Tensor, key: Tensor, value: Tensor, hidden: Tensor | None) -> Tensor:
        """(B, N, width) of what places (B, N, width) hear; hidden broadcasts to (B, heads, N, M) and is True where a
        place does not hear another."""
        query = turned(self._split(self.query(normed)), turn)
        scores = (query @ key.transpose(-1, -2)) * query.shape[-1] ** -0.5
        if hidden is not None:
            scores = scores.masked_fill(hidden, torch.finfo(scores.dtype).min)
        heard = scores.softmax(-1).to(value.dtype) @ value
        out: Tensor = self.out(heard.transpose(1, 2).flatten(2))
        return out

    def _split(self, x: Tensor) -> Tensor:
        batch, places, width = x.shape
        return x.view(batch, places, self.heads, width // self.heads).transpose(1, 2)


class Network(nn.Module):
    """One hidden layer of squared ReLUs (So et al. 2021), pre-norm; the sum with its input is the caller's."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.into = nn.Linear(width, 4 * width)
        self.out = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.out(functional.relu(self.into(self.norm(x))).square())
        return out
