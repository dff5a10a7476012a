"""The command line. The modules of the commands import what they need when they run, so that --help answers at once."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from scorespace import __version__
from scorespace.cli.adapt import adapt
from scorespace.cli.app import app as _app
from scorespace.cli.attributes import attributes
from scorespace.cli.check import check
from scorespace.cli.demo import demo
from scorespace.cli.drumify import drumify
from scorespace.cli.edit import edit
from scorespace.cli.evaluate import evaluate
from scorespace.cli.gaps import gaps
from scorespace.cli.guard import INTERRUPTED, guarded
from scorespace.cli.humanise import humanise
from scorespace.cli.import_magenta import import_magenta
from scorespace.cli.inpaint import inpaint
from scorespace.cli.interpolate import interpolate
from scorespace.cli.map import map_
from scorespace.cli.models import models
from scorespace.cli.palette import palette
from scorespace.cli.prepare import prepare
from scorespace.cli.render import render
from scorespace.cli.replay import replay
from scorespace.cli.sample import sample
from scorespace.cli.styles import styles
from scorespace.cli.train import train
from scorespace.cli.vary import reconstruct, vary

app = typer.Typer(
    name="scorespace",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

COMMANDS = (
    _app,
    check,
    sample,
    reconstruct,
    vary,
    interpolate,
    palette,
    inpaint,
    humanise,
    drumify,
    edit,
    map_,
    adapt,
    render,
    replay,
    demo,
    prepare,
    train,
    evaluate,
    styles,
    gaps,
    attributes,
    import_magenta,
)
for _command in COMMANDS:
    app.command(_command.__name__.strip("_").replace("_", "-"))(guarded(_command))
app.add_typer(models, name="models")


def _show_version(wanted: bool) -> None:
    if wanted:
        print(__version__)
        raise typer.Exit


@app.callback()
def scorespace(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_show_version)
    ] = False,
) -> None:
    """Sample, vary, interpolate and blend melodies in a latent space; train and compare such spaces.

    Paths go to standard output, talk to standard error. Exit codes: 0 done, 1 failed, 2 usage, 3 input unusable,
    4 model missing or unverified, 5 some inputs failed, 130 interrupted.

    Example: scorespace sample -n 4 -o out/
    """


def main() -> None:
    """The entry point of the program."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
