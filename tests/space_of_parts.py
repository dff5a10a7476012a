"""Small untrained spaces of several parts and of drums, and scores for them."""

from __future__ import annotations

from pathlib import Path

from scattered import scatter

from scorespace import checkpoint
from scorespace.models.bar_vae import BarVAE, BarVAEConfig
from scorespace.music.grid import Grid
from scorespace.music.score import Score, Track, notes

CONFIG = BarVAEConfig(
    global_size=2,
    bar_size=3,
    width=16,
    heads=2,
    encoder_blocks=1,
    decoder_blocks=1,
    token_size=8,
    squeeze=4,
    step_size=8,
    head_blocks=1,
)


def save_small(folder: Path, parts: tuple[str, ...]) -> Path:
    """Writes a checkpoint for these parts, 2 bars of 4/4, wide enough awake that points differ in notes."""
    grid = Grid(parts=parts, lowest=36, highest=84)
    model = BarVAE(grid, CONFIG)
    scatter(model, 0.4)
    recipe = {"data": {"metres": ["4/4"], "tracks": "names"}}
    return checkpoint.save(folder, model, grid, "bar-vae", CONFIG, recipe, {}, {})


def beat(name: str = "kit", late: float = 0.02) -> Track:
    """Two bars of kick, snare and hi-hat, a little late."""
    kick_and_snare = [(k + late, 0.2, 36 if k % 2 == 0 else 38) for k in range(8)]
    return Track(notes(kick_and_snare + [(k / 2 + late, 0.1, 42) for k in range(16)]), name, is_drum=True)


def trio() -> Score:
    """A lead on an organ, a bass and drums; the tracks stand in another order than the parts, with one more."""
    lead = Track(notes([(k, 1, 60 + k) for k in range(8)]), "Lead", program=16)
    bass = Track(notes([(2 * k, 2, 40 + k) for k in range(4)]), "Bass", program=33)
    pad = Track(notes([(0, 8, 48), (0, 8, 52)]), "Strings", program=48)
    return Score((beat(), pad, bass, lead))
