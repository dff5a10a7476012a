"""Writing bands: the rules of what may come next, and the two autoencoders that keep them."""

import numpy as np
import pytest
import torch

from scorespace.errors import UsageError
from scorespace.models import build, config_class
from scorespace.models.band_grammar import EVENT_TOKENS, PROGRAM_CHOICES, Grammar, events_allowed, programs_allowed
from scorespace.models.band_vae import BandVAEConfig
from scorespace.music.band import BandGrid
from scorespace.music.band_events import END, FIRST_PROGRAM, NOTE_OFF, NOTE_ON, SHIFT, VELOCITY
from scorespace.music.grid import Grid
from scorespace.music.instruments import DRUM_KIT
from scorespace.music.score import Score, Track, notes

GRID = BandGrid()
NAMES = ("band-vae", "band-rnn")
RECURRENT = {"z_size": 8, "encoder_size": 16, "decoder_size": 16, "decoder_layers": 2}
SMALL = {
    "z_size": 8,
    "width": 16,
    "band_width": 16,
    "heads": 2,
    "reader_blocks": 1,
    "band_blocks": 1,
    "writer_blocks": 1,
    "squeeze": 8,
    "plan_slots": 4,
    "plan_size": 4,
}


def small(name="band-vae", **more):
    torch.manual_seed(0)
    settings = (SMALL if name == "band-vae" else RECURRENT) | more
    return build(name, GRID, config_class(name)(**settings))


def bands(count, seed=0):
    """Bars of two to four instruments, some with chords and drums, as tokens (count, 8, 64)."""
    rng = np.random.default_rng(seed)
    return torch.from_numpy(np.stack([GRID.to_tokens(_band(rng)) for _ in range(count)]).astype(np.int64))


def _band(rng):
    tracks = []
    for program in rng.choice([0, 24, 33, 56, DRUM_KIT], rng.integers(2, 5), replace=True):
        starts = np.sort(rng.integers(0, 16, rng.integers(2, 6)))
        rows = [(k / 4, rng.integers(1, 8) / 4, rng.integers(40, 70), rng.integers(1, 128)) for k in starts]
        tracks.append(Track(notes(rows), program=int(program) % DRUM_KIT, is_drum=program == DRUM_KIT))
    return Score(tuple(tracks))


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def test_every_bar_keeps_the_rules():
    rows = bands(40).flatten(0, 1)
    rows = rows[rows[:, 0] != END]
    allowed = events_allowed(GRID, rows)
    assert allowed.gather(-1, rows[:, 1:, None]).all()
    assert allowed.any(-1).all()


def test_whatever_the_rules_let_through_is_a_bar_in_its_one_spelling():
    """Rows of one instrument written by throwing dice: each is its own canonical form."""
    programs = torch.tensor([0, 127, DRUM_KIT] * 40)
    for grid in (GRID, BandGrid(lowest=60, highest=61)):
        rows = torch.zeros(len(programs), 64, dtype=torch.int64)
        rows[:, 0] = FIRST_PROGRAM + programs
        rules, chances = Grammar(grid, programs), seeded(1)
        for place in range(1, 64):
            weights = rules.allowed().double()
            weights[:, END] *= 0.02
            weights[:, NOTE_OFF : SHIFT + 1] *= 20
            weights[:, SHIFT + 4 : VELOCITY] *= 0.01
            rows[:, place] = torch.multinomial(weights, 1, generator=chances).squeeze(1)
            rules.follow(rows[:, place])
        alone = torch.zeros(len(rows), 8, 64, dtype=torch.int64)
        alone[:, 0] = rows
        assert np.array_equal(grid.canonical(alone.numpy()), alone.numpy())
        assert int((rows != END).sum(1).max()) == 63  # a program and 62 events


def test_programs_ascend_and_the_drums_come_last():
    assert programs_allowed(torch.tensor([0]), first=True)[0].tolist() == [False] + [True] * 129
    after_bass = programs_allowed(torch.tensor([34]), first=False)[0]
    assert after_bass.nonzero().flatten().tolist() == [0, *range(34, PROGRAM_CHOICES)]
    for last in (0, DRUM_KIT + 1):
        assert programs_allowed(torch.tensor([last]), first=False)[0].nonzero().flatten().tolist() == [0]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_drawn_is_a_bar_that_can_be_read_again(name):
    model = small(name).double().eval()
    z = torch.randn(12, 8, generator=seeded(1), dtype=torch.float64)
    uniforms = torch.rand(12, *GRID.draws, generator=seeded(2), dtype=torch.float64)
    with torch.no_grad():
        drawn = model.decode(z, 1.0, uniforms)
        likelihood = model.log_likelihood(drawn, z)
        mean, scale = model.encode(drawn)
    assert drawn.shape == (12, 8, 64)
    assert torch.isfinite(likelihood).all()
    assert torch.isfinite(mean).all()
    assert (scale > 0).all()
    plain = GRID.canonical(drawn.numpy())
    for ours, theirs in zip(drawn.tolist(), plain.tolist(), strict=True):
        assert sorted(ours) == sorted(theirs)  # but for the order of instruments of one program
    assert (GRID.programs(plain).sum(1) >= 1).all()


@pytest.mark.parametrize("name", NAMES)
@torch.no_grad()
def test_the_likelihood_is_what_the_writer_draws_with(name):
    """A decoder that is asked event by event, with the true ones before, gives the likelihood of a whole row."""
    model = small(name).double().eval()
    batch, z = bands(3), torch.randn(3, 8, generator=seeded(0), dtype=torch.float64)
    band = model._laid_out(z)
    total = torch.zeros(3, dtype=torch.float64)
    for phrase, (rows, vectors) in enumerate(zip(batch, band, strict=True)):
        before = torch.tensor([0])
        for place, (row, vector) in enumerate(zip(rows, vectors, strict=True)):
            choice = torch.clamp(row[:1] - FIRST_PROGRAM + 1, min=0)
            logits = model.program(vector).masked_fill(~programs_allowed(before, place == 0)[0], -torch.inf)
            total[phrase] += logits.log_softmax(-1)[choice[0]]
            before = choice
            if row[0] != END:
                total[phrase] += alone(model, row, vector)
    assert torch.allclose(model.log_likelihood(batch, z), total)


