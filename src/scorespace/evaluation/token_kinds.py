"""How many tokens are right, by what they say: that a note begins, that silence begins, or that nothing changes.

More than half of all tokens are HOLD, so that a decoder which writes nothing else looks good in token accuracy.
"""

from __future__ import annotations

import numpy as np

from scorespace.evaluation.intervals import Figure, SongBootstrap
from scorespace.music.grid import FIRST_PITCH, HOLD, REST, Grid

KINDS = ("onsets", "rests", "holds")


def right_and_all(true: np.ndarray, written: np.ndarray, grid: Grid) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """For each kind and part, as "onsets_bass": tokens that are right and tokens there are, (N,) float64 each.

    Drums have onsets (something is struck: all nine classes must be right) and rests (nothing is).
    """
    found = {}
    for row, (part, pitched) in enumerate(zip(grid.parts, grid.pitched, strict=True)):
        tokens, same = true[:, row], true[:, row] == written[:, row]
        members = {
            "onsets": tokens >= FIRST_PITCH if pitched else tokens > 0,
            "rests": tokens == REST if pitched else tokens == 0,
            "holds": (tokens == HOLD) & pitched,
        }
        for kind, member in members.items():
            found[f"{kind}_{part}"] = ((same & member).sum(1).astype(float), member.sum(1).astype(float))
    return found


def shares(true: np.ndarray, written: np.ndarray, grid: Grid, bootstrap: SongBootstrap) -> dict[str, Figure]:
    """The share of the tokens of each kind that is right, of all parts and of each, with intervals over songs.

    true, written: (N, T, S). A kind that no phrase has is left out.
    """
    each = right_and_all(true, written, grid)
    for kind in KINDS:
        parts = [each[f"{kind}_{part}"] for part in grid.parts]
        each[kind] = (np.sum([right for right, _ in parts], axis=0), np.sum([every for _, every in parts], axis=0))
    return {
        name: bootstrap.figure(lambda hits, every: hits / np.maximum(every, 1e-12), right, every)
        for name, (right, every) in sorted(each.items())
        if every.any()
    }
