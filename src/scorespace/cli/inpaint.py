"""scorespace inpaint: what is missing of a score, written so that it fits what stands before and after."""

from __future__ import annotations

from typing import Annotated

import typer

from scorespace.cli import options


def inpaint(
    files: options.ScoreFiles,
    bars: Annotated[
        list[str] | None,
        typer.Option("-b", "--bars", metavar="A-B", help="Bars to write anew, such as 5-8 or 5-8,12; repeatable."),
    ] = None,
    insert: Annotated[
        list[str] | None,
        typer.Option("--insert", metavar="N@BAR", help="N new bars after this bar: 4@8 connects bars 8 and 9."),
    ] = None,
    extend: Annotated[int, typer.Option("--extend", metavar="N", min=0, help="N new bars after the end.")] = 0,
    keep: Annotated[
        list[str] | None,
        typer.Option(
            "--keep",
            metavar="WHAT",
            help="rhythm (notes begin and end where they did) or contour (up and down as it went); repeatable.",
        ),
    ] = None,
    lock: Annotated[
        list[str] | None,
        typer.Option("--lock", metavar="BAR:BEAT", help="Keep the note that sounds there, such as 6:2.5; repeatable."),
    ] = None,
    scale: Annotated[
        str | None,
        typer.Option(
            "--scale",
            metavar="NAME",
            help="Of the new notes: key (the scale of the melody around them), heard (the pitch classes that it has), "
            "or such as 'D dorian'.",
        ),
    ] = None,
    track: Annotated[
        int | None, typer.Option("--track", metavar="N", min=1, help="Track to write in; the melody without it.")
    ] = None,
    n: options.Count = 4,
    style: options.Style = None,
    seed: options.Seed = None,
    temperature: options.Temperature = 1.0,
    out: options.Out = options.HERE,
    space: options.SpaceName = options.INPAINT_SPACE,
    wav: options.Wav = False,
    png: options.Png = False,
    svg: options.Svg = False,
    musicxml: options.MusicXml = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
    force: options.Force = False,
) -> None:
    """Write bars anew so that they fit what stands before and after; ranked, the likeliest first.

    All other notes come back as they were. --svg and --musicxml show the result with the new bars marked.

    Example: scorespace inpaint tune.mid --bars 5-8 -n 4 -o out/
    """
    from scorespace.cli.talk import Output, say
    from scorespace.cli.vary import each
    from scorespace.errors import UsageError
    from scorespace.music.score import Score
    from scorespace.space import Space, Takes
    from scorespace.space.gaps import Request, locks, ranges

    if style is not None:
        raise UsageError("inpaint follows no style: it goes by the score around the gap; leave --style out.")
    request = Request(
        ranges(bars or ()), ranges(insert or (), "insert"), extend, tuple(keep or ()), locks(lock or ()), scale, track
    )
    output = Output(out, False, wav, png, as_json, force, svg=svg, musicxml=musicxml)
    output.check(n, len(files))

    def write(held: Space, score: Score) -> Takes:
        takes = held.inpaint(
            score,
            request.bars,
            insert=request.insert,
            extend=extend,
            keep=request.keep,
            lock=request.lock,
            scale=scale,
            track=track,
            n=n,
            seed=seed,
            temperature=temperature,
        )
        for sentence in () if quiet else takes[0].provenance["said"]:
            say(sentence)
        if len(takes) < n and not quiet:
            say(f"{len(takes)} different ways were found; a higher --temperature finds more.")
        return takes

    each(files, space, output, quiet, write, whole=True, suits=Space.check_inpaint)
