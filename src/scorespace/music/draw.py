"""Pictures: piano rolls as PNG files, as SVG text, and as HTML that plays in a notebook.

Panels of one picture share their pitch range and their time range, so that they can be compared by eye.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from scorespace.errors import UsageError
from scorespace.music import synth, transform
from scorespace.music.score import Score

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = ("#2f86d6", "#d55e00", "#00957a", "#c0609a", "#a87400", "#8a63d2")  # told apart by colour-blind readers too
INK, GUIDE, LANE, PAPER = "#25303b", "#9aa5b1", "#eef1f5", "#ffffff"
BLACK_KEYS = (1, 3, 6, 8, 10)
NAMES = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")
LOUDEST_SECONDS = 60.0  # how much of a score html() carries as sound; a minute is 3.5 MB in the page


def pitch_name(pitch: int) -> str:
    """The name of a MIDI pitch with its octave: 60 is "C4"."""
    return f"{NAMES[pitch % 12]}{pitch // 12 - 1}"


@dataclass(frozen=True)
class Frame:
    """What a roll shows: pitches `low` to `high`, both inside, and quarter notes 0 to `end`."""

    low: int
    high: int
    end: float

    @classmethod
    def around(cls, scores: Sequence[Score]) -> Frame:
        """The smallest frame that holds all the scores: whole bars, at least 18 pitches, C4 to F5 without notes."""
        pitches = np.concatenate(
            [track.notes["pitch"] for score in scores for track in score.tracks] or [np.empty(0, int)]
        )
        low, high = (int(pitches.min()) - 1, int(pitches.max()) + 1) if len(pitches) else (60, 77)
        lacking = max(0, 17 - (high - low))
        low, high = max(0, low - (lacking + 1) // 2), min(127, high + lacking // 2)
        return cls(low, high, max(whole_bars(score) for score in scores))

    @property
    def pitches(self) -> range:
        """All pitches shown, ascending."""
        return range(self.low, self.high + 1)


def whole_bars(score: Score) -> float:
    """Where the bar ends in which the last note ends, in quarter notes; one bar for an empty score."""
    return max(transform.whole_bars(score), score.end)


def bar_lines(score: Score, end: float) -> list[float]:
    """Bar lines from 0 to before `end`; after the score's own bars its last metre goes on."""
    lines = [float(start) for start in score.bar_starts()]
    while lines[-1] + score.metres[-1].bar < end - 1e-6:
        lines.append(lines[-1] + score.metres[-1].bar)
    return lines


def beat_lines(score: Score, end: float) -> list[float]:
    """Positions of the beats that are no bar lines: the metre's denominator, from each bar line to the next."""
    bars = bar_lines(score, end)
    found: list[float] = []
    for start, stop in zip(bars, [*bars[1:], end], strict=True):
        beat = 4.0 / [m.denominator for m in score.metres if m.start <= start + 1e-9][-1]
        found += [start + k * beat for k in range(1, int(np.ceil((stop - start) / beat - 1e-6)))]
    return found


def colour(track: int, first: str | None = None) -> str:
    """The colour of a track, counted from 0, as #rrggbb; `first` replaces that of the first."""
    return first if first and track == 0 else COLOURS[track % len(COLOURS)]


