"""MusAE against a slow version of its equations, and what its decoder may not do."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from scorespace.models import build, config_class
from scorespace.models.musae import MusAE
from scorespace.music.grid import Grid

GRID = Grid(parts=("drums", "bass", "guitar"), bars=1, lowest=60, highest=71)


def model(**more) -> MusAE:
    torch.manual_seed(3)
    settings = {"z_size": 6, "size": 5, "layers": 2, "critic_size": 8, "genres": ("a", "b", "c")} | more
    made = build("musae", GRID, config_class("musae")(**settings)).double().eval()
    assert isinstance(made, MusAE)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.add_(0.2 * torch.randn(parameter.shape, dtype=torch.float64))
    return made


def phrases(count: int = 2) -> np.ndarray:
    random = np.random.default_rng(0)
    return np.stack([random.integers(0, size, (count, GRID.steps)) for size in GRID.sizes], 1)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def lstm(weights: dict[str, np.ndarray], suffix: str, inputs: list[np.ndarray], h: np.ndarray) -> list[np.ndarray]:
    """One layer, one step after the other; gates in torch's order: in, forget, candidate, out. The cell begins at 0."""
    c, found = np.zeros_like(h), []
    for x in inputs:
        gates = weights[f"weight_ih_{suffix}"] @ x + weights[f"weight_hh_{suffix}"] @ h
        gates = gates + weights[f"bias_ih_{suffix}"] + weights[f"bias_hh_{suffix}"]
        i, f, g, o = np.split(gates, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        found.append(h)
    return found


def parameters(module: torch.nn.Module) -> dict[str, np.ndarray]:
    return {name: value.detach().numpy() for name, value in module.named_parameters()}


def test_the_encoder_is_the_papers_equations_7_to_10():
    made, tokens = model(), phrases()
    weights = parameters(made.encoder)
    mean, scale = made.encode(torch.from_numpy(tokens))
    for row in range(len(tokens)):
        heard = []
        for step in range(GRID.steps):
            hot = [np.eye(size)[tokens[row, k, step]] for k, size in enumerate(GRID.sizes)]
            heard.append(np.concatenate(hot))
        for layer in range(2):
            forth = lstm(weights, f"l{layer}", heard, np.zeros(5))
            back = lstm(weights, f"l{layer}_reverse", heard[::-1], np.zeros(5))[::-1]
            heard = [np.concatenate(pair) for pair in zip(forth, back, strict=True)]
        h = np.concatenate([forth[-1], back[0]])
        mu = made.mean.weight.detach().numpy() @ h + made.mean.bias.detach().numpy()
        pre = made.scale.weight.detach().numpy() @ h + made.scale.bias.detach().numpy()
        np.testing.assert_allclose(mean[row].detach().numpy(), mu, atol=1e-10)
        np.testing.assert_allclose(scale[row].detach().numpy(), np.exp(2 * pre), rtol=1e-9)


def test_each_track_has_a_decoder_of_its_own_as_in_equations_11_to_13():
    made = model()
    z = np.random.default_rng(1).normal(size=6)
    found = made.logits(torch.from_numpy(z[None]))
    for track in range(GRID.tracks):
        first, out = parameters(made.first_states[track]), parameters(made.logits_of[track])
        h0 = first["weight"] @ z + first["bias"]
        heard = [z] * GRID.steps
        for layer in range(2):
            heard = lstm(parameters(made.decoders[track]), f"l{layer}", heard, h0)
        wanted = np.stack([out["weight"] @ h + out["bias"] for h in heard])
        np.testing.assert_allclose(found[track][0].detach().numpy(), wanted, atol=1e-9)


def test_the_decoder_hears_nothing_but_z():
    made, tokens = model(), torch.from_numpy(phrases())
    z = torch.randn(2, 6, dtype=torch.float64)
    assert torch.equal(made.next_step(tokens, z), made.decode(z))
    assert torch.equal(made.next_step(tokens.flip(0), z), made.decode(z))
    each = torch.stack([torch.log_softmax(part, -1) for part in made.logits(z)][1:])
    assert each.shape == (2, 2, GRID.steps, GRID.sizes[1])


def test_the_loss_is_reconstruction_and_weight_times_the_critics_score():
    made, tokens = model(adversarial=0.5, adversarial_step=0.0), torch.from_numpy(phrases(4))
    genres = torch.tensor([0, 1, 2, -1])
    figures = made.loss(tokens, 7, "autoencoder", torch.Generator().manual_seed(2), genres)
    mean, scale = made.encode(tokens)
    z = mean + scale * torch.randn(mean.shape, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    reconstruction = -made.log_likelihood(tokens, z).mean()
    score = made.critic(z, genres).mean()
    wanted = reconstruction - 0.5 * GRID.tracks * GRID.steps * score
    assert figures["loss"].item() == pytest.approx(wanted.item())
    assert figures["adversarial"].item() == pytest.approx(-score.item())


def test_scales_begin_at_the_priors_and_cannot_overflow():
    torch.manual_seed(0)
    fresh = build("musae", GRID, config_class("musae")(z_size=6, size=8, genres=("a", "b")))
    _, scale = fresh.encode(torch.from_numpy(phrases()))
    np.testing.assert_allclose(scale.detach().numpy()[:, 2:], np.sqrt(0.001), rtol=0.5)
    with torch.no_grad():
        fresh.scale.bias.fill_(1e6)
    assert torch.isfinite(fresh.encode(torch.from_numpy(phrases()))[1]).all()
