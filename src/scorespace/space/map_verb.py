"""`scorespace.map`: a folder of music, or any scores, laid out in two dimensions."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from scorespace.errors import InputError
from scorespace.music import files
from scorespace.space.loading import DEFAULT, load
from scorespace.space.mapping import Map, Named, Progress, Source
from scorespace.space.space import Space


def map(
    scores: str | Path | Iterable[Source | Named],
    space: Space | str | Path = DEFAULT,
    project: str = "pca",
    seed: int = 0,
    progress: Progress | None = None,
) -> Map:
    """Lays the phrases of a corpus out in two dimensions: `map("corpus/").write("map.html")`.

    Args:
        scores: a folder or file; or a list of folders, files, bytes of files, Scores and Takes.
        space: whose points the phrases are: a Space, its name or its folder.
        project, seed, progress: see `Space.map`.

    Raises:
        InputError: when fewer than three phrases can be used, or a folder holds no music.
        UsageError: when there is no such projection.
        MissingExtraError: when what it needs is not installed.
    """
    held = space if isinstance(space, Space) else load(space)
    given = [scores] if isinstance(scores, str | Path) else scores
    return held.map([one for source in given for one in below(source)], project, seed, progress)


def below(source: Source | Named) -> list[Source | Named]:
    """The music files in a folder, by path, named as below it; anything else stays as it is.

    Raises:
        InputError: when a folder holds no music.
    """
    if not isinstance(source, str | Path) or not Path(source).is_dir():
        return [source]
    folder = Path(source)
    inside = [(path, path.relative_to(folder)) for path in sorted(folder.rglob("*"))]
    found = [path for path, name in inside if _is_music(path) and not any(part.startswith(".") for part in name.parts)]
    if not found:
        raise InputError(f"No music in {folder}: files that end in {' '.join(files.ENDINGS)} are read.")
    return list(found)


def _is_music(path: Path) -> bool:
    return path.suffix.lower() in files.ENDINGS and path.is_file()
