"""The loop: the same numbers after a kill, best and last, early stop, and every way in which a run ends."""

from __future__ import annotations

import json
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from memory_shards import MemoryShards

from scorespace import checkpoint
from scorespace.data import mixture
from scorespace.errors import ModelError, TrainingError, UsageError
from scorespace.models.attention_vae import AttentionVAE
from scorespace.models.note_lm import NoteLMConfig
from scorespace.recipe import ModelSettings, Recipe
from scorespace.training import loop
from scorespace.training.log import read_lines
from scorespace.training.loop import train


class PulledTheCord(Exception):
    """Stands for the end of the process: nothing of the loop catches it."""


def short(recipe: Recipe, **changes: Any) -> Recipe:
    settings = {"steps": 6, "log_every": 2, "evaluate_every": 3, "checkpoint_every": 3, "samples": 0} | changes
    return replace(recipe, training=replace(recipe.training, **settings))


def before_batch(monkeypatch: pytest.MonkeyPatch, step: int, action: Any) -> None:
    """Runs `action` in place of giving the batch of this step."""

    class Trapped(mixture.Batches):
        def at(self, asked: int) -> np.ndarray:
            return action() if asked == step else super().at(asked)

    monkeypatch.setattr(mixture, "Batches", Trapped)


TIMES = {"phrases_per_second", "minutes"}  # figures in which two equal runs may differ


def pull_the_cord() -> np.ndarray:
    raise PulledTheCord


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return dict(checkpoint.load(folder).model.state_dict())


def lines(folder: Path) -> list[dict[str, Any]]:
    read = read_lines(folder / "metrics.jsonl")
    return [{key: value for key, value in line.items() if key not in TIMES} for line in read]


