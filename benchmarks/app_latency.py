"""How fast the app answers, measured in a real Chromium against its budgets.

    python benchmarks/app_latency.py [-o benchmarks/results/app_latency.json]

Prints for each budget the median, the 95th percentile and the number of measurements, and the load of the machine
before and after: on a busy one all of it is slower. Measured inside the page, from the hand to what it waits for:

- first sound: from the click on a tile of a fresh page to the moment its first note leaves the audio clock, that is
  the mark that the sound sets, plus its lead and the context's base latency;
- drag: from the pointer's movement to the loop of the new place having come (the measure that the palette sets);
- palette: from the change of a corner to 25 cells being drawn;
- inpaint: from the click on Write to the first alternative being shown, 4 bars of 16;
- blocked: the longest tasks on the interface's thread during all of this (PerformanceObserver, longtask: over 50 ms).
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "app"))
import tunes  # noqa: E402
from running import FLAGS, Running, browser_path, start_server  # noqa: E402

BUDGETS = {"first sound": 150, "drag": 120, "palette": 500, "inpaint": 500, "blocked": 50}  # milliseconds
WATCH = """() => {
  window.blocked = []; window.places = [];
  new PerformanceObserver(list => { for (const e of list.getEntries()) window.blocked.push(e.duration); })
    .observe({ entryTypes: ['longtask'] });
  const places = list => list.getEntriesByName('scorespace-place').forEach(e => window.places.push(e.duration));
  new PerformanceObserver(places).observe({ entryTypes: ['measure'] });
}"""
# sets window.took when `ready` holds, looking at each frame from now on
UNTIL = """ready => {
  const holds = new Function('return ' + ready), begun = performance.now();
  window.took = 0;
  const look = () => holds() ? window.took = performance.now() - begun : requestAnimationFrame(look);
  requestAnimationFrame(look);
}"""


def opened(browser: Browser, server: Running) -> Page:
    """A fresh page whose server is ready."""
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.set_default_timeout(120_000)
    page.goto(server.address)
    page.evaluate(WATCH)
    expect(page.locator(".chip.ready").first).to_be_visible(timeout=120_000)
    return page


def first_sound(browser: Browser, server: Running, times: int) -> list[float]:
    """Milliseconds, each of a page of its own."""
    found = []
    for _ in range(times):
        page = opened(browser, server)
        page.evaluate("() => addEventListener('click', () => { window.clicked ??= performance.now(); }, true)")
        page.locator(".shelf .tile button").first.click()
        page.wait_for_function("() => performance.getEntriesByName('scorespace-sound').length > 0")
        found.append(
            page.evaluate(
                "() => { const m = performance.getEntriesByName('scorespace-sound')[0];"
                " return m.startTime - window.clicked + 1000 * (m.detail.lead + m.detail.latency); }"
            )
        )
        page.context.close()
    return found


def until(page: Page, ready: str, act: str, argument: Any = None) -> float:
    """Milliseconds from an act to a condition, both JavaScript."""
    page.evaluate(f"([ready, given]) => {{ ({UNTIL})(ready); ({act})(given); }}", [ready, argument])
    page.wait_for_function("() => window.took > 0")
    return float(page.evaluate("() => window.took"))


def palette(page: Page, folder: Path, times: int) -> tuple[list[float], list[float]]:
    """Milliseconds to a whole square, and to the loop under the puck while it is dragged."""
    tunes.add(page, folder)
    tunes.show(page, "Palette")
    for corner, name in zip(("Top left", "Top right", "Bottom left", "Bottom right"), tunes.TUNES, strict=True):
        page.get_by_role("combobox", name=corner, exact=True).select_option(label=name)
    expect(page.locator(".pad-cell .mini-roll")).to_have_count(25, timeout=120_000)
    whole = []
    choice = page.get_by_role("combobox", name="Bottom right", exact=True)
    labels = choice.locator("option").evaluate_all("all => all.map(one => [one.label, one.value])")
    values = [value for label, value in labels if label in tunes.TUNES]
    for turn in range(times):
        act = """([name, value]) => { const all = [...document.querySelectorAll('select')];
            const called = s => s.getAttribute('aria-label') ?? s.labels?.[0]?.textContent ?? '';
            const one = all.find(s => called(s).trim() === name);
            one.value = value; one.dispatchEvent(new Event('change', { bubbles: true })); }"""
        ready = (
            "document.querySelectorAll('.pad-cell .mini-roll').length === 25"
            " && document.querySelector('.pad-grid').getAttribute('aria-busy') !== 'true'"
        )
        page.wait_for_function(f"() => {ready}")
        whole.append(until(page, ready, act, ["Bottom right", values[turn % len(values)]]))
    box = page.locator(".pad").bounding_box()
    assert box
    x, y, width = box["x"], box["y"], box["width"]
    page.evaluate("() => { window.places.length = 0; }")
    page.mouse.move(x + width / 2, y + width / 2)
    page.mouse.down()
    for k in range(160):
        turn = 2 * math.pi * k / 160
        page.mouse.move(x + width * (0.5 + 0.35 * math.cos(3 * turn)), y + width * (0.5 + 0.35 * math.sin(2 * turn)))
        page.wait_for_timeout(40)
    page.mouse.up()
    page.keyboard.press("Escape")
    return whole, page.evaluate("() => window.places")


def inpaint(page: Page, times: int) -> list[float]:
    """Milliseconds to the first alternative for bars 5-8 of the starter's tune of 16 bars or more."""
    page.locator(".shelf .tile", has_text="Soldier's Joy").first.click()
    tunes.show(page, "Inpaint")
    bar = page.locator(".inpaint").get_by_role("option", name="bar 5", exact=True)
    bar.scroll_into_view_if_needed()
    bar.click()
    page.keyboard.press("]")
    page.keyboard.press("]")
    found = []
    for _ in range(times + 3):
        act = "() => document.querySelector('.inpaint-write').click()"
        ready = "window.fresh && document.querySelector('.inpaint [data-take]') !== null"
        # the takes of before vanish at once when new ones are asked for
        page.evaluate(
            """() => { const none = () => document.querySelector('.inpaint [data-take]') === null;
            window.fresh = none(); if (window.fresh) return;
            new MutationObserver((_, self) => { if (none()) { window.fresh = true; self.disconnect(); } })
              .observe(document.body, { childList: true, subtree: true }); }"""
        )
        found.append(until(page, ready, act))
        page.wait_for_selector(".inpaint .busy", state="detached")
        page.locator(".inpaint [data-take]").nth(1).wait_for()
    return found[3:]


