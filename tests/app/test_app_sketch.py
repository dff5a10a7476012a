"""Sketch in a real browser: drawn by mouse, by touch and by keys; what the spaces make of it."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.slow
expect.set_options(timeout=60_000)  # a busy machine is not a defect

NOTES = """async (wanted) => {
  const notes = () => new Promise((answer) => {
    const asked = indexedDB.open("scorespace", 1);
    asked.onsuccess = () => {
      const got = asked.result.transaction("sessions").objectStore("sessions").get("main");
      got.onsuccess = () => {
        asked.result.close();
        const items = got.result?.session.items ?? [];
        answer(JSON.stringify(items.at(-1)?.score.tracks[0].notes ?? []));
      };
    };
  });
  let found = "";
  for (const end = Date.now() + 20000; Date.now() < end; await new Promise((go) => setTimeout(go, 50)))
    if ((found = await notes()) === wanted) return;
  throw new Error(`${found} instead of ${wanted}`);
}"""


def begin(page: Page) -> None:
    """An empty session with an empty sketch in C major."""
    expect(page.locator(".chip.ready")).to_be_visible()
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Command").fill("begin an empty session")
    page.keyboard.press("Enter")
    page.get_by_label("Tonic").select_option("C")
    expect(page.get_by_role("row")).to_have_count(15)


def cell(page: Page, row: str, step: int) -> Locator:
    return page.get_by_role("row", name=row).locator(f'[data-step="{step}"]')


def written(page: Page, notes: list[list[float]]) -> None:
    """Waits until these are the notes that the browser keeps."""
    page.evaluate(NOTES, json.dumps(notes, separators=(",", ":")))


def drag(page: Page, start: Locator, *through: Locator, alt: bool = False) -> None:
    page.keyboard.down("Alt") if alt else None
    first = start.bounding_box()
    page.mouse.move(first["x"] + 4, first["y"] + first["height"] / 2)
    page.mouse.down()
    for each in through:
        box = each.bounding_box()
        page.mouse.move(box["x"] + 4, box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()
    page.keyboard.up("Alt") if alt else None


def test_by_mouse(page):
    begin(page)
    cell(page, "E4", 0).click()
    written(page, [[0, 0.25, 64, 80]])
    drag(page, cell(page, "G4", 4), cell(page, "G4", 7))  # a longer note
    written(page, [[0, 0.25, 64, 80], [1, 1, 67, 80]])
    drag(page, cell(page, "C4", 8), cell(page, "D4", 9), cell(page, "E4", 10))  # a line
    written(page, [[0, 0.25, 64, 80], [1, 1, 67, 80], [2, 0.25, 60, 80], [2.25, 0.25, 62, 80], [2.5, 0.25, 64, 80]])
    drag(page, cell(page, "G4", 5), cell(page, "A4", 6))  # moves the note
    cell(page, "E4", 0).click()  # erases one
    written(page, [[1.25, 1, 69, 80], [2, 0.25, 60, 80], [2.25, 0.25, 62, 80], [2.5, 0.25, 64, 80]])
    page.get_by_role("button", name="Erase", exact=True).click()
    drag(page, cell(page, "C4", 8), cell(page, "D4", 9), cell(page, "E4", 10))
    written(page, [[1.25, 1, 69, 80]])
    page.get_by_role("button", name="Draw", exact=True).click()
    box = cell(page, "A4", 6).bounding_box()
    page.keyboard.down("Alt")
    page.mouse.move(box["x"] + 3, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] + 3, box["y"] - 12, steps=4)
    page.mouse.up()
    page.keyboard.up("Alt")
    written(page, [[1.25, 1, 69, 100]])
    page.keyboard.press("Control+z")
    written(page, [[1.25, 1, 69, 80]])
    page.get_by_role("button", name="Octave up").click()
    written(page, [[1.25, 1, 81, 80]])
    page.get_by_role("button", name="Clear").click()
    written(page, [])


def test_by_keys(page):
    begin(page)
    page.get_by_role("gridcell").and_(page.locator('[tabindex="0"]')).focus()
    page.keyboard.press("Home")
    for _ in range(14):
        page.keyboard.press("ArrowDown")
    expect(cell(page, "C4", 0)).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("+")
    written(page, [[0, 0.75, 60, 88]])
    expect(cell(page, "C4", 0)).to_have_attribute("aria-label", "C4, bar 1 beat 1, note of 3 steps, velocity 88")
    page.keyboard.press("PageDown")
    page.keyboard.press("ArrowUp")
    expect(cell(page, "D4", 16)).to_be_focused()
    page.keyboard.press("Space")
    written(page, [[0, 0.75, 60, 88], [4, 0.25, 62, 80]])
    page.keyboard.press("Delete")
    page.keyboard.press("Home")
    written(page, [[0, 0.75, 60, 88]])
    page.keyboard.press("v")
    expect(page.get_by_text("are ready to be heard")).to_be_visible()
    tiles = page.locator(".ideas-tiles .tile-play")
    expect(tiles).to_have_count(4)
    tiles.nth(1).focus()
    page.keyboard.press("Enter")  # keeps it
    shelf = page.get_by_role("complementary", name="Shelf")
    expect(shelf.get_by_text("Sketch 1, variation 2")).to_be_visible()
    expect(
        page.get_by_role("complementary", name="Inspector").get_by_text("A variation by melody-2bar")
    ).to_be_visible()
    page.keyboard.press("Control+z")
    expect(shelf.get_by_text("Sketch 1, variation 2")).to_have_count(0)


def test_drums_and_what_comes_of_them(page):
    begin(page)
    page.get_by_role("button", name="Drums").click()
    for step in range(0, 32, 4):
        cell(page, "kick", step).click()
    drag(page, cell(page, "closed hi-hat", 0), cell(page, "closed hi-hat", 8))
    expect(page.locator(".matrix .note-ink")).to_have_count(17)
    page.get_by_role("button", name="Vary", exact=True).click()
    expect(page.get_by_text("are ready to be heard")).to_be_visible()
    page.get_by_role("button", name="Denser").click()
    expect(page.get_by_text("A denser one is ready")).to_be_visible()
    expect(page.locator(".ideas-tiles .tile")).to_have_count(5)
    page.locator(".ideas-tiles").get_by_role("button", name="Draw on it").first.click()
    shelf = page.get_by_role("complementary", name="Shelf")
    expect(shelf.get_by_text("sketch of denser Beat 1")).to_be_visible()
    assert page.locator(".matrix .note-ink").count() > 17
    page.get_by_role("button", name="New", exact=True).click()
    expect(page.get_by_text("4 are ready to be heard")).to_be_visible()


def test_what_is_not_ones_own_is_drawn_on_as_a_copy(page):
    expect(page.locator(".chip.ready")).to_be_visible()
    shelf = page.get_by_role("complementary", name="Shelf")
    count = shelf.locator(".tile").count()
    page.get_by_role("gridcell").and_(page.locator('[aria-selected="false"]')).first.click()
    expect(shelf.locator(".tile")).to_have_count(count + 1)
    expect(shelf.locator(".tile").last).to_contain_text("sketch of")


def test_metres_lengths_and_scales_keep_what_is_drawn(page):
    begin(page)
    cell(page, "B4", 0).click()
    cell(page, "C5", 31).click()
    page.get_by_label("Metre").select_option("6/8")
    expect(page.get_by_role("gridcell").and_(page.locator('[data-row="0"]'))).to_have_count(24)
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("tabpanel").get_by_label("Scale").select_option("minor")
    expect(page.get_by_role("row", name="B4")).to_have_class("matrix-row outside")
    page.get_by_role("button", name="1 bar", exact=True).click()
    expect(page.get_by_text("1 note stood after that and went")).to_be_visible()
    written(page, [[0, 0.25, 71, 80]])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe(open_page, server, axe, scheme):
    page = open_page(server.address, color_scheme=scheme)
    begin(page)
    cell(page, "E4", 0).click()
    page.keyboard.press("v")
    expect(page.get_by_text("are ready to be heard")).to_be_visible()
    assert axe(page) == []


def test_by_touch(phone, axe):
    expect(phone.locator(".chip.ready")).to_be_visible()
    phone.get_by_role("button", name="New sketch").tap()
    phone.get_by_label("Tonic").select_option("C")
    cell(phone, "G4", 2).tap()
    written(phone, [[0.5, 0.25, 67, 80]])
    phone.get_by_role("button", name="bar 2", exact=True).tap()
    cell(phone, "E4", 16).tap()
    written(phone, [[0.5, 0.25, 67, 80], [4, 0.25, 64, 80]])
    assert axe(phone) == []
    box = cell(phone, "E4", 17).bounding_box()
    assert min(box["width"], box["height"]) >= 24
    assert phone.evaluate("document.documentElement.scrollWidth") == 360
