"""Who may ask: this machine's own page with the token of this launch; and the headers of every answer."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scorespace.server import answers

HOSTS = ("127.0.0.1", "localhost", "[::1]")
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'wasm-unsafe-eval' blob:",  # a WebAssembly decoder and audio worklets made on the spot
        "worker-src 'self' blob:",
        "connect-src 'self' blob: data:",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "style-src 'self' 'unsafe-inline'",  # positions of notes and cells are styles of elements
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Guard:
    """Refuses what does not come from the app's own page; everything below /v1/ needs the token."""

    def __init__(self, app: ASGIApp, token: str, port: int) -> None:
        self._app = app
        self._token = token.encode()
        self._hosts = {f"{host}:{port}" for host in HOSTS} | (set(HOSTS) if port == 80 else set())
        self._origins = {f"http://{host}" for host in self._hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                if scope["path"].startswith("/v1/"):
                    headers["Cache-Control"] = "no-store"
            await send(message)

        problem = self._problem(Headers(scope=scope), scope["path"])
        if problem:
            await JSONResponse(problem[1], problem[0])(scope, receive, sealed)
            return
        await self._app(scope, receive, sealed)

    def _problem(self, headers: Headers, path: str) -> answers.Problem | None:
        if headers.getlist("host") != [host for host in headers.getlist("host")[:1] if host.lower() in self._hosts]:
            return answers.told(421, "host", "This server answers to 127.0.0.1 and localhost alone.")
        origins: Sequence[Any] = headers.getlist("origin")
        if any(origin.lower() not in self._origins for origin in origins):
            return answers.told(403, "origin", "Only the app's own page may ask here.")
        if path.startswith("/v1/") and not self._known(headers.get("authorization", "")):
            hint = "Open the address that `scorespace app` printed; it changes with every launch."
            return answers.told(401, "token", "The token of this launch is missing or is an older one's.", hint)
        return None

    def _known(self, authorization: str) -> bool:
        kind, _, token = authorization.partition(" ")
        return secrets.compare_digest(token.strip().encode(), self._token) and kind.lower() == "bearer"
