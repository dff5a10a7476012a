"""Inpaint in a real browser: bars are chosen, alternatives heard and kept, by mouse and by keys alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hands import Asked, add_file, command, drag, saved_session, tab_to
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.slow
expect.set_options(timeout=60_000)  # a busy machine is not a defect

TUNE = """X:1
T:Walk
M:4/4
L:1/8
Q:1/4=120
K:D
DFAd fdAF|GBdg bgdB|A2ce aecA|d4 D4|DFAd fdAF|GBdg bgdB|A2ce aecA|d8|
fdAd fdAd|gdBd gdBd|ecAc ecAc|d4 A4|fdAd fdAd|gdBd gdBd|ecAc efge|d8|]
"""
GAP = 16.0, 32.0  # bars 5-8, in quarter notes


@pytest.fixture
def tune(tmp_path: Path) -> Path:
    path = tmp_path / "walk.abc"
    path.write_text(TUNE, encoding="utf-8")
    return path


def opened(page: Page, path: Path) -> None:
    """The tool with a song in it, when the server's spaces are known."""
    expect(page.locator(".chip.ready")).to_be_visible()
    add_file(page, path)
    command(page, "Show Inpaint")
    expect(page.locator(".inpaint select").first).to_be_enabled()
    expect(page.get_by_role("option", name="bar 16", exact=True)).to_be_visible()


def bar(page: Page, number: int) -> Any:
    return page.locator(".inpaint").get_by_role("option", name=f"bar {number}", exact=True)


def alternatives(page: Page) -> Any:
    return page.locator(".inpaint [data-take]")


def write(page: Page, what: str) -> None:
    page.get_by_role("button", name=what).click()
    all_there(page)


def all_there(page: Page, count: int = 4) -> None:
    expect(alternatives(page)).to_have_count(count)
    expect(page.locator(".inpaint .busy")).to_have_count(0)
    expect(page.get_by_role("button", name="Undo: write bars 5-8 anew")).to_be_visible()


def items(session: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [item for item in session["items"] if item["name"] == name]


def outside(item: dict[str, Any]) -> list[Any]:
    """The notes that do not begin in the gap."""
    return [[note for note in track["notes"] if not GAP[0] <= note[0] < GAP[1]] for track in item["score"]["tracks"]]


def test_bars_are_written_anew_by_mouse(page, tune, axe):
    opened(page, tune)
    drag(page, bar(page, 5), bar(page, 8))
    expect(page.locator(".inpaint-chosen")).to_have_text("bars 5-8")
    page.locator('.inpaint [data-note="0:33"]').click()  # D at bar 5, beat 1, as the tune begins anew
    expect(page.locator('.inpaint [data-note="0:33"]')).to_have_attribute("aria-pressed", "true")
    write(page, "Write bars 5-8 anew")
    expect(page.locator(".inpaint .roll .marked")).to_have_count(1)
    expect(page.locator(".inpaint .roll .ghost")).to_have_count(1)
    ranks = page.locator(".inpaint .tile-name:has(strong)").all_inner_texts()
    nats = [float(text.rsplit(", ", 1)[1]) for text in ranks]
    assert nats == sorted(nats, reverse=True)

    alternatives(page).nth(1).click()
    expect(alternatives(page).nth(1)).to_have_attribute("aria-current", "true")
    expect(page.locator(".inpaint .roll .playhead")).to_be_visible()
    original = page.get_by_role("button", name="Hold for the original")
    original.hover()
    page.mouse.down()
    expect(original).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".inpaint-takes .tile.sounds").get_by_role("button", name="The song as it was")).to_be_visible()
    page.mouse.up()
    expect(page.locator(".inpaint-takes .tile.sounds [data-take]")).to_have_count(1)

    page.get_by_role("button", name="Keep alternative 2").click()
    expect(page.get_by_role("button", name="Kept: alternative 2")).to_be_visible()
    assert axe(page) == []
    session = saved_session(page)
    (song,), (kept,) = items(session, "walk"), items(session, "walk, bars 5-8 anew")
    assert outside(kept) == outside(song)
    assert kept["score"]["tracks"] != song["score"]["tracks"]
    assert kept["take"]["marked"] == [[16.5, 32.0]] or kept["take"]["marked"] == [list(GAP)]
    assert song["score"]["tracks"][0]["notes"][33] in kept["score"]["tracks"][0]["notes"]
    assert kept["take"]["provenance"]["arguments"]["bars"] == [[5, 8]]