def row(values: list[float], budget: int) -> dict[str, Any]:
    """Median, 95th percentile, number and whether the budget is kept."""
    if not values:
        return {"median": 0.0, "p95": 0.0, "n": 0, "budget": budget, "kept": True}
    p95 = float(np.percentile(values, 95))
    median = round(float(np.median(values)), 1)
    return {"median": median, "p95": round(p95, 1), "n": len(values), "budget": budget, "kept": p95 <= budget}


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, help="also write the figures as JSON")
    parser.add_argument("-n", "--times", type=int, default=20)
    arguments = parser.parse_args()
    load = [os.getloadavg()[0]]
    server = start_server()
    try:
        with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
            browser = playwright.chromium.launch(executable_path=browser_path(), args=list(FLAGS))
            found: dict[str, list[float]] = {"first sound": first_sound(browser, server, arguments.times)}
            page = opened(browser, server)
            found["palette"], found["drag"] = palette(page, Path(folder), arguments.times)
            found["inpaint"] = inpaint(page, arguments.times)
            found["blocked"] = page.evaluate("() => window.blocked")
            browser.close()
    finally:
        server.end()
    load.append(os.getloadavg()[0])
    rows = {name: row(values, BUDGETS[name]) for name, values in found.items()}
    print(f"load {load[0]:.1f} before, {load[1]:.1f} after; milliseconds")
    for name, said in rows.items():
        kept = "kept" if said["kept"] else "NOT kept"
        figures = f"median {said['median']:7.1f}  p95 {said['p95']:7.1f}  n {said['n']:4}  budget {said['budget']}"
        print(f"{name:12} {figures}  {kept}")
    if arguments.output:
        text = json.dumps({"load": load, "figures": rows}, indent=2)
        arguments.output.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
