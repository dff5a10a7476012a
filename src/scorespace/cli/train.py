"""scorespace train: a recipe and a prepared data set become a checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def train(
    recipe: Annotated[str, typer.Argument(help="A bundled recipe's name, or the path of a .toml file.")],
    data: Annotated[
        list[Path],
        typer.Option(
            "--data",
            help="Folder that `scorespace prepare` wrote; repeatable for a model of several metres, one folder each.",
        ),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder of the run; an unfinished one goes on.")],
    steps: Annotated[int | None, typer.Option(help="Optimiser steps, in place of the recipe's.")] = None,
    minutes: Annotated[
        float | None, typer.Option(help="Stop after so many minutes of training, of CPU time on a CPU.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed, in place of the recipe's.")] = None,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", help="Any value of the recipe, such as model.z_size=128; repeatable.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    precision: Annotated[str, typer.Option(help="auto (bfloat16 on CUDA), float32 or bfloat16.")] = "auto",
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads; all cores without it.")] = None,
    init: Annotated[Path | None, typer.Option("--init", help="Checkpoint whose weights training begins from.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Start anew, whatever run the folder holds.")] = False,
    tensorboard: Annotated[bool, typer.Option("--tensorboard", help="Write curves for TensorBoard too.")] = False,
) -> None:
    """Train a model; an interrupted run goes on when the same command is given again.

    Example: scorespace train melody-2bar --data data/folk -o runs/folk
    """
    from scorespace import recipe as recipes
    from scorespace.data.shards import Shards

    asked = list(overrides or [])
    asked += [f"training.steps={steps}"] if steps is not None else []
    asked += [f"training.minutes={minutes}"] if minutes is not None else []
    asked += [f"training.seed={seed}"] if seed is not None else []
    loaded = recipes.load(recipe, asked)
    shards = [Shards.open(folder) for folder in data]

    import torch

    from scorespace.training.device import choose_device
    from scorespace.training.loop import train as run

    if threads:
        torch.set_num_threads(threads)
    outcome = run(
        loaded,
        shards,
        output,
        device=choose_device(device),
        precision=precision,
        start_from=init,
        force=force,
        tensorboard=tensorboard,
    )
    typer.echo(f"{outcome.status} at step {outcome.step} after {outcome.minutes:.1f} minutes", err=True)
    if outcome.status == "interrupted":
        typer.echo("Give the same command again to go on.", err=True)
        raise typer.Exit(130)
    typer.echo(outcome.checkpoint)
