"""Scores engraved on staves, as SVG that stands alone, with new bars marked: a tint behind them, their notes coloured.

Verovio engraves what `musicxml_write` writes, after some retouching that matters to the eye alone: beams, drums where
drummers read them, no rests for a second voice that is silent.
"""

from __future__ import annotations

import importlib
import re
import threading
import zlib
from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from scorespace.errors import InputError, MissingExtraError, ScorespaceError, UsageError
from scorespace.music import draw, synth
from scorespace.music.musicxml_write import MARK, UNITS, dump, marked_bars
from scorespace.music.score import Score

WIDTH = 900  # CSS pixels
MOST_BARS = 4_000  # of all parts together
_SCALE = 40  # per cent; a staff is 29 pixels high
_PAGE_HEIGHT = 60_000  # the most that Verovio takes, in its units; what is longer goes on below
_TINT = "0.13"
_SPACE = 180  # between two lines of a staff, in the units of the drawing
_BEAMED = ("eighth", "16th", "32nd", "64th", "128th")
_SVG = "{http://www.w3.org/2000/svg}"
_LINE = re.compile(r"M(\S+) (\S+) L(\S+) (\S+)")
_PLACE = re.compile(r"translate\((\S+), (\S+)\)")
_CROSS = "x"
_DRUMS: dict[int, tuple[str, str]] = {  # place on a staff with a G clef and the head; Weinberg, Percussive Notes 1994
    35: ("F4", ""), 36: ("F4", ""), 37: ("C5", _CROSS), 38: ("C5", ""), 40: ("C5", ""), 41: ("G4", ""), 43: ("A4", ""),
    45: ("B4", ""), 47: ("D5", ""), 48: ("D5", ""), 50: ("E5", ""), 42: ("G5", _CROSS), 44: ("D4", _CROSS),
    46: ("G5", "circle-x"), 49: ("A5", _CROSS), 57: ("A5", _CROSS), 51: ("F5", _CROSS), 59: ("F5", _CROSS),
}  # fmt: skip
_engraving = threading.Lock()  # Verovio's random numbers, which name its elements, belong to the process

ElementTree.register_namespace("", _SVG[1:-1])
ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")


def require() -> None:
    """Raises MissingExtraError when scores cannot be engraved here."""
    _verovio()


def svg(score: Score, marked: Sequence[tuple[float, float]] = (), width: int = WIDTH) -> str:
    """The score on staves, as SVG text that stands alone; equal scores give equal text.

    Args:
        score: what to engrave.
        marked: stretches (start, end) in quarter notes, such as bars that were written anew: the bars that they touch
            lie on a tint (`<rect class="marked">`, one a stretch and a line), notes and rests that begin there are
            coloured, and "new" stands above.
        width: in CSS pixels, from 300 on; the picture is as high as it needs to be, and it scales.

    Raises:
        MissingExtraError: when Verovio is not installed.
        UsageError: for a stretch that does not end after it begins, or a picture too narrow.
        InputError: when the score is too long.
    """
    verovio = _verovio()
    if width < 300:
        raise UsageError(f"Notes on staves need a width of 300 pixels or more, not {width}.")
    tints = marked_bars(score, marked)
    parts = max(len(score.tracks), 1)
    if len(tints) * parts > MOST_BARS:
        raise InputError(
            f"{len(tints):,} bars of {parts} parts are too long to engrave: name bars, as in tune.mid:1-64."
        )
    root = ElementTree.fromstring(dump(score, marked))
    _retouch(root)
    pages = _engrave(verovio, ElementTree.tostring(root), width)
    systems = [system for page in pages for system in _groups(page, "system")]
    _tint(systems, tints)
    _colour_joined([measure for system in systems for measure in _groups(system, "measure")], root)
    return _stack(pages, _described(score, tints), width)


def write_svg(score: Score, path: str | Path, marked: Sequence[tuple[float, float]] = (), width: int = WIDTH) -> Path:
    """Engraves a score into an SVG file, see `svg`; it appears whole or not at all. Returns the path."""
    return synth.write_bytes(Path(path), svg(score, marked, width).encode())


