"""What a run needs to go on after it was killed: training.pt, one file, replaced as a whole."""

from __future__ import annotations

import os
import pickle
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from scorespace.errors import TrainingError, UsageError

STATE = "training.pt"
FREE_TO_CHANGE = ("checkpoint_every", "sample_every", "samples")  # [training] keys that move no number of a run


@dataclass
class State:
    """Where a run stands. All randomness is a function of (seed, step), so no generator is part of it.

    Attributes:
        recipe: `Recipe.to_dict()` of the run.
        fingerprint: of the data set.
        step: optimiser steps done.
        model: weights as the optimiser sees them.
        averaged: their moving average, or None.
        optimisers: state of each phase's optimiser.
        best: the best held-out figure so far, or None.
        stale: evaluations since then.
        scores: the last held-out figures.
        spent: seconds of training, see `TrainingSettings.minutes`.
    """

    recipe: dict[str, Any]
    fingerprint: str
    step: int = 0
    model: dict[str, Any] = field(default_factory=dict)
    averaged: dict[str, Any] | None = None
    optimisers: dict[str, Any] = field(default_factory=dict)
    best: float | None = None
    stale: int = 0
    scores: dict[str, float] = field(default_factory=dict)
    spent: float = 0.0

    def write(self, folder: Path) -> None:
        """Replaces folder/training.pt."""
        fresh = folder / (STATE + ".part")
        with fresh.open("wb") as file:
            torch.save(vars(self), file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(folder / STATE)


def read_state(folder: Path, recipe: dict[str, Any], fingerprint: str) -> State | None:
    """The state of the run in this folder, or None where no run stands.

    Raises:
        UsageError: when the folder's run has another recipe or data set; says what differs.
        TrainingError: when the file is damaged.
    """
    path = folder / STATE
    if not path.exists():
        return None
    try:
        state = State(**torch.load(path, map_location="cpu", weights_only=True))
    except (OSError, RuntimeError, EOFError, ValueError, TypeError, KeyError, pickle.UnpicklingError) as error:
        raise TrainingError(f"{path}: is damaged, so the run cannot go on: start anew with --force.") from error
    differing = _differences(state.recipe, recipe)
    if state.fingerprint != fingerprint:
        differing.append("the data set")
    if differing:
        raise UsageError(
            f"{folder} holds a run of another recipe ({'; '.join(differing)}): choose another folder with -o, "
            "or start anew with --force."
        )
    return state


def _differences(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    found = []
    for section in sorted(old.keys() | new.keys()):
        was, now = old.get(section, {}), new.get(section, {})
        for key in sorted(was.keys() | now.keys()):
            free = section == "training" and key in FREE_TO_CHANGE
            if was.get(key) != now.get(key) and not free:
                found.append(f"{section}.{key} was {was.get(key)!r}, is {now.get(key)!r}")
    return found
