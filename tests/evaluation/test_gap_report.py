"""Filling gaps in figures: every figure on phrases whose answer is known, and the report as a whole."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from memory_shards import MemoryShards
from scattered import scatter
from typer.testing import CliRunner

from scorespace import checkpoint
from scorespace.checkpoint import Checkpoint
from scorespace.cli import app
from scorespace.data.shards import grid_table
from scorespace.errors import UsageError
from scorespace.evaluation import gap_report
from scorespace.evaluation.gap_baselines import Copy, Interpolation, Model, Slips, StepUnigram, Truth, fitted_slip
from scorespace.evaluation.gap_figures import Gaps, Setting, figures, gaps, in_key, nats
from scorespace.evaluation.gap_report import Entry, Options, choose_of_songs, evaluate
from scorespace.evaluation.gap_tables import document, sheets
from scorespace.evaluation.intervals import SongBootstrap
from scorespace.models import build
from scorespace.models.event_inpainter import EventInpainter, EventInpainterConfig
from scorespace.models.measure_vae import MeasureVAEConfig
from scorespace.models.wishes import Wishes
from scorespace.music.grid import FIRST_PITCH, HOLD, REST, Grid

EIGHTHS = (Fraction(0), Fraction(1, 2))
SIX = Grid(bars=6, metre=(2, 4), beat_positions=EIGHTHS, lowest=55, highest=79)
GRID = replace(SIX, bars=16)
SIZES = EventInpainterConfig(width=16, heads=2, reader_blocks=1, writer_blocks=1, dropout=0.0, metres=("2/4",))
MEASURE = MeasureVAEConfig(z_size=4, embedding=4, encoder_size=6, encoder_layers=1, decoder_size=6, decoder_layers=1)
SHORT = Options(phrases=8, lengths=(2,), places=("middle", "end"), seed=3)
ONE_BAR = Setting(1, "middle")
KNOWN = "60 - 62 - | 64 - 65 - | 67 - 69 - | 71 - 72 - | 60 - 62 - | 64 - 65 -"


def line(text: str) -> np.ndarray:
    """(1, S) int64 of MIDI pitches, - for HOLD and . for REST."""
    signs = {"-": HOLD, ".": REST}
    return np.array([[signs[w] if w in signs else SIX.token(int(w)) for w in text.replace("|", " ").split()]])


def with_gap(text: str, setting: Setting = ONE_BAR) -> Gaps:
    true = line(text)
    return gaps(true, setting.mask(SIX), SIX)


def filled(of: Gaps, text: str) -> np.ndarray:
    written = of.true.copy()
    written[:, of.mask] = line(text)
    return written


def values(of: Gaps, written: np.ndarray) -> dict[str, float | None]:
    found = {key: share.figure(SongBootstrap(np.arange(len(written)))) for key, share in figures(of, written).items()}
    return {key: None if figure is None else round(figure.value, 6) for key, figure in found.items()}


def melodies(count: int, seed: int) -> np.ndarray:
    """(count, 1, S) uint16 in D major, one note in nine out of it, bars repeated, the last bar silent in some."""
    random = np.random.default_rng(seed)
    scale = np.array([62, 64, 66, 67, 69, 71, 73, 74, 65])
    tokens = SIX.token(0) + random.choice(scale, (count, GRID.steps))
    tokens[random.random(tokens.shape) < 0.4] = HOLD
    tokens[:, 0] = SIX.token(62)
    tokens[::2, 32:64] = tokens[::2, :32]
    tokens[::3, -4:] = [REST, HOLD, HOLD, HOLD]
    return tokens[:, None].astype(np.uint16)


def entry(label: str, name: str, grid: Grid, config: Any, seed: int = 0) -> Entry:
    torch.manual_seed(seed)
    model = build(name, grid, config)
    scatter(model, 0.4)
    return Entry(label, Checkpoint(model.eval(), grid, {"model": {"name": name}}, "0123456789abcdef"))


def some_shards() -> MemoryShards:
    return MemoryShards(GRID, {"train": melodies(40, 0), "valid": melodies(12, 1), "test": melodies(12, 2)})


def some_entries() -> list[Entry]:
    return [
        entry("ours", "event-inpainter", GRID, SIZES),
        entry("bars", "measure-vae", replace(GRID, bars=1), MEASURE),
    ]


@pytest.fixture
def shards() -> MemoryShards:
    return some_shards()


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    return some_entries()


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    return evaluate(some_entries(), some_shards(), SHORT)


def test_figures_of_fillings_known_by_hand() -> None:
    of = with_gap(KNOWN)
    assert values(of, filled(of, "67 66 69 -")) == {
        "accuracy": 0.75,
        "onset_f1": 0.8,  # two of two and three onsets
        "pitch_at_onsets": 1.0,
        "rhythm_at_onsets": 1.0,
        "out_of_key": round(1 / 3, 6),  # F sharp in C major
        "leap_in": 2.0,
        "leap_out": 2.0,
        "leap": 2.0,
        "repetition": 0.25,
    }
    assert values(of, filled(of, "71 - - 61")) == {
        "accuracy": 0.25,
        "onset_f1": 0.0,
        "pitch_at_onsets": 0.0,
        "rhythm_at_onsets": 0.5,
        "out_of_key": 0.5,
        "leap_in": 6.0,
        "leap_out": 10.0,
        "leap": 8.0,
        "repetition": 0.5,  # 71 - 72 -
    }


def test_the_truth_is_right_and_its_own_key_edges_and_repetition_are_shown() -> None:
    of = with_gap(KNOWN.replace("67 - 69 -", "60 - 61 -"))
    found = values(of, Truth().likeliest(of))
    assert [found[key] for key in ("accuracy", "onset_f1", "pitch_at_onsets", "rhythm_at_onsets")] == [1.0] * 4
    assert (found["out_of_key"], found["leap_in"], found["leap_out"]) == (0.5, 5.0, 10.0)
    assert found["repetition"] == 0.75  # 60 - 62 -
    assert not in_key(of).any()
    assert in_key(with_gap(KNOWN)).all()


def test_a_filling_without_notes_has_no_edges_and_no_key() -> None:
    of = with_gap(KNOWN)
    found = values(of, filled(of, ". - - -"))
    assert (found["onset_f1"], found["out_of_key"], found["leap"]) == (0.0, None, None)


def test_a_gap_at_an_end_has_one_edge_and_a_long_one_in_the_middle_no_like() -> None:
    assert values(of := with_gap(KNOWN, Setting(2, "start")), of.true)["leap_in"] is None
    assert values(of := with_gap(KNOWN, Setting(2, "end")), of.true)["leap_out"] is None
    assert values(of := with_gap(KNOWN, Setting(4, "middle")), of.true)["repetition"] is None
    assert Setting(4, "middle").bars(GRID) == (6, 10)
    assert Setting(4, "end").bars(GRID) == (12, 16)


def test_the_key_is_of_notes_around_the_gap_alone() -> None:
    sharps = KNOWN.replace("67 - 69 -", "61 63 66 68")
    assert (with_gap(sharps).scale == with_gap(KNOWN).scale).all()
    held = KNOWN.replace("67 - 69 - | 71 -", "67 - 66 - | - -")  # it sounds on out of the gap
    assert (with_gap(held).scale == with_gap(KNOWN).scale).all()


def test_padding_changes_no_figure() -> None:
    text = ". - 62 - | 64 - 65 - | 67 - 69 - | 71 - 72 - | 60 - 62 - | . - - -"
    other = ". . 62 - | 64 - 65 - | 67 - 69 - | 71 - 72 - | 60 - 62 - | . . - ."
    for setting in (Setting(1, "middle"), Setting(2, "end"), Setting(2, "start")):
        one, two = with_gap(text, setting), with_gap(other, setting)
        assert values(one, Copy().likeliest(one)) == values(two, Copy().likeliest(two))
        assert values(one, one.true) == values(two, two.true)
    of = with_gap(text, Setting(2, "end"))
    assert of.counts.sum() == 4
    quiet, loud = filled(of, "60 - 62 - | . - - -"), filled(of, "60 - 62 - | 61 61 61 61")
    assert values(of, quiet) == values(of, loud)
    said = np.zeros(of.true.shape)
    said[:, -8:] = -np.arange(8)
    assert (nats(of, said).part.item(), nats(of, said).whole.item()) == (0 + 1 + 2 + 3, 4)


def test_padding_in_a_gap_changes_nothing_that_a_model_is_judged_by(shards: MemoryShards, entries: list[Entry]) -> None:
    before = evaluate(entries, shards, SHORT)["settings"]
    tokens = shards.splits["test"]
    tokens[::3, :, -2:] = [REST, REST]
    assert (tokens[::3, 0, -4] == REST).all()
    after = evaluate(entries, shards, SHORT)["settings"]
    assert [one["place"] for one in after] == ["middle", "end", "middle"]
    for name, row in before[1]["rows"].items():
        assert row == after[1]["rows"][name], name


def test_the_copy_is_of_the_bars_before_then_after_then_again_and_again() -> None:
    def copied(length: int, place: str) -> list[int]:
        of = with_gap(KNOWN, Setting(length, place))
        return list(Copy().likeliest(of)[0, of.mask].reshape(-1, 4)[:, 0] - SIX.token(60))

    assert copied(2, "middle") == [0, 4]
    assert copied(1, "end") == [0]
    assert copied(3, "start") == [11, 0, 4]
    assert copied(4, "middle") == [0, 0, 0, 0]
    assert copied(5, "start") == [4] * 5
    assert copied(4, "end") == [0, 4, 0, 4]


def test_the_step_unigram_counts_notes_and_not_padding() -> None:
    train = np.concatenate([line(KNOWN), line(". - - - |" * 5 + ". - 62 -")])
    each = StepUnigram(train, SIX).each
    vocabulary = SIX.vocabulary
    assert each.sum(1) == pytest.approx(1.0)
    assert each[0, SIX.token(60)] == pytest.approx(3 / (6 + vocabulary))
    assert each[1, HOLD] == pytest.approx(7 / (6 + vocabulary))
    assert each[2, SIX.token(62)] == pytest.approx((1 + 3) / (7 + vocabulary))


def test_slips_have_a_likelihood_and_their_chance_is_the_best() -> None:
    unigram = StepUnigram(melodies(30, 0)[:, 0], GRID)
    mask = Setting(8, "end").mask(GRID)
    valid = gaps(melodies(20, 1)[:, 0].astype(np.int64), mask, GRID)
    slip = fitted_slip(unigram, valid)
    costs = [nats(valid, Slips(unigram, chance).nats(valid)).part.sum() for chance in (slip, slip - 0.02, slip + 0.02)]
    assert costs[0] == min(costs)
    every = np.repeat(valid.true[:1], GRID.vocabulary, 0)
    every[:, 40] = np.arange(GRID.vocabulary)
    said = Slips(unigram, 0.3).nats(gaps(every, mask, GRID))
    assert np.exp(said[:, 40]).sum() == pytest.approx(1.0)
    draws = np.random.default_rng(0).random((20, 2, GRID.steps))
    kept = Slips(unigram, 0.3).sample(valid, draws) == Copy().likeliest(valid)
    assert 0.7 < kept[:, mask].mean() < 0.9
    assert kept[:, ~mask].all()


def test_interpolation_is_the_decoder_on_a_straight_line() -> None:
    measure = entry("bars", "measure-vae", replace(GRID, bars=1), MEASURE).checkpoint.model
    true = melodies(3, 4)[:, 0].astype(np.int64)
    filler = Interpolation(measure)
    with torch.no_grad():
        z = measure.encode(torch.from_numpy(true).view(-1, 1, 4))[0].view(3, 16, -1)
        of = gaps(true, Setting(4, "middle").mask(GRID), GRID)
        expected = measure.log_likelihood(torch.from_numpy(true[:, None, 28:32]), z[:, 5] + 0.4 * (z[:, 10] - z[:, 5]))
        np.testing.assert_allclose(filler.nats(of)[:, 28:32].sum(1), expected, rtol=1e-5)
        of = gaps(true, Setting(3, "start").mask(GRID), GRID)
        written = filler.likeliest(of)
        np.testing.assert_array_equal(written[:, 4:8], measure.decode(z[:, 3])[:, 0])
    np.testing.assert_array_equal(written[:, 12:], true[:, 12:])


def test_the_model_kept_in_a_scale_has_a_likelihood_that_is_one() -> None:
    grid = Grid(bars=3, metre=(2, 4), beat_positions=EIGHTHS, lowest=60, highest=62)
    model = build("event-inpainter", grid, SIZES).double().eval()
    scatter(model, 0.4)
    assert isinstance(model, EventInpainter)
    places = [3, 4, 5, 6]
    fillings = torch.tensor(list(product(range(grid.vocabulary), repeat=4)))
    tokens = torch.full((len(fillings), 1, 12), HOLD)
    tokens[:, :, 0], tokens[:, 0, places] = FIRST_PITCH, fillings
    mask = torch.zeros(1, 1, 12, dtype=torch.bool)
    mask[:, :, places] = True
    allowed = torch.ones(len(tokens), 12, grid.vocabulary, dtype=torch.bool)
    allowed[:, :, FIRST_PITCH + 1] = False
    with torch.no_grad():
        free = model.step_log_likelihood(tokens, mask.expand_as(tokens)).sum((1, 2))
        kept = model.step_log_likelihood(tokens, mask.expand_as(tokens), Wishes(allowed)).sum((1, 2))
    inside = (fillings != FIRST_PITCH + 1).all(1)
    assert kept.exp().sum().item() == pytest.approx(1.0, abs=1e-9)
    assert torch.isinf(kept[~inside]).all()
    assert (kept[inside] >= free[inside]).all()


def test_the_report_says_the_same_for_the_same_seed(
    shards: MemoryShards, entries: list[Entry], report: dict[str, Any]
) -> None:
    shares: list[float] = []
    again = evaluate(entries, shards, SHORT, progress=shares.append)
    speeds = again.pop("speed"), report["speed"]
    assert again == {key: value for key, value in report.items() if key != "speed"}
    assert all(list(one) == ["ours"] for one in speeds)
    assert json.loads(json.dumps(again)) == again
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0)
    other = evaluate(entries, shards, Options(phrases=8, lengths=(4,), places=("middle",), seed=4))
    assert other["best_of_n"] != again["best_of_n"]


def test_the_report_holds_every_writer_and_its_figures_agree(report: dict[str, Any]) -> None:
    main = report["settings"][-1]
    assert (main["length"], main["place"], main["bars"]) == (4, "middle", [7, 10])
    names = ["truth", "ours", "interpolation (bars)", "step unigram", "copy", "copy after", "copy, slips"]
    assert list(main["rows"]) == names
    assert main["rows"]["truth"]["likeliest"]["onset_f1"]["value"] == 1.0
    assert all("nll" in main["rows"][name] for name in names if name not in ("truth", "copy", "copy after"))
    kept = report["kept_in_key"]["ours"]
    for scale in ("key", "heard"):
        assert kept[scale]["nll_inside"]["value"] <= kept[scale]["nll_inside_free"]["value"]
    assert kept["heard"]["inside"]["value"] >= kept["key"]["inside"]["value"]
    assert kept["key"]["sample"]["out_of_key"]["value"] == 0.0
    assert kept["free"]["sample"]["out_of_key"] == main["rows"]["ours"]["sample"]["out_of_key"]
    best = report["best_of_n"]["ours"]["best"]
    assert best["1"]["value"] <= best["4"]["value"] <= best["16"]["value"]
    assert report["best_of_n"]["ours"]["likeliest"]["1"] == best["1"]
    text = document(report, "scorespace gaps ...")
    assert all(sheet.title in text for sheet in sheets(report))
    assert "0.838" in text
    assert "nan" not in text


def test_models_never_see_what_they_are_to_write() -> None:
    class Spy(EventInpainter):
        def inpaint(self, tokens, mask, *rest, **more):  # type: ignore[no-untyped-def]
            assert (tokens[mask] == HOLD).all()
            return super().inpaint(tokens, mask, *rest, **more)

    true = melodies(2, 5)[:, 0].astype(np.int64)
    of = gaps(true, Setting(4, "middle").mask(GRID), GRID)
    model = Model(Spy(GRID, SIZES), GRID)
    assert (model.likeliest(of)[:, ~of.mask] == true[:, ~of.mask]).all()
    assert (model.sample(of, np.zeros((2, 2, GRID.steps)))[:, ~of.mask] == true[:, ~of.mask]).all()


def test_phrases_are_spread_over_songs() -> None:
    songs = np.array([7] * 10 + [1] * 2 + [3] * 4)
    assert list(songs[choose_of_songs(songs, 3)]) == [7, 1, 3]
    assert list(choose_of_songs(songs, 3)) == [5, 11, 14]
    assert np.bincount(songs[choose_of_songs(songs, 9)])[[7, 1, 3]].tolist() in ([4, 2, 3], [3, 2, 4])
    assert len(choose_of_songs(songs, 2)) == 2
    assert list(choose_of_songs(songs, 99)) == list(range(16))


@pytest.mark.parametrize(
    ("options", "message"),
    [(Options(lengths=(16,)), "1 to 15"), (Options(places=("top",)), "'top'"), (Options(lengths=(0, 2)), "1 to 15")],
)
def test_gaps_that_cannot_be_are_refused(shards: MemoryShards, options: Options, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        evaluate([entry("ours", "event-inpainter", GRID, SIZES)], shards, options)


def test_models_that_fill_no_gaps_of_the_data_are_refused(shards: MemoryShards, entries: list[Entry]) -> None:
    other = replace(GRID, metre=(3, 4))
    with pytest.raises(UsageError, match="another grid"):
        evaluate([entry("ours", "event-inpainter", other, replace(SIZES, metres=("3/4",)))], shards, SHORT)
    with pytest.raises(UsageError, match="'ours'"):
        evaluate([entries[0], entries[0]], shards, SHORT)
    with pytest.raises(UsageError, match="no gaps"):
        gap_report.evaluate([Entry("lm", replace(entries[0].checkpoint, model=torch.nn.Linear(1, 1)))], shards, SHORT)


def written_shards(folder: Path) -> Path:
    """A data set on disk."""
    folder.mkdir()
    counts = {}
    for seed, (split, count) in enumerate({"train": 20, "valid": 8, "test": 8}.items()):
        np.save(folder / f"{split}.npy", melodies(count, seed).astype("<u2"))
        np.save(folder / f"{split}.songs.npy", (np.arange(count) // 2).astype("<u4"))
        counts[split] = count
    description = {"format": 1, "grid": grid_table(GRID), "fingerprint": "feed", "counts": {"phrases": counts}}
    (folder / "dataset.json").write_text(json.dumps(description))
    return folder


def test_the_command_compares_checkpoints(tmp_path: Path, entries: list[Entry]) -> None:
    data, dataset = written_shards(tmp_path / "data"), {"fingerprint": "feed"}
    for one, name, config in zip(entries, ("event-inpainter", "measure-vae"), (SIZES, MEASURE), strict=True):
        model = one.checkpoint.model
        checkpoint.save(tmp_path / one.label / "best", model, model.grid, name, config, {}, dataset, {})
    report, page = tmp_path / "report.json", tmp_path / "page.md"
    given = ["gaps", str(tmp_path / "ours" / "best"), f"vae={tmp_path / 'bars' / 'best'}", "--data", str(data)]
    more = ["--phrases", "4", "--lengths", "2", "--places", "end", "--device", "cpu", "--threads", "1"]
    done = CliRunner().invoke(app, [*given, *more, "-o", str(report), "--document", str(page)])
    assert done.exit_code == 0, done.output
    assert done.stdout.split() == [str(report), str(page)]
    assert "seed 0" in done.stderr
    found = json.loads(report.read_text())
    assert [one["label"] for one in found["models"]] == ["ours", "vae"]
    assert all(one["held_out"] for one in found["models"])
    assert "interpolation (vae)" in found["settings"][0]["rows"]
    text = page.read_text()
    assert "`scorespace gaps ours=ours/best vae=bars/best --data" in text
    assert str(tmp_path) not in text
    bad = CliRunner().invoke(app, [*given, "--lengths", "8-1"])
    assert (bad.exit_code, "1-8" in bad.stderr) == (2, True)
