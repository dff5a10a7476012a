"""A score made ready to be written in: its melodic line on the grid, and what of the gaps is kept.

The score is read as one line, bars of one metre at a time. A note that sounds across an edge of a gap belongs to both
sides: it is kept whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from scorespace.errors import InputError, UsageError
from scorespace.music import parts, scales, transform
from scorespace.music.grid import Grid
from scorespace.music.lines import HOLD, REST, sounding
from scorespace.music.quantised import nearest
from scorespace.music.score import DEFAULT_VELOCITY, Metre, Score, Track
from scorespace.space.gaps import Opened, Request, opened
from scorespace.space.passage import LONGEST


@dataclass(frozen=True)
class Stretch:
    """Bars of one metre that hold gaps.

    Attributes:
        grid: in that metre.
        start: where it begins, in quarter notes of the score.
        tokens: (S,) int64 of the line, octave shift included.
        mask: (S,) bool, what is to be written.
    """

    grid: Grid
    start: float
    tokens: np.ndarray
    mask: np.ndarray


@dataclass(frozen=True)
class Plan:
    """A score made ready to be written in.

    Attributes:
        opened: the score with room for what is new.
        track: number of the track that is written in, from 0.
        octaves: by how many octaves the line is moved to lie in the model's range.
        stretches: with gaps, in order.
        said: sentences on what was kept, moved or left out.
        kept: of the track's notes, which stay (N,) bool.
        velocity: of new notes.
        classes: the pitch classes allowed for new notes, None = all.
    """

    opened: Opened
    track: int
    octaves: int
    stretches: tuple[Stretch, ...]
    said: tuple[str, ...]
    kept: np.ndarray
    velocity: int
    classes: frozenset[int] | None


def plan(score: Score, request: Request, grids: Mapping[str, Grid], rule: str) -> Plan:
    """Finds the line, the stretches and what of the gaps is kept.

    Args:
        score: any score.
        request: what is asked.
        grids: the model's grid for each metre that it writes, such as "4/4".
        rule: how several notes at once become one line, see `scorespace.music.parts`.

    Raises:
        InputError: when the score has no melody, or its metre is not one of these.
        UsageError: when the score has no such bars, track or notes.
    """
    if score.end > LONGEST:
        raise InputError(f"This score is {score.end:.0f} quarter notes long; scores up to {LONGEST:.0f} are taken.")
    room = opened(score, request)
    line = _line(room.score, request.track, rule)
    number, notes = line.track, line.score.tracks[0].notes
    some_grid = next(iter(grids.values()))
    octaves = _octaves(notes["pitch"], some_grid)
    moved = notes.copy()
    moved["pitch"] += 12 * octaves
    said = list(_about(room.score, line, octaves, some_grid, notes))
    whole = room.score.tracks[number].notes
    kept = np.ones(len(whole), bool)
    stretches = []
    for start, end, grid in _in_metres(room, grids):
        fitted = grid.quantise(_alone(line.score, moved, start, end), round((end - start) / float(grid.bar_quarters)))
        stretch = _stretch(fitted.tokens[0].astype(np.int64), start, grid, room, request)
        stretches.append(stretch)
        kept &= ~_dropped(whole, stretch)
        if fitted.moved:
            said.append(
                f"{fitted.moved} of {fitted.notes} notes around the gap are heard on the grid; they stay as they are."
            )
    if not any(stretch.mask.any() for stretch in stretches):
        raise InputError("Nothing is left to write there: all of it is kept, or sounds on from before or after.")
    classes, words = _scale(request, whole[kept])
    return Plan(room, number, octaves, tuple(stretches), (*said, *words), kept, _velocity(whole[kept]), classes)


def _line(score: Score, track: int | None, rule: str) -> parts.Extracted:
    """The line that is written in: of the track asked for, else the melody; an empty one in a score without notes."""
    if track is None:
        return parts.choices(score, ("melody",), rule)[0].lines[0]
    if not 1 <= track <= len(score.tracks):
        raise UsageError(f"There is no track {track}: this score has tracks 1-{len(score.tracks)}.")
    chosen = score.tracks[track - 1]
    if chosen.is_drum:
        raise InputError(f"Track {track} is the drums; this space writes melodies: name another track.")
    line = parts.monophonic(chosen.notes, rule)
    alone = score.with_tracks([replace(chosen, notes=line)])
    return parts.Extracted(alone, track - 1, chosen.name, len(chosen.notes), len(chosen.notes) - len(line))


def _octaves(pitches: np.ndarray, grid: Grid) -> int:
    """By how many octaves most notes come to lie in the range; the smallest such move."""
    if not len(pitches):
        return 0
    inside = {
        k: int(((pitches + 12 * k >= grid.lowest) & (pitches + 12 * k <= grid.highest)).sum()) for k in range(-8, 9)
    }
    return max(inside, key=lambda k: (inside[k], -abs(k)))


def _in_metres(room: Opened, grids: Mapping[str, Grid]) -> list[tuple[float, float, Grid]]:
    """The stretches (start, end, grid) that hold gaps."""
    until = max(room.gaps[-1][1], room.score.end)
    found: list[tuple[float, float, Grid]] = []
    for grid in {id(one): one for one in grids.values()}.values():
        names = [metre for metre, one in grids.items() if one is grid]
        for start, end in transform.regions(room.score, float(grid.bar_quarters), names, until):
            found.append((start, end, grid))
    for number, (start, end) in enumerate(room.gaps):
        if not any(a <= start + 1e-6 and end <= b + 1e-6 for a, b, _ in found):
            first, last = room.ranges[number]
            inside = [m for k, m in enumerate(room.score.metres) if _overlaps(room.score, k, start, end)]
            metres = " and ".join(dict.fromkeys(str(metre) for metre in inside))
            raise InputError(
                f"Bars {first}-{last} are in {metres}; this space writes {', '.join(grids)}, and each gap in one "
                f"metre: name bars of one such metre, or write the score in the nearest, {_nearest(inside, grids)}."
            )
    return [(a, b, grid) for a, b, grid in sorted(found, key=lambda one: one[0]) if _has_gap(room, a, b)]


def _nearest(metres: Sequence[Metre], grids: Mapping[str, Grid]) -> str:
    """The metre whose bars, or a whole number of them, are most nearly as long; of equals the one that counts alike."""

    def distance(name: str) -> tuple[float, bool]:
        length = float(grids[name].bar_quarters)
        times = max(1, round(metres[0].bar / length))
        return abs(metres[0].bar - times * length), grids[name].metre[1] != metres[0].denominator

    return min(grids, key=distance)


def _overlaps(score: Score, number: int, start: float, end: float) -> bool:
    begin = score.metres[number].start
    stop = score.metres[number + 1].start if number + 1 < len(score.metres) else np.inf
    return bool(begin < end - 1e-6 and stop > start + 1e-6)


def _has_gap(room: Opened, start: float, end: float) -> bool:
    return any(a < end - 1e-6 and b > start + 1e-6 for a, b in room.gaps)


def _alone(score: Score, notes: np.ndarray, start: float, end: float) -> Score:
    """The line from start to end, with a note that sounds into it begun at its edge."""
    inside = notes[(notes["start"] + notes["duration"] > start + 1e-6) & (notes["start"] < end - 1e-6)].copy()
    late = np.maximum(inside["start"], start)
    inside["duration"] = np.minimum(inside["start"] + inside["duration"], end) - late
    inside["start"] = late - start
    return Score((Track(inside),), score.tempos[:1])


def _stretch(tokens: np.ndarray, start: float, grid: Grid, room: Opened, request: Request) -> Stretch:
    times = start + grid.positions(len(tokens) // grid.steps_per_bar)
    gap = np.zeros(len(tokens), bool)
    for a, b in room.gaps:
        gap |= (times > a - 1e-6) & (times < b - 1e-6)
    heard, mask = sounding(tokens), gap.copy()
    for edge in np.flatnonzero(np.diff(gap.astype(np.int8)) != 0) + 1:
        if tokens[edge] == HOLD and heard[edge]:  # a note that sounds across an edge is kept whole
            mask &= ~_note_at(tokens, int(edge))
        elif tokens[edge] == HOLD and not gap[edge]:  # silence must not become what is held of a new note
            tokens[edge] = REST
    for number, beat in request.lock:
        place = _place(room, number, beat, start, grid)
        if place is not None and place < len(tokens) and gap[place]:
            if not heard[place]:
                raise UsageError(f"No note sounds at bar {number}, beat {beat:g}, so there is none to lock.")
            mask &= ~_note_at(tokens, place)
    return Stretch(grid, start, tokens, mask)


def _note_at(tokens: np.ndarray, step: int) -> np.ndarray:
    """(S,) bool: the steps of the note that sounds at a step."""
    events = np.flatnonzero(tokens != HOLD)
    inside = np.zeros(len(tokens), bool)
    inside[events[events <= step].max(initial=0) : events[events > step].min(initial=len(tokens))] = True
    return inside


def _place(room: Opened, number: int, beat: float, start: float, grid: Grid) -> int | None:
    """The step of a bar and beat of the score as it was given; None where it stands before the stretch."""
    edges, now = room.score.bar_starts(), room.bar(number)
    within = (beat - 1) * 4.0 / grid.metre[1]
    if not 1 <= now <= len(edges):
        raise UsageError(f"There is no bar {number} to lock a note in: this score has bars 1-{len(edges)}.")
    bars, left = divmod(float(edges[now - 1]) - start + 1e-6, float(grid.bar_quarters))
    if left > 1e-3 or bars < 0:
        return None
    if not 0 <= within < float(grid.bar_quarters):
        raise UsageError(
            f"Bar {number} has no beat {beat:g}; beats are counted from 1, here in 1/{grid.metre[1]} notes."
        )
    return int(bars) * grid.steps_per_bar + int(np.searchsorted(grid.bar_positions, within + 1e-6, side="right")) - 1


def _dropped(notes: np.ndarray, stretch: Stretch) -> np.ndarray:
    """(N,) bool: the notes of the track that the gaps replace, by the step on which each begins."""
    bars, length = len(stretch.tokens) // stretch.grid.steps_per_bar, float(stretch.grid.bar_quarters)
    edges = stretch.start + np.append(stretch.grid.positions(bars), bars * length)
    step = nearest(edges, notes["start"])
    inside = (notes["start"] > edges[0] - (edges[1] - edges[0]) / 2) & (step < len(stretch.tokens))
    dropped: np.ndarray = inside & stretch.mask[np.minimum(step, len(stretch.tokens) - 1)]
    return dropped


def _scale(request: Request, known: np.ndarray) -> tuple[frozenset[int] | None, list[str]]:
    """The pitch classes that are allowed, and what is to be said of them."""
    if request.scale is None:
        return None, []
    if request.scale not in (scales.KEY, scales.HEARD):
        return scales.pitch_classes(request.scale), []
    if not len(known):
        return None, ["There is no note to tell the key by: every pitch is allowed."]
    if request.scale == scales.HEARD:
        return frozenset((known["pitch"] % 12).tolist()), []
    classes, name = scales.signature(known["pitch"], known["duration"])
    return classes, [f"New notes keep to the scale of {name}, in which the notes around them stay longest."]


def _velocity(known: np.ndarray) -> int:
    return int(np.clip(np.rint(known["velocity"].mean()), 1, 127)) if len(known) else DEFAULT_VELOCITY


def _about(score: Score, line: parts.Extracted, octaves: int, grid: Grid, notes: np.ndarray) -> Iterator[str]:
    """Sentences on how the line is read."""
    if sum(len(track.notes) > 0 for track in score.tracks) > 1:
        name = score.tracks[line.track].name
        named = f' ("{name}")' if name else ""
        yield f"Track {line.track + 1} of {len(score.tracks)}{named} is written in; the other tracks stay as they are."
    if line.dropped:
        yield f"{line.dropped} of its notes sound under others: the space hears the highest alone, and writes one line."
    if octaves:
        way = "up" if octaves > 0 else "down"
        plural = "s" * (abs(octaves) > 1)
        yield f"It is read {abs(octaves)} octave{plural} {way}, and what is new goes back to its place."
    moved = notes["pitch"].astype(np.int64) + 12 * octaves
    outside = int(((moved < grid.lowest) | (moved > grid.highest)).sum())
    if outside:
        yield f"{outside} of its notes lie outside the {grid.range_in_words} of this space and are not heard by it."
