"""A space of grooves small enough to make in a test: an untrained model, wide enough awake that points differ."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scattered import scatter

from scorespace import checkpoint
from scorespace.models import build, config_class
from scorespace.music.groove import GrooveGrid
from scorespace.music.score import NOTE, Score, Tempo, Track

SETTINGS = {
    "groove-vae": {"z_size": 6, "encoder_size": 8, "decoder_size": 8, "decoder_layers": 1},
    "groove-attention-vae": {
        "z_size": 6,
        "width": 16,
        "heads": 2,
        "encoder_blocks": 1,
        "decoder_blocks": 1,
        "squeeze": 8,
    },
}


def save_tiny_groove(folder: Path, name: str = "groove-attention-vae") -> Path:
    """Writes its checkpoint: 2 bars of 4/4, z of 6 numbers."""
    grid = GrooveGrid()
    config = config_class(name)(**SETTINGS[name])
    model = build(name, grid, config)
    scatter(model, 0.3)
    return checkpoint.save(folder, model, grid, name, config, {"data": {"metres": ["4/4"]}}, {}, {})


def beat(bars: int = 2, qpm: float = 96.0) -> Score:
    """A machine's beat: hats in eighths, bass drum and an electric snare (40), and 88, which is of no class."""
    rows = [(0.0, 0.1, 88, 33)]
    for step in range(8 * bars):
        rows.append((step / 2, 0.25, 42, 100))
        if step % 4 in (0, 2):
            rows.append((step / 2, 0.25, 36 if step % 4 == 0 else 40, 100))
    return Score((Track(np.array(sorted(rows), NOTE), "Kit", program=8, is_drum=True),), (Tempo(0.0, qpm),))
