from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from naive_music_vae import NaiveMusicVAE, invented_weights, kl

from scorespace.errors import UsageError
from scorespace.models.base import choose
from scorespace.models.lstm import Steps
from scorespace.models.magenta import from_magenta
from scorespace.models.music_vae import MusicVAE, MusicVAEConfig
from scorespace.models.recurrent import SCALE_FLOOR
from scorespace.music.grid import Grid

MAGENTA = Grid(lowest=21, highest=108)
GOLDEN = Path(__file__).parent.parent / "golden" / "music_vae.json"


def model_of(weights, **settings) -> MusicVAE:
    name, config, state = from_magenta(weights)
    assert name == "music-vae"
    model = MusicVAE(MAGENTA, dataclasses.replace(config, **settings)).double()
    model.load_state_dict(state)
    return model


def phrases(count: int, seed: int = 0) -> torch.Tensor:
    """Random tokens; the fixed first one makes the golden numbers independent of a random generator."""
    tokens = np.random.default_rng(seed).integers(0, 90, (count, 1, 32))
    tokens[0, 0] = np.arange(32) * 7 % 90
    return torch.from_numpy(tokens)


@pytest.mark.parametrize("sizes", [{}, {"encoder": (3, 3), "decoder": (4, 4, 4), "z": 2}])
@torch.no_grad()
def test_agrees_with_the_naive_version(sizes):
    weights = invented_weights(**sizes)
    naive, model, tokens = NaiveMusicVAE(weights), model_of(weights), phrases(3)
    mean, scale = model.encode(tokens)
    z = mean + 0.5 * scale
    logits, likelihood, following = model.logits(tokens, z), model.log_likelihood(tokens, z), model.next_step(tokens, z)
    for row, phrase in enumerate(tokens.numpy()):
        naive_mean, naive_scale = naive.encode(phrase)
        np.testing.assert_allclose(mean[row], naive_mean, atol=1e-9)
        np.testing.assert_allclose(scale[row], naive_scale + SCALE_FLOOR, atol=1e-9)
        naive_logits = naive.decode(phrase, z[row].numpy())
        np.testing.assert_allclose(logits[0][row], naive_logits[0], atol=1e-9)
        assert -float(likelihood[row]) == pytest.approx(naive.reconstruction(phrase, naive_logits), abs=1e-8)
        assert following[row, 0].tolist() == naive_logits[0].argmax(-1).tolist()


@pytest.mark.parametrize(("sampling", "free_bits"), [("off", 0.0), ("off", 4.0), ("forced", 0.0), ("half", 0.0)])
@torch.no_grad()
def test_loss_agrees_with_the_naive_version(sampling, free_bits):
    """The naive version draws the documented random numbers in the documented order: z, which to replace, by what."""
    weights, step = invented_weights(), 700
    rate = {"off": 0.0, "forced": 1.0, "half": 130.0}[sampling]
    model = model_of(weights, sampling_rate=rate, free_bits=free_bits, max_beta=0.3, beta_rate=0.999)
    probability = model.sampling_probability(step)
    assert probability == pytest.approx({"off": 0.0, "forced": 1.0, "half": 0.63}[sampling], abs=0.03)
    tokens, naive = phrases(4, seed=1), NaiveMusicVAE(weights)
    figures = model.loss(tokens, step, "train", torch.Generator().manual_seed(5))

    generator = torch.Generator().manual_seed(5)
    noise = torch.randn(4, model.z_size, generator=generator, dtype=torch.float64).numpy()
    chances, uniforms = torch.rand(2, 4, 1, 32, generator=generator).double().numpy()
    reconstruction, divergence, cost, right = [], [], [], []
    for row, phrase in enumerate(tokens.numpy()):
        mean, scale = naive.encode(phrase)
        scale = scale + SCALE_FLOOR
        logits = naive.decode(phrase, mean + scale * noise[row], chances[row] < probability, uniforms[row])
        reconstruction.append(naive.reconstruction(phrase, logits))
        divergence.append(kl(mean, scale))
        cost.append(max(divergence[-1] - free_bits * math.log(2), 0.0))
        right.append((logits[0].argmax(-1) == phrase[0]).mean())
    beta = (1 - 0.999**step) * 0.3
    assert float(figures["reconstruction"]) == pytest.approx(np.mean(reconstruction), abs=1e-7)
    assert float(figures["kl"]) == pytest.approx(np.mean(divergence), abs=1e-7)
    assert float(figures["beta"]) == pytest.approx(beta, abs=1e-9)
    assert float(figures["loss"]) == pytest.approx(np.mean(reconstruction) + beta * np.mean(cost), abs=1e-7)
    assert float(figures["accuracy"]) == pytest.approx(np.mean(right))


