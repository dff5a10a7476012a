"""A variational autoencoder of bands: one z for a bar of up to eight instruments, which z itself chooses.

After Simon et al. 2018 ("Learning a Latent Space of Multitrack Measures"): events are read into a vector an instrument,
these into z; z is laid out into a vector an instrument, and each writes its events by itself, all in parallel. What is
ours:
- attention in place of recurrence: causal blocks over the events, which know the time at which each stands; blocks over
  the eight instruments, which settle together who plays what;
- beside its vector an instrument has a plan, a few numbers for every sixteenth of the bar, and an event is told that of
  the time that it stands at;
- a share of the events that the writer hears in training is blotted out, so that it learns to look at its plan;
- what may not come next is ruled out (`band_grammar`), in the likelihood, too: every bar drawn is one, and the
  likelihood is a distribution over bars alone;
- the scale of the posterior is bounded below, so that the KL cannot overflow.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from scorespace.errors import UsageError
from scorespace.models import band_grammar as grammar
from scorespace.models.band_grammar import EVENT_TOKENS
from scorespace.models.bands import BandModel, alike, written
from scorespace.models.layers import Block, CausalBlocks, Past, start_as_code
from scorespace.models.settings import require
from scorespace.music.band import EVENT_PLACES, INSTRUMENTS, BandGrid
from scorespace.music.band_events import END, VOCABULARY
from scorespace.music.grid import Grid


@dataclass(frozen=True)
class BandVAEConfig:
    """Sizes and weights; the defaults are those of the recipe band-1bar."""

    z_size: int = 256  # dimensions of z, 1 to 4096
    width: int = 128  # numbers an event in the attention blocks, 1 to 4096, a multiple of heads
    band_width: int = 192  # numbers an instrument, 1 to 4096, a multiple of heads
    heads: int = 4  # attention heads a block, 1 to 64
    reader_blocks: int = 2  # over the events that are read, 1 to 64
    band_blocks: int = 2  # over the instruments, on either side of z, 1 to 64
    writer_blocks: int = 2  # over the events that are written, 1 to 64
    squeeze: int = 64  # numbers an instrument between the blocks and z, 1 to 4096
    plan_slots: int = 16  # parts of the bar that have a plan of their own, 1 to 96
    plan_size: int = 48  # numbers of each, 1 to 4096
    blotted: float = 0.25  # share of the events that the writer does not hear in training, 0 to 0.9
    beta: float = 0.1  # weight of the KL after the warm-up, 0 to 10; 1 is the ELBO
    beta_warmup: int = 1500  # steps over which beta rises linearly from 0
    smallest_scale: float = 0.01  # floor of the posterior's standard deviation, 1e-6 to 1

    def __post_init__(self) -> None:
        require(self, z_size=(1, 4096), width=(1, 4096), band_width=(1, 4096), heads=(1, 64), squeeze=(1, 4096))
        require(self, reader_blocks=(1, 64), band_blocks=(1, 64), writer_blocks=(1, 64), plan_slots=(1, 96))
        require(self, plan_size=(1, 4096), blotted=(0, 0.9), beta=(0, 10), beta_warmup=(0, 10**9))
        require(self, smallest_scale=(1e-6, 1))
        if self.width % self.heads or self.band_width % self.heads:
            raise UsageError(
                f"model.width and model.band_width must be multiples of model.heads, got {self.width}, "
                f"{self.band_width} and {self.heads}."
            )


class BandVAE(BandModel):
    """See the module's text."""

    def __init__(self, grid: Grid, config: BandVAEConfig) -> None:
        super().__init__(grid, config.z_size, config.band_width)
        self.config, self.blotted = config, config.blotted
        self.reader = Reader(self.band, config)
        self.empty = nn.Parameter(0.02 * torch.randn(config.band_width))
        self.read_places = nn.Parameter(0.02 * torch.randn(INSTRUMENTS, config.band_width))
        self.read_band = nn.Sequential(*(Block(config.band_width, config.heads) for _ in range(config.band_blocks)))
        self.squeeze = nn.Sequential(nn.LayerNorm(config.band_width), nn.Linear(config.band_width, config.squeeze))
        self.posterior = nn.Linear(INSTRUMENTS * config.squeeze, 2 * config.z_size)
        self.spread = nn.Linear(config.z_size, INSTRUMENTS * config.squeeze)
        self.unsqueeze = nn.Linear(config.squeeze, config.band_width)
        self.written_places = nn.Parameter(0.02 * torch.randn(INSTRUMENTS, config.band_width))
        self.written_band = nn.Sequential(*(Block(config.band_width, config.heads) for _ in range(config.band_blocks)))
        self.norm = nn.LayerNorm(config.band_width)
        self.writer = Writer(self.band, config)
        _start(self, config)

    def encode(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Posterior mean and scale, each (B, Z), of tokens (B, 8, 64) int64."""
        rows = tokens.flatten(0, 1)
        x = self.empty.expand(len(rows), -1)
        pieces = [(chosen, self.reader(rows[chosen, :length])) for chosen, length in alike(rows)]
        if pieces:
            chosen = torch.cat([which for which, _ in pieces])
            x = x.to(pieces[0][1].dtype).index_copy(0, chosen, torch.cat([read for _, read in pieces]))
        x = self.read_band(x.view(-1, INSTRUMENTS, self.config.band_width) + self.read_places)
        mean, raw = self.posterior(self.squeeze(x).flatten(1)).to(self.posterior.weight.dtype).chunk(2, -1)
        return mean, self.config.smallest_scale + functional.softplus(raw)

    def _laid_out(self, z: Tensor) -> Tensor:
        """A vector an instrument, (B, 8, band_width), for z (B, Z)."""
        x = self.unsqueeze(self.spread(z).view(len(z), INSTRUMENTS, -1)) + self.written_places
        laid_out: Tensor = self.norm(self.written_band(x))
        return laid_out

    def beta(self, step: int) -> float:
        """Weight of the KL at a training step."""
        return self.config.beta * min(1.0, step / max(1, self.config.beta_warmup))


class _Events(nn.Module):
    """Events as vectors: what each is, its place in its row, and the time after it."""

    def __init__(self, grid: BandGrid, width: int) -> None:
        super().__init__()
        self.moments = grid.moments
        self.token = nn.Embedding(VOCABULARY + 1, width)
        self.place = nn.Parameter(0.02 * torch.randn(EVENT_PLACES, width))
        self.time = nn.Embedding(grid.moments, width)

    def forward(self, tokens: Tensor, time: Tensor, place: int = 0) -> Tensor:
        """(R, places, width) of events (R, places) that stand at a time (R, places), from a place on."""
        found: Tensor = self.token(tokens) + self.time(time) + self.place[place : place + tokens.shape[1]]
        return found

    def times(self, tokens: Tensor) -> Tensor:
        """(R, places) the step of the bar after each event of rows from their beginning."""
        return grammar.moves_on(tokens).cumsum(1).clamp(max=self.moments - 1)


class Reader(nn.Module):
    """Rows of events (R, places) into one vector each, (R, band_width)."""

    def __init__(self, grid: BandGrid, config: BandVAEConfig) -> None:
        super().__init__()
        self.events = _Events(grid, config.width)
        self.blocks = CausalBlocks(config.reader_blocks, config.width, config.heads)
        self.norm = nn.LayerNorm(config.width)
        self.part = nn.Linear(config.width, config.band_width)
        self.whole = nn.Linear(config.width, config.band_width)
        self.sum = nn.Linear(config.band_width, config.band_width)

    def forward(self, rows: Tensor) -> Tensor:
        """The last event has heard all; to it comes what each event says for itself, added up."""
        x = self.norm(self.blocks(self.events(rows, self.events.times(rows))))
        there = rows != END
        count = there.sum(1)
        last = x[torch.arange(len(rows), device=x.device), count.clamp(max=rows.shape[1] - 1)]  # the first end
        parts = functional.gelu(self.part(x)) * there.unsqueeze(-1)
        read: Tensor = self.whole(last) + self.sum(parts.sum(1) * EVENT_PLACES**-0.5)
        return read


class Writer(nn.Module):
    """The events of an instrument after its program, from its vector (R, band_width)."""

    def __init__(self, grid: BandGrid, config: BandVAEConfig) -> None:
        super().__init__()
        self.grid, self.slots = grid, config.plan_slots
        self.events = _Events(grid, config.width)
        self.told = nn.Linear(config.band_width, config.width)
        self.plan = nn.Linear(config.band_width, config.plan_slots * config.plan_size)
        self.planned = nn.Linear(config.plan_size, config.width)
        self.blocks = CausalBlocks(config.writer_blocks, config.width, config.heads)
        self.norm = nn.LayerNorm(config.width)
        self.out = nn.Linear(config.width, EVENT_TOKENS)

    def forward(self, heard: Tensor, true: Tensor, band: Tensor) -> Tensor:
        """See `EventWriter`."""
        time = self.events.times(true[:, : heard.shape[1]])
        told, plan = self._told(band)
        slots = plan.gather(1, self._slot(time).unsqueeze(-1).expand(-1, -1, plan.shape[-1]))
        x = self.blocks(self.events(heard, time) + told.unsqueeze(1) + slots)
        logits: Tensor = self.out(self.norm(x))
        return logits

    def write(self, rows: Tensor, band: Tensor, temperature: float, chances: Tensor | None) -> Tensor:
        """See `EventWriter`."""
        told, plan = self._told(band)
        every = torch.arange(len(rows), device=rows.device)
        past: list[Past] = []

        def following(place: int, before: Tensor, time: Tensor) -> Tensor:
            slots = plan[every, self._slot(time)]
            x = self.events(before, time.unsqueeze(1), place - 1).squeeze(1) + told + slots
            logits: Tensor = self.out(self.norm(self.blocks.step(x, past)))
            return logits

        return written(self.grid, rows, temperature, chances, following)

    def _told(self, band: Tensor) -> tuple[Tensor, Tensor]:
        """(R, width) for all events, and (R, slots, width) for those of each part of the bar."""
        return self.told(band), self.planned(self.plan(band).unflatten(-1, (self.slots, -1)))

    def _slot(self, time: Tensor) -> Tensor:
        return time * self.slots // self.grid.moments


def _start(model: BandVAE, config: BandVAEConfig) -> None:
    """Small weights; those that end a residual branch smaller still, by the number of branches."""
    for module in model.modules():
        if isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, std=0.02)
        if isinstance(module, Block):
            scale = (2 * max(config.reader_blocks, config.band_blocks, config.writer_blocks)) ** -0.5
            module.attention_out.weight.data.mul_(scale)
            module.mlp_out.weight.data.mul_(scale)
    start_as_code(model.posterior)
