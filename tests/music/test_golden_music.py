"""Python's answers to what app/tests asks of the same file, so that the app and the library never tell bars apart."""

import json
from pathlib import Path

import pytest

from scorespace.music import drums, scales
from scorespace.music.draw import bar_lines, beat_lines, whole_bars
from scorespace.space.provenance import unpack

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "music.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", GOLDEN["bars"], ids=lambda case: case["what"])
def test_bars(case):
    score = unpack(case["score"])
    end = whole_bars(score)
    assert end == pytest.approx(case["wholeBars"], abs=1e-5)
    assert bar_lines(score, end) == pytest.approx(case["barLines"], abs=1e-5)
    assert beat_lines(score, end) == pytest.approx(case["beatLines"], abs=1e-5)


def test_drums():
    assert {name: list(pitches) for name, pitches in drums.CLASSES.items()} == GOLDEN["drums"]


def test_scales():
    assert {name: list(scales.MODES[name]) for name in GOLDEN["scales"]} == GOLDEN["scales"]
