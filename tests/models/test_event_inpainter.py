"""Our inpainter: its likelihood is one, it keeps what was kept, and it is the same alone and among others."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise, product

import numpy as np
import pytest
import torch
from torch import Tensor

from scorespace.errors import UsageError
from scorespace.models import build
from scorespace.models.event_inpainter import EventInpainter, EventInpainterConfig
from scorespace.models.events import context, line, wanted
from scorespace.models.repeats import BARS, aligned, likeness
from scorespace.models.wishes import Wishes
from scorespace.music.grid import Grid
from scorespace.music.lines import FIRST_PITCH, HOLD, REST

FOLK = tuple(Fraction(text) for text in ("0", "1/4", "1/3", "1/2", "2/3", "3/4"))
SIZES = EventInpainterConfig(width=16, heads=2, reader_blocks=1, writer_blocks=2, dropout=0.0)
TINY = Grid(bars=3, metre=(2, 4), beat_positions=(Fraction(0), Fraction(1, 2)), lowest=60, highest=61)
GRID = Grid(bars=4, beat_positions=FOLK, lowest=55, highest=70)


def model_of(grid: Grid, seed: int = 0, **changes: object) -> EventInpainter:
    """With weights large enough that nothing is even."""
    torch.manual_seed(seed)
    metre = "{}/{}".format(*grid.metre)
    model = build("event-inpainter", grid, replace(SIZES, **({"metres": (metre,)} | changes)))
    assert isinstance(model, EventInpainter)
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.4)
    return model.double().eval()


def melodies(count: int, grid: Grid, seed: int = 0) -> Tensor:
    random = np.random.default_rng(seed)
    tokens = random.integers(0, grid.vocabulary, (count, 1, grid.steps)) * (random.random((count, 1, grid.steps)) < 0.3)
    tokens[:, :, 0] = np.maximum(tokens[:, :, 0], REST)
    return torch.from_numpy(tokens)


def gap(grid: Grid, *bars: int) -> Tensor:
    """(1, 1, S), True in these bars, counted from 0."""
    mask = torch.zeros(1, 1, grid.steps, dtype=torch.bool)
    for bar in bars:
        mask[:, :, bar * grid.steps_per_bar : (bar + 1) * grid.steps_per_bar] = True
    return mask


def uniforms(count: int, grid: Grid, seed: int = 0) -> Tensor:
    return torch.rand(count, 2, 1, grid.steps, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("places", [(0, 1, 2, 3), (4, 5, 6, 7), (8, 9, 10, 11), (2, 3, 4, 5), (1, 2, 6, 9)])
def test_the_likelihoods_of_all_fillings_sum_to_one(places: tuple[int, ...]) -> None:
    mask = torch.zeros(1, 1, TINY.steps, dtype=torch.bool)
    mask[:, :, list(places)] = True
    fillings = torch.tensor(list(product(range(TINY.vocabulary), repeat=len(places))))
    tokens = melodies(1, TINY).repeat(len(fillings), 1, 1)
    tokens[:, 0, list(places)] = fillings
    with torch.no_grad():
        nats = model_of(TINY).step_log_likelihood(tokens, mask.expand_as(tokens))
    assert (nats[~mask.expand_as(nats)] == 0).all()
    assert nats.sum((1, 2)).exp().sum().item() == pytest.approx(1.0, abs=1e-9)


def test_drawn_fillings_come_as_often_as_the_likelihood_says() -> None:
    model, mask, count = model_of(TINY), gap(TINY, 1)[:, :, :], 4000
    mask[:, :, 4:6] = False
    tokens = melodies(1, TINY).repeat(count, 1, 1)
    written = model.inpaint(tokens, mask.expand_as(tokens), 1.0, uniforms(count, TINY))
    found, times = torch.unique(written[:, 0], dim=0, return_counts=True)
    with torch.no_grad():
        expected = model.step_log_likelihood(found[:, None], mask.expand(len(found), -1, -1)).sum((1, 2)).exp()
    spread = (expected * (1 - expected) / count).sqrt()
    assert ((times / count - expected).abs() < 5 * spread + 1e-3).all()
    assert expected.sum() > 0.95


def test_the_likelihood_looks_at_no_later_note_of_the_gap() -> None:
    model, mask = model_of(GRID), gap(GRID, 1, 2)
    tokens = melodies(1, GRID, 1)
    changed = tokens.clone()
    changed[:, :, 2 * 24 + 12 :] = torch.where(mask, REST, tokens)[:, :, 2 * 24 + 12 :]
    with torch.no_grad():
        before, after = (model.step_log_likelihood(t, mask)[0, 0] for t in (tokens, changed))
    torch.testing.assert_close(before[: 2 * 24], after[: 2 * 24])


def test_what_is_under_the_mask_is_not_looked_at() -> None:
    model, mask = model_of(GRID), gap(GRID, 0, 2)
    one, other = melodies(2, GRID).split(1)
    other = torch.where(mask, other, one)
    for temperature in (0.0, 1.0):
        args = (mask, temperature, uniforms(1, GRID))
        assert torch.equal(model.inpaint(one, *args), model.inpaint(other, *args))


def test_what_was_kept_stays_and_any_mask_will_do() -> None:
    model, tokens = model_of(GRID), melodies(40, GRID)
    mask = torch.rand(tokens.shape, generator=torch.Generator().manual_seed(1)) < 0.5
    mask[0], mask[1] = True, False
    written = model.inpaint(tokens, mask, 1.0, uniforms(40, GRID))
    assert torch.equal(written[~mask], tokens[~mask])
    assert ((written >= 0) & (written < GRID.vocabulary)).all()


def test_a_phrase_alone_is_the_same_as_among_others() -> None:
    model, tokens = model_of(GRID), melodies(6, GRID)
    mask = torch.rand(tokens.shape, generator=torch.Generator().manual_seed(2)) < 0.6
    draws = uniforms(6, GRID)
    together = model.inpaint(tokens, mask, 1.0, draws)
    for k in range(6):
        alone = model.inpaint(tokens[k : k + 1], mask[k : k + 1], 1.0, draws[k : k + 1])
        assert torch.equal(alone, together[k : k + 1])
    same = tokens[:1].expand(6, -1, -1)
    fast = model.inpaint(same, mask[:1].expand_as(same), 1.0, draws)  # reads what is known once
    assert torch.equal(fast[4:5], model.inpaint(tokens[:1], mask[:1], 1.0, draws[4:5]))


def test_the_next_step_after_true_ones_is_what_a_sure_model_writes() -> None:
    torch.manual_seed(0)
    model = EventInpainter(GRID, SIZES)
    scale = torch.arange(GRID.steps) // 6 % 7 * 2 + FIRST_PITCH
    tokens = torch.where(torch.arange(GRID.steps) % 6 == 0, scale, HOLD).expand(16, 1, -1)
    stepper = torch.optim.Adam(model.parameters(), 5e-3)
    for step in range(80):
        stepper.zero_grad()
        model.loss(tokens, step, "train", torch.Generator().manual_seed(step))["loss"].backward()
        stepper.step()
    mask = gap(GRID, 1, 2)
    late = tokens[:1].clone()
    late[0, 0, 36], late[0, 0, 37] = HOLD, tokens[0, 0, 36]  # a note that comes a step later than it should
    with torch.no_grad():
        assert torch.equal(model.eval().next_step(tokens[:1], mask), tokens[:1])
        following = model.next_step(late, mask)[0, 0]
    assert following[36] == REST  # an event is expected, which one is not asked
    assert torch.equal(following[:36], tokens[0, 0, :36])


def test_only_allowed_tokens_are_written() -> None:
    model, tokens, mask = model_of(GRID), melodies(8, GRID), gap(GRID, 1, 2).expand(8, -1, -1)
    allowed = torch.zeros(8, GRID.steps, GRID.vocabulary, dtype=torch.bool)
    allowed[:, ::3, FIRST_PITCH::2] = True  # a pitch on every third step and nowhere else
    allowed[:, 1::3, HOLD] = allowed[:, 2::3, HOLD] = True
    written = model.inpaint(tokens, mask, 1.0, uniforms(8, GRID), Wishes(allowed))
    steps = allowed.gather(2, written[:, 0, :, None])[..., 0]
    assert steps[mask[:, 0]].all()
    assert (written[:, 0, 24:72:3] >= FIRST_PITCH).all()


def test_the_line_follows_a_contour() -> None:
    model, tokens, mask = model_of(GRID), melodies(8, GRID), gap(GRID, 1, 2).expand(8, -1, -1)
    contour = (torch.arange(GRID.steps) // 12 % 5 + 4).expand(8, -1)
    pitches = torch.from_numpy(GRID.pitches(np.arange(GRID.vocabulary)[None])[0])
    written = model.inpaint(tokens, mask, 1.0, uniforms(8, GRID), Wishes(contour=contour, pitches=pitches))
    followed = total = 0
    for row in written[:, 0]:
        notes = [(s, int(t)) for s, t in enumerate(row) if t >= FIRST_PITCH]
        for (a, low), (b, high) in pairwise(notes):
            if 24 <= b < 72 and FIRST_PITCH < low < GRID.vocabulary - 1:  # at the edge no pitch goes further
                total += 1
                followed += np.sign(high - low) == np.sign(int(contour[0, b] - contour[0, a]))
    assert total > 20
    assert followed == total


def test_events_say_all_of_the_tokens() -> None:
    tokens = melodies(20, GRID)[:, 0]
    mask = torch.rand(tokens.shape, generator=torch.Generator().manual_seed(3)) < 0.4
    of = line(tokens, mask, GRID.steps_per_bar)
    known, missing = context(of, GRID.vocabulary), wanted(of)
    again = torch.full_like(tokens, HOLD)
    for events, chosen in ((known, known.what < GRID.vocabulary), (missing, missing.there)):
        rows, places = (chosen & events.there).nonzero(as_tuple=True)
        again[rows, events.step[rows, places]] = events.what[rows, places]
    assert torch.equal(again, tokens)
    assert (known.length[known.there] >= 1).all()
    assert int((missing.length * missing.there).sum()) == int(mask.sum())
    assert int((known.length * known.there).sum()) == tokens.numel()


def test_one_model_writes_in_several_metres() -> None:
    model = model_of(GRID, metres=("4/4", "6/8", "2/4"))
    jig = replace(GRID, metre=(6, 8), bars=7)
    tokens, mask = melodies(2, jig), gap(jig, 6).expand(2, -1, -1)
    other = model.on(jig)
    written = other.inpaint(tokens, mask, 1.0, uniforms(2, jig))
    assert torch.equal(written[~mask], tokens[~mask])
    assert model.grid == GRID
    assert not model.suits(replace(GRID, metre=(5, 4)))
    with pytest.raises(UsageError, match="5/4"):
        model.on(replace(GRID, metre=(5, 4)))


def test_a_few_steps_lower_the_loss() -> None:
    torch.manual_seed(0)
    model = EventInpainter(GRID, SIZES)
    scale = torch.arange(GRID.steps) // 6 % 7 * 2 + FIRST_PITCH
    tokens = torch.where(torch.arange(GRID.steps) % 6 == 0, scale, HOLD).expand(16, 1, -1)
    stepper = torch.optim.Adam(model.parameters(), 3e-3)
    losses = []
    for step in range(60):
        figures = model.loss(tokens, step, "train", torch.Generator().manual_seed(step))
        stepper.zero_grad()
        figures["loss"].backward()
        stepper.step()
        losses.append(figures["loss"].item())
    assert np.mean(losses[-10:]) < 0.5 * np.mean(losses[:10])
    mask = gap(GRID, 1).expand(16, -1, -1)
    assert (model.eval().inpaint(tokens, mask) == tokens).float().mean() > 0.9


@pytest.mark.parametrize(
    ("change", "message"), [({"width": 20}, "multiple"), ({"metres": ("6/8",)}, "own 4/4"), ({"short": 2.0}, "short")]
)
def test_settings_that_cannot_be_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        EventInpainter(GRID, replace(SIZES, **change))


def test_what_stands_in_other_bars_is_what_is_known_there() -> None:
    bar, tokens = 4, torch.arange(2, 14).view(1, 12).repeat(1, 2)  # six bars, the first three again
    mask = torch.zeros_like(tokens, dtype=torch.bool)
    mask[:, 8:16] = True
    of = line(tokens, mask, bar)
    step = torch.tensor([[8, 14]])
    found = aligned(of.tokens, of.following, of.mask, step, bar, 4)
    at = {offset: (found.what[0, :, k].tolist(), found.length[0, :, k].tolist()) for k, offset in enumerate(BARS)}
    assert at[-2] == ([2, 8], [1, 1])
    assert at[-1] == ([6, 12], [1, 1])  # of the gap itself what is before is known while it is written
    assert at[1] == ([-1, 8], [0, 1])
    assert at[2] == ([6, 12], [1, 1])
    assert at[8] == at[-8] == ([-1, -1], [0, 0])


def test_how_alike_a_phrase_is_to_itself_some_bars_off() -> None:
    bar = 4
    tokens = torch.tensor([[2, 3, 4, 5] * 2 + [6, 7, 8, 9] + [2, 3, 4, 5] + [6, 7, 8, 9] * 2])
    mask = torch.zeros_like(tokens, dtype=torch.bool)
    alike = likeness(line(tokens, mask, bar), bar)[0, 0].view(8, 2)
    assert alike[BARS.index(1), 0].item() == pytest.approx(2 / 5)
    assert alike[BARS.index(8)].tolist() == [0, 0]
    other = tokens.clone()
    mask[:, 4:8] = True
    other[:, 4:8] = 2
    first, second = (likeness(line(t, mask, bar), bar) for t in (tokens, other))
    assert torch.equal(first, second)  # what is missing is not compared


def test_it_can_do_without_what_stands_in_other_bars() -> None:
    model, tokens, mask = model_of(GRID, repeats=False), melodies(2, GRID), gap(GRID, 1).expand(2, -1, -1)
    assert not any("repeats" in name for name, _ in model.named_parameters())
    assert torch.equal(model.inpaint(tokens, mask)[~mask], tokens[~mask])
