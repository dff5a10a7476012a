"""The priors: the flower's geometry as the paper writes it, densities and divergences against torch's own."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch.distributions import MultivariateNormal, kl_divergence

from scorespace import latent
from scorespace.models.priors import PLANE, Flower, StandardNormal

NAMES = ("rock", "jazz", "pop", "game", "country")
FLOWER = Flower(6, NAMES)


def papers_petal(i: int, n: int, size: int, a1: float, a2: float) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance, letter by letter: equations 14 to 18 of Valenti et al. 2020."""
    angle = 2 * np.pi * i / n
    mean = np.zeros(size)
    mean[:2] = np.cos(angle), np.sin(angle)
    v = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    m = np.eye(size)
    m[:2, :2] = v.T
    s = np.diag([a1] + [a2] * (size - 1))
    return mean, m @ s @ np.linalg.inv(m)


def petals(flower: Flower) -> list[MultivariateNormal]:
    found = []
    for i in range(flower.petals):
        mean, covariance = papers_petal(i, flower.petals, flower.z_size, flower.radial, flower.rest)
        found.append(MultivariateNormal(torch.from_numpy(mean), torch.from_numpy(covariance)))
    return found


@pytest.mark.parametrize("i", range(5))
def test_a_petal_has_the_papers_mean_and_covariance(i):
    """`place` is affine in its normals, so its values at 0 and at the unit vectors say all."""
    angle = torch.full((7,), FLOWER.angle(i), dtype=torch.float64)
    placed = FLOWER.place(torch.cat([torch.zeros(1, 6), torch.eye(6)]).double(), angle).numpy()
    mean, root = placed[0], placed[1:] - placed[0]
    wanted_mean, wanted = papers_petal(i, 5, 6, 0.1, 0.001)
    np.testing.assert_allclose(mean, wanted_mean, atol=1e-12)
    np.testing.assert_allclose(root.T @ root, wanted, atol=1e-12)


def test_the_papers_flower_has_32_petals_long_towards_the_centre():
    flower = Flower(512, tuple(map(str, range(32))))
    means = np.array([papers_petal(i, 32, 512, 0.1, 0.001)[0] for i in range(32)])
    normals = torch.zeros(32, 512, dtype=torch.float64)
    placed = flower.place(normals, flower.angles(normals)).numpy()
    np.testing.assert_allclose(placed, means, atol=1e-12)
    gaps = np.linalg.norm(placed - np.roll(placed, 1, 0), axis=1)
    np.testing.assert_allclose(gaps, 2 * math.sin(math.pi / 32), atol=1e-12)


def test_log_prob_is_the_mixtures():
    z = FLOWER.place(torch.randn(40, 6, generator=torch.Generator().manual_seed(0)).double() * 2, torch.arange(40.0))
    each = torch.stack([petal.log_prob(z) for petal in petals(FLOWER)], -1)
    torch.testing.assert_close(FLOWER.log_prob(z), torch.logsumexp(each, -1) - math.log(5))


def test_kl_to_petals_is_the_exact_one_and_the_bound_bounds():
    generator = torch.Generator().manual_seed(1)
    mean = 0.5 * torch.randn(30, 6, generator=generator).double()
    scale = 0.01 + 0.04 * torch.rand(30, 6, generator=generator).double()
    q = MultivariateNormal(mean, torch.diag_embed(scale.square()))
    wanted = torch.stack([kl_divergence(q, petal) for petal in petals(FLOWER)], -1)
    torch.testing.assert_close(FLOWER.kl_to_petals(mean, scale), wanted)
    bound = FLOWER.kl(mean, scale)
    drawn = q.sample((4000,))
    estimate = (q.log_prob(drawn) - FLOWER.log_prob(drawn.flatten(0, 1)).view(4000, -1)).mean(0)
    assert (bound > estimate - 1.0).all()
    assert (bound <= wanted.min(-1).values + math.log(5) + 1e-9).all()


def test_a_draw_of_the_mixture_has_its_deviation():
    normals = torch.randn(200_000, 6, generator=torch.Generator().manual_seed(2)).double()
    angles = FLOWER.angles(normals)[torch.arange(200_000) % 5]
    drawn = FLOWER.place(normals, angles)
    torch.testing.assert_close(drawn.std(0), FLOWER.deviation(drawn), rtol=0.02, atol=0)
    assert drawn.mean(0).abs().max() < 0.01


def test_two_petals_have_their_own_deviation():
    two = Flower(3, ("a", "b"))
    wanted = torch.tensor([math.sqrt(1.1), math.sqrt(0.001), math.sqrt(0.001)]).double()
    torch.testing.assert_close(two.deviation(wanted), wanted)


@pytest.mark.parametrize("prior", [FLOWER, StandardNormal(6)], ids=["flower", "normal"])
@pytest.mark.parametrize("way", [latent.slerp, latent.lerp])
def test_mixing_begins_and_ends_at_the_points(prior, way):
    a, b = torch.randn(2, 9, 6, generator=torch.Generator().manual_seed(3)).double()
    assert torch.equal(prior.mix(way, a, b, 0.0), a)
    assert torch.equal(prior.mix(way, a, b, 1.0), b)


def test_between_two_genres_the_way_goes_through_the_centre_and_within_one_it_stays():
    normals = torch.zeros(3, 6).double()
    normals[:, 2], normals[1:, 2], normals[1:, 3] = 1.0, 0.0, 1.0
    here, same, opposite = FLOWER.place(normals, torch.tensor([0.0, 0.0, math.pi], dtype=torch.float64))
    middle = FLOWER.mix(latent.slerp, here, opposite, 0.5)
    assert middle[:PLANE].norm() < 1e-9
    assert FLOWER.mix(latent.slerp, here, same, 0.5)[:PLANE].norm() == pytest.approx(1.0)
    assert middle[PLANE:].norm() == pytest.approx(float(here[PLANE:].norm()))


def test_the_normal_prior_is_what_it_was():
    normal = StandardNormal(4)
    z = torch.randn(5, 4, generator=torch.Generator().manual_seed(4)).double()
    assert normal.place(z) is z
    own = MultivariateNormal(torch.zeros(4).double(), torch.eye(4).double())
    torch.testing.assert_close(normal.log_prob(z), own.log_prob(z))
    assert torch.equal(normal.moved(z, z.flip(0), 0.3), latent.moved(z, z.flip(0), 0.3))
