"""Piano rolls: comparable panels, the same bytes for the same input, and text that any page can carry."""

from __future__ import annotations

import base64
import io
import re
import wave
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.image import imread

from scorespace.errors import UsageError
from scorespace.music import draw
from scorespace.music.score import Metre, Score, Tempo, Track, notes

SCALE = Score.melody([(i * 0.5, 0.5, 60 + i, 40 + 10 * i) for i in range(8)])
LOW = Score.melody([(0, 6, 40)])
SVG = "{http://www.w3.org/2000/svg}"


def pixels(path) -> np.ndarray:
    return np.asarray(imread(path))[..., :3]


def test_pitch_names_count_octaves_from_middle_c_as_4() -> None:
    assert [draw.pitch_name(pitch) for pitch in (60, 61, 59, 69, 0, 127)] == ["C4", "C♯4", "B3", "A4", "C-1", "G9"]


def test_a_frame_holds_every_note_in_whole_bars() -> None:
    frame = draw.Frame.around([SCALE, LOW])
    assert (frame.low, frame.high, frame.end) == (39, 68, 8.0)


@pytest.mark.parametrize("pitch", [0, 60, 127])
def test_a_frame_is_never_flatter_than_an_octave_and_stays_among_midi_pitches(pitch: int) -> None:
    frame = draw.Frame.around([Score.melody([(0, 1, pitch)])])
    assert frame.low <= pitch <= frame.high
    assert 0 <= frame.low < frame.high <= 127
    assert len(frame.pitches) >= 9


def test_a_score_without_notes_has_one_empty_bar() -> None:
    assert draw.Frame.around([Score()]) == draw.Frame(60, 77, 4.0)


def test_bars_and_beats_follow_the_metre() -> None:
    score = Score((Track(notes([(0, 7, 60)])),), metres=(Metre(0, 3, 4), Metre(3, 6, 8)))
    assert draw.bar_lines(score, 9) == [0, 3, 6]
    assert draw.beat_lines(score, 9) == [1, 2, *np.arange(3.5, 6, 0.5), *np.arange(6.5, 9, 0.5)]


def test_png_has_the_notes_in_their_colour_and_the_same_bytes_each_time(tmp_path) -> None:
    first = draw.png(SCALE, tmp_path / "a.png").read_bytes()
    assert draw.png(SCALE, tmp_path / "b.png").read_bytes() == first
    blue = np.array([int(draw.COLOURS[0][i : i + 2], 16) for i in (1, 3, 5)]) / 255
    near = np.abs(pixels(tmp_path / "a.png") - blue).max(2) < 0.04
    assert near.sum() > 200  # the loudest note is opaque
    assert b"matplotlib" not in first.lower()


def test_png_draws_higher_notes_higher(tmp_path) -> None:
    def height(rows: list[tuple[float, float, int, int]], name: str) -> float:
        picture = pixels(draw.png(Score.melody([(0, 4, 48, 1), (0, 4, 84, 1), *rows]), tmp_path / name))
        strong = np.abs(picture - np.array([0x2F, 0x86, 0xD6]) / 255).max(2) < 0.03
        return float(np.flatnonzero(strong.any(1)).mean())

    assert height([(0, 4, 60, 127)], "low.png") > height([(0, 4, 72, 127)], "high.png") + 20


def test_png_of_many_scores_is_a_grid(tmp_path) -> None:
    row = pixels(draw.png([SCALE] * 5, tmp_path / "row.png", columns=5, titles=list("abcde")))
    square = pixels(draw.png([SCALE] * 25, tmp_path / "square.png", columns=5, heading="Palette"))
    uneven = pixels(draw.png([SCALE, LOW, Score()], tmp_path / "uneven.png", columns=2))
    assert square.shape[0] > 3.5 * row.shape[0]
    assert abs(square.shape[1] - row.shape[1]) < 5
    assert uneven[-60:, -200:].min() > 0.99  # the place after the last score stays empty


def test_tracks_have_their_own_colours(tmp_path) -> None:
    score = Score(tuple(Track(notes([(0, 4, 50 + 6 * i, 127)])) for i in range(3)))
    picture = pixels(draw.png(score, tmp_path / "a.png", colours=["#112233"]))
    for wanted in ("#112233", draw.COLOURS[1], draw.COLOURS[2]):
        value = np.array([int(wanted[i : i + 2], 16) for i in (1, 3, 5)]) / 255
        assert (np.abs(picture - value).max(2) < 0.03).sum() > 100


def test_png_of_nothing_or_with_too_few_titles_is_refused(tmp_path) -> None:
    with pytest.raises(UsageError, match="at least one score"):
        draw.png([], tmp_path / "a.png")
    with pytest.raises(UsageError, match="2 scores, 1 titles"):
        draw.png([SCALE, LOW], tmp_path / "a.png", titles=["one"])
    assert not list(tmp_path.iterdir())


def test_drawing_leaves_pyplot_alone(tmp_path) -> None:
    import sys

    before = "matplotlib.pyplot" in sys.modules
    draw.png(SCALE, tmp_path / "a.png")
    assert ("matplotlib.pyplot" in sys.modules) == before


def test_blend_goes_from_one_colour_to_the_other() -> None:
    assert draw.blend("#2f86d6", "#d55e00", 0) == "#2f86d6"
    assert draw.blend("#2f86d6", "#d55e00", 1) == "#d55e00"
    assert draw.blend("#000000", "#ffffff", 0.5) == "#636363"
    middle = draw.blend("#2f86d6", "#d55e00", 0.5)
    levels = [int(middle[i : i + 2], 16) for i in (1, 3, 5)]
    assert max(levels) - min(levels) > 50  # not grey


def test_svg_is_well_formed_and_places_the_notes() -> None:
    score = Score.melody([(0, 1, 60), (2, 2, 64)])
    root = ElementTree.fromstring(draw.svg(score, 400, 100, draw.Frame(60, 64, 4.0), labels=False))
    first, second = (r for r in root.iter(f"{SVG}rect") if r.get("class") == "note track0")
    assert float(first.get("x", "")) == 0
    assert float(second.get("x", "")) == 200
    assert float(second.get("width", "")) == pytest.approx(199)
    assert float(second.get("y", "")) == pytest.approx(1.6)
    assert float(first.get("y", "")) == pytest.approx(81.6)
    title = root.find(f"{SVG}title")
    assert title is not None
    assert title.text == "Piano roll: 2 notes in 1 bar"


def test_svg_stands_alone_and_escapes_titles() -> None:
    text = draw.svg(Score(SCALE.tracks, title='<script>"&'))
    assert ElementTree.fromstring(text).find(f"{SVG}title").text.startswith('<script>"&: 8 notes')
    assert re.findall(r"https?://[^\"' ]+", text) == ["http://www.w3.org/2000/svg"]
    assert "currentColor" in text


def test_html_carries_the_sound_of_the_first_minute() -> None:
    long = Score((Track(notes([(0, 1, 60), (20, 1, 62), (60, 1, 64)])),), (Tempo(0, 30),))
    text = draw.html(long)
    sound = base64.b64decode(re.search(r"data:audio/wav;base64,([^\"]+)", text).group(1))
    with wave.open(io.BytesIO(sound)) as file:
        assert 42 < file.getnframes() / file.getframerate() < 45
    assert "first 60 seconds" in text
    assert "first 60 seconds" not in draw.html(SCALE)


def test_a_score_shows_itself_in_a_notebook() -> None:
    assert SCALE._repr_html_() == draw.html(SCALE)
