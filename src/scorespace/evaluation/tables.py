"""The report of `scorespace evaluate` for a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.table import Table

MEANINGS = {
    "next_step_accuracy": "next-step token accuracy",
    "accuracy": "free-running token accuracy",
    "onset_f1": "free-running onset F1",
    "pitch_at_onsets": "free-running pitch at onsets",
    "reconstruction": "reconstruction, nats a phrase",
    "kl": "KL, nats a phrase",
    "nll_elbo": "NLL at most (ELBO, beta 1), nats",
    "nll_importance": "NLL at most (importance-weighted), nats",
    "nll": "NLL, exact, nats a phrase",
    "active_dimensions": "active dimensions",
}


def tables(report: Mapping[str, Any]) -> list[Table]:
    """The report for a person: figures beside baselines, and the samples beside the corpus."""
    found = [_figure_table(report)]
    if "samples" in report:
        found += [_sample_table(report["samples"]), _overlap_table(report["samples"])]
    return found


def _figure_table(report: Mapping[str, Any]) -> Table:
    data, baselines = report["data"], report["baselines"]
    title = f"{report['model']['name']} on {data['phrases']:,} {data['split']} phrases of {data['songs']:,} songs"
    table = Table("figure", "value", "95 % interval", *(name.replace("_", " ") for name in baselines), title=title)
    for name in (name for name in MEANINGS if name in report["figures"]):
        figure = report["figures"][name]
        likelihood = "nll" if name.startswith("nll") else name
        beside = [_number(values[likelihood]["value"]) if likelihood in values else "" for values in baselines.values()]
        interval = f"{_number(figure['low'])} to {_number(figure['high'])}"
        table.add_row(MEANINGS[name], _number(figure["value"]), interval, *beside)
    return table


def _sample_table(samples: Mapping[str, Any]) -> Table:
    title = f"{samples['count']:,} samples at temperature {samples['temperature']:g}"
    table = Table("figure", "samples", "corpus", title=title)
    copied = samples["corpus_copied_share_in_any_key"]
    table.add_row("distinct, share", _number(samples["distinct_share"]), "")
    table.add_row("equal to a training phrase, share", _number(samples["copied_share"]), "")
    table.add_row("the same in any key", _number(samples["copied_share_in_any_key"]), _number(copied))
    differences = samples["pairwise_difference"], samples["corpus_pairwise_difference"]
    table.add_row("tokens in which two differ, share", *(_number(value) for value in differences))
    if "reencoding_accuracy" in samples:
        table.add_row("token accuracy encoded and decoded again", _number(samples["reencoding_accuracy"]), "")
        table.add_row("aggregate posterior from the prior, nats", _number(samples["prior_gap"]), "")
    return table


def _overlap_table(samples: Mapping[str, Any]) -> Table:
    heads = ("attribute", "samples", "corpus halves", "random pitches", "uniform tokens")
    table = Table(*heads, title="Overlap of histograms with the corpus, 0 to 1")
    for name, row in {**samples["overlap"], "mean": samples["mean_overlap"]}.items():
        table.add_row(name.replace("_", " "), *(_number(value) for value in row.values()))
    return table


def _number(value: float) -> str:
    return f"{value:.4f}" if abs(value) < 1 else f"{value:.2f}"
