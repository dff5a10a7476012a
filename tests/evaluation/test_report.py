"""The whole report."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from memory_shards import MemoryShards
from rich.console import Console

from scorespace import models
from scorespace.checkpoint import Checkpoint
from scorespace.errors import UsageError
from scorespace.evaluation.report import Options, evaluate
from scorespace.evaluation.tables import tables
from scorespace.models.music_vae import MusicVAEConfig
from scorespace.models.note_lm import NoteLMConfig
from scorespace.music.attributes import attributes_of
from scorespace.music.grid import Grid
from scorespace.recipe import Recipe, to_table

FEW = Options(samples=20, importance_samples=2)


def untrained(recipe: Recipe, name: str, config: object) -> Checkpoint:
    torch.manual_seed(0)
    described = {"model": {"name": name}, "dataset": {"fingerprint": "written-by-the-test"}}
    return Checkpoint(models.build(name, recipe.grid, config).eval(), recipe.grid, described, "0" * 64)


@pytest.fixture
def latent(tiny: Recipe) -> Checkpoint:
    return untrained(tiny, tiny.model.name, tiny.model.config)


def test_every_figure_has_an_interval_and_the_seed_repeats_it(latent: Checkpoint, shards: MemoryShards) -> None:
    report = evaluate(latent, shards, FEW)
    assert report == evaluate(latent, shards, FEW)
    assert json.loads(json.dumps(report)) == report
    assert report["data"]["songs"] == 6
    assert report["data"]["trained_on_it"]
    assert report["figures"].keys() >= {"accuracy", "onset_f1", "kl", "nll_elbo", "nll_importance", "active_dimensions"}
    for figures in (report["figures"], *report["baselines"].values()):
        assert all(figure["low"] <= figure["value"] <= figure["high"] for figure in figures.values())
    assert report["samples"]["overlap"].keys() == attributes_of(latent.grid).keys()
    assert report["samples"]["mean_overlap"]["ceiling"] > report["samples"]["mean_overlap"]["uniform_tokens"]


def test_a_decoder_only_model_is_measured_by_its_exact_nll(tiny: Recipe, shards: MemoryShards) -> None:
    checkpoint = untrained(tiny, "note-lm", NoteLMConfig(width=8, blocks=1, heads=1))
    report = evaluate(checkpoint, shards, FEW)
    assert report["figures"].keys() == {"nll", "next_step_accuracy"}
    assert report["samples"]["temperature"] == 1
    assert "reencoding_accuracy" not in report["samples"]


def test_a_language_model_says_how_probable_samples_are(latent: Checkpoint, tiny: Recipe, shards: MemoryShards) -> None:
    judge = untrained(tiny, "note-lm", NoteLMConfig(width=8, blocks=1, heads=1))
    report = evaluate(latent, shards, FEW, language_model=judge)
    nats = report["samples"]["language_model"]["nll"]
    kinds = {"corpus", "samples_0.5", "samples_0.95", "samples_1", "random_pitches", "uniform_tokens"}
    assert nats.keys() == kinds
    assert all(figure["low"] <= figure["value"] <= figure["high"] for figure in nats.values())
    assert "samples at temperature 0.5" in printed(report)
    with pytest.raises(UsageError, match="exact likelihood such as note-lm, got a AttentionVAE"):
        evaluate(latent, shards, FEW, language_model=latent)
    other = replace(judge, grid=replace(judge.grid, lowest=0))
    with pytest.raises(UsageError, match=r"trained on another grid \(lowest is 0, the model has 48\)"):
        evaluate(latent, shards, FEW, language_model=other)


def test_parts_are_measured_apart(tiny: Recipe) -> None:
    recipe = replace(tiny, grid=Grid(("melody", "bass", "drums"), bars=1, lowest=40, highest=60))
    random = np.random.default_rng(0)
    sizes = np.array(recipe.grid.sizes)[:, None]
    splits = {split: random.integers(0, sizes, (12, *recipe.grid.shape)) for split in ("train", "test")}
    config = MusicVAEConfig(z_size=4, encoder_size=8, decoder_size=8)
    report = evaluate(untrained(recipe, "music-vae", config), MemoryShards(recipe.grid, splits), FEW)
    parts = {f"{figure}_{part}" for figure in ("accuracy", "onset_f1") for part in recipe.grid.parts}
    assert report["figures"].keys() >= parts | {f"next_step_accuracy_{part}" for part in recipe.grid.parts}
    assert report["baselines"]["most_common"].keys() >= parts
    assert report["samples"]["mean_overlap"].keys() == {"samples", "ceiling", "random_pitches", "uniform_tokens"}
    shown = printed(report)
    assert shown.count("of the bass") == 3
    assert "…" not in shown


def test_what_a_decoder_only_model_writes_alone_is_compared_after_the_first_step(
    tiny: Recipe, shards: MemoryShards, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = untrained(tiny, "note-lm", NoteLMConfig(width=8, blocks=1, heads=1))

    def free_run(tokens: torch.Tensor, given: int) -> torch.Tensor:
        return torch.cat([tokens[..., :given], torch.zeros_like(tokens[..., given:])], -1)

    monkeypatch.setattr(checkpoint.model, "free_run", free_run, raising=False)
    figures = evaluate(checkpoint, shards, replace(FEW, samples=0))["figures"]
    holds = (shards.tokens("test")[..., 1:] == 0).mean()
    assert figures["continuation_accuracy"]["value"] == pytest.approx(holds)


def printed(report: dict[str, Any]) -> str:
    console = Console(width=80)
    with console.capture() as shown:
        for table in tables(report):
            console.print(table)
    return shown.get()


def test_the_tables_show_every_figure(latent: Checkpoint, shards: MemoryShards) -> None:
    report = evaluate(latent, shards, FEW)
    text = printed(report)
    title = "attention-vae on 24 test phrases of 6 songs"
    for words in (title, "NLL bound, weighted, nats", "step unigram", "active dimensions", "syncopation 16"):
        assert words in text
    assert "…" not in text
    assert f"{report['figures']['kl']['value']:.2f}" in text


def test_fewer_phrases_and_no_samples(latent: Checkpoint, shards: MemoryShards) -> None:
    report = evaluate(latent, shards, Options(phrases=7, samples=0, importance_samples=1))
    assert report["data"]["phrases"] == 7
    assert "samples" not in report
    assert len(tables(report)) == 1


def test_data_that_the_model_was_not_trained_on_is_said(latent: Checkpoint, shards: MemoryShards) -> None:
    said: list[str] = []
    shards.fingerprint = "another"
    assert not evaluate(latent, shards, Options(samples=0), said.append)["data"]["trained_on_it"]
    assert any("may have seen songs" in text for text in said)


def test_what_cannot_be_measured_is_said(latent: Checkpoint, shards: MemoryShards) -> None:
    with pytest.raises(UsageError, match="--split takes valid, test, train, got 'dev'"):
        evaluate(latent, shards, Options(split="dev"))
    shards.splits["test"] = shards.splits["test"][:0]
    with pytest.raises(UsageError, match="split 'test' or the training split is empty"):
        evaluate(latent, shards, FEW)
    shards.grid = replace(shards.grid, lowest=40)
    with pytest.raises(UsageError, match=r"another grid \(lowest is 40, the model has 48\)"):
        evaluate(latent, shards, FEW)
    assert to_table(latent.grid)["lowest"] == 48
