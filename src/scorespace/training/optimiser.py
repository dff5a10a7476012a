"""How far a step goes: the learning rate, the optimiser, and the randomness of one step."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from scorespace.models.base import Model
from scorespace.recipe import TrainingSettings


def learning_rate(settings: TrainingSettings, step: int, spent: float = 0.0) -> float:
    """The learning rate at step `step` (from 0), `spent` seconds of training after the beginning.

    "exponential" is the paper's: (rate - lowest) * decay_rate^t + lowest. "cosine" falls from rate to lowest in half a
    cosine over the steps after the warm-up, or over `minutes` where those are spent sooner. The warm-up rises linearly
    and multiplies either.
    """
    high, low, warmup = settings.learning_rate, settings.lowest_learning_rate, settings.warmup_steps
    rise = min(1.0, (step + 1) / warmup) if warmup else 1.0
    if settings.decay == "exponential":
        return rise * ((high - low) * settings.decay_rate**step + low)
    by_steps = (step - warmup) / max(1, settings.steps - warmup)
    by_minutes = spent / (60 * settings.minutes) if settings.minutes else 0.0
    progress = min(1.0, max(0.0, by_steps, by_minutes))
    return rise * (low + 0.5 * (high - low) * (1 + math.cos(math.pi * progress)))


def optimiser(model: Model, phase: str, settings: TrainingSettings, device: torch.device) -> torch.optim.Optimizer:
    """Adam, or AdamW that decays the matrices only. Fused where torch has it: one pass over the weights."""
    parameters = list(model.phase_parameters(phase))
    options: dict[str, Any] = {"lr": settings.learning_rate, "fused": device.type in ("cpu", "cuda")}
    if not settings.weight_decay:
        return torch.optim.Adam(parameters, **options)
    matrices = [p for p in parameters if p.ndim > 1]
    others = [p for p in parameters if p.ndim <= 1]
    groups = [{"params": matrices, "weight_decay": settings.weight_decay}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, **options)


def seeded(seed: int, step: int) -> torch.Generator:
    """The generator of a step's noise, on the CPU; sets torch's global random state, which dropout draws from, too."""
    first, second = np.random.SeedSequence([seed, step]).generate_state(2)
    torch.manual_seed(int(first))
    return torch.Generator().manual_seed(int(second))
