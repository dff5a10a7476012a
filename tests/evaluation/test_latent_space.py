"""The space seen from outside."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from scorespace import models
from scorespace.evaluation.intervals import SongBootstrap
from scorespace.evaluation.latent_space import active_dimensions, prior_gap, prior_samples, reencoding_accuracy
from scorespace.models.base import LatentModel
from scorespace.recipe import Recipe


def test_active_dimensions_are_counted() -> None:
    rng = np.random.default_rng(0)
    means = rng.normal(size=(400, 4)) * [1.0, 0.5, 0.01, 0.0] + 100
    figure = active_dimensions(means, SongBootstrap(np.arange(400) // 4))
    assert (figure.value, figure.low, figure.high) == (2, 2, 2)


def test_the_gap_is_that_of_two_normals() -> None:
    means, scales = np.array([[3.0], [1.0]]), np.array([[1.0], [1.0]])
    normal = torch.distributions.Normal(torch.tensor(2.0), torch.tensor(2.0).sqrt())
    expected = torch.distributions.kl_divergence(normal, torch.distributions.Normal(0.0, 1.0))
    assert prior_gap(means, scales) == pytest.approx(float(expected))
    matched = np.array([[0.6, 0.0], [-0.6, 0.0]])
    assert prior_gap(matched, np.array([[0.8, 1.0]] * 2)) == pytest.approx(0, abs=1e-12)


@pytest.fixture
def model(tiny: Recipe) -> LatentModel:
    torch.manual_seed(0)
    built = models.build(tiny.model.name, tiny.grid, tiny.model.config).eval()
    assert isinstance(built, LatentModel)
    return built


def test_sample_k_does_not_depend_on_how_many_there_are(model: LatentModel, tiny: Recipe) -> None:
    few, many = (prior_samples(model, tiny.grid.shape, count, 5, 1.0) for count in (3, 300))
    assert np.array_equal(few, many[:3])
    assert not np.array_equal(few, prior_samples(model, tiny.grid.shape, 3, 6, 1.0))


def test_a_model_that_copies_is_closed(model: LatentModel, monkeypatch: pytest.MonkeyPatch) -> None:
    samples = np.random.default_rng(0).integers(0, 9, (5, 1, 16))
    monkeypatch.setattr(model, "encode", lambda tokens: (tokens.flatten(1).float(), None))
    monkeypatch.setattr(model, "decode", lambda z: z.view(-1, 1, 16).long())
    assert reencoding_accuracy(model, samples) == 1
    monkeypatch.setattr(model, "decode", lambda z: z.view(-1, 1, 16).long() + (torch.arange(16) < 4))
    assert reencoding_accuracy(model, samples) == 0.75
