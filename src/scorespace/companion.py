"""What stands beside a checkpoint's weights and belongs to them: a table in JSON and arrays, verified when read.

STEM.json           format, the SHA-256 of the weights and of the arrays, and the table
STEM.safetensors    the arrays, float32
"""

from __future__ import annotations

import hashlib
import json
import shutil
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from scorespace.errors import ModelError

FORMAT = 1
DAMAGE = (OSError, ValueError, KeyError, TypeError, RecursionError, SafetensorError)


def save(folder: Path, stem: str, arrays: Mapping[str, np.ndarray], table: Mapping[str, Any], weights: str) -> Path:
    """Writes both files into the folder of the checkpoint whose weights have this SHA-256; replaces older ones.

    Raises:
        ModelError: when the folder cannot be written.
    """
    part = f".{uuid.uuid4().hex[:8]}"
    binary, text = folder / f"{stem}.safetensors{part}", folder / f"{stem}.json{part}"
    try:
        save_file({name: np.ascontiguousarray(rows, np.float32) for name, rows in arrays.items()}, binary)
        contents = {"format": FORMAT, "weights": weights, "sha256": _sha256(binary), **table}
        text.write_text(json.dumps(contents, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        shutil.copymode(text, binary)
        binary.replace(folder / f"{stem}.safetensors")
        return text.replace(folder / f"{stem}.json")
    except OSError as error:
        raise ModelError(f"{folder}: cannot be written: {error.strerror or error}.") from error
    finally:
        binary.unlink(missing_ok=True)
        text.unlink(missing_ok=True)


def load(
    folder: Path,
    stem: str,
    weights: str,
    again: str,
    problem: Callable[[dict[str, Any], dict[str, np.ndarray]], str | None],
) -> tuple[dict[str, Any], dict[str, np.ndarray]] | None:
    """The table and the arrays (float64), verified; None when there are none.

    Args:
        folder: of the checkpoint. stem: of the files.
        weights: SHA-256 of the checkpoint's weights.
        again: what to do when they cannot be used, in words.
        problem: says what is wrong with a table and its arrays, or None; what it raises of DAMAGE counts as damage.

    Raises:
        ModelError: when they are damaged, of a newer format, or belong to other weights.
    """
    text, binary = folder / f"{stem}.json", folder / f"{stem}.safetensors"
    if not text.exists():
        return None
    try:
        table = json.loads(text.read_text(encoding="utf-8"))
        if table["format"] > FORMAT:
            newer = f"has format {table['format']}, this version reads up to {FORMAT}"
            raise ModelError(f"{text}: {newer}: upgrade scorespace.")
        if table["weights"] != weights:
            raise ModelError(f"{text}: belongs to other weights: {again}.")
        if table["sha256"] != _sha256(binary):
            raise ModelError(f"{binary}: its checksum is not the one in {text.name}: {again}.")
        arrays = {name: rows.astype(np.float64) for name, rows in load_file(binary).items()}
        wrong = problem(table, arrays)
    except DAMAGE as error:
        raise ModelError(f"{text}: is damaged ({error}): {again}.") from error
    if wrong:
        raise ModelError(f"{text}: {wrong}: {again}.")
    return table, arrays


def keep(folder: Path, fresh: Path, stem: str, weights: str) -> None:
    """Copies both files of a checkpoint into the one that replaces it, when its weights are the same."""
    try:
        same = json.loads((folder / f"{stem}.json").read_text(encoding="utf-8"))["weights"] == weights
    except (OSError, ValueError, KeyError, TypeError):
        return
    if same and (folder / f"{stem}.safetensors").is_file():
        for ending in ("json", "safetensors"):
            shutil.copy(folder / f"{stem}.{ending}", fresh / f"{stem}.{ending}")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
