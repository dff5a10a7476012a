"""LatentRNN, "latent-rnn": against the naive version, and all that an inpainter promises."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import torch
from naive_inpaintnet import NaiveLatentRNN, drawn

from scorespace import checkpoint, models
from scorespace.errors import ModelError, UsageError
from scorespace.models.gaps import counted, inpaintnet_gaps
from scorespace.models.latent_rnn import LatentRNN, LatentRNNConfig
from scorespace.models.measure_vae import MeasureVAE, MeasureVAEConfig
from scorespace.models.undrawn import Undrawn
from scorespace.models.wishes import Wishes
from scorespace.music.grid import Grid
from scorespace.music.lines import FIRST_PITCH, REST
from scorespace.recipe import Recipe
from scorespace.training.start import initial_model

BEAT = (Fraction(0), Fraction(1, 3), Fraction(1, 2))
GRID = Grid(bars=6, metre=(3, 8), beat_positions=BEAT, lowest=60, highest=66)
TINY = Grid(bars=4, metre=(1, 4), beat_positions=(Fraction(0), Fraction(1, 2)), lowest=60, highest=60)
MEASURE = {"z_size": 4, "embedding": 3, "encoder_size": 4, "encoder_layers": 1, "decoder_size": 5}
SMALL = LatentRNNConfig(**MEASURE, context_size=3, generation_size=5, dropout=0.0)
KINDS = {
    "autoregressive": {},
    "one shot": {"autoregressive": False},
    "one shot, as published": {"autoregressive": False, "generation_size": 6},
    "layers": {"generation_layers": 1, "context_layers": 3},
}
GAPS = [[2, 3], [0], [5], [0, 1, 4], [1, 3, 4], [0, 1, 2, 3, 4, 5]]


def model_of(grid: Grid = GRID, **settings) -> LatentRNN:
    torch.manual_seed(0)
    model = LatentRNN(grid, replace(SMALL, **settings)).double()
    for weight in model.parameters():  # large enough that every part of it can be heard
        torch.nn.init.normal_(weight, std=0.7)
    return model.eval()


def phrases(count: int, grid: Grid = GRID, seed: int = 0) -> torch.Tensor:
    random = np.random.default_rng(seed)
    return torch.from_numpy(random.integers(0, grid.vocabulary, (count, 1, grid.steps)))


def masks(gaps: list[list[int]], grid: Grid = GRID) -> torch.Tensor:
    """(B, 1, S), True in the bars of each phrase, counted from 0."""
    found = torch.zeros(len(gaps), grid.bars, grid.steps_per_bar, dtype=torch.bool)
    for row, bars in enumerate(gaps):
        found[row, bars] = True
    return found.view(len(gaps), 1, -1)


def chances(count: int, grid: Grid = GRID, seed: int = 0) -> torch.Tensor:
    return torch.rand(count, 2, 1, grid.steps, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("kind", KINDS)
@torch.no_grad()
def test_agrees_with_the_naive_version(kind):
    model, tokens, mask = model_of(**KINDS[kind]), phrases(len(GAPS)), masks(GAPS)
    assert (model.join is None) == (kind == "one shot, as published")
    naive, uniforms = NaiveLatentRNN(model), chances(len(GAPS))
    likelihood, following = model.step_log_likelihood(tokens, mask), model.next_step(tokens, mask)
    written, taken = model.inpaint(tokens, mask), model.inpaint(tokens, mask, 1.0, uniforms)
    steps = GRID.steps_per_bar
    for row, gap in enumerate(GAPS):
        bars, missing = tokens[row, 0].view(GRID.bars, steps).numpy(), [k in gap for k in range(GRID.bars)]
        np.testing.assert_allclose(likelihood[row, 0], naive.log_likelihood(bars, missing).ravel(), atol=1e-9)

        def likeliest(k, z, measure, bars=bars, row=row):
            best = measure.logits(bars[k], z).argmax(-1)
            assert following[row, 0, k * steps : (k + 1) * steps].tolist() == best.tolist()
            return bars[k]

        naive.write(bars, missing, likeliest)
        expected = naive.write(bars, missing, lambda k, z, measure: measure.decode(z, steps))
        assert written[row, 0].tolist() == expected.ravel().tolist()

        def choose(k, z, measure, row=row):
            own = uniforms[row, 0, 0, k * steps : (k + 1) * steps].numpy()
            return measure.decode(z, steps, lambda tick, logits: drawn(logits, own[tick]))

        assert taken[row, 0].tolist() == naive.write(bars, missing, choose).ravel().tolist()


@pytest.mark.parametrize("kind", ["autoregressive", "one shot"])
@pytest.mark.parametrize("forcing", [0.0, 1.0, None])
@torch.no_grad()
def test_loss_agrees_with_the_naive_version(kind, forcing):
    """The mean over the places that count, of gaps drawn first; None: held out, taught with the true notes."""
    model = model_of(**KINDS[kind], teacher_forcing=forcing or 0.0).train(forcing is not None)
    naive, tokens, steps = NaiveLatentRNN(model), phrases(5), GRID.steps_per_bar
    tokens[1, 0, : 3 * steps], tokens[2, 0, 2 * steps :] = REST, REST  # silence around the notes, which is padding
    figures = model.loss(tokens, 0, "train", torch.Generator().manual_seed(2))
    gaps = inpaintnet_gaps(5, GRID.bars, torch.Generator().manual_seed(2))
    mask = gaps.repeat_interleave(steps, 1).unsqueeze(1)
    some, costs = counted(tokens, mask), []
    assert some.sum() < mask.sum()
    for row, missing in enumerate(gaps.tolist()):
        bars = tokens[row, 0].view(GRID.bars, steps).numpy()

        def choose(k, z, measure, bars=bars, row=row):
            heard = measure.decode(z, steps) if forcing == 0 else bars[k]
            logits = torch.from_numpy(measure.logits(heard, z)).log_softmax(-1)
            for tick, token in enumerate(bars[k]):
                if some[row, 0, k * steps + tick]:
                    costs.append((-float(logits[tick, token]), float(logits[tick].argmax() == token)))
            return heard

        naive.write(bars, missing, choose)
    cost, accuracy = np.mean(costs, 0)
    assert float(figures["loss"]) == pytest.approx(cost, abs=1e-9)
    assert float(figures["accuracy"]) == pytest.approx(accuracy)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("gap", [[1, 2], [0, 3], [0, 1]])
@torch.no_grad()
def test_the_likelihoods_of_all_fillings_sum_to_one(kind, gap):
    mask = masks([gap], TINY)
    fillings = torch.tensor(list(product(range(TINY.vocabulary), repeat=int(mask.sum()))))
    tokens = phrases(1, TINY).repeat(len(fillings), 1, 1)
    tokens[:, mask[0]] = fillings
    nats = model_of(TINY, **KINDS[kind]).step_log_likelihood(tokens, mask.expand_as(tokens))
    assert (nats[:, ~mask[0]] == 0).all()
    whole = nats.sum((1, 2))
    assert float(whole.exp().sum()) == pytest.approx(1.0, abs=1e-9)
    assert float(whole.std()) > 0.01


@pytest.mark.parametrize("kind", ["autoregressive", "one shot"])
@torch.no_grad()
def test_nothing_of_what_is_asked_for_leaks(kind):
    """Another token at a place of the gap changes what is said of that place alone, and of what comes after it."""
    model, tokens, mask = model_of(**KINDS[kind]), phrases(1), masks([[1, 2, 5]])
    nats, following = model.step_log_likelihood(tokens, mask), model.next_step(tokens, mask)
    written = model.inpaint(tokens, mask)
    later_changes = 0
    for place in mask[0, 0].nonzero()[:, 0].tolist():
        other = tokens.clone()
        other[..., place] = (other[..., place] + 3) % GRID.vocabulary
        again = model.step_log_likelihood(other, mask)
        torch.testing.assert_close(again[..., :place], nats[..., :place], rtol=0, atol=1e-12)
        later_changes += int(not torch.allclose(again[..., place + 1 :], nats[..., place + 1 :]))
        now = model.next_step(other, mask)
        open_before = mask.clone()
        open_before[..., place + 1 :] = False
        assert torch.equal(now[open_before], following[open_before])
        new = model.inpaint(other, mask)
        assert torch.equal(new, written)
    assert later_changes > 3


def test_no_gradient_flows_from_a_bar_to_the_bars_before_it():
    """The generation GRU under teacher forcing: a bar's z depends on the codes of the bars before it alone."""
    model = model_of()
    codes = torch.randn(1, GRID.bars, SMALL.z_size, dtype=torch.float64, requires_grad=True)
    gap = torch.tensor([[False, True, True, True, False, False]])
    past, future = torch.arange(6)[None] < 1, torch.arange(6)[None] > 3
    z = model._planned(codes, gap, past, future)
    for k in range(3):
        (moved,) = torch.autograd.grad(z[0, k].sum(), codes, retain_graph=True)
        assert (moved[0, 1 + k : 4] == 0).all()
        assert (moved[0, [0, *range(1, 1 + k), 4, 5]].abs().sum(-1) > 0).all()


