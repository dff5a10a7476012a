"""What may be written in a gap: the tokens of each place, and the way a line goes up and down."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Wishes:
    """Limits to what is written, of B phrases of one part.

    Attributes:
        allowed: (B, S, V) bool, the tokens that may stand at each step; at least one each. None = all.
        contour: (B, S) int64, of a line to follow the MIDI pitch that began last at or before each step, -1 before the
            first. From one written note to the next the pitch goes up where that line has gone up between the two
            places, down where it has gone down, and stays where it has stayed. None = free.
        pitches: (V,) int64, the MIDI pitch of each token, -1 for those without; goes with `contour`.
    """

    allowed: Tensor | None = None
    contour: Tensor | None = None
    pitches: Tensor | None = None

    def permitted(self, step: Tensor, last: Tensor, since: Tensor, vocabulary: int) -> Tensor:
        """(N, V) bool: what may stand at a step of each phrase; at least one token each.

        Where no allowed pitch goes the way of the contour, any allowed one may stand.

        Args:
            step: (N,) int64.
            last: (N,) int64, the pitch token before it, -1 where there is none.
            since: (N,) int64, the step on which that note began.
            vocabulary: V.
        """
        rows = torch.arange(len(step), device=step.device)
        free = torch.ones(len(step), vocabulary, dtype=torch.bool, device=step.device)
        allowed = free if self.allowed is None else self.allowed[rows, step]
        if self.contour is None or self.pitches is None:
            return allowed
        here, before = self.contour[rows, step], self.contour[rows, since.clamp(min=0)]
        known = (here >= 0) & (before >= 0) & (last >= 0) & (since >= 0)
        sounding = self.pitches[last.clamp(min=0)]
        way = (self.pitches - sounding.unsqueeze(1)).sign() == (here - before).sign().unsqueeze(1)
        pitched = self.pitches >= 0
        both = allowed & (way | ~pitched | ~known.unsqueeze(1))
        possible = (both & pitched).any(1, keepdim=True)
        return torch.where(possible, both, allowed)
