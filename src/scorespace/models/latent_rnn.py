"""LatentRNN: what is missing of a phrase, bar by bar in the latent space of a MeasureVAE.

Pati, Lerch and Hadjeres 2019, 3.2 and 3.3 (InpaintNet):

    context     each known bar is its posterior mean; one bidirectional GRU reads those before a gap, another those
                after it, and their last states start the generation GRU
    generation  it gives a z for each bar of the gap, from which the MeasureVAE's decoder writes the bar
    loss        mean cross-entropy of the gap's tokens; only the GRUs and what joins them are trained

Two kinds, as in the released code. `autoregressive`: the generation GRU runs from left to right and hears the z of the
bar before, which is the true one or that of the bar it wrote, encoded again. Else it is bidirectional and hears one
learnt number over and over, so that the bars of a gap are independent of one another given the context.

The MeasureVAE is part of this model and of its checkpoint, trained beforehand (`--init`) and never moved. Notes and
bars heard in training are the true ones or its own, as in `measure_vae`: its own are found first and then taught.

Where this departs from the released code:
  * the autoregressive generation GRU is not bidirectional: there, under teacher forcing, it sees through its backward
    direction the bars that it is asked for;
  * bars are read by their means, without dropout: there they are samples of a model in training mode;
  * a linear layer with tanh turns the contexts' last states into the first state of the generation GRU, wherever the
    one cannot be the other as they stand; with the paper's sizes, without `autoregressive`, they can and are;
  * a gap may have any place and any length, the beginning and the end too, and there may be several, written from left
    to right. The state of a context without bars is zero.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from scorespace.errors import UsageError
from scorespace.models.base import Inpainter, choose
from scorespace.models.gaps import counted, inpaintnet_gaps, last_note, one_after_another
from scorespace.models.measure_vae import (
    MeasureSizes,
    MeasureVAE,
    MeasureVAEConfig,
    at_rest,
    gru_of,
    hears_the_true,
    one_line,
)
from scorespace.models.settings import require
from scorespace.models.wishes import Wishes
from scorespace.music.grid import Grid

Pick = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
"""(phrases (N,), steps (N,), all lines as far as written (B, S), logits (N, V)) -> tokens (N,) int64."""


@dataclass(frozen=True)
class LatentRNNConfig(MeasureSizes):
    """The sizes of its MeasureVAE, its own, and how it is trained; the defaults are the paper's code."""

    autoregressive: bool = True  # whether each bar of a gap hears the one before it
    context_size: int = 512  # GRU units of each direction, 1 to 8192
    context_layers: int = 2  # 1 to 8
    generation_size: int = 1024  # GRU units (of each direction), 1 to 8192
    generation_layers: int = 2  # 1 to 8
    dropout: float = 0.5  # share of what a GRU layer tells the next that is dropped in training, 0 to 0.95
    teacher_forcing: float = 0.5  # how probably a batch hears the true notes and bars, 0 to 1

    def __post_init__(self) -> None:
        super().__post_init__()
        sizes, layers = (1, 8192), (1, 8)
        require(self, context_size=sizes, context_layers=layers, generation_size=sizes, generation_layers=layers)
        require(self, dropout=(0, 0.95), teacher_forcing=(0, 1))

    @property
    def measure(self) -> MeasureVAEConfig:
        """Of the MeasureVAE. It has no dropout here, so its mode makes no difference."""
        sizes = {entry.name: getattr(self, entry.name) for entry in fields(MeasureSizes)}
        return MeasureVAEConfig(**sizes, dropout=0.0)


