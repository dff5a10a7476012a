"""Latent spaces for musical scores: sample, vary, interpolate and blend melodies.

    import scorespace as ss

    space = ss.load("melody-2bar")
    line = space.interpolate(ss.read("verse.mid"), ss.read("chorus.mid"), steps=8)
    line.join().write("morph.mid")

Names are loaded when they are first used: importing the package imports neither torch nor NumPy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scorespace.errors import (
        InputError,
        MissingExtraError,
        ModelError,
        ScorespaceError,
        TrainingError,
        UsageError,
    )
    from scorespace.music.files import read, read_all, write
    from scorespace.music.grid import Grid
    from scorespace.music.score import Score, Track
    from scorespace.music.transform import bars
    from scorespace.space import Map, Report, Space, Style, Take, Takes, load, load_style, map, replay

__version__ = "0.1.0"

_HOMES = {
    "scorespace.errors": (
        "InputError",
        "MissingExtraError",
        "ModelError",
        "ScorespaceError",
        "TrainingError",
        "UsageError",
    ),
    "scorespace.music.files": ("read", "read_all", "write"),
    "scorespace.music.grid": ("Grid",),
    "scorespace.music.score": ("Score", "Track"),
    "scorespace.music.transform": ("bars",),
    "scorespace.space": ("Map", "Report", "Space", "Style", "Take", "Takes", "load", "load_style", "map", "replay"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Grid",
    "InputError",
    "Map",
    "MissingExtraError",
    "ModelError",
    "Report",
    "Score",
    "ScorespaceError",
    "Space",
    "Style",
    "Take",
    "Takes",
    "Track",
    "TrainingError",
    "UsageError",
    "__version__",
    "bars",
    "load",
    "load_style",
    "map",
    "read",
    "read_all",
    "replay",
    "write",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'scorespace' has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
