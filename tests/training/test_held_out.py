"""Held-out figures against slow or known answers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from memory_shards import MemoryShards

from scorespace import models
from scorespace.models.base import LatentModel
from scorespace.recipe import Recipe
from scorespace.training.held_out import active_dimensions, choose_phrases, collapse, evaluate, is_better


@pytest.fixture
def model(tiny: Recipe) -> LatentModel:
    torch.manual_seed(0)
    built = models.build(tiny.model.name, tiny.grid, tiny.model.config)
    assert isinstance(built, LatentModel)
    return built


def test_figures_do_not_depend_on_the_batch_size_where_nothing_is_drawn(
    model: LatentModel, shards: MemoryShards
) -> None:
    tokens = choose_phrases(shards.tokens("valid"), 24)
    whole, pieces = evaluate(model, tokens, 100, 24), evaluate(model, tokens, 100, 7)
    for name in ("kl", "accuracy", "onset_f1", "pitch_at_onsets", "next_step_accuracy", "active_dimensions"):
        assert whole[name] == pytest.approx(pieces[name], rel=1e-5)
    assert whole == evaluate(model, tokens, 100, 24)
    assert whole["nll"] == pytest.approx(whole["reconstruction"] + whole["kl"])


def test_the_accuracy_of_a_free_running_decoder_is_that_of_its_decoded_means(
    model: LatentModel, shards: MemoryShards
) -> None:
    tokens = torch.from_numpy(choose_phrases(shards.tokens("valid"), 24))
    with torch.no_grad():
        mean, scale = model.eval().encode(tokens)
        slow = float((model.decode(mean) == tokens).float().mean())
        kl = float(
            torch.distributions.kl_divergence(torch.distributions.Normal(mean, scale), torch.distributions.Normal(0, 1))
            .sum(-1)
            .mean()
        )
    figures = evaluate(model, tokens.numpy(), 100)
    assert figures["accuracy"] == pytest.approx(slow)
    assert figures["kl"] == pytest.approx(kl, rel=1e-5)


def test_the_mode_of_the_model_is_restored(model: LatentModel, shards: MemoryShards) -> None:
    model.train()
    evaluate(model, choose_phrases(shards.tokens("valid"), 4), 0)
    assert model.training


def test_a_dimension_is_active_when_its_mean_varies_by_more_than_a_hundredth() -> None:
    means = torch.tensor([[0.0, 0.09, 5.0], [0.0, -0.09, 5.0], [0.0, 0.11, 5.0], [0.0, -0.11, 5.3]])
    assert active_dimensions(means).tolist() == [False, True, True]


def test_chosen_phrases_are_spread_over_the_split() -> None:
    tokens = np.arange(10).reshape(10, 1, 1)
    assert choose_phrases(tokens, 5).ravel().tolist() == [0, 2, 4, 6, 8]
    assert choose_phrases(tokens, 99).ravel().tolist() == list(range(10))
    assert len(choose_phrases(tokens[:0], 5)) == 0


@pytest.mark.parametrize(
    ("figures", "collapsed"),
    [
        ({"kl": 0.5, "active_dimensions": 3.0}, True),
        ({"kl": 30.0, "active_dimensions": 0.0}, True),
        ({"kl": 30.0, "active_dimensions": 3.0}, False),
        ({"nll": 30.0}, False),
    ],
)
def test_collapse(figures: dict[str, float], collapsed: bool) -> None:
    assert (collapse(figures) is not None) == collapsed


def test_not_a_number_is_never_better() -> None:
    assert not is_better(float("nan"), None, True)
    assert is_better(1.0, None, False)
    assert is_better(0.5, 1.0, False)
    assert not is_better(1.0, 1.0, False)
    assert is_better(2.0, 1.0, True)