def png(
    scores: Score | Sequence[Score],
    path: str | Path,
    titles: Sequence[str] | None = None,
    columns: int | None = None,
    colours: Sequence[str] | None = None,
    heading: str = "",
) -> Path:
    """Writes piano rolls as one PNG picture; the same input gives the same bytes.

    Args:
        scores: one score, or several for a grid of small rolls, row by row. A note's opacity tells its velocity.
        titles: one a score; by default a single score's own title.
        columns: rolls in a row, 4 at most by default.
        colours: "#rrggbb" for the first track of each score, such as `blend` gives; the other tracks have their own.
        heading: a line above all.

    Returns the path. Raises UsageError when there is no score or another number of titles or colours.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    panels = [scores] if isinstance(scores, Score) else list(scores)
    names = list(titles) if titles is not None else [panels[0].title] if len(panels) == 1 else [""] * len(panels)
    tints = list(colours) if colours is not None else [COLOURS[0]] * len(panels)
    if not panels or len(names) != len(panels) or len(tints) != len(panels):
        raise UsageError(
            f"A picture needs at least one score and as many titles and colours, "
            f"got {len(panels)} scores, {len(names)} titles and {len(tints)} colours."
        )
    frame = Frame.around(panels)
    across = min(len(panels), columns or 4)
    down = -(-len(panels) // across)
    width, height = _size(frame, across, down, len(panels))
    spaces = ConstrainedLayoutEngine(w_pad=0.05, h_pad=0.05, wspace=0.02, hspace=0.03)
    figure = Figure(figsize=(width, height), dpi=140, facecolor=PAPER, layout=spaces)
    FigureCanvasAgg(figure)
    axes = figure.subplots(down, across, squeeze=False, sharex=True, sharey=True)
    if heading:
        figure.suptitle(heading, x=0.012, ha="left", fontsize=13, fontweight="bold", color=INK)
    for index, panel in enumerate(axes.flat):
        if index >= len(panels):
            panel.axis("off")
            continue
        _roll(panel, panels[index], frame, tints[index], len(panels) > 1)
        if names[index]:
            panel.set_title(names[index], loc="left", fontsize=9.5 if len(panels) > 1 else 12, color=INK, pad=5)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return synth.write_bytes(Path(path), buffer.getvalue())


def _size(frame: Frame, across: int, down: int, panels: int) -> tuple[float, float]:
    """Width and height of a picture in inches: a single roll grows with its length, a grid has panels of one size."""
    pitches = len(frame.pitches)
    if panels == 1:
        return float(np.clip(2 + 0.42 * frame.end, 7, 26)), float(np.clip(0.11 * pitches + 0.9, 2.6, 9))
    each = {1: 9.0, 2: 5.5, 3: 4.0}.get(across, max(2.2, 13.2 / across))
    return 0.5 + each * across, 0.3 + down * float(np.clip(0.055 * pitches + 0.55, 1.5, 3.2))


def _roll(axes: Axes, score: Score, frame: Frame, tint: str, small: bool) -> None:
    from matplotlib.collections import PatchCollection

    keyboard = 0.0 if small else frame.end * 0.022  # its width, in quarter notes
    for pitch in frame.pitches:
        if pitch % 12 in BLACK_KEYS:
            axes.axhspan(pitch - 0.5, pitch + 0.5, color=LANE, linewidth=0, zorder=0)
    starts = bar_lines(score, frame.end)
    every = max(1, -(-len(starts) // (4 if small else 32)))  # bars from one number to the next
    for x in beat_lines(score, frame.end) if every < 3 else starts:
        axes.axvline(x, color=GUIDE, alpha=0.35, linewidth=0.5, zorder=1)
    for x in [*(starts if every < 3 else starts[::every]), frame.end]:
        axes.axvline(x, color=GUIDE, alpha=0.95, linewidth=0.9, zorder=1)
    outline = 0.5 if frame.end < 200 else 0.0  # it would hide the short notes of a long score
    for index, track in enumerate(score.tracks):
        boxes, shades = _boxes(track.notes, colour(index, tint), frame, small)
        axes.add_collection(PatchCollection(boxes, facecolors=shades, edgecolors=PAPER, linewidths=outline, zorder=3))
    if keyboard:
        _keys(axes, frame, keyboard)
    octaves = [pitch for pitch in frame.pitches if pitch % 12 == 0]
    axes.set_yticks(octaves, [pitch_name(pitch) for pitch in octaves])
    axes.set_xticks(starts[::every], [str(k + 1) for k in range(0, len(starts), every)])
    axes.tick_params(length=0, labelsize=7.5, colors=INK, pad=2)
    axes.set_xlim(-keyboard, frame.end)
    axes.set_ylim(frame.low - 0.5, frame.high + 0.5)
    for spine in axes.spines.values():
        spine.set(color=GUIDE, linewidth=0.6)


def _boxes(notes: np.ndarray, tint: str, frame: Frame, small: bool) -> tuple[list[Any], list[Any]]:
    """Rounded bars, one a note, and their colours with the velocity as opacity (never below 0.35)."""
    from matplotlib.colors import to_rgb
    from matplotlib.patches import FancyBboxPatch

    gap = min(0.06, frame.end * (0.004 if small else 0.0015))
    boxes: list[Any] = []
    shades: list[Any] = []
    for start, duration, pitch, velocity in notes.tolist():
        length = max(duration - gap, gap, 0.04, frame.end * 0.0009)
        corner = min(0.3, length / 2)
        style = f"round,pad=0,rounding_size={corner:.4f}"
        boxes.append(FancyBboxPatch((start, pitch - 0.42), length, 0.84, boxstyle=style, mutation_aspect=1.4))
        shades.append((*to_rgb(tint), opacity(velocity)))
    return boxes, shades


def _keys(axes: Axes, frame: Frame, span: float) -> None:
    """Draws the keyboard at the left edge, from -span to 0."""
    from matplotlib.patches import Rectangle

    axes.add_patch(
        Rectangle((-span, frame.low - 0.5), span, len(frame.pitches), facecolor=PAPER, linewidth=0, zorder=4)
    )
    for pitch in frame.pitches:
        if pitch % 12 in BLACK_KEYS:
            axes.add_patch(Rectangle((-span, pitch - 0.42), span * 0.64, 0.84, facecolor=INK, linewidth=0, zorder=6))
        elif pitch % 12 in (0, 5):
            axes.plot([-span, 0], [pitch - 0.5] * 2, color=GUIDE, linewidth=0.6, zorder=5)
    axes.plot([0, 0], [frame.low - 0.5, frame.high + 0.5], color=INK, linewidth=0.9, zorder=6)


def opacity(velocity: int) -> float:
    """Opacity of a note's bar: 0.35 for the softest, 1 from velocity 100 on."""
    return float(np.clip(0.35 + 0.65 * velocity / 100, 0.35, 1.0))


