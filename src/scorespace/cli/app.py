"""scorespace app: the palette for scores in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def app(
    port: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, max=65535, help="Port: 8765 or the next free one unless named."),
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only print the address of the page.")] = False,
    space: Annotated[
        list[Path] | None,
        typer.Option("-m", "--space", metavar="FOLDER", help="A checkpoint of your own to have there too; repeatable."),
    ] = None,
    session: Annotated[
        Path | None, typer.Option(metavar="S.json", help="Begin with a session that the app saved.")
    ] = None,
    runs: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Runs of training to list; new ones go there too.")
    ] = None,
    data: Annotated[
        list[Path] | None,
        typer.Option(metavar="FOLDER", help="Prepared data sets to train on, or a folder of such; repeatable."),
    ] = None,
) -> None:
    """Open the app: every verb in the browser, on this machine alone. Ctrl-C ends it.

    The address holds a token that changes with every launch; who does not have it gets no answer.

    Example: scorespace app
    """
    from scorespace.cli.talk import say
    from scorespace.server import launch

    def show(address: str) -> None:
        print(address, flush=True)

    launch.run(port, not no_browser, session, space or (), runs, data or (), say, show)
