"""Tunes for the tools that go between scores."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from scorespace.music.score import Score

SLOWEST = 90_000  # milliseconds: the first take of a space waits for its weights
TUNES = {
    "tune a": [(0, 1, 60), (1, 1, 62), (2, 1, 64), (3, 1, 65), (4, 2, 67), (6, 1, 65), (7, 1, 62)],
    "tune b": [
        (0, 0.5, 72),
        (0.5, 0.5, 71),
        (1, 0.5, 69),
        (1.5, 0.5, 67),
        (2, 1, 69),
        (3, 1, 71),
        (4, 2, 76),
        (6, 2, 72),
    ],
    "tune c": [(0, 2, 48), (2, 2, 55), (4, 2, 52), (6, 2, 48)],
    "tune d": [
        (0, 0.5, 64),
        (1, 0.5, 64),
        (2, 0.5, 67),
        (3, 0.5, 64),
        (4, 0.5, 62),
        (5, 0.5, 62),
        (6, 0.5, 65),
        (7, 0.5, 62),
    ],
}


def add(page: Page, folder: Path, tunes: dict[str, Score] | None = None) -> None:
    """Puts the tunes, or these scores, on the shelf as MIDI files."""
    scores = tunes or {name: Score.melody(notes) for name, notes in TUNES.items()}
    page.get_by_label("Files for the shelf").set_input_files(
        [score.write(folder / f"{name}.mid") for name, score in scores.items()]
    )
    for name in scores:
        expect(page.locator(".shelf .tile-name").get_by_text(name, exact=True)).to_be_visible(timeout=SLOWEST)


def show(page: Page, tool: str) -> None:
    """Shows a tool, once the server has told its spaces."""
    page.get_by_role("tab", name=tool).click()
    expect(page.get_by_role("combobox", name="Space")).to_be_enabled(timeout=SLOWEST)
    expect(page.get_by_role("combobox", name="Space")).not_to_have_value("", timeout=SLOWEST)
