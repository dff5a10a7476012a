from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.distributions import Normal, kl_divergence

from scorespace.models.losses import (
    annealed_beta,
    beyond_free_bits,
    gaussian_kl,
    inverse_sigmoid,
    standard_normal,
)


def test_gaussian_kl_is_the_divergence_from_the_prior():
    generator = torch.Generator().manual_seed(0)
    mean = torch.randn(4, 3, generator=generator, dtype=torch.float64)
    scale = torch.rand(4, 3, generator=generator, dtype=torch.float64) + 0.01
    expected = kl_divergence(Normal(mean, scale), Normal(0.0, 1.0))
    torch.testing.assert_close(gaussian_kl(mean, scale), expected, check_dtype=False)


@given(st.floats(-1e3, 1e3), st.floats(1e-6, 1e3))
def test_gaussian_kl_is_never_negative(mean, scale):
    assert gaussian_kl(torch.tensor([[mean]]), torch.tensor([[scale]])) > -1e-6


def test_gaussian_kl_widens_half_precision():
    half = torch.full((1, 2), 0.5, dtype=torch.bfloat16)
    assert gaussian_kl(half, half).dtype == torch.float32


def test_free_bits_are_of_the_whole_phrase():
    """48 bits are 33.3 nats, as the paper says; below them there is neither cost nor gradient."""
    kl = torch.tensor([10.0, 33.2, 34.0, 100.0], requires_grad=True)
    beyond = beyond_free_bits(kl, 48.0)
    assert beyond.tolist() == pytest.approx([0.0, 0.0, 34.0 - 48 * math.log(2), 100.0 - 48 * math.log(2)], abs=1e-5)
    beyond.sum().backward()
    assert kl.grad.tolist() == [0.0, 0.0, 1.0, 1.0]


def test_beta_schedule():
    assert annealed_beta(0, 0.2, 0.99999) == 0.0
    assert annealed_beta(100_000, 0.2, 0.99999) == pytest.approx(0.2 * (1 - math.exp(-1)), rel=1e-4)
    assert annealed_beta(200_000, 0.5, 0.99999) == pytest.approx(0.432, abs=5e-4)  # Magenta's figure for _big
    assert annealed_beta(0, 0.2, 0.0) == annealed_beta(7, 0.2, 0.0) == 0.2


def test_inverse_sigmoid_is_bengios_formula_and_does_not_overflow():
    for step in (0, 1, 3000, 6900):
        assert inverse_sigmoid(step, 1000.0) == pytest.approx(1 - 1000 / (1000 + math.exp(step / 1000)), rel=1e-9)
    assert inverse_sigmoid(0, 1000.0) == pytest.approx(0.001, rel=1e-2)
    assert inverse_sigmoid(6908, 1000.0) == pytest.approx(0.5, abs=1e-3)
    assert inverse_sigmoid(10**12, 1e-3) == 1.0


@given(st.integers(0, 10**6), st.integers(1, 10**6), st.floats(0.5, 1e5))
def test_inverse_sigmoid_only_rises(step, more, rate):
    assert 0 < inverse_sigmoid(step, rate) <= inverse_sigmoid(step + more, rate) <= 1


def test_standard_normal_repeats_with_its_generator():
    like = torch.zeros(100, 50)
    first, again = (standard_normal(like, torch.Generator().manual_seed(3)) for _ in range(2))
    assert torch.equal(first, again)
    assert abs(float(first.mean())) < 0.05
    assert float(first.std()) == pytest.approx(1.0, abs=0.05)
    assert standard_normal(like.bfloat16(), None).dtype == torch.bfloat16
