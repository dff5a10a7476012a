"""AnticipationRNN: a melody written tick by tick towards what is to come (Hadjeres and Nielsen 2020).

    constraint LSTM   runs from right to left over the given notes, a sign where none is given, and the place of each
                      tick: what it says at a tick sums up all that is given from there on
    generation LSTM   runs from left to right over that and the note before, and gives the next note

A tick is a step of the grid. Sizes and the two ways to train are those of Pati, Lerch and Hadjeres 2019, who compare
LatentRNN with it:

    original   each phrase draws p evenly from 0 to `most_given`, and gives each of its ticks with probability p
    gaps       all is given but one gap a phrase, drawn as for LatentRNN (`inpaintnet_gaps`)

The loss is the mean cross-entropy of the ticks that are not given. Notes heard in training are, a batch at a time, the
true ones or its own, as in `measure_vae`: its own are found first, without dropout, and then taught. What is given is
heard as it is, in training and when it writes.

Where this departs from the released code of InpaintNet: every phrase hears its own notes (there all of a batch hear
those of the first), the gaps begin where LatentRNN's do, and the marks of beats are the same in every process.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from scorespace.errors import UsageError
from scorespace.models.base import Inpainter, choose
from scorespace.models.gaps import counted, inpaintnet_gaps, last_note
from scorespace.models.latent_rnn import figures_of
from scorespace.models.measure_vae import at_rest, hears_the_true, one_line
from scorespace.models.settings import require
from scorespace.models.wishes import Wishes
from scorespace.music.grid import Grid

TRAININGS = ("original", "gaps")
DOWNBEAT, BEAT, OTHER = 0, 1, 2  # how a tick stands in its bar

Pick = Callable[[int, Tensor, Tensor], Tensor]
"""(step, lines as far as written (B, S), logits (B, V)) -> tokens (B,) int64."""


@dataclass(frozen=True)
class AnticipationRNNConfig:
    """Sizes, and how it is trained; the defaults are those of InpaintNet's code."""

    training: str = "original"  # what is given in training: "original" or "gaps"
    most_given: float = 0.5  # for "original", the largest share of ticks that are given, 0 to 1
    embedding: int = 10  # numbers a note, 1 to 4096
    metadata_size: int = 2  # numbers for a tick's mark in the bar, and as many for its place in the beat, 1 to 4096
    size: int = 256  # LSTM units of each layer, 1 to 8192
    layers: int = 2  # of each LSTM, 1 to 8
    hidden: int = 256  # units between the generation LSTM and the logits, 1 to 8192
    dropout: float = 0.2  # share of what an LSTM layer tells the next that is dropped in training, 0 to 0.95
    input_dropout: float = 0.2  # share of ticks in training whose note is not heard, 0 to 0.95
    teacher_forcing: float = 0.5  # how probably a batch hears the true notes, 0 to 1

    def __post_init__(self) -> None:
        if self.training not in TRAININGS:
            raise UsageError(f"model.training must be one of {', '.join(TRAININGS)}, got {self.training!r}.")
        require(self, most_given=(0, 1), embedding=(1, 4096), metadata_size=(1, 4096), size=(1, 8192), layers=(1, 8))
        require(self, hidden=(1, 8192), dropout=(0, 0.95), input_dropout=(0, 0.95), teacher_forcing=(0, 1))


