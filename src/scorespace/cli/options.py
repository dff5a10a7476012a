"""Options that several commands share, so that they are spelt and explained the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

SpaceName = Annotated[
    str,
    typer.Option(
        "-m",
        "--space",
        metavar="NAME",
        envvar="SCORESPACE_SPACE",
        help="A bundled space, or the folder of a checkpoint. See `scorespace models list`.",
    ),
]
SpaceOfStyle = Annotated[
    str | None,
    typer.Option(
        "-m",
        "--space",
        metavar="NAME",
        envvar="SCORESPACE_SPACE",
        help="A bundled space, or the folder of a checkpoint: that of --style, else melody-2bar, unless named.",
    ),
]
SpaceOrNone = Annotated[
    str | None,
    typer.Option(
        "-m",
        "--space",
        metavar="NAME",
        envvar="SCORESPACE_SPACE",
        help="A bundled space, or the folder of a checkpoint: melody-2bar, or musae-2bar with --genre, unless named.",
    ),
]
Out = Annotated[
    str,
    typer.Option(
        "-o",
        "--output",
        metavar="PATH",
        help="A folder; or a .mid or .musicxml file for one result; or - for standard output.",
    ),
]
Count = Annotated[int, typer.Option("-n", "--number", metavar="N", min=1, help="How many takes.")]
Seed = Annotated[
    int | None,
    typer.Option(
        "--seed",
        metavar="N",
        min=0,
        max=2**32 - 1,
        help="The same seed gives the same takes. One is chosen, and printed, otherwise.",
    ),
]
Temperature = Annotated[
    float,
    typer.Option("-t", "--temperature", metavar="X", min=0.0, help="0 writes the most likely notes; higher is bolder."),
]


def _known_method(name: str) -> str:
    if name not in ("slerp", "linear"):
        raise typer.BadParameter(f"it is slerp or linear, not {name!r}.")
    return name


Method = Annotated[
    str,
    typer.Option(
        "--method", metavar="NAME", callback=_known_method, help="slerp (along the sphere) or linear (straight)."
    ),
]
Genre = Annotated[
    str | None,
    typer.Option(
        "--genre",
        metavar="NAME",
        help="Of a space with genres: one of them, or an angle such as 45deg on their circle. "
        "`scorespace models info` lists them.",
    ),
]
Style = Annotated[
    str | None,
    typer.Option(
        "--style",
        metavar="FOLDER",
        help="Follow a style that `scorespace adapt` made: its folder, or the name of one that the app keeps. Its own "
        "space is taken unless -m names one.",
    ),
]
Join = Annotated[bool, typer.Option("--join", help="Write the takes one after another into one file.")]
Wav = Annotated[bool, typer.Option("--wav", help="Write the sound of each take beside it.")]
Png = Annotated[bool, typer.Option("--png", help="Write a picture of each take beside it.")]
Svg = Annotated[
    bool, typer.Option("--svg", help="Write each take on staves beside it, new bars marked (needs the extra notation).")
]
MusicXml = Annotated[bool, typer.Option("--musicxml", help="Write each take as MusicXML beside it, new bars marked.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of paths.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Say nothing but the seed and errors.")]
Force = Annotated[bool, typer.Option("--force", help="Replace files that are there already.")]
ScoreFile = Annotated[
    str,
    typer.Argument(
        metavar="FILE", help="MIDI, ABC or MusicXML; name bars as in tune.mid:5-6; - reads MIDI from standard input."
    ),
]
ScoreFiles = Annotated[
    list[str],
    typer.Argument(
        metavar="FILE...", help="MIDI, ABC or MusicXML; name bars as in tune.mid:5-6; - reads from standard input."
    ),
]
TakeFile = Annotated[Path, typer.Argument(metavar="TAKE.mid", help="A MIDI file that scorespace wrote.")]

SPACE = "melody-2bar"
GROOVE_SPACE = "groove-2bar"
INPAINT_SPACE = "folk-inpaint"
HERE = "."
