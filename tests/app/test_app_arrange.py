"""Arrange: clips on lanes, sections, gaps filled, the song as a file; by mouse and by keyboard alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from scorespace.music import files
from scorespace.music.score import Score, Track

pytestmark = pytest.mark.slow

UP = (60, 62, 64, 65, 67, 69, 71, 72)


@pytest.fixture
def music(tmp_path) -> list[Path]:
    """Two tunes and a beat of two bars, and a waltz."""
    tunes = {"up": UP, "down": UP[::-1]}
    paths = [
        Score.melody([(k, 1, pitch) for k, pitch in enumerate(row)]).write(tmp_path / f"{name}.mid")
        for name, row in tunes.items()
    ]
    beat = Score.melody([(k, 0.25, 36 + 2 * (k % 2)) for k in range(8)])
    drums = beat.with_tracks([Track(beat.tracks[0].notes, "drums", is_drum=True)])
    waltz = Score.melody([(k, 1, 60 + k) for k in range(6)], metre=(3, 4))
    return [*paths, drums.write(tmp_path / "beat.mid"), waltz.write(tmp_path / "waltz.mid")]


def open_arrange(page: Page, music: list[Path]) -> None:
    before = page.locator(".shelf .tile").count()
    page.get_by_label("Files for the shelf").set_input_files(music)
    page.locator(".shelf .tile").nth(before + len(music) - 1).wait_for()
    page.get_by_role("tab", name="Arrange").click()
    page.locator(".lanes").wait_for()


def place(page: Page, item: str, lane: str, bar: int) -> None:
    """The way without dragging."""
    form = page.locator(".arrange form")
    form.get_by_role("combobox", name="Item").select_option(label=item)
    form.get_by_role("combobox", name="Lane").select_option(label=lane)
    form.get_by_role("spinbutton", name="Bar", exact=True).fill(str(bar))
    form.get_by_role("button", name="Place", exact=True).click()


def clip(page: Page, name: str):
    return page.locator(".clip", has_text=name)


def test_by_mouse_an_item_is_dragged_onto_a_lane_moved_and_the_song_exported(page, music, tmp_path, axe):
    open_arrange(page, music)
    tile = page.locator(".shelf .tile", has=page.get_by_text("up", exact=True))
    lane = page.locator('.lane[data-lane="lead"]')
    box = lane.bounding_box()
    tile.drag_to(lane, target_position={"x": box["width"] * 0.16, "y": 20})
    clip(page, "up").wait_for()
    assert clip(page, "up").get_attribute("aria-label") == "up: lead, bars 2 to 3"
    place(page, "beat", "drums", 1)
    bar = box["width"] / 8
    at = clip(page, "up").bounding_box()
    page.mouse.move(at["x"] + 10, at["y"] + 30)
    page.mouse.down()
    page.mouse.move(at["x"] + 10 - bar, at["y"] + 32, steps=5)
    page.mouse.up()
    page.locator('.clip[aria-label="up: lead, bars 1 to 2"]').wait_for()
    assert axe(page) == []
    with page.expect_download() as download:
        page.get_by_role("button", name="Write song.mid").click()
    song = files.read(download.value.path())
    assert [(track.name, track.is_drum, len(track.notes)) for track in song.tracks] == [
        ("lead", False, 8),
        ("drums", True, 8),
    ]
    assert download.value.suggested_filename == "song.mid"


def test_by_keyboard_clips_move_repeat_and_go(page, music):
    open_arrange(page, music)
    place(page, "up", "lead", 1)
    first = clip(page, "up")
    first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("+")
    page.keyboard.press("ArrowDown")
    page.locator('.clip[aria-label="up: bass, bars 2 to 5, 2 times"]').wait_for()
    clip(page, "up").focus()
    page.keyboard.press("d")
    page.locator('.clip[aria-label="up: bass, bars 6 to 9, 2 times"]').wait_for()
    page.locator(".clip").last.focus()
    page.keyboard.press("Delete")
    page.get_by_text("is taken out; undo brings it back").wait_for()
    assert page.locator(".clip").count() == 1
    page.keyboard.press("Control+z")
    page.locator(".clip").nth(1).wait_for()


def test_sections_are_added_repeated_and_exported_as_one_song(page, music):
    open_arrange(page, music)
    place(page, "up", "lead", 1)
    page.locator(".arrange-section").get_by_role("spinbutton").first.fill("2")
    page.locator(".arrange-section").get_by_role("spinbutton").first.press("Enter")
    page.get_by_role("button", name="Add a section").click()
    page.get_by_role("menuitem", name="New, empty section").click()
    page.get_by_text("Section B").wait_for()
    place(page, "down", "lead", 1)
    page.get_by_role("button", name="Add a section").click()
    page.get_by_role("menuitem", name="Play A again").click()
    page.get_by_text("12 bars in all").wait_for()
    page.locator(".arrange-section").get_by_role("spinbutton").last.fill("2")
    page.locator(".arrange-section").get_by_role("spinbutton").last.press("Enter")
    page.get_by_text("14 bars in all").wait_for()
    page.get_by_role("combobox", name="As", exact=True).select_option("MusicXML")
    with page.expect_download() as download:
        page.get_by_role("button", name="Write song.musicxml").click()
    song = files.read(download.value.path())
    assert song.tracks[0].notes["pitch"].tolist() == [*UP, *UP[::-1], *UP, *UP]
    page.get_by_role("button", name="Put it on the shelf").click()
    page.get_by_text("song is on the shelf").wait_for()


def test_an_empty_space_is_joined_and_can_be_a_line(page, music):
    open_arrange(page, music)
    place(page, "up", "lead", 1)
    place(page, "down", "lead", 5)
    page.get_by_role("button", name="Gap on lead, bars 3 to 4: fill it").click()
    page.get_by_role("button", name="Transition").click()
    page.get_by_role("button", name="Put in").first.wait_for()
    page.get_by_role("button", name="Join these").click()
    page.locator(".offers .tile").nth(3).wait_for()
    page.get_by_role("button", name="Put in").first.click()
    page.get_by_text("Bars 3 to 4 are filled").wait_for()
    assert page.locator(".clip").count() == 3
    assert page.locator(".gap").count() == 0


def test_what_does_not_fit_is_said(page, music):
    open_arrange(page, music)
    place(page, "up", "lead", 1)
    place(page, "waltz", "lead", 3)
    page.get_by_text("waltz is in 3/4, the song in 4/4: its bars do not fit.").wait_for()


def test_the_song_is_heard_and_not_silent_as_a_file(page, music):
    open_arrange(page, music)
    place(page, "up", "lead", 1)
    page.get_by_role("button", name="Play the song").click()
    page.locator(".lanes-head").wait_for(state="attached")
    page.locator(".arrange").get_by_role("button", name="Stop").click()
    page.get_by_role("combobox", name="As", exact=True).select_option("WAV")
    with page.expect_download() as download:
        page.get_by_role("button", name="Write song.wav").click()
    data = download.value.path().read_bytes()
    assert data[:4] == b"RIFF"
    assert max(data[44:]) > 0


def test_it_fits_a_phone(phone, axe):
    phone.get_by_role("tab", name="Arrange").click()
    phone.locator(".lanes").wait_for()
    place(phone, "Soldier's Joy", "lead", 1)
    phone.locator(".clip").wait_for()
    assert phone.evaluate("() => document.documentElement.scrollWidth") <= 360
    assert axe(phone) == []
