"""The steps of a piano roll as a model sees them, and how probable they are.

A frame is one step: for each of 128 pitches whether a note begins ("onset") and whether one goes on ("held"). A note
sounds where it begins and where it goes on. The likelihood of a roll is the product over steps, and within a step over
pitches from the lowest up, of

    onset   ~ Bernoulli, at every pitch of the grid
    held    ~ Bernoulli where the pitch sounded on the step before and none begins; nowhere else can a note go on

On the first step what sounded before is not known, so there every pitch may be held: that is how a phrase begins which
was cut out of a longer one. These are exactly the legal tokens of a `RollGrid`, so the probabilities of all legal rolls
sum to 1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from scorespace.errors import UsageError
from scorespace.music.grid import Grid
from scorespace.music.roll import BITS, PITCHES, WORDS, RollGrid


class Frames(NamedTuple):
    """Bits of rolls.

    Attributes:
        onset, held: (B, S, 128) bool, never both.
    """

    onset: Tensor
    held: Tensor

    @property
    def sounding(self) -> Tensor:
        """(B, S, 128) bool."""
        return self.onset | self.held

    def numbers(self, dtype: torch.dtype) -> Tensor:
        """(B, S, 256): onsets, then held notes, 0 or 1."""
        return torch.cat([self.onset, self.held], -1).to(dtype)

    def may_hold(self) -> Tensor:
        """(B, S, 128) bool: where a note could go on, given everything before."""
        before = functional.pad(self.sounding[:, :-1], (0, 0, 1, 0), value=True)
        return before & ~self.onset


def roll_grid(grid: Grid) -> RollGrid:
    """The grid itself.

    Raises:
        UsageError: when it is no roll.
    """
    if not isinstance(grid, RollGrid):
        raise UsageError(f'This model writes piano rolls: its recipe needs [grid] kind = "roll", got {grid.kind!r}.')
    return grid


def allowed(grid: Grid) -> Tensor:
    """(128,) bool: the pitches of a grid."""
    pitches = torch.arange(PITCHES)
    return (pitches >= grid.lowest) & (pitches <= grid.highest)


def frames(tokens: Tensor) -> Frames:
    """The bits of tokens (B, 16, S) int64."""
    places = torch.arange(BITS, device=tokens.device)[:, None]
    bits = (tokens.unsqueeze(2) >> places).bitwise_and(1).bool()  # (B, 16, 16, S)
    both = bits.view(len(tokens), 2, PITCHES, -1).transpose(2, 3)
    return Frames(both[:, 0], both[:, 1] & ~both[:, 0])


def tokens_of(written: Frames) -> Tensor:
    """Tokens (B, 16, S) int64."""
    both = torch.stack([written.onset, written.sounding], 1).transpose(2, 3)  # (B, 2, 128, S)
    words = both.reshape(len(both), 2 * WORDS, BITS, -1).long()
    places = torch.arange(BITS, device=words.device)[:, None]
    return (words << places).sum(2)


def illegal(tokens: Tensor, pitches: Tensor) -> Tensor:
    """(B,) bool: tokens (B, 16, S) that no score gives: an onset that does not sound, a note that goes on from nothing,
    or a pitch outside the grid's (128,) bool."""
    roll = frames(tokens)
    silent = tokens[:, :WORDS] & ~tokens[:, WORDS:]
    wrong = (roll.held & ~roll.may_hold()) | (roll.sounding & ~pitches)
    return wrong.flatten(1).any(1) | silent.flatten(1).any(1)


def negative_log_likelihood(logits: Tensor, roll: Frames, pitches: Tensor) -> Tensor:
    """(B,) nats of legal rolls under logits (B, S, 256) (onsets, then held), in float32 or wider; see the module's
    text. pitches: (128,) bool, those of the grid."""
    wide = logits.to(torch.promote_types(logits.dtype, torch.float32))
    true = roll.numbers(wide.dtype)
    # -log p(bit) is softplus(logit) - bit * logit
    each = functional.softplus(wide) - true * wide
    open_ = torch.cat([pitches.expand_as(roll.onset), roll.may_hold() & pitches], -1)
    return torch.where(open_, each, 0.0).flatten(1).sum(-1)


def likeliest(logits: Tensor, roll: Frames, pitches: Tensor) -> Frames:
    """The most likely bits under logits (B, S, 256) that were found from true ones: a note is held only where it could
    be after the true step before."""
    before = functional.pad(roll.sounding[:, :-1], (0, 0, 1, 0), value=True)
    onset = (logits[..., :PITCHES] > 0) & pitches
    return Frames(onset, (logits[..., PITCHES:] > 0) & before & ~onset & pitches)


Draw = Callable[[Tensor, Tensor, int], Frames]


def drawer(temperature: float, uniforms: Tensor | None, pitches: Tensor) -> Draw:
    """A function (logits (B, 256), sounding before (B, 128) bool, step) -> the bits of that step, each (B, 128).

    Temperature 0 takes what has a probability above one half; above it a bit is set where its uniform (B, 256, S) is
    below its probability, the logit divided by the temperature (1e-30 at least).
    """
    if temperature and uniforms is None:
        raise ValueError("temperature above 0 needs uniforms")
    if temperature < 0:
        raise ValueError(f"temperature must not be negative, got {temperature}")

    def draw(logits: Tensor, before: Tensor, step: int) -> Frames:
        if temperature == 0 or uniforms is None:
            bits = logits > 0
        else:
            wide = logits.to(torch.promote_types(logits.dtype, torch.float32))
            bits = uniforms[:, :, step] < torch.sigmoid(wide / max(temperature, 1e-30))
        onset = bits[:, :PITCHES] & pitches
        return Frames(onset, bits[:, PITCHES:] & before & ~onset & pitches)

    return draw


def onset_f1(guessed: Frames, true: Frames) -> Tensor:
    """F1 of all onsets of a batch, a scalar: 1 where there is none in either."""
    right = (guessed.onset & true.onset).sum()
    total = guessed.onset.sum() + true.onset.sum()
    return torch.where(total > 0, 2 * right / total.clamp(min=1), 1.0)
