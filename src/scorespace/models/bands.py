"""What models of bands share: the bar from a vector an instrument, its likelihood, and the loss.

Simon et al. 2018 ("Learning a Latent Space of Multitrack Measures"), section 4: z gives a vector an instrument, and the
events of each are written from its vector alone, all in parallel.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from scorespace.errors import UsageError
from scorespace.models import band_grammar as grammar
from scorespace.models.band_grammar import PROGRAM_CHOICES
from scorespace.models.base import LatentModel, choose
from scorespace.models.losses import gaussian_kl, standard_normal
from scorespace.music.band import EVENT_PLACES, INSTRUMENTS, BandGrid
from scorespace.music.band_events import END, FIRST_PROGRAM, VOCABULARY
from scorespace.music.grid import Grid

TOGETHER = 48  # rows of about the same length that are worked on at once
BLOT = VOCABULARY  # stands for an event that is not heard
_NEVER = float("-inf")


class EventWriter(Protocol):
    """Writes the events of instruments from their vectors (R, width)."""

    def __call__(self, heard: Tensor, true: Tensor, band: Tensor) -> Tensor:
        """Logits (R, places, 361) of what follows each event that is heard (R, places), `BLOT` where one is not; the
        times are those of the true events (R, places or more)."""

    def write(self, rows: Tensor, band: Tensor, temperature: float, chances: Tensor | None) -> Tensor:
        """Rows (R, 64) with their events, given rows that have their programs alone."""


def written(
    grid: BandGrid,
    rows: Tensor,
    temperature: float,
    chances: Tensor | None,
    following: Callable[[int, Tensor, Tensor], Tensor],
) -> Tensor:
    """Rows (R, 64) with their events, given rows that have their programs alone; stops when every row has ended.

    following: place, the tokens before it (R, 1), the times at which they stand (R,) -> logits (R, 361).
    """
    rows = rows.clone()
    rules = grammar.Grammar(grid, rows[:, 0] - FIRST_PROGRAM)
    for place in range(1, EVENT_PLACES):
        logits = following(place, rows[:, place - 1 : place], rules.time).masked_fill(~rules.allowed(), _NEVER)
        token = choose(logits, temperature, None if chances is None else chances[:, place])
        rows[:, place] = token
        rules.follow(token)
        if bool(rules.over.all()):
            break
    return rows


class BandModel(LatentModel):
    """A model that lays z out into a vector an instrument. A subclass sets `writer` and fills in what is abstract."""

    writer: EventWriter
    blotted: float = 0.0  # share of the events that the writer does not hear in training

    def __init__(self, grid: Grid, z_size: int, width: int) -> None:
        """width: numbers of an instrument's vector."""
        if not isinstance(grid, BandGrid):
            raise UsageError(f'This model writes grids of the kind "band", got one of the kind "{grid.kind}".')
        super().__init__(grid)
        self.band, self.z_size = grid, z_size
        self.program = nn.Linear(width, PROGRAM_CHOICES)

    @abstractmethod
    def _laid_out(self, z: Tensor) -> Tensor:
        """A vector an instrument, (B, 8, width), for z (B, Z)."""

    @abstractmethod
    def beta(self, step: int) -> float:
        """Weight of the KL at a training step."""

    def decode(self, z: Tensor, temperature: float = 0.0, uniforms: Tensor | None = None) -> Tensor:
        """Tokens (B, 8, 64) int64 for z (B, Z)."""
        band = self._laid_out(z)
        tokens = torch.full((len(z), INSTRUMENTS, EVENT_PLACES), END, device=z.device)
        tokens[:, :, 0] = self._choose_programs(self.program(band), temperature, uniforms)
        rows = tokens.view(-1, EVENT_PLACES)
        playing = (rows[:, 0] != END).nonzero().squeeze(1)
        chances = None if uniforms is None else uniforms.flatten(0, 1)[playing]
        rows[playing] = self.writer.write(rows[playing], band.flatten(0, 1)[playing], temperature, chances)
        return tokens

    def _choose_programs(self, logits: Tensor, temperature: float, uniforms: Tensor | None) -> Tensor:
        """First tokens (B, 8) of rows with logits (B, 8, 130), row after row."""
        found: list[Tensor] = []
        for row in range(INSTRUMENTS):
            before = found[-1] if found else torch.zeros(len(logits), dtype=torch.int64, device=logits.device)
            allowed = grammar.programs_allowed(before, first=row == 0)
            chances = None if uniforms is None else uniforms[:, row, 0]
            found.append(choose(logits[:, row].masked_fill(~allowed, _NEVER), temperature, chances))
        chosen = torch.stack(found, 1)
        return torch.where(chosen > 0, chosen + FIRST_PROGRAM - 1, END)

    def log_likelihood(self, tokens: Tensor, z: Tensor) -> Tensor:
        """log p(tokens | z), (B,) nats, exact; -inf for tokens that are no bar in its one spelling."""
        nll, _ = self._judged(tokens, z, tokens)
        return -nll

    def next_step(self, tokens: Tensor, z: Tensor) -> Tensor:
        """The most likely token at each place given z and the true events before it, (B, 8, 64) int64."""
        return self._judged(tokens, z, tokens)[1]

    def _judged(self, tokens: Tensor, z: Tensor, heard: Tensor) -> tuple[Tensor, Tensor]:
        """Negative log-likelihood (B,) of tokens (B, 8, 64) and the most likely ones, given z (B, Z).

        heard: tokens as the writer hears those before, `BLOT` where it does not.
        """
        band = self._laid_out(z)
        choice = grammar.program_choice(tokens[:, :, 0])
        allowed = torch.stack(
            [grammar.programs_allowed(choice[:, max(0, row - 1)], first=row == 0) for row in range(INSTRUMENTS)], 1
        )
        logits = _wide(self.program(band)).masked_fill(~allowed, _NEVER)
        nll = functional.cross_entropy(logits.flatten(0, 1), choice.flatten(), reduction="none")
        likely = torch.full_like(tokens, END)
        best = logits.argmax(-1)
        likely[:, :, 0] = torch.where(best > 0, best + FIRST_PROGRAM - 1, END)
        rows, likely_rows = tokens.flatten(0, 1), likely.view(-1, EVENT_PLACES)
        for chosen, length in alike(rows):
            true = rows[chosen, :length]
            logits = _wide(self.writer(heard.flatten(0, 1)[chosen, : length - 1], true, band.flatten(0, 1)[chosen]))
            logits = logits.masked_fill(~grammar.events_allowed(self.band, true), _NEVER)
            each = functional.cross_entropy(logits.transpose(1, 2), true[:, 1:], reduction="none")
            nll = nll.index_add(0, chosen, each.sum(1))
            likely_rows[chosen, 1:length] = logits.argmax(-1)
        return nll.view(len(tokens), INSTRUMENTS).sum(1), likely

    def loss(self, batch: Tensor, step: int, phase: str, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Reconstruction + beta * KL, in nats a phrase; a share of the events heard is blotted out in training."""
        mean, scale = self.encode(batch)
        z = mean + scale * standard_normal(mean, generator)
        heard = batch
        if self.training and self.blotted:
            lost = torch.rand(batch.shape, generator=generator).to(batch.device) < self.blotted
            heard = torch.where(lost & (batch < FIRST_PROGRAM), BLOT, batch)
        nll, likely = self._judged(batch, z, heard)
        kl = gaussian_kl(mean.float(), scale.float()).sum(-1).mean()
        reconstruction, beta = nll.mean(), self.beta(step)
        events = (batch != END) | (likely != END)
        right = ((likely == batch) & events).sum() / events.sum().clamp(min=1)
        return {
            "loss": reconstruction + beta * kl,
            "reconstruction": reconstruction.detach(),
            "kl": kl.detach(),
            "beta": torch.tensor(beta),
            "accuracy": right,
        }


def alike(rows: Tensor) -> Iterator[tuple[Tensor, int]]:
    """The rows (R, 64) that have an instrument, in groups of about the same length: (their numbers, the places up to
    the end of the longest)."""
    length = (rows != END).sum(1)
    order = length.argsort(stable=True)
    order = order[length[order] > 0]
    for chosen in torch.split(order, TOGETHER):
        yield chosen, min(int(length[chosen[-1]]) + 1, rows.shape[1])


def _wide(logits: Tensor) -> Tensor:
    return logits.to(torch.promote_types(logits.dtype, torch.float32))
