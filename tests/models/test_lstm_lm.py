from __future__ import annotations

import pytest
import torch

from scorespace.errors import UsageError
from scorespace.evaluation.reconstruction import ExactModel
from scorespace.models.base import choose
from scorespace.models.lstm_lm import LstmLM, LstmLMConfig
from scorespace.music.grid import Grid

GRIDS = [
    Grid(bars=1, metre=(2, 4), lowest=60, highest=71),
    Grid(parts=("melody", "bass", "drums"), bars=1, metre=(2, 4), lowest=60, highest=62),
]


def model_on(grid: Grid) -> LstmLM:
    torch.manual_seed(1)
    return LstmLM(grid, LstmLMConfig(size=8)).double().eval()


def phrases(grid: Grid, count: int) -> torch.Tensor:
    return torch.stack([torch.randint(0, size, (count, grid.steps)) for size in grid.sizes], 1)


@pytest.mark.parametrize("grid", GRIDS, ids=["one part", "three parts"])
@torch.no_grad()
def test_hears_the_steps_before_of_all_parts(grid):
    model, tokens = model_on(grid), phrases(grid, 1)
    before = model.logits(tokens)
    for track, size in enumerate(grid.sizes):
        for step in (0, 3, grid.steps - 1):
            changed = tokens.clone()
            changed[0, track, step] = (tokens[0, track, step] + 1) % size
            for one, other in zip(before, model.logits(changed), strict=True):
                moved = (one - other).abs().amax(-1)[0] > 1e-12
                assert moved.tolist() == [place > step for place in range(grid.steps)]


@pytest.mark.parametrize("grid", GRIDS, ids=["one part", "three parts"])
@torch.no_grad()
def test_samples_are_draws_from_its_own_predictions(grid):
    model, uniforms = model_on(grid), torch.rand(6, *grid.shape, dtype=torch.float64)
    assert isinstance(model, ExactModel)
    for temperature in (1.0, 0.3, 0.0):
        tokens = model.sample(uniforms, temperature)
        for track, logits in enumerate(model.logits(tokens)):
            assert torch.equal(choose(logits, temperature, uniforms[:, track]), tokens[:, track])
        assert torch.equal(model.sample(uniforms[2:3], temperature), tokens[2:3])
        assert tokens.shape == (6, *grid.shape)


@torch.no_grad()
def test_likelihood_is_the_sum_over_places():
    model, tokens = model_on(GRIDS[1]), phrases(GRIDS[1], 3)
    each = [
        part.log_softmax(-1).gather(-1, tokens[:, track].unsqueeze(-1)).sum((1, 2))
        for track, part in enumerate(model.logits(tokens))
    ]
    torch.testing.assert_close(model.log_likelihood(tokens), sum(each))
    figures = model.loss(tokens, 0, "train")
    torch.testing.assert_close(figures["loss"], -model.log_likelihood(tokens).mean())
    assert "kl" not in figures
    right = [part.argmax(-1) == tokens[:, track] for track, part in enumerate(model.logits(tokens))]
    assert torch.equal(model.next_step(tokens) == tokens, torch.stack(right, 1))
    assert float(figures["accuracy"]) == pytest.approx(float(torch.stack(right).double().mean()))


@torch.no_grad()
def test_free_running_begins_with_the_true_steps_and_goes_on_alone():
    model, tokens = model_on(GRIDS[1]), phrases(GRIDS[1], 5)
    uniforms = torch.rand(5, *GRIDS[1].shape, dtype=torch.float64)
    assert torch.equal(model.free_run(tokens, given=0, temperature=1.0, uniforms=uniforms), model.sample(uniforms))
    assert torch.equal(model.free_run(tokens, given=8), tokens)
    alone = model.free_run(tokens, given=3)
    assert torch.equal(alone[..., :3], tokens[..., :3])
    assert torch.equal(alone[..., 3:], model.next_step(alone)[..., 3:])
    other = tokens.clone()
    other[..., 3:] = 0
    assert torch.equal(model.free_run(other, given=3), alone)
    drawn = model.free_run(tokens, temperature=1.0, uniforms=uniforms)
    for track, logits in enumerate(model.logits(drawn)):
        assert torch.equal(choose(logits, 1.0, uniforms[:, track])[:, 1:], drawn[:, track, 1:])


def test_refuses_wrong_settings_and_shapes():
    with pytest.raises(UsageError, match="layers must lie between 1 and 8, got 0"):
        LstmLMConfig(layers=0)
    with pytest.raises(ValueError, match=r"uniforms must be \(B, 1, 8\), got \(2, 1, 4\)"):
        model_on(GRIDS[0]).sample(torch.rand(2, 1, 4))
