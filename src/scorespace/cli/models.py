"""scorespace models: the spaces that are here."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from scorespace.cli import options
from scorespace.cli.guard import guarded

models = typer.Typer(
    help="The spaces that are here: list them, read their cards, verify them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_Name = Annotated[str, typer.Argument(metavar="NAME", help="A bundled space, or the folder of a checkpoint.")]


@models.command("list")
@guarded
def list_models(as_json: options.Json = False) -> None:
    """List the bundled spaces, one a line.

    Example: scorespace models list
    """
    from scorespace.checkpoint import read_config
    from scorespace.cli.talk import say
    from scorespace.space import bundled

    found = {name: read_config(folder) for name, folder in bundled().items()}
    if as_json:
        rows = [{"name": name, "model": config["model"], "grid": config["grid"]} for name, config in found.items()]
        print(json.dumps(rows, indent=2))
        return
    for name, config in found.items():
        grid = config["grid"]
        metre = ", ".join(config["model"].get("metres", ())) or "{}/{}".format(*grid["metre"])
        print(f"{name}\t{', '.join(grid['parts'])}, {grid['bars']} bar(s) of {metre}, {config['model']['name']}")
    if not found:
        say("no space is bundled here; train one with `scorespace train`")


@models.command("info")
@guarded
def info(name: _Name, as_json: options.Json = False) -> None:
    """Print the card of a space: data and licences, held-out figures, limits.

    Example: scorespace models info melody-2bar
    """
    from scorespace.checkpoint import CARD, read_config
    from scorespace.space import find

    folder = find(name)
    config = read_config(folder)
    card = folder / CARD
    print(json.dumps(config, indent=2) if as_json or not card.is_file() else card.read_text(encoding="utf-8").rstrip())


@models.command("path")
@guarded
def path(name: _Name) -> None:
    """Print the folder of a space.

    Example: scorespace models path melody-2bar
    """
    from scorespace.space import find

    print(find(name))


@models.command("verify")
@guarded
def verify(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME...]", help="Which; all bundled ones otherwise.")
    ] = None,
) -> None:
    """Load spaces and compare their checksums. Ends with 4 when one is missing or damaged.

    Example: scorespace models verify
    """
    from scorespace.space import bundled, load

    for name in names or bundled():
        print(f"{name}\t{load(name).weights}")
