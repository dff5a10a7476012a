"""The kinds of grid, by the name that a recipe gives them: `[grid] kind = "steps"`."""

from __future__ import annotations

from importlib import import_module

from scorespace.errors import UsageError
from scorespace.music.grid import Grid

KINDS = {
    "steps": "scorespace.music.grid:Grid",  # one token a step and part
    "groove": "scorespace.music.groove:GrooveGrid",  # drums with a velocity and a timing for every stroke
    "band": "scorespace.music.band:BandGrid",  # up to eight arbitrary instruments, each a list of events
    "roll": "scorespace.music.roll:RollGrid",  # a polyphonic part: two bits a step and pitch
    "spelled": "scorespace.music.spelled:SpelledGrid",  # as "steps", but C sharp and D flat are two tokens
}


def grid_class(kind: object) -> type[Grid]:
    """The class of this kind.

    Raises:
        UsageError: when no kind has this name.
    """
    if not isinstance(kind, str) or kind not in KINDS:
        raise UsageError(f"No kind of grid is called {kind!r}: choose one of {', '.join(KINDS)}.")
    module, name = KINDS[kind].split(":")
    found: type[Grid] = getattr(import_module(module), name)
    return found
