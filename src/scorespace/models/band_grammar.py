"""Which events may come next in a band, so that whatever is drawn is a bar in its one spelling.

The rules are those of `scorespace.music.band`: programs ascend from row to row; a row that has a program has a note; a
velocity comes only before a note and only where it changes; time moves on only where something follows, and never to
the end of the bar; at one moment notes end first, then notes begin, from the lowest up; only what sounds ends.

A decoder that rules out the rest has a likelihood over these bars alone. What is left open is the order of rows of one
program.
"""

from __future__ import annotations

import torch
from torch import Tensor

from scorespace.music.band import EVENT_PLACES, BandGrid
from scorespace.music.band_events import END, FIRST_PROGRAM, NOTE_OFF, NOTE_ON, SHIFT, VELOCITY
from scorespace.music.instruments import DRUM_KIT

EVENT_TOKENS = FIRST_PROGRAM  # end, notes, time and velocities: what may stand after the program
PROGRAM_CHOICES = DRUM_KIT + 2  # no instrument, then the programs
LAST_EVENT = EVENT_PLACES - 2  # the place that the last event may have
_NO_VELOCITY = -1


def program_choice(tokens: Tensor) -> Tensor:
    """What the first tokens of rows (...) are among the choices: 0 for the end, 1 + program."""
    return (tokens - FIRST_PROGRAM + 1).clamp(min=0)


def programs_allowed(before: Tensor, first: bool) -> Tensor:
    """(..., 130) bool: which choices a row has after the one of the row before it (...); at least one row plays."""
    choice = torch.arange(PROGRAM_CHOICES, device=before.device)
    if first:
        return (choice > 0).expand(*before.shape, -1)
    before = before.unsqueeze(-1)
    drums = DRUM_KIT + 1
    return (choice == 0) | ((choice >= before) & (before > 0) & (before < drums))


def moves_on(tokens: Tensor) -> Tensor:
    """(...) int64: by how many steps each event moves the time on."""
    return torch.where((tokens > SHIFT) & (tokens < VELOCITY), tokens - SHIFT, 0)


class Grammar:
    """What may come next in rows of events, R of them, followed event by event."""

    def __init__(self, grid: BandGrid, programs: Tensor) -> None:
        """programs: (R,) 0-128, of rows that have an instrument."""
        count, device = len(programs), programs.device
        self.moments, self.place = grid.moments, 1
        self.pitch = torch.arange(128, device=device)
        self.steps = torch.arange(1, VELOCITY - SHIFT, device=device)
        self.velocities = torch.arange(FIRST_PROGRAM - VELOCITY, device=device)
        self.drums = programs == DRUM_KIT
        inside = (self.pitch >= grid.lowest) & (self.pitch <= grid.highest)
        self.inside = inside | self.drums.unsqueeze(-1)
        self.sounds = torch.zeros(count, 128, dtype=torch.bool, device=device)
        zeros = torch.zeros(count, dtype=torch.int64, device=device)
        self.time, self.velocity = zeros, zeros + _NO_VELOCITY
        self.lowest_on, self.lowest_off = zeros, zeros  # at this moment; 128 where none may come any more
        self.noted = self.over = self.moved = self.dressed = self.drums & False

    def allowed(self) -> Tensor:
        """(R, 361) bool: the events that may come next, at least one in each row."""
        free = (self.pitch >= self.lowest_on.unsqueeze(-1)) & ~self.sounds & self.inside
        on = free & (self.velocity != _NO_VELOCITY).unsqueeze(-1)
        off = self.sounds & (self.pitch >= self.lowest_off.unsqueeze(-1)) & ~self.dressed.unsqueeze(-1)
        more = ~self.dressed & (self.place < LAST_EVENT)
        shift = (self.time.unsqueeze(-1) + self.steps < self.moments) & (more & ~self.moved).unsqueeze(-1)
        velocity = (self.velocities != self.velocity.unsqueeze(-1)) & (more & free.any(-1)).unsqueeze(-1)
        end = self.noted & ~self.moved & ~self.dressed
        events = torch.cat([end.unsqueeze(-1), on, off, shift, velocity], -1)
        over = self.over | (self.place > LAST_EVENT)
        only_end = torch.arange(EVENT_TOKENS, device=over.device) == END
        return torch.where(over.unsqueeze(-1), only_end, events)

    def follow(self, tokens: Tensor) -> None:
        """Takes the next event of each row, (R,) int64."""
        self.place += 1
        self.over = self.over | (tokens == END)
        self.moved = (tokens > SHIFT) & (tokens < VELOCITY)
        self.dressed = tokens >= VELOCITY
        self.time = self.time + moves_on(tokens)
        self.velocity = torch.where(self.dressed, tokens - VELOCITY, self.velocity)
        on = (tokens >= NOTE_ON) & (tokens < NOTE_OFF)
        off = (tokens >= NOTE_OFF) & (tokens <= SHIFT)
        self.noted = self.noted | on
        here = self.pitch == torch.where(on, tokens - NOTE_ON, tokens - NOTE_OFF).unsqueeze(-1)
        begun = here & (on & ~self.drums).unsqueeze(-1)
        self.sounds = (self.sounds | begun) & ~(here & off.unsqueeze(-1))
        zero = torch.zeros_like(tokens)
        self.lowest_on = torch.where(self.moved, zero, torch.where(on, tokens - NOTE_ON + 1, self.lowest_on))
        past = torch.where(off, tokens - NOTE_OFF + 1, torch.where(on | self.dressed, zero + 128, self.lowest_off))
        self.lowest_off = torch.where(self.moved, zero, past)


def events_allowed(grid: BandGrid, rows: Tensor) -> Tensor:
    """(R, places - 1, 361) bool: what may stand at each place after the first of rows (R, places) int64, given the
    true events before it."""
    grammar = Grammar(grid, rows[:, 0] - FIRST_PROGRAM)
    found = []
    for token in rows[:, 1:].T:
        found.append(grammar.allowed())
        grammar.follow(token)
    return torch.stack(found, 1)
