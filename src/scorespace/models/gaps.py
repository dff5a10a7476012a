"""Gaps in phrases: how they are drawn for training, and which of their places count."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from scorespace.music.lines import FIRST_PITCH


def inpaintnet_gaps(count: int, bars: int, generator: torch.Generator | None = None) -> Tensor:
    """(count, bars) bool: one gap of 2 to 6 bars in each phrase, with at least one bar before it and two after it.

    The lengths are drawn evenly, then the places. Phrases shorter than nine bars have gaps of at most bars - 3.
    Source: Pati, Lerch and Hadjeres 2019 (stochastic training).
    """
    if bars < 4:
        raise ValueError(f"a gap with a bar before it and two after it needs 4 bars or more, got {bars}")
    longest = min(6, bars - 3)
    length = between(torch.full((count,), min(2, longest)), torch.full((count,), longest), generator)
    first = between(torch.ones(count, dtype=torch.int64), bars - 2 - length, generator)
    return in_range(first, length, bars)


def in_range(first: Tensor, length: Tensor, bars: int) -> Tensor:
    """(N, bars) bool: `length` (N,) bars from bar `first` (N,), counted from 0."""
    place = torch.arange(bars)
    return (place >= first.unsqueeze(1)) & (place < (first + length).unsqueeze(1))


def counted(tokens: Tensor, mask: Tensor) -> Tensor:
    """(B, T, S) bool: the places under the mask from the first note of a phrase to the end of its last one.

    The silence around them is where a tune had no more bars, or begins with a pick-up: padding, which anyone can guess.
    """
    heard = sounds(tokens)
    begun = heard.cumsum(-1) > 0
    goes_on = heard.flip(-1).cumsum(-1).flip(-1) > 0
    return mask & begun & goes_on


def sounds(tokens: Tensor) -> Tensor:
    """(..., S) bool: where a note sounds; a HOLD before the first event continues one."""
    place = torch.arange(tokens.shape[-1], device=tokens.device)
    event = torch.where(tokens > 0, place, -1).cummax(-1).values
    heard = tokens.gather(-1, event.clamp(min=0))
    return (event < 0) | (heard >= FIRST_PITCH)


def between(low: Tensor, high: Tensor, generator: torch.Generator | None) -> Tensor:
    """Whole numbers evenly from low (N,) to high (N,), both included."""
    share = torch.rand(len(low), generator=generator, dtype=torch.float64)
    return low + (share * (high - low + 1)).long()


def one_after_another(missing: Tensor) -> Iterator[tuple[Tensor, Tensor, Tensor, Tensor]]:
    """The first gap of each phrase that has one, then the second of each that has two, and so on, from left to right.

    Args:
        missing: (B, bars) bool.

    Yields:
        rows: (N,) int64, the phrases that have such a gap.
        gap: (N, bars) bool, its bars.
        past: (N, bars) bool, all bars before it.
        future: (N, bars) bool, the bars after it that are not missing.
    """
    begins = missing.clone()
    begins[:, 1:] &= ~missing[:, :-1]
    number = begins.cumsum(1) * missing
    for k in range(1, int(number.max()) + 1 if number.numel() else 1):
        rows = (number == k).any(1).nonzero()[:, 0]
        gap = number[rows] == k
        past = gap.cumsum(1) == 0
        yield rows, gap, past, ~past & ~missing[rows]


def last_note(line: Tensor, step: Tensor) -> tuple[Tensor, Tensor]:
    """The pitch token that began last before a step, and the step on which it began, each (N,) int64; -1 for none.

    Args:
        line: (N, S) int64 tokens; those at `step` and after it are not looked at.
        step: (N,) int64.
    """
    place = torch.arange(line.shape[1], device=line.device)
    began = torch.where((line >= FIRST_PITCH) & (place < step.unsqueeze(1)), place, -1).amax(1)
    token = line.gather(1, began.clamp(min=0).unsqueeze(1))[:, 0]
    return torch.where(began < 0, -1, token), began
