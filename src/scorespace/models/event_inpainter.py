"""Our inpainter: it reads what is known of a tune as notes and rests, and writes what is missing note by note.

What differs from InpaintNet's LatentRNN (Pati, Lerch and Hadjeres 2019) and from AnticipationRNN (Hadjeres and Nielsen
2020):
- the unit is the event (`scorespace.models.events`), not the step, of which six in seven say only that nothing changes;
- a reader of attention blocks hears all that is known on both sides at once, however far away, and its heads can look
  for the same place some bars off (`rotary`); nothing has to pass through one point for each bar;
- a writer hears the reader and what it wrote so far. At a place it first says what stands there, then for how long;
  a length that would cross the bar line or the edge of the gap has probability 0. So what was kept stays, and the
  likelihood of a filling is exact;
- it is shown what stands at the same place 1, 2, 4 and 8 bars before and after, and may write it again (`repeats`);
- what stands there is said twice, as a pitch and as an interval from the note before, and the two are added;
- gaps are drawn in every number, length and place, with single notes kept within them; phrases are now and then cut
  short; and batches may come in several metres, for all of which it is one model.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from scorespace.errors import UsageError
from scorespace.models import gaps
from scorespace.models.base import Inpainter
from scorespace.models.event_gaps import draw
from scorespace.models.events import Events, Line, context, last_marked, line, pitch_before, wanted
from scorespace.models.repeats import Aligned, Repeats, aligned, likeness
from scorespace.models.rotary import Attention, Network, angles
from scorespace.models.settings import require
from scorespace.models.wishes import Wishes
from scorespace.music.grid import Grid
from scorespace.music.lines import FIRST_PITCH, HOLD, REST

MOST_BARS_LEFT = 15  # of a gap, as the writer is told
Turned = tuple[Tensor, Tensor]  # keys and values, each (B, heads, N, size)


@dataclass(frozen=True)
class EventInpainterConfig:
    """Sizes; the defaults are those of the bundled folk-inpaint."""

    width: int = 192  # numbers an event in the blocks, 4 to 4096, a multiple of 4 * heads
    heads: int = 6  # attention heads a block, 1 to 64
    reader_blocks: int = 3  # 1 to 64
    writer_blocks: int = 3  # 1 to 64
    dropout: float = 0.1  # of what blocks add, 0 to 0.9
    metres: tuple[str, ...] = ("4/4",)  # that it writes in, the grid's own among them
    repeats: bool = True  # whether it is shown what stands at the same place in other bars
    short: float = 0.3  # share of training batches that are cut to 4 or more bars, 0 to 1

    def __post_init__(self) -> None:
        require(self, width=(4, 4096), heads=(1, 64), reader_blocks=(1, 64), writer_blocks=(1, 64))
        require(self, dropout=(0, 0.9), short=(0, 1))
        if self.width % (4 * self.heads):
            raise UsageError(
                f"model.width must be a multiple of four times model.heads, got {self.width} and {self.heads}."
            )


class ReaderBlock(nn.Module):
    """Events hear all events: (B, N, width) -> (B, N, width)."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.attention, self.network, self.drop = Attention(width, heads), Network(width), nn.Dropout(dropout)

    def forward(self, x: Tensor, turn: Tensor, hidden: Tensor) -> Tensor:
        normed = self.attention.normed(x)
        x = x + self.drop(self.attention.ask(normed, turn, *self.attention.remember(normed, turn), hidden))
        summed: Tensor = x + self.drop(self.network(x))
        return summed


