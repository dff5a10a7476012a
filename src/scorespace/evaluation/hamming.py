"""How far a phrase is from where it set out, on the way to another: Valenti et al. 2020, 4.3 and figure 4.

The distance is the share of the tokens that differ from the first phrase. Beside the ways through the latent space
stands the paper's baseline in the data: every token is the second phrase's with probability alpha.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from scorespace.evaluation.interpolation import Pairs, choose_pairs, latent_path
from scorespace.evaluation.intervals import SongBootstrap
from scorespace.models.base import LatentModel
from scorespace.music.grid import Grid

ALPHAS = tuple(round(0.1 * k, 1) for k in range(11))
METHODS = ("lerp", "slerp")


def measure(model: LatentModel, tokens: np.ndarray, songs: np.ndarray, count: int, seed: int) -> dict[str, Any]:
    """The curve of every way with intervals over songs, and the steepest step of each, as plain values."""
    pairs = choose_pairs(tokens, songs, model.grid, count, seed)
    paths = {name: latent_path(model, pairs, ALPHAS, name) for name in METHODS}
    paths["data space"] = bernoulli_path(pairs, seed)
    bootstrap = SongBootstrap(pairs.songs, seed)
    return {
        "alphas": list(ALPHAS),
        "paths": {name: _curve(path, pairs, model.grid, bootstrap) for name, path in paths.items()},
        "pairs": len(pairs.first),
    }


def bernoulli_path(pairs: Pairs, seed: int) -> np.ndarray:
    """(alphas, P, T, S): each token of its own is the second phrase's where a uniform lies below alpha."""
    uniforms = np.random.default_rng(seed).random(pairs.first.shape)
    return np.stack([np.where(uniforms < alpha, pairs.second, pairs.first) for alpha in ALPHAS])


def _curve(path: np.ndarray, pairs: Pairs, grid: Grid, bootstrap: SongBootstrap) -> dict[str, Any]:
    away = np.stack([1 - grid.token_agreement(pairs.first, phrases) for phrases in path])  # (alphas, P)
    steps = np.diff(away, axis=0)
    return {
        "to_first": [asdict(bootstrap.mean(row)) for row in away],
        "rises": asdict(bootstrap.mean((steps >= -1e-12).mean(0))),
        "largest_step": asdict(bootstrap.mean(steps.max(0))),
    }
