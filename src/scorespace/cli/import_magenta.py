"""scorespace import-magenta: a MusicVAE checkpoint of Magenta's becomes a space."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scorespace.cli import options


def import_magenta(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="SOURCE",
            help="A folder of magenta-js (with config.json), or a TensorFlow checkpoint: its .index, folder or .tar.",
        ),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Folder of the space, to be written.")],
    bars: Annotated[
        int | None,
        typer.Option(
            "--bars",
            metavar="N",
            min=1,
            max=64,
            help="Bars of a phrase, where the files do not say; otherwise as their name has it (mel_4bar), 16 for "
            "hierarchical models and 2 for others.",
        ),
    ] = None,
    force: options.Force = False,
) -> None:
    """Turn a MusicVAE checkpoint of Magenta's into a space of ours, number for number.

    Example: scorespace import-magenta mel_2bar_small -o spaces/mel-2bar
    """
    from scorespace.cli.talk import say
    from scorespace.errors import UsageError

    if output.exists() and not force:
        raise UsageError(f"{output} is there already: --force replaces it.")

    from scorespace.magenta import convert

    found = convert.read(source)
    folder = convert.save(found, output, bars)
    say(f"{found.name}: {found.layout}")
    say(f"try it: scorespace sample --space {folder} -n 4 -o out/")
    print(folder)
