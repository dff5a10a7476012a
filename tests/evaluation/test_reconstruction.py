"""Likelihoods and copies against exact answers."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from memory_shards import MemoryShards
from torch import Tensor

from scorespace import models
from scorespace.evaluation.reconstruction import (
    degenerate_copies,
    exact_figures,
    latent_figures,
    unigram_nll,
)
from scorespace.models.base import LatentModel, choose
from scorespace.models.note_lm import NoteLM, NoteLMConfig
from scorespace.music.grid import Grid
from scorespace.recipe import Recipe


class Coin(LatentModel):
    """One token that is 0 or 1 with p(1 | z) = sigmoid(z): small enough to be integrated."""

    z_size = 1

    def __init__(self) -> None:
        super().__init__(Grid(bars=1, metre=(1, 4), beat_positions=Grid().beat_positions[:1]))
        self.weight = torch.nn.Parameter(torch.ones(()))

    def encode(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        mean = (tokens.flatten(1).float() - 0.5) * self.weight
        return mean, torch.full_like(mean, 0.8)

    def _logits(self, z: Tensor) -> Tensor:
        return torch.stack([torch.zeros_like(z), z], -1).view(len(z), 1, 1, 2)

    def decode(self, z: Tensor, temperature: float = 0.0, uniforms: Tensor | None = None) -> Tensor:
        return choose(self._logits(z), temperature, uniforms)

    def next_step(self, tokens: Tensor, z: Tensor) -> Tensor:
        return 1 - self.decode(z)

    def log_likelihood(self, tokens: Tensor, z: Tensor) -> Tensor:
        return torch.distributions.Categorical(logits=self._logits(z)).log_prob(tokens).flatten(1).sum(1)

    def loss(self, batch: Tensor, step: int, phase: str, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        raise AssertionError("evaluation does not train")


def test_both_bounds_lie_above_the_true_nll_and_the_weighted_one_closes_in() -> None:
    tokens = np.ones((2000, 1, 1), np.int64)
    figures = {name: values.mean() for name, values in latent_figures(Coin(), tokens, 0, 16).items()}
    exact = math.log(2)  # by symmetry p(1) = 1/2
    kl = 0.5 * (0.25 + 0.64 - 1) - math.log(0.8)
    assert figures["kl"] == pytest.approx(kl, rel=1e-6)
    assert figures["nll_elbo"] == pytest.approx(figures["reconstruction"] + kl)
    assert exact < figures["nll_importance"] < figures["nll_elbo"]
    assert figures["nll_importance"] == pytest.approx(exact, abs=0.01)
    assert figures["nll_elbo"] > exact + 0.02


def test_free_running_and_next_step_are_kept_apart() -> None:
    tokens = np.array([0, 1, 1]).reshape(3, 1, 1)
    figures = latent_figures(Coin(), tokens, 0, 1)
    assert figures["accuracy"].tolist() == [1, 1, 1]
    assert figures["next_step_accuracy"].tolist() == [0, 0, 0]


def test_the_seed_decides_what_is_drawn(tiny: Recipe, shards: MemoryShards) -> None:
    model = models.build(tiny.model.name, tiny.grid, tiny.model.config).eval()
    assert isinstance(model, LatentModel)
    first, again, other = (latent_figures(model, shards.tokens("test"), seed, 2) for seed in (1, 1, 2))
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not np.array_equal(first["reconstruction"], other["reconstruction"])
    assert np.array_equal(first["accuracy"], other["accuracy"])


def test_a_decoder_only_model_has_an_exact_nll(tiny: Recipe, shards: MemoryShards) -> None:
    torch.manual_seed(0)
    model = NoteLM(tiny.grid, NoteLMConfig(width=8, blocks=1, heads=1)).eval()
    tokens = shards.tokens("test").astype(np.int64)
    figures = exact_figures(model, tokens, torch.device("cpu"))
    with torch.no_grad():
        logits = model.logits(torch.from_numpy(tokens)).double()
    slow = -np.take_along_axis(torch.log_softmax(logits, -1).numpy(), tokens[..., None], -1).sum((1, 2, 3))
    np.testing.assert_allclose(figures["nll"], slow, rtol=1e-5)
    np.testing.assert_allclose(figures["next_step_accuracy"], (logits.argmax(-1).numpy() == tokens).mean((1, 2)))


def test_writers_that_look_at_nothing() -> None:
    train = np.array([[[2, 0, 5]], [[2, 1, 5]], [[3, 1, 5]]], np.uint16)
    tokens = np.array([[[2, 1, 0]]])
    grid = Grid(bars=1, metre=(3, 4), beat_positions=Grid().beat_positions[:1])
    found = degenerate_copies(train, tokens, grid)
    assert found["silence"]["accuracy"].tolist() == [1 / 3]  # 1 0 0
    assert found["most_common"]["accuracy"].tolist() == [2 / 3]  # 2 1 5
    assert found["most_common"]["onset_f1"].tolist() == [pytest.approx(2 / 3)]


def test_unigrams_are_counted_with_one_more_of_each() -> None:
    grid = Grid(bars=1, metre=(1, 4), beat_positions=Grid().beat_positions[::2], lowest=60, highest=60)
    assert (grid.steps, grid.vocabulary) == (2, 3)
    train = np.array([[[2, 0]], [[2, 1]]])
    found = unigram_nll(train, np.array([[[2, 0]], [[1, 1]]]), grid)
    by_step = [-math.log(3 / 5) - math.log(2 / 5), -math.log(1 / 5) - math.log(2 / 5)]
    pooled = [-math.log(4 / 10) - math.log(3 / 10), -2 * math.log(3 / 10)]
    assert found["step_unigram"].tolist() == pytest.approx(by_step)
    assert found["unigram"].tolist() == pytest.approx(pooled)
