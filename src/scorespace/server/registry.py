"""Which spaces the app may use. A request names a space; it never names a folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from scorespace.errors import ModelError, UsageError

WEIGHTS = Path(__file__).parent.parent / "weights"
CONFIG = "config.json"


def folders(own: Iterable[Path] = ()) -> dict[str, str]:
    """Every space by its name: the bundled ones, and the checkpoints in these folders.

    Raises:
        ModelError: when a folder is no checkpoint.
        UsageError: when two have one name.
    """
    bundled = sorted(WEIGHTS.iterdir()) if WEIGHTS.is_dir() else []
    found = {folder.name: str(folder) for folder in bundled if (folder / CONFIG).is_file()}
    for folder in own:
        name = folder.resolve().name
        if not (folder / CONFIG).is_file():
            raise ModelError(f"{folder} is not a checkpoint: it has no {CONFIG}.")
        if name in found:
            raise UsageError(f"There is a space {name!r} already: rename the folder {folder}.")
        found[name] = str(folder.resolve())
    return found