@torch.no_grad()
def test_decoding_agrees_with_the_naive_version_drawing_for_itself():
    weights = invented_weights(decoder=(3, 3, 3))
    model, naive = model_of(weights), NaiveMusicVAE(weights)
    z = torch.from_numpy(np.random.default_rng(2).normal(size=(3, 3)))
    uniforms = torch.from_numpy(np.random.default_rng(3).random((3, 1, 32)))
    tokens = model.decode(z, 1.0, uniforms)
    for row in range(3):
        everywhere = np.ones((1, 32), bool)
        logits = naive.decode(tokens[row].numpy(), z[row].numpy(), everywhere, uniforms[row].numpy())
        drawn = choose(torch.from_numpy(logits[0]), 1.0, uniforms[row, 0])
        assert drawn.tolist() == tokens[row, 0].tolist()


@torch.no_grad()
def test_golden_numbers():
    """Written once by the naive version: neither it nor the model may drift."""
    golden = json.loads(GOLDEN.read_text())
    model, tokens = model_of(invented_weights()), phrases(1)
    mean, scale = model.encode(tokens)
    z = torch.tensor([[0.5, -1.0, 2.0]], dtype=torch.float64)
    np.testing.assert_allclose(mean[0], golden["mean"], atol=1e-8)
    np.testing.assert_allclose(scale[0] - SCALE_FLOOR, golden["scale"], atol=1e-8)
    np.testing.assert_allclose(model.logits(tokens, z)[0][0, -1, :4], golden["last_logits"], atol=1e-8)
    assert -float(model.log_likelihood(tokens, z)) == pytest.approx(golden["reconstruction"], abs=1e-7)
    assert model.decode(z)[0, 0].tolist() == golden["decoded"]


def test_folded_steps_are_the_sequence():
    """Decoding's folded weights and nn.LSTM's whole sequence give the same logits."""
    torch.manual_seed(0)
    model = MusicVAE(Grid(bars=1), MusicVAEConfig(z_size=5, encoder_size=6, decoder_size=7, decoder_layers=3)).double()
    tokens, z = torch.randint(0, 130, (4, 1, 16)), torch.randn(4, 5, dtype=torch.float64)
    with torch.no_grad():
        steps, heard = Steps(model.decoder, z), []
        for step in range(16):
            torch.testing.assert_close(steps.step(heard), model.logits(tokens, z)[0][:, step])
            heard = [tokens[:, 0, step]]


def test_scheduled_sampling_end_points():
    """Never at rate 0; at probability 1 all that the decoder hears is its own."""
    torch.manual_seed(0)
    grid = Grid(bars=1, lowest=60, highest=71)
    tokens, z = torch.randint(0, 14, (6, 1, 16)), torch.randn(6, 4)
    model = MusicVAE(grid, MusicVAEConfig(z_size=4, encoder_size=4, decoder_size=8, sampling_rate=10.0))
    assert model._scheduled(tokens, z, 0.0, None).tolist() == tokens.tolist()
    generator = torch.Generator().manual_seed(1)
    heard = model._scheduled(tokens, z, 1.0, generator)
    uniforms = torch.rand(2, 6, 1, 16, generator=torch.Generator().manual_seed(1))[1]
    assert heard.tolist() == model.decode(z, 1.0, uniforms).tolist()
    assert model.sampling_probability(0) == pytest.approx(1 / 11)
    assert model.sampling_probability(10**9) == 1.0
    assert MusicVAE(grid, MusicVAEConfig(sampling_rate=0.0)).sampling_probability(10**9) == 0.0


