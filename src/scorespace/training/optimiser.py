"""How far a step goes: the learning rate, the optimiser, and the randomness of one step."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import nn

from scorespace.models.base import Model
from scorespace.recipe import TrainingSettings

THINNEST = 16  # rows and columns of a matrix that Muon turns


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


def optimiser(
    model: Model, phase: str, settings: TrainingSettings, device: torch.device
) -> torch.optim.Optimizer | MuonAndAdam:
    """What moves a phase's parameters: Adam, AdamW that decays the matrices only, or Muon beside it.

    Fused where torch has it: one pass over the weights.
    """
    parameters = list(model.phase_parameters(phase))
    options: dict[str, Any] = {"lr": settings.learning_rate, "fused": device.type in ("cpu", "cuda")}
    if settings.optimiser == "muon":
        hidden = _hidden_matrices(model)
        turned = [p for p in parameters if id(p) in hidden]
        rest = [p for p in parameters if id(p) not in hidden]
        return MuonAndAdam(turned, _adam(rest, settings, options), settings)
    return _adam(parameters, settings, options)


def _adam(parameters: list[nn.Parameter], settings: TrainingSettings, options: dict[str, Any]) -> torch.optim.Optimizer:
    if not settings.weight_decay:
        return torch.optim.Adam(parameters, **options)
    matrices = [p for p in parameters if p.ndim > 1]
    others = [p for p in parameters if p.ndim <= 1]
    groups = [{"params": matrices, "weight_decay": settings.weight_decay}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, **options)


def _hidden_matrices(model: nn.Module) -> set[int]:
    """Identities of the weights that Muon is meant for: of linear layers, not of embeddings, gates or thin layers."""
    layers = [module for module in model.modules() if isinstance(module, nn.Linear)]
    return {id(layer.weight) for layer in layers if min(layer.weight.shape) >= THINNEST}


class MuonAndAdam:
    """Muon (Jordan et al. 2024) for the linear layers, Adam for all else, as one optimiser.

    Muon turns each matrix's momentum into the nearest matrix with equal singular values before it steps. Its steps are
    scaled to those of Adam (Liu et al. 2025, 2.2), so that one learning rate serves both.
    """

    def __init__(self, turned: list[nn.Parameter], adam: torch.optim.Optimizer, settings: TrainingSettings) -> None:
        muon = torch.optim.Muon(
            turned, lr=settings.learning_rate, weight_decay=settings.weight_decay, adjust_lr_fn="match_rms_adamw"
        )
        self.parts = {"muon": muon, "adam": adam}

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """Those of both."""
        return [group for part in self.parts.values() for group in part.param_groups]

    def zero_grad(self, set_to_none: bool = True) -> None:
        for part in self.parts.values():
            part.zero_grad(set_to_none=set_to_none)

    def step(self) -> None:
        for part in self.parts.values():
            part.step()

    def state_dict(self) -> dict[str, Any]:
        return {name: part.state_dict() for name, part in self.parts.items()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        for name, part in self.parts.items():
            part.load_state_dict(state[name])


def seeded(seed: int, step: int) -> torch.Generator:
    """The generator of a step's noise, on the CPU; sets torch's global random state, which dropout draws from, too."""
    first, second = np.random.SeedSequence([seed, step]).generate_state(2)
    torch.manual_seed(int(first))
    return torch.Generator().manual_seed(int(second))
