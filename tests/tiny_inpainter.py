"""An inpainter small enough to make in a test: untrained, in three metres."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import torch

from scorespace import checkpoint
from scorespace.models.event_inpainter import EventInpainter, EventInpainterConfig
from scorespace.music.grid import Grid
from scorespace.music.score import Metre, Score, Track, notes
from scorespace.space import noise

FOLK = tuple(Fraction(text) for text in ("0", "1/4", "1/3", "1/2", "2/3", "3/4"))


def save_inpainter(folder: Path, seed: int = 1) -> Path:
    """Writes its checkpoint: 4 bars at a time of 4/4, 2/2, 6/8 or 2/4, pitches 55 to 84."""
    grid = Grid(bars=4, beat_positions=FOLK, lowest=55, highest=84)
    config = EventInpainterConfig(16, 2, 1, 1, 0.0, ("4/4", "6/8", "2/4"))
    model = EventInpainter(grid, config)
    with torch.no_grad():
        for number, parameter in enumerate(model.parameters()):
            drawn = noise.normals(seed, number, 0, parameter.numel())  # the same on every machine, unlike torch's
            parameter.copy_(0.4 * torch.from_numpy(drawn).view(parameter.shape))
    recipe = {"data": {"metres": ["4/4", "2/2"], "rule": "highest"}}
    return checkpoint.save(folder, model, grid, "event-inpainter", config, recipe, {}, {})


def song(bars: int = 12, metre: tuple[int, int] = (4, 4), lowest: int = 60) -> Score:
    """A melody of eighth notes played a little late, with its own dynamics, over a bass in whole bars."""
    length = 4 * metre[0] / metre[1]
    scale = (0, 2, 4, 5, 7, 9, 11, 12)
    count = int(2 * bars * length)
    tune = [(k / 2 + 0.02, 0.45, lowest + scale[(k * 3) % 8], 50 + k % 40) for k in range(count)]
    bass = [(k * length, length, 36 + k % 5, 70) for k in range(bars)]
    tracks = (Track(notes(tune), "melody"), Track(notes(bass), "bass", program=33))
    return Score(tracks, metres=(Metre(0.0, *metre),))
