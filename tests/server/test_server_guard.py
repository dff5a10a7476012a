"""Who gets no answer: requests without the token, from other pages, by other names, or larger than they may be."""

from __future__ import annotations

import http.client
import json
import socket
from urllib.parse import quote

import pytest
from launched import TOKEN

from scorespace.server.guard import HEADERS
from scorespace.server.routes import JSON_LIMIT, ROUTES


def code(response) -> str:
    said = response.json()["error"]
    assert said["message"].endswith(".")
    assert set(said) == {"code", "message", "hint"}
    return said["code"]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_route_needs_the_token(running, route):
    path = f"/v1/{route.path.replace('{', '').replace('}', '')}"
    for headers in ({}, {"Authorization": "Bearer no"}, {"Authorization": f"Basic {TOKEN}"}, {"Authorization": TOKEN}):
        with running.client(headers={"Authorization": "", **headers}) as stranger:
            response = stranger.request(route.method, path)
        assert response.status_code == 401
        assert code(response) == "token"


@pytest.mark.parametrize("host", ["example.org", "127.0.0.1", "127.0.0.1:1", "localhost.example.org:{port}", ""])
def test_other_names_of_this_machine_are_refused(running, client, host):
    """A page elsewhere whose name leads to 127.0.0.1 (DNS rebinding) sends its own name."""
    for path in ("/", "/v1/health"):
        response = client.get(path, headers={"Host": host.format(port=running.port)})
        assert response.status_code in (400, 421)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
def test_its_own_names_are_known(running, client, host):
    assert client.get("/v1/health", headers={"Host": f"{host}:{running.port}"}).status_code == 200


@pytest.mark.parametrize("origin", ["http://example.org", "null", "https://127.0.0.1:{port}", "http://127.0.0.1:1"])
def test_other_pages_are_refused(running, client, origin):
    response = client.post("/v1/sample", json={"space": "tiny"}, headers={"Origin": origin.format(port=running.port)})
    assert (response.status_code, code(response)) == (403, "origin")
    assert not [name for name in response.headers if name.startswith("access-control")]


def test_its_own_page_is_known(running, client):
    assert client.get("/v1/health", headers={"Origin": f"http://127.0.0.1:{running.port}"}).status_code == 200


def test_no_page_elsewhere_may_ask_first(running, client):
    response = client.options("/v1/sample", headers={"Origin": "http://example.org"})
    assert response.status_code == 403
    assert client.options("/v1/sample").status_code == 405


@pytest.mark.parametrize("path", ["/", "/nothing", "/v1/health", "/v1/nothing", "/assets/main-1a2b.js"])
def test_every_answer_has_the_headers(client, path):
    response = client.get(path)
    assert {name: response.headers[name] for name in HEADERS} == HEADERS
    assert ("no-store" in response.headers["cache-control"]) == path.startswith("/v1/") if path != "/nothing" else True
    assert "server" not in response.headers or "uvicorn" in response.headers["server"]


def test_the_page_is_there_without_a_token(running):
    with running.client(headers={"Authorization": ""}) as visitor:
        assert "<title>page</title>" in visitor.get("/").text
        script = visitor.get("/assets/main-1a2b.js")
    assert script.headers["content-type"].startswith("text/javascript")
    assert "immutable" in script.headers["cache-control"]


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/..%5csecret.txt",
        "//etc/passwd",
        "/assets/%2e%2e/%2e%2e/%2e%2e/secret.txt",
        "/link.txt",
        "/assets",
        "/assets/",
        "/index.html%00.js",
    ],
)
def test_nothing_beside_the_page_is_reached(running, path):
    connection = http.client.HTTPConnection("127.0.0.1", running.port)  # sends the path as it stands
    connection.request("GET", path)
    response = connection.getresponse()
    assert response.status == 404
    assert json.loads(response.read())["error"]["code"] == "nothing"
    connection.close()


@pytest.mark.parametrize("space", ["../tiny", "/etc", "tiny/../tiny", "Tiny", "melody-2bar", "..%2f"])
def test_a_space_is_a_name_that_is_known(client, space):
    response = client.post("/v1/sample", json={"space": space})
    assert (response.status_code, code(response)) == (404, "model")
    assert client.get(f"/v1/spaces/{quote(space, safe='')}").status_code == 404


def test_a_large_body_is_refused_before_it_is_sent(running):
    with socket.create_connection(("127.0.0.1", running.port)) as opened:
        head = f"POST /v1/check HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\nAuthorization: Bearer {TOKEN}\r\n"
        opened.sendall(f"{head}Content-Length: {JSON_LIMIT + 1}\r\n\r\n".encode())
        assert opened.recv(4096).startswith(b"HTTP/1.1 413")


def test_a_large_body_of_unknown_length_is_refused_on_the_way(client):
    def endless():
        for _ in range(2 * JSON_LIMIT // 65536):
            yield b" " * 65536

    response = client.post("/v1/check", content=endless())
    assert (response.status_code, code(response)) == (413, "too_large")
    assert "2 MiB" in response.json()["error"]["message"]