class AnticipationRNN(Inpainter):
    """See the module's text. Random numbers of `loss`, in order: what is given, whether it hears the true notes, which
    ticks it does not hear; and dropout. LSTMs run in the type of the weights also under autocast.

    Raises:
        UsageError: when the grid has several parts, or fewer than four bars for training on gaps.
    """

    def __init__(self, grid: Grid, config: AnticipationRNNConfig) -> None:
        super().__init__(grid)
        one_line(grid, "anticipation-rnn")
        if config.training == "gaps" and grid.bars < 4:
            raise UsageError(f'model.training = "gaps" needs phrases of 4 bars or more, got {grid.bars}.')
        self.config, self.open = config, grid.vocabulary
        dropout = config.dropout if config.layers > 1 else 0.0
        # the row after the last token stands for "not given"
        self.note = nn.Embedding(grid.vocabulary + 1, config.embedding)
        self.first_note = nn.Parameter(torch.zeros(config.embedding))  # heard where no note has been
        self.mark = nn.Embedding(3, config.metadata_size)
        self.tick = nn.Embedding(len(grid.beat_positions), config.metadata_size)
        heard = config.embedding + 2 * config.metadata_size
        self.constraint = nn.LSTM(heard, config.size, config.layers, batch_first=True, dropout=dropout)
        heard = config.embedding + config.size
        self.generation = nn.LSTM(heard, config.size, config.layers, batch_first=True, dropout=dropout)
        self.output = nn.Sequential(
            nn.Linear(config.size, config.hidden), nn.ReLU(), nn.Linear(config.hidden, grid.vocabulary)
        )

    def loss(self, batch: Tensor, step: int, phase: str, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        mask = self._drawn(batch, generator).to(batch.device)
        forced = hears_the_true(self, self.config.teacher_forcing, generator)
        heard = batch if forced else self._own(batch, mask)
        kept = self._kept(batch, generator)
        some = counted(batch, mask)
        return figures_of(self._logits(batch, mask, heard, kept)[some[:, 0]], batch[some])

    def inpaint(
        self,
        tokens: Tensor,
        mask: Tensor,
        temperature: float = 0.0,
        uniforms: Tensor | None = None,
        wishes: Wishes | None = None,
    ) -> Tensor:
        def pick(step: int, lines: Tensor, logits: Tensor) -> Tensor:
            if wishes is not None:
                here = torch.full((len(lines),), step, device=lines.device)
                permitted = wishes.permitted(here, *last_note(lines, here), logits.shape[-1])
                logits = logits.masked_fill(~permitted, -torch.inf)
            return choose(logits, temperature, None if uniforms is None else uniforms[:, 0, 0, step])

        with at_rest(self):
            return self._write(tokens, mask, pick)

    def step_log_likelihood(self, tokens: Tensor, mask: Tensor) -> Tensor:
        logs = self._logits(tokens, mask, tokens).log_softmax(-1)
        found: Tensor = logs.gather(-1, tokens[:, 0].unsqueeze(-1)).transpose(1, 2)
        return torch.where(mask, found, 0.0)

    def next_step(self, tokens: Tensor, mask: Tensor) -> Tensor:
        return torch.where(mask, self._logits(tokens, mask, tokens).argmax(-1).unsqueeze(1), tokens)

    def _drawn(self, batch: Tensor, generator: torch.Generator | None) -> Tensor:
        """(B, 1, S) bool, on the CPU: what is not given in training."""
        if self.config.training == "gaps":
            gaps = inpaintnet_gaps(len(batch), self.grid.bars, generator)
            return gaps.repeat_interleave(self.grid.steps_per_bar, 1).unsqueeze(1)
        share = self.config.most_given * torch.rand(len(batch), 1, 1, generator=generator)
        return torch.rand(batch.shape, generator=generator) >= share

    def _kept(self, batch: Tensor, generator: torch.Generator | None) -> Tensor | None:
        """(B, S, 1): what the note before each tick is multiplied by, 0 or 1 / the share that is kept."""
        share = self.config.input_dropout
        if not self.training or not share:
            return None
        kept = torch.rand(len(batch), batch.shape[-1], 1, generator=generator) >= share
        return kept.to(self.first_note) / (1 - share)

    def _told(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """(B, S, size): what the constraint LSTM says at each tick of what is given there and after it."""
        notes = self.note(torch.where(mask, self.open, tokens)[:, 0])
        ticks = len(self.grid.beat_positions)
        place = torch.arange(tokens.shape[-1], device=tokens.device) % self.grid.steps_per_bar
        tick = place % ticks
        mark = torch.where(tick > 0, OTHER, torch.where(place > 0, BEAT, DOWNBEAT))
        stands = torch.cat([self.mark(mark), self.tick(tick)], -1).expand(len(tokens), -1, -1)
        told: Tensor = self.constraint(torch.cat([stands, notes], -1).flip(1))[0]
        return told.flip(1)

    def _logits(self, tokens: Tensor, mask: Tensor, heard: Tensor, kept: Tensor | None = None) -> Tensor:
        """Logits (B, S, V) of each tick given the tokens outside the mask and what is `heard` (B, 1, S) before it."""
        with torch.autocast(tokens.device.type, enabled=False):
            first = self.first_note.expand(len(tokens), 1, -1)
            before = torch.cat([first, self.note(heard[:, 0, :-1])], 1)
            before = before if kept is None else before * kept
            hidden, _ = self.generation(torch.cat([before, self._told(tokens, mask)], -1))
            logits: Tensor = self.output(hidden)
            return logits

    def _own(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """Phrases with what it writes itself under the mask at temperature 0."""
        with at_rest(self):
            return self._write(tokens, mask, lambda step, lines, logits: logits.argmax(-1))

    @torch.no_grad()
    def _write(self, tokens: Tensor, mask: Tensor, pick: Pick) -> Tensor:
        """Tokens (B, 1, S): those given, and under the mask new ones, tick by tick.

        The generation LSTM's products are folded: `nn.LSTM` called for single steps costs many times as much.
        """
        lines = tokens[:, 0].masked_fill(mask[:, 0], 0)
        with torch.autocast(tokens.device.type, enabled=False):
            layers = [_joined(self.generation, layer) for layer in range(self.config.layers)]
            split, (weight, bias) = self.config.embedding, layers[0]
            onward = weight[:, split + self.config.size :]
            from_told = functional.linear(self._told(tokens, mask), weight[:, split : split + self.config.size], bias)
            from_notes = functional.linear(self.note.weight, weight[:, :split])
            from_note = functional.linear(self.first_note, weight[:, :split])  # then of the note before, (B, 4H)
            hidden = [from_told.new_zeros(len(tokens), self.config.size) for _ in layers]
            cell = list(hidden)
            for step in range(lines.shape[1]):
                gates = from_told[:, step] + from_note + functional.linear(hidden[0], onward)
                for layer, (weight, bias) in enumerate(layers):
                    if layer:
                        gates = functional.linear(torch.cat([hidden[layer - 1], hidden[layer]], -1), weight, bias)
                    hidden[layer], cell[layer] = _lstm_step(gates, cell[layer])
                open_here = mask[:, 0, step]
                if open_here.any():
                    chosen = pick(step, lines, self.output(hidden[-1]))
                    lines[:, step] = torch.where(open_here, chosen, lines[:, step])
                from_note = from_notes[lines[:, step]]
        return lines.unsqueeze(1)


def _joined(lstm: nn.LSTM, layer: int) -> tuple[Tensor, Tensor]:
    """A layer's weights from its input and from its state side by side (4H, inputs + H), and its bias (4H,)."""
    named = dict(lstm.named_parameters())
    weight = torch.cat([named[f"weight_ih_l{layer}"], named[f"weight_hh_l{layer}"]], -1)
    return weight, named[f"bias_ih_l{layer}"] + named[f"bias_hh_l{layer}"]


def _lstm_step(gates: Tensor, cell: Tensor) -> tuple[Tensor, Tensor]:
    """The next hidden and cell state (B, H) from the sum of the products (B, 4H), in torch's order of gates."""
    inward, forget, candidate, outward = gates.chunk(4, -1)
    cell = torch.sigmoid(forget) * cell + torch.sigmoid(inward) * torch.tanh(candidate)
    return torch.sigmoid(outward) * torch.tanh(cell), cell
