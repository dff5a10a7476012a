"""`scorespace demo`: the main job on two traditional tunes."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import typer


def demo(
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder to make; an earlier demonstration is replaced.")
    ] = Path("demo-output"),
    seed: Annotated[int, typer.Option(help="Seed of the samples and variations.", min=0, max=2**32 - 1)] = 7,
    space: Annotated[str, typer.Option(help="Name or folder of a space of melodies.")] = "melody-2bar",
) -> None:
    """Morph, vary and blend two traditional tunes into a folder with a page that plays everything.

    Example: scorespace demo -o demo-output, then open demo-output/index.html in a browser.
    """
    from scorespace.demo import job

    begun = time.monotonic()
    index = job.run(output, seed, space, say=lambda text: print(text, file=sys.stderr, flush=True))
    print(f"Done in {time.monotonic() - begun:.0f} s. Open this page in a browser:", file=sys.stderr)
    print(index)