def test_training_ends_when_its_minutes_are_spent(
    tiny: Recipe, shards: MemoryShards, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = iter(range(1000))
    monkeypatch.setattr(loop.time, "process_time", lambda: float(next(ticks)))
    recipe = short(tiny, steps=1000, minutes=0.1, evaluate_every=0, checkpoint_every=0)
    outcome = train(recipe, shards, tmp_path / "run")
    assert outcome.status == "finished"
    assert outcome.step == 6  # a second each
    assert outcome.minutes >= 0.1
    assert outcome.checkpoint == tmp_path / "run" / "best"
    again = train(recipe, shards, tmp_path / "run")
    assert (again.status, again.step, again.minutes) == ("already finished", outcome.step, outcome.minutes)


@pytest.mark.parametrize("ema", [0.0, 0.9])
def test_a_killed_run_goes_on_to_the_same_numbers(
    tiny: Recipe, shards: MemoryShards, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ema: float
) -> None:
    recipe = short(tiny, ema=ema)
    train(recipe, shards, tmp_path / "whole")
    with monkeypatch.context() as patch:
        before_batch(patch, 5, pull_the_cord)
        with pytest.raises(PulledTheCord):
            train(recipe, shards, tmp_path / "killed")
    assert [line["step"] for line in lines(tmp_path / "killed")] == [2, 3, 3, 4]
    outcome = train(recipe, shards, tmp_path / "killed")
    assert (outcome.status, outcome.step) == ("finished", 6)
    assert lines(tmp_path / "killed") == lines(tmp_path / "whole")
    for name in ("best", "last"):
        theirs = weights(tmp_path / "whole" / name)
        assert all(torch.equal(value, theirs[key]) for key, value in weights(tmp_path / "killed" / name).items())


def test_an_interruption_is_saved_and_goes_on_to_the_same_weights(
    tiny: Recipe, shards: MemoryShards, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = short(tiny, evaluate_every=0, checkpoint_every=0)
    train(recipe, shards, tmp_path / "whole")
    handler = signal.getsignal(signal.SIGINT)
    with monkeypatch.context() as patch:
        real = loop._Run._after_step

        def interrupt(run: Any) -> None:
            real(run)
            if run.state.step == 4:
                signal.raise_signal(signal.SIGINT)

        patch.setattr(loop._Run, "_after_step", interrupt)
        outcome = train(recipe, shards, tmp_path / "stopped")
    assert (outcome.status, outcome.step, outcome.checkpoint) == ("interrupted", 4, None)
    assert signal.getsignal(signal.SIGINT) == handler
    assert train(recipe, shards, tmp_path / "stopped").status == "finished"
    theirs = weights(tmp_path / "whole" / "last")
    assert all(torch.equal(value, theirs[key]) for key, value in weights(tmp_path / "stopped" / "last").items())


def test_the_best_checkpoint_is_the_one_with_the_best_held_out_figure(
    tiny: Recipe, shards: MemoryShards, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = iter([3.0, 1.0, 2.0, float("nan")])
    monkeypatch.setattr(loop, "evaluate", lambda *_: {"loss": next(figures)})
    train(short(tiny, steps=4, evaluate_every=1), shards, tmp_path / "run")
    assert checkpoint.read_config(tmp_path / "run" / "best")["scores"] == {"step": 2, "loss": 1.0}
    assert checkpoint.read_config(tmp_path / "run" / "last")["scores"]["step"] == 4


def test_another_figure_can_decide(
    tiny: Recipe, shards: MemoryShards, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = iter([0.1, 0.3, 0.2])
    monkeypatch.setattr(loop, "evaluate", lambda *_: {"onset_f1": next(figures)})
    train(short(tiny, steps=3, evaluate_every=1, best="onset_f1"), shards, tmp_path / "run")
    assert checkpoint.read_config(tmp_path / "run" / "best")["scores"]["onset_f1"] == 0.3


def test_training_stops_early_and_stays_stopped(
    tiny: Recipe, shards: MemoryShards, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = iter([1.0, 2.0, 2.0])
    monkeypatch.setattr(loop, "evaluate", lambda *_: {"loss": next(figures)})
    recipe = short(tiny, evaluate_every=1, patience=2)
    outcome = train(recipe, shards, tmp_path / "run")
    assert (outcome.status, outcome.step) == ("stopped early", 3)
    assert train(recipe, shards, tmp_path / "run").status == "already finished"


def test_a_loss_that_is_no_number_stops_with_advice_and_leaves_the_last_good_checkpoint(
    tiny: Recipe, shards: MemoryShards, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = AttentionVAE.loss

    def broken(model: AttentionVAE, batch: torch.Tensor, step: int, *rest: Any) -> dict[str, torch.Tensor]:
        figures = real(model, batch, step, *rest)
        return figures | {"loss": figures["loss"] * float("nan")} if step == 4 and model.training else figures

    monkeypatch.setattr(AttentionVAE, "loss", broken)
    with pytest.raises(TrainingError, match=r"before step 6: lower training.learning_rate .* is in .*last\."):
        train(short(tiny), shards, tmp_path / "run")
    assert checkpoint.read_config(tmp_path / "run" / "last")["scores"]["step"] == 3
    assert all(torch.isfinite(value).all() for value in weights(tmp_path / "run" / "last").values())


def test_collapse_is_named(
    tiny: Recipe,
    shards: MemoryShards,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(loop, "evaluate", lambda *_: {"loss": 1.0, "kl": 0.2, "active_dimensions": 0.0})
    train(short(tiny), shards, tmp_path / "run")
    assert capsys.readouterr().err.count("Posterior collapse: the KL is 0.20 nats and 0 dimensions") == 1


def test_without_a_validation_split_the_best_is_the_last(
    tiny: Recipe, shards: MemoryShards, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shards.splits["valid"] = shards.splits["valid"][:0]
    outcome = train(short(tiny), shards, tmp_path / "run")
    assert "The validation split is empty" in capsys.readouterr().err
    assert outcome.checkpoint == tmp_path / "run" / "best"
    theirs = weights(tmp_path / "run" / "last")
    assert all(torch.equal(value, theirs[key]) for key, value in weights(tmp_path / "run" / "best").items())


def test_fewer_phrases_than_a_batch(tiny: Recipe, shards: MemoryShards, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="has 96 phrases to train on, fewer than one batch of 97"):
        train(short(tiny, batch_size=97), shards, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_data_of_another_grid(tiny: Recipe, shards: MemoryShards, tmp_path: Path) -> None:
    shards.grid = replace(shards.grid, lowest=40)
    with pytest.raises(UsageError, match=r"another grid \(lowest is 40, the recipe says 48\)"):
        train(short(tiny), shards, tmp_path / "run")


def test_data_that_were_prepared_otherwise(tiny: Recipe, shards: MemoryShards, tmp_path: Path) -> None:
    shards.description["settings"] = {"longest_rest": 2.0, "metres": ["4/4", "2/2"], "transpose": [0, 0]}
    with pytest.raises(UsageError, match=r"prepared otherwise \(longest_rest was 2.0, the recipe says 1.0\)"):
        train(short(tiny), shards, tmp_path / "run")


def test_a_run_of_another_recipe_is_not_touched_unless_forced(
    tiny: Recipe, shards: MemoryShards, tmp_path: Path
) -> None:
    train(short(tiny), shards, tmp_path / "run")
    before = (tmp_path / "run" / "metrics.jsonl").read_bytes()
    other = short(tiny, learning_rate=2e-3)
    with pytest.raises(UsageError, match=r"training.learning_rate was 0.003, is 0.002\).*--force"):
        train(other, shards, tmp_path / "run")
    assert (tmp_path / "run" / "metrics.jsonl").read_bytes() == before
    (tmp_path / "run" / "notes.txt").write_text("mine")
    assert train(other, shards, tmp_path / "run", force=True).status == "finished"
    assert (tmp_path / "run" / "notes.txt").exists()
    shards.fingerprint = "another"
    with pytest.raises(UsageError, match="another recipe \\(the data set\\)"):
        train(other, shards, tmp_path / "run")


def test_a_folder_with_something_else_is_refused(tiny: Recipe, shards: MemoryShards, tmp_path: Path) -> None:
    (tmp_path / "song.mid").write_bytes(b"MThd")
    with pytest.raises(UsageError, match="is not empty and holds no run"):
        train(short(tiny), shards, tmp_path)


def test_two_runs_do_not_write_into_one_folder(
    tiny: Recipe, shards: MemoryShards, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meddle() -> np.ndarray:
        with pytest.raises(UsageError, match="is being written by another scorespace"):
            train(short(tiny), shards, tmp_path / "run")
        raise PulledTheCord

    before_batch(monkeypatch, 1, meddle)
    with pytest.raises(PulledTheCord):
        train(short(tiny), shards, tmp_path / "run")


def test_a_damaged_state_is_said(tiny: Recipe, shards: MemoryShards, tmp_path: Path) -> None:
    train(short(tiny), shards, tmp_path / "run")
    state = tmp_path / "run" / "training.pt"
    state.write_bytes(state.read_bytes()[:200])
    with pytest.raises(
        TrainingError, match=r"training.pt: is damaged, so the run cannot go on: start anew with --force"
    ):
        train(short(tiny), shards, tmp_path / "run")


def test_training_can_begin_from_another_checkpoint(tiny: Recipe, shards: MemoryShards, tmp_path: Path) -> None:
    train(short(tiny), shards, tmp_path / "first")
    still = short(tiny, steps=1, learning_rate=1e-30, lowest_learning_rate=0.0)
    train(still, shards, tmp_path / "second", start_from=tmp_path / "first" / "last")
    theirs = weights(tmp_path / "first" / "last")
    assert all(torch.equal(value, theirs[key]) for key, value in weights(tmp_path / "second" / "last").items())
    wider = replace(tiny, model=replace(tiny.model, config=replace(tiny.model.config, z_size=8)))
    with pytest.raises(ModelError, match=r"is another model \(model.z_size is 16, the recipe says 8\)"):
        train(short(wider), shards, tmp_path / "third", start_from=tmp_path / "first" / "last")


def test_a_longer_run_learns(tiny: Recipe, shards: MemoryShards, tmp_path: Path) -> None:
    train(short(tiny, steps=120, evaluate_every=60), shards, tmp_path / "run")
    found = [line["loss"] for line in lines(tmp_path / "run") if line["kind"] == "held-out"]
    assert found[1] < found[0] < 16 * np.log(tiny.grid.vocabulary)


def test_samples_are_pictures_and_music(tiny: Recipe, shards: MemoryShards, tmp_path: Path) -> None:
    from scorespace.music import files

    train(short(tiny, steps=1, samples=2), shards, tmp_path / "run")
    folder = tmp_path / "run" / "samples"
    assert (folder / "step-1.png").read_bytes().startswith(b"\x89PNG")
    bars = {int(start // 4) for track in files.read(folder / "step-1.mid").tracks for start in track.notes["start"]}
    assert {2, 4} <= bars  # the two held-out phrases stand in bars 3 and 5, each before its reconstruction


def test_a_model_without_a_latent_space_is_trained_by_the_same_loop(
    tiny: Recipe, shards: MemoryShards, tmp_path: Path
) -> None:
    recipe = replace(tiny, model=ModelSettings("note-lm", NoteLMConfig(width=8, blocks=1, heads=1)))
    outcome = train(short(recipe, samples=2), shards, tmp_path / "run")
    assert outcome.scores.keys() == {"loss", "nll", "reconstruction", "next_step_accuracy"}
    assert not (tmp_path / "run" / "samples").exists()
    with pytest.raises(UsageError, match=r"training.best = 'onset_f1' needs a latent space"):
        train(short(recipe, best="onset_f1"), shards, tmp_path / "other")


def test_several_phases_have_an_optimiser_each(
    tiny: Recipe, shards: MemoryShards, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def parts(model: AttentionVAE, phase: str) -> list[torch.nn.Parameter]:
        named = model.named_parameters()
        return [p for name, p in named if name.startswith(("decoder", "spread")) == (phase == "decoder")]

    monkeypatch.setattr(AttentionVAE, "phases", ("encoder", "decoder"))
    monkeypatch.setattr(AttentionVAE, "phase_parameters", parts)
    train(short(tiny, steps=2), shards, tmp_path / "run")
    line = lines(tmp_path / "run")[0]
    assert {"encoder/loss", "loss", "encoder/gradient_norm", "gradient_norm"} <= line.keys()
    state = torch.load(tmp_path / "run" / "training.pt", weights_only=True)
    assert state["optimisers"].keys() == {"encoder", "decoder"}


def test_metrics_are_one_json_object_a_line(tiny: Recipe, shards: MemoryShards, tmp_path: Path) -> None:
    train(short(tiny), shards, tmp_path / "run")
    read = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert [(line["step"], line["kind"]) for line in read] == [
        (2, "train"),
        (3, "train"),
        (3, "held-out"),
        (4, "train"),
        (6, "train"),
        (6, "held-out"),
    ]
    assert {"loss", "reconstruction", "kl", "beta", "accuracy", "gradient_norm", "learning_rate"} <= read[0].keys()
