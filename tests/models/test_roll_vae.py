"""The models of piano rolls: their probabilities, what they write, and that they learn."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch

from scorespace.errors import UsageError
from scorespace.models import build, config_class, frames
from scorespace.models.base import LatentModel
from scorespace.models.roll_vae import Head, RollVAEConfig
from scorespace.music.grid import Grid
from scorespace.music.roll import RollGrid
from scorespace.music.score import Score, Track, notes

GRID = RollGrid(bars=1)
TINY = RollGrid(bars=1, metre=(2, 4), beat_positions=(Fraction(0),), lowest=60, highest=61)  # two steps, two pitches
SMALL = {
    "roll-vae": {
        "z_size": 8,
        "width": 16,
        "heads": 2,
        "encoder_blocks": 1,
        "decoder_blocks": 1,
        "squeeze": 8,
        "head_width": 16,
        "chord_size": 4,
    },
    "roll-rnn": {"z_size": 8, "encoder_size": 16, "conductor_size": 12, "bar_size": 12, "decoder_size": 16},
}
NAMES = sorted(SMALL)


def small(name: str, grid: Grid = GRID, **more) -> LatentModel:
    torch.manual_seed(0)
    model = build(name, grid, config_class(name)(**(SMALL[name] | more)))
    assert isinstance(model, LatentModel)
    return model


def awake(name: str, grid: Grid = GRID, **more) -> LatentModel:
    """In float64, with weights so large that points differ in their notes and bits hear one another."""
    model = small(name, grid, **more).double().eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight.normal_(std=0.5)
    return model


def phrases(count: int, grid: Grid = GRID, seed: int = 0) -> torch.Tensor:
    """Chords of one to three notes, some long, the later half of the phrases cut so that notes sound into them."""
    rng = np.random.default_rng(seed)
    found = []
    for k in range(count):
        rows = [(s, rng.integers(1, 4), p) for s in range(0, 8, 2) for p in rng.choice(np.arange(48, 72), 3)]
        score = Score((Track(notes(rows), "piano"),))
        found.append(grid.windows(grid.quantise(score, 2).tokens, 6)[int(k >= count // 2)])
    return torch.from_numpy(np.stack(found).astype(np.int64))


def legal(tokens: torch.Tensor, grid: Grid) -> bool:
    return not frames.illegal(tokens, frames.allowed(grid)).any()


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def every_roll() -> torch.Tensor:
    """All legal phrases of TINY: per step and pitch nothing, an onset, or held."""
    states = torch.cartesian_prod(*[torch.arange(3)] * 4).view(-1, 2, 2)
    bits = torch.zeros(2, len(states), 2, 128, dtype=torch.bool)
    bits[0, :, :, 60:62], bits[1, :, :, 60:62] = states == 1, states == 2
    tokens = frames.tokens_of(frames.Frames(bits[0], bits[1]))
    return tokens[~frames.illegal(tokens, frames.allowed(TINY))]


def test_bits_and_tokens_are_the_grids():
    batch = phrases(6)
    roll = frames.frames(batch)
    assert roll.onset.shape == roll.held.shape == (6, 16, 128)
    assert torch.equal(frames.tokens_of(roll), batch)
    assert not (roll.onset & roll.held).any()
    assert int(roll.onset.sum()) == int(GRID.onsets(batch.numpy()).sum())
    assert roll.held[3:, 0].any(), "notes sound into the later phrases"


def test_what_no_score_gives_is_illegal():
    nothing = torch.zeros(1, *GRID.shape, dtype=torch.int64)
    silent_onset, from_nothing, first = nothing.clone(), nothing.clone(), nothing.clone()
    silent_onset[0, 3, 2] = 1
    from_nothing[0, 11, 2] = 1
    first[0, 11, 0] = 1
    assert legal(nothing, GRID)
    assert legal(phrases(6), GRID)
    assert legal(first, GRID)
    assert not legal(silent_onset, GRID)
    assert not legal(from_nothing, GRID)
    assert not legal(first, RollGrid(bars=1, lowest=60))


@pytest.mark.parametrize("name", NAMES)
@torch.no_grad()
def test_likelihoods_of_all_rolls_sum_to_one(name):
    model, every = awake(name, TINY), every_roll()
    # a pitch: first step 3 states; then 2 after silence and 3 after sound, so 2 + 3 + 3
    assert len(every) == 64
    z = torch.randn(1, model.z_size, dtype=torch.float64).expand(len(every), -1)
    likelihood = model.log_likelihood(every, z)
    assert float(likelihood.exp().sum()) == pytest.approx(1.0, abs=1e-9)
    assert float(likelihood.std()) > 0.1
    wrong = torch.zeros(1, *TINY.shape, dtype=torch.int64)
    wrong[0, 11, 1] = 1 << 12
    assert float(model.log_likelihood(wrong, z[:1])) == -np.inf


@pytest.mark.parametrize("name", NAMES)
@torch.no_grad()
def test_drawn_rolls_come_as_often_as_their_likelihood_says(name):
    model, every = awake(name, TINY), every_roll()
    count = 2000
    z = torch.randn(1, model.z_size, dtype=torch.float64, generator=seeded(4))
    drawn = model.decode(z.expand(count, -1), 1.0, torch.rand(count, *TINY.draws, generator=seeded(5)).double())
    chance = model.log_likelihood(every, z.expand(len(every), -1)).exp()
    for roll, expected in zip(every, chance, strict=True):
        share = (drawn == roll).flatten(1).all(1).double().mean()
        assert abs(float(share - expected)) < 4 * float(expected * (1 - expected) / count) ** 0.5 + 2e-3


@pytest.mark.parametrize("name", NAMES)
@torch.no_grad()
def test_whatever_it_writes_is_legal_and_within_the_pitches(name):
    grid = RollGrid(bars=1, lowest=40, highest=80)
    model = awake(name, grid)
    z = torch.randn(6, model.z_size, dtype=torch.float64)
    for temperature in (0.0, 1e-30, 0.7, 1.0, 100.0):
        tokens = model.decode(z, temperature, torch.rand(6, *grid.draws).double())
        assert tokens.shape == (6, *grid.shape)
        assert tokens.dtype == torch.int64
        assert legal(tokens, grid)
        found = grid.notes(tokens.numpy())
        assert len(found)
        assert found["pitch"].min() >= 40
        assert found["pitch"].max() <= 80
    for point in (0.0, 1e6, -1e6):
        far = torch.full_like(z, point)
        assert legal(model.decode(far), grid)
        assert not model.log_likelihood(tokens, far).isnan().any()


@pytest.mark.parametrize("name", NAMES)
@torch.no_grad()
def test_a_take_does_not_depend_on_the_others(name):
    model = awake(name)
    z = torch.randn(5, model.z_size, dtype=torch.float64)
    uniforms = torch.rand(5, *GRID.draws, dtype=torch.float64)
    for temperature in (0.0, 1.0):
        together = model.decode(z, temperature, uniforms)
        for k in (0, 2, 4):
            assert torch.equal(together[k : k + 1], model.decode(z[k : k + 1], temperature, uniforms[k : k + 1]))


@torch.no_grad()
def test_rounds_of_guesses_give_what_drawing_pitch_by_pitch_gives():
    torch.manual_seed(1)
    head = Head(RollVAEConfig(**SMALL["roll-vae"])).double()
    for weight in head.parameters():
        weight.normal_()
    draft, x = torch.randn(7, 256).double() - 1, torch.randn(7, 16).double()
    before, uniforms = torch.rand(7, 128) < 0.5, torch.rand(7, 256, 1).double()
    draw = frames.drawer(1.0, uniforms, frames.allowed(GRID))
    found = head.write(draft, x, before, 0, draw)
    bits = torch.zeros(7, 256).double()
    for pitch in range(128):
        logits = head._settled(draft, x) + head._chord(head.chord_in(x), bits)
        frame = draw(logits, before, 0)
        bits[:, pitch], bits[:, 128 + pitch] = frame.onset[:, pitch].double(), frame.held[:, pitch].double()
    assert torch.equal(torch.cat(found, -1).double(), bits)
    assert 0 < int(bits.sum()) < bits.numel()


@pytest.mark.parametrize("name", NAMES)
@torch.no_grad()
def test_a_bit_hears_those_before_it_and_no_other(name):
    """A logit may change only where an earlier step, or a lower pitch of its step, has changed."""
    model, batch = awake(name), phrases(1)
    z = torch.randn(1, model.z_size, dtype=torch.float64)
    other = batch.clone()
    other[0, 60 // 16, 5] ^= 1 << (60 % 16)  # an onset at pitch 60, step 5
    other[0, 8 + 60 // 16, 5] |= 1 << (60 % 16)
    changed = (model.logits(batch, z) != model.logits(other, z)).view(16, 2, 128)
    assert not changed[:5].any()
    assert not changed[5, :, :61].any()
    assert changed[6:].any()


@pytest.mark.parametrize("name", NAMES)
def test_loss_and_gradients_are_numbers_and_depend_on_the_generator_alone(name):
    for batch in (phrases(4), torch.zeros(2, *GRID.shape, dtype=torch.int64), phrases(2)[1:]):
        model, found = small(name), []
        for other in (1, 2):
            torch.manual_seed(other)
            model.zero_grad()
            figures = model.loss(batch, 500, "train", seeded(3))
            figures["loss"].backward()
            found.append({key: float(value.detach()) for key, value in figures.items()})
        assert found[0] == found[1]
        assert all(np.isfinite(value) for value in found[0].values())
        assert all(torch.isfinite(weight.grad).all() for weight in model.parameters() if weight.grad is not None)


@pytest.mark.parametrize("name", NAMES)
def test_bfloat16_keeps_the_loss_and_the_posterior_in_float32(name):
    model, batch = small(name), phrases(4)
    plain = model.loss(batch, 0, "train", seeded(0))["loss"]
    with torch.autocast("cpu", torch.bfloat16):
        figures = model.loss(batch, 0, "train", seeded(0))
        assert all(part.dtype == torch.float32 for part in model.encode(batch))
    figures["loss"].backward()
    assert float(figures["loss"].detach()) == pytest.approx(float(plain.detach()), rel=0.02)


def test_learns_a_few_phrases_by_heart():
    model, batch = small("roll-vae", beta=0.0), phrases(4)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-2)
    for step in range(100):
        optimiser.zero_grad()
        shuffled = batch[torch.randperm(4, generator=seeded(step))]  # the head hears half of a batch
        model.loss(shuffled, 0, "train", seeded(step))["loss"].backward()
        optimiser.step()
    with torch.no_grad():
        mean, _ = model.encode(batch)
        assert GRID.token_agreement(batch.numpy(), model.decode(mean).numpy()).mean() > 0.9
        assert GRID.token_agreement(batch.numpy(), model.next_step(batch, mean).numpy()).mean() > 0.9


def test_the_recurrent_one_learns():
    model, batch = small("roll-rnn", TINY, beta=0.0), every_roll()[::8]
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-2)
    said = []
    for step in range(60):
        optimiser.zero_grad()
        figures = model.loss(batch, 0, "train", seeded(step))
        figures["loss"].backward()
        optimiser.step()
        said.append(float(figures["reconstruction"]))
    guessing = 4 * np.log(3)  # nats of two pitches on two steps, each silent, begun or held
    assert said[0] > guessing
    assert np.mean(said[-5:]) < 0.8 * guessing, said[-5:]


def test_the_head_can_be_left_out_and_the_draft_is_a_model_of_its_own():
    model = awake("roll-vae", TINY, head_blocks=0)
    every = every_roll()
    z = torch.randn(1, model.z_size, dtype=torch.float64).expand(len(every), -1)
    with torch.no_grad():
        assert float(model.log_likelihood(every, z).exp().sum()) == pytest.approx(1.0, abs=1e-9)
    assert "head" not in model.loss(every, 0, "train", seeded(0))


def test_the_head_can_be_trained_alone():
    model = small("roll-vae", head_only=True)
    model.loss(phrases(4), 0, "train", seeded(0))["loss"].backward()
    assert all((weight.grad is not None) == name.startswith("head.") for name, weight in model.named_parameters())
    with pytest.raises(UsageError, match="head_blocks"):
        small("roll-vae", head_only=True, head_blocks=0)


@pytest.mark.parametrize("name", NAMES)
def test_settings_and_grids_that_do_not_fit_are_refused(name):
    with pytest.raises(UsageError, match="kind"):
        build(name, Grid(), config_class(name)())
    with pytest.raises(UsageError, match="z_size"):
        config_class(name)(z_size=0)
