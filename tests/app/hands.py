"""What hands do in the app, by mouse and by keys, for the tests of its tools."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect


def add_file(page: Page, path: Path) -> None:
    """Puts a file on the shelf, where it is selected."""
    page.locator('input[aria-label="Files for the shelf"]').set_input_files(str(path))
    told = page.get_by_text(f"{path.stem} added to the shelf.")  # on a phone the shelf itself is closed
    expect(told.first).to_be_attached()


def command(page: Page, name: str) -> None:
    """Runs an action by its name."""
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Command").fill(name)
    page.keyboard.press("Enter")


def tab_to(page: Page, target: Locator, most: int = 120) -> None:
    """Goes on with Tab until the target has the focus."""
    for _ in range(most):
        if target.count() and target.first.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{most} presses of Tab do not lead to {target}.")


def saved_session(page: Page) -> dict[str, Any]:
    """The session as its file has it."""
    with page.expect_download() as got:
        command(page, "Save the session to a file")
    found: dict[str, Any] = json.loads(Path(got.value.path()).read_text(encoding="utf-8"))
    return found


def drag(page: Page, start: Locator, end: Locator) -> None:
    """From the middle of one thing to the middle of another."""
    start.scroll_into_view_if_needed()
    boxes = start.bounding_box(), end.bounding_box()
    assert boxes[0]
    assert boxes[1]
    (x, y), (to_x, to_y) = ((box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in boxes)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move((x + to_x) / 2, (y + to_y) / 2)
    page.mouse.move(to_x, to_y)
    page.mouse.up()


class Asked:
    """Counts the requests to a route, from when it is made."""

    def __init__(self, page: Page, route: str) -> None:
        self.count = 0
        self._route = f"/v1/{route}"
        page.on("request", self._note)

    def _note(self, request: Any) -> None:
        self.count += request.url.endswith(self._route)
