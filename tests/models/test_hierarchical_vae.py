from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from naive_music_vae import NaiveMusicVAE, invented_hierarchy

from scorespace.errors import UsageError
from scorespace.models.base import choose
from scorespace.models.hierarchical_vae import HierarchicalVAE, HierarchicalVAEConfig
from scorespace.models.magenta import from_magenta
from scorespace.models.music_vae import MusicVAE, MusicVAEConfig
from scorespace.models.recurrent import SCALE_FLOOR
from scorespace.music.grid import Grid

MELODY = Grid(bars=3, metre=(2, 4), lowest=60, highest=71)  # three bars of eight steps
TRIO = Grid(parts=("melody", "bass", "drums"), bars=2, metre=(1, 4), lowest=60, highest=62)  # two bars of four steps
SMALL = HierarchicalVAEConfig(z_size=4, encoder_size=6, conductor_size=6, decoder_size=6)


def model_of(weights, grid: Grid, **settings) -> HierarchicalVAE:
    name, config, state = from_magenta(weights)
    assert name == "hierarchical-vae"
    model = HierarchicalVAE(grid, dataclasses.replace(config, **settings)).double()
    model.load_state_dict(state)
    return model


def small(grid: Grid, **settings) -> HierarchicalVAE:
    torch.manual_seed(0)
    return HierarchicalVAE(grid, dataclasses.replace(SMALL, **settings)).double().eval()


def phrases(grid: Grid, count: int) -> torch.Tensor:
    rng = np.random.default_rng(count)
    return torch.from_numpy(np.stack([rng.integers(0, size, (count, grid.steps)) for size in grid.sizes], 1))


@pytest.mark.parametrize("grid", [MELODY, TRIO], ids=["melody", "trio"])
@torch.no_grad()
def test_agrees_with_the_naive_version(grid):
    weights = invented_hierarchy(grid.sizes)
    naive, model, tokens = NaiveMusicVAE(weights, grid.sizes), model_of(weights, grid), phrases(grid, 2)
    mean, scale = model.encode(tokens)
    z = mean + 0.5 * scale
    logits, likelihood, following = model.logits(tokens, z), model.log_likelihood(tokens, z), model.next_step(tokens, z)
    for row, phrase in enumerate(tokens.numpy()):
        naive_mean, naive_scale = naive.encode(phrase)
        np.testing.assert_allclose(mean[row], naive_mean, atol=1e-9)
        np.testing.assert_allclose(scale[row], naive_scale + SCALE_FLOOR, atol=1e-9)
        naive_logits = naive.decode(phrase, z[row].numpy(), segment=grid.steps_per_bar)
        for part, expected in enumerate(naive_logits):
            np.testing.assert_allclose(logits[part][row], expected, atol=1e-9)
            assert following[row, part].tolist() == expected.argmax(-1).tolist()
        assert -float(likelihood[row]) == pytest.approx(naive.reconstruction(phrase, naive_logits), abs=1e-8)


@pytest.mark.parametrize("grid", [MELODY, TRIO], ids=["melody", "trio"])
@torch.no_grad()
def test_scheduled_sampling_agrees_with_the_naive_version(grid):
    """By half, also for the token that passes from one bar to the next; the numbers are drawn as documented."""
    weights = invented_hierarchy(grid.sizes)
    naive, model = NaiveMusicVAE(weights, grid.sizes), model_of(weights, grid, sampling_rate=130.0)
    tokens, probability = phrases(grid, 3), model.sampling_probability(700)
    assert 0.5 < probability < 0.7
    figures = model.loss(tokens, 700, "train", torch.Generator().manual_seed(5))
    generator = torch.Generator().manual_seed(5)
    noise = torch.randn(3, 3, generator=generator, dtype=torch.float64).numpy()
    chances, uniforms = torch.rand(2, *tokens.shape, generator=generator).double().numpy()
    assert (chances[:, :, :: grid.steps_per_bar] < probability).any()
    costs, right = [], []
    for row, phrase in enumerate(tokens.numpy()):
        mean, scale = naive.encode(phrase)
        z = mean + (scale + SCALE_FLOOR) * noise[row]
        logits = naive.decode(phrase, z, chances[row] < probability, uniforms[row], grid.steps_per_bar)
        costs.append(naive.reconstruction(phrase, logits))
        right.append([part.argmax(-1) == true for part, true in zip(logits, phrase, strict=True)])
    assert float(figures["reconstruction"]) == pytest.approx(np.mean(costs), abs=1e-7)
    assert float(figures["accuracy"]) == pytest.approx(np.mean(right))


@pytest.mark.parametrize("bars", [1, 2])
@pytest.mark.parametrize("encoder", [(3,), (3, 3)], ids=["one layer", "two layers"])
@torch.no_grad()
def test_an_encoder_of_two_levels_agrees_with_the_naive_version(encoder, bars):
    grid = dataclasses.replace(TRIO, bars=4)
    weights = invented_hierarchy(grid.sizes, encoder=encoder, levels=2)
    naive, model, tokens = (
        NaiveMusicVAE(weights, grid.sizes),
        model_of(weights, grid, segment_bars=bars),
        phrases(grid, 2),
    )
    mean, scale = model.encode(tokens)
    for row, phrase in enumerate(tokens.numpy()):
        naive_mean, naive_scale = naive.encode(phrase, grid.steps_per_bar * bars)
        np.testing.assert_allclose(mean[row], naive_mean, atol=1e-9)
        np.testing.assert_allclose(scale[row], naive_scale + SCALE_FLOOR, atol=1e-9)


OPTIONS = [{}, {"embedding_size": 5}, {"bars_per_embedding": 2}, {"hear_each_other": True, "decoder_layers": 3}]


