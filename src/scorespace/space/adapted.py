"""A style: what a few scores have in common in a space, in a small folder of its own.

    style.json          what it was made of and what was measured
    style.safetensors   mean (Z,), widths (Z,), directions (K, Z), lengths (K,): see `scorespace.models.styled`

It belongs to the weights of one space and changes nothing of them: `Space.with_style` gives a space whose prior it is.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import sys
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch

from scorespace import companion
from scorespace.errors import InputError, ModelError, UsageError
from scorespace.models.styled import Styled

STEM = "style"
TABLE = f"{STEM}.json"
FOLDER_VARIABLE = "SCORESPACE_STYLES"
LONGEST_NAME = 60
AGAIN = "make it again with `scorespace adapt`"
SHAPES = ("mean", "widths", "directions", "lengths")


@dataclass(frozen=True, eq=False, repr=False)
class Style:
    """What a few scores have in common in a space.

    Attributes:
        name: what its user calls it.
        space: the space's name. weights: SHA-256 of its weights.
        arrays: see the module's text; float64 with the digits of float32, as they are stored.
        table: plain values: "files" (a row each: name, phrases, problem), "phrases", "seed", "holdings" (phrases that
            the space's own prior counts for), "held_out" (nats a phrase before and after on files set aside, or None),
            "copied" (shares of samples that copy a phrase, before and after), "warnings".
    """

    name: str
    space: str
    weights: str
    arrays: Mapping[str, np.ndarray]
    table: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"<Style {self.name} in {self.space}: {self.table.get('phrases', 0)} phrases>"

    @cached_property
    def sha256(self) -> str:
        """Of the arrays and of the weights that they belong to; what takes name the style by."""
        digest = hashlib.sha256(self.weights.encode())
        for name in SHAPES:
            rows = np.ascontiguousarray(self.arrays[name], "<f4")
            digest.update(f"{name} {rows.shape}".encode() + rows.tobytes())
        return digest.hexdigest()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What its user ought to know: sentences."""
        return tuple(self.table.get("warnings", ()))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; the arrays as base64 of float32. `from_dict` gives it back."""
        arrays = {
            name: {"shape": list(rows.shape), "data": base64.b64encode(rows.astype("<f4").tobytes()).decode()}
            for name, rows in self.arrays.items()
        }
        named = {"name": self.name, "space": self.space, "weights": self.weights}
        return {**named, "style": self.sha256, "arrays": arrays, "table": dict(self.table)}

    @classmethod
    def from_dict(cls, packed: Any) -> Style:
        """The style that `to_dict` wrote.

        Raises:
            InputError: when it is damaged.
        """
        try:
            arrays = {name: _unpacked(packed["arrays"][name]) for name in SHAPES}
            table = json.loads(json.dumps(packed["table"], allow_nan=False))
            named = [str(packed[key]) for key in ("name", "space", "weights")]
            problem = _problem(arrays) or (None if isinstance(table, dict) else "its table is none")
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise InputError(f"This style is damaged ({error}): {AGAIN}.") from None
        if problem:
            raise InputError(f"This style is damaged ({problem}): {AGAIN}.")
        return cls(named[0], named[1], named[2], arrays, table)

    def prior(self, units: torch.Tensor) -> Styled:
        """The prior that it makes; units (Z,) is the spread of the space's own."""
        return Styled(units, *(torch.from_numpy(np.asarray(self.arrays[name], np.float64)) for name in SHAPES))

    def save(self, folder: str | Path, force: bool = False) -> Path:
        """Writes the style; the folder appears whole or not at all.

        Raises:
            UsageError: when the folder is there already and `force` is not set, or is no style's.
            ModelError: when it cannot be written.
        """
        folder = Path(folder)
        check_folder(folder, force)
        fresh = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:8]}")
        try:
            fresh.mkdir(parents=True)
            said = {"name": self.name, "space": self.space, "style": self.sha256, **self.table}
            companion.save(fresh, STEM, self.arrays, said, self.weights)
            _replace(fresh, folder)
        except OSError as error:
            raise ModelError(f"{folder}: cannot be written: {error.strerror or error}.") from error
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        return folder


def _unpacked(packed: Mapping[str, Any]) -> np.ndarray:
    rows = np.frombuffer(base64.b64decode(packed["data"], validate=True), "<f4")
    return rows.reshape(packed["shape"]).astype(np.float64)


