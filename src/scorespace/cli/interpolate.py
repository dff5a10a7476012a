"""scorespace interpolate: a line between scores."""

from __future__ import annotations

from typing import Annotated

import typer

from scorespace.cli import options


def interpolate(
    files: Annotated[
        list[str], typer.Argument(metavar="A B [C...]", help="Two scores or more; name bars as in tune.mid:5-6.")
    ],
    steps: Annotated[
        int, typer.Option("-s", "--steps", metavar="N", min=2, help="Takes in all, both ends included.")
    ] = 8,
    method: options.Method = "slerp",
    seed: options.Seed = None,
    temperature: options.Temperature = 0.0,
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
    """Write a line of takes from one score to the next. The ends are your own notes.

    Longer scores are paired phrase by phrase, and the shorter one begins again.

    Example: scorespace interpolate a.mid b.mid --steps 8 --join -o morph.mid
    """
    from scorespace.cli.talk import Output, open_space, read_inputs, say_seed
    from scorespace.errors import UsageError

    if len(files) < 2:
        raise UsageError("An interpolation needs two scores or more: scorespace interpolate A B.")
    if steps < len(files):
        raise UsageError(f"A line through {len(files)} scores takes at least {len(files)} steps, got {steps}.")
    output = Output(out, join, wav, png, as_json, force)
    output.check(steps)
    held = open_space(space, style)
    given = read_inputs(held, files, quiet)
    takes = held.interpolate(
        *(one.score for one in given), steps=steps, method=method, seed=seed, temperature=temperature
    )
    say_seed(takes[0])
    output.deliver(takes, "-".join(one.stem for one in given))
