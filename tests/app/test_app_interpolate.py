"""Interpolate, by mouse and by keyboard: a row of tiles between scores."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import tunes
from playwright.sync_api import Locator, Page, expect

from scorespace.music import files
from scorespace.music.score import Score
from scorespace.space import replay

pytestmark = pytest.mark.slow


def row(page: Page, steps: int) -> Locator:
    """The tiles of a row that is all there."""
    found = page.locator(".strip .step .tile-play")
    expect(found).to_have_count(steps, timeout=tunes.SLOWEST)
    return found


def choose(page: Page, *names: str) -> None:
    for letter, name in zip("ABCD", names, strict=False):
        page.get_by_role("combobox", name=re.compile(f"^{letter}:")).select_option(label=name)


def more(page: Page, tile: int, choice: str) -> None:
    page.get_by_role("button", name=f"More for tile {tile}", exact=True).click()
    page.get_by_role("menuitem", name=choice).click()


def exported(page: Page, item: str) -> bytes:
    """The MIDI file of an item of the shelf."""
    page.locator(".shelf").get_by_role("button", name=f"More for {item}").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Download MIDI").click()
    return Path(download.value.path()).read_bytes()


@pytest.fixture
def tool(page: Page, tmp_path: Path) -> Page:
    tunes.add(page, tmp_path)
    tunes.show(page, "Interpolate")
    return page


def test_by_mouse(tool, axe, tmp_path):
    shelf = tool.locator(".shelf .tile")
    shelf.filter(has_text="tune a").drag_to(tool.get_by_role("group", name="A: from"))
    shelf.filter(has_text="tune b").drag_to(tool.get_by_role("group", name="B: to"))
    row(tool, 8)
    assert axe(tool) == []

    handle = tool.get_by_role("slider", name="Pull the row apart")
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    tool.mouse.move(box["x"] + 10, box["y"] + 20)
    tool.mouse.down()
    tool.mouse.move(box["x"] + 10 - 2 * 44, box["y"] + 20, steps=8)
    tool.mouse.up()
    tiles = row(tool, 6)
    tool.get_by_role("button", name="Undo").first.click()
    row(tool, 8)
    tool.get_by_role("button", name="Redo").first.click()
    row(tool, 6)

    tiles.nth(2).click()
    expect(tool.get_by_role("button", name="Stop 3", exact=True)).to_be_visible()
    tool.get_by_role("button", name="Play row").click()
    expect(tool.locator(".row-playhead")).to_be_visible()
    more(tool, 2, "Play twice")
    tool.get_by_role("button", name="Join to shelf").click()
    data = exported(tool, "tune a to tune b, 6 steps")
    assert replay(data).to_midi_bytes() == data  # what the app joins is what the takes' provenance makes
    joined = files.read(data)
    own = [files.read(tmp_path / f"{name}.mid").tracks[0].notes["pitch"].tolist() for name in ("tune a", "tune b")]
    pitches = joined.tracks[0].notes["pitch"].tolist()
    assert pitches[: len(own[0])] == own[0]
    assert pitches[-len(own[1]) :] == own[1]
    assert 48 < joined.end <= 56


def test_by_keyboard(tool):
    for letter, name in (("A", "tune a"), ("B", "tune c")):
        tool.get_by_role("combobox", name=re.compile(f"^{letter}:")).focus()
        tool.keyboard.type(name)
        tool.keyboard.press("Enter")
    row(tool, 8)
    tool.get_by_role("slider", name="Pull the row apart").focus()
    tool.keyboard.press("ArrowLeft")
    tool.keyboard.press("ArrowLeft")
    row(tool, 6)
    tool.keyboard.press("-")
    row(tool, 5)
    tool.get_by_role("button", name="Straight").focus()
    tool.keyboard.press("Enter")
    row(tool, 5)
    tool.get_by_role("button", name="Mute tile 2", exact=True).focus()
    tool.keyboard.press("Space")
    expect(tool.get_by_role("button", name="Mute tile 2", exact=True)).to_have_attribute("aria-pressed", "true")
    tool.get_by_role("heading", name="Interpolate").click()
    tool.keyboard.press("Space")
    expect(tool.get_by_role("button", name="Stop", exact=True).first).to_be_visible()
    tool.keyboard.press("Space")
    tool.keyboard.press("j")
    expect(tool.locator(".shelf .tile-name", has_text="tune a to tune c, 5 steps")).to_be_visible()


def test_single_tiles_are_kept_rerolled_and_replaced(tool):
    choose(tool, "tune a", "tune b")
    row(tool, 8)
    more(tool, 4, "Keep on the shelf")
    expect(tool.locator(".shelf .tile-name", has_text="tune a to tune b, 4 of 8")).to_be_visible()
    more(tool, 4, "Reroll")
    expect(tool.locator("[data-tile='3'] .tile-note", has_text="rerolled")).to_be_visible(timeout=tunes.SLOWEST)
    more(tool, 5, "Replace …")
    tool.get_by_role("dialog").get_by_role("combobox", name="Replace by").select_option(label="tune d")
    expect(tool.locator("[data-tile='4'] .tile-name")).to_have_text("tune d")
    tool.get_by_role("button", name="One step more").click()
    row(tool, 9)
    expect(tool.locator(".strip .tile-name", has_text="tune d")).to_have_count(1)
    tool.get_by_role("button", name="Join to shelf").click()
    exported(tool, "tune a to tune b, 9 steps")


def test_a_third_anchor_stands_in_the_row(tool):
    tool.get_by_role("button", name="Another anchor").click()
    choose(tool, "tune a", "tune c", "tune b")
    row(tool, 8)
    expect(tool.locator(".step.is-anchor")).to_have_count(3)
    tool.get_by_role("button", name="Take the place B away").click()
    expect(tool.locator(".step.is-anchor")).to_have_count(2)


def test_what_a_space_cannot_use_is_said(tool, tmp_path):
    tunes.add(tool, tmp_path, {"waltz": Score.melody([(k, 1, 60 + k) for k in range(6)], metre=(3, 4))})
    choose(tool, "tune a", "waltz")
    expect(tool.get_by_role("alert").filter(has_text="melody-2bar cannot use this")).to_contain_text(
        "3/4", timeout=tunes.SLOWEST
    )
    tool.expected_errors = ["status of 422", "status of 400"]


def test_undo_asks_the_server_for_nothing(tool):
    choose(tool, "tune a", "tune b")
    row(tool, 8)
    tool.get_by_role("button", name="One step fewer").click()
    row(tool, 7)
    asked: list[str] = []
    tool.on("request", lambda request: asked.append(request.url) if "/v1/interpolate" in request.url else None)
    tool.keyboard.press("Control+z")
    row(tool, 8)
    tool.keyboard.press("Control+y")
    row(tool, 7)
    assert asked == []


def test_on_a_phone(phone, axe, tmp_path):
    tunes.show(phone, "Interpolate")
    phone.get_by_label("Files for the shelf").set_input_files(
        [Score.melody(notes).write(tmp_path / f"{name}.mid") for name, notes in tunes.TUNES.items()]
    )
    expect(phone.get_by_role("combobox", name="A: from").locator("option", has_text="tune b")).to_have_count(
        1, timeout=tunes.SLOWEST
    )
    choose(phone, "tune a", "tune b")
    row(phone, 8)
    assert phone.evaluate("() => document.documentElement.scrollWidth") <= 360
    assert axe(phone) == []
