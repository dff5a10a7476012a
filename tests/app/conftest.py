"""A server with the built page, and a Chromium that looks at it. An error in a page's console fails its test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright
from running import BROWSERS, FLAGS, Running, browser_path, start_server

ROOT = Path(__file__).parents[2]
AXE = ROOT / "app" / "node_modules" / "axe-core" / "axe.min.js"
SLOWEST = 60_000  # milliseconds until a condition must hold: a busy machine is not a defect
expect.set_options(timeout=SLOWEST)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
Violation = dict[str, Any]


@pytest.fixture(scope="session")
def server() -> Iterator[Running]:
    """One server for all tests that do not end it."""
    running = start_server()
    yield running
    running.end()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    path = browser_path()
    if path is None and not os.environ.get("CI"):
        pytest.skip("No Chromium is installed here; `make test` says how to get it.")
    assert path, f"These tests need one of {', '.join(BROWSERS)} in PATH."
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield opened
        opened.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens pages, each in a browser context of its own: `open_page(address, width=360, height=740, has_touch=True)`.

    What the console says of errors, and errors that nobody caught, fail the test when it is over. A test that causes
    some on purpose sets `page.expected_errors = ["part of the text", ...]`.
    """
    contexts: list[BrowserContext] = []
    pages: list[tuple[Page, list[str]]] = []

    def opened(address: str, width: int = 1280, height: int = 800, **options: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, accept_downloads=True, **options)
        context.set_default_timeout(SLOWEST)
        contexts.append(context)
        page = context.new_page()
        problems: list[str] = []
        page.on("console", lambda message: _note(message, problems))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.expected_errors = []  # type: ignore[attr-defined]
        pages.append((page, problems))
        page.goto(address)
        page.wait_for_selector("#app > *")
        return page

    yield opened
    for context in contexts:
        context.close()
    for page, problems in pages:
        expected = page.expected_errors  # type: ignore[attr-defined]
        assert [text for text in problems if not any(part in text for part in expected)] == []


def _note(message: ConsoleMessage, problems: list[str]) -> None:
    if message.type == "error":
        problems.append(f"{message.text} ({message.location.get('url', '')})")


@pytest.fixture
def page(open_page: Callable[..., Page], server: Running) -> Page:
    """The app at 1280 x 800, with an empty storage of its own."""
    return open_page(server.address)


@pytest.fixture
def phone(open_page: Callable[..., Page], server: Running) -> Page:
    """The app at 360 x 740, by touch."""
    return open_page(server.address, width=360, height=740, has_touch=True, is_mobile=True)


@pytest.fixture
def axe() -> Callable[[Page], list[Violation]]:
    """What axe finds against WCAG 2.2 AA on a page: `assert axe(page) == []`."""

    def violations(page: Page) -> list[Violation]:
        # evaluated and not added as a script, which the page's security policy would refuse
        page.evaluate(AXE.read_text(encoding="utf-8"))
        result = page.evaluate(
            "rules => axe.run(document, { runOnly: { type: 'tag', values: rules }, resultTypes: ['violations'] })",
            RULES,
        )
        return [
            {"rule": found["id"], "what": found["help"], "nodes": [node["html"][:200] for node in found["nodes"]]}
            for found in result["violations"]
        ]

    return violations
