"""The OpenAPI description of the routes, made from the table that validates their arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scorespace import __version__
from scorespace.server.arguments import Argument
from scorespace.server.routes import ROUTES, TAKE, Route

_NUMBER: dict[str, Any] = {"type": "number"}


async def describe(server: Any, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """GET v1/openapi.json."""
    return document(ROUTES)


def document(routes: Sequence[Route]) -> dict[str, Any]:
    """The description of these routes, OpenAPI 3.1."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(f"/v1/{route.path}", {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Scorespace", "version": __version__, "description": "Scores in, scores out."},
        "paths": paths,
        "security": [{"token": []}],
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "That of this launch."}},
            "schemas": SCHEMAS,
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    inside = [argument for argument in route.arguments if f"{{{argument.name}}}" in route.path]
    rest = [argument for argument in route.arguments if argument not in inside]
    in_query = route.method != "POST" or route.file
    operation: dict[str, Any] = {
        "summary": route.what,
        "operationId": f"{route.method.lower()}_{route.path.translate(str.maketrans('/.{}', '____'))}".rstrip("_"),
        "responses": {"200": {"description": "Done.", "content": _answer(route)}, "default": _problem()},
    }
    parameters = [_parameter(argument, "path") for argument in inside]
    parameters += [_parameter(argument, "query") for argument in rest] if in_query else []
    if parameters:
        operation["parameters"] = parameters
    if route.file:
        content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
        operation["requestBody"] = {"required": True, "content": content}
    elif route.method == "POST":
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": _body(rest)}}}
    return operation


def _parameter(argument: Argument, place: str) -> dict[str, Any]:
    needed = place == "path" or argument.required
    schema = argument.kind.schema()
    return {"name": argument.name, "in": place, "required": needed, "description": argument.what, "schema": schema}


def _body(arguments: Sequence[Argument]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {argument.name: argument.schema() for argument in arguments},
        "required": [argument.name for argument in arguments if argument.required],
        "additionalProperties": False,
    }


def _answer(route: Route) -> dict[str, Any]:
    if route.gives != "application/json":
        return {route.gives: {"schema": {"type": "string", "format": "binary"}}}
    if route.gather != TAKE:
        return {"application/json": {"schema": {"type": "object"}}}
    take = {"$ref": "#/components/schemas/Take"}
    whole = {"type": "object", "properties": {"takes": {"type": "array", "items": take}}, "required": ["takes"]}
    line = {"type": "object", "properties": {"take": take, "done": {"type": "boolean"}}}
    return {"application/json": {"schema": whole}, "application/x-ndjson": {"schema": line}}


def _problem() -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Error"}
    return {
        "description": "It was not done; the message says why.",
        "content": {"application/json": {"schema": schema}},
    }


def _rows(*kinds: Mapping[str, Any]) -> dict[str, Any]:
    row = {"type": "array", "prefixItems": list(kinds), "minItems": len(kinds), "maxItems": len(kinds)}
    return {"type": "array", "items": row}


def _whole(low: int, high: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": low, "maximum": high}


_TEXT: dict[str, Any] = {"type": "string"}
_TRACK = {
    "type": "object",
    "properties": {
        "notes": _rows(_NUMBER, _NUMBER, _whole(0, 127), _whole(0, 127)),
        "name": _TEXT,
        "program": _whole(0, 127),
        "drum": {"type": "boolean"},
    },
    "required": ["notes"],
}
SCHEMAS: dict[str, Any] = {
    "Score": {
        "type": "object",
        "description": "Tracks of notes [start, duration, pitch, velocity]; times in quarter notes from a bar line on.",
        "properties": {
            "tracks": {"type": "array", "items": _TRACK},
            "tempos": _rows(_NUMBER, _NUMBER),
            "metres": _rows(_NUMBER, _whole(1, 255), _whole(1, 256)),
            "keys": _rows(_NUMBER, _whole(-7, 7), _TEXT),
            "chords": _rows(_NUMBER, _TEXT),
            "title": _TEXT,
        },
        "required": ["tracks", "tempos", "metres"],
    },
    "Take": {
        "type": "object",
        "description": "A result: what `scorespace --json` prints of it, its score, its points, and its provenance.",
        "properties": {
            "verb": _TEXT,
            "index": _whole(0, 2**32 - 1),
            "space": _TEXT,
            "seed": {"anyOf": [_whole(0, 2**32 - 1), {"type": "null"}]},
            "temperature": _NUMBER,
            "notes": {"type": "integer"},
            "quarters": _NUMBER,
            "arguments": {"type": "object"},
            "score": {"$ref": "#/components/schemas/Score"},
            "z": {"type": "array", "items": {"type": "array", "items": _NUMBER}},
            "provenance": {"type": "object"},
        },
        "required": ["verb", "index", "space", "seed", "notes", "quarters", "score", "z", "provenance"],
    },
    "Error": {
        "type": "object",
        "properties": {
            "error": {
                "type": "object",
                "properties": {"code": _TEXT, "message": _TEXT, "hint": {"anyOf": [_TEXT, {"type": "null"}]}},
                "required": ["code", "message", "hint"],
            }
        },
        "required": ["error"],
    },
}
