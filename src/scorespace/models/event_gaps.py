"""The gaps that our inpainter learns from: every number, length and place, with single notes kept within."""

from __future__ import annotations

import torch
from torch import Tensor

from scorespace.models.gaps import between, in_range, inpaintnet_gaps, sounds
from scorespace.music.lines import HOLD, REST

LONGEST = 8  # bars of one gap
AT_START, AT_END = 0.25, 0.4  # shares of single gaps that begin, and (summed) begin or end, where the phrase does
FEWEST = 4  # bars of a batch that was cut short
ONE, PAPER, SEVERAL, SCATTERED = 0.5, 0.7, 0.85, 1.0  # shares of the kinds, summed
KEEPING, KEPT = 0.2, 0.25  # share of phrases that keep single notes in their gaps, and share of the notes
LOOSE = 0.2  # share of phrases whose gaps begin and end anywhere, not at bar lines


def draw(tokens: Tensor, bar: int, short: float, generator: torch.Generator | None) -> tuple[Tensor, Tensor]:
    """Phrases and their gaps: tokens (B, S), cut short with probability `short`, and a mask (B, S) with at least one
    True in each row. tokens (B, S) int64 on the CPU; bars have `bar` steps."""
    if float(torch.rand(1, generator=generator)) < short:
        tokens = _cut_short(tokens, bar, generator)
    bars = tokens.shape[1] // bar
    mask = _bars(len(tokens), bars, generator).repeat_interleave(bar, 1)
    loose = torch.rand(len(tokens), 1, generator=generator) < LOOSE
    mask = torch.where(loose, _moved(mask, bar, generator), mask)
    kept = mask & ~_notes_to_keep(tokens, generator)
    emptied = ~kept.any(1, keepdim=True)
    mask = torch.where(emptied, mask, kept)
    mask[:, -1] |= ~mask.any(1)
    return tokens, mask


def _cut_short(tokens: Tensor, bar: int, generator: torch.Generator | None) -> Tensor:
    """The same bars of all phrases; a HOLD in silence that would begin them becomes a REST."""
    bars = tokens.shape[1] // bar
    if bars <= FEWEST:
        return tokens
    count = int(torch.randint(FEWEST, bars, (1,), generator=generator))
    first = int(torch.randint(0, bars - count + 1, (1,), generator=generator)) * bar
    silent = ~sounds(tokens)[:, first] & (tokens[:, first] == HOLD)
    cut = tokens[:, first : first + count * bar].clone()
    cut[silent, 0] = REST
    return cut


def _bars(count: int, bars: int, generator: torch.Generator | None) -> Tensor:
    """(count, bars) bool, the bars of the gaps."""
    kind = torch.rand(count, 1, generator=generator)
    one = _one(count, bars, LONGEST, generator)
    several = _one(count, bars, 3, generator) | _one(count, bars, 3, generator) | _one(count, bars, 2, generator)
    share = 0.2 + 0.8 * torch.rand(count, 1, generator=generator)
    scattered = torch.rand(count, bars, generator=generator) < share
    paper = inpaintnet_gaps(count, bars, generator) if bars >= 4 else one
    found = torch.where(kind < ONE, one, torch.where(kind < PAPER, paper, several))
    return torch.where(kind < SEVERAL, found, scattered)


def _one(count: int, bars: int, longest: int, generator: torch.Generator | None) -> Tensor:
    """One gap of 1 to `longest` bars anywhere, more often than not where a phrase goes on before it and after it.

    At the edges there is half as much to go by, and evenly drawn places are seldom there.
    """
    most = torch.full((count,), min(longest, bars))
    length = between(torch.ones_like(most), most, generator)
    anywhere, edge = between(torch.zeros_like(most), bars - length, generator), torch.rand(count, generator=generator)
    first = torch.where(edge < AT_START, 0, torch.where(edge < AT_END, bars - length, anywhere))
    return in_range(first, length, bars)


def _moved(mask: Tensor, bar: int, generator: torch.Generator | None) -> Tensor:
    """Gaps moved by less than a bar, so that their edges stand anywhere."""
    shift = int(torch.randint(1, bar, (1,), generator=generator))
    return mask.roll(shift, 1)


def _notes_to_keep(tokens: Tensor, generator: torch.Generator | None) -> Tensor:
    """(B, S) bool: the steps of single notes and rests, of some of the phrases."""
    number = (tokens != HOLD).cumsum(1)
    chance = torch.rand(tokens.shape[0], tokens.shape[1] + 1, generator=generator).gather(1, number)
    keeping = torch.rand(len(tokens), 1, generator=generator) < KEEPING
    return keeping & (chance < KEPT)
