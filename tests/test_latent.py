"""Mixing points: exact ends, symmetry, lengths, and no NaN anywhere."""

from __future__ import annotations

import math

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given

from scorespace.latent import bilinear, lerp, slerp

numbers = st.floats(-1e100, 1e100, allow_nan=False)
points = st.lists(numbers, min_size=3, max_size=3).map(lambda row: torch.tensor(row, dtype=torch.float64))
amounts = st.floats(0, 1)
mixes = st.sampled_from([lerp, slerp])


@given(mixes, points, points)
def test_ends_are_exact(mix, a, b):
    assert torch.equal(mix(a, b, 0.0), a)
    assert torch.equal(mix(a, b, 1.0), b)


@given(mixes, points, points, amounts)
def test_result_is_finite_and_no_longer_than_the_longer_end(mix, a, b, amount):
    mixed = mix(a, b, amount)
    longest = max(math.hypot(*a.tolist()), math.hypot(*b.tolist()))
    assert torch.isfinite(mixed).all()
    assert math.hypot(*mixed.tolist()) <= longest * (1 + 1e-9) + 1e-300


@given(mixes, st.lists(st.floats(-4, 4), min_size=8, max_size=8), amounts)
def test_walking_back_meets_the_same_points(mix, values, amount):
    a, b = torch.tensor(values, dtype=torch.float64).view(2, 4)
    torch.testing.assert_close(mix(a, b, amount), mix(b, a, 1 - amount), rtol=1e-6, atol=1e-6)


@given(points, amounts)
def test_opposite_points_are_joined_by_a_half_circle(a, amount):
    mixed, length = slerp(a, -a, amount), math.hypot(*a.tolist())
    assert math.isclose(math.hypot(*mixed.tolist()), length, rel_tol=1e-9, abs_tol=1e-300)
    torch.testing.assert_close(mixed, slerp(-a, a, 1 - amount), rtol=1e-9, atol=1e-9 * length)


def test_slerp_turns_evenly_and_keeps_the_length():
    a, b = torch.tensor([2.0, 0.0]), torch.tensor([0.0, 4.0])
    mixed = slerp(a, b, 1 / 3)
    torch.testing.assert_close(mixed, (8 / 3) * torch.tensor([math.cos(math.pi / 6), math.sin(math.pi / 6)]))


@pytest.mark.parametrize("nudge", [1e-17, 1e-12, 1e-9, 1e-6, 1e-3])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_nearly_parallel_and_nearly_opposite_points_stay_on_the_sphere(nudge, sign):
    a = torch.tensor([0.6, 0.8, 0.0], dtype=torch.float64)
    b = sign * torch.tensor([0.6, 0.8, nudge], dtype=torch.float64)
    for amount in torch.linspace(0, 1, 9).tolist():
        assert torch.linalg.vector_norm(slerp(a, b, amount)).item() == pytest.approx(1.0, abs=1e-6)


def test_a_zero_point_is_mixed_in_a_straight_line():
    b = torch.tensor([3.0, 4.0])
    torch.testing.assert_close(slerp(torch.zeros(2), b, 0.25), 0.25 * b)
    assert torch.equal(slerp(torch.zeros(2), torch.zeros(2), 0.5), torch.zeros(2))


def test_amounts_broadcast_over_points():
    a, b = torch.randn(5, 4, generator=torch.Generator().manual_seed(1)).double(), torch.ones(5, 4).double()
    amounts_of_rows = torch.linspace(0, 1, 5)
    together = slerp(a, b, amounts_of_rows)
    for k in range(5):
        torch.testing.assert_close(together[k], slerp(a[k], b[k], amounts_of_rows[k].item()))


@pytest.mark.parametrize("mix", [lerp, slerp])
def test_bilinear_has_its_corners_where_they_were_put(mix):
    tl, tr, bl, br = torch.randn(4, 6, generator=torch.Generator().manual_seed(2))
    corners = (tl, tr, bl, br)
    assert torch.equal(bilinear(corners, 0.0, 0.0, mix), tl)
    assert torch.equal(bilinear(corners, 0.0, 1.0, mix), tr)
    assert torch.equal(bilinear(corners, 1.0, 0.0, mix), bl)
    assert torch.equal(bilinear(corners, 1.0, 1.0, mix), br)
    torch.testing.assert_close(bilinear(corners, 0.0, 0.5, mix), mix(tl, tr, 0.5))
    torch.testing.assert_close(bilinear(corners, 0.5, 1.0, mix), mix(tr, br, 0.5))
