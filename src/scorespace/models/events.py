"""Lines as events, and back: what a model of notes sees instead of steps.

A line of tokens falls into events: one begins at every note and every rest, at every bar line and at every edge of a
gap, and lasts until the next begins. So an event never crosses a bar line; what goes on across one is an event HOLD.
Tokens and events say the same thing: a gap's tokens are its events, each once, and a probability of the events, each
given those before it, is a probability of the tokens.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from scorespace.music.lines import FIRST_PITCH, HOLD


@dataclass(frozen=True)
class Events:
    """Events of B phrases, padded to the longest list, all (B, N).

    Attributes:
        step: int64, where each begins; 0 in the padding.
        what: int64, its token.
        length: int64, steps until the next, at least 1.
        there: bool, False in the padding.
    """

    step: Tensor
    what: Tensor
    length: Tensor
    there: Tensor


@dataclass(frozen=True)
class Line:
    """Tokens (B, S) with a mask (B, S), and what stands around each step.

    Attributes:
        begins: (B, S) bool, where an event begins when all tokens are known.
        following: (B, S) int64, where the next event after each step begins; S after the last.
        limit: (B, S) int64, how long an event that begins at a step of a gap may be at most: to the bar line, or to the
            end of the gap.
        opens: (B, S) bool, the steps at which an event HOLD may begin: bar lines and beginnings of gaps.
        ahead: (B, S) int64, the next pitch token outside the gaps after each step, -1 where there is none.
        bars_left: (B, S) int64, bar lines from each step to the end of its gap.
    """

    tokens: Tensor
    mask: Tensor
    begins: Tensor
    following: Tensor
    limit: Tensor
    opens: Tensor
    ahead: Tensor
    bars_left: Tensor


def line(tokens: Tensor, mask: Tensor, bar: int) -> Line:
    """Everything about tokens (B, S) int64 under a mask (B, S) bool whose bars have `bar` steps.

    Under the mask only `begins` and `following` look at the tokens.
    """
    place = torch.arange(tokens.shape[1], device=tokens.device)
    edge = functional.pad(mask[:, 1:] != mask[:, :-1], (1, 0))
    opens = (place % bar == 0) | edge
    begins = opens | (tokens != HOLD)
    end = next_marked(~mask)
    limit = torch.minimum(end, (place // bar + 1) * bar) - place
    known = (tokens >= FIRST_PITCH) & ~mask
    coming = next_marked(known)
    ahead = torch.where(coming < tokens.shape[1], tokens.gather(1, coming.clamp(max=tokens.shape[1] - 1)), -1)
    bars_left = (end - 1) // bar - place // bar
    return Line(tokens, mask, begins, next_marked(begins), limit, opens, ahead, bars_left)


def next_marked(marked: Tensor) -> Tensor:
    """(B, S) int64: the first marked step after each step of (B, S) bool, S where there is none."""
    steps = marked.shape[1]
    place = torch.arange(steps, device=marked.device).expand_as(marked)
    at_or_after = torch.where(marked, place, steps).flip(1).cummin(1).values.flip(1)
    return functional.pad(at_or_after[:, 1:], (0, 1), value=steps)


def last_marked(marked: Tensor) -> Tensor:
    """(B, S) int64: the last marked step before each step of (B, S) bool, -1 where there is none."""
    place = torch.arange(marked.shape[1], device=marked.device).expand_as(marked)
    up_to = torch.where(marked, place, -1).cummax(1).values
    return functional.pad(up_to[:, :-1], (1, 0), value=-1)


def gather(begins: Tensor, what: Tensor, following: Tensor) -> Events:
    """The events that begin at the marked steps; begins, what and following are (B, S)."""
    count = int(begins.sum(1).max()) if len(begins) else 0
    rows, steps = begins.nonzero(as_tuple=True)
    rank = (begins.cumsum(1) - 1)[rows, steps]
    shape = (len(begins), count)
    there = torch.zeros(shape, dtype=torch.bool, device=begins.device)
    step, token, length = (torch.zeros(shape, dtype=torch.int64, device=begins.device) for _ in range(3))
    there[rows, rank] = True
    step[rows, rank] = steps
    token[rows, rank] = what[rows, steps]
    length[rows, rank] = following[rows, steps] - steps
    return Events(step, token, length, there)


def context(of: Line, masked: int) -> Events:
    """What is known: the events outside the gaps, and one event `masked` a bar of each gap."""
    begins = of.opens | (of.begins & ~of.mask)
    return gather(begins, torch.where(of.mask, masked, of.tokens), next_marked(begins))


def wanted(of: Line) -> Events:
    """The events in the gaps."""
    return gather(of.begins & of.mask, of.tokens, of.following)


def pitch_before(tokens: Tensor, last: Tensor) -> Tensor:
    """The pitch tokens at the steps `last` (B, N) of tokens (B, S); -1 where a step is -1."""
    return torch.where(last >= 0, tokens.gather(1, last.clamp(min=0)), -1)
