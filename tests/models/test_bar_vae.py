"""The model with codes per bar: what it writes step by step is what it teaches itself all at once."""

from __future__ import annotations

import pytest
import torch

from scorespace.errors import UsageError
from scorespace.models.bar_vae import BarVAE, BarVAEConfig
from scorespace.music.grid import Grid

TRIO = Grid(parts=("melody", "bass", "drums"), bars=2, metre=(2, 4), lowest=60, highest=71)
SMALL = {
    "global_size": 3,
    "bar_size": 4,
    "width": 16,
    "heads": 2,
    "encoder_blocks": 1,
    "decoder_blocks": 1,
    "token_size": 8,
    "squeeze": 4,
    "step_size": 8,
    "head_blocks": 1,
}


def build(grid: Grid = TRIO, **more) -> BarVAE:
    torch.manual_seed(0)
    model = BarVAE(grid, BarVAEConfig(**(SMALL | more))).double().eval()
    with torch.no_grad():  # so that no part of the head is switched off
        for weight in model.parameters():
            weight.add_(0.3 * torch.randn_like(weight))
    return model


def phrases(grid: Grid, count: int) -> torch.Tensor:
    return torch.stack([torch.randint(0, size, (count, grid.steps)) for size in grid.sizes], 1)


@pytest.mark.parametrize("hear_each_other", [True, False])
@pytest.mark.parametrize(("patch", "near"), [(4, 4), (2, 1), (8, 3), (1, 6)])
@torch.no_grad()
def test_writing_step_by_step_is_what_is_taught_at_once(hear_each_other, patch, near):
    model = build(hear_each_other=hear_each_other, patch=patch, near=near)
    z = torch.randn(3, model.z_size, dtype=torch.float64)
    written = model.decode(z)
    assert torch.equal(model.next_step(written, z), written)
    assert len({row.numpy().tobytes() for row in written}) == 3


@pytest.mark.parametrize("hear_each_other", [True, False])
@torch.no_grad()
def test_a_place_hears_what_came_before_and_nothing_after(hear_each_other):
    """Within a step melody, then bass, then drums; without hearing each other, each its own past alone."""
    model = build(hear_each_other=hear_each_other)
    tokens = phrases(TRIO, 1)
    z = torch.randn(1, model.z_size, dtype=torch.float64)
    before = model._logits(tokens, z)
    for part, step in ((0, 3), (1, 4), (2, 7)):
        changed = tokens.clone()
        changed[0, part, step] = (changed[0, part, step] + 1) % TRIO.sizes[part]
        moved = [
            [k for k in range(TRIO.steps) if not torch.equal(one[0, k], other[0, k])]
            for one, other in zip(before, model._logits(changed, z), strict=True)
        ]
        after = list(range(step + 1, TRIO.steps))
        for other, places in enumerate(moved):
            if hear_each_other:
                assert places == ([step] if other > part else []) + after
            else:
                assert places == (after if other == part else [])


@torch.no_grad()
def test_a_code_belongs_to_its_bar_before_attention_spreads_it():
    model = build()
    for block in model.decoder:
        block.attention_out.weight.zero_()  # bars no longer see each other
        block.attention_out.bias.zero_()
    z = torch.randn(1, model.z_size, dtype=torch.float64)
    other = z.clone()
    other[:, -model.config.bar_size :] += 1  # the code of the last bar
    here, there = model.draft(z).logits[0][0], model.draft(other).logits[0][0]
    per_bar = TRIO.steps_per_bar
    assert torch.equal(here[:per_bar], there[:per_bar])
    assert not torch.equal(here[per_bar:], there[per_bar:])


def test_settings_that_do_not_fit_are_refused():
    with pytest.raises(UsageError, match="patch must divide the 8 steps of a bar, got 3"):
        build(patch=3)
    with pytest.raises(UsageError, match="width must be a multiple of its heads"):
        BarVAEConfig(width=10, heads=4)


@torch.no_grad()
def test_a_longer_model_begins_where_a_shorter_one_stands():
    """Of a phrase played twice, each half has the codes that it would have alone, as long as bars hear themselves."""
    long = Grid(parts=TRIO.parts, bars=4, metre=TRIO.metre, lowest=60, highest=71)
    short = build()
    for block in short.encoder:
        block.attention_out.weight.zero_()
        block.attention_out.bias.zero_()
    model = build(long)
    model.begin_from(short)
    tokens = phrases(TRIO, 2)
    once, twice = short.encode(tokens)[0], model.encode(torch.cat([tokens, tokens], 2))[0]
    top = short.config.global_size
    assert torch.allclose(twice[:, :top], once[:, :top])
    assert torch.allclose(twice[:, top:], once[:, top:].repeat(1, 2))


def test_a_model_of_other_parts_or_an_uneven_number_of_bars_is_no_beginning():
    for other in (Grid(bars=3, metre=(2, 4), lowest=60, highest=71), Grid(parts=TRIO.parts, bars=3, metre=(2, 4))):
        with pytest.raises(ValueError, match="differ in the number of bars alone"):
            build(other).begin_from(build())
