"""The description: it names every route and argument, and what it says is what is checked."""

from __future__ import annotations

import re

import pytest

from scorespace.errors import UsageError
from scorespace.server import openapi
from scorespace.server.arguments import Either, Flag, Many, Number, Record, Text, Whole, checked
from scorespace.server.routes import ROUTES, VERBS
from scorespace.space import Space


def references(value):
    if isinstance(value, dict):
        yield from ([value["$ref"]] if "$ref" in value else [])
        yield from (found for inside in value.values() for found in references(inside))
    elif isinstance(value, list):
        yield from (found for inside in value for found in references(inside))


def test_it_is_served_and_names_every_route(client):
    served = client.get("/v1/openapi.json").json()
    assert served["openapi"].startswith("3.1")
    there = {(method.upper(), path) for path, methods in served["paths"].items() for method in methods}
    assert there == {(route.method, f"/v1/{route.path}") for route in ROUTES}
    for reference in references(served):
        assert reference.removeprefix("#/components/schemas/") in served["components"]["schemas"]
    idents = [one["operationId"] for methods in served["paths"].values() for one in methods.values()]
    assert len(set(idents)) == len(idents)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_argument_is_described(route):
    described = openapi.document([route])["paths"][f"/v1/{route.path}"][route.method.lower()]
    assert described["summary"].endswith(".")
    named = {parameter["name"] for parameter in described.get("parameters", [])}
    content = described.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        schema = content["application/json"]["schema"]
        assert not schema["additionalProperties"]
        assert all(entry["description"] for entry in schema["properties"].values())
        named |= set(schema["properties"])
    assert named == {argument.name for argument in route.arguments}
    assert set(re.findall(r"{(\w+)}", route.path)) <= named


@pytest.mark.parametrize("route", VERBS, ids=lambda route: route.path)
def test_arguments_of_verbs_are_those_of_the_methods(route):
    names = set(getattr(Space, route.path).__annotations__) - {"return"}
    scores = {"score", "scores", "tl", "tr", "bl", "br"}
    assert {argument.name for argument in route.arguments} - {"space", "style", "inputs"} <= names | {"z"}
    assert names - scores - {"changes"} <= {argument.name for argument in route.arguments}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_unknown_arguments_are_refused(route):
    with pytest.raises(UsageError, match="no argument 'surprise'"):
        checked({"surprise": 1}, route.arguments)


KINDS = [
    (Whole(1, 4), [1, 4], [0, 5, 1.0, True, "1", None]),
    (Number(0, 1), [0, 1, 0.5], [-0.1, 2, True, "0", float("nan"), float("inf"), None]),
    (Text(3), ["a", "abc"], ["", "abcd", 1, None]),
    (Text(choices=("a", "b")), ["a"], ["c", ""]),
    (Flag(), [True, False], [0, 1, "true"]),
    (Many(Whole(0, 9), 1, 2), [[1], [1, 2]], [[], [1, 2, 3], [10], "1", {}]),
    (Record(Number()), [{}, {"a": 1}], [{"a": "b"}, [], None]),
    (Either((Whole(0, 1), Text(3))), [1, "abc"], [2, "abcd", []]),
]


@pytest.mark.parametrize(("kind", "right", "wrong"), KINDS, ids=[type(kind).__name__ for kind, _, _ in KINDS])
def test_kinds_take_what_they_say(kind, right, wrong):
    assert all(map(kind.fits, right))
    assert not any(map(kind.fits, wrong))
    assert kind.words
    assert kind.schema()
