"""What holds for every model in the registry, small and on one bar of twelve pitches."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from scorespace.models import MODELS, build, config_class
from scorespace.models.base import LatentModel, Model
from scorespace.music.grid import HOLD, REST, Grid

GRID = Grid(bars=1, lowest=60, highest=71)
SMALL = {
    "music-vae": {"z_size": 8, "encoder_size": 24, "decoder_size": 24, "sampling_rate": 50.0, "free_bits": 16.0},
    "hierarchical-vae": {
        "z_size": 8,
        "encoder_size": 32,
        "conductor_size": 32,
        "decoder_size": 32,
        "sampling_rate": 50.0,
        "free_bits": 16.0,
    },
    "attention-vae": {"z_size": 8, "width": 16, "heads": 2, "encoder_blocks": 1, "decoder_blocks": 1, "squeeze": 8},
    "bar-vae": {
        "global_size": 4,
        "bar_size": 8,
        "width": 16,
        "heads": 2,
        "encoder_blocks": 1,
        "decoder_blocks": 1,
        "token_size": 8,
        "squeeze": 8,
        "step_size": 16,
        "head_blocks": 1,
        "patch": 2,
    },
    "musae": {"z_size": 8, "size": 48, "layers": 1, "critic_size": 16, "adversarial": 0.0},
    "measure-vae": {"z_size": 8, "encoder_size": 24, "decoder_size": 24, "dropout": 0.0, "teacher_forcing": 1.0},
    "note-lm": {"width": 16, "heads": 2, "blocks": 2},
    "lstm-lm": {"size": 24},
}

RATES = {"attention-vae": 5e-3, "attention-musae": 5e-3}  # without a KL term its means run away at 1e-2


SMALL["attention-musae"] = SMALL["attention-vae"] | {"critic_size": 16, "adversarial": 0.0}
SMALL["bar-musae"] = SMALL["bar-vae"] | {"critic_size": 16, "adversarial": 0.0}
STEPS = list(SMALL)  # the models for grids of steps
LATENT = [name for name in STEPS if not name.endswith("-lm")]
# models of other kinds of grid, and where the same is said of them
OTHERS = {
    "groove-vae": "test_groove_vae.py",
    "groove-attention-vae": "test_groove_vae.py",
    "roll-vae": "test_roll_vae.py",
    "roll-rnn": "test_roll_vae.py",
    "band-vae": "test_band_vae.py",
    "band-rnn": "test_band_vae.py",
    "latent-rnn": "test_latent_rnn.py",
    "event-inpainter": "test_event_inpainter.py",
    "anticipation-rnn": "test_anticipation_rnn.py",
}


def small(name: str, grid: Grid = GRID, **more) -> Model:
    torch.manual_seed(0)
    return build(name, grid, config_class(name)(**(SMALL[name] | more)))


def test_no_model_is_forgotten():
    assert SMALL.keys() | OTHERS.keys() == set(MODELS)
    for name, file in OTHERS.items():
        assert f'"{name}"' in (Path(__file__).parent / file).read_text("utf-8")
    assert all(isinstance(small(name), LatentModel) == (name in LATENT) for name in STEPS)


def phrases(count: int, seed: int = 0) -> torch.Tensor:
    """Melodies in eighths: an onset, then HOLD, some silence."""
    rng = np.random.default_rng(seed)
    tokens = np.full((count, *GRID.shape), HOLD)
    tokens[:, :, ::2] = rng.integers(REST, GRID.vocabulary, tokens[:, :, ::2].shape)
    return torch.from_numpy(tokens)


def extremes() -> torch.Tensor:
    """All silence, nothing but HOLD, the lowest and the highest pitch over and over."""
    return torch.stack([torch.full(GRID.shape, token) for token in (REST, HOLD, GRID.token(60), GRID.token(71))])


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("batch", [phrases(4), extremes(), phrases(1)], ids=["phrases", "extremes", "one"])
def test_loss_and_gradients_are_numbers(name, batch):
    model = small(name)
    for phase in model.phases:
        for step in (0, 10_000):
            model.zero_grad()
            figures = model.loss(batch, step, phase, torch.Generator().manual_seed(0))
            figures["loss"].backward()
            assert all(value.ndim == 0 and torch.isfinite(value) for value in figures.values())
            for parameter, weight in model.named_parameters():
                if any(weight is moved for moved in model.phase_parameters(phase)):
                    assert weight.grad is not None, parameter
                    assert torch.isfinite(weight.grad).all(), parameter


@pytest.mark.parametrize("name", STEPS)
def test_loss_depends_on_its_generator_alone(name):
    model, batch = small(name), phrases(4)
    found = []
    for other in (1, 2):
        torch.manual_seed(other)
        found.append({k: float(v.detach()) for k, v in model.loss(batch, 100, model.phases[-1], seeded(3)).items()})
    assert found[0] == found[1]


@pytest.mark.slow
@pytest.mark.parametrize("name", STEPS)
def test_learns_a_batch_by_heart(name):
    model, batch = small(name), phrases(8)
    steps = 400
    optimiser = torch.optim.Adam(model.parameters(), lr=RATES.get(name, 1e-2))
    for step in range(steps):
        optimiser.zero_grad()
        figures = model.loss(batch, 0, model.phases[-1], seeded(step))
        figures["loss"].backward()
        optimiser.step()
    # a model without z cannot know the first note, and what follows from it is one of eight
    assert figures["reconstruction"] < (3.0 if isinstance(model, LatentModel) else 6.0)
    if isinstance(model, LatentModel):
        mean, _ = model.encode(batch)
        with torch.no_grad():
            assert (model.decode(mean) == batch).float().mean() > 0.9


@pytest.mark.parametrize("name", LATENT)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@torch.no_grad()
def test_shapes_types_and_ranges(name, dtype):
    model = small(name).to(dtype).eval()
    batch = phrases(3)
    mean, scale = model.encode(batch)
    assert mean.shape == scale.shape == (3, model.z_size)
    assert mean.dtype == scale.dtype == dtype
    assert (scale > 0).all()
    for tokens in (model.decode(mean), model.next_step(batch, mean)):
        assert tokens.shape == batch.shape
        assert tokens.dtype == torch.int64
        assert 0 <= int(tokens.min()) <= int(tokens.max()) < GRID.vocabulary
    likelihood = model.log_likelihood(batch, mean)
    assert likelihood.shape == (3,)
    assert (likelihood < 0).all()


@pytest.mark.parametrize("name", STEPS)
@torch.no_grad()
def test_likelihoods_sum_to_one(name):
    """exp of log_likelihood, over every phrase of a grid small enough to list them all: 3 tokens, 4 steps."""
    grid = Grid(bars=1, metre=(1, 4), lowest=60, highest=60)
    model = small(name, grid).double().eval()
    every = torch.cartesian_prod(*[torch.arange(grid.vocabulary)] * grid.steps).unsqueeze(1)
    if isinstance(model, LatentModel):
        z = torch.randn(1, model.z_size, dtype=torch.float64).expand(len(every), -1)
        likelihood = model.log_likelihood(every, z)
    else:
        likelihood = model.log_likelihood(every)
    assert float(likelihood.exp().sum()) == pytest.approx(1.0, abs=1e-5)
    assert float(likelihood.std()) > 0


@pytest.mark.parametrize("name", LATENT)
@torch.no_grad()
def test_a_take_does_not_depend_on_the_others(name):
    """In float64, phrase k of n is the same whatever n is and wherever it stands."""
    model = small(name).double().eval()
    z = torch.randn(9, model.z_size, dtype=torch.float64)
    uniforms = torch.rand(9, *GRID.shape, dtype=torch.float64)
    for temperature in (0.0, 1.0):
        together = model.decode(z, temperature, uniforms)
        assert torch.equal(together, model.decode(z, temperature, uniforms))
        for k in (0, 4, 8):
            assert torch.equal(together[k : k + 1], model.decode(z[k : k + 1], temperature, uniforms[k : k + 1]))
        assert torch.equal(together[2:5], model.decode(z[2:5], temperature, uniforms[2:5]))


@pytest.mark.parametrize("name", LATENT)
@torch.no_grad()
def test_extreme_points_and_temperatures(name):
    """Also far outside the prior every token exists and every likelihood is a number or -inf, never NaN."""
    model = small(name).eval()
    uniforms = torch.rand(3, *GRID.shape)
    for z in (torch.zeros(3, model.z_size), torch.full((3, model.z_size), 1e6), torch.full((3, model.z_size), -1e6)):
        for temperature in (0.0, 1e-30, 100.0):
            tokens = model.decode(z, temperature, uniforms)
            assert 0 <= int(tokens.min()) <= int(tokens.max()) < GRID.vocabulary
        assert not model.log_likelihood(tokens, z).isnan().any()


@pytest.mark.parametrize("name", STEPS)
def test_bfloat16_autocast(name):
    """Training in bfloat16 keeps the loss and the posterior in float32, near those without it."""
    model, batch = small(name), phrases(4)
    plain = model.loss(batch, 0, model.phases[-1], seeded(0))["loss"]
    with torch.autocast("cpu", torch.bfloat16):
        figures = model.loss(batch, 0, model.phases[-1], seeded(0))
        if isinstance(model, LatentModel):
            assert all(part.dtype == torch.float32 for part in model.encode(batch))
    figures["loss"].backward()
    assert figures["loss"].dtype == torch.float32
    assert float(figures["loss"].detach()) == pytest.approx(float(plain.detach()), rel=0.02)
    assert all(weight.grad.dtype == torch.float32 for weight in model.parameters())


@pytest.mark.parametrize("name", STEPS)
def test_weights_alone_make_the_model(name):
    first, second = small(name), small(name)
    with torch.no_grad():
        for weight in first.parameters():
            weight.add_(0.1)
    second.load_state_dict(first.state_dict())
    batch = phrases(2)
    same = [model.eval().loss(batch, 0, model.phases[-1], seeded(0))["loss"] for model in (first, second)]
    assert torch.equal(*same)


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)
