"""Spaces: what a user holds. Scores in, scores out."""

from scorespace.space.adapted import Style, load_style
from scorespace.space.loading import DEFAULT, bundled, find, load
from scorespace.space.map_verb import map
from scorespace.space.mapping import Map
from scorespace.space.replaying import read_provenance, replay
from scorespace.space.report import Report
from scorespace.space.space import Space
from scorespace.space.takes import Square, Take, Takes

__all__ = [
    "DEFAULT",
    "Map",
    "Report",
    "Space",
    "Square",
    "Style",
    "Take",
    "Takes",
    "bundled",
    "find",
    "load",
    "load_style",
    "map",
    "read_provenance",
    "replay",
]
