"""The README's pictures of the app: a screenshot and a short animation.

    SCORESPACE_PICTURES=docs python -m pytest tests/app/test_app_pictures.py

writes them there as app.png and app.webp; without it they are made and thrown away.
"""

from __future__ import annotations

import io
import math
import os
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import tunes
from PIL import Image
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.slow
FRAMES = 24
CORNERS = ("Top left", "Top right", "Bottom left", "Bottom right")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(os.environ.get("SCORESPACE_PICTURES", tmp_path))


def taken(page: Page) -> Image.Image:
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def blended(page: Page, tmp_path: Path) -> None:
    """The palette between four tunes, all of it in view."""
    tunes.add(page, tmp_path)
    tunes.show(page, "Palette")
    for corner, name in zip(CORNERS, tunes.TUNES, strict=True):
        page.get_by_role("combobox", name=corner, exact=True).select_option(label=name)
    expect(page.locator(".pad-cell .mini-roll")).to_have_count(25, timeout=tunes.SLOWEST)
    page.locator(".pad").evaluate("pad => pad.scrollIntoView({ block: 'center' })")
    toast = page.get_by_role("button", name="Close this message")
    if toast.count():
        toast.first.click()


def test_the_screenshot_shows_the_palette(open_page, server, tmp_path, folder):
    page = open_page(server.address, width=1280, height=860)
    blended(page, tmp_path)
    picture = taken(page)
    picture.save(folder / "app.png", optimize=True)
    assert len(np.unique(np.asarray(picture).reshape(-1, 3), axis=0)) > 50


def test_the_animation_shows_a_drag(open_page, server, tmp_path, folder):
    page = open_page(server.address, width=1100, height=760)
    blended(page, tmp_path)
    box = page.locator(".pad").bounding_box()
    x, y, width = box["x"], box["y"], box["width"]
    frames = []
    page.mouse.move(x + 0.85 * width, y + width / 2)
    page.mouse.down()
    for k in range(FRAMES):
        turn = 2 * math.pi * k / FRAMES
        page.mouse.move(x + width * (0.5 + 0.35 * math.cos(turn)), y + width * (0.5 + 0.35 * math.sin(2 * turn)))
        frames.append(taken(page).resize((825, 570), Image.Resampling.LANCZOS))
    page.mouse.up()
    frames[0].save(
        folder / "app.webp", save_all=True, append_images=frames[1:], duration=120, loop=0, quality=70, method=4
    )
    changes = [np.any(np.asarray(a) != np.asarray(b)) for a, b in pairwise(frames)]
    assert all(changes)
