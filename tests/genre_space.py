"""A small space with genres that a test can make: an untrained MusAE on a flower of three, awake, with styles."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scattered import scatter

from scorespace import checkpoint, styles
from scorespace.models import build, config_class
from scorespace.music import style_features
from scorespace.music.grid import Grid
from scorespace.music.score import Score, Track, notes
from scorespace.styles import Styles

GENRES = ("rock", "jazz", "country")
GRID = Grid(parts=("drums", "bass", "guitar", "strings"), lowest=36, highest=84)
SETTINGS = {"z_size": 12, "size": 16, "layers": 1, "critic_size": 8, "genres": GENRES}
DATA = {"metres": ["4/4"], "rule": "lowest", "tracks": "programs", "optional": ["strings"]}


def some_styles(z_size: int = 12, grid: Grid = GRID) -> Styles:
    """Styles in which dense drums are rock, dense strings jazz, and long notes country."""
    names = style_features.names(grid)
    random = np.random.default_rng(3)
    arrays = {
        "means": 0.5 * random.normal(size=(3, z_size)),
        "weights": np.zeros((len(names), 3)),
        "bias": np.zeros(3),
        "centre": np.zeros(len(names)),
        "spread": np.ones(len(names)),
    }
    for genre, name in enumerate(("density.drums", "density.strings", "note_length")):
        arrays["weights"][names.index(name), genre] = 0.3
    return Styles(
        GENRES, {name: array.astype(np.float32).astype(float) for name, array in arrays.items()}, {"genres": GENRES}
    )


def save_genres(folder: Path, with_styles: bool = True) -> Path:
    """Writes its checkpoint: 2 bars of 4/4, four parts."""
    config = config_class("musae")(**SETTINGS)
    model = build("musae", GRID, config)
    scatter(model, 0.6)
    checkpoint.save(folder, model, GRID, "musae", config, {"data": DATA}, {}, {})
    if with_styles:
        styles.save(folder, some_styles(), checkpoint.load(folder).sha256)
    return folder


def band(bars: int = 2, strings: bool = True) -> Score:
    """Drums, a bass, a guitar and strings."""
    beats = 4 * bars
    tracks = [
        Track(notes([(k / 2, 0.2, 42 if k % 2 else 36) for k in range(2 * beats)]), "Kit", is_drum=True),
        Track(notes([(k, 1, 40 + k % 5) for k in range(beats)]), "Bass", program=33),
        Track(notes([(k, 1, 60 + k % 7) for k in range(beats)]), "Guitar", program=27),
    ]
    if strings:
        tracks.append(Track(notes([(2 * k, 2, 55 + k) for k in range(beats // 2)]), "Strings", program=48))
    return Score(tuple(tracks))
