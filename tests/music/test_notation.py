"""Engraving: every bar is there, what is marked is coloured and nothing else, equal scores give equal pictures."""

from __future__ import annotations

import sys
from dataclasses import replace
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from scorespace.errors import InputError, MissingExtraError, UsageError
from scorespace.music import notation, transform
from scorespace.music.draw import COLOURS
from scorespace.music.musicxml_write import MARK
from scorespace.music.score import Key, Metre, Score, Track, notes

MELODY = Score.melody([(k, 1, 60 + k % 8) for k in range(16)])
DRUMS = Track(notes([(k / 2, 0.25, pitch) for k in range(16) for pitch in (42, 56, 36)]), "drums", is_drum=True)
BASS = Track(notes([(2 * k, 2, 40) for k in range(8)] + [(2 * k, 1, 47) for k in range(4)]), "bass", 32)
BAND = Score((*MELODY.tracks, BASS, DRUMS), keys=(Key(0, 2),), title="Loud & <clear>")


def parsed(score: Score, marked=(), **options) -> Element:
    """The picture as a tree."""
    return ElementTree.fromstring(notation.svg(score, marked, **options))


def found(root: Element, kind: str) -> list[Element]:
    """The groups of a kind."""
    return [one for one in root.iter() if one.get("class") == kind]


def coloured(root: Element) -> list[Element]:
    """The groups in the colour of what is new: notes, rests, and what joins notes."""
    return [one for one in root.iter() if one.get("fill") == MARK and one.tag.endswith("}g")]


def test_the_colour_is_one_of_those_of_the_piano_rolls() -> None:
    assert MARK.lower() in COLOURS


@pytest.mark.parametrize(
    ("score", "bars", "heads"),
    [
        (MELODY, 4, 16),
        (BAND, 4, 16 + 12 + 48),
        (Score.melody([(3, 1, 67), (4, 2, 72), (6, 2, 71)]), 2, 3),  # a pick-up
        (Score.melody([(k / 2, 0.5, 60 + k % 5) for k in range(18)], metre=(6, 8)), 3, 18),
        (Score.melody([(k / 3, 1 / 3, 60 + k % 5) for k in range(24)]), 2, 24),
        (Score(), 1, 0),
        (Score((Track(), DRUMS)), 2, 48),
    ],
    ids=["melody", "band", "pick-up", "6/8", "triplets", "empty", "a silent part"],
)
def test_all_bars_and_notes_are_there_and_nothing_is_marked(score: Score, bars: int, heads: int) -> None:
    root = parsed(score)
    assert len(found(root, "measure")) == bars == score.bar_count()
    assert len(found(root, "note")) == heads
    assert not coloured(root)
    assert not found(root, "marked")
    assert "new" not in "".join(root.itertext())


def test_what_is_marked_is_coloured_and_nothing_else() -> None:
    root = parsed(MELODY, [(4, 12)])
    (tint,) = found(root, "marked")
    assert [found(bar, "note") == coloured(bar) for bar in found(root, "measure")] == [False, True, True, False]
    assert len(found(root, "note")) == 16
    assert sum(one.get("fill") == MARK for one in found(root, "note")) == 8
    assert [one.text for one in root.iter() if one.text == "new"] == ["new"]
    lines = [float(staff[0].get("d").split()[0][1:]) for staff in found(root, "staff")]
    assert float(tint.get("x")) == lines[1]
    assert float(tint.get("x")) + float(tint.get("width")) == lines[3]
    assert "new: 2, 3" in root[0].text


@pytest.mark.parametrize(
    ("marked", "tinted", "heads"),
    [
        ([(0, 4), (8, 12)], 2, 8),
        ([(8, 12), (4, 8)], 1, 8),  # they touch
        ([(6, 7)], 1, 1),  # within a bar: the bar is tinted, one note is coloured
        ([(40, 44)], 0, 0),  # after the end
    ],
)
def test_stretches(marked: list[tuple[float, float]], tinted: int, heads: int) -> None:
    root = parsed(MELODY, marked)
    assert len(found(root, "marked")) == tinted
    assert len(coloured(root)) == heads
    assert "".join(root.itertext()).count("new") == (tinted and tinted + 1)  # the first one in the title


