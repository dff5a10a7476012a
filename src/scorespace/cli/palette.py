"""scorespace palette: a square between four phrases."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from scorespace.cli import options

if TYPE_CHECKING:
    from scorespace.space import Takes


def palette(
    tl: Annotated[str, typer.Argument(metavar="TL", help="Top left; name bars as in tune.mid:5-6.")],
    tr: Annotated[str, typer.Argument(metavar="TR", help="Top right.")],
    bl: Annotated[str, typer.Argument(metavar="BL", help="Bottom left.")],
    br: Annotated[str, typer.Argument(metavar="BR", help="Bottom right.")],
    size: Annotated[str, typer.Option("-s", "--size", metavar="N", help="Rows and columns: 5, or 3x7.")] = "",
    path: Annotated[
        str,
        typer.Option(
            "--path",
            metavar="PLACES",
            help='Instead of a square, these places in it, x from the left and y from the top: "0,0 .5,.2 1,1". With '
            "--join a phrase that repeats the one before it is left out.",
        ),
    ] = "",
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
    """Write a square of phrases between four corners, row by row. The corners are your own notes.

    Of a longer score the first phrase is used. The square has 5 rows and columns unless --size says otherwise; --path
    writes the phrases at any places of it instead.

    Example: scorespace palette a.mid b.mid c.mid d.mid --size 5 -o out/

    Example: scorespace palette a.mid b.mid c.mid d.mid --path "0,0 .5,.2 1,1" --join -o walk.mid
    """
    from scorespace.cli.talk import Output, open_space, read_inputs, say_seed
    from scorespace.errors import UsageError

    rows, columns = read_size(size or "5")
    places = read_path(path) if path else None
    if size and path:
        raise UsageError("--size asks for a square and --path for places in it: give one of them.")
    output = Output(out, join, wav, png, as_json, force)
    output.check(len(places) if places else rows * columns)
    held = open_space(space, style)
    given = read_inputs(held, [tl, tr, bl, br], quiet)
    corners = given[0].score, given[1].score, given[2].score, given[3].score
    takes: Takes
    if places:
        takes = held.palette(*corners, at=places, method=method, seed=seed, temperature=temperature)
    else:
        takes = held.palette(*corners, size=(rows, columns), method=method, seed=seed, temperature=temperature)
    say_seed(takes[0])
    takes = takes.distinct() if places and join else takes
    output.deliver(takes, "-".join(dict.fromkeys(one.stem for one in given)))


def read_path(text: str) -> list[tuple[float, float]]:
    """The places of "0,0 .5,.2 1,1".

    Raises:
        UsageError: when one of them is no place in the square.
    """
    from scorespace.errors import UsageError

    places = [re.fullmatch(r"(\d*\.?\d+),(\d*\.?\d+)", word) for word in text.split()]
    found = [(float(place[1]), float(place[2])) for place in places if place]
    if not found or len(found) < len(places) or any(max(place) > 1 for place in found):
        raise UsageError(f'--path is places x,y from 0 to 1 such as "0,0 .5,.2 1,1", got "{text}".')
    return found


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
