"""Learning rates, weight decay and the randomness of a step."""

from __future__ import annotations

import math

import pytest
import torch

from scorespace import models
from scorespace.recipe import Recipe, TrainingSettings
from scorespace.training.optimiser import learning_rate, optimiser, seeded


def test_the_exponential_decay_is_the_papers() -> None:
    settings = TrainingSettings()
    assert learning_rate(settings, 0) == pytest.approx(1e-3)
    assert learning_rate(settings, 6931) == pytest.approx(0.5 * (1e-3 - 1e-5) + 1e-5, rel=1e-4)  # 0.9999^6931 = 1/2
    assert learning_rate(settings, 10**6) == pytest.approx(1e-5)


def test_the_cosine_falls_from_the_end_of_the_warm_up_to_the_last_step() -> None:
    settings = TrainingSettings(decay="cosine", steps=110, warmup_steps=10, learning_rate=1.0, lowest_learning_rate=0.2)
    assert [learning_rate(settings, step) for step in (0, 4, 9)] == pytest.approx([0.1, 0.5, 1.0])
    assert learning_rate(settings, 60) == pytest.approx(0.6)
    assert learning_rate(settings, 35) == pytest.approx(0.2 + 0.4 * (1 + math.cos(math.pi / 4)))
    assert learning_rate(settings, 110) == pytest.approx(0.2)


def test_the_cosine_falls_over_the_minutes_where_those_are_spent_sooner() -> None:
    settings = TrainingSettings(decay="cosine", steps=100, minutes=2, learning_rate=1.0, lowest_learning_rate=0.2)
    assert learning_rate(settings, 10, spent=60) == pytest.approx(0.6)
    assert learning_rate(settings, 50, spent=1) == pytest.approx(0.6)
    assert learning_rate(settings, 10, spent=121) == pytest.approx(0.2)


def test_weight_decay_leaves_biases_and_gains_alone(tiny: Recipe) -> None:
    model = models.build(tiny.model.name, tiny.grid, tiny.model.config)
    made = optimiser(model, "train", TrainingSettings(weight_decay=0.1), torch.device("cpu"))
    assert isinstance(made, torch.optim.AdamW)
    decays = {p.ndim > 1: group["weight_decay"] for group in made.param_groups for p in group["params"]}
    assert decays == {True: 0.1, False: 0.0}
    assert sum(len(group["params"]) for group in made.param_groups) == len(list(model.parameters()))
    plain = optimiser(model, "train", TrainingSettings(), torch.device("cpu"))
    assert type(plain) is torch.optim.Adam


def test_the_randomness_of_a_step_depends_on_seed_and_step_alone() -> None:
    def numbers(seed: int, step: int) -> tuple[float, float]:
        generator = seeded(seed, step)
        return float(torch.rand((), generator=generator)), float(torch.rand(()))

    assert numbers(1, 2) == numbers(1, 2)
    assert len({numbers(1, 2), numbers(2, 1), numbers(1, 3), numbers(0, 2)}) == 4
    assert numbers(1, 2)[0] != numbers(1, 2)[1]
