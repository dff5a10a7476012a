"""Bodies of requests, read within their limits as they come."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from starlette.requests import Request

from scorespace.errors import UsageError
from scorespace.server.answers import TooLargeError

SECONDS = 60  # until a body must be there


async def read(request: Request, limit: int) -> bytes:
    """The body, of at most `limit` bytes: more is refused before it is read.

    Raises:
        TooLargeError: when there is more.
    """
    said = request.headers.get("content-length", "0")
    if said.isdecimal() and int(said) > limit:
        raise _too_large(limit)
    parts, size = [], 0
    try:
        async with asyncio.timeout(SECONDS):
            async for part in request.stream():
                size += len(part)
                if size > limit:
                    raise _too_large(limit)
                parts.append(part)
    except TimeoutError:
        raise UsageError(f"The body did not come within {SECONDS} seconds.") from None
    return b"".join(parts)


def parse(data: bytes) -> Any:
    """The JSON value of a body; an empty one is {}.

    Raises:
        UsageError: when it is no JSON.
    """
    if not data:
        return {}
    try:
        return json.loads(data, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise UsageError("The body is not JSON.") from None


def _refuse(name: str) -> Any:
    raise ValueError(name)


def _too_large(limit: int) -> TooLargeError:
    return TooLargeError(f"This is larger than the {limit >> 20} MiB that are read here; that is no score.")