def blend(first: str, last: str, share: float) -> str:
    """The colour `share` (0 to 1) of the way from one "#rrggbb" to another, as "#rrggbb".

    Lightness, colourfulness and hue (the shorter way round) are mixed in Oklab (Ottosson 2020), where equal steps look
    equal. The plain mean of two strong colours would be grey.
    """
    ends = [_oklab(first), _oklab(last)]
    lightness = (1 - share) * ends[0][0] + share * ends[1][0]
    strengths = [float(np.hypot(*end[1:])) for end in ends]
    hues = [float(np.arctan2(end[2], end[1])) for end in ends]
    strength = (1 - share) * strengths[0] + share * strengths[1]
    hue = hues[0] + share * ((hues[1] - hues[0] + np.pi) % (2 * np.pi) - np.pi)
    mixed = np.array([lightness, strength * np.cos(hue), strength * np.sin(hue)])
    cones = (np.linalg.inv(_CONES_TO_LAB) @ mixed) ** 3
    linear = np.clip(np.linalg.inv(_RGB_TO_CONES) @ cones, 0, 1)
    values = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return "#" + "".join(f"{round(255 * float(value)):02x}" for value in values)


_RGB_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_CONES_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def _oklab(colour: str) -> np.ndarray:
    """(3,) lightness and the two colour axes of "#rrggbb" (sRGB, D65)."""
    value = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return np.asarray(_CONES_TO_LAB @ np.cbrt(_RGB_TO_CONES @ linear))


