"""scorespace attributes: learn the attribute vectors of a space, or show what it can move."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scorespace.cli import options

if TYPE_CHECKING:
    from scorespace.checkpoint import Checkpoint
    from scorespace.data.shards import Shards


def attributes(
    space: Annotated[str, typer.Argument(metavar="SPACE", help="A bundled space, or the folder of a checkpoint.")],
    data: Annotated[
        Path | None,
        typer.Argument(metavar="[DATA]", help="Folder that `scorespace prepare` wrote; without it nothing is learnt."),
    ] = None,
    phrases: Annotated[
        int, typer.Option(metavar="N", min=0, help="At most so many training phrases, evenly spread; 0 = all.")
    ] = 20_000,
    points: Annotated[
        int, typer.Option(metavar="N", min=2, help="Random points at which each vector's effect is measured.")
    ] = 256,
    seed: Annotated[int, typer.Option(metavar="N", min=0, max=2**32 - 1, help="Of the random points.")] = 0,
    as_json: options.Json = False,
) -> None:
    """Show which attributes a space can move and what each vector does; learn the vectors from training phrases.

    With DATA the vectors are written into the folder of the space, where `scorespace edit` finds them; of a space with
    genres the styles of these, too.

    Example: scorespace attributes runs/folk/best data/folk
    """

    from scorespace import checkpoint, vectors
    from scorespace.cli.talk import progress, say, table_console
    from scorespace.errors import ModelError
    from scorespace.evaluation.vector_tables import vector_tables
    from scorespace.space import find

    folder = find(space)
    loaded = checkpoint.load(folder, with_attributes=data is None)
    found = loaded.attributes
    if data is not None:
        import torch

        from scorespace.data.shards import Shards
        from scorespace.evaluation import attribute_vectors

        torch.set_num_threads(1)
        with progress("learning") as done:
            asked = attribute_vectors.Options(phrases, points, seed)
            found = attribute_vectors.learn(loaded, Shards.open(data), asked, done)
        vectors.save(folder, found, loaded.sha256)
        _learn_styles(loaded, Shards.open(data), folder, seed)
    if found is None:
        raise ModelError(
            f"{space} has no attribute vectors: learn them with `scorespace attributes {space} DATA`, where DATA is "
            "the data set that it was trained on."
        )
    if as_json:
        print(json.dumps(found.table, indent=2))
        return
    console = table_console(sys.stderr if data is not None else sys.stdout)
    for table in vector_tables(found.table):
        console.print(table)
    if data is not None:
        say(f"{len(found.movable)} of {len(found.names)} attributes can be moved")
        print(folder / vectors.TABLE)


def _learn_styles(loaded: Checkpoint, shards: Shards, folder: Path, seed: int) -> None:
    """Of a space with genres also their styles, for `scorespace edit --genre`."""
    from scorespace import styles
    from scorespace.cli.talk import progress, say
    from scorespace.evaluation import style_learning

    if not style_learning.has_genres(loaded, shards):
        if problem := style_learning.problem(loaded, shards):
            say(problem)
        return
    with progress("learning") as done:
        learnt = style_learning.learn(loaded, shards, seed=seed, progress=done)
    styles.save(folder, learnt, loaded.sha256)
    if right := learnt.table.get("balanced_accuracy"):
        say(
            f"styles of {', '.join(learnt.genres)}: the classifier is right on {right['value']:.0%} of held-out "
            f"phrases ({right['low']:.0%} to {right['high']:.0%}; chance {learnt.table['chance']:.0%})"
        )
