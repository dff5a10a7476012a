"""Palette, by mouse and by keyboard: a square between four scores."""

from __future__ import annotations

import io
import math
import zipfile
from pathlib import Path

import pytest
import tunes
from playwright.sync_api import Locator, Page, expect

from scorespace.music import files
from scorespace.music.score import Score
from scorespace.space import replay

pytestmark = pytest.mark.slow
CORNERS = ("Top left", "Top right", "Bottom left", "Bottom right")


def fill(page: Page) -> Locator:
    """Puts a tune in each corner; the loops of the cells."""
    for corner, name in zip(CORNERS, tunes.TUNES, strict=True):
        page.get_by_role("combobox", name=corner, exact=True).select_option(label=name)
    return blended(page)


def blended(page: Page, size: int = 5) -> Locator:
    loops = page.locator(".pad-cell .mini-roll")
    expect(loops).to_have_count(size**2, timeout=tunes.SLOWEST)
    return loops


def cell(page: Page, row: int, column: int) -> Locator:
    return page.locator(f"[data-cell='{row - 1},{column - 1}']")


def downloaded(page: Page, button: Locator) -> bytes:
    with page.expect_download(timeout=tunes.SLOWEST) as download:
        button.click()
    return Path(download.value.path()).read_bytes()


@pytest.fixture
def tool(page: Page, tmp_path: Path) -> Page:
    tunes.add(page, tmp_path)
    tunes.show(page, "Palette")
    return page


def test_by_mouse(tool, axe):
    fill(tool)
    assert axe(tool) == []
    box = tool.locator(".pad").bounding_box()
    x, y, width = box["x"], box["y"], box["width"]
    tool.mouse.move(x + 0.1 * width, y + 0.1 * width)
    tool.mouse.down()
    expect(tool.get_by_role("button", name="Stop", exact=True).first).to_be_visible()
    tool.mouse.move(x + 0.62 * width, y + 0.37 * width, steps=12)
    tool.mouse.up()
    expect(tool.locator(".palette").get_by_text("notes, ").first).to_be_visible(timeout=tunes.SLOWEST)
    expect(tool.get_by_role("slider", name="Left to right")).to_have_value("65")
    tool.get_by_role("button", name="Keep spot").click()
    expect(tool.locator(".shelf .tile-name", has_text="spot ")).to_be_visible()
    tool.get_by_role("button", name="Pin spot at the top right").click()
    expect(tool.get_by_role("combobox", name="Top right", exact=True).locator("option:checked")).to_contain_text(
        "spot "
    )
    blended(tool)


def test_by_keyboard(tool):
    fill(tool)
    cell(tool, 3, 3).focus()
    tool.keyboard.press("Enter")
    expect(tool.get_by_role("button", name="Stop", exact=True).first).to_be_visible()
    for keys, place in (
        ("ArrowRight", (3, 4)),
        ("End", (3, 5)),
        ("Home", (3, 1)),
        ("Shift+ArrowUp", (1, 1)),
        ("Control+End", (5, 5)),
    ):
        tool.keyboard.press(keys)
        expect(cell(tool, *place)).to_be_focused()
    expect(cell(tool, 5, 5)).to_have_attribute("aria-label", "row 5 column 5: 100 % bottom right; 8 notes, D4 to G4")
    tool.keyboard.press("Control+Home")
    expect(cell(tool, 1, 1)).to_have_attribute("aria-label", "row 1 column 1: 100 % top left; 7 notes, C4 to G4")
    tool.keyboard.press("ArrowDown")
    tool.keyboard.press("k")
    expect(tool.locator(".shelf .tile-name", has_text="spot 75 % top left")).to_be_visible()
    tool.keyboard.press("w")
    tool.keyboard.press("End")
    tool.keyboard.press("w")
    expect(tool.locator(".waypoints li")).to_have_count(2)
    tool.keyboard.press("Shift+Space")
    expect(tool.get_by_role("button", name="Path to the shelf")).to_be_enabled(timeout=tunes.SLOWEST)
    tool.keyboard.press("j")
    expect(tool.locator(".shelf .tile-name", has_text="path tune a")).to_be_visible()


