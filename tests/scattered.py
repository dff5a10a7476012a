"""Weights for models that nobody trained."""

from __future__ import annotations

import torch

from scorespace.space import noise


@torch.no_grad()
def scatter(model: torch.nn.Module, size: float) -> None:
    """Draws every weight from N(0, size^2), the same on every machine, unlike torch's, so that points differ."""
    for number, parameter in enumerate(model.parameters()):
        drawn = noise.normals(1, number, 0, parameter.numel())
        parameter.copy_(size * torch.from_numpy(drawn).view(parameter.shape))
