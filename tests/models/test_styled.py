"""The prior of a style: exact densities, an inverse, ways that stay in it, and posteriors under it."""

from __future__ import annotations

import pytest
import torch
from torch.distributions import MultivariateNormal, Normal, kl_divergence

from scorespace import latent
from scorespace.models.styled import LEAN, Styled

SIZE = 5


@pytest.fixture
def prior() -> Styled:
    generator = torch.Generator().manual_seed(3)
    directions = torch.linalg.qr(torch.randn(SIZE, 2, generator=generator, dtype=torch.float64))[0].T
    widths = torch.tensor([0.5, 1.0, 2.0, 1.5, 0.8], dtype=torch.float64)
    mean = torch.tensor([1.0, -1.0, 0.0, 2.0, 0.5], dtype=torch.float64)
    return Styled(torch.ones(SIZE), mean, widths, directions, torch.tensor([0.3, 1.9], dtype=torch.float64))


def covariance(prior: Styled) -> torch.Tensor:
    columns = prior.place(torch.eye(SIZE, dtype=torch.float64)) - prior.mean
    return columns.T @ columns


def points(count: int, seed: int = 1) -> torch.Tensor:
    return torch.randn(count, SIZE, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_the_density_is_that_of_the_gaussian(prior):
    whole = MultivariateNormal(prior.mean, covariance(prior))
    torch.testing.assert_close(prior.log_prob(points(7)), whole.log_prob(points(7)))
    torch.testing.assert_close(prior.deviation(points(1)), covariance(prior).diagonal().sqrt())


def test_normals_are_the_way_back(prior):
    torch.testing.assert_close(prior.normals(prior.place(points(4))), points(4))
    assert float(prior.strangeness(prior.mean)) == 0


def test_the_kl_is_exact(prior):
    mean, scale = points(6), points(6, seed=2).abs() + 0.1
    whole = MultivariateNormal(prior.mean, covariance(prior))
    wanted = [kl_divergence(MultivariateNormal(m, torch.diag(s**2)), whole) for m, s in zip(mean, scale, strict=True)]
    torch.testing.assert_close(prior.kl(mean, scale), torch.stack(wanted))


@pytest.mark.parametrize("way", [latent.slerp, latent.lerp])
def test_a_way_begins_and_ends_at_its_ends_and_leans_towards_the_style(prior, way):
    a, b = points(4), points(4, seed=5)
    assert torch.equal(prior.mix(way, a, b, 0.0), a)
    assert torch.equal(prior.mix(way, a, b, torch.ones(4)), b)
    middle, plain = prior.mix(way, a, b, 0.5), way(a, b, 0.5)
    assert (prior.log_prob(middle) > prior.log_prob(plain)).all()
    near, whole = prior.mix(way, a, b, 0.01), way(a, b, 0.01)
    assert float((near - whole).abs().max()) < 0.05
    each = torch.tensor([0.0, 0.5, 1.0, 0.25])
    mixed = prior.mix(way, a, b, each)
    torch.testing.assert_close(mixed[1], middle[1])
    assert torch.equal(mixed[0], a[0])


def test_the_lean_is_that_of_a_posterior_whose_prior_is_replaced(prior):
    point, unsure = points(1)[0], LEAN
    told = torch.eye(SIZE, dtype=torch.float64) * (1 / unsure**2 - 1)
    precision = torch.linalg.inv(covariance(prior))
    wanted = torch.linalg.solve(told + precision, point / unsure**2 + precision @ prior.mean)
    torch.testing.assert_close(prior.mix(latent.lerp, point, point, 0.5), wanted)


def test_a_style_that_is_the_prior_changes_nothing():
    plain = Styled(torch.ones(SIZE), torch.zeros(SIZE), torch.ones(SIZE), torch.zeros(0, SIZE), torch.zeros(0))
    mean, scale = points(3), points(3, seed=2).abs().clamp(max=0.9) + 0.05
    torch.testing.assert_close(plain.place(mean), mean)
    torch.testing.assert_close(plain.mix(latent.slerp, mean, scale, 0.4), latent.slerp(mean, scale, 0.4))
    torch.testing.assert_close(plain.log_prob(mean), Normal(0.0, 1.0).log_prob(mean).sum(-1))
