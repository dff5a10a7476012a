"""scorespace replay: make a take again from its own file."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from scorespace.cli import options


def replay(
    take: options.TakeFile,
    out: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="PATH", help="Write the take that was made: a file, a folder, or -."),
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Say how the take was made, and make nothing.")] = False,
    space: Annotated[
        str | None,
        typer.Option("-m", "--space", metavar="NAME", help="Where it was made, when that is not a bundled space."),
    ] = None,
    style: Annotated[
        list[str] | None,
        typer.Option(
            "--style", metavar="FOLDER", help="The style it was made in, when the app does not keep it; repeatable."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the provenance as JSON.")] = False,
    force: options.Force = False,
) -> None:
    """Make a take again from the provenance in its file, and verify that it is the same, byte for byte.

    Example: scorespace replay out/tune.vary-7-01.mid
    """
    from scorespace.cli.talk import STANDARD, Output, say
    from scorespace.space import provenance, read_provenance
    from scorespace.space import replay as make_again

    if explain or as_json:
        record = read_provenance(take)
        print(json.dumps(record, indent=2, sort_keys=True) if as_json else "\n".join(provenance.describe(record)))
    if explain:
        return
    target = out
    if out is not None and not Output(out).is_file:
        Output(out).check(1)
        target = str(Path(out) / take.name)
    if target is not None:
        Output(target, force=force).check(1)
    again = make_again(take, space, style or ())
    say(f"{take.name}: made again, the same {again.score.note_count} notes, byte for byte")
    if target == STANDARD:
        sys.stdout.buffer.write(again.to_midi_bytes())
    elif target is not None:
        print(again.write(target))
