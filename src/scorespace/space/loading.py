"""Finding spaces: the ones that come with the program, and folders that training left."""

from __future__ import annotations

from pathlib import Path

from scorespace import checkpoint
from scorespace.errors import ModelError
from scorespace.space.space import Space

DEFAULT = "melody-2bar"
WEIGHTS = Path(__file__).parent.parent / "weights"


def bundled() -> dict[str, Path]:
    """The spaces that come with the program, name to folder."""
    if not WEIGHTS.is_dir():
        return {}
    return {folder.name: folder for folder in sorted(WEIGHTS.iterdir()) if (folder / checkpoint.CONFIG).is_file()}


def find(name_or_folder: str | Path) -> Path:
    """The folder of a space.

    Raises:
        ModelError: when no space has this name and no folder this path; lists the names there are.
    """
    known = bundled()
    if str(name_or_folder) in known:
        return known[str(name_or_folder)]
    if Path(name_or_folder).is_dir():
        return Path(name_or_folder)
    names = ", ".join(known) or "none in this installation"
    raise ModelError(
        f"There is no space {str(name_or_folder)!r}: the bundled ones are {names}; "
        "or give the folder of a checkpoint that `scorespace train` left."
    )


def load(name_or_folder: str | Path = DEFAULT) -> Space:
    """A space by its bundled name, or from the folder of a checkpoint.

    Raises:
        ModelError: when it is missing, damaged, newer than this version or of another kind.
    """
    folder = find(name_or_folder)
    return Space(checkpoint.load(folder), folder.name)
