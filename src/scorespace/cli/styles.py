"""scorespace styles: what a space with genres is worth on songs that it has not seen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scorespace.errors import UsageError

if TYPE_CHECKING:
    from scorespace.evaluation.style_report import Entry


def styles(
    space: Annotated[
        str, typer.Argument(metavar="SPACE", help="A bundled space with genres, or the folder of a checkpoint.")
    ],
    data: Annotated[Path, typer.Option("--data", help="Folder that `scorespace prepare --genres ...` wrote.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the report, its tables and pictures.")],
    beside: Annotated[
        list[str] | None,
        typer.Option(
            "--beside",
            metavar="LABEL=CHECKPOINT[@DATA]",
            help="Another checkpoint in the tables, on the same data unless others are named; repeatable.",
        ),
    ] = None,
    phrases: Annotated[int, typer.Option(min=32, help="Of each split, at most, for the reconstruction.")] = 512,
    pairs: Annotated[int, typer.Option(min=8, help="Interpolations.")] = 256,
    samples: Annotated[int, typer.Option(min=8, help="Samples of each petal.")] = 256,
    cases: Annotated[int, typer.Option(min=8, help="Phrases that are moved to another genre.")] = 112,
    judge_steps: Annotated[int, typer.Option(min=10, help="Training steps of the judge of genres.")] = 600,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="The same seed gives the same report.")] = 0,
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads; all cores without it.")] = None,
) -> None:
    """Measure a space with genres on held-out songs: the MusAE paper's Table 1, its figures 3 to 5, the match with the
    prior, and what an edit from one genre to another changes and keeps.

    Writes report.json, report.md and pictures. Example: scorespace styles musae-2bar --data data/four -o report/
    """
    import json

    import torch

    from scorespace.cli.talk import say
    from scorespace.data.shards import Shards
    from scorespace.evaluation import style_figures, style_report
    from scorespace.evaluation.style_tables import sheets
    from scorespace.evaluation.tables import markdown

    if threads:
        torch.set_num_threads(threads)
    main = _entry(space, space, Shards.open(data))
    others = [_other(text, main) for text in beside or []]
    options = style_report.Options(
        phrases=phrases, pairs=pairs, samples=samples, cases=cases, judge_steps=judge_steps, seed=seed
    )
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{output} cannot be written ({error.strerror}): name another folder with -o.") from error
    report, asked = style_report.evaluate(main, others, options, say)
    texts = {
        "report.json": json.dumps(report, indent=1) + "\n",
        "report.md": "\n".join(markdown(sheet) for sheet in sheets(report)),
    }
    for name, text in texts.items():
        part = output / f".{name}.part"
        part.write_text(text, encoding="utf-8")
        part.replace(output / name)
        print(output / name)
    for path in style_figures.write(report, asked, output, seed):
        print(path)
    if not (output / "pairs-tsne.png").exists():
        say("no t-SNE maps: they need scikit-learn, pip install 'scorespace[maps]'")


def _entry(label: str, space: str, shards: object) -> Entry:
    from scorespace import checkpoint
    from scorespace.data.shards import Shards
    from scorespace.evaluation.style_report import Entry
    from scorespace.space import find

    assert isinstance(shards, Shards)
    return Entry(Path(label).name, checkpoint.load(find(space)), shards)


def _other(text: str, main: Entry) -> Entry:
    """The entry of LABEL=CHECKPOINT[@DATA]."""
    from scorespace.data.shards import Shards

    label, equals, rest = text.partition("=")
    if not (label and equals and rest):
        raise UsageError(f"--beside takes LABEL=CHECKPOINT or LABEL=CHECKPOINT@DATA, got {text!r}.")
    space, _, data = rest.partition("@")
    return _entry(label, space, Shards.open(data) if data else main.shards)
