"""The demonstration's page: one HTML file with its pictures, its sound and its script inside; it asks no network."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib import resources
from string import Template

from scorespace.music import draw, synth
from scorespace.music.score import Score
from scorespace.space import Take


@dataclass(frozen=True)
class Item:
    """One thing that the page shows and plays.

    Attributes:
        key: its name within the page.
        title: as it is shown.
        source: what is written as MIDI, the take with its provenance or a tune.
        score, quarters: notes and length in quarter notes.
        tint: "#rrggbb".
        midi, wav: files, relative to the page.
    """

    key: str
    title: str
    source: Take | Score
    score: Score
    quarters: float
    tint: str
    midi: str
    wav: str


@dataclass(frozen=True)
class Sections:
    """All items of the page. `names`: the two tunes'. The palette stands row by row; `corners` names tl, tr, bl, br."""

    names: tuple[str, str]
    tunes: Sequence[Item]
    interpolation: Sequence[Item]
    variations: Sequence[Item]
    samples: Sequence[Item]
    palette: Sequence[Item]
    corners: Sequence[str]

    def all_items(self) -> list[Item]:
        """Every item, in the order of the page."""
        return [*self.tunes, *self.interpolation, *self.palette, *self.variations, *self.samples]


@dataclass(frozen=True)
class Origin:
    """Where the music comes from: name of the space, SHA-256 of its weights, seed, version of Scorespace."""

    space: str
    weights: str
    seed: int
    version: str


def build(sections: Sections, origin: Origin) -> str:
    """The page as HTML text. Every item's files stand where its `midi` and `wav` say, relative to the page."""
    around = draw.Frame.around
    phrases = around([item.score for item in [*sections.interpolation, *sections.palette]])
    frames = {
        "tunes": around([item.score for item in sections.tunes]),
        "variations": around([item.score for item in sections.variations]),
        "samples": around([item.score for item in sections.samples]),
    }
    first, second = map(escape, sections.names)
    return Template(_asset("page.html")).substitute(
        style=_asset("page.css"),
        script=synth.for_browsers() + _asset("player.js"),
        first=first,
        second=second,
        steps=len(sections.interpolation),
        samples_count=len(sections.samples),
        variations_count=len(sections.variations) - 1,
        rows=math.isqrt(len(sections.palette)),
        tunes="".join(_tile(item, frames["tunes"], 560, 130) for item in sections.tunes),
        interpolation="".join(_tile(item, phrases, 240, 150) for item in sections.interpolation),
        variations="".join(_tile(item, frames["variations"], 240, 130) for item in sections.variations),
        samples="".join(_tile(item, frames["samples"], 240, 130) for item in sections.samples),
        palette=_pad(sections.palette, phrases),
        corner_names="".join(f"<li><span>{escape(name)}</span></li>" for name in sections.corners),
        **dict(zip(("tl", "tr", "bl", "br"), map(escape, sections.corners), strict=True)),
        data=_data(sections),
        space=escape(origin.space),
        seed=origin.seed,
        version=escape(origin.version),
        weights=escape(origin.weights),
        weights_short=escape(origin.weights[:12]),
    )


def _tile(item: Item, frame: draw.Frame, width: int, height: int) -> str:
    name = escape(item.title)
    return (
        f'<article class="tile" style="--tint:{item.tint}">'
        f'<button type="button" class="play" data-play="{item.key}" aria-pressed="false" aria-label="Play {name}">'
        f'<span class="name">{name}</span>{_roll(item, frame, width, height)}</button>'
        f'<p class="files"><a href="{item.midi}" download aria-label="{name} as MIDI">MIDI</a>'
        f'<a href="{item.wav}" download aria-label="{name} as WAV">WAV</a></p></article>'
    )


def _pad(items: Sequence[Item], frame: draw.Frame) -> str:
    size = math.isqrt(len(items))
    rows = []
    for row in range(size):
        cells = "".join(
            f'<div role="gridcell"><button type="button" class="cell play" style="--tint:{item.tint}" '
            f'data-play="{item.key}" data-midi="{item.midi}" data-wav="{item.wav}" data-row="{row}" '
            f'data-column="{column}" tabindex="{0 if row == column == 0 else -1}" aria-pressed="false" '
            f'aria-label="{escape(item.title)}">{_roll(item, frame, 200, 120)}</button></div>'
            for column, item in enumerate(items[row * size : (row + 1) * size])
        )
        rows.append(f'<div role="row">{cells}</div>')
    return "".join(rows)


def _roll(item: Item, frame: draw.Frame, width: int, height: int) -> str:
    picture = draw.svg(item.score, width, height, frame, item.title, labels=False)
    return f'<span class="screen" aria-hidden="true" data-end="{frame.end:g}">{picture}<i class="head"></i></span>'


def _data(sections: Sections) -> str:
    """The notes of all items as JSON that can stand inside a script element."""
    items = {
        item.key: {
            "title": item.title,
            "quarters": item.quarters,
            "notes": [row for track in item.score.tracks for row in track.notes.tolist()],
        }
        for item in sections.all_items()
    }
    lists = {"interpolation": [item.key for item in sections.interpolation]}
    lists |= {"samples": [item.key for item in sections.samples], "variations": [i.key for i in sections.variations]}
    text = json.dumps({"items": items, "lists": lists, "corners": list(sections.corners)}, separators=(",", ":"))
    return text.replace("<", "\\u003c")


def _asset(name: str) -> str:
    return resources.files("scorespace.demo").joinpath("assets", name).read_text(encoding="utf-8")
