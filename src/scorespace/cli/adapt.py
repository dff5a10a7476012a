"""scorespace adapt: a style from a few files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scorespace.cli import options

if TYPE_CHECKING:
    from scorespace.space import Style


def adapt(
    places: Annotated[
        list[str],
        typer.Argument(metavar="FILE...", help="10 to 20 files of one kind, or folders: MIDI, ABC or MusicXML."),
    ],
    out: Annotated[Path, typer.Option("-o", "--output", metavar="FOLDER", help="Where the style goes.")],
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="Of the style; the folder's if absent.")
    ] = None,
    seconds: Annotated[
        float, typer.Option("--seconds", metavar="N", min=0.1, max=3600, help="After these the best so far is taken.")
    ] = 60.0,
    holdout: Annotated[
        float,
        typer.Option("--holdout", metavar="X", min=0.0, max=0.5, help="Share of the files set aside to measure it."),
    ] = 0.2,
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", min=0, max=2**32 - 1, help="Chooses the files that are set aside.")
    ] = 0,
    space: options.SpaceName = options.SPACE,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was measured as JSON, not the path.")] = False,
    quiet: options.Quiet = False,
    force: options.Force = False,
) -> None:
    """Make a style: what a few files have in common in a space, for --style in the other commands.

    Says what of each file can be used, what the style is worth on files that were set aside, and whether its samples
    copy what it learnt from. Files that cannot be used are told and left out; it then ends with 5.

    Example: scorespace adapt mine/*.mid -o mystyle/

    Then: scorespace sample --style mystyle/ -n 4 -o out/
    """
    from scorespace.cli.guard import SOME_FAILED
    from scorespace.cli.talk import progress, say
    from scorespace.space import load
    from scorespace.space.adapted import check_folder, check_name
    from scorespace.space.map_verb import below

    check_folder(out, force)
    called = check_name(name or out.resolve().name)
    scores = [one for place in places for one in below(place)]
    with progress("adapting") as tell:
        style = load(space).adapt(scores, called, seed, seconds, holdout, lambda now: tell(now.share))
    for line in described(style, quiet):
        say(line)
    written = style.save(out, force)
    print(json.dumps({"path": str(written), "style": style.sha256, **style.table}, indent=2) if as_json else written)
    if any(row["phrases"] == 0 for row in style.table["files"]):
        raise typer.Exit(SOME_FAILED)


def described(style: Style, quiet: bool = False) -> list[str]:
    """What a person wants to know of a finished style: a line for each file, figures, warnings."""
    table: dict[str, Any] = dict(style.table)
    lines = [] if quiet else [_row(row) for row in table["files"]]
    if not quiet:
        lines.append(f"{table['phrases']} phrases of {style.space}; the space counts for {table['holdings']:g}")
    held, copied = table["held_out"], table["copied"]
    if held and not quiet:
        lines.append(
            f"on {len(held['files'])} files set aside a phrase costs {held['before']:.1f} nats in the space, "
            f"{held['after']:.1f} in the style ({held['before'] - held['after']:+.1f} gained)"
        )
    if copied and not quiet:
        lines.append(
            f"{copied['after']:.0%} of {copied['samples']} samples copy a phrase it learnt from "
            f"({copied['before']:.0%} without the style)"
        )
    return lines + [f"warning: {warning}" for warning in style.warnings]


def _row(row: dict[str, Any]) -> str:
    return f"{row['name']}: {row['phrases']} phrases" + (f": {row['problem']}" if row["problem"] else "")
