"""AnticipationRNN, "anticipation-rnn": against the naive version, and all that an inpainter promises."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import torch
from naive_inpaintnet import NaiveAnticipationRNN, drawn
from test_latent_rnn import check_contour

from scorespace.errors import UsageError
from scorespace.models.anticipation_rnn import AnticipationRNN, AnticipationRNNConfig
from scorespace.models.gaps import counted, inpaintnet_gaps
from scorespace.models.undrawn import Undrawn
from scorespace.models.wishes import Wishes
from scorespace.music.grid import Grid
from scorespace.music.lines import REST

BEAT = (Fraction(0), Fraction(1, 3), Fraction(1, 2))
GRID = Grid(bars=5, metre=(3, 8), beat_positions=BEAT, lowest=60, highest=66)
TINY = Grid(bars=4, metre=(1, 4), beat_positions=(Fraction(0), Fraction(1, 2)), lowest=60, highest=60)
SMALL = AnticipationRNNConfig(embedding=3, size=5, hidden=4, dropout=0.0, input_dropout=0.0)


def model_of(grid: Grid = GRID, **settings) -> AnticipationRNN:
    torch.manual_seed(0)
    model = AnticipationRNN(grid, replace(SMALL, **settings)).double()
    for weight in model.parameters():  # large enough that every part of it can be heard
        torch.nn.init.normal_(weight, std=0.7)
    return model.eval()


def phrases(count: int, grid: Grid = GRID, seed: int = 0) -> torch.Tensor:
    random = np.random.default_rng(seed)
    return torch.from_numpy(random.integers(0, grid.vocabulary, (count, 1, grid.steps)))


def masks(count: int, grid: Grid = GRID) -> torch.Tensor:
    """(B, 1, S): nothing, everything, the beginning, the end, and scattered places."""
    found = torch.rand(count, 1, grid.steps, generator=torch.Generator().manual_seed(1)) < 0.5
    found[0], found[1] = False, True
    found[2], found[3] = torch.arange(grid.steps) < 7, torch.arange(grid.steps) >= grid.steps - 7
    return found


def chances(count: int, grid: Grid = GRID) -> torch.Tensor:
    return torch.rand(count, 2, 1, grid.steps, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("layers", [1, 3])
@torch.no_grad()
def test_agrees_with_the_naive_version(layers):
    model, tokens, mask, uniforms = model_of(layers=layers), phrases(6), masks(6), chances(6)
    naive = NaiveAnticipationRNN(model)
    likelihood, following = model.step_log_likelihood(tokens, mask), model.next_step(tokens, mask)
    written, taken = model.inpaint(tokens, mask), model.inpaint(tokens, mask, 1.0, uniforms)
    for row, (line, gone) in enumerate(zip(tokens[:, 0].numpy(), mask[:, 0].numpy(), strict=True)):
        np.testing.assert_allclose(likelihood[row, 0], naive.log_likelihood(line, gone), atol=1e-9)

        def likeliest(step, logits, line=line, row=row):
            assert following[row, 0, step] == logits.argmax()
            return line[step]

        naive.run(line, gone, likeliest)
        assert following[row, 0][~mask[row, 0]].tolist() == line[~gone].tolist()
        assert written[row, 0].tolist() == naive.run(line, gone, lambda step, logits: logits.argmax()).tolist()

        def choose(step, logits, row=row):
            return drawn(logits, float(uniforms[row, 0, 0, step]))

        assert taken[row, 0].tolist() == naive.run(line, gone, choose).tolist()


@pytest.mark.parametrize("training", ["original", "gaps"])
@pytest.mark.parametrize("forcing", [0.0, 1.0, None])
@torch.no_grad()
def test_loss_agrees_with_the_naive_version(training, forcing):
    """Every phrase hears its own notes; the random numbers are those that are documented, in their order."""
    model = model_of(training=training, teacher_forcing=forcing or 0.0).train(forcing is not None)
    naive, tokens = NaiveAnticipationRNN(model), phrases(5)
    tokens[1, 0, : 3 * GRID.steps_per_bar] = REST  # padding
    figures = model.loss(tokens, 0, "train", torch.Generator().manual_seed(2))
    generator = torch.Generator().manual_seed(2)
    if training == "gaps":
        mask = inpaintnet_gaps(5, GRID.bars, generator).repeat_interleave(GRID.steps_per_bar, 1).unsqueeze(1)
    else:
        share = 0.5 * torch.rand(5, 1, 1, generator=generator)
        mask = torch.rand(tokens.shape, generator=generator) >= share
    some, costs = counted(tokens, mask), []
    for row, (line, gone) in enumerate(zip(tokens[:, 0].numpy(), mask[:, 0].numpy(), strict=True)):

        def choose(step, logits, line=line, row=row):
            if some[row, 0, step]:
                nats = torch.from_numpy(logits).log_softmax(-1)
                costs.append((-float(nats[line[step]]), float(logits.argmax() == line[step])))
            return logits.argmax() if forcing == 0 else line[step]

        naive.run(line, gone, choose)
    cost, accuracy = np.mean(costs, 0)
    assert len(costs) == int(some.sum()) < int(mask.sum())
    assert float(figures["loss"]) == pytest.approx(cost, abs=1e-9)
    assert float(figures["accuracy"]) == pytest.approx(accuracy)


@pytest.mark.parametrize("places", [(2, 3, 4, 5), (0, 1, 6, 7), (1, 3, 4, 7)])
@torch.no_grad()
def test_the_likelihoods_of_all_fillings_sum_to_one(places):
    mask = torch.zeros(1, 1, TINY.steps, dtype=torch.bool)
    mask[..., places] = True
    fillings = torch.tensor(list(product(range(TINY.vocabulary), repeat=len(places))))
    tokens = phrases(1, TINY).repeat(len(fillings), 1, 1)
    tokens[:, mask[0]] = fillings
    nats = model_of(TINY).step_log_likelihood(tokens, mask.expand_as(tokens))
    assert (nats[:, ~mask[0]] == 0).all()
    whole = nats.sum((1, 2))
    assert float(whole.exp().sum()) == pytest.approx(1.0, abs=1e-9)
    assert float(whole.std()) > 0.01


@torch.no_grad()
def test_nothing_of_what_is_asked_for_leaks():
    """Another token at a place of the gap changes what is said of that place alone, and of what comes after it."""
    model, tokens, mask = model_of(), phrases(6)[5:], masks(6)[5:]
    nats, following = model.step_log_likelihood(tokens, mask), model.next_step(tokens, mask)
    written = model.inpaint(tokens, mask)
    later_changes = 0
    for place in mask[0, 0].nonzero()[:, 0].tolist():
        other = tokens.clone()
        other[..., place] = (other[..., place] + 3) % GRID.vocabulary
        again = model.step_log_likelihood(other, mask)
        assert torch.equal(again[..., :place], nats[..., :place])
        later_changes += int(not torch.allclose(again[..., place + 1 :], nats[..., place + 1 :]))
        open_before = mask & (torch.arange(GRID.steps) <= place)
        assert torch.equal(model.next_step(other, mask)[open_before], following[open_before])
        assert torch.equal(model.inpaint(other, mask)[mask], written[mask])
    assert later_changes > 5


@torch.no_grad()
def test_what_comes_after_a_gap_is_anticipated():
    model, tokens = model_of(), phrases(1)
    mask = (torch.arange(GRID.steps) < 8).view(1, 1, -1)
    other = tokens.clone()
    other[..., 10] = (other[..., 10] + 3) % GRID.vocabulary
    first, second = (model.step_log_likelihood(of, mask)[..., :8] for of in (tokens, other))
    assert (first != second).any()


@pytest.mark.parametrize("temperature", [0.0, 1.0])
@torch.no_grad()
def test_what_is_given_stays_and_a_phrase_alone_is_the_same(temperature):
    model, tokens, mask, uniforms = model_of(), phrases(6), masks(6), chances(6)
    given = tokens.clone()
    written = model.inpaint(tokens, mask, temperature, uniforms)
    assert torch.equal(tokens, given)
    assert torch.equal(written[~mask], tokens[~mask])
    assert (written != tokens).any()
    for row in range(6):
        only = slice(row, row + 1)
        assert torch.equal(model.inpaint(tokens[only], mask[only], temperature, uniforms[only]), written[only])


@torch.no_grad()
def test_wishes_are_kept():
    model, tokens, mask, uniforms = model_of(), phrases(40), masks(40), chances(40)
    allowed = torch.rand(40, GRID.steps, GRID.vocabulary, generator=torch.Generator().manual_seed(0)) < 0.3
    allowed[..., REST] |= ~allowed.any(-1)
    written = model.inpaint(tokens, mask, 1.0, uniforms, Wishes(allowed=allowed))
    assert allowed.gather(-1, written[:, 0].unsqueeze(-1))[mask[:, 0]].all()
    check_contour(model, tokens, mask, uniforms)


@torch.no_grad()
def test_other_numbers_of_bars():
    model = model_of()
    longer = model.on(replace(GRID, bars=8))
    tokens, mask = phrases(5, longer.grid), masks(5, longer.grid)
    written, naive = longer.inpaint(tokens, mask), NaiveAnticipationRNN(model)
    for row, (line, gone) in enumerate(zip(tokens[:, 0].numpy(), mask[:, 0].numpy(), strict=True)):
        assert written[row, 0].tolist() == naive.run(line, gone, lambda step, logits: logits.argmax()).tolist()


@pytest.mark.parametrize(("training", "forcing"), [("original", 1.0), ("gaps", 0.0)])
def test_training_lowers_the_loss(training, forcing):
    torch.manual_seed(0)
    more = {"size": 16, "hidden": 16, "dropout": 0.1, "input_dropout": 0.1}
    model = AnticipationRNN(GRID, replace(SMALL, **more, training=training, teacher_forcing=forcing)).train()
    batch = phrases(1).repeat(4, 1, 1)
    optimiser, losses = torch.optim.Adam(model.parameters(), lr=2e-2), []
    for step in range(20):
        optimiser.zero_grad()
        figures = model.loss(batch, step, "train", torch.Generator().manual_seed(step))
        figures["loss"].backward()
        assert all(torch.isfinite(weight.grad).all() for weight in model.parameters())
        optimiser.step()
        losses.append(float(figures["loss"].detach()))
    assert np.mean(losses[-5:]) < np.mean(losses[:5]) - 0.05


def test_unheard_ticks():
    """Whole ticks of the notes before are left out, in training alone; what is left weighs as much more."""
    model, batch = model_of(input_dropout=0.25).train(), phrases(400)
    kept = model._kept(batch, torch.Generator().manual_seed(0))
    assert kept.shape == (400, GRID.steps, 1)
    assert sorted(kept.unique().tolist()) == pytest.approx([0, 4 / 3])
    assert float(kept.mean()) == pytest.approx(1.0, abs=0.03)
    assert model.eval()._kept(batch, None) is None


def test_bfloat16_autocast():
    model, batch = model_of().float().train(), phrases(4)
    plain = model.loss(batch, 0, "train", torch.Generator().manual_seed(0))["loss"]
    with torch.autocast("cpu", torch.bfloat16):
        figures = model.loss(batch, 0, "train", torch.Generator().manual_seed(0))
    assert torch.equal(plain, figures["loss"])


def test_the_papers_sizes():
    """1.95 million parameters with 46 tokens; the paper's code has a voice beside the marks, 1,024 * 2 weights more."""
    with Undrawn():
        model = AnticipationRNN(Grid(bars=16, beat_positions=BEAT, lowest=50, highest=93), AnticipationRNNConfig())
    assert sum(p.numel() for p in model.parameters()) + 2048 == pytest.approx(1.95e6, abs=5e3)


def test_what_it_cannot_do_is_said():
    with pytest.raises(UsageError, match='"gaps" needs phrases of 4 bars or more, got 3'):
        AnticipationRNN(replace(GRID, bars=3), replace(SMALL, training="gaps"))
    with pytest.raises(UsageError, match="writes one melodic line"):
        AnticipationRNN(Grid(parts=("melody", "bass"), bars=4), SMALL)
    with pytest.raises(UsageError, match="training must be one of original, gaps, got 'both'"):
        AnticipationRNNConfig(training="both")
