"""scorespace vary and scorespace reconstruct: one score in, takes near it out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from scorespace.cli import options

if TYPE_CHECKING:
    from scorespace.cli.talk import Output
    from scorespace.music.score import Score
    from scorespace.space import Space, Takes


def vary(
    files: options.ScoreFiles,
    n: options.Count = 8,
    amount: Annotated[
        float,
        typer.Option(
            "-a",
            "--amount",
            metavar="X",
            min=0.0,
            max=1.0,
            help="Share of the notes that change, 0 to 1.",
        ),
    ] = 0.3,
    seed: options.Seed = None,
    temperature: Annotated[
        float | None,
        typer.Option("-t", "--temperature", metavar="X", min=0.0, help="Boldness; rises with the amount without it."),
    ] = None,
    style: options.Style = None,
    out: options.Out = options.HERE,
    space: options.SpaceOfStyle = None,
    join: options.Join = False,
    wav: options.Wav = False,
    png: options.Png = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
    force: options.Force = False,
) -> None:
    """Write variations of a score, phrase by phrase.

    Example: scorespace vary tune.mid -n 4 --amount 0.3 -o out/
    """
    from scorespace.cli.talk import Output

    output = Output(out, join, wav, png, as_json, force)
    output.check(n, len(files))
    each(files, space, output, quiet, lambda held, score: held.vary(score, n, amount, seed, temperature), style=style)


def reconstruct(
    files: options.ScoreFiles,
    seed: options.Seed = None,
    temperature: options.Temperature = 0.0,
    style: options.Style = None,
    out: options.Out = options.HERE,
    space: options.SpaceOfStyle = None,
    wav: options.Wav = False,
    png: options.Png = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
    force: options.Force = False,
) -> None:
    """Write a score as the space hears it: into the space and back, phrase by phrase.

    Example: scorespace reconstruct tune.mid -o out/
    """
    from scorespace.cli.talk import Output

    output = Output(out, False, wav, png, as_json, force)
    output.check(1, len(files))
    each(files, space, output, quiet, lambda held, score: held.reconstruct(score, seed, temperature), style=style)


def each(
    files: list[str],
    name: str | None,
    output: Output,
    quiet: bool,
    verb: Callable[[Space, Score], Takes],
    whole: bool = False,
    rewritten: bool = True,
    suits: Callable[[Space], None] = lambda held: None,
    style: str | None = None,
) -> None:
    """Does the verb to every file; one that cannot be used is named and passed over.

    Args:
        files: as the user named them.
        name: of the space; none = that of the style, else the default one.
        output, quiet: where the takes go, and whether nothing but the seed and errors is said.
        verb: gives the takes of a score.
        whole: leave it to the verb whether a score can be used, instead of asking the space for a report first.
        rewritten: whether the verb writes the notes anew.
        style: that the space is to follow.
        suits: raises what is wrong with the space itself, before a file is read.

    Raises:
        InputError: when no file can be used.
    """
    from scorespace.cli.guard import SOME_FAILED
    from scorespace.cli.talk import open_space, read_input, read_inputs, say, say_seed
    from scorespace.errors import InputError, UsageError

    held = open_space(name, style)
    suits(held)
    failed = 0
    for text in files:
        try:
            given = read_input(text) if whole else read_inputs(held, [text], quiet, rewritten)[0]
            takes = _named(given.name, verb, held, given.score)
        except (InputError, UsageError) as error:  # UsageError: it has no such bars
            failed += 1
            if failed == len(files):
                raise
            say(f"error: {error}")
            continue
        say_seed(takes[0])
        output.deliver(takes, given.stem)
    if failed:
        raise typer.Exit(SOME_FAILED)


def _named(name: str, verb: Callable[[Space, Score], Takes], held: Space, score: Score) -> Takes:
    """The verb's takes; what it refuses in a score is said with the score's name."""
    from scorespace.errors import InputError

    try:
        return verb(held, score)
    except InputError as error:
        raise InputError(f"{name}: {error}") from None
