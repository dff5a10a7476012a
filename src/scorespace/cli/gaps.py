"""scorespace gaps: what models that fill gaps are worth on songs that they have not seen."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scorespace.errors import UsageError

if TYPE_CHECKING:
    from scorespace.evaluation.gap_report import Entry

WEIGHTS = ("best", "last")  # folders of a run, which are called by the run's name


def gaps(
    checkpoints: Annotated[
        list[str],
        typer.Argument(
            metavar="CHECKPOINT...",
            help="Folders of inpainters, or of a measure-vae (bars by interpolation); NAME=FOLDER names one.",
        ),
    ],
    data: Annotated[Path, typer.Option("--data", help="Folder that `scorespace prepare` wrote.")],
    phrases: Annotated[int, typer.Option(min=1, help="Of the test split, at most, evenly over its songs.")] = 128,
    lengths: Annotated[str, typer.Option(metavar="A-B", help="Bars of the gaps, such as 1-8 or 2,4.")] = "1-8",
    places: Annotated[str, typer.Option(help="Where in the phrase the gaps are.")] = "start,middle,end",
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="The same seed gives the same report.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON instead of tables.")] = False,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write the report here, as JSON.")] = None,
    document: Annotated[
        Path | None, typer.Option("--document", help="Write all tables here, as Markdown, with the command.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads; all cores without it.")] = None,
) -> None:
    """Compare models that fill gaps, on held-out songs: likelihood, notes, key, edges and repetition, by length and
    place of the gap, beside the truth and writers that copy.

    Example: scorespace gaps runs/folk/best latent=runs/latent-rnn/best --data data/folk
    """
    import json

    import torch

    from scorespace.cli.talk import progress, say, table_console
    from scorespace.data.shards import Shards
    from scorespace.evaluation import gap_report, gap_tables
    from scorespace.evaluation.tables import sheet_table
    from scorespace.training.device import choose_device

    options = gap_report.Options(phrases, _numbers(lengths), tuple(places.replace(" ", "").split(",")), seed)
    if threads:
        torch.set_num_threads(threads)
    entries = [_entry(text) for text in checkpoints]
    for entry in entries:
        entry.checkpoint.model.to(choose_device(device))
    with progress("filling gaps") as done:
        report = gap_report.evaluate(entries, Shards.open(data), options, say, done)
    text = json.dumps(report, indent=2)
    command = _command(checkpoints, data, phrases, lengths, places, seed)
    for path, content in ((output, f"{text}\n"), (document, gap_tables.document(report, command))):
        if path:
            _write(path, content)
    if as_json:
        print(text)
        return
    console = table_console(sys.stderr if output or document else sys.stdout)
    for sheet in gap_tables.sheets(report, brief=True):
        console.print(sheet_table(sheet))
    for path in (output, document):
        if path:
            print(path)


def _entry(text: str) -> Entry:
    from scorespace import checkpoint
    from scorespace.evaluation.gap_report import Entry
    from scorespace.space import find

    label, folder = _named(text)
    return Entry(label, checkpoint.load(find(folder)))


def _named(text: str) -> tuple[str, str]:
    """The name and the folder of NAME=FOLDER; a folder alone has the name of its run."""
    label, equals, folder = text.partition("=")
    if equals and label and folder and not Path(text).exists():
        return label, folder
    path = Path(text)
    return (path.parent.name if path.name in WEIGHTS and path.parent.name else path.name), text


def _numbers(text: str) -> tuple[int, ...]:
    """1, 2, ..., 8 of "1-8", or those of "2,4"."""
    found: list[int] = []
    for part in text.split(","):
        numbers = re.fullmatch(r"\s*(\d+)(?:-(\d+))?\s*", part)
        if not numbers or int(numbers[2] or numbers[1]) < int(numbers[1]) or int(numbers[2] or 0) > 1024:
            raise UsageError(f"--lengths takes bars such as 1-8 or 2,4, got {text!r}.")
        found += range(int(numbers[1]), int(numbers[2] or numbers[1]) + 1)
    return tuple(sorted(set(found)))


def _command(checkpoints: list[str], data: Path, phrases: int, lengths: str, places: str, seed: int) -> str:
    """What to type, whatever the machine: of absolute paths the last two parts."""
    named = [f"{label}={_short(Path(folder))}" for label, folder in map(_named, checkpoints)]
    more = f"--phrases {phrases} --lengths {lengths} --places {places} --seed {seed}"
    return f"scorespace gaps {' '.join(named)} --data {_short(data)} {more}"


def _short(path: Path) -> str:
    return "/".join(path.parts[-2:]) if path.is_absolute() else str(path)


def _write(path: Path, content: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        part.write_text(content, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror}): name another file.") from error
