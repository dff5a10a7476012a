"""Map: a corpus is laid out, heard, chosen and walked, by mouse and by keyboard alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from scorespace.music.score import Score

pytestmark = pytest.mark.slow


def tunes(folder: Path, count: int = 6) -> list[Path]:
    """Tunes of two bars that the test writes."""
    rng = np.random.default_rng(6)
    return [
        Score.melody(
            [(0.5 * k, 0.5, int(pitch)) for k, pitch in enumerate(rng.choice([60, 62, 64, 65, 67, 69], 16))]
        ).write(folder / f"tune-{number}.mid")
        for number in range(count)
    ]


def lay_out(page: Page, folder: Path, *more: Path) -> None:
    """Opens Map and lays the files out."""
    page.get_by_role("tab", name="Map").click()
    expect(page.get_by_role("button", name="Lay out")).to_be_enabled()
    page.get_by_role("combobox", name="Lay out").select_option("files")
    page.get_by_label("Files to lay out").set_input_files([*tunes(folder), *more])
    page.get_by_role("application").wait_for()


def items(page: Page) -> int:
    return page.locator(".shelf .tile").count()


def test_files_are_laid_out_and_what_cannot_be_read_is_told(page, tmp_path, axe):
    page.expected_errors = ["422"]
    broken = tmp_path / "broken.mid"
    broken.write_bytes(b"nonsense")
    lay_out(page, tmp_path, broken)
    page.get_by_text("1 of 7 files could not be read").wait_for()
    page.get_by_text("Trust 0.").or_(page.get_by_text("Trust 1.")).wait_for()
    assert axe(page) == []


def test_by_mouse_a_lasso_goes_to_the_shelf(page, tmp_path):
    lay_out(page, tmp_path)
    before = items(page)
    page.get_by_role("button", name="Lasso").click()
    box = page.get_by_role("application").bounding_box()
    inside = 14  # the corners are round
    left, top = box["x"] + inside, box["y"] + inside
    right, bottom = box["x"] + box["width"] - inside, box["y"] + box["height"] - inside
    page.mouse.move(left, top)
    page.mouse.down()
    for x, y in ((right, top), (right, bottom), (left, bottom)):
        page.mouse.move(x, y, steps=3)
    page.mouse.up()
    page.get_by_role("button", name="Put 6 chosen on the shelf").click()
    page.locator(".shelf .tile").nth(before + 5).wait_for()


def test_by_keyboard_two_phrases_are_chosen_and_joined_by_a_line(page, tmp_path):
    page.get_by_role("tab", name="Sketch").focus()
    while page.get_by_role("tab", name="Map").get_attribute("aria-selected") != "true":
        page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="Lay out")).to_be_enabled()
    page.get_by_role("combobox", name="Lay out").select_option("files")
    page.get_by_label("Files to lay out").set_input_files(tunes(tmp_path))
    canvas = page.get_by_role("application")
    canvas.wait_for()
    canvas.focus()
    told = page.locator("#scatter-told")
    page.keyboard.press("ArrowRight")
    first = told.inner_text()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Put 1 chosen on the shelf").wait_for()
    for key in ("ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"):
        page.keyboard.press(key)
        if told.inner_text().split(",")[0] != first.split(",")[0]:
            break
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    line = page.get_by_role("button", name="Between the two chosen")
    line.focus()
    page.keyboard.press("Enter")
    page.locator(".map-line .tile").nth(6).wait_for()
    before = items(page)
    page.get_by_role("button", name="Put the line on the shelf").focus()
    page.keyboard.press("Enter")
    page.locator(".shelf .tile").nth(before + 6).wait_for()


def test_the_list_chooses_too_and_undo_takes_it_back(page, tmp_path):
    lay_out(page, tmp_path)
    page.get_by_text("The phrases in view as a list").click()
    page.get_by_role("checkbox", name="tune-2.mid, bars 1-2").check()
    page.get_by_role("button", name="Put 1 chosen on the shelf").wait_for()
    page.keyboard.press("Control+z")
    page.get_by_role("button", name="Put the chosen on the shelf").wait_for()


def test_another_projection_warns_of_its_distances(page, tmp_path):
    pytest.importorskip("sklearn")
    lay_out(page, tmp_path)
    page.get_by_label("Projection").select_option("tsne")
    page.get_by_text("distances between far groups mean little").wait_for()
    page.get_by_text("no way back into the space").wait_for()


def test_a_map_is_there_after_a_reload(page, tmp_path):
    lay_out(page, tmp_path)
    page.get_by_role("button", name="Choose those in view").click()
    page.get_by_role("button", name="Put 6 chosen on the shelf").wait_for()
    page.evaluate("() => dispatchEvent(new Event('pagehide'))")
    page.reload()
    page.get_by_role("button", name="Put 6 chosen on the shelf").wait_for()


def test_it_fits_a_phone(phone, tmp_path, axe):
    lay_out(phone, tmp_path)
    assert phone.evaluate("() => document.documentElement.scrollWidth") <= 360
    assert axe(phone) == []