def check_folder(folder: Path, force: bool = False) -> None:
    """Raises UsageError unless a style may be written there."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    if not (folder / TABLE).is_file():
        raise UsageError(f"{folder} is there and is no style: choose another folder, nothing was replaced.")
    if not force:
        raise UsageError(f"{folder} is a style already: --force replaces it.")


def check_name(name: str) -> str:
    """The name of a style, trimmed.

    Raises:
        UsageError: when it is empty, too long, or no folder can be called so.
    """
    found = " ".join(name.split())
    plain = found.isprintable() and not set(found) & set('/\\:*?"<>|') and not found.startswith(".")
    if not found or len(found) > LONGEST_NAME or not plain or found.endswith("."):
        raise UsageError(
            f"A style's name has 1 to {LONGEST_NAME} characters, no / \\ : * ? \" < > | and no dot at its ends."
        )
    return found


def styles_folder() -> Path:
    """Where the app keeps styles, and where they are looked for by name; SCORESPACE_STYLES names another place."""
    if named := os.environ.get(FOLDER_VARIABLE):
        return Path(named)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "scorespace" / "styles"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "scorespace" / "styles"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "scorespace" / "styles"


def kept_styles() -> dict[str, dict[str, Any]]:
    """The tables of the styles in `styles_folder` by name; what is damaged is left out."""
    found = {}
    try:
        folders = sorted(styles_folder().iterdir())
    except OSError:
        return {}
    for folder in folders:
        try:
            table = json.loads((folder / TABLE).read_text(encoding="utf-8"))
            found[folder.name] = {"weights": str(table["weights"]), "style": str(table["style"]), **table}
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            continue
    return found


def load_style(name_or_folder: str | Path) -> Style:
    """A style by its folder, or by the name of one that the app keeps.

    Raises:
        ModelError: when there is none, or it is damaged or of a newer format.
    """
    folder = Path(name_or_folder)
    if not (folder / TABLE).is_file() and folder.name == str(name_or_folder):
        folder = styles_folder() / folder
    try:
        weights = str(json.loads((folder / TABLE).read_text(encoding="utf-8"))["weights"])
    except FileNotFoundError as error:
        known = ", ".join(kept_styles()) or "none yet"
        raise ModelError(
            f"There is no style {str(name_or_folder)!r}: give the folder that `scorespace adapt` wrote, or one of "
            f"those that the app keeps ({known})."
        ) from error
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelError(f"{folder / TABLE}: is damaged ({error}): {AGAIN}.") from error
    read = companion.load(folder, STEM, weights, AGAIN, lambda table, arrays: _problem(arrays))
    assert read is not None
    table, arrays = read
    try:
        style = Style(str(table["name"]), str(table["space"]), weights, arrays, table)
        same = style.sha256 == table["style"]
    except (KeyError, TypeError):
        same = False
    if not same:
        raise ModelError(f"{folder / TABLE}: is not the table of these arrays: {AGAIN}.")
    return style


def find_style(sha256: str) -> Style | None:
    """The style with this checksum among those that the app keeps."""
    names = [name for name, table in kept_styles().items() if table["style"] == sha256]
    return load_style(styles_folder() / names[0]) if names else None


def _problem(arrays: Mapping[str, np.ndarray]) -> str | None:
    if set(arrays) != set(SHAPES):
        return f"holds the arrays {', '.join(sorted(arrays))}, not {', '.join(SHAPES)}"
    mean, widths, directions, lengths = (arrays[name] for name in SHAPES)
    fits = mean.ndim == 1 and widths.shape == mean.shape and directions.shape == (len(lengths), len(mean))
    if not fits or not all(np.isfinite(rows).all() for rows in arrays.values()):
        return "its arrays do not fit together, or hold numbers that are not finite"
    if not ((widths > 0).all() and (lengths > 0).all()):
        return "its widths and lengths are not all above 0"
    if not np.allclose(directions @ directions.T, np.eye(len(lengths)), atol=1e-4):
        return "its directions are not orthonormal"
    return None


def _replace(fresh: Path, folder: Path) -> None:
    """Renames `fresh` to `folder`; an older folder steps aside first."""
    old = fresh.with_name(fresh.name + ".old")
    if folder.exists():
        folder.replace(old)
    try:
        fresh.replace(folder)
    except OSError:
        if old.exists():
            old.replace(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)