def alone(model, row, vector):
    """log p of one row's events, each asked for with nothing but those before it."""
    rules, found = Grammar(GRID, row[:1] - FIRST_PROGRAM), 0.0
    for place in range(1, 64):
        logits = model.writer(row[None, :place], row[None, :place], vector[None])[0, -1]
        logits = logits.masked_fill(~rules.allowed()[0], -torch.inf)
        found += logits.log_softmax(-1)[row[place]]
        rules.follow(row[place : place + 1])
        if row[place] == END:
            break
    return found


@torch.no_grad()
def test_tokens_that_are_no_bar_have_no_likelihood():
    model = small().eval()
    batch = bands(3)
    z = torch.zeros(3, 8)
    batch[0, 0, 1] = NOTE_ON + 60  # no velocity before it
    batch[1, :2] = batch[1, [1, 0]].clone()
    batch[1, 0, 0], batch[1, 1, 0] = FIRST_PROGRAM + 9, FIRST_PROGRAM + 3
    assert model.log_likelihood(batch, z).isinf().tolist() == [True, True, False]


@pytest.mark.parametrize("name", NAMES)
@torch.no_grad()
def test_a_take_does_not_depend_on_the_others(name):
    model = small(name).double().eval()
    z = torch.randn(7, 8, generator=seeded(3), dtype=torch.float64)
    uniforms = torch.rand(7, *GRID.draws, generator=seeded(4), dtype=torch.float64)
    for temperature in (0.0, 1.0):
        together = model.decode(z, temperature, uniforms)
        for k in (0, 6):
            assert torch.equal(together[k : k + 1], model.decode(z[k : k + 1], temperature, uniforms[k : k + 1]))
    batch = bands(60)  # more rows than are worked on at once
    points = torch.randn(60, 8, generator=seeded(3), dtype=torch.float64)
    assert torch.allclose(model.log_likelihood(batch, points)[5:9], model.log_likelihood(batch[5:9], points[5:9]))
    assert torch.allclose(model.encode(batch)[0][5:9], model.encode(batch[5:9])[0])


@pytest.mark.parametrize("name", NAMES)
@torch.no_grad()
def test_extreme_points_give_bars(name):
    model = small(name).eval()
    uniforms = torch.rand(2, *GRID.draws, generator=seeded(0))
    for z in (torch.full((2, 8), 1e6), torch.full((2, 8), -1e6), torch.zeros(2, 8)):
        for temperature in (0.0, 1e-30, 100.0):
            drawn = model.decode(z, temperature, uniforms)
            assert not model.log_likelihood(drawn, z).isnan().any()


@torch.no_grad()
def test_the_next_step_keeps_the_rules_and_ends_where_the_row_does():
    model, batch = small().eval(), bands(4)
    following = model.next_step(batch, torch.zeros(4, 8))
    assert following.shape == batch.shape
    assert int(following[:, :, 1:].max()) < EVENT_TOKENS
    over = (batch == END).cumsum(-1) > 1
    assert (following[over] == END).all()
    assert (following[:, :, 1] < VELOCITY + 8).all()


def test_learns_bars_by_heart():
    model, batch = small(width=32, band_width=32, plan_size=8, blotted=0.1).train(), bands(2)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-2)
    for step in range(40):
        optimiser.zero_grad()
        figures = model.loss(batch, 0, "train", seeded(step))
        figures["loss"].backward()
        optimiser.step()
    assert all(weight.grad is not None and weight.grad.isfinite().all() for weight in model.parameters())
    model.eval()
    with torch.no_grad():
        mean, _ = model.encode(batch)
        again = model.decode(mean)
    assert GRID.token_agreement(batch.numpy(), again.numpy()).mean() > 0.8


@pytest.mark.parametrize("name", NAMES)
def test_the_loss_depends_on_its_generator_alone_and_bears_bfloat16(name):
    model, batch = small(name).train(), bands(4)
    found = []
    for other in (1, 2):
        torch.manual_seed(other)
        found.append(float(model.loss(batch, 100, "train", seeded(3))["loss"].detach()))
    assert found[0] == found[1]
    with torch.autocast("cpu", torch.bfloat16):
        figures = model.loss(batch, 100, "train", seeded(3))
        assert all(part.dtype == torch.float32 for part in model.encode(batch))
    figures["loss"].backward()
    assert all(weight.grad is not None and weight.grad.isfinite().all() for weight in model.parameters())
    assert float(figures["loss"].detach()) == pytest.approx(found[0], rel=0.02)


def test_settings_and_grids_that_do_not_fit_are_refused():
    with pytest.raises(UsageError, match="multiples"):
        BandVAEConfig(width=30)
    with pytest.raises(UsageError, match="blotted"):
        BandVAEConfig(blotted=1.0)
    for name in NAMES:
        with pytest.raises(UsageError, match='"band"'):
            build(name, Grid(), config_class(name)())


def test_the_papers_model_has_the_size_of_the_papers():
    """Magenta's hier-multiperf_vel_1bar_med: 55.6 million, of which its decoder has 16.0."""
    with torch.device("meta"):
        model = build("band-rnn", GRID, config_class("band-rnn")())
    assert sum(weight.numel() for weight in model.parameters()) == pytest.approx(55.6e6, rel=0.003)
