"""scorespace prepare: folders of music become a data set to train on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scorespace.errors import UsageError

if TYPE_CHECKING:
    from scorespace.data.build import Progress

PLAIN_EVERY = 10.0  # seconds between two plain lines


def prepare(
    places: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FOLDER...]", help="Folders of music, single files, or patterns in quotes."),
    ] = None,
    recipe: Annotated[
        str, typer.Option("-r", "--recipe", metavar="NAME", help="A bundled recipe's name, or a .toml file's path.")
    ] = "melody-2bar",
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="DIR", help="Folder of the data set; an unfinished one goes on.")
    ] = Path("data"),
    source: Annotated[
        str | None, typer.Option("--source", metavar="NAME", help="music21: the scores inside that installed package.")
    ] = None,
    licences: Annotated[
        list[str] | None,
        typer.Option("--licence", metavar="NAME=TEXT", help="What a corpus may be used under, such as pop909=MIT."),
    ] = None,
    songs: Annotated[
        list[str] | None,
        typer.Option(
            "--songs",
            metavar="NAME=TABLE:COLUMN",
            help="A table in a corpus's folder that names each file's song, such as rock=labels.tsv:title: its first "
            "column is the path. Files of one name stay in one split.",
        ),
    ] = None,
    genres: Annotated[
        list[str] | None,
        typer.Option(
            "--genres",
            metavar="NAME=TABLE:COLUMN",
            help="A table in a corpus's folder that tags files with genres, such as rock=labels.tsv:genre: its first "
            "column is a path, or a folder's name as in lmd_matched. Several tags are divided by ; or , or |.",
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", metavar="N", min=1, help="Processes; one a core without it.")
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Any value of the recipe, such as data.longest_rest=2."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a finished data set.")] = False,
) -> None:
    """Cut a corpus into phrases, split by song, and account for every file and phrase.

    Example: scorespace prepare ~/music/folk --recipe melody-2bar -o data/folk
    """
    from scorespace import recipe as recipes
    from scorespace.cli.guard import INTERRUPTED
    from scorespace.cli.talk import say
    from scorespace.data.build import build

    loaded = recipes.load(recipe, overrides or [])
    try:
        with _shown() as progress:
            built = build(
                places or [],
                loaded.grid,
                loaded.data,
                output,
                source=source,
                licences=_pairs("licence", "pop909=MIT", licences or []),
                songs=_pairs("songs", "rock=labels.tsv:title", songs or []),
                genres=_pairs("genres", "rock=labels.tsv:genre", genres or []),
                batch_size=loaded.training.batch_size,
                processes=workers,
                force=force,
                progress=progress,
                say=say,
            )
    except KeyboardInterrupt:
        say("Interrupted. Give the same command again to go on.")
        raise typer.Exit(INTERRUPTED) from None
    if not built.fresh:
        say("This data set is finished already, of the same music and recipe: nothing was done.")
    say(built.summary.rstrip())
    print(built.folder)


def _pairs(option: str, example: str, pairs: list[str]) -> dict[str, str]:
    for pair in pairs:
        if not all(part.strip() for part in pair.partition("=")):
            raise UsageError(f"--{option} takes a corpus's name, = and its value, such as {example}, got {pair!r}.")
    return dict(pair.split("=", 1) for pair in pairs)


@contextmanager
def _shown() -> Iterator[Callable[[Progress], None]]:
    """How far it is: a bar with the time left on a terminal, a plain line now and then elsewhere."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Lines()
        return
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Bar(*columns, console=console) as bar:
        task = bar.add_task("reading", total=None)

        def show(progress: Progress) -> None:
            words = "sorting out" if progress.merging else f"{progress.files:,} of {progress.all_files:,} files"
            bar.update(task, description=words, completed=progress.size, total=progress.all_size)

        yield show


class _Lines:
    """Progress as lines on standard error, not more often than every PLAIN_EVERY seconds."""

    def __init__(self) -> None:
        self.begun = self.spoken = time.monotonic()
        self.first: int | None = None

    def __call__(self, progress: Progress) -> None:
        from scorespace.cli.talk import say

        now = time.monotonic()
        if self.first is None:
            self.first = progress.size
        if now - self.spoken < PLAIN_EVERY and not progress.merging:
            return
        self.spoken = now
        if progress.merging:
            say("All files are read; leaving out duplicates.")
            return
        fresh, rest = progress.size - self.first, progress.all_size - progress.size
        left = f", about {rest / fresh * (now - self.begun):.0f} s left" if fresh > 0 else ""
        say(f"{progress.files:,} of {progress.all_files:,} files{left}")
