"""scorespace palette: a square between four phrases."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from scorespace.cli import options


def palette(
    tl: Annotated[str, typer.Argument(metavar="TL", help="Top left; name bars as in tune.mid:5-6.")],
    tr: Annotated[str, typer.Argument(metavar="TR", help="Top right.")],
    bl: Annotated[str, typer.Argument(metavar="BL", help="Bottom left.")],
    br: Annotated[str, typer.Argument(metavar="BR", help="Bottom right.")],
    size: Annotated[str, typer.Option("-s", "--size", metavar="N", help="Rows and columns: 5, or 3x7.")] = "5",
    method: options.Method = "slerp",
    seed: options.Seed = None,
    temperature: options.Temperature = 0.0,
    out: options.Out = options.HERE,
    space: options.SpaceName = options.SPACE,
    join: options.Join = False,
    wav: options.Wav = False,
    png: options.Png = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
    force: options.Force = False,
) -> None:
    """Write a square of phrases between four corners, row by row. The corners are your own notes.

    Of a longer score the first phrase is used.

    Example: scorespace palette a.mid b.mid c.mid d.mid --size 5 -o out/
    """
    from scorespace.cli.talk import Output, read_inputs, say_seed
    from scorespace.space import load

    rows, columns = read_size(size)
    output = Output(out, join, wav, png, as_json, force)
    output.check(rows * columns)
    held = load(space)
    given = read_inputs(held, [tl, tr, bl, br], quiet)
    corners = given[0].score, given[1].score, given[2].score, given[3].score
    square = held.palette(*corners, size=(rows, columns), method=method, seed=seed, temperature=temperature)
    say_seed(square[0, 0])
    output.deliver(square, "-".join(dict.fromkeys(one.stem for one in given)))


def read_size(text: str) -> tuple[int, int]:
    """(rows, columns) of "5" or "3x7".

    Raises:
        UsageError: for anything else.
    """
    from scorespace.errors import UsageError

    found = re.fullmatch(r"(\d{1,3})(?:x(\d{1,3}))?", text)
    if not found:
        raise UsageError(f'--size is a number of rows and columns such as 5 or 3x7, got "{text}".')
    return int(found[1]), int(found[2] or found[1])