@pytest.mark.parametrize(
    ("config", "grid", "millions"),
    [
        (MusicVAEConfig(), MAGENTA, (3.0, 1.4)),
        (MusicVAEConfig(z_size=512, encoder_size=2048, decoder_size=2048, decoder_layers=3), MAGENTA, (39.2, 95.3)),
    ],
)
def test_parameter_counts_are_magentas(config, grid, millions):
    """cat-mel_2bar_small has 3.0 + 1.4 million, _big 39.2 + 95.3; torch has one more bias a layer."""
    with torch.device("meta"):
        model = MusicVAE(grid, config)
    for part, expected in zip((model.encoder, model.decoder), millions, strict=True):
        counted = sum(p.numel() for name, p in part.named_parameters() if "bias_hh" not in name)
        assert round(counted / 1e6, 1) == expected


def test_scale_keeps_its_floor():
    """Even where softplus underflows to 0 in float32, the scale, the loss and its gradient are numbers."""
    model = MusicVAE(Grid(bars=1), MusicVAEConfig(z_size=4, encoder_size=4, decoder_size=4, beta_rate=0.0))
    with torch.no_grad():
        model.encoder.scale.bias.fill_(-1e4)
    tokens = torch.zeros(2, 1, 16, dtype=torch.int64)
    _, scale = model.encode(tokens)
    assert scale.tolist() == [[pytest.approx(SCALE_FLOOR)] * 4] * 2
    figures = model.loss(tokens, 5, "train")
    figures["loss"].backward()
    assert torch.isfinite(figures["loss"])
    assert all(torch.isfinite(p.grad).all() for p in model.parameters())


@torch.no_grad()
def test_several_parts_agree_with_the_naive_version():
    """One stack, a softmax for each part; scheduled sampling replaces all parts of a step or none."""
    grid = Grid(parts=("melody", "bass", "drums"), bars=1, metre=(2, 4), lowest=60, highest=62)
    weights = invented_weights(vocabulary=sum(grid.sizes))
    naive, (_, config, state) = NaiveMusicVAE(weights, grid.sizes), from_magenta(weights)
    model = MusicVAE(grid, dataclasses.replace(config, sampling_rate=130.0)).double()
    model.load_state_dict(state)
    tokens = torch.stack([torch.from_numpy(np.random.default_rng(4).integers(0, n, (3, 8))) for n in grid.sizes], 1)
    z = torch.randn(3, 3, dtype=torch.float64)
    heard = model._scheduled(tokens, z, 0.5, torch.Generator().manual_seed(6))
    chances, uniforms = torch.rand(2, 3, 3, 8, generator=torch.Generator().manual_seed(6)).double().numpy()
    logits = model.decoder(model._hot(heard), z)
    mean, _ = model.encode(tokens)
    for row, phrase in enumerate(tokens.numpy()):
        np.testing.assert_allclose(mean[row], naive.encode(phrase)[0], atol=1e-9)
        replaced = np.repeat(chances[row, :1] < 0.5, 3, 0)
        naive_logits = naive.decode(phrase, z[row].numpy(), replaced, uniforms[row])
        for part in range(3):
            np.testing.assert_allclose(logits[part][row], naive_logits[part], atol=1e-9)


@pytest.mark.parametrize(
    "wrong", [{"z_size": 0}, {"decoder_layers": 9}, {"beta_rate": 1.0}, {"max_beta": math.nan}, {"free_bits": -1.0}]
)
def test_settings_out_of_range(wrong):
    with pytest.raises(UsageError, match=f"The model's {next(iter(wrong))} must lie between"):
        MusicVAEConfig(**wrong)
