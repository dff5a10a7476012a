from __future__ import annotations

import pytest
import torch

from scorespace.errors import UsageError
from scorespace.models.base import choose
from scorespace.models.note_lm import NoteLM, NoteLMConfig
from scorespace.music.grid import Grid

SMALL = NoteLMConfig(width=16, blocks=2, heads=2)
GRIDS = [Grid(bars=1, lowest=60, highest=71), Grid(parts=("melody", "bass"), bars=1, lowest=60, highest=71)]


def model_on(grid: Grid) -> NoteLM:
    torch.manual_seed(1)
    return NoteLM(grid, SMALL).double().eval()


@pytest.mark.parametrize("grid", GRIDS, ids=["one part", "two parts"])
@torch.no_grad()
def test_hears_only_what_came_before(grid):
    """Changing one token changes the logits of later places only; within a step, the parts above come first."""
    model = model_on(grid)
    tokens = torch.randint(0, 14, (1, *grid.shape))
    before = model.logits(tokens)
    order = [(step, track) for step in range(grid.steps) for track in range(grid.tracks)]
    for place, (step, track) in enumerate(order):
        changed = tokens.clone()
        changed[0, track, step] = (tokens[0, track, step] + 1) % 14
        moved = (model.logits(changed) - before).abs().amax(-1)[0] > 1e-12
        assert [bool(moved[t, s]) for s, t in order] == [other > place for other in range(len(order))]


@pytest.mark.parametrize("grid", GRIDS, ids=["one part", "two parts"])
@torch.no_grad()
def test_samples_are_draws_from_its_own_predictions(grid):
    """Step by step with stored keys and values is the same as all at once, and no sample depends on another."""
    model = model_on(grid)
    uniforms = torch.rand(6, *grid.shape, dtype=torch.float64)
    for temperature in (1.0, 0.3, 0.0):
        tokens = model.sample(uniforms, temperature)
        assert torch.equal(choose(model.logits(tokens), temperature, uniforms), tokens)
        assert torch.equal(model.sample(uniforms[2:3], temperature), tokens[2:3])
        assert tokens.shape == (6, *grid.shape)


@torch.no_grad()
def test_likelihood_is_the_sum_over_places():
    model, tokens = model_on(GRIDS[1]), torch.randint(0, 14, (3, 2, 16))
    each = model.logits(tokens).log_softmax(-1).gather(-1, tokens.unsqueeze(-1))
    torch.testing.assert_close(model.log_likelihood(tokens), each.sum((1, 2, 3)))
    figures = model.loss(tokens, 0, "train")
    torch.testing.assert_close(figures["loss"], -model.log_likelihood(tokens).mean())
    assert "kl" not in figures
    assert torch.equal(model.next_step(tokens), model.logits(tokens).argmax(-1))


def test_size_is_that_of_the_latent_models():
    count = sum(p.numel() for p in NoteLM(Grid(), NoteLMConfig()).parameters())
    assert 2.0e6 < count < 2.2e6


def test_refuses_wrong_settings_and_shapes():
    with pytest.raises(UsageError, match="width must be a multiple of its heads, got 10 and 4"):
        NoteLMConfig(width=10)
    with pytest.raises(UsageError, match="blocks must lie between 1 and 64, got 0"):
        NoteLMConfig(blocks=0)
    with pytest.raises(ValueError, match=r"uniforms must be \(B, 1, 16\), got \(2, 1, 8\)"):
        model_on(GRIDS[0]).sample(torch.rand(2, 1, 8))
