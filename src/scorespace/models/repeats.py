"""What stands at the same place some bars before and after, and how alike a tune is to itself at that distance.

Tunes repeat themselves after 1, 2, 4 and 8 bars. A writer that is shown what stands there need not learn to find it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from scorespace.models.events import Line
from scorespace.music.lines import FIRST_PITCH

BARS = (-8, -4, -2, -1, 1, 2, 4, 8)
NEAR = 4  # bars on each side of a place within which likeness is also measured
LATELY = (1, 4)  # bars before a place in which it is counted how far a line has followed each of `BARS`


@dataclass(frozen=True)
class Aligned:
    """For N places of B phrases and each of `BARS`, all (B, N, 8).

    Attributes:
        what: the token that stands there, -1 where it is not known or not in the phrase.
        length: steps from there to the next event, 0 where it is not known.
        followed: (B, N, 32), see `followed`.
    """

    what: Tensor
    length: Tensor
    followed: Tensor

    @property
    def known(self) -> Tensor:
        """Bool."""
        return self.what >= 0


def aligned(tokens: Tensor, following: Tensor, mask: Tensor, step: Tensor, bar: int, longest: int) -> Aligned:
    """What stands at the places `BARS` from steps (B, N); places before them are known, gaps after them are not.

    tokens, following, mask: (B, S), see `events.Line`; no event is longer than `longest`.
    """
    offsets = torch.tensor(BARS, device=step.device)
    there = step.unsqueeze(-1) + offsets * bar
    inside = (there >= 0) & (there < tokens.shape[1])
    flat = there.clamp(0, tokens.shape[1] - 1).flatten(1)
    known = inside & ((offsets < 0) | ~mask.gather(1, flat).view(there.shape))
    what = torch.where(known, tokens.gather(1, flat).view(there.shape), -1)
    length = (following.gather(1, flat).view(there.shape) - there).clamp(0, longest)
    return Aligned(what, torch.where(known, length, 0), followed(tokens, mask, step, bar))


def followed(tokens: Tensor, mask: Tensor, step: Tensor, bar: int) -> Tensor:
    """(B, N, 32): how far the notes of the last bar, and of the last four, were those that stand at each of `BARS`.

    For each stretch of `LATELY` the shares n / (n + m + 1) of n notes that were the same for all eight, then those of m
    that were not. What stands before step (B, N) is known, also in the gaps; what stands after it in a gap is not.
    """
    steps, offsets = tokens.shape[1], torch.tensor(BARS, device=tokens.device)
    there = torch.arange(steps, device=tokens.device) + bar * offsets[:, None]
    inside, flat = (there >= 0) & (there < steps), there.clamp(0, steps - 1)
    heard = inside & ((offsets < 0)[:, None] | ~mask[:, flat]) & (tokens >= FIRST_PITCH)[:, None]
    same = heard & (tokens[:, flat] == tokens[:, None])
    sums = nn.functional.pad(torch.cat([same, heard & ~same], 1).cumsum(-1), (1, 0))
    found = []
    for bars in LATELY:
        since = (step - bars * bar).clamp(min=0)
        to, begin = (x[:, None].expand(-1, sums.shape[1], -1) for x in (step, since))
        counts = (sums.gather(-1, to) - sums.gather(-1, begin)).view(len(tokens), 2, len(BARS), -1)
        found.append((counts / (counts.sum(1, keepdim=True) + 1)).flatten(1, 2))
    return torch.cat(found, 1).transpose(1, 2)


def likeness(of: Line, bar: int) -> Tensor:
    """(B, S, 16) shares, 0 to 1, of the known notes that stand again at each of `BARS`: over the whole phrase, and
    within `NEAR` bars of each step. 0 where there is nothing to compare."""
    steps, found = of.tokens.shape[1], []
    place = torch.arange(steps, device=of.tokens.device)
    low, high = (place - NEAR * bar).clamp(min=0), (place + NEAR * bar).clamp(max=steps)
    for offset in BARS:
        other = of.tokens.roll(-offset * bar, 1)
        inside = (place + offset * bar >= 0) & (place + offset * bar < steps)
        compared = inside & ~of.mask & ~of.mask.roll(-offset * bar, 1) & (of.tokens >= FIRST_PITCH)
        sums = [nn.functional.pad(x.cumsum(1), (1, 0)) for x in (compared & (other == of.tokens), compared)]
        whole = sums[0][:, -1:] / sums[1][:, -1:].clamp(min=1)
        near = [x[:, high] - x[:, low] for x in sums]
        found += [whole.expand(-1, steps), near[0] / near[1].clamp(min=1)]
    return torch.stack(found, -1)


class Repeats(nn.Module):
    """Tells a writer of what stands there, and lets it write it once more."""

    def __init__(self, width: int, vocabulary: int, longest: int) -> None:
        super().__init__()
        self.vocabulary, self.longest = vocabulary, longest
        count = len(BARS)
        self.what = nn.Embedding(count * vocabulary, width)
        self.length = nn.Embedding(count * (longest + 1), width)
        self.alike = nn.Linear(2 * count, width)
        self.trust = nn.Linear(2 * count, count)
        self.followed = nn.Linear(2 * len(LATELY) * count, width)
        self.trust_followed = nn.Linear(2 * len(LATELY) * count, count, bias=False)
        self.again = nn.Linear(width, count)  # how much likelier each makes the token that stands there
        self.as_long = nn.Linear(width, count)  # and its length

    def told(self, found: Aligned, alike: Tensor) -> Tensor:
        """(B, N, width), to be added to what a writer is told; alike (B, N, 16)."""
        number = torch.arange(len(BARS), device=alike.device)
        what = self.what(found.what.clamp(min=0) + number * self.vocabulary)
        length = self.length(found.length + number * (self.longest + 1))
        lately = found.followed.to(alike.dtype)
        trust = torch.sigmoid(self.trust(alike) + self.trust_followed(lately)).unsqueeze(-1) * found.known.unsqueeze(-1)
        told: Tensor = self.alike(alike) + self.followed(lately) + ((what + length) * trust).sum(-2)
        return told

    def add_what(self, logits: Tensor, x: Tensor, found: Aligned) -> Tensor:
        """Logits (B, N, V) with those of the tokens that stand there raised."""
        more = torch.where(found.known, self.again(x), 0.0).to(logits.dtype)
        return logits.scatter_add(-1, found.what.clamp(min=0), more)

    def add_length(self, logits: Tensor, x: Tensor, what: Tensor, found: Aligned) -> Tensor:
        """Logits (B, N, longest) of lengths from 1 with those of the same tokens (B, N) that stand there raised."""
        same = found.known & (found.what == what.unsqueeze(-1))
        more = torch.where(same, self.as_long(x), 0.0).to(logits.dtype)
        return logits.scatter_add(-1, (found.length - 1).clamp(min=0), more)
