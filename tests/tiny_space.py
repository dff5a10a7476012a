"""A space small enough to make in a test: an untrained attention VAE, wide enough awake that points differ in notes."""

from __future__ import annotations

from pathlib import Path

import torch

from scorespace import checkpoint
from scorespace.models.attention_vae import AttentionVAE, AttentionVAEConfig
from scorespace.music.grid import Grid
from scorespace.music.score import Score
from scorespace.space import noise


def save_tiny(folder: Path, seed: int = 1) -> Path:
    """Writes its checkpoint: 2 bars of 4/4 or 2/2, z of 6 numbers. Another seed gives other weights."""
    grid = Grid(lowest=48, highest=84)
    config = AttentionVAEConfig(z_size=6, width=16, heads=2, encoder_blocks=1, decoder_blocks=1, squeeze=8)
    model = AttentionVAE(grid, config)
    with torch.no_grad():
        for number, parameter in enumerate(model.parameters()):
            drawn = noise.normals(seed, number, 0, parameter.numel())  # the same on every machine, unlike torch's
            parameter.copy_(0.4 * torch.from_numpy(drawn).view(parameter.shape))
    recipe = {"data": {"metres": ["4/4", "2/2"], "rule": "highest"}}
    return checkpoint.save(folder, model, grid, "attention-vae", config, recipe, {}, {})


def tune(pitches: tuple[int, ...] = (60, 62, 64, 65, 67, 65, 64, 62), qpm: float = 100.0) -> Score:
    """Quarter notes, played a little late and with their own dynamics, so that they can be told from a model's."""
    rows = [(k + 0.02, 0.9, pitch, 60 + k) for k, pitch in enumerate(pitches)]
    return Score.melody(rows, qpm)
