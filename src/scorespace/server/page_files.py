"""The page's files, found once when the server starts: a request chooses from that list and from nothing else."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from pathlib import Path

from starlette.responses import FileResponse, Response

from scorespace.errors import InputError

PAGE = Path(__file__).parent / "page"
INDEX = "index.html"
TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".wasm": "application/wasm",
    ".svg": "image/svg+xml",
}


def index(folder: Path) -> dict[str, Path]:
    """Every file of the built page by its address below /.

    Raises:
        InputError: when the folder holds no page.
    """
    if not (folder / INDEX).is_file():
        raise InputError(f"{folder} holds no built page ({INDEX} is missing): build it with `npm run build` in app/.")
    root = folder.resolve()
    found = {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.resolve().is_relative_to(root)
    }
    return {"": found[INDEX], **found}


def answer(files: Mapping[str, Path], address: str) -> Response | None:
    """The file at an address; None where there is none. Names of built assets change with what is in them."""
    path = files.get(address)
    if path is None:
        return None
    kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    fixed = address.startswith("assets/")
    keep = "public, max-age=31536000, immutable" if fixed else "no-cache"
    return FileResponse(path, media_type=kind, headers={"Cache-Control": keep})