def test_bars_are_written_anew_by_keys_alone(page, tune):
    opened(page, tune)
    asked = Asked(page, "inpaint")
    tab_to(page, page.locator(".inpaint .roll-ruler [tabindex='0']"))
    for key in ("ArrowRight",) * 4 + (" ", "]", "]"):
        page.keyboard.press(key)
    expect(page.locator(".inpaint-chosen")).to_have_text("bars 5-8")
    page.keyboard.press("f")
    all_there(page)
    expect(alternatives(page).nth(0)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(alternatives(page).nth(1)).to_be_focused()
    expect(page.locator(".inpaint-takes .tile.sounds [data-take]")).to_have_count(1)
    page.keyboard.down("a")
    expect(page.get_by_role("button", name="Hold for the original")).to_have_attribute("aria-pressed", "true")
    page.keyboard.up("a")
    page.keyboard.press("Enter")
    shelf = page.get_by_role("complementary", name="Shelf")
    expect(shelf.get_by_text("walk, bars 5-8 anew", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".inpaint .roll .marked")).to_have_count(0)
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    expect(shelf.get_by_text("walk, bars 5-8 anew", exact=True)).to_have_count(0)
    page.keyboard.press("Control+Shift+z")
    expect(shelf.get_by_text("walk, bars 5-8 anew", exact=True)).to_be_visible()
    assert asked.count == 1  # undo and redo run nothing again
    session = saved_session(page)
    (song,), (kept,) = items(session, "walk"), items(session, "walk, bars 5-8 anew")
    assert outside(kept) == outside(song)


def test_a_song_goes_on(page, tune):
    opened(page, tune)
    page.get_by_role("button", name="Go on at the end").click()
    page.get_by_label("new bars").fill("2")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Write 2 bars more at the end").click()
    expect(page.get_by_role("button", name="Undo: write 2 bars more at the end")).to_be_visible()
    page.get_by_role("button", name="Keep alternative 1").click()
    session = saved_session(page)
    (song,), (kept,) = items(session, "walk"), items(session, "walk, 2 bars more at the end")
    assert kept["quarters"] == song["quarters"] + 8
    (before,), (after,) = ([track["notes"] for track in item["score"]["tracks"]] for item in (song, kept))
    assert [note for note in after if note[0] < song["quarters"]] == before


def test_escape_gives_up_and_restores(page, tune):
    opened(page, tune)
    page.get_by_text("Options", exact=False).first.click()
    page.get_by_label("Alternatives").select_option("8")
    bar(page, 1).click()
    page.keyboard.press("Shift+End")
    page.get_by_role("button", name="Write bars 1-16 anew").click()
    expect(page.locator(".inpaint .busy")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".inpaint .busy")).to_have_count(0)
    expect(alternatives(page)).to_have_count(0)
    assert "written" not in saved_session(page)["tools"]["inpaint"]


def test_what_cannot_be_written_is_said(page, tmp_path):
    path = tmp_path / "five.abc"
    path.write_text("X:1\nT:Five\nM:5/4\nL:1/8\nK:D\nDFAd fdAF dF|GBdg bgdB gB|A2ce aecA d2|\n", encoding="utf-8")
    page.expected_errors = ["422"]
    expect(page.locator(".chip.ready")).to_be_visible()
    add_file(page, path)
    command(page, "Show Inpaint")
    expect(page.locator(".inpaint select").first).to_be_enabled()
    page.keyboard.press("f")
    expect(page.locator(".inpaint").get_by_role("alert")).to_contain_text("No bar is chosen.")
    bar(page, 2).click()
    page.get_by_role("button", name="Write bar 2 anew").click()
    expect(page.locator(".inpaint").get_by_role("alert")).to_contain_text(
        re.compile("5/4; this space writes 4/4.*nearest")
    )


def test_it_fits_a_phone(phone, tune, axe):
    opened(phone, tune)
    bar(phone, 2).tap()
    phone.get_by_role("button", name="Write bar 2 anew").tap()
    expect(alternatives(phone).nth(3)).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert axe(phone) == []
