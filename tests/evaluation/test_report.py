"""The whole report."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch
from memory_shards import MemoryShards
from rich.console import Console

from scorespace import models
from scorespace.checkpoint import Checkpoint
from scorespace.errors import UsageError
from scorespace.evaluation.report import Options, evaluate
from scorespace.evaluation.tables import tables
from scorespace.models.note_lm import NoteLMConfig
from scorespace.music.attributes import ATTRIBUTES
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
    assert report["samples"]["overlap"].keys() == ATTRIBUTES.keys()
    assert report["samples"]["mean_overlap"]["ceiling"] > report["samples"]["mean_overlap"]["uniform_tokens"]


def test_a_decoder_only_model_is_measured_by_its_exact_nll(tiny: Recipe, shards: MemoryShards) -> None:
    checkpoint = untrained(tiny, "note-lm", NoteLMConfig(width=8, blocks=1, heads=1))
    report = evaluate(checkpoint, shards, FEW)
    assert report["figures"].keys() == {"nll", "next_step_accuracy"}
    assert report["samples"]["temperature"] == 1
    assert "reencoding_accuracy" not in report["samples"]


def test_the_tables_show_every_figure(latent: Checkpoint, shards: MemoryShards) -> None:
    report = evaluate(latent, shards, FEW)
    console = Console(width=80)
    with console.capture() as shown:
        for table in tables(report):
            console.print(table)
    text = shown.get()
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
