"""The ASGI application: the page, and the routes of the table."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route as Address
from starlette.types import Receive, Scope, Send

from scorespace import __version__
from scorespace.errors import ScorespaceError
from scorespace.server import answers, body, page_files
from scorespace.server.arguments import checked
from scorespace.server.guard import Guard
from scorespace.server.routes import ROUTES, Route
from scorespace.server.runs import Runs
from scorespace.server.workers import OVER, Job, Workers

LINES = "application/x-ndjson"


@dataclass
class Server:
    """What the routes share.

    Attributes:
        registry: the spaces that may be used, name to folder; a new style may be added.
        workers: the processes.
        session: the session that the app was started with, as JSON text; None without one.
        closing: called, in order, when the server ends.
        runs: of training; None where the app keeps none.
    """

    registry: dict[str, str]
    workers: Workers
    session: bytes | None = None
    closing: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    runs: Runs | None = None


def build(
    server: Server, token: str, port: int, folder: Path = page_files.PAGE, routes: tuple[Route, ...] = ROUTES
) -> Starlette:
    """The application.

    Args:
        server: what the routes share; its workers are started and ended with the application.
        token: without which nothing below /v1/ answers.
        port: on which it is reached.
        folder: of the built page.
        routes: what there is below /v1/.
    """
    files = page_files.index(folder)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        server.workers.start()
        yield
        for close in (*server.closing, server.workers.close):
            await close()

    async def page(request: Request) -> Response:
        found = page_files.answer(files, request.url.path.lstrip("/"))
        return found or await _nothing(request, HTTPException(404))

    addresses = [Address(f"/v1/{route.path}", _endpoint(server, route), methods=[route.method]) for route in routes]
    addresses.append(Address("/{rest:path}", page, methods=["GET"]))
    return Starlette(
        routes=addresses,
        middleware=[Middleware(Guard, token=token, port=port)],
        lifespan=lifespan,
        exception_handlers={404: _nothing, 405: _nothing},
    )


async def _nothing(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 404)
    words = "There is nothing at this address." if status == 404 else "This address takes another method."
    status, told = answers.told(status, "nothing", words, "GET v1/openapi.json lists what there is.")
    return JSONResponse(told, status)


def _endpoint(server: Server, route: Route) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            arguments = {**await _arguments(request, route), **route.given}
            if route.worker is None:
                module, name = route.function.split(":")
                return JSONResponse(await getattr(import_module(module), name)(server, arguments))
        except ClientDisconnect:
            return Response(status_code=400)  # nobody hears it
        except Exception as error:
            if not isinstance(error, ScorespaceError) and os.environ.get("SCORESPACE_DEBUG"):
                raise
            status, told = answers.problem(error)
            return JSONResponse(told, status)
        streams = LINES in request.headers.get("accept", "")
        order = {
            "function": route.function,
            "arguments": arguments,
            "streams": streams,
            "gather": route.gather,
            "spaces": dict(server.registry),
        }
        job = Job(route.path, order, route.seconds)
        server.workers.submit(route.worker, job)
        return JobResponse(job, streams)

    return endpoint


async def _arguments(request: Request, route: Route) -> dict[str, Any]:
    data = await body.read(request, route.limit) if route.method == "POST" else b""
    in_query = route.method != "POST" or route.file
    given: Any = dict(request.query_params) if in_query else await asyncio.to_thread(body.parse, data)
    if isinstance(given, Mapping):
        given = {**given, **request.path_params}
    found = checked(given, route.arguments)
    return {**found, "data": data} if route.file else found


class JobResponse(Response):
    """The answer of a worker: one document, or lines as they come. When the client goes away, the work is stopped."""

    def __init__(self, job: Job, streams: bool) -> None:
        super().__init__()
        self._job, self._streams = job, streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        watch = asyncio.create_task(self._watch(receive))
        try:
            await self._relay(send)
        except OSError:
            pass  # the client went away
        finally:
            watch.cancel()
            if self._job.state != OVER:
                self._job.stop()

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._job.stop()

    async def _relay(self, send: Send) -> None:
        kind, *rest = await self._job.said.get()
        if kind == "error":
            await self._whole(send, rest[0], json.dumps(rest[1]).encode(), "application/json")
        elif not self._streams:
            await self._whole(send, 200, rest[0], rest[1])
        else:
            await self._begin(send, 200, LINES)
            while kind == "line":
                await send({"type": "http.response.body", "body": rest[0] + b"\n", "more_body": True})
                kind, *rest = await self._job.said.get()
            last = rest[0] if kind == "done" else json.dumps(rest[1]).encode()
            await send({"type": "http.response.body", "body": last + b"\n", "more_body": False})

    async def _whole(self, send: Send, status: int, data: bytes, media_type: str) -> None:
        await self._begin(send, status, media_type, [(b"content-length", str(len(data)).encode())])
        await send({"type": "http.response.body", "body": data, "more_body": False})

    async def _begin(
        self, send: Send, status: int, media_type: str, more: list[tuple[bytes, bytes]] | None = None
    ) -> None:
        headers = [(b"content-type", media_type.encode()), (b"x-job", self._job.id.encode()), *(more or [])]
        await send({"type": "http.response.start", "status": status, "headers": headers})


async def health(server: Server, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """GET v1/health."""
    return {
        "version": __version__,
        "device": "cpu",
        "workers": server.workers.pids(),
        "queue": len(server.workers.jobs),
    }


async def session(server: Server, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """GET v1/session."""
    return {"session": None if server.session is None else json.loads(server.session)}


async def jobs(server: Server, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """GET v1/jobs."""
    return {"jobs": [{"id": job.id, "what": job.what, "state": job.state} for job in server.workers.jobs]}


async def stop(server: Server, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """DELETE v1/jobs/{id}. Stopping what is over is no error: it may have ended on the way."""
    job = server.workers.job(arguments["id"])
    if job:
        job.stop()
    return {"stopped": job is not None}
