"""What models of grooves share: their numbers for a groove, and what is kept from their encoder.

A step is 27 numbers: for each of the nine classes whether it is struck (0 or 1), its velocity (0 to 1) and its timing
(-1 half a step early, 1 half a step late). Source: Gillick et al. 2019, "Learning to Groove with Inverse Sequence
Transformations", section 3.

A model that hears everything is an autoencoder. One that is kept from hearing the velocities and timings ("humanise"),
or anything but the rhythm ("tap"), and must write the whole groove all the same, learns to invert that loss: to
humanise a beat that a machine wrote, and to turn a tapped rhythm into a beat (the same paper, section 4).
"""

from __future__ import annotations

from abc import abstractmethod

import torch
from torch import Tensor

from scorespace.errors import UsageError
from scorespace.models.base import LatentModel
from scorespace.music import drums
from scorespace.music.grid import Grid
from scorespace.music.groove import LOUDEST, ON_TIME, TAP, TIMING, VELOCITY, GrooveGrid

COUNT = drums.COUNT
HITS, LOUDNESS, LATENESS = (slice(k * COUNT, (k + 1) * COUNT) for k in range(3))
NUMBERS = 3 * COUNT
TASKS = ("none", "humanise", "tap", "all")
LEAST_DROPPED = 0.2  # weight with which the loudest strokes are left out, against 1 for the softest: Magenta


class GrooveModel(LatentModel):
    """A latent model on a groove grid, which can also play strokes that are given."""

    def __init__(self, grid: Grid) -> None:
        if not isinstance(grid, GrooveGrid):
            raise UsageError(f'This model writes grooves: give [grid] kind = "groove", not {grid.kind!r}.')
        super().__init__(grid)

    @abstractmethod
    def perform(self, z: Tensor, tokens: Tensor, temperature: float = 0.0, uniforms: Tensor | None = None) -> Tensor:
        """The strokes of tokens (B, 19, S) int64, played: velocities and timings as `decode` writes them for z (B, Z).

        uniforms: (B, 27, S), needed above temperature 0.
        """


def numbers(tokens: Tensor, dtype: torch.dtype) -> Tensor:
    """(B, S, 27) of tokens (B, 19, S) int64."""
    struck = strokes(tokens).to(dtype)
    loud = tokens[:, VELOCITY].transpose(1, 2).to(dtype) / LOUDEST
    late = (tokens[:, TIMING].transpose(1, 2).to(dtype) - ON_TIME) / ON_TIME
    return torch.cat([struck, loud, late], -1)


def strokes(tokens: Tensor) -> Tensor:
    """(B, S, 9) int64, 1 where a class is struck, of tokens (B, 19, S)."""
    return (tokens[:, 0].unsqueeze(-1) >> torch.arange(COUNT, device=tokens.device)) & 1


def tokens_of(struck: Tensor, loud: Tensor, late: Tensor) -> Tensor:
    """(..., 19) int64 of strokes (..., 9), velocities 0-1 and timings -1 to 1; silent classes get none."""
    hit = struck > 0
    combined = (hit.long() << torch.arange(COUNT, device=struck.device)).sum(-1, keepdim=True)
    velocity = (loud * LOUDEST).round().long().clamp(1, LOUDEST)
    timing = ON_TIME + (late * ON_TIME).round().long().clamp(1 - ON_TIME, ON_TIME - 1)
    return torch.cat([combined, torch.where(hit, velocity, 0), torch.where(hit, timing, ON_TIME)], -1)


def disguised(groove: Tensor, task: str, dropout: float, generator: torch.Generator | None) -> Tensor:
    """Grooves (B, S, 27) as the encoder hears them when a model of this task is trained.

    "all" draws for each phrase whether it is left as it is, made flat or tapped. Before tapping, strokes are left out:
    each phrase draws p evenly from 0 to `dropout`, and a stroke goes with probability p * max(0.2, 1 - velocity), so
    that also fewer taps than there are strokes give a full beat (Magenta's "note dropout").
    """
    if task == "none":
        return groove
    shape = (len(groove), 1, 1)
    drawn = torch.rand(shape, generator=generator).to(groove.device) * 3 if task == "all" else None
    flat = torch.cat([groove[..., HITS], torch.zeros_like(groove[..., COUNT:])], -1)
    if task == "humanise":
        return flat
    share = dropout * torch.rand(shape, generator=generator).to(groove)
    chance = torch.rand(groove[..., HITS].shape, generator=generator).to(groove)
    gone = chance < share * (1 - groove[..., LOUDNESS]).clamp(min=LEAST_DROPPED)
    taps = tapped(torch.where(gone.repeat(1, 1, 3), 0.0, groove))
    return taps if drawn is None else torch.where(drawn < 1, groove, torch.where(drawn < 2, flat, taps))


def tapped(groove: Tensor) -> Tensor:
    """Grooves (B, S, 27) of which the rhythm is known: see `scorespace.music.groove.tapped`."""
    struck = groove[..., HITS] > 0
    loudest = torch.where(struck, groove[..., LOUDNESS], -1.0).argmax(-1, keepdim=True)
    result = torch.zeros_like(groove)
    result[..., TAP] = struck.any(-1).to(groove.dtype)
    result[..., LATENESS.start + TAP] = groove[..., LATENESS].gather(-1, loudest).squeeze(-1)
    return result