@pytest.mark.parametrize("kind", ["autoregressive", "one shot"])
@pytest.mark.parametrize("temperature", [0.0, 1.0])
@torch.no_grad()
def test_what_is_given_stays_and_a_phrase_alone_is_the_same(kind, temperature):
    model, tokens, mask, uniforms = model_of(**KINDS[kind]), phrases(len(GAPS)), masks(GAPS), chances(len(GAPS))
    given = tokens.clone()
    written = model.inpaint(tokens, mask, temperature, uniforms)
    assert torch.equal(tokens, given)
    assert torch.equal(written[~mask], tokens[~mask])
    assert (written != tokens).any()
    nats = model.step_log_likelihood(tokens, mask)
    for row in range(len(GAPS)):
        only = slice(row, row + 1)
        alone = model.inpaint(tokens[only], mask[only], temperature, uniforms[only])
        assert torch.equal(alone, written[only])
        torch.testing.assert_close(model.step_log_likelihood(tokens[only], mask[only]), nats[only])
    assert torch.equal(model.inpaint(tokens, torch.zeros_like(mask), temperature, uniforms), tokens)


def test_wishes_are_kept():
    model, mask, grid = model_of(), masks([[2, 3]] * 40), GRID
    tokens, uniforms = phrases(40), chances(40)
    allowed = torch.rand(40, grid.steps, grid.vocabulary, generator=torch.Generator().manual_seed(0)) < 0.3
    allowed[..., REST] |= ~allowed.any(-1)
    written = model.inpaint(tokens, mask, 1.0, uniforms, Wishes(allowed=allowed))
    assert allowed.gather(-1, written[:, 0].unsqueeze(-1))[mask[:, 0]].all()
    assert not allowed.gather(-1, model.inpaint(tokens, mask, 1.0, uniforms)[:, 0].unsqueeze(-1))[mask[:, 0]].all()
    check_contour(model, tokens, mask, uniforms)


