"""scorespace edit: a score with more or less of an attribute, or in another genre."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scorespace.cli import options
from scorespace.errors import UsageError

if TYPE_CHECKING:
    from scorespace.space import Take


STYLE_SPACE = "musae-2bar"


def edit(
    files: options.ScoreFiles,
    attr: Annotated[
        list[str] | None,
        typer.Option(
            "--attr",
            metavar="NAME=X",
            help="density=+2 or -2 is a change in the attribute's unit, density=8 a goal (contour==-3 a negative one); "
            "repeatable.",
        ),
    ] = None,
    genre: Annotated[
        str | None,
        typer.Option(
            "--genre",
            metavar="FROM=>TO",
            help="In a space with genres: 'rock=>jazz' (quoted, or rock:jazz, as the shell reads >); jazz alone takes "
            "what the score is most like for FROM; an angle on their circle will do, too (rock:45deg).",
        ),
    ] = None,
    keep: Annotated[
        float | None,
        typer.Option(
            "--keep",
            metavar="X",
            min=0.0,
            max=1.0,
            help="With --genre: the share of onsets, chroma and contour to keep, 0.5 unless asked; less is bolder.",
        ),
    ] = None,
    seed: options.Seed = None,
    temperature: options.Temperature = 0.0,
    style: options.Style = None,
    out: options.Out = options.HERE,
    space: options.SpaceOrNone = None,
    wav: options.Wav = False,
    png: options.Png = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
    force: options.Force = False,
) -> None:
    """Write a score with more or less of an attribute, such as density, and as much of the rest kept as can be; or a
    score in another genre.

    Says what was asked and what was got; when the space does not reach it, the nearest is written, with a warning.
    `scorespace attributes SPACE` lists the attributes, `scorespace models info SPACE` the genres.

    Example: scorespace edit tune.mid --attr density=+2 -o out/

    With a genre: scorespace edit song.mid --genre "rock=>country" -o out/
    """
    from scorespace.cli.guard import SOME_FAILED
    from scorespace.cli.talk import Output, open_space, read_inputs, say, say_seed
    from scorespace.errors import InputError
    from scorespace.space import Takes

    change, to = read_attributes(attr or [])
    if bool(attr) == (genre is not None):
        raise UsageError("Say what to edit: --attr density=+2 (repeatable), or --genre 'rock=>country', one of both.")
    if keep is not None and genre is None:
        raise UsageError("--keep goes with --genre; edits of attributes keep as much as they can.")
    output = Output(out, False, wav, png, as_json, force)
    output.check(1, len(files))
    held = open_space(space, style, STYLE_SPACE if genre is not None else options.SPACE)
    if genre is None:
        held.check_edit(change, to)
    else:
        held.check_restyle(genre)
    failed = 0
    for text in files:
        try:
            given = read_inputs(held, [text], quiet)[0]
            take = held.edit(given.score, change, to=to, genre=genre, keep=keep, seed=seed, temperature=temperature)
        except (InputError, UsageError) as error:  # UsageError: it has no such bars, or cannot have so little
            failed += 1
            if failed == len(files):
                raise
            say(f"error: {error}")
            continue
        say_seed(take)
        for line in outcome(take):
            say(f"{given.name}: {line}")
        output.deliver(Takes([take]), given.stem)
    if failed:
        raise typer.Exit(SOME_FAILED)


def read_attributes(texts: list[str]) -> tuple[dict[str, float], dict[str, float]]:
    """(changes, goals) of NAME=X options: a signed number is a change, a plain one a goal, "==" always a goal.

    Raises:
        UsageError: when one is spelt otherwise, or an attribute is named twice.
    """
    change: dict[str, float] = {}
    to: dict[str, float] = {}
    for text in texts:
        found = re.fullmatch(r"\s*([a-z0-9_.-]+)\s*(==?)\s*([+-]?)(\d+(?:\.\d*)?|\.\d+)\s*", text)
        if not found or not math.isfinite(float(found[4])):
            raise UsageError(
                f'--attr takes NAME=X, as density=+2 (more), density=-2 (less) or density=8 (a goal), got "{text}".'
            )
        name, sign = found[1], found[3]
        if name in change or name in to:
            raise UsageError(f"--attr names {name} twice: give each attribute once.")
        kind = change if sign and found[2] == "=" else to
        kind[name] = float(sign + found[4])
    return change, to


def outcome(take: Take) -> list[str]:
    """What was asked and got, one line an attribute; a last one warns when a goal was not reached."""
    record = take.provenance
    if take.style:
        return [_styled(take.style)]
    lines = [
        f"{name}: it was {record['was'][name]:.2f}, asked {asked:.2f}, got {record['got'][name]:.2f} "
        f"{record['units'][name]}"
        for name, asked in record["asked"].items()
    ]
    if not record["reached"]:
        lines.append("warning: this is the nearest that was found; ask for less, or for other bars")
    return lines


def _styled(style: dict[str, Any]) -> str:
    """How much more like the genre it is, and what was kept."""
    kept = ", ".join(f"{share:.0%} of its {what}" for what, share in style["kept"].items())
    before, after = style["likeness_before"], style["likeness"]
    if style["kept"]["onsets"] == 1 and before == after:
        return (
            f"warning: nothing that keeps so much is more like {style['to']} ({before:.0%}): ask for less with --keep"
        )
    return f"{style['to']} was {before:.0%} likely, is {after:.0%}; kept: {kept}"
