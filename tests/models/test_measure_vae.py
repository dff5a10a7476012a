"""MeasureVAE against the naive version, and what `test_every_model` does not ask of it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch
from naive_inpaintnet import NaiveMeasureVAE, drawn, softmax

from scorespace.errors import UsageError
from scorespace.models.measure_vae import LOG_SCALE, MeasureVAE, MeasureVAEConfig
from scorespace.models.undrawn import Undrawn
from scorespace.music.grid import Grid

FOLK = tuple(Fraction(text) for text in ("0", "1/4", "1/3", "1/2", "2/3", "3/4"))
GRIDS = {metre: Grid(bars=1, metre=metre, beat_positions=FOLK, lowest=60, highest=66) for metre in ((2, 4), (3, 8))}
SMALL = MeasureVAEConfig(z_size=4, embedding=3, encoder_size=5, decoder_size=6, dropout=0.0, beta=0.1)


def model_of(grid: Grid, **settings) -> MeasureVAE:
    torch.manual_seed(0)
    model = MeasureVAE(grid, replace(SMALL, **settings)).double()
    for weight in model.parameters():  # large enough that every part of it can be heard
        torch.nn.init.normal_(weight, std=0.7)
    return model


def bars(count: int, grid: Grid, seed: int = 0) -> torch.Tensor:
    random = np.random.default_rng(seed)
    return torch.from_numpy(random.integers(0, grid.vocabulary, (count, 1, grid.steps)))


@pytest.mark.parametrize("grid", GRIDS.values(), ids=["2/4", "3/8"])
@pytest.mark.parametrize("settings", [{}, {"relu_logits": True, "encoder_layers": 1, "decoder_layers": 3}])
@torch.no_grad()
def test_agrees_with_the_naive_version(grid, settings):
    """3/8 has one beat and a half."""
    model, tokens = model_of(grid, **settings), bars(3, grid)
    naive = NaiveMeasureVAE(model)
    mean, scale = model.encode(tokens)
    z = mean + 0.5 * torch.randn(3, model.z_size, dtype=torch.float64)
    logits, likelihood, following = model.logits(tokens, z), model.log_likelihood(tokens, z), model.next_step(tokens, z)
    uniforms = torch.rand(3, 1, grid.steps, dtype=torch.float64)
    likeliest, chosen = model.decode(z), model.decode(z, 1.0, uniforms)
    assert grid.steps == {(2, 4): 12, (3, 8): 9}[grid.metre]
    for row, bar in enumerate(tokens[:, 0].numpy()):
        expected = naive.encode(bar)
        np.testing.assert_allclose(mean[row], expected[0], atol=1e-9)
        np.testing.assert_allclose(scale[row], expected[1], atol=1e-9)
        taught = naive.logits(bar, z[row].numpy())
        np.testing.assert_allclose(logits[row], taught, atol=1e-9)
        each = [np.log(softmax(values)[token]) for values, token in zip(taught, bar, strict=True)]
        assert float(likelihood[row]) == pytest.approx(sum(each), abs=1e-9)
        assert following[row, 0].tolist() == taught.argmax(-1).tolist()
        assert likeliest[row, 0].tolist() == naive.decode(z[row].numpy(), grid.steps).tolist()

        def choice(tick, values, row=row):
            return drawn(values, float(uniforms[row, 0, tick]))

        assert chosen[row, 0].tolist() == naive.decode(z[row].numpy(), grid.steps, choice).tolist()


@pytest.mark.parametrize("forcing", [0.0, 1.0, 0.5])
@torch.no_grad()
def test_loss_agrees_with_the_naive_version(forcing):
    """The documented random numbers in the documented order: z, then whether the true notes are heard."""
    grid = GRIDS[(2, 4)]
    model, tokens = model_of(grid, teacher_forcing=forcing).train(), bars(4, grid)
    naive = NaiveMeasureVAE(model)
    figures = model.loss(tokens, 0, "train", torch.Generator().manual_seed(5))
    generator = torch.Generator().manual_seed(5)
    noise = torch.randn(4, model.z_size, generator=generator, dtype=torch.float64).numpy()
    forced = float(torch.rand((), generator=generator)) < forcing
    rows = []
    for row, bar in enumerate(tokens[:, 0].numpy()):
        mean, scale = naive.encode(bar)
        z = mean + scale * noise[row]
        logits = naive.logits(bar if forced else naive.decode(z, len(bar)), z)
        cost = -sum(np.log(softmax(values)[token]) for values, token in zip(logits, bar, strict=True))
        kl = (0.5 * (mean**2 + scale**2 - 1) - np.log(scale)).sum()
        rows.append((cost, kl, (logits.argmax(-1) == bar).mean()))
    reconstruction, kl, accuracy = np.mean(rows, 0)
    assert float(figures["reconstruction"]) == pytest.approx(reconstruction, abs=1e-8)
    assert float(figures["kl"]) == pytest.approx(kl, rel=1e-9)
    assert float(figures["accuracy"]) == pytest.approx(accuracy)
    assert float(figures["loss"]) == pytest.approx(reconstruction / grid.steps + 0.1 * kl, abs=1e-7)


@torch.no_grad()
def test_held_out_figures_are_taught_with_the_true_notes():
    grid = GRIDS[(2, 4)]
    model, tokens = model_of(grid, teacher_forcing=0.0).eval(), bars(4, grid)
    figures = model.loss(tokens, 0, "train", torch.Generator().manual_seed(1))
    mean, scale = model.encode(tokens)
    z = mean + scale * torch.randn(mean.shape, generator=torch.Generator().manual_seed(1), dtype=mean.dtype)
    assert float(figures["reconstruction"]) == pytest.approx(-float(model.log_likelihood(tokens, z).mean()))


def test_own_notes_are_written_without_dropout():
    grid = GRIDS[(2, 4)]
    model, z = model_of(grid, dropout=0.9).train(), torch.randn(3, SMALL.z_size, dtype=torch.float64)
    first = model._own(z)
    assert model.training
    assert model.decoder.tick.training
    assert torch.equal(first, model._own(z))
    assert torch.equal(first, model.eval().decode(z))


def test_the_scale_is_bounded():
    model = model_of(GRIDS[(2, 4)])
    for bias, bound in ((-1e9, LOG_SCALE[0]), (1e9, LOG_SCALE[1])):
        torch.nn.init.constant_(model.encoder.log_scale[2].bias, bias)
        figures = model.loss(bars(2, model.grid), 0, "train", torch.Generator().manual_seed(0))
        assert torch.isfinite(figures["loss"])
        assert model.encode(bars(2, model.grid))[1].log().mean().item() == pytest.approx(bound)


def test_the_papers_sizes():
    """17.67 million parameters with 46 tokens, of which the decoder has 6.61."""
    with Undrawn():
        model = MeasureVAE(Grid(bars=1, beat_positions=FOLK, lowest=50, highest=93), MeasureVAEConfig())
    parts = [sum(p.numel() for p in part.parameters()) / 1e6 for part in (model.encoder, model.decoder)]
    assert parts == pytest.approx([11.06, 6.61], abs=0.005)


def test_other_grids_are_refused():
    with pytest.raises(UsageError, match=r"model of one bar: set grid\.bars = 1, got 2"):
        MeasureVAE(Grid(bars=2), SMALL)
    with pytest.raises(UsageError, match=r"one melodic line: set grid\.parts to one, got melody, bass"):
        MeasureVAE(Grid(parts=("melody", "bass"), bars=1), SMALL)
    with pytest.raises(UsageError, match="one melodic line"):
        MeasureVAE(Grid(parts=("drums",), bars=1), SMALL)
    with pytest.raises(UsageError, match=r"dropout must lie between 0 and 0\.95"):
        MeasureVAEConfig(dropout=1.0)