def _verovio() -> Any:
    try:
        return importlib.import_module("verovio")
    except (ImportError, OSError):  # OSError: the package is there, its library is not
        raise MissingExtraError("verovio", "notation", "Engraving scores on staves") from None


def _described(score: Score, tints: Sequence[int | None]) -> str:
    new = [k for k, tint in enumerate(tints, 1) if tint is not None]
    bars = f"{len(tints)} bar{'' if len(tints) == 1 else 's'}"
    return f"{score.title or 'Score'}: {bars}" + (f", new: {', '.join(map(str, new))}" if new else "")


def _engrave(verovio: Any, xml: bytes, width: int) -> list[Element]:
    """One <svg> a page."""
    options = {
        "adjustPageHeight": True,
        "breaks": "auto",
        "footer": "none",
        "pageHeight": _PAGE_HEIGHT,
        "pageWidth": round(width * 100 / _SCALE),
        "scale": _SCALE,
        "smuflTextFont": "none",  # there are no signs of music in the text: see _retouch
        "svgFormatRaw": True,
        "xmlIdSeed": zlib.crc32(xml) & 0x7FFFFFFF or 1,  # of 31 bits; several pictures can stand in one page
    }
    with _engraving:
        verovio.enableLog(verovio.LOG_OFF)
        toolkit = verovio.toolkit()
        toolkit.setOptions(options)
        if not toolkit.loadData(xml.decode()):
            raise ScorespaceError(
                "Verovio could not engrave this score; the .musicxml file opens in notation programs."
            )
        return [ElementTree.fromstring(toolkit.renderToSVG(page)) for page in range(1, toolkit.getPageCount() + 1)]


def _retouch(root: Element) -> None:
    """Changes what is drawn and not what sounds: tempo in letters, beams, drums, rests of silent voices."""
    for direction in root.iter("direction-type"):
        metronome = direction.find("metronome")
        if metronome is not None:  # its note would need a font of music signs in the picture
            direction.remove(metronome)
            SubElement(direction, "words").text = f"♩ = {float(metronome.findtext('per-minute', '120')):.3g}"
    for part in root.iter("part"):
        drums = part.find("measure/attributes/clef[sign='percussion']") is not None
        beat = UNITS
        for measure in part.iter("measure"):
            time = measure.find("attributes/time")
            if time is not None:
                over, under = int(time.findtext("beats", "4")), int(time.findtext("beat-type", "4"))
                beat = 3 * 4 * UNITS // under if under >= 8 and over % 3 == 0 else UNITS
            _beam(measure, beat)
            for attributes in measure.findall("attributes") if drums else ():
                for key in attributes.findall("key"):
                    attributes.remove(key)
            for note in measure.iter("note"):
                _place_drum(note)
                if note.find("rest[@measure]") is not None and note.findtext("voice") != "1":
                    note.set("print-object", "no")