def test_all_parts_are_coloured_with_their_stems_and_beams_and_silent_bars() -> None:
    short = Track(notes([(k / 2, 0.5, 72) for k in range(8)]))
    root = parsed(BAND.with_tracks([*BAND.tracks, short]), [(0, 8)])
    first, second, third, _ = found(root, "measure")
    assert all(one in coloured(first) for kind in ("note", "chord", "beam") for one in found(first, kind))
    assert len(found(first, "beam")) == 4
    assert all(one in coloured(second) for one in found(second, "mRest"))
    assert found(second, "mRest")
    assert found(third, "mRest")
    assert not coloured(third)


def test_drums_stand_where_drummers_read_them_and_have_no_key() -> None:
    root = parsed(BAND)
    staves = found(found(root, "measure")[0], "staff")
    lines = sorted(float(path.get("d").split()[1]) for path in staves[2] if path.get("d"))
    heads = [
        float(use.get("transform").split("(")[1].split(",")[1].split(")")[0])
        for head in found(staves[2], "notehead")
        for use in head
    ]
    assert min(heads) >= lines[0] - 270
    assert max(heads) <= lines[-1] + 90
    assert [len([one for one in found(staff, "keySig") if len(one)]) for staff in staves] == [1, 1, 0]


def test_equal_scores_give_equal_pictures_and_others_other_names(capfd) -> None:
    assert notation.svg(BAND, [(4, 8)]) == notation.svg(replace(BAND), [(4, 8)])
    for pitch in range(60, 68):  # a seed of more than 31 bits would not be taken, which half of them would have
        score = Score.melody([(0, 1, pitch)])
        assert notation.svg(score) == notation.svg(score)
    names = [{one.get("id") for one in parsed(score).iter()} - {None} for score in (BAND, MELODY)]
    assert not names[0] & names[1]
    assert capfd.readouterr() == ("", "")


def test_a_long_score_goes_on_below(monkeypatch) -> None:
    low, long = parsed(MELODY, width=300), Score.melody([(k, 1, 60 + k % 8) for k in range(96)])
    whole = parsed(long, [(40, 60)], width=300)
    monkeypatch.setattr(notation, "_PAGE_HEIGHT", 1_000)
    cut = parsed(long, [(40, 60)], width=300)
    sheets = [one for one in cut if one.get("transform")]
    assert len(sheets) > 1
    assert len([one for one in whole if one.get("transform")]) == 1
    assert len(found(cut, "measure")) == len(found(whole, "measure")) == 24
    assert len(coloured(cut)) == len(coloured(whole)) == 20
    assert float(cut.get("height")) > float(low.get("height"))
    assert cut.get("width") == "300"


def test_metres_that_change() -> None:
    score = replace(MELODY, metres=(Metre(0, 4, 4), Metre(8, 3, 4)))
    assert len(found(parsed(score, [transform.bar_range(score, 3, 4)]), "measure")) == score.bar_count() == 5
    assert transform.bar_range(score, 3, 4) == (8, 14)
    assert transform.bar_range(score, 5, 5) == (14, 17)


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [(3, 2, "Bars 3-2 run backwards: write 2-3"), (0, 1, "it has bars 1-4"), (4, 5, "Bars 4-5 are not in this score")],
)
def test_bars_that_are_not_there(first: int, last: int, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        transform.bar_range(MELODY, first, last)


@pytest.mark.parametrize("stretch", [(4, 4), (4, 2), (-1, 2), (0, float("inf")), (float("nan"), 1)])
def test_stretches_that_are_none(stretch: tuple[float, float]) -> None:
    with pytest.raises(UsageError, match="ends after it begins"):
        notation.svg(MELODY, [stretch])


def test_what_is_too_long_or_too_narrow_is_refused() -> None:
    with pytest.raises(InputError, match="too long to engrave"):
        notation.svg(Score.melody([(0, 1, 60), (40_000, 1, 60)]))
    with pytest.raises(UsageError, match="300 pixels"):
        notation.svg(MELODY, width=100)


def test_a_file_appears_whole(tmp_path) -> None:
    path = notation.write_svg(MELODY, tmp_path / "a.svg", [(4, 8)])
    assert path.read_text(encoding="utf-8") == notation.svg(MELODY, [(4, 8)])
    assert [one.name for one in tmp_path.iterdir()] == ["a.svg"]
    with pytest.raises(InputError, match="cannot be written"):
        notation.write_svg(MELODY, tmp_path / "none" / "a.svg")


def test_the_missing_extra_is_named(tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "verovio", None)
    for call in (notation.require, lambda: notation.write_svg(MELODY, tmp_path / "a.svg")):
        with pytest.raises(MissingExtraError, match=r"needs verovio: .*pip install 'scorespace\[notation\]'"):
            call()
    assert not list(tmp_path.iterdir())
