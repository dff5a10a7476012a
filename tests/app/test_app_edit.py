"""Edit in a real browser: sliders and the flower of genres, by mouse and by keys alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from genre_space import band
from hands import Asked, add_file, command, drag, saved_session, tab_to
from playwright.sync_api import Locator, Page, expect

from scorespace.music import files

pytestmark = pytest.mark.slow
expect.set_options(timeout=60_000)  # a busy machine is not a defect

LINE = "X:1\nT:Line\nM:4/4\nL:1/8\nQ:1/4=120\nK:C\nC2 E2 G2 E2|D2 F2 G4|]\n"


@pytest.fixture
def line(tmp_path: Path) -> Path:
    path = tmp_path / "line.abc"
    path.write_text(LINE, encoding="utf-8")
    return path


@pytest.fixture
def song(tmp_path: Path) -> Path:
    path = tmp_path / "song.mid"
    files.write(band(2), path)
    return path


def opened(page: Page, path: Path, space: str) -> None:
    """The tool with a song in it, when the space has measured it."""
    expect(page.locator(".chip.ready")).to_be_visible()
    add_file(page, path)
    command(page, "Show Edit")
    expect(page.locator(".edit .picker select")).to_be_enabled()
    page.locator(".edit .picker select").select_option(space)
    expect(page.locator(".edit-figures").first).not_to_contain_text("…")


def attribute(page: Page, name: str) -> Locator:
    return page.locator(".edit-attribute").filter(has=page.get_by_role("slider", name=re.compile(f"^{name}")))


def done(page: Page) -> None:
    expect(page.locator(".edit .busy")).to_have_count(0)
    expect(page.get_by_text("notes are new")).to_be_visible()


def items(session: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [item for item in session["items"] if item["name"].startswith(name)]


def test_an_attribute_is_moved_by_mouse(page, line, axe):
    opened(page, line, "melody-2bar")
    density = attribute(page, "density")
    expect(density).to_contain_text("now 3.5")
    slider = density.get_by_role("slider")
    box = slider.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] / 2)
    page.mouse.down()
    for share in (0.35, 0.4, 0.45, 0.5):
        page.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] / 2)
    page.mouse.up()
    done(page)
    expect(density).to_contain_text(re.compile(r"asked \d.*got \d"))
    expect(page.locator(".edit-result .roll .fresh")).to_have_count(1)
    page.get_by_role("button", name="Play the result").click()
    original = page.get_by_role("button", name="Hold for the original")
    original.hover()
    page.mouse.down()
    expect(page.locator(".edit-result .playhead")).to_be_hidden()
    page.mouse.up()
    expect(page.locator(".edit-result .playhead")).to_be_visible()
    page.get_by_role("button", name="Keep on the shelf").click()
    expect(page.get_by_role("button", name="On the shelf")).to_be_visible()
    assert axe(page) == []

    rests = attribute(page, "rests")
    rests.get_by_label("rests, number").fill("0.3")
    rests.get_by_label("rests, number").press("Tab")
    expect(rests).to_contain_text("got")
    page.get_by_role("button", name="Keep on the shelf").click()
    slider.dblclick()
    expect(density).not_to_contain_text("asked")
    session = saved_session(page)
    first, second = items(session, "line, density")
    assert set(first["take"]["asked"]) == {"density"}
    assert set(second["take"]["asked"]) == {"density", "rests"}
    assert len(items(session, "line")[0]["score"]["tracks"][0]["notes"]) == 7


def test_an_attribute_is_moved_by_keys_alone(page, line):
    opened(page, line, "melody-2bar")
    asked = Asked(page, "edit")
    density = attribute(page, "density")
    tab_to(page, density.get_by_role("slider"))
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    expect(density).to_contain_text("asked 5.5")
    done(page)
    assert asked.count < 4  # while the keys go down, nothing is asked
    page.keyboard.press("k")
    shelf = page.get_by_role("complementary", name="Shelf")
    expect(shelf.get_by_text("line, density 5.5", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    expect(density).not_to_contain_text("asked")
    count = asked.count
    page.keyboard.press("Control+z")
    expect(density).to_contain_text("asked 5.5")
    expect(page.get_by_text("notes are new")).to_be_visible()
    page.keyboard.press("Control+z")
    expect(shelf.get_by_text("line, density 5.5", exact=True)).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(density).not_to_contain_text("asked")
    assert asked.count == count  # undo runs nothing again


def test_what_a_space_cannot_move_says_why(page, line):
    opened(page, line, "melody-2bar")
    stuck = attribute(page, "repetition")
    expect(stuck.get_by_role("slider")).to_be_disabled()
    expect(stuck).to_contain_text("cannot be moved here: walking half the prior's radius")


def test_a_song_goes_to_another_genre(page, song, axe):
    opened(page, song, "musae-2bar")
    page.get_by_role("button", name="Genre").click()
    expect(page.locator(".flower-now")).to_be_visible()
    puck = page.get_by_role("slider", name="Genre")
    expect(puck).to_have_attribute("aria-valuetext", re.compile("as the song is now"))
    drag(page, page.locator(".flower-dot"), page.locator(".flower-petal").filter(has_text="jazz").locator("text").first)
    expect(puck).to_have_attribute("aria-valuetext", "jazz")
    expect(page.locator(".edit-style")).to_contain_text("like it before")
    expect(page.locator(".edit-style")).to_contain_text("contour kept")
    tab_to(page, puck)
    page.keyboard.press("ArrowLeft")
    expect(puck).not_to_have_attribute("aria-valuetext", "jazz")
    page.keyboard.press("ArrowRight")
    expect(puck).to_have_attribute("aria-valuetext", "jazz")
    expect(page.locator(".edit .busy")).to_have_count(0)
    page.get_by_role("button", name="Keep on the shelf").click()
    page.get_by_role("button", name="Sample jazz").click()
    expect(page.locator(".edit-samples .tile")).to_have_count(4)
    expect(page.get_by_role("button", name="Undo: sample jazz")).to_be_visible()
    assert axe(page) == []
    (kept,) = items(saved_session(page), "song, as jazz")
    assert kept["take"]["style"]["to"] == "jazz"
    assert 0 <= kept["take"]["style"]["likeness_before"] <= 1


def test_melodies_have_no_flower(page, line):
    opened(page, line, "melody-2bar")
    expect(page.get_by_role("button", name="Genre")).to_have_count(0)


def test_it_fits_a_phone(phone, line, axe):
    opened(phone, line, "melody-2bar")
    attribute(phone, "density").get_by_label("density, number").fill("6")
    attribute(phone, "density").get_by_label("density, number").press("Tab")
    done(phone)
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert axe(phone) == []
