"""Train: the recipe tiny from twenty scores of the shelf; its curves, samples and space; by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page
from running import Running, start_server

from scorespace.music.score import Score

pytestmark = pytest.mark.slow

SCORES = 20


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with a folder of runs of its own."""
    running = start_server("--runs", str(tmp_path_factory.mktemp("runs")))
    yield running
    running.end()


@pytest.fixture
def tunes(tmp_path) -> list[Path]:
    """Twenty tunes of eight bars that the test writes."""
    found = []
    for number in range(SCORES):
        pitches = np.random.default_rng(number).choice([55, 57, 60, 62, 64, 67, 69, 72], 32)
        found.append(
            Score.melody([(k, 1, int(pitch)) for k, pitch in enumerate(pitches)]).write(tmp_path / f"{number}.mid")
        )
    return found


def fill_shelf(page: Page, tunes: list[Path]) -> None:
    before = page.locator(".shelf .tile").count()
    page.get_by_label("Files for the shelf").set_input_files(tunes)
    page.locator(".shelf .tile").nth(before + len(tunes) - 1).wait_for()


def set_steps(page: Page, steps: int, every: int) -> None:
    page.get_by_text("Settings", exact=True).click()
    page.get_by_label("Steps", exact=True).fill(str(steps))
    page.get_by_label("Steps between evaluations").fill(str(every))


def test_tiny_from_twenty_scores_to_a_space(open_page, bench, tunes, axe):
    page = open_page(bench.address)
    fill_shelf(page, tunes)
    page.get_by_role("tab", name="Train").click()
    set_steps(page, 30, 15)
    assert axe(page) == []
    page.get_by_role("button", name="Start training").click()
    page.locator(".chart").nth(4).wait_for()
    page.locator(".train").get_by_text("is finished: step 30 of 30").wait_for()
    page.locator(".train-samples h3").nth(1).wait_for()
    assert page.locator(".train-samples h3").all_inner_texts() == ["step 30", "step 15"]
    page.get_by_text("The figures as a table").click()
    page.get_by_role("columnheader", name="Reconstruction").wait_for()
    assert axe(page) == []
    page.locator(".train-samples .tile-play").first.click()
    page.get_by_role("button", name="Use this space").click()
    page.get_by_text("The space tiny-1 is there for every tool").wait_for()
    page.get_by_role("tab", name="Interpolate").click()
    page.locator("select option", has_text="tiny-1").first.wait_for(state="attached")


def test_by_keyboard_a_run_is_stopped_and_goes_on(open_page, bench, tunes):
    page = open_page(bench.address)
    fill_shelf(page, tunes)
    page.get_by_role("tab", name="Train").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Settings", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_label("Steps", exact=True).focus()
    page.keyboard.type("100000")
    start = page.get_by_role("button", name="Start training")
    start.focus()
    page.keyboard.press("Enter")
    stop = page.get_by_role("button", name="Stop", exact=True)
    stop.wait_for()
    page.locator(".chart").first.wait_for()
    stop.focus()
    page.keyboard.press("Enter")
    again = page.get_by_role("button", name="Go on")
    again.wait_for()
    page.locator(".train").get_by_text("was stopped").first.wait_for()
    again.focus()
    page.keyboard.press("Enter")
    stop.wait_for()
    stop.click()
    again.wait_for()


def test_too_few_scores_are_told_of(open_page, bench):
    page = open_page(bench.address, width=360, height=740, has_touch=True, is_mobile=True)
    page.get_by_role("tab", name="Train").click()
    page.get_by_role("combobox", name="Recipe").select_option("melody-32bar")
    page.get_by_role("button", name="Start training").click()
    page.get_by_role("alert").get_by_text("training phrase").wait_for()
    page.get_by_role("button", name="Try again").wait_for()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 360