def test_a_drawn_path_is_played_and_exported(tool):
    fill(tool)
    tool.get_by_role("button", name="Path", exact=True).click()
    box = tool.locator(".pad").bounding_box()
    x, y, width = box["x"], box["y"], box["width"]
    tool.mouse.move(x + 0.1 * width, y + 0.1 * width)
    tool.mouse.down()
    for k in range(30):
        tool.mouse.move(x + (0.1 + 0.027 * k) * width, y + (0.4 + 0.3 * math.sin(k / 5)) * width)
    tool.mouse.up()
    expect(tool.locator(".walker")).to_be_visible(timeout=tunes.SLOWEST)
    path = tool.get_by_role("region", name="Path")
    data = downloaded(tool, path.get_by_role("button", name="MIDI"))
    assert replay(data).to_midi_bytes() == data  # what the app joins is what the takes' provenance makes
    assert files.read(data).end > 16

    waypoints = path.locator("li")
    before = waypoints.count()
    tool.get_by_label("x of waypoint 1, percent").fill("50")
    tool.get_by_label("x of waypoint 1, percent").press("Enter")
    tool.get_by_role("button", name="Waypoint 1 later", exact=True).click()
    expect(tool.get_by_label("x of waypoint 2, percent")).to_have_value("50")
    tool.get_by_role("button", name="Delete waypoint 1", exact=True).click()
    expect(waypoints).to_have_count(before - 1)
    path.get_by_role("button", name="Fit to bars").click()
    expect(path.get_by_text("8 loops, 16 bars")).to_be_visible(timeout=tunes.SLOWEST)
    tool.keyboard.press("Control+z")
    expect(path.get_by_text("8 loops, 16 bars")).to_have_count(0)


def test_the_square_is_written_as_numbered_files(tool, tmp_path):
    fill(tool)
    tool.get_by_text("How the square is made").click()
    data = downloaded(tool, tool.get_by_role("button", name="Zip of 25 MIDI files"))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        assert [name[:2] for name in names] == [f"{k:02}" for k in range(1, 26)]
        takes = [archive.read(name) for name in names]
    for number, name in zip((0, 4, 20, 24), tunes.TUNES, strict=True):
        assert files.read(takes[number]).tracks[0].notes["pitch"].tolist() == [note[2] for note in tunes.TUNES[name]]
    assert replay(takes[12]).to_midi_bytes() == takes[12]
    tool.get_by_role("button", name="Square to the shelf").click()
    expect(tool.locator(".shelf .tile-name", has_text="25 row 5 column 5")).to_have_count(1)


def test_new_phrases_fill_the_corners(tool):
    tool.get_by_role("button", name="New phrase at the top left").click()
    expect(tool.get_by_role("button", name="Clear Top left")).to_be_visible(timeout=tunes.SLOWEST)
    tool.get_by_role("button", name="Fill all corners with new phrases").click()
    tool.get_by_role("menuitem", name="Four of drums-2bar").click()
    expect(tool.get_by_role("combobox", name="Space")).to_have_value("drums-2bar", timeout=tunes.SLOWEST)
    blended(tool)
    tool.get_by_text("How the square is made").click()
    tool.get_by_role("spinbutton", name="Rows and columns").fill("3")
    tool.get_by_role("spinbutton", name="Rows and columns").press("Enter")
    blended(tool, 3)


def test_undo_asks_the_server_for_nothing(tool):
    fill(tool)
    tool.get_by_role("combobox", name="Top left", exact=True).select_option(label="tune d")
    expect(cell(tool, 1, 1)).to_have_attribute(
        "aria-label", "row 1 column 1: 100 % top left; 8 notes, D4 to G4", timeout=tunes.SLOWEST
    )
    blended(tool)
    asked: list[str] = []
    tool.on("request", lambda request: asked.append(request.url) if "/v1/palette" in request.url else None)
    tool.keyboard.press("Control+z")
    expect(cell(tool, 1, 1)).to_have_attribute("aria-label", "row 1 column 1: 100 % top left; 7 notes, C4 to G4")
    blended(tool)
    assert asked == []


def test_on_a_phone(phone, axe, tmp_path):
    tunes.show(phone, "Palette")
    phone.get_by_label("Files for the shelf").set_input_files(
        [Score.melody(notes).write(tmp_path / f"{name}.mid") for name, notes in tunes.TUNES.items()]
    )
    expect(
        phone.get_by_role("combobox", name="Top left", exact=True).locator("option", has_text="tune d")
    ).to_have_count(1, timeout=tunes.SLOWEST)
    fill(phone)
    pad = phone.locator(".pad")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    phone.touchscreen.tap(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["width"])
    expect(phone.get_by_role("button", name="Stop", exact=True).first).to_be_visible(timeout=tunes.SLOWEST)
    assert phone.evaluate("() => document.documentElement.scrollWidth") <= 360
    assert axe(phone) == []
