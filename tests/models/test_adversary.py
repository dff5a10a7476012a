"""The adversarial term: what each phase moves, the critic's loss by hand, and that it does what it is for."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn

from scorespace.errors import UsageError
from scorespace.models import build, config_class
from scorespace.models.adversary import Critic, critic_loss, draw
from scorespace.models.musae import MusAE, MusAEConfig
from scorespace.models.priors import Flower, StandardNormal
from scorespace.music.grid import HOLD, REST, Grid

GRID = Grid(bars=1, lowest=60, highest=71)
TINY = {
    "attention-musae": {
        "z_size": 8,
        "width": 16,
        "heads": 2,
        "encoder_blocks": 1,
        "decoder_blocks": 1,
        "squeeze": 8,
        "critic_size": 16,
    },
    "musae": {"z_size": 8, "size": 16, "layers": 2, "critic_size": 16},
    "bar-musae": {
        "global_size": 6,
        "bar_size": 2,
        "width": 16,
        "heads": 2,
        "encoder_blocks": 1,
        "decoder_blocks": 1,
        "token_size": 8,
        "squeeze": 8,
        "step_size": 16,
        "head_blocks": 1,
        "patch": 2,
        "critic_size": 16,
    },
}


def tiny(name: str, **more):
    torch.manual_seed(0)
    return build(name, GRID, config_class(name)(**(TINY[name] | {"genres": ("a", "b", "c")} | more)))


def phrases(count: int) -> torch.Tensor:
    random = np.random.default_rng(0)
    tokens = np.full((count, *GRID.shape), HOLD)
    tokens[:, :, ::4] = random.integers(REST, GRID.vocabulary, tokens[:, :, ::4].shape)
    return torch.from_numpy(tokens)


def gradients(model: nn.Module, phase: str, **more) -> dict[str, float]:
    """Norm of the gradient of each parameter after one backward pass of a phase."""
    model.zero_grad()
    genres = torch.tensor([0, 1, 2, -1, 0, 1, 2, -1])
    figures = model.loss(phrases(8), 50_000, phase, torch.Generator().manual_seed(1), genres)
    figures["loss"].backward()
    return {name: 0.0 if w.grad is None else float(w.grad.norm()) for name, w in model.named_parameters()}


@pytest.mark.parametrize("name", TINY)
def test_each_phase_moves_its_own_parameters_and_together_all(name):
    model = tiny(name)
    critic, rest = (list(map(id, model.phase_parameters(phase))) for phase in model.phases)
    assert not set(critic) & set(rest)
    assert set(critic) | set(rest) == set(map(id, model.parameters()))
    assert model.phases == ("critic", "autoencoder")
    assert [model.phase_rounds(phase) for phase in model.phases] == [5, 1]
    found = gradients(model, "critic")
    assert all((value > 0) == name.startswith("critic") for name, value in found.items() if "score.bias" not in name)


@pytest.mark.parametrize("name", TINY)
def test_the_adversarial_term_reaches_the_encoder_and_is_minus_the_critics_score(name):
    """With weight w the gradient is that without the term plus w times that of -D(z) T S: nothing cancels."""
    rows = []
    for weight in (0.0, 1.0, 2.0):
        model = tiny(name, adversarial=weight, adversarial_step=0.0)
        gradients(model, "autoencoder")
        encoder = [w.grad for n, w in model.named_parameters() if "encoder" in n or "posterior" in n]
        rows.append(torch.cat([g.flatten() for g in encoder]))
    alone = rows[1] - rows[0]
    assert float(alone.norm()) > 1e-3 * float(rows[0].norm())
    torch.testing.assert_close(rows[2] - rows[1], alone, rtol=1e-3, atol=1e-4 * float(alone.abs().max()))


def test_the_critics_loss_is_the_papers_term_by_term():
    torch.manual_seed(0)
    critic = Critic(3, 2, 5).double()
    drawn, encoded = torch.randn(2, 6, 3).double()
    genres = torch.tensor([0, 1, -1, 0, 1, -1])
    figures = critic_loss(critic, drawn, encoded, genres, 10.0, torch.Generator().manual_seed(5))
    shares = torch.rand(6, 1, generator=torch.Generator().manual_seed(5))
    w1, b1, w2, b2, w3, b3 = (p.detach().numpy() for p in critic.parameters())

    def score(z: np.ndarray, genre: int) -> float:
        told = np.concatenate([z, [genre == 0, genre == 1]])
        return float((w3 @ np.tanh(w2 @ np.tanh(w1 @ told + b1) + b2) + b3)[0])

    def slope(z: np.ndarray, genre: int) -> float:
        ends = [(score(z + step, genre) - score(z - step, genre)) / 2e-6 for step in np.eye(3) * 1e-6]
        return float(np.linalg.norm(ends))

    real = np.mean([score(z, g) for z, g in zip(drawn.numpy(), genres.tolist(), strict=True)])
    made = np.mean([score(z, g) for z, g in zip(encoded.numpy(), genres.tolist(), strict=True)])
    between = (shares.double() * drawn + (1 - shares.double()) * encoded).numpy()
    penalty = np.mean([(slope(z, g) - 1) ** 2 for z, g in zip(between, genres.tolist(), strict=True)])
    assert figures["distance"].item() == pytest.approx(real - made)
    assert figures["penalty"].item() == pytest.approx(penalty, rel=1e-5)
    assert figures["loss"].item() == pytest.approx(made - real + 10 * penalty, rel=1e-5)


def test_draws_come_from_the_genres_petal_and_of_untagged_phrases_from_all():
    flower, generator = Flower(4, ("a", "b", "c")), torch.Generator().manual_seed(0)
    genres = torch.tensor([0, 1, 2, -1]).repeat(500)
    drawn = draw(flower, genres, torch.zeros(2000, 4), generator)
    angles = torch.atan2(drawn[:, 1], drawn[:, 0])
    petal = (torch.round(angles / (2 * math.pi / 3)) % 3).long()
    for genre in range(3):
        assert (petal[genres == genre] == genre).float().mean() > 0.97
    shares = torch.bincount(petal[genres < 0], minlength=3) / 500
    assert ((shares - 1 / 3).abs() < 0.1).all()
    assert draw(StandardNormal(4), genres, torch.zeros(2000, 4), generator).std() == pytest.approx(1.0, abs=0.05)


def test_the_weight_grows_by_fixed_steps_as_in_the_paper():
    paper = MusAEConfig()
    assert [round(paper.adversarial_weight(step), 3) for step in (0, 9_999, 10_000, 55_000, 10**6)] == [
        0,
        0,
        0.1,
        0.5,
        1,
    ]
    assert MusAEConfig(adversarial=0.3, adversarial_step=0.0).adversarial_weight(0) == 0.3


def test_the_critic_reads_a_batch_once_for_all_its_rounds(monkeypatch):
    model, calls = tiny("musae"), []
    monkeypatch.setattr(MusAE, "encode", lambda self, tokens, old=MusAE.encode: calls.append(1) or old(self, tokens))
    for step in (0, 0, 0, 1):
        model.loss(phrases(4), step, "critic", torch.Generator().manual_seed(0))
    assert len(calls) == 2


@pytest.mark.parametrize("name", TINY)
def test_a_single_gaussian_takes_tagged_phrases_too(name):
    model = tiny(name, prior="normal", genres=())
    for phase in model.phases:
        figures = model.loss(phrases(4), 0, phase, torch.Generator().manual_seed(0), torch.tensor([0, 5, -1, 2]))
        assert torch.isfinite(figures["loss"])


def test_impossible_settings_are_named():
    with pytest.raises(UsageError, match=r"prior must be one of normal, flower, got 'ring'"):
        MusAEConfig(prior="ring")
    with pytest.raises(UsageError, match="two or more different names"):
        MusAEConfig(genres=("a", "a"))
    with pytest.raises(UsageError, match="global_size must be at least 2"):
        tiny("bar-musae", global_size=1)


def energy_distance(x: np.ndarray, y: np.ndarray) -> float:
    """Of two sets of points (N, Z): 0 where they are alike (Székely and Rizzo 2013)."""

    def apart(a: np.ndarray, b: np.ndarray) -> float:
        return float(np.linalg.norm(a[:, None] - b[None], axis=-1).mean())

    return 2 * apart(x, y) - apart(x, x) - apart(y, y)


@pytest.mark.parametrize("weight", [0.0, 3.0])
def test_the_aggregate_posterior_moves_to_a_prior_that_is_not_gaussian_with_the_term_and_not_without(weight):
    """A toy corpus of 3 genres, each with notes of its own; the flower as the prior; MusAE itself, both phases."""
    torch.manual_seed(0)
    grid = Grid(bars=1, beat_positions=(GRID.beat_positions[0],), lowest=60, highest=71)
    config = MusAEConfig(
        genres=("a", "b", "c"),
        z_size=3,
        size=24,
        layers=1,
        critic_size=64,
        critic_rounds=8,
        adversarial=weight,
        adversarial_step=0.0,
    )
    model = build("musae", grid, config)
    random = np.random.default_rng(0)
    genres = random.integers(0, 3, 512)
    tokens = 2 + 4 * genres[:, None, None] + random.integers(0, 4, (512, 1, 4))
    batches = [
        (torch.from_numpy(tokens[k : k + 128]), torch.from_numpy(genres[k : k + 128])) for k in range(0, 512, 128)
    ]
    optimisers = {phase: torch.optim.Adam(model.phase_parameters(phase), betas=(0.5, 0.9)) for phase in model.phases}
    steps = 220
    for step in range(steps):
        batch, tags = batches[step % 4]
        for phase, optimiser in optimisers.items():
            optimiser.param_groups[0]["lr"] = 5e-3 * (1 - step / steps)
            for _ in range(model.phase_rounds(phase)):
                optimiser.zero_grad()
                figures = model.loss(batch, step, phase, torch.Generator().manual_seed(step), tags)
                figures["loss"].backward()
                optimiser.step()
    with torch.no_grad():
        mean, scale = model.encode(torch.from_numpy(tokens))
        codes = (mean + scale * torch.randn(mean.shape, generator=torch.Generator().manual_seed(1))).numpy()
        drawn = draw(model.prior, torch.from_numpy(genres), mean, torch.Generator().manual_seed(2)).numpy()
        again = draw(model.prior, torch.from_numpy(genres), mean, torch.Generator().manual_seed(3)).numpy()
    chance = energy_distance(drawn, again)
    found = energy_distance(codes, drawn)
    by_genre = [energy_distance(codes[genres == k], drawn[genres == k]) for k in range(3)]
    if weight:
        assert found < 20 * chance
        assert max(by_genre) < 0.15
    else:
        assert found > 100 * chance
        assert max(by_genre) > 0.5
