"""Spaces: what a user holds. Scores in, scores out."""

from scorespace.space.loading import DEFAULT, bundled, find, load
from scorespace.space.replaying import read_provenance, replay
from scorespace.space.report import Report
from scorespace.space.space import Space
from scorespace.space.takes import Square, Take, Takes

__all__ = [
    "DEFAULT",
    "Report",
    "Space",
    "Square",
    "Take",
    "Takes",
    "bundled",
    "find",
    "load",
    "read_provenance",
    "replay",
]