@pytest.mark.parametrize("options", OPTIONS, ids=["plain", "projected", "two bars", "hearing"])
@torch.no_grad()
def test_decoding_step_by_step_is_drawing_from_the_logits_of_the_phrase(options):
    model, z = small(TRIO, **options), 30 * torch.randn(4, 4, dtype=torch.float64)
    uniforms = torch.rand(4, *TRIO.shape, dtype=torch.float64)
    for temperature in (1.0, 0.0):
        tokens = model.decode(z, temperature, uniforms)
        for part, logits in enumerate(model.logits(tokens, z)):
            assert torch.equal(choose(logits, temperature, uniforms[:, part]), tokens[:, part])
    assert torch.equal(model._scheduled(tokens, z, 0.0, None), tokens)
    heard = model._scheduled(tokens, z, 1.0, torch.Generator().manual_seed(1))
    uniforms = torch.rand(2, *tokens.shape, generator=torch.Generator().manual_seed(1))[1]
    assert torch.equal(heard, model.decode(z, 1.0, uniforms))


def moved(model: HierarchicalVAE, part: int, step: int) -> torch.Tensor:
    """(T, S) bool: whose logits another token of this part at this step moves."""
    tokens, z = phrases(model.grid, 1), torch.ones(1, 4, dtype=torch.float64)
    changed = tokens.clone()
    changed[0, part, step] = (tokens[0, part, step] + 1) % model.grid.sizes[part]
    pairs = zip(model.logits(tokens, z), model.logits(changed, z), strict=True)
    return torch.stack([(one - other).abs().amax(-1)[0] > 1e-12 for one, other in pairs])


@pytest.mark.parametrize("bars", [1, 2])
@pytest.mark.parametrize("hearing", [False, True])
@torch.no_grad()
def test_only_the_last_token_passes_from_one_embedding_to_the_next(hearing, bars):
    """A token is heard by the steps that follow it under the same embedding, the last one by all of the next.

    Parts hear themselves alone, or with `hear_each_other` all parts, and those before them already on the same step.
    """
    grid = dataclasses.replace(TRIO, bars=4)
    model = small(grid, hear_each_other=hearing, bars_per_embedding=bars)
    length = 4 * bars
    for part in range(3):
        for step in (0, length - 2, length - 1, length):
            expected = torch.zeros(grid.shape, dtype=torch.bool)
            hears = slice(None) if hearing else part
            expected[hears, step + 1 : length * ((step + 1) // length + 1)] = True
            if hearing:
                expected[part + 1 :, step : length * (step // length + 1)] = True
            assert torch.equal(moved(model, part, step), expected), (part, step)


LONG = Grid(bars=16, lowest=21, highest=108)
LONG_TRIO = Grid(("melody", "bass", "drums"), 16, lowest=21, highest=108)
ONE_LEVEL = {"z_size": 512, "encoder_size": 2048, "encoder_layers": 2}
TWO_LEVELS = {"z_size": 512, "encoder_size": 1024, "segment_bars": 1}


@pytest.mark.parametrize(("config", "encoder", "grid", "millions"), [
    ("hierarchical", ONE_LEVEL, LONG, (139.9, 36.1)),
    ("hierarchical", ONE_LEVEL, LONG_TRIO, (149.8, 81.2)),
    ("hierarchical", TWO_LEVELS, LONG, (36.4, 36.1)),
    ("hierarchical", TWO_LEVELS, LONG_TRIO, (41.3, 81.2)),
    ("flat", ONE_LEVEL, LONG, (139.9, 95.3)),
    ("flat", ONE_LEVEL, LONG_TRIO, (149.8, 101.5)),
], ids=["hierdec-mel", "hierdec-trio", "hier-mel", "hier-trio", "flat-mel", "flat-trio"])  # fmt: skip
def test_parameter_counts_are_magentas(config, encoder, grid, millions):
    """hierdec-mel_16bar, hierdec-trio_16bar and so on, in millions; torch has one more bias a layer."""
    with torch.device("meta"):
        if config == "flat":
            model = MusicVAE(grid, MusicVAEConfig(**encoder, decoder_size=2048, decoder_layers=3))
        else:
            model = HierarchicalVAE(grid, HierarchicalVAEConfig(**encoder, decoder_size=1024, conductor_size=1024))
    for part, expected in zip((model.encoder, model.decoder), millions, strict=True):
        counted = sum(p.numel() for name, p in part.named_parameters() if "bias_hh" not in name)
        assert counted / 1e6 == pytest.approx(expected, abs=0.06)


def test_all_weights_learn():
    model = small(TRIO, embedding_size=5, hear_each_other=True, segment_bars=1)
    model.loss(phrases(TRIO, 3), 100, "train")["loss"].backward()
    dead = {name for name, p in model.named_parameters() if not p.grad.abs().sum() > 0}
    assert dead == {"decoder.conductor.lstm.weight_ih_l0"}  # what multiplies the zeros that the conductor hears


def test_embeddings_must_fit_the_phrase():
    with pytest.raises(UsageError, match="writes 2 bars per embedding, which do not divide a phrase of 3"):
        small(MELODY, bars_per_embedding=2)
    with pytest.raises(UsageError, match="reads segments of 2 bars, which do not divide a phrase of 3"):
        small(MELODY, segment_bars=2)
    with pytest.raises(UsageError, match="The model's segment_bars must lie between 0 and 1024, got -1"):
        HierarchicalVAEConfig(segment_bars=-1)
    with pytest.raises(UsageError, match="The model's conductor_layers must lie between 1 and 8, got 0"):
        HierarchicalVAEConfig(conductor_layers=0)
    with pytest.raises(UsageError, match="The model's z_size must lie between"):
        HierarchicalVAEConfig(z_size=0)