def _beam(measure: Element, beat: int) -> None:
    """Joins the short notes of each beat, voice by voice, unless a rest comes between them."""
    times: dict[str, int] = {}
    places: list[tuple[tuple[str, int] | None, Element]] = []
    for note in measure.iter("note"):
        voice = note.findtext("voice", "1")
        at = times.get(voice, 0)
        if note.find("chord") is not None:
            continue
        times[voice] = at + int(note.findtext("duration", "0"))
        short = note.find("rest") is None and note.findtext("type") in _BEAMED
        places.append(((voice, at // beat) if short else None, note))
    for place, group in groupby(places, key=lambda one: one[0]):
        notes = [note for _, note in group]
        if place is None or len(notes) < 2:
            continue
        for note, word in zip(notes, ["begin", *["continue"] * (len(notes) - 2), "end"], strict=True):
            SubElement(note, "beam", number="1").text = word


def _place_drum(note: Element) -> None:
    instrument = note.find("instrument")
    step, octave = note.find("unpitched/display-step"), note.find("unpitched/display-octave")
    if instrument is None or step is None or octave is None:
        return
    place, head = _DRUMS.get(int(instrument.get("id", "").rpartition("I")[2]), (f"{step.text}5", "diamond"))
    step.text, octave.text = place[0], place[1]
    if head:
        SubElement(note, "notehead").text = head


def _groups(element: Element, kind: str) -> Iterator[Element]:
    """Verovio's <g class="kind"> in an element, in the order of the drawing."""
    return (group for group in element.iter(f"{_SVG}g") if (group.get("class") or "").split()[:1] == [kind])


def _colour_joined(measures: Sequence[Element], root: Element) -> None:
    """Colours what Verovio leaves black: stems and flags of chords, beams, and rests of whole bars."""
    silent = {
        k
        for part in root.iter("part")
        for k, written in enumerate(part.iter("measure"))
        if any(note.find("rest[@measure]") is not None for note in written.findall("note[@color]"))
    }
    for k, measure in enumerate(measures):
        for kind in ("chord", "beam"):
            for group in _groups(measure, kind):
                if all(note.get("fill") == MARK for note in _groups(group, "note")):
                    group.attrib |= {"color": MARK, "fill": MARK}
        for rest in _groups(measure, "mRest") if k in silent else ():
            rest.attrib |= {"color": MARK, "fill": MARK}


def _tint(systems: Sequence[Element], tints: Sequence[int | None]) -> None:
    """Lays a rectangle behind each run of marked bars of a line."""
    number = 0
    for system in systems:
        measures = list(_groups(system, "measure"))
        mine = list(zip(measures, tints[number:], strict=False))
        number += len(measures)
        frames = []
        for stretch, run in groupby(mine, key=lambda one: one[1]):
            if stretch is not None:
                frames.append(_around([measure for measure, _ in run]))
        for left, top, right, bottom in reversed(frames):
            place = {"x": left, "y": top, "width": right - left, "height": bottom - top, "rx": _SPACE / 2}
            style = {"fill": MARK.lower(), "fill-opacity": _TINT, "style": "stroke:none"}
            words = {key: f"{value:g}" for key, value in place.items()}
            system.insert(0, Element(f"{_SVG}rect", {"class": "marked", **words, **style}))


def _around(measures: Sequence[Element]) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of bars: their staff lines and note heads, and some room above and below."""
    corners = [corner for measure in measures for corner in _corners(measure)]
    across = [x for x, _ in corners if x is not None]
    down = [y for _, y in corners]
    return min(across), min(down) - 2 * _SPACE, max(across), max(down) + 2 * _SPACE


def _corners(measure: Element) -> Iterator[tuple[float | None, float]]:
    for staff in _groups(measure, "staff"):
        for path in staff.findall(f"{_SVG}path"):
            if found := _LINE.fullmatch(path.get("d", "")):
                yield float(found[1]), float(found[2])
                yield float(found[3]), float(found[4])
    for head in _groups(measure, "notehead"):
        for sign in head.findall(f"{_SVG}use"):
            if found := _PLACE.match(sign.get("transform", "")):
                yield None, float(found[2])


def _stack(pages: Sequence[Element], title: str, width: int) -> str:
    """The pages below each other on one sheet, as groups: not every program scales an <svg> inside another."""
    body, height = [], 0.0
    for page in pages:
        sheet = page.find(f"{_SVG}svg")
        assert sheet is not None  # the drawing, in units of its own
        _, _, across, down = map(float, sheet.get("viewBox", "").split())
        scale = width / across
        group = Element(f"{_SVG}g", {"id": page.get("id", ""), "color": draw.INK, "fill": draw.INK})
        group.set("font-family", "Times, serif")
        group.set("transform", f"translate(0, {height:g}) scale({scale:g})")
        group.extend([*page.findall(f"{_SVG}defs"), *page.findall(f"{_SVG}style"), *sheet])
        body.append(ElementTree.tostring(group, encoding="unicode"))
        height += down * scale
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height:g}" width="{width}" height="{height:g}" '
        f'role="img" class="notation" style="max-width:100%"><title>{escape(title)}</title>'
        f'<rect width="100%" height="100%" fill="{draw.PAPER}"/>{"".join(body)}</svg>\n'
    )
