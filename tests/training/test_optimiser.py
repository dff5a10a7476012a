"""Learning rates, weight decay and the randomness of a step."""

from __future__ import annotations

import copy
import math

import pytest
import torch
from torch import nn

from scorespace import models, recipe
from scorespace.models.base import Model
from scorespace.recipe import Recipe, TrainingSettings
from scorespace.training.optimiser import MuonAndAdam, learning_rate, optimiser, seeded

MUON = TrainingSettings(optimiser="muon", weight_decay=0.01, learning_rate=0.02)


@pytest.fixture
def attention() -> Model:
    loaded = recipe.load("melody-2bar")
    return models.build(loaded.model.name, loaded.grid, loaded.model.config)


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


def test_muon_turns_the_linear_layers_and_leaves_the_rest_to_adam(attention: Model) -> None:
    made = optimiser(attention, "train", MUON, torch.device("cpu"))
    assert isinstance(made, MuonAndAdam)
    names = {id(parameter): name for name, parameter in attention.named_parameters()}
    turned = [names[id(p)] for group in made.parts["muon"].param_groups for p in group["params"]]
    rest = [names[id(p)] for group in made.parts["adam"].param_groups for p in group["params"]]
    assert sorted(turned + rest) == sorted(names.values())
    assert all(name.endswith("weight") for name in turned)
    assert turned
    assert "token_embedding.weight" in rest


def test_muon_steps_where_the_gradient_points_with_equal_force_in_every_direction() -> None:
    layer = nn.Linear(24, 16, bias=False)
    made = MuonAndAdam([layer.weight], torch.optim.Adam([nn.Parameter(torch.zeros(1))]), MUON)
    before, gradient = layer.weight.detach().clone(), torch.randn(16, 24) * torch.logspace(-0.5, 0.5, 16)[:, None]
    layer.weight.grad = gradient.clone()
    made.step()
    moved = torch.linalg.svdvals(before - layer.weight.detach())
    assert float(moved.max() / moved.min()) < 3 < float(torch.linalg.svdvals(gradient).max()) / 3
    assert float((gradient * (before - layer.weight.detach())).sum()) > 0


def test_muon_goes_on_from_its_state() -> None:
    def steps(made: MuonAndAdam, layer: nn.Linear, seeds: list[int]) -> None:
        for seed in seeds:
            layer.weight.grad = torch.randn(16, 24, generator=torch.Generator().manual_seed(seed))
            made.step()
            made.zero_grad()

    def fresh() -> tuple[nn.Linear, MuonAndAdam]:
        layer = nn.Linear(24, 16, bias=False)
        nn.init.constant_(layer.weight, 0.1)
        other = nn.Parameter(torch.zeros(1))
        return layer, MuonAndAdam([layer.weight], torch.optim.Adam([other]), MUON)

    layer, made = fresh()
    steps(made, layer, [1, 2])
    kept, weights = copy.deepcopy(made.state_dict()), layer.weight.detach().clone()
    steps(made, layer, [3])
    again, resumed = fresh()
    again.weight.data.copy_(weights)
    resumed.load_state_dict(kept)
    steps(resumed, again, [3])
    assert torch.equal(layer.weight, again.weight)