def check_contour(model, tokens, mask, uniforms):
    """Written notes go up and down with a zigzag, but where the highest or the lowest pitch has been reached."""
    steps = tokens.shape[-1]
    contour = torch.where(torch.arange(steps) % 2 == 0, 3, 5).expand(len(tokens), -1)
    pitches = torch.arange(model.grid.vocabulary) - 1
    pitches[:FIRST_PITCH] = -1
    written = model.inpaint(tokens, mask, 1.0, uniforms, Wishes(contour=contour, pitches=pitches))
    followed = 0
    for line, open_here, wanted in zip(written[:, 0].tolist(), mask[:, 0].tolist(), contour.tolist(), strict=True):
        last = since = None
        for step, token in enumerate(line):
            if token < FIRST_PITCH:
                continue
            if open_here[step] and last is not None:
                way = np.sign(wanted[step] - wanted[since])
                edge = model.grid.vocabulary - 1 if way > 0 else FIRST_PITCH
                assert np.sign(token - last) == way or (way != 0 and last == edge)
                followed += 1
            last, since = token, step
    assert followed > 50


@torch.no_grad()
def test_other_numbers_of_bars():
    model = model_of()
    longer = model.on(replace(GRID, bars=9))
    tokens, gaps = phrases(3, longer.grid), [[7, 8], [0], [1, 5, 6]]
    mask = masks(gaps, longer.grid)
    written, naive = longer.inpaint(tokens, mask), NaiveLatentRNN(model)
    assert model.grid.bars == 6
    for row, gap in enumerate(gaps):
        missing = [k in gap for k in range(9)]
        bars = tokens[row, 0].view(9, -1).numpy()
        expected = naive.write(bars, missing, lambda k, z, measure: measure.decode(z, GRID.steps_per_bar))
        assert written[row, 0].tolist() == expected.ravel().tolist()