def svg(
    score: Score, width: int = 640, height: int = 180, frame: Frame | None = None, title: str = "", labels: bool = True
) -> str:
    """A piano roll as SVG text that stands alone and suits light and dark pages (guides are drawn in currentColor).

    Args:
        width, height: in CSS pixels; the picture scales.
        frame: what to show; `Frame.around` several scores makes their rolls comparable. The score's own by default.
        title: read out by screen readers; the score's title or "Piano roll" by default.
        labels: pitch names at the left.

    Every note is a `<rect class="note track0">`, in the order of tracks and notes.
    """
    frame = frame or Frame.around([score])
    left = 30.0 if labels else 0.0
    across = (width - left) / frame.end
    down = height / len(frame.pitches)
    name = title or score.title or "Piano roll"
    bars = score.bar_count()
    described = f"{name}: {score.note_count} notes in {bars} bar{'' if bars == 1 else 's'}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" class="roll" style="max-width:100%;height:auto">',
        f"<title>{escape(described)}</title>",
        *_svg_guides(score, frame, left, across, down, height),
        *_svg_notes(score, frame, left, across, down),
    ]
    if labels:
        parts += [
            f'<text x="{left - 5:.0f}" y="{(frame.high - pitch + 0.5) * down + 3.5:.1f}" text-anchor="end" '
            f'font-size="10" font-family="system-ui,sans-serif" fill="currentColor">{pitch_name(pitch)}</text>'
            for pitch in frame.pitches
            if pitch % 12 == 0
        ]
    return "".join([*parts, "</svg>"])


def _svg_guides(score: Score, frame: Frame, left: float, across: float, down: float, height: int) -> Iterator[str]:
    for pitch in frame.pitches:
        if pitch % 12 in BLACK_KEYS:
            yield (
                f'<rect x="{left:g}" y="{(frame.high - pitch) * down:.2f}" width="{frame.end * across:.2f}" '
                f'height="{down:.2f}" fill="currentColor" fill-opacity=".055"/>'
            )
    for lines, strength in ((beat_lines(score, frame.end), ".12"), ([*bar_lines(score, frame.end), frame.end], ".38")):
        path = "".join(f"M{left + x * across:.2f} 0V{height}" for x in lines)
        yield f'<path d="{path}" stroke="currentColor" stroke-opacity="{strength}" fill="none"/>'


def _svg_notes(score: Score, frame: Frame, left: float, across: float, down: float) -> Iterator[str]:
    for index, track in enumerate(score.tracks):
        for start, duration, pitch, velocity in track.notes.tolist():
            yield (
                f'<rect class="note track{index}" x="{left + start * across:.2f}" '
                f'y="{(frame.high - pitch + 0.08) * down:.2f}" width="{max(duration * across - 1, 1.5):.2f}" '
                f'height="{0.84 * down:.2f}" rx="{min(3.0, 0.4 * down):.1f}" fill="{colour(index)}" '
                f'fill-opacity="{opacity(velocity):.2f}"/>'
            )


def html(score: Score) -> str:
    """A piano roll with a player under it, as HTML for a notebook; the first 60 seconds are carried as sound."""
    rate = 22_050
    shown = [
        track.notes[score.seconds_at(track.notes["start"] + track.notes["duration"]) <= LOUDEST_SECONDS]
        for track in score.tracks
    ]
    heard = score.with_tracks([replace(track, notes=notes) for track, notes in zip(score.tracks, shown, strict=True)])
    sound = base64.b64encode(synth.wav_bytes(synth.render(heard, rate).mean(1), rate)).decode()
    cut = "" if heard.note_count == score.note_count else f" The first {LOUDEST_SECONDS:.0f} seconds are played."
    return (
        f'<figure style="margin:0">{svg(score)}<br><audio controls preload="none" style="width:100%;max-width:640px" '
        f'src="data:audio/wav;base64,{sound}"></audio><figcaption>{escape(score.title)}{cut}</figcaption></figure>'
    )
