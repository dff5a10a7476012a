"""The frame in a real browser: shelf, files, undo, session, link, two tabs, a server that goes, keys alone, axe."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from scorespace.music import files
from scorespace.music.score import NOTE, Score, Track

pytestmark = pytest.mark.slow
expect.set_options(timeout=60_000)  # a busy machine is not a defect

DROP = """([name, bytes]) => {
  const carried = new DataTransfer();
  for (const [each, data] of Array.isArray(name) ? name.map((n, i) => [n, bytes[i]]) : [[name, bytes]])
    carried.items.add(new File([new Uint8Array(data)], each));
  for (const kind of ["dragenter", "dragover", "drop"])
    document.querySelector("main").dispatchEvent(
      new DragEvent(kind, { dataTransfer: carried, bubbles: true, cancelable: true }));
}"""


KEPT = """async (wanted) => {
  const all = () => new Promise((answer) => {
    const asked = indexedDB.open("scorespace", 1);
    asked.onsuccess = () => {
      const got = asked.result.transaction("sessions").objectStore("sessions").getAll();
      got.onsuccess = () => { asked.result.close(); answer(got.result); };
    };
  });
  const holds = (records) => CONDITION;
  for (const end = Date.now() + 60000; Date.now() < end; await new Promise((go) => setTimeout(go, 50)))
    if (holds(await all())) return;
  throw new Error(`The browser never kept ${wanted}.`);
}"""
NAMED = "records.some((each) => each.session.items.some((item) => item.name === wanted))"
COUNTED = "records.length === wanted"


def kept(page: Page, condition: str, wanted: object) -> None:
    """Waits until a condition holds for the sessions that the browser keeps."""
    page.evaluate(KEPT.replace("CONDITION", condition), wanted)


@pytest.fixture
def tune(tmp_path: Path) -> Path:
    import numpy as np

    notes = np.array([(k / 2, 0.5, 60 + k, 80) for k in range(8)], NOTE)
    path = tmp_path / "walk.mid"
    files.write(Score((Track(notes, "melody"),)), path)
    return path


def shelf(page: Page):
    return page.get_by_role("complementary", name="Shelf")


def names(page: Page) -> list[str]:
    return [text.strip() for text in shelf(page).locator(".tile-name").all_inner_texts()]


def ready(page: Page) -> None:
    expect(page.locator(".chip.ready")).to_be_visible()
    expect(shelf(page).locator(".tile").first).to_be_visible()


def command(page: Page, name: str) -> None:
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Command").fill(name)
    page.keyboard.press("Enter")


def choose(page: Page, *paths: Path) -> None:
    page.locator('input[aria-label="Files for the shelf"]').set_input_files([str(path) for path in paths])


def test_a_file_is_dropped(page, tune):
    ready(page)
    before = names(page)
    page.evaluate(DROP, ["walk.mid", list(tune.read_bytes())])
    expect(shelf(page).get_by_text("walk", exact=True)).to_be_visible()
    assert names(page) == [*before, "walk"]
    inspector = page.get_by_role("complementary", name="Inspector")
    expect(inspector.get_by_text("8 notes")).to_be_visible()
    expect(inspector.get_by_text("It came from a file.")).to_be_visible()
    expect(inspector.get_by_text("8 of 8 notes are used")).to_be_visible()


def test_a_bad_file_is_told_of_and_the_rest_goes_on(page, tune):
    ready(page)
    page.expected_errors = ["422"]
    page.evaluate(DROP, [["song.mp3", "walk.mid"], [[1, 2, 3, 4], list(tune.read_bytes())]])
    told = page.get_by_role("alert")
    expect(told).to_contain_text("song.mp3")
    expect(told).to_contain_text("walk added")
    assert names(page)[-1] == "walk"


def test_undo_redo_and_history(page, tune):
    ready(page)
    before = names(page)
    choose(page, tune)
    expect(shelf(page).get_by_text("walk", exact=True)).to_be_visible()
    page.keyboard.press("Delete")
    expect(shelf(page).get_by_text("walk", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Undo: delete walk").click()
    assert names(page) == [*before, "walk"]
    page.get_by_role("button", name="Undo: add walk").click()
    assert names(page) == before
    page.keyboard.press("Control+y")
    assert names(page) == [*before, "walk"]
    page.keyboard.press("Control+Shift+z")
    assert names(page) == before
    page.get_by_role("button", name="History").click()
    page.get_by_role("button", name="the beginning").click()
    assert names(page) == before
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Undo", exact=True)).to_be_disabled()


def test_an_item_is_renamed_starred_and_downloaded(page, tune, tmp_path):
    ready(page)
    choose(page, tune)
    page.get_by_role("button", name="More for walk").click()
    page.get_by_role("menuitem", name="Rename").click()
    page.get_by_role("textbox", name="New name for walk").fill("Stroll: one")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Star Stroll: one").click()
    shelf(page).get_by_role("button", name="Only those with a star").click()
    assert names(page) == ["Stroll: one"]
    page.get_by_role("button", name="More for Stroll: one").click()
    with page.expect_download() as got:
        page.get_by_role("menuitem", name="Download MIDI").click()
    assert got.value.suggested_filename == "Stroll- one.mid"
    got.value.save_as(tmp_path / "back.mid")
    assert files.read(tmp_path / "back.mid").note_count == 8


def test_a_session_is_saved_and_opened(page, tune, tmp_path):
    ready(page)
    before = names(page)
    choose(page, tune)
    expect(shelf(page).get_by_text("walk", exact=True)).to_be_visible()
    with page.expect_download() as got:
        page.keyboard.press("Control+s")
    got.value.save_as(tmp_path / "session.json")
    command(page, "begin an empty session")
    expect(shelf(page).locator(".tile")).to_have_count(0)
    page.keyboard.press("Control+o")
    page.locator(".file-choice input").set_input_files(str(tmp_path / "session.json"))
    expect(shelf(page).get_by_text("walk", exact=True)).to_be_visible()
    assert names(page) == [*before, "walk"]
    page.keyboard.press("Control+z")
    expect(shelf(page).locator(".tile")).to_have_count(0)


def test_a_bad_session_leaves_all_as_it_is(page, tmp_path):
    ready(page)
    before = names(page)
    (tmp_path / "bad.json").write_text(json.dumps({"format": 1, "items": [{"id": "a"}]}))
    page.keyboard.press("Control+o")
    page.locator(".file-choice input").set_input_files(str(tmp_path / "bad.json"))
    expect(page.get_by_role("alert")).to_contain_text("bad.json is no usable session: item 1: it has no name.")
    assert names(page) == before


def test_what_was_done_is_there_after_a_reload(page, tune):
    ready(page)
    choose(page, tune)
    expect(shelf(page).get_by_text("walk", exact=True)).to_be_visible()
    kept(page, NAMED, "walk")
    page.reload()
    expect(shelf(page).get_by_text("walk", exact=True)).to_be_visible()


def test_what_was_done_last_is_there_too(page, tune):
    ready(page)
    choose(page, tune)
    expect(shelf(page).get_by_text("walk", exact=True)).to_be_visible()
    page.reload()  # at once, before the browser was given time to keep it
    expect(shelf(page).get_by_text("walk", exact=True)).to_be_visible()


def test_a_second_tab_works_on_a_copy(page, server, tune):
    ready(page)
    choose(page, tune)
    kept(page, NAMED, "walk")
    other = page.context.new_page()
    other.goto(server.address)
    expect(other.get_by_text("This tab works on a copy")).to_be_visible()
    expect(shelf(other).get_by_text("walk", exact=True)).to_be_visible()
    shelf(other).get_by_role("button", name="Play walk").click()
    other.keyboard.press("Escape")
    command(other, "begin an empty session")
    expect(shelf(other).locator(".tile")).to_have_count(0)
    kept(other, COUNTED, 2)
    page.reload()
    expect(shelf(page).get_by_text("walk", exact=True)).to_be_visible()
    other.close()


def test_a_link_opens_the_selected_item(page, open_page, server, tune):
    ready(page)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    choose(page, tune)
    expect(shelf(page).get_by_text("walk", exact=True)).to_be_visible()
    command(page, "copy a link")
    expect(page.get_by_text("The link is copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert len(link) < 2000
    assert server.token not in link
    other = open_page(link.replace("#", f"#token={server.token}&"))
    expect(shelf(other).get_by_text("walk", exact=True)).to_be_visible()
    assert names(other)[-1] == "walk"
    assert "s=" not in other.url


def test_the_server_goes_and_comes_back(open_page, tune):
    from running import start_server

    first = start_server()
    port = re.search(r":(\d+)/", first.address)[1]
    page = open_page(first.address)
    page.expected_errors = ["ERR_CONNECTION", "Failed to load resource"]
    ready(page)
    first.end()
    choose(page, tune)
    expect(page.locator(".chip.gone")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("The server is gone")
    before = names(page)
    page.keyboard.press("Delete")
    assert len(names(page)) == len(before) - 1  # what needs no server goes on
    page.keyboard.press("Control+z")
    assert names(page) == before
    second = start_server("--port", port)
    expect(page.locator(".chip.refused")).to_be_visible()
    page.goto(second.address)
    page.reload()
    expect(page.locator(".chip.ready")).to_be_visible()
    assert names(page) == before
    choose(page, tune)
    expect(shelf(page).get_by_text("walk", exact=True)).to_be_visible()
    second.end()


def test_keys_alone(page):
    ready(page)
    first = names(page)[0]
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Go to the tool")).to_be_focused()
    page.keyboard.press("2")
    expect(page.get_by_role("tab").nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("1")
    page.get_by_role("tab").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab").nth(1)).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard map")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("tab").nth(1)).to_be_focused()
    page.keyboard.press("Alt+ArrowDown")
    page.keyboard.press("Alt+ArrowUp")
    page.keyboard.press("Delete")
    assert first not in names(page)
    page.keyboard.press("Control+z")
    assert names(page)[0] == first
    command(page, "notes as a table")
    notes = page.get_by_role("dialog", name=f"Notes of {first}")
    pitch = notes.get_by_label("pitch of note 1", exact=True)
    pitch.fill("64")
    page.keyboard.press("Tab")
    expect(page.get_by_role("dialog", name=f"Notes of edited {first}")).to_be_visible()
    page.keyboard.press("Escape")
    assert names(page)[-1] == f"edited {first}"


def test_notes_are_edited_on_the_roll(page, tune):
    ready(page)
    choose(page, tune)
    expect(shelf(page).get_by_text("walk", exact=True)).to_be_visible()
    command(page, "edit notes on a roll")
    roll = page.get_by_role("dialog").locator(".roll-notes")
    note = roll.get_by_role("button", name="E4, bar 1 beat 3, 0.5 beats", exact=True)
    box = note.bounding_box()
    page.mouse.move(box["x"] + 3, box["y"] + 4)
    page.mouse.down()
    page.mouse.move(box["x"] + 3 + 2 * box["width"], box["y"] + 4 - box["height"], steps=5)
    page.mouse.up()
    moved = roll.get_by_role("button", name="F4, bar 1 beat 4, 0.5 beats", exact=True)
    expect(moved).to_be_focused()
    for key in ("ArrowUp", "Shift+ArrowRight", "Shift+ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
    expect(roll.get_by_role("button", name="F♯4, bar 1 beat 3.75, 1 beat", exact=True)).to_be_focused()
    page.keyboard.press("Delete")
    expect(roll.get_by_role("button")).to_have_count(7)
    page.keyboard.press("Insert")
    expect(roll.get_by_role("button")).to_have_count(8)
    box = roll.bounding_box()
    page.mouse.click(box["x"] + 3, box["y"] + 4)
    expect(roll.get_by_role("button")).to_have_count(9)
    page.keyboard.press("Escape")
    assert names(page)[-2:] == ["walk", "edited walk"]
    inspector = page.get_by_role("complementary", name="Inspector")
    expect(inspector.get_by_text("9 notes")).to_be_visible()
    expect(inspector.get_by_text("By hand, here.")).to_be_visible()
    page.get_by_role("button", name="Undo: edit edited walk").click()
    expect(inspector.get_by_text("8 notes")).to_be_visible()


def test_single_keys_can_be_switched_off(page):
    ready(page)
    command(page, "settings")
    page.get_by_label("Single keys such as").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.keyboard.press("2")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("tab").first).to_have_attribute("aria-selected", "true")
    page.reload()
    ready(page)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_keys_do_nothing_while_someone_types(page):
    ready(page)
    first = names(page)[0]
    page.get_by_role("button", name=f"More for {first}").click()
    page.get_by_role("menuitem", name="Rename").click()
    page.keyboard.type("2 ? n")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("Enter")
    assert names(page)[0] == "2 ? n"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe(open_page: Callable[..., Page], server, axe, scheme):
    page = open_page(server.address, color_scheme=scheme)
    ready(page)
    expect(page.get_by_role("complementary", name="Inspector").get_by_text("notes are used")).to_be_visible()
    assert axe(page) == []
    for name in ("keyboard map", "settings", "open a session", "history", "notes on a roll", "notes as a table"):
        command(page, name)
        expect(page.get_by_role("dialog")).to_be_visible()
        assert axe(page) == [], name
        page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    assert axe(page) == []


def test_a_phone(phone, axe):
    expect(phone.locator(".chip.ready")).to_be_visible()
    assert axe(phone) == []
    assert phone.evaluate("document.documentElement.scrollWidth") == 360
    phone.get_by_role("button", name="Shelf").tap()
    sheet = phone.get_by_role("dialog", name="Shelf")
    expect(sheet.locator(".tile").first).to_be_visible()
    assert axe(phone) == []
    sheet.get_by_role("button", name="Close").tap()
    phone.get_by_role("button", name="Inspector").tap()
    expect(phone.get_by_role("dialog", name="Inspector").get_by_text("How it was made")).to_be_visible()
    assert axe(phone) == []