@pytest.mark.parametrize(("kind", "forcing"), [("autoregressive", 0.0), ("autoregressive", 1.0), ("one shot", 1.0)])
def test_training_lowers_the_loss_and_leaves_the_measures_alone(kind, forcing):
    torch.manual_seed(0)
    settings = {"context_size": 12, "generation_size": 16, "decoder_size": 16, "dropout": 0.1, "z_size": 8}
    model = LatentRNN(GRID, replace(SMALL, **settings, **KINDS[kind], teacher_forcing=forcing)).train()
    frozen = {name: value.clone() for name, value in model.measure.state_dict().items()}
    batch = phrases(1).repeat(4, 1, 1)
    moved = list(model.phase_parameters("train"))
    optimiser, losses = torch.optim.Adam(moved, lr=2e-2), []
    for step in range(20):
        optimiser.zero_grad()
        figures = model.loss(batch, step, "train", torch.Generator().manual_seed(step))
        figures["loss"].backward()
        assert all(torch.isfinite(weight.grad).all() for weight in moved if weight.grad is not None)
        optimiser.step()
        losses.append(float(figures["loss"].detach()))
    assert np.mean(losses[-5:]) < np.mean(losses[:5]) - 0.05
    assert all(torch.equal(value, frozen[name]) for name, value in model.measure.state_dict().items())
    assert all(weight.grad is None for weight in model.measure.parameters())
    assert len(moved) == len(list(model.parameters())) - len(frozen)


def test_bars_are_read_without_dropout():
    model = LatentRNN(GRID, replace(SMALL, dropout=0.9, encoder_layers=2)).train()
    bars = phrases(2).view(2, GRID.bars, -1)
    assert torch.equal(model._codes(bars), model._codes(bars))
    assert torch.equal(model._codes(bars), model.eval()._codes(bars))


def test_bfloat16_autocast():
    model, batch = model_of().float().train(), phrases(4)
    plain = model.loss(batch, 0, "train", torch.Generator().manual_seed(0))["loss"]
    with torch.autocast("cpu", torch.bfloat16):
        figures = model.loss(batch, 0, "train", torch.Generator().manual_seed(0))
    assert torch.equal(plain, figures["loss"])


def recipe(name: str, grid: Grid, config) -> Recipe:
    base = Recipe.from_dict({"model": {"name": name}})
    return replace(base, grid=grid, model=replace(base.model, config=config))


def test_training_begins_from_a_measure_vae(tmp_path):
    def save(place, grid, name, config):
        torch.manual_seed(3)
        model = models.build(name, grid, config)
        return checkpoint.save(tmp_path / place, model, grid, name, config, {}, {}, {}), model

    one_bar, settings = replace(GRID, bars=1), MeasureVAEConfig(**MEASURE, dropout=0.4, beta=0.5)
    wanted = recipe("latent-rnn", GRID, SMALL)
    with pytest.raises(UsageError, match=r"train one on single bars of the same grid first .* --init RUN/best"):
        initial_model(wanted)
    place, measure = save("measure", one_bar, "measure-vae", settings)
    model = initial_model(wanted, place)
    assert isinstance(model, LatentRNN)
    tokens = phrases(2).view(2, GRID.bars, -1)
    torch.testing.assert_close(model._codes(tokens)[1], measure.eval().encode(tokens[1].unsqueeze(1))[0])
    place, whole = save("whole", GRID, "latent-rnn", SMALL)
    again = initial_model(wanted, place)
    assert all(torch.equal(value, again.state_dict()[name]) for name, value in whole.state_dict().items())
    place, _ = save("other", replace(one_bar, highest=65), "measure-vae", settings)
    with pytest.raises(ModelError, match="its grid must be this one with one bar"):
        initial_model(wanted, place)
    place, _ = save("larger", one_bar, "measure-vae", replace(settings, z_size=6))
    with pytest.raises(ModelError, match="z_size is 6, the recipe says 4"):
        initial_model(wanted, place)


def test_the_papers_sizes():
    """57.57 million parameters without autoregression, of which 39.90 are trained; 46 tokens."""
    grid = Grid(bars=16, beat_positions=BEAT, lowest=50, highest=93)
    with Undrawn():
        model = LatentRNN(grid, LatentRNNConfig(autoregressive=False))
        assert isinstance(model.measure, MeasureVAE)
    count = [sum(p.numel() for p in of) / 1e6 for of in (model.parameters(), model.phase_parameters("train"))]
    assert count == pytest.approx([57.57, 39.90], abs=0.005)


def test_what_it_cannot_do_is_said():
    with pytest.raises(UsageError, match="4 bars or more, got 3"):
        LatentRNN(replace(GRID, bars=3), SMALL)
    with pytest.raises(UsageError, match="writes one melodic line"):
        LatentRNN(Grid(parts=("melody", "bass"), bars=4), SMALL)
    model, tokens, mask = model_of(), phrases(2), masks([[1], [2]])
    mask[1, 0, 0] = True
    for ask in (model.inpaint, model.next_step, model.step_log_likelihood):
        with pytest.raises(UsageError, match="writes whole bars, and something is kept within one"):
            ask(tokens, mask)
