"""The report of `scorespace evaluate` for a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from scorespace.evaluation.table1 import Sheet
from scorespace.evaluation.vector_tables import vector_tables

MEANINGS = {
    "next_step_accuracy": "next-step accuracy",
    "continuation_accuracy": "accuracy going on alone",
    "accuracy": "free-running accuracy",
    "onset_f1": "free-running onset F1",
    "pitch_at_onsets": "free-running pitches",
    "velocity_error": "velocity, error, 1 to 127",
    "timing_error": "timing, error, ms",
    "same_instruments": "free-running same instruments",
    "instrument_f1": "free-running instruments F1",
    "reconstruction": "reconstruction, nats",
    "kl": "KL, nats",
    "nll_elbo": "NLL bound, ELBO, nats",
    "nll_importance": "NLL bound, weighted, nats",
    "nll": "NLL, exact, nats",
    "active_dimensions": "active dimensions",
}


def tables(report: Mapping[str, Any]) -> list[Table]:
    """The report for a person: figures beside baselines, and the samples beside the corpus."""
    found = [_figure_table(report)]
    if "samples" in report:
        found += [_sample_table(report["samples"]), _overlap_table(report["samples"])]
        if "language_model" in report["samples"]:
            found.append(_likelihood_table(report["samples"]["language_model"]))
    return found + (vector_tables(report["attribute_vectors"]) if "attribute_vectors" in report else [])


def sheet_table(sheet: Sheet) -> Table:
    """A sheet for a terminal."""
    table = Table(title=sheet.title, caption=sheet.notes or None, box=SIMPLE_HEAD, pad_edge=False)
    for place, head in enumerate(sheet.heads):
        table.add_column(head, no_wrap=place == 0, overflow="fold")
    for line in sheet.lines:
        table.add_row(*line)
    return table


def markdown(sheet: Sheet) -> str:
    """A sheet as Markdown: a heading, the table, the notes."""
    lines = [sheet.heads, ["---"] * len(sheet.heads), *sheet.lines]
    rows = [
        "| " + " | ".join(cell.replace("\n", " (") + ")" * ("\n" in cell) for cell in line) + " |" for line in lines
    ]
    return "\n".join([f"## {sheet.title}", "", *rows, "", sheet.notes, ""])


def _figure_table(report: Mapping[str, Any]) -> Table:
    data = report["data"]
    title = f"{report['model']['name']} on {data['phrases']:,} {data['split']} phrases of {data['songs']:,} songs"
    table = Table("figure", "value", "95 % interval", "without a model", title=title, box=SIMPLE_HEAD)
    for name, words in _named(report["figures"]):
        figure = report["figures"][name]
        interval = f"{_number(figure['low'])} to {_number(figure['high'])}"
        table.add_row(words, _number(figure["value"]), interval, _beside(name, report["baselines"]))
    return table


def _named(figures: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The figures there are and what they mean, in order; those of one part, "accuracy_bass", follow those of all."""
    found = []
    for name, words in MEANINGS.items():
        found += [(name, words)] if name in figures else []
        parts = [key for key in figures if key.startswith(f"{name}_") and key not in MEANINGS]
        found += [(key, f"  of the {key.removeprefix(f'{name}_')}") for key in parts]
    return found


def _beside(name: str, baselines: Mapping[str, Any]) -> str:
    """The baselines of a figure, one a line. Writers that look at nothing are the same free-running and taught."""
    key = "nll" if name.startswith("nll") else name
    for taught in ("next_step_accuracy", "continuation_accuracy"):
        key = key.replace(taught, "accuracy")
    found = {who: figures[key]["value"] for who, figures in baselines.items() if key in figures}
    return "\n".join(f"{_number(value)} {who.replace('_', ' ')}" for who, value in found.items())


def _sample_table(samples: Mapping[str, Any]) -> Table:
    title = f"{samples['count']:,} samples at temperature {samples['temperature']:g}"
    table = Table("figure", "samples", "corpus", title=title, box=SIMPLE_HEAD)
    table.add_row("distinct, share", _number(samples["distinct_share"]), _number(samples["corpus_distinct_share"]))
    for words, key in (("equal to a training phrase, share", ""), ("the same in any key", "_in_any_key")):
        table.add_row(words, _number(samples[f"copied_share{key}"]), "")
        table.add_row("distinct ones among those", str(samples[f"copied_distinct{key}"]), "")
    differences = samples["pairwise_difference"], samples["corpus_pairwise_difference"]
    table.add_row("tokens in which two differ, share", *(_number(value) for value in differences))
    if "reencoding_accuracy" in samples:
        table.add_row("token accuracy encoded and decoded again", _number(samples["reencoding_accuracy"]), "")
        table.add_row("aggregate posterior from the prior, nats", _number(samples["prior_gap"]), "")
    for name, means in samples["attributes"].items():
        table.add_row(f"mean {name.replace('_', ' ')}", _number(means["samples"]), _number(means["corpus"]))
    return table


def _likelihood_table(judged: Mapping[str, Any]) -> Table:
    title = f"NLL under {judged['name']}, trained apart, nats a phrase"
    table = Table("phrases", "nats", "95 % interval", title=title, box=SIMPLE_HEAD)
    for who, figure in judged["nll"].items():
        words = who.replace("samples_", "samples at temperature ").replace("_", " ")
        table.add_row(words, _number(figure["value"]), f"{_number(figure['low'])} to {_number(figure['high'])}")
    return table


def _overlap_table(samples: Mapping[str, Any]) -> Table:
    heads = [who.replace("ceiling", "corpus halves").replace("_", " ") for who in samples["mean_overlap"]]
    table = Table("attribute", *heads, title="Overlap of histograms with the corpus, 0 to 1", box=SIMPLE_HEAD)
    for name, row in {**samples["overlap"], "mean": samples["mean_overlap"]}.items():
        table.add_row(name.replace("_", " ").replace(".", ", "), *(_number(value) for value in row.values()))
    return table


def _number(value: float) -> str:
    return f"{value:.4f}" if abs(value) < 1 else f"{value:.2f}".removesuffix(".00")
