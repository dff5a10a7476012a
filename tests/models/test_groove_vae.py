"""Models of grooves: GrooVAE against a slow plain version of it, and what holds for both models."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from naive_music_vae import NaiveMusicVAE, invented_weights, kl, sigmoid

from scorespace.errors import InputError, UsageError
from scorespace.models import build, config_class
from scorespace.models.groove_attention_vae import _logistic
from scorespace.models.groove_vae import GrooveVAE, GrooveVAEConfig
from scorespace.models.grooves import COUNT, GrooveModel, disguised, numbers, strokes, tapped, tokens_of
from scorespace.models.magenta_groove import groove_from_magenta
from scorespace.models.recurrent import SCALE_FLOOR
from scorespace.music import groove
from scorespace.music.grid import Grid
from scorespace.music.groove import TAP, GrooveGrid

GRID = GrooveGrid(bars=1)
SMALL = {
    "groove-vae": {"z_size": 6, "encoder_size": 24, "decoder_size": 24, "free_bits": 8.0, "task": "none"},
    "groove-attention-vae": {
        "z_size": 8,
        "width": 16,
        "heads": 2,
        "encoder_blocks": 1,
        "decoder_blocks": 1,
        "squeeze": 8,
        "task": "none",
    },
}


class NaiveGroove(NaiveMusicVAE):
    """GrooVAE: what it hears are 27 numbers a step."""

    def one_hot(self, tokens):
        return np.zeros(27) if tokens[0] is None else np.array(tokens, np.float64)


def grooves(count: int, seed: int = 0, grid: GrooveGrid = GRID) -> torch.Tensor:
    """Random grooves in their one spelling, a third of the classes struck."""
    rng = np.random.default_rng(seed)
    tokens = np.stack([rng.integers(0, size, (count, grid.steps)) for size in grid.sizes], 1)
    tokens[:, 0] &= rng.integers(0, 512, (count, grid.steps))
    tokens[0, 0] = 0
    tokens[-1, 0] = 511
    return torch.from_numpy(grid.canonical(tokens))


def small(name: str, **more) -> GrooveModel:
    torch.manual_seed(0)
    model = build(name, GRID, config_class(name)(**(SMALL[name] | more)))
    assert isinstance(model, GrooveModel)
    return model


def naive_pair(**settings) -> tuple[NaiveGroove, GrooveVAE]:
    weights = invented_weights(vocabulary=27)
    config, state = groove_from_magenta(weights)
    settings = {"z_size": config.z_size, "encoder_size": config.encoder_size, "decoder_size": 3} | settings
    assert (config.encoder_size, config.decoder_size, config.decoder_layers) == (4, 3, 2)
    model = GrooveVAE(GRID, GrooveVAEConfig(**settings)).double().eval()
    model.load_state_dict(state)
    return NaiveGroove(weights, (27,)), model


def naive_errors(outputs, true):
    """Cross-entropy and squared errors, number by number, as GrooveLstmDecoder sums them."""
    total = 0.0
    for said, heard in zip(outputs, true, strict=True):
        for k in range(COUNT):
            chance = sigmoid(said[k])
            total -= np.log(chance) if heard[k] else np.log(1 - chance)
            total += (sigmoid(said[9 + k]) - heard[9 + k]) ** 2 + (np.tanh(said[18 + k]) - heard[18 + k]) ** 2
    return total


@torch.no_grad()
def test_agrees_with_the_naive_version():
    naive, model = naive_pair()
    tokens = grooves(3)
    mean, scale = model.encode(tokens)
    z = mean + 0.5 * scale
    outputs, likelihood = model.outputs(tokens, z), model.log_likelihood(tokens, z)
    for row, phrase in enumerate(numbers(tokens, torch.float64).numpy()):
        naive_mean, naive_scale = naive.encode(phrase.T)
        np.testing.assert_allclose(mean[row], naive_mean, atol=1e-9)
        np.testing.assert_allclose(scale[row], naive_scale + SCALE_FLOOR, atol=1e-9)
        said = naive.decode(phrase.T, z[row].numpy())[0]
        np.testing.assert_allclose(outputs[row], said, atol=1e-9)
        assert -float(likelihood[row]) == pytest.approx(naive_errors(said, phrase), abs=1e-8)


@pytest.mark.parametrize("free_bits", [0.0, 3.0])
@torch.no_grad()
def test_loss_agrees_with_the_naive_version(free_bits):
    naive, model = naive_pair(free_bits=free_bits, task="humanise")
    tokens = grooves(4)
    noise = torch.randn(4, 3, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    figures = model.loss(tokens, 0, "train", torch.Generator().manual_seed(5))
    rows = []
    for row, phrase in enumerate(numbers(tokens, torch.float64).numpy()):
        heard = phrase.copy()
        heard[:, 9:] = 0
        mean, scale = naive.encode(heard.T)
        scale = scale + SCALE_FLOOR
        said = naive.decode(phrase.T, mean + scale * noise[row].numpy())[0]
        rows.append((naive_errors(said, phrase), kl(mean, scale)))
    reconstruction, nats = np.array(rows).T
    assert float(figures["reconstruction"]) == pytest.approx(reconstruction.mean(), abs=1e-8)
    assert float(figures["kl"]) == pytest.approx(nats.mean(), abs=1e-8)
    beyond = np.maximum(nats - free_bits * np.log(2), 0).mean()
    assert float(figures["loss"]) == pytest.approx(reconstruction.mean() + 0.2 * beyond, abs=1e-8)


@pytest.mark.parametrize("temperature", [0.0, 0.7])
@torch.no_grad()
def test_writing_agrees_with_the_naive_version(temperature):
    """Step by step, the whole of what was written so far read anew each time."""
    naive, model = naive_pair()
    z = torch.randn(2, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    uniforms = torch.rand(2, *GRID.draws, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    written = model.decode(z, temperature, uniforms)
    for row in range(2):
        heard = np.zeros((27, GRID.steps))
        for step in range(GRID.steps):
            said = naive.decode(heard, z[row].numpy())[0][step]
            bar = uniforms[row, :9, step].numpy() if temperature else np.full(9, 0.5)
            hit = sigmoid(said[:9] / (temperature or 1.0)) > bar
            velocity = np.where(hit, np.clip(np.rint(127 * sigmoid(said[9:18])), 1, 127), 0)
            timing = np.where(hit, np.clip(np.rint(480 * np.tanh(said[18:])), -479, 479), 0)
            heard[:, step] = np.concatenate([hit, velocity / 127, timing / 480])
            expected = [sum(2**k for k in range(9) if hit[k]), *velocity, *(480 + timing)]
            assert written[row, :, step].tolist() == expected


def test_magentas_weights_of_another_model_are_refused():
    with pytest.raises(InputError, match="write 90 numbers a step, a groove has 27"):
        groove_from_magenta(invented_weights(vocabulary=90))
    with pytest.raises(InputError, match=r"lack the variable decoder/z_to_initial_state/kernel"):
        groove_from_magenta({})


def test_numbers_of_tokens_and_back():
    tokens = grooves(5)
    found = numbers(tokens, torch.float64)
    assert found.shape == (5, GRID.steps, 27)
    assert float(found[..., :18].min()) == 0
    assert -1 < float(found[..., 18:].min()) < 0 < float(found[..., 18:].max()) < 1
    again = tokens_of(found[..., :9], found[..., 9:18], found[..., 18:]).transpose(1, 2)
    assert torch.equal(again, tokens)


def test_flat_and_tapped_are_those_of_the_grid():
    tokens = grooves(6)
    whole = numbers(tokens, torch.float64)
    assert torch.equal(disguised(whole, "none", 0.0, None), whole)
    flat = numbers(torch.from_numpy(groove.flat(tokens.numpy())), torch.float64)
    assert torch.equal(disguised(whole, "humanise", 0.0, None), flat)
    taps = numbers(torch.from_numpy(groove.tapped(tokens.numpy())), torch.float64)
    assert torch.equal(tapped(whole), taps)
    assert torch.equal(disguised(whole, "tap", 0.0, seeded(0)), taps)


def test_a_tapped_phrase_may_lack_strokes_the_softest_first():
    tokens = grooves(400, grid=GRID)
    tokens[:, 0] = 1 << 4  # one class alone, half of the phrases soft
    tokens[:200, 5], tokens[200:, 5] = 5, 125
    taps = disguised(numbers(tokens, torch.float32), "tap", 1.0, seeded(0))[..., TAP]
    assert 0.4 < float(taps[:200].mean()) < 0.6
    assert 0.85 < float(taps[200:].mean()) < 0.95


def test_all_tasks_come_in_turn():
    whole = numbers(grooves(300), torch.float32)[1:-1]
    heard = disguised(whole, "all", 0.0, seeded(0))
    kinds = {
        "none": (heard == whole).flatten(1).all(1),
        "humanise": (heard == disguised(whole, "humanise", 0.0, None)).flatten(1).all(1),
        "tap": (heard == tapped(whole)).flatten(1).all(1),
    }
    assert torch.stack(list(kinds.values())).sum(0).eq(1).all()
    assert all(70 < int(found.sum()) < 130 for found in kinds.values())


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("task", ["none", "humanise", "tap", "all"])
def test_loss_and_gradients_are_numbers_and_come_of_the_generator(name, task):
    more = {"dropout": 0.5} if name == "groove-vae" else {}
    model, batch = small(name, task=task, note_dropout=0.5, **more).train(), grooves(4)
    found = []
    for other in (1, 2):
        torch.manual_seed(other)
        figures = model.loss(batch, 10_000, "train", seeded(3))
        found.append({key: float(value.detach()) for key, value in figures.items()})
    assert found[0] == found[1]
    assert all(np.isfinite(list(found[0].values())))
    figures["loss"].backward()
    for parameter, weight in model.named_parameters():
        assert weight.grad is not None, parameter
        assert torch.isfinite(weight.grad).all(), parameter


def learnt(name: str, batch: torch.Tensor, steps: int, **more) -> tuple[GrooveModel, list[float]]:
    """A model after some steps on one batch, and its costs without the KL at the first and the last of them."""
    model, costs = small(name, **more), []
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-2)
    for step in range(steps):
        optimiser.zero_grad()
        figures = model.loss(batch, 0, "train", seeded(step))
        figures["loss"].backward()
        optimiser.step()
        costs.append(float(figures["reconstruction"]))
    return model, [costs[0], costs[-1]]


def test_learns_a_batch_by_heart():
    batch = grooves(6)
    model, (first, last) = learnt("groove-attention-vae", batch, 80, beta=0.0)
    assert last < 0.7 * first
    with torch.no_grad():
        written = model.decode(model.encode(batch)[0]).numpy()
    assert GRID.token_agreement(batch.numpy(), written).mean() > 0.9
    assert GRID.extra_agreement(batch.numpy()[1:], written[1:])["velocity_error"].mean() < 25  # guessing: 32


def test_the_recurrent_model_learns():
    _, (first, last) = learnt("groove-vae", grooves(6), 40, max_beta=0.0)
    assert last < 0.8 * first


@pytest.mark.parametrize("name", SMALL)
@torch.no_grad()
def test_given_strokes_are_kept_and_played(name):
    model, tokens = small(name).double().eval(), grooves(4)
    z = torch.randn(4, model.z_size, generator=seeded(0), dtype=torch.float64)
    uniforms = torch.rand(4, *GRID.draws, generator=seeded(1), dtype=torch.float64)
    for temperature in (0.0, 1.0):
        played = model.perform(z, tokens, temperature, uniforms)
        assert torch.equal(played[:, 0], tokens[:, 0])
        np.testing.assert_array_equal(spelt(played), played.numpy())
        own = model.decode(z, temperature, uniforms)
        assert torch.equal(model.perform(z, own, temperature, uniforms), own)


@pytest.mark.parametrize("name", SMALL)
@torch.no_grad()
def test_shapes_types_and_ranges(name):
    for dtype in (torch.float32, torch.float64):
        model, batch = small(name).to(dtype).eval(), grooves(3)
        mean, scale = model.encode(batch)
        assert mean.shape == scale.shape == (3, model.z_size)
        assert mean.dtype == scale.dtype == dtype
        assert (scale > 0).all()
        for tokens in (model.decode(mean), model.next_step(batch, mean)):
            assert tokens.shape == batch.shape
            assert tokens.dtype == torch.int64
            np.testing.assert_array_equal(spelt(tokens), tokens.numpy())
        assert model.log_likelihood(batch, mean).shape == (3,)
        for z in (torch.full((2, model.z_size), 1e6, dtype=dtype), torch.full((2, model.z_size), -1e6, dtype=dtype)):
            for temperature in (0.0, 1e-30, 100.0):
                tokens = model.decode(z, temperature, torch.rand(2, *GRID.draws, generator=seeded(0)))
                np.testing.assert_array_equal(spelt(tokens), tokens.numpy())
            assert not model.log_likelihood(tokens, z).isnan().any()


@pytest.mark.parametrize("name", SMALL)
@torch.no_grad()
def test_a_take_does_not_depend_on_the_others(name):
    model = small(name).double().eval()
    z = torch.randn(5, model.z_size, generator=seeded(0), dtype=torch.float64)
    uniforms = torch.rand(5, *GRID.draws, generator=seeded(1), dtype=torch.float64)
    together = model.decode(z, 0.9, uniforms)
    for k in range(5):
        assert torch.equal(model.decode(z[k : k + 1], 0.9, uniforms[k : k + 1])[0], together[k])
    order = torch.tensor([3, 1, 4, 0, 2])
    assert torch.equal(model.decode(z[order], 0.9, uniforms[order]), together[order])


@pytest.mark.parametrize("name", SMALL)
def test_bfloat16_autocast(name):
    model, batch = small(name), grooves(4)
    plain = float(model.loss(batch, 0, "train", seeded(0))["loss"].detach())
    with torch.autocast("cpu", torch.bfloat16):
        figures = model.loss(batch, 0, "train", seeded(0))
        assert all(part.dtype == torch.float32 for part in model.encode(batch))
    figures["loss"].backward()
    assert figures["loss"].dtype == torch.float32
    assert float(figures["loss"].detach()) == pytest.approx(plain, rel=0.02)


@pytest.mark.parametrize("mean", [1.0, 63.7, 200.0])
@pytest.mark.parametrize("width", [0.5, 9.0, 400.0])
def test_probabilities_of_a_velocity_sum_to_one(mean, width):
    values = torch.arange(1, 128)
    each = _logistic(torch.tensor([mean]).double(), torch.tensor([width]).double(), values, 1, 127)
    assert float((-each).exp().sum()) == pytest.approx(1, abs=1e-9)


@torch.no_grad()
def test_velocities_are_drawn_as_the_density_says():
    """Over many draws the share below each value is what the logistic density gives."""
    model = small("groove-attention-vae").double().eval()
    tokens = torch.from_numpy(GRID.canonical(np.ones((1, 19, 16), np.int64)))
    z = torch.zeros(1, model.z_size, dtype=torch.float64)
    played = model._played(model._features(z), strokes(tokens))
    count = 400
    uniforms = ((torch.arange(count, dtype=torch.float64) + 0.5) / count).view(-1, 1, 1).expand(-1, *GRID.draws)
    drawn = model.perform(z.expand(count, -1), tokens.expand(count, -1, -1), 1.0, uniforms)[:, 1, 3]
    mean, width = played.loud[0, 3, 0], played.loud_width[0, 3, 0]
    for value in (30, 60, 90):
        below = float(torch.sigmoid((value + 0.5 - mean) / width))
        assert float((drawn <= value).double().mean()) == pytest.approx(below, abs=0.01)


@pytest.mark.parametrize("name", SMALL)
def test_other_grids_and_tasks_are_refused(name):
    with pytest.raises(UsageError, match=r'give \[grid\] kind = "groove", not \'steps\''):
        build(name, Grid(parts=("drums",)), config_class(name)())
    with pytest.raises(UsageError, match="task must be one of none, humanise, tap, all, got 'drumify'"):
        config_class(name)(task="drumify")


def spelt(tokens: torch.Tensor) -> np.ndarray:
    """The one spelling of phrases within a longer piece: the first step may be early."""
    spelled = GRID.canonical(tokens.numpy())
    early = (spelled[:, groove.TIMING, 0] > tokens.numpy()[:, groove.TIMING, 0]) & (spelled[:, groove.VELOCITY, 0] > 0)
    spelled[:, groove.TIMING, 0] = np.where(early, tokens.numpy()[:, groove.TIMING, 0], spelled[:, groove.TIMING, 0])
    return spelled


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)