class LatentRNN(Inpainter):
    """See the module's text. N phrases with a gap each, M bars in all of these gaps, S steps a bar.

    Random numbers of `loss`, in order: the gaps, whether it hears the true notes; and dropout. GRUs run in the type of
    the weights also under autocast.

    Raises:
        UsageError: when the grid has several parts, or fewer than four bars, too few for a gap with a context.
    """

    def __init__(self, grid: Grid, config: LatentRNNConfig) -> None:
        super().__init__(grid)
        one_line(grid, "latent-rnn")
        if grid.bars < 4:
            raise UsageError(f"A latent-rnn is trained on gaps in phrases of 4 bars or more, got {grid.bars}.")
        self.config = config
        z_size, size, layers = config.z_size, config.generation_size, config.generation_layers
        self.measure = MeasureVAE(replace(grid, bars=1), config.measure).requires_grad_(False)
        self.past, self.future = (
            gru_of(z_size, config.context_size, config.context_layers, config.dropout, True) for _ in range(2)
        )
        both = not config.autoregressive
        self.generation = gru_of(z_size if config.autoregressive else 1, size, layers, config.dropout, both)
        # heard before the first bar of a phrase, or all the time
        self.first = nn.Parameter(torch.zeros(z_size) if config.autoregressive else torch.ones(1))
        directions = 2 if both else 1
        self.z = nn.Linear(directions * size, z_size)
        joined = 4 * config.context_layers * config.context_size
        fits = both and layers == config.context_layers and size == 2 * config.context_size
        self.join = None if fits else nn.Linear(joined, layers * directions * size)

    def phase_parameters(self, phase: str) -> list[nn.Parameter]:
        return [weight for weight in self.parameters() if weight.requires_grad]

    def begin_from(self, other: MeasureVAE) -> None:
        """Takes a trained MeasureVAE.

        Raises:
            ValueError: when it is on another grid or of another size.
        """
        if other.grid != self.measure.grid:
            raise ValueError("its grid must be this one with one bar")
        ours, theirs = self.config.measure, other.config
        names = [entry.name for entry in fields(MeasureSizes)]
        differ = [name for name in names if getattr(ours, name) != getattr(theirs, name)]
        if differ:
            words = [f"{name} is {getattr(theirs, name)}, the recipe says {getattr(ours, name)}" for name in differ]
            raise ValueError("; ".join(words))
        self.measure.load_state_dict(other.state_dict())

    def loss(self, batch: Tensor, step: int, phase: str, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """One gap a phrase (`inpaintnet_gaps`). "accuracy" is that of its tokens."""
        missing = inpaintnet_gaps(len(batch), self.grid.bars, generator).to(batch.device)
        forced = hears_the_true(self, self.config.teacher_forcing, generator)
        heard = self._bars(batch) if forced else self._own(batch, missing)
        ((_, gap, logits),) = self._taught(heard, missing)
        whole_bars = missing.repeat_interleave(self.grid.steps_per_bar, 1).unsqueeze(1)
        some = self._bars(counted(batch, whole_bars))[gap]
        return figures_of(logits[some], self._bars(batch)[gap][some])

    def inpaint(
        self,
        tokens: Tensor,
        mask: Tensor,
        temperature: float = 0.0,
        uniforms: Tensor | None = None,
        wishes: Wishes | None = None,
    ) -> Tensor:
        """As `Inpainter.inpaint`.

        Raises:
            UsageError: when the mask is not one of whole bars.
        """

        def pick(rows: Tensor, step: Tensor, lines: Tensor, logits: Tensor) -> Tensor:
            if wishes is not None:
                allowed, contour = (None if of is None else of[rows] for of in (wishes.allowed, wishes.contour))
                theirs = replace(wishes, allowed=allowed, contour=contour)
                permitted = theirs.permitted(step, *last_note(lines[rows], step), logits.shape[-1])
                logits = logits.masked_fill(~permitted, -torch.inf)
            return choose(logits, temperature, None if uniforms is None else uniforms[rows, 0, 0, step])

        with at_rest(self):
            return self._write(tokens, self._missing(mask), pick).view(tokens.shape)

    def step_log_likelihood(self, tokens: Tensor, mask: Tensor) -> Tensor:
        bars, missing = self._bars(tokens), self._missing(mask)
        found = self.z.weight.new_zeros(bars.shape)
        for rows, gap, logits in self._taught(bars, missing):
            each = logits.log_softmax(-1).gather(-1, bars[rows][gap].unsqueeze(-1)).squeeze(-1)
            row, bar = gap.nonzero(as_tuple=True)
            found = found.index_put((rows[row], bar), each)
        return found.view(tokens.shape)

    def next_step(self, tokens: Tensor, mask: Tensor) -> Tensor:
        bars, missing = self._bars(tokens), self._missing(mask)
        found = bars.clone()
        for rows, gap, logits in self._taught(bars, missing):
            row, bar = gap.nonzero(as_tuple=True)
            found[rows[row], bar] = logits.argmax(-1)
        return found.view(tokens.shape)

    def _taught(self, heard: Tensor, missing: Tensor) -> list[tuple[Tensor, Tensor, Tensor]]:
        """Of the first gaps of all phrases, of the second ones, ...: which phrases (N,), which bars (N, bars) bool, and
        logits (M, S, V) of these bars, each given what is `heard` (B, bars, S) before it and the known bars after."""
        found = []
        with torch.autocast(heard.device.type, enabled=False):
            codes = self._codes(heard)
            for rows, gap, past, future in one_after_another(missing):
                z = self._planned(codes[rows], gap, past, future)
                within = torch.arange(z.shape[1], device=z.device) < gap.sum(1, keepdim=True)
                found.append((rows, gap, self.measure.logits(heard[rows][gap].unsqueeze(1), z[within])))
        return found

    def _own(self, tokens: Tensor, missing: Tensor) -> Tensor:
        """Bars (B, bars, S): those known, and what it writes itself at temperature 0."""
        with at_rest(self):
            return self._write(tokens, missing, lambda rows, step, lines, logits: logits.argmax(-1))

    @torch.no_grad()
    def _write(self, tokens: Tensor, missing: Tensor, pick: Pick) -> Tensor:
        """Bars (B, bars, S): those known, and new ones, gap by gap and bar by bar."""
        bars = self._bars(tokens).masked_fill(missing.unsqueeze(-1), 0)
        with torch.autocast(bars.device.type, enabled=False):
            codes = self._codes(bars)
            for rows, gap, past, future in one_after_another(missing):
                first, length = _extent(gap)
                state = self._start(codes[rows], past, future)
                planned = None if self.config.autoregressive else self._planned(codes[rows], gap, past, future)
                for k in range(int(length.max())):
                    if planned is None:
                        hidden, state = self.generation(self._before(codes[rows], (first + k).unsqueeze(1)), state)
                        z = self.z(hidden[:, 0])
                    else:
                        z = planned[:, k]
                    going = (length > k).nonzero()[:, 0]
                    row, bar = rows[going], first[going] + k
                    self._write_bar(bars, row, bar, z[going], pick)
                    codes[row, bar] = self._codes(bars[row, bar].unsqueeze(1))[:, 0]
        return bars

    def _write_bar(self, bars: Tensor, row: Tensor, bar: Tensor, z: Tensor, pick: Pick) -> None:
        """Writes a bar (N,) of each of some phrases (N,) into bars (B, bars, S), for z (N, Z)."""
        steps, lines = bars.shape[-1], bars.view(len(bars), -1)

        def choice(tick: int, logits: Tensor) -> Tensor:
            token = pick(row, bar * steps + tick, lines, logits)
            bars[row, bar, tick] = token
            return token

        self.measure.write(z, steps, choice)

    def _planned(self, codes: Tensor, gap: Tensor, past: Tensor, future: Tensor) -> Tensor:
        """z (N, longest gap, Z) of the bars of gaps, for codes (N, bars, Z); beyond a gap's end it means nothing."""
        first, length = _extent(gap)
        place = first.unsqueeze(1) + torch.arange(int(length.max()), device=gap.device)
        heard = self._before(codes, place) if self.config.autoregressive else self.first.expand(*place.shape, 1)
        packed = pack_padded_sequence(heard, length.cpu(), batch_first=True, enforce_sorted=False)
        hidden, _ = self.generation(packed, self._start(codes, past, future))
        z: Tensor = self.z(pad_packed_sequence(hidden, batch_first=True, total_length=place.shape[1])[0])
        return z

    def _before(self, codes: Tensor, place: Tensor) -> Tensor:
        """(N, L, Z): of codes (N, bars, Z) those of the bars before places (N, L)."""
        bar = (place - 1).clamp(0, codes.shape[1] - 1).unsqueeze(-1).expand(-1, -1, codes.shape[2])
        return torch.where((place == 0).unsqueeze(-1), self.first, codes.gather(1, bar))

    def _start(self, codes: Tensor, past: Tensor, future: Tensor) -> Tensor:
        """First state of the generation GRU (layers and directions, N, size) for codes and contexts (N, bars)."""
        contexts = [_last_states(self.past, codes, past), _last_states(self.future, codes, future)]
        joined = torch.cat(contexts, -1)
        if self.join is None:
            return joined
        state = torch.tanh(self.join(joined.transpose(0, 1).flatten(1)))
        return state.view(len(codes), -1, self.config.generation_size).transpose(0, 1).contiguous()

    @torch.no_grad()
    def _codes(self, bars: Tensor) -> Tensor:
        """Posterior means (B, bars, Z) of bars (B, bars, S)."""
        mean, _ = self.measure.encode(bars.flatten(0, 1).unsqueeze(1))
        return mean.view(*bars.shape[:2], -1)

    def _bars(self, values: Tensor) -> Tensor:
        """(B, 1, bars * S) as (B, bars, S)."""
        return values.reshape(len(values), -1, self.grid.steps_per_bar)

    def _missing(self, mask: Tensor) -> Tensor:
        """(B, bars) bool of a mask (B, 1, bars * S)."""
        bars = self._bars(mask)
        if (bars.any(-1) != bars.all(-1)).any():
            raise UsageError(
                "A latent-rnn writes whole bars, and something is kept within one (a note that is locked, or that "
                "sounds across an edge of the gap): choose other bars, or a space such as folk-inpaint."
            )
        return bars.all(-1)


def figures_of(logits: Tensor, tokens: Tensor) -> dict[str, Tensor]:
    """The loss of tokens (N,) under logits (N, V), in nats a token, and how many were foreseen; 0 where N is."""
    count = max(1, len(tokens))
    cost = functional.cross_entropy(logits, tokens, reduction="sum") / count
    return {"loss": cost, "accuracy": (logits.argmax(-1) == tokens).sum() / count}


def _extent(gap: Tensor) -> tuple[Tensor, Tensor]:
    """First bar and number of bars, each (N,), of gaps (N, bars) bool."""
    return gap.long().argmax(1), gap.sum(1)


def _last_states(gru: nn.GRU, codes: Tensor, chosen: Tensor) -> Tensor:
    """(layers and directions, N, C): where a bidirectional GRU ends that has read the chosen (N, bars) bool of codes
    (N, bars, Z), in their order; zeros where none is."""
    count = chosen.sum(1)
    order = (~chosen).long().argsort(dim=1, stable=True).unsqueeze(-1).expand_as(codes)
    lengths = count.clamp(min=1).cpu()
    packed = pack_padded_sequence(codes.gather(1, order), lengths, batch_first=True, enforce_sorted=False)
    _, last = gru(packed)
    found: Tensor = last * (count > 0).unsqueeze(-1)
    return found
