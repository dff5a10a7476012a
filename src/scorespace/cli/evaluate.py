"""scorespace evaluate: what a checkpoint is worth on songs that it has not seen."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from scorespace.errors import UsageError


def evaluate(
    checkpoint: Annotated[
        Path | None, typer.Argument(help="Folder of a checkpoint, such as RUN/best; with --table a file of results.")
    ] = None,
    data: Annotated[Path | None, typer.Option("--data", help="Folder that `scorespace prepare` wrote.")] = None,
    table: Annotated[
        bool, typer.Option("--table", help="Print Table 1 of the MusicVAE paper with our results, and what they cost.")
    ] = False,
    split: Annotated[str, typer.Option(help="test, valid or train.")] = "test",
    phrases: Annotated[int, typer.Option(min=0, help="At most so many phrases, evenly spread; 0 = all.")] = 0,
    samples: Annotated[int, typer.Option(min=0, help="Samples drawn for the statistics; 0 = none.")] = 2048,
    temperature: Annotated[
        float | None, typer.Option("-t", "--temperature", min=0.0, help="Of the samples; 0 = most likely.")
    ] = None,
    importance_samples: Annotated[int, typer.Option(min=1, help="Posterior samples a phrase for the bounds.")] = 16,
    language_model: Annotated[
        Path | None,
        typer.Option("--language-model", help="Checkpoint of a model such as note-lm: how probable are the samples?"),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="The same seed gives the same report.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON instead of tables.")] = False,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write the report here, as JSON.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads; all cores without it.")] = None,
) -> None:
    """Measure a model on held-out songs: reconstruction, likelihood, use of z, and how its samples compare.

    Example: scorespace evaluate runs/folk/best --data data/folk
    """
    if table:
        _print_table(checkpoint, as_json)
        return
    if checkpoint is None or data is None:
        raise UsageError(
            "Name a checkpoint and its data: scorespace evaluate RUN/best --data DATA; or ask for --table."
        )
    import json

    import torch
    from rich.console import Console

    from scorespace import checkpoint as checkpoints
    from scorespace.data.shards import Shards
    from scorespace.evaluation.report import Options
    from scorespace.evaluation.report import evaluate as measure
    from scorespace.evaluation.tables import tables
    from scorespace.training.device import choose_device

    if threads:
        torch.set_num_threads(threads)
    loaded = checkpoints.load(checkpoint)
    loaded.model.to(choose_device(device))
    judge = checkpoints.load(language_model) if language_model else None
    if judge:
        judge.model.to(choose_device(device))
    options = Options(split, phrases, samples, temperature, importance_samples, seed)
    report = measure(loaded, Shards.open(data), options, lambda text: typer.echo(text, err=True), judge)
    text = json.dumps(report, indent=2)
    if output:
        part = output.with_name(f".{output.name}.part")
        part.write_text(text + "\n", encoding="utf-8")
        part.replace(output)
    if as_json:
        typer.echo(text)
        return
    console = Console(stderr=output is not None)
    for each in tables(report):
        console.print(each)
    if output:
        typer.echo(output)


def _print_table(results: Path | None, as_json: bool) -> None:
    """Table 1 with the results of a file, or those of the package."""
    import json

    from scorespace.cli.talk import table_console
    from scorespace.evaluation.table1 import load, sheets
    from scorespace.evaluation.tables import sheet_table

    cells = load(results)
    if as_json:
        typer.echo(json.dumps(cells, indent=2))
        return
    console = table_console(sys.stdout)
    for sheet in sheets(cells):
        console.print(sheet_table(sheet))
