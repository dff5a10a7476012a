"""scorespace map: a corpus laid out in two dimensions, as a page that plays or as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scorespace.cli import options


def map_(
    places: Annotated[
        list[str], typer.Argument(metavar="FOLDER...", help="Folders of music, or files: MIDI, ABC or MusicXML.")
    ],
    out: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="map.html, a page that plays; or map.json.")
    ],
    project: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="pca (the same every time), tsne (needs the extra maps) or umap (the extra umap)."
        ),
    ] = "pca",
    colour: Annotated[
        str | None,
        typer.Option("--colour", "--color", metavar="NAME", help="Of a page: an attribute such as density, or name."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Of tsne and umap; the same gives the same map.")] = 0,
    space: options.SpaceName = options.SPACE,
    quiet: options.Quiet = False,
    force: options.Force = False,
) -> None:
    """Lay the phrases of a corpus out, like beside like: a page to look at and to hear, or JSON.

    What cannot be used is told and left out; it then ends with 5.

    Example: scorespace map music/ -o map.html --color density
    """
    from scorespace.cli.guard import SOME_FAILED
    from scorespace.cli.talk import progress, say
    from scorespace.errors import UsageError
    from scorespace.space import load, map_verb, projections

    if out.suffix.lower() not in (".html", ".json"):
        raise UsageError(f"{out.name} is no map: end the name in .html or .json.")
    if out.exists() and not force:
        raise UsageError(f"{out} is there already: --force replaces it.")
    projections.check(project)
    held = load(space)
    with progress("laying out") as tell:
        made = map_verb.map(places, held, project, seed, tell)
    made.check_colour(colour)
    for name, reason in made.skipped:
        say(f"{name}: left out: {reason}")
    if not quiet:
        told = "" if project == "pca" else f", seed {seed}"
        say(f"{len(made):,} phrases of {len(set(made.names)):,} scores; trust {made.trust:.2f}{told}")
    print(made.write(out, colour))
    if made.skipped:
        raise typer.Exit(SOME_FAILED)
