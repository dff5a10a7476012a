from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from scorespace.models.base import choose

CHI_SQUARE_5_999 = 20.5  # 99.9 % of draws of a chi-square with 5 degrees of freedom lie below


def test_temperature_0_takes_the_best_and_the_lowest_of_equals():
    assert choose(torch.tensor([[0.0, 3.0, 3.0], [5.0, 1.0, 2.0]]), 0.0, None).tolist() == [1, 0]


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_draws_the_distribution(temperature):
    logits = torch.tensor([0.0, 1.0, -1.0, 2.0, 0.5, -2.0], dtype=torch.float64)
    expected = 20_000 * torch.softmax(logits / temperature, 0)
    uniforms = torch.rand(20_000, generator=torch.Generator().manual_seed(4))
    drawn = torch.bincount(choose(logits.expand(20_000, -1), temperature, uniforms), minlength=6)
    assert float(((drawn - expected).square() / expected).sum()) < CHI_SQUARE_5_999


@given(
    st.lists(st.floats(-1e30, 1e30), min_size=1, max_size=8),
    st.floats(1e-300, 1e30),
    st.floats(0, 1, exclude_max=True),
    st.sampled_from([torch.float32, torch.float64, torch.bfloat16]),
)
def test_always_gives_a_possible_token(logits, temperature, uniform, dtype):
    """Whatever the numbers, the token exists and its probability is not 0."""
    scores = torch.tensor(logits, dtype=torch.float64).clamp(-1e30, 1e30).to(dtype)
    token = int(choose(scores, temperature, torch.tensor(uniform, dtype=torch.float64)))
    assert 0 <= token < len(logits)
    wide = scores.to(torch.promote_types(dtype, torch.float32))
    assert torch.softmax((wide - wide.max()) / max(temperature, 1e-30), -1)[token] > 0


def test_monotone_in_the_uniform():
    logits = torch.randn(1, 30, generator=torch.Generator().manual_seed(0)).expand(500, -1)
    drawn = choose(logits, 1.0, torch.linspace(0, 1 - 1e-7, 500))
    assert (drawn.diff() >= 0).all()
    assert drawn[0] == 0
    assert drawn[-1] == 29


def test_refuses_what_it_cannot_draw():
    with pytest.raises(ValueError, match="needs uniforms"):
        choose(torch.zeros(2, 3), 1.0, None)
    with pytest.raises(ValueError, match="must not be negative"):
        choose(torch.zeros(2, 3), -1.0, torch.zeros(2))
