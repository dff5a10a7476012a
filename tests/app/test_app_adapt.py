"""Adapt in a real browser: a style is made, heard, kept and followed; by mouse, by keys alone, stopped, on a phone."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from scorespace.music import files
from scorespace.music.score import NOTE, Score, Track

pytestmark = pytest.mark.slow
SHOTS = os.environ.get("SCORESPACE_SHOTS")  # a folder for pictures to look at


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/adapt-{name}.png")


@pytest.fixture(scope="module")
def tunes(tmp_path_factory) -> list[str]:
    """Ten tunes of five notes, and one that is too short to say much."""
    folder = tmp_path_factory.mktemp("tunes")
    for number in range(11):
        pitches = np.random.default_rng(number).choice([60, 62, 64, 67, 69], 96 if number < 10 else 16)
        notes = np.array([(k / 2, 0.5, pitch, 80) for k, pitch in enumerate(pitches)], NOTE)
        files.write(Score((Track(notes, "melody"),)), folder / f"tune {number}.mid")
    return [str(path) for path in sorted(Path(folder).iterdir())]


def ready(page: Page) -> None:
    expect(page.locator(".chip.ready")).to_be_visible()
    page.get_by_role("tab", name="Adapt").click()


def region(page: Page, name: str):
    return page.get_by_role("region", name=name)


def add(page: Page, tunes: list[str]) -> None:
    page.locator('input[aria-label="Files to learn from"]').set_input_files(tunes)
    expect(region(page, "Scores to learn from").get_by_text(f"{len(tunes)} chosen.")).to_be_visible()


def checked(page: Page, tunes: list[str]) -> None:
    rows = page.get_by_role("row").filter(has=page.get_by_role("checkbox", checked=True))
    expect(rows).to_have_count(len(tunes))
    expect(page.get_by_role("row", name="tune 10").get_by_text("fewer than 8 say little")).to_be_visible()
    expect(rows.get_by_text("…", exact=True)).to_have_count(0)


def finished(page: Page) -> None:
    expect(region(page, "Progress")).to_have_count(0)
    result = region(page, "Before and after")
    expect(result.get_by_role("button", name="Play 1: the space")).to_be_visible()
    expect(result.get_by_role("button", name="Play 2: the style")).to_be_visible()
    expect(result.get_by_text("scores set aside a phrase costs")).to_be_visible()


def test_a_style_is_made_heard_kept_and_followed(page, tunes, axe):
    ready(page)
    shot(page, "empty")
    assert axe(page) == []
    add(page, tunes)
    page.get_by_role("combobox", name="Space").select_option("melody-2bar")
    checked(page, tunes)
    shot(page, "chosen")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(region(page, "Progress").get_by_role("progressbar")).to_be_visible()
    shot(page, "running")
    finished(page)
    result = region(page, "Before and after")
    expect(result.get_by_text("samples copy a phrase that was heard")).to_be_visible()
    result.get_by_role("button", name="Play 1: the style").click()
    expect(result.get_by_role("button", name="Stop 1: the style")).to_be_visible()
    result.get_by_role("button", name="Stop 1: the style").click()
    shot(page, "made")
    assert axe(page) == []
    page.get_by_label("Name of the style").fill("five notes")
    page.get_by_role("button", name="Keep the style").click()
    kept = region(page, "Kept styles")
    expect(kept.get_by_role("button", name="Forget five notes")).to_be_visible()
    kept.get_by_role("button", name="4 takes to the shelf in five notes").click()
    shelf = page.get_by_role("complementary", name="Shelf")
    expect(shelf.get_by_text("five notes 4", exact=True)).to_be_visible()
    shot(page, "kept")
    page.on("dialog", lambda dialog: dialog.accept())
    kept.get_by_role("button", name="Forget five notes").click()
    expect(kept.get_by_role("button", name="Forget five notes")).to_have_count(0)
    page.keyboard.press("Control+z")  # the takes
    expect(shelf.get_by_text("five notes 4", exact=True)).to_have_count(0)


def test_by_keys_alone(page, tunes):
    ready(page)
    add(page, tunes)  # the browser's own dialog of files is not the page's
    none = page.get_by_role("button", name="Tick none")
    none.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("0 chosen.")).to_be_visible()
    for number in range(6):
        page.get_by_role("checkbox", name=f"tune {number}", exact=True).focus()
        page.keyboard.press("Space")
    expect(page.get_by_text("6 chosen.")).to_be_visible()
    page.get_by_role("combobox", name="Space").select_option("melody-2bar")
    page.get_by_role("button", name="Start", exact=True).focus()
    page.keyboard.press("Enter")
    finished(page)
    page.get_by_role("button", name="Play 2: the style").focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Stop 2: the style")).to_be_visible()
    page.keyboard.press("Space")
    page.get_by_label("Name of the style").focus()
    page.keyboard.type("by keys")
    page.keyboard.press("Enter")
    expect(region(page, "Kept styles").get_by_role("button", name="Forget by keys")).to_be_visible()


def test_a_stop_keeps_the_best_so_far(page, tunes):
    ready(page)
    add(page, tunes)
    page.get_by_role("combobox", name="Space").select_option("melody-2bar")
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_role("button", name="Play 1: the style").wait_for()
    stop = page.get_by_role("button", name="Stop, and keep the best")
    if stop.count():  # a quick machine may have finished
        stop.click()
    expect(region(page, "Progress")).to_have_count(0)
    expect(page.get_by_label("Name of the style")).to_be_visible()


def test_on_a_phone(phone, tunes, axe):
    expect(phone.locator(".chip.ready")).to_be_visible()
    phone.get_by_role("tab", name="Adapt").tap()
    add(phone, tunes)
    phone.get_by_role("combobox", name="Space").select_option("melody-2bar")
    checked(phone, tunes)
    phone.get_by_role("button", name="Start", exact=True).tap()
    finished(phone)
    shot(phone, "phone")
    assert axe(phone) == []
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