class WriterBlock(nn.Module):
    """Events hear those before them, and what the reader made of what is known."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.own, self.known = Attention(width, heads), Attention(width, heads)
        self.network, self.drop = Network(width), nn.Dropout(dropout)

    def forward(
        self, x: Tensor, turn: Tensor, past: Turned | None, known: Turned, later: Tensor | None, absent: Tensor
    ) -> tuple[Tensor, Turned]:
        """The next events (B, N, width), and keys and values of all so far.

        later: (N, N) bool, True where an event is not to hear another, None = it hears all so far.
        """
        normed = self.own.normed(x)
        key, value = self.own.remember(normed, turn)
        if past is not None:
            key, value = torch.cat([past[0], key], 2), torch.cat([past[1], value], 2)
        x = x + self.drop(self.own.ask(normed, turn, key, value, later))
        x = x + self.drop(self.known.ask(self.known.normed(x), turn, *known, absent))
        return x + self.drop(self.network(x)), (key, value)


@dataclass(frozen=True)
class Read:
    """What the writer hears of what is known: keys and values for each of its blocks, which events are padding, and how
    alike the phrase is to itself some bars off (`repeats.likeness`)."""

    known: list[Turned]
    absent: Tensor
    alike: Tensor


class EventInpainter(Inpainter):
    """See the module's text. T = 1. `loss` draws gaps and crops; dropout draws from torch's global generator."""

    def __init__(self, grid: Grid, config: EventInpainterConfig) -> None:
        super().__init__(grid)
        self.config = config
        if grid.tracks != 1 or not grid.pitched.all():
            raise UsageError(f"An event-inpainter writes one melody, got the parts {', '.join(grid.parts)}.")
        if grid.metre_name not in config.metres:
            raise UsageError(f"model.metres must name the grid's own {grid.metre_name}.")
        width, vocabulary = config.width, grid.vocabulary
        self.grids = {metre: _in_metre(grid, metre) for metre in config.metres}
        self.longest = max(one.steps_per_bar for one in self.grids.values())
        begins = [0]
        for one in self.grids.values():
            begins.append(begins[-1] + one.steps_per_bar)
        self.place_of = dict(zip(config.metres, begins[:-1], strict=True))

        self.read_what = nn.Embedding(vocabulary + 1, width)  # the last row stands for what is missing
        self.read_length = nn.Embedding(self.longest + 1, width)
        self.place = nn.Embedding(begins[-1], width)
        self.write_place = nn.Embedding(begins[-1], width)
        self.before_what = nn.Embedding(vocabulary + 1, width)  # the last row: nothing
        self.before_length = nn.Embedding(self.longest + 1, width)
        self.before_pitch = nn.Embedding(vocabulary + 1, width)
        self.ahead = nn.Embedding(vocabulary + 1, width)
        self.bars_left = nn.Embedding(MOST_BARS_LEFT + 1, width)
        blocks = config.reader_blocks, config.writer_blocks
        self.reader = nn.ModuleList(ReaderBlock(width, config.heads, config.dropout) for _ in range(blocks[0]))
        self.writer = nn.ModuleList(WriterBlock(width, config.heads, config.dropout) for _ in range(blocks[1]))
        self.norm = nn.LayerNorm(width)
        self.what = nn.Linear(width, vocabulary)
        self.interval = nn.Linear(width, 2 * vocabulary - 1)
        self.length_in = nn.Linear(width, width)
        self.length_of = nn.Embedding(vocabulary, width)
        self.length_out = nn.Linear(width, self.longest)
        self.repeats = Repeats(width, vocabulary, self.longest) if config.repeats else None
        self._initialise()

    def suits(self, grid: Grid) -> bool:
        own = self.grids.get(grid.metre_name)
        return own is not None and replace(own, bars=grid.bars) == grid

    def loss(self, batch: Tensor, step: int, phase: str, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """The loss counts all places of the gaps, "reconstruction" only those that `gaps.counted` counts."""
        bar = self.grid.steps_per_bar
        tokens, mask = draw(batch[:, 0].cpu(), bar, self.config.short, generator)
        tokens, mask = tokens.to(batch.device), mask.to(batch.device)
        said, right, at = self._said(tokens, mask)
        counts = gaps.counted(tokens.unsqueeze(1), mask.unsqueeze(1))[:, 0]
        of_events = counts.gather(1, at.step) & at.there
        counted = counts.sum().clamp(min=1)
        return {
            "loss": -said.sum() / mask.sum(),
            "reconstruction": -(said.detach() * of_events).sum() / counted,
            "accuracy": (right & of_events).sum() / of_events.sum().clamp(min=1),
        }

    def step_log_likelihood(self, tokens: Tensor, mask: Tensor, wishes: Wishes | None = None) -> Tensor:
        """As `Inpainter.step_log_likelihood`; with `wishes` what `inpaint` draws from when they narrow pitches.

        Of each event the tokens that are not permitted have probability 0 and the others sum to 1; lengths stay as they
        are, which is exact where `wishes.allowed` permits HOLD, REST and a pitch at every step. A true note that is
        not permitted has a likelihood of minus infinity.
        """
        said, _, at = self._said(tokens[:, 0], mask[:, 0], wishes)
        nats = torch.zeros(mask[:, 0].shape, dtype=said.dtype, device=said.device)
        return nats.scatter_add(1, at.step, said)[:, None]

    def next_step(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """First whether an event begins, if that is likelier than not, then which. Where one is expected and the true
        line goes on, a REST stands: which event it would have been is not asked."""
        of = line(tokens[:, 0], mask[:, 0], self.grid.steps_per_bar)
        at, what, length = self._logits(of)
        expected = torch.zeros_like(of.mask)
        each = length.softmax(-1)
        hazard = each / each.flip(-1).cumsum(-1).flip(-1).clamp(min=1e-30)
        after = torch.arange(1, self.longest + 1, device=length.device)
        likely = at.there.unsqueeze(-1) & (hazard > 0.5) & (after <= at.length.unsqueeze(-1))
        rows, places, ends = likely.nonzero(as_tuple=True)
        there = at.step[rows, places] + ends + 1
        inside = there < of.mask.shape[1]
        expected[rows[inside], there[inside]] = True
        expected = (expected | of.opens) & of.mask
        result = torch.where(of.mask, torch.where(expected, REST, HOLD), of.tokens)
        rows, places = at.there.nonzero(as_tuple=True)
        begin = at.step[rows, places]
        result[rows, begin] = torch.where(expected[rows, begin], what[rows, places].argmax(-1), HOLD)
        return result[:, None]

    @torch.no_grad()
    def inpaint(
        self,
        tokens: Tensor,
        mask: Tensor,
        temperature: float = 0.0,
        uniforms: Tensor | None = None,
        wishes: Wishes | None = None,
    ) -> Tensor:
        from scorespace.models.event_writer import write

        return write(self, tokens, mask, temperature, uniforms, wishes or Wishes())

    def read(self, of: Line) -> Read:
        """Hears what is known of tokens (B, S)."""
        known = context(of, self.grid.vocabulary)
        x = self.read_what(known.what) + self.read_length(known.length) + self.place(self._places(known.step))
        turn, absent = self.turn(known.step), ~known.there[:, None, None]
        for block in self.reader:
            x = block(x, turn, absent)
        alike = likeness(of, self.grid.steps_per_bar)
        return Read([block.known.remember(x, turn) for block in self.writer], absent, alike)  # type: ignore[operator, union-attr]

    def told(
        self, of: Line, read: Read, step: Tensor, since: Tensor, tokens: Tensor, before: Tensor, found: Aligned
    ) -> Tensor:
        """What the writer is told at steps (B, N) of tokens (B, S): its input (B, N, width).

        since: (B, N) the step at which the event before began, -1 where there is none. before: (B, N) the pitch token
        that began last, -1. found: what stands at the same place in other bars.
        """
        what, nothing = pitch_before(tokens, since), self.grid.vocabulary + 1
        length = torch.where(since >= 0, step - since, 0).clamp(max=self.longest)
        left = of.bars_left.gather(1, step).clamp(0, MOST_BARS_LEFT)
        x = self.write_place(self._places(step)) + self.before_what(what % nothing) + self.before_length(length)
        x = x + self.before_pitch(before % nothing) + self.ahead(of.ahead.gather(1, step) % nothing)
        x = x + self.bars_left(left)
        if self.repeats is not None:
            alike = read.alike.gather(1, step.unsqueeze(-1).expand(-1, -1, read.alike.shape[-1]))
            x = x + self.repeats.told(found, alike.to(x.dtype))
        told: Tensor = x
        return told

    def aligned(self, tokens: Tensor, following: Tensor, mask: Tensor, step: Tensor) -> Aligned:
        """What stands at the same place as steps (B, N) in other bars."""
        return aligned(tokens, following, mask, step, self.grid.steps_per_bar, self.longest)

    def turn(self, step: Tensor) -> Tensor:
        """The angles (B, N, size / 2) of steps (B, N)."""
        bar = self.grid.steps_per_bar
        quarters = torch.from_numpy(self.grid.bar_positions).to(step.device, self.norm.weight.dtype)
        return angles((step // bar).to(quarters.dtype), quarters[step % bar], self.config.width // self.config.heads)

    def what_logits(self, x: Tensor, before: Tensor, opens: Tensor, found: Aligned) -> Tensor:
        """(B, N, V) from the writer's output (B, N, width), the pitch before (B, N), whether a HOLD may begin, and what
        stands at the same place in other bars."""
        logits, intervals = self.what(x), self.interval(x)
        vocabulary = self.grid.vocabulary
        away = torch.arange(vocabulary, device=x.device) - before.unsqueeze(-1) + vocabulary - 1
        relative = intervals.gather(-1, away.clamp(0, 2 * vocabulary - 2))
        known = (before >= FIRST_PITCH).unsqueeze(-1)
        pitched = torch.arange(vocabulary, device=x.device) >= FIRST_PITCH
        logits = _wide(logits + torch.where(known & pitched, relative, torch.zeros_like(relative)))
        if self.repeats is not None:
            logits = self.repeats.add_what(logits, x, found)
        closed = ~opens.unsqueeze(-1) & (torch.arange(vocabulary, device=x.device) == HOLD)
        return logits.masked_fill(closed, float("-inf"))

    def length_logits(self, x: Tensor, what: Tensor, limit: Tensor, found: Aligned) -> Tensor:
        """(B, N, longest): of the lengths 1, 2, ..., given what (B, N) stands there; -inf beyond limit (B, N)."""
        hidden = functional.relu(self.length_in(x) + self.length_of(what)).square()
        logits = _wide(self.length_out(hidden))
        if self.repeats is not None:
            logits = self.repeats.add_length(logits, x, what, found)
        beyond = torch.arange(1, self.longest + 1, device=x.device) > limit.unsqueeze(-1)
        return logits.masked_fill(beyond, float("-inf"))

    def _said(self, tokens: Tensor, mask: Tensor, wishes: Wishes | None = None) -> tuple[Tensor, Tensor, Events]:
        """Nats of each event of the gaps (B, N), 0 in the padding; whether it was the likeliest; and the events."""
        of = line(tokens, mask, self.grid.steps_per_bar)
        at, what, length = self._logits(of)
        if wishes is not None:
            what = what.masked_fill(~_permitted(wishes, of, at, what.shape[-1]), float("-inf"))
        token, steps = at.what.clone(), (at.length - 1).clamp(min=0)
        nats = what.log_softmax(-1).gather(-1, token.unsqueeze(-1)) + length.log_softmax(-1).gather(
            -1, steps.unsqueeze(-1)
        )
        right = (what.argmax(-1) == token) & (length.argmax(-1) == steps)
        return torch.where(at.there, nats.squeeze(-1), 0.0), right & at.there, at

    def _logits(self, of: Line) -> tuple[Events, Tensor, Tensor]:
        """The true events of the gaps, and logits of what each is (B, N, V) and for how long (B, N, longest)."""
        at = wanted(of)
        since, before = last_marked(of.begins), pitch_before(of.tokens, last_marked(of.tokens >= FIRST_PITCH))
        pitch = before.gather(1, at.step)
        read, turn = self.read(of), self.turn(at.step)
        found = self.aligned(of.tokens, of.following, of.mask, at.step)
        x = self.told(of, read, at.step, since.gather(1, at.step), of.tokens, pitch, found)
        count = at.step.shape[1]
        later = torch.ones(count, count, dtype=torch.bool, device=x.device).triu(1)
        for block, known in zip(self.writer, read.known, strict=True):
            x, _ = block(x, turn, None, known, later, read.absent)
        x = self.norm(x)
        # the padding may be anything that has a likelihood
        opens = of.opens.gather(1, at.step) | ~at.there
        limit = torch.where(at.there, of.limit.gather(1, at.step), self.longest)
        return at, self.what_logits(x, pitch, opens, found), self.length_logits(x, at.what, limit, found)

    def _places(self, step: Tensor) -> Tensor:
        """Rows of the tables of places, for steps."""
        return self.place_of[self.grid.metre_name] + step % self.grid.steps_per_bar

    def _initialise(self) -> None:
        """Small weights; those that end a residual branch smaller still, by the number of branches."""
        for name, weight in self.named_parameters():
            if weight.ndim > 1:
                ends = name.endswith("out.weight") and name.startswith(("reader", "writer"))
                branches = 2 * self.config.reader_blocks if name.startswith("reader") else 3 * self.config.writer_blocks
                nn.init.normal_(weight, std=0.02 / branches**0.5 if ends else 0.02)
            elif name.endswith("bias"):
                nn.init.zeros_(weight)
        if self.repeats is not None:  # writing again begins as no advice at all
            nn.init.zeros_(self.repeats.again.weight)
            nn.init.zeros_(self.repeats.as_long.weight)


def _in_metre(grid: Grid, metre: str) -> Grid:
    above, _, below = metre.partition("/")
    if not (above.isdecimal() and below.isdecimal()):
        raise UsageError(f'model.metres must be written like "4/4" or "6/8", got {metre!r}.')
    return replace(grid, metre=(int(above), int(below)))


def _permitted(wishes: Wishes, of: Line, at: Events, vocabulary: int) -> Tensor:
    """(B, N, V) bool: what may stand where the true events begin; everything in the padding."""
    since = last_marked(of.tokens >= FIRST_PITCH).gather(1, at.step)
    last = pitch_before(of.tokens, since)
    found = (~at.there).unsqueeze(-1).repeat(1, 1, vocabulary)
    for n in range(at.step.shape[1]):
        found[:, n] |= wishes.permitted(at.step[:, n], last[:, n], since[:, n], vocabulary)
    return found


def _wide(logits: Tensor) -> Tensor:
    return logits.to(torch.promote_types(logits.dtype, torch.float32))
