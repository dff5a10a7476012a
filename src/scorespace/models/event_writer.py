"""How our inpainter fills gaps: event by event, each phrase of a batch at its own pace."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from scorespace.models.base import choose
from scorespace.models.events import Line, last_marked, line, next_marked, pitch_before
from scorespace.models.repeats import Aligned
from scorespace.models.wishes import Wishes
from scorespace.music.lines import FIRST_PITCH, HOLD

if TYPE_CHECKING:
    from scorespace.models.event_inpainter import EventInpainter, Read, Turned


class Writer:
    """Phrases (B, S) while their gaps are filled."""

    def __init__(self, model: EventInpainter, tokens: Tensor, mask: Tensor, wishes: Wishes) -> None:
        self.model, self.wishes = model, wishes
        self.written = torch.where(mask, HOLD, tokens)
        of = line(self.written, mask, model.grid.steps_per_bar)
        self.of = of
        self.known_event = last_marked(of.begins & ~mask)
        self.known_note = last_marked((self.written >= FIRST_PITCH) & ~mask)
        self.read = _read(model, of)
        self.pasts: list[Turned | None] = [None] * len(model.writer)
        nowhere = torch.full((len(tokens),), -1, dtype=torch.int64, device=tokens.device)
        self.event, self.note = nowhere, nowhere
        at_or_after = next_marked(torch.nn.functional.pad(mask, (1, 0)))
        self.open_at = torch.cat([at_or_after - 1, torch.full_like(at_or_after[:, :1], mask.shape[1])], 1)
        self.step = self.open_at[:, 0]
        self.must_begin, self.may_begin = _duties(wishes, mask)

    @property
    def busy(self) -> Tensor:
        """(B,) bool: which phrases have something left to write."""
        return self.step < self.written.shape[1]

    def next_event(self, temperature: float, uniforms: Tensor | None) -> None:
        """Writes the next event of every phrase that is not done; uniforms (B, 2, S)."""
        rows = torch.arange(len(self.step), device=self.step.device)
        busy, step = self.busy, self.step.clamp(max=self.written.shape[1] - 1)
        chances = (None, None) if uniforms is None else (uniforms[rows, 0, step], uniforms[rows, 1, step])
        since = torch.maximum(self.known_event[rows, step], self.event)
        note = torch.maximum(self.known_note[rows, step], self.note)
        pitch = pitch_before(self.written, note[:, None])
        following = next_marked(self.of.opens | (self.written != HOLD))
        found = self.model.aligned(self.written, following, self.of.mask, step[:, None])
        x = self._heard(step, since, pitch, found)
        logits = self.model.what_logits(x, pitch, self.of.opens[rows, step][:, None], found)[:, 0]
        what = choose(_within(logits, self._permitted(step, pitch[:, 0], note)), temperature, chances[0])
        limit = self.of.limit[rows, step].clamp(min=1)
        lengths = self.model.length_logits(x, what[:, None], limit[:, None], found)[:, 0]
        length = 1 + choose(_within(lengths, self._lengths(step, limit, lengths.shape[1])), temperature, chances[1])
        self.written[rows[busy], step[busy]] = what[busy]
        self.event = torch.where(busy, step, self.event)
        self.note = torch.where(busy & (what >= FIRST_PITCH), step, self.note)
        self.step = torch.where(busy, self.open_at[rows, step + length], self.step)

    def _heard(self, step: Tensor, since: Tensor, pitch: Tensor, found: Aligned) -> Tensor:
        """The writer's output (B, 1, width)."""
        x = self.model.told(self.of, self.read, step[:, None], since[:, None], self.written, pitch, found)
        turn = self.model.turn(step[:, None])
        for number, (block, known) in enumerate(zip(self.model.writer, self.read.known, strict=True)):
            x, self.pasts[number] = block(x, turn, self.pasts[number], known, None, self.read.absent)
        return self.model.norm(x)  # type: ignore[no-any-return]

    def _permitted(self, step: Tensor, pitch: Tensor, note: Tensor) -> Tensor:
        return self.wishes.permitted(step, pitch, note, self.model.grid.vocabulary)

    def _lengths(self, step: Tensor, limit: Tensor, longest: int) -> Tensor:
        """(B, longest) bool: the lengths after which something may, and before which nothing must, begin."""
        if self.must_begin is None or self.may_begin is None:
            return torch.ones(len(step), longest, dtype=torch.bool, device=step.device)
        rows = torch.arange(len(step), device=step.device)
        length = torch.arange(1, longest + 1, device=step.device).expand(len(step), -1)
        end = (step[:, None] + length).clamp(max=self.may_begin.shape[1] - 1)
        may = self.may_begin[rows[:, None], end] | (length == limit[:, None])
        return may & (length <= (self.must_begin[rows, step] - step)[:, None])


def write(
    model: EventInpainter, tokens: Tensor, mask: Tensor, temperature: float, uniforms: Tensor | None, wishes: Wishes
) -> Tensor:
    """See `Inpainter.inpaint`: tokens and mask (B, 1, S), uniforms (B, 2, 1, S)."""
    writer = Writer(model, tokens[:, 0], mask[:, 0], wishes)
    while bool(writer.busy.any()):
        writer.next_event(temperature, None if uniforms is None else uniforms[:, :, 0])
    return torch.where(mask, writer.written[:, None], tokens)


def _read(model: EventInpainter, of: Line) -> Read:
    """What is known; once where all phrases are the same, as the takes of one score are."""
    first = of.tokens[:1], of.mask[:1]
    if len(of.tokens) == 1 or not ((of.tokens == first[0]).all() and (of.mask == first[1]).all()):
        return model.read(of)
    read = model.read(line(*first, model.grid.steps_per_bar))
    count = len(of.tokens)
    known = [(k.expand(count, -1, -1, -1), v.expand(count, -1, -1, -1)) for k, v in read.known]
    return replace(read, known=known, alike=read.alike.expand(count, -1, -1))


def _duties(wishes: Wishes, mask: Tensor) -> tuple[Tensor | None, Tensor | None]:
    """Where by the wishes the next event after each step must begin at the latest, and at which steps one may."""
    if wishes.allowed is None:
        return None, None
    return next_marked(mask & ~wishes.allowed[:, :, HOLD]), wishes.allowed[:, :, HOLD + 1 :].any(-1) | ~mask


def _within(logits: Tensor, permitted: Tensor) -> Tensor:
    """Logits (B, V) with -inf where it is not permitted, of those with nothing left all that is permitted at random."""
    narrowed = logits.masked_fill(~permitted, float("-inf"))
    stuck = torch.isinf(narrowed).all(-1, keepdim=True)
    return torch.where(stuck, torch.zeros_like(logits).masked_fill(~permitted, float("-inf")), narrowed)
