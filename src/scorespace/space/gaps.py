"""What is to be written anew in a score: bars, new bars between or after them, and what of them is kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scorespace.errors import UsageError
from scorespace.music import scales, transform
from scorespace.music.score import Score

RHYTHM, CONTOUR = "rhythm", "contour"
KEEPS = (RHYTHM, CONTOUR)
MOST_NEW_BARS = 256
Range = tuple[int, int]  # bars, counted from 1, both included


@dataclass(frozen=True)
class Request:
    """What an inpainting is asked for, checked for itself; bars are counted from 1 in the score as it was given.

    Attributes:
        bars: ranges (first, last) to be written anew.
        insert: (count, after): so many new bars after that bar, 0 = at the beginning.
        extend: new bars after the last one.
        keep: "rhythm" (notes begin and end where they did) and "contour" (the line goes up and down as it did).
        lock: (bar, beat) of notes in the gaps that stay, beats counted from 1 in the unit of the metre.
        scale: "key", "heard" or the name of a scale for the new notes; None = free.
        track: the track that is written in, counted from 1; None = its melody.
    """

    bars: tuple[Range, ...] = ()
    insert: tuple[Range, ...] = ()
    extend: int = 0
    keep: tuple[str, ...] = ()
    lock: tuple[tuple[int, float], ...] = ()
    scale: str | None = None
    track: int | None = None

    def __post_init__(self) -> None:
        if not (self.bars or self.insert or self.extend):
            raise UsageError("Say what is to be written: bars such as 5-8, bars to insert, or bars to go on for.")
        for first, last in self.bars:
            if not 1 <= first <= last:
                raise UsageError(f"Bars {first}-{last} are no range: bars are counted from 1, the lower one first.")
        new = self.extend + sum(count for count, _ in self.insert)
        if self.extend < 0 or any(count < 1 or after < 0 for count, after in self.insert) or new > MOST_NEW_BARS:
            raise UsageError(f"New bars are 1 to {MOST_NEW_BARS} in all, got {new}.")
        if len({after for _, after in self.insert}) < len(self.insert):
            raise UsageError("Two insertions after the same bar: name it once, with the number of bars in all.")
        unknown = [name for name in self.keep if name not in KEEPS]
        if unknown:
            raise UsageError(f"What can be kept is {' or '.join(KEEPS)}, not {unknown[0]!r}.")
        if (self.keep or self.lock) and not self.bars:
            raise UsageError("Only bars that hold notes have something to keep: name them, as in bars 5-8.")
        if self.scale not in (None, scales.KEY, scales.HEARD):
            scales.pitch_classes(str(self.scale))

    def to_dict(self) -> dict[str, Any]:
        """Plain values; `from_dict` gives the request back."""
        return {
            "bars": [list(one) for one in self.bars],
            "insert": [list(one) for one in self.insert],
            "extend": self.extend,
            "keep": list(self.keep),
            "lock": [list(one) for one in self.lock],
            "scale": self.scale,
            "track": self.track,
        }

    @staticmethod
    def from_dict(table: Mapping[str, Any]) -> Request:
        """The request of a take's provenance."""
        pairs = {key: tuple((one[0], one[1]) for one in table[key]) for key in ("bars", "insert", "lock")}
        return Request(
            **pairs, extend=table["extend"], keep=tuple(table["keep"]), scale=table["scale"], track=table["track"]
        )


@dataclass(frozen=True)
class Opened:
    """A score with room for what is new.

    Attributes:
        score: with the new bars, empty, in their places.
        gaps: (start, end) in quarter notes of it, in order, apart from each other.
        ranges: the same as bars of it.
        shifts: how far bars of the given score have moved: (bar, by) in order, for those from `bar` on.
        quarters: how long it is, the new bars included.
    """

    score: Score
    gaps: tuple[tuple[float, float], ...]
    ranges: tuple[Range, ...]
    shifts: tuple[Range, ...]
    quarters: float

    def bar(self, number: int) -> int:
        """Where a bar of the given score stands now."""
        return number + max((by for start, by in self.shifts if number >= start), default=0)


def ranges(value: Any, what: str = "bars") -> tuple[Range, ...]:
    """Ranges from what a caller may give: (5, 8), 5, "5-8", "5-8,12", or a list of such.

    Raises:
        UsageError: for anything else.
    """
    if value is None:
        return ()
    if _whole(value):
        return ((int(value), int(value)),)
    if isinstance(value, str):
        return tuple(_range(part, what) for part in value.split(",") if part.strip())
    if isinstance(value, Sequence) and len(value) == 2 and all(map(_whole, value)):
        return ((int(value[0]), int(value[1])),)
    if isinstance(value, Iterable):
        return tuple(one for part in value for one in ranges(part, what))
    raise UsageError(f"{what} are like (5, 8), '5-8' or a list of such, got {value!r}.")


def locks(value: Any) -> tuple[tuple[int, float], ...]:
    """Places of notes from what a caller may give: (6, 2.5), "6:2.5", "6:1,6:2.5", or a list of such.

    Raises:
        UsageError: for anything else.
    """
    if isinstance(value, str):
        return tuple(_lock(part) for part in value.split(",") if part.strip())
    if isinstance(value, Sequence) and len(value) == 2 and _whole(value[0]) and isinstance(value[1], int | float):
        return ((int(value[0]), float(value[1])),)
    if isinstance(value, Iterable):
        return tuple(one for part in value for one in locks(part))
    raise UsageError(f"A note to lock is like (6, 2.5) or '6:2.5' (bar and beat), got {value!r}.")


def _lock(text: str) -> tuple[int, float]:
    found = re.fullmatch(r"\s*(\d+):(\d+(?:\.\d+)?)\s*", text)
    if not found:
        raise UsageError(f"A note to lock is written BAR:BEAT such as 6:2.5, got {text!r}.")
    return int(found[1]), float(found[2])


def merged(found: Iterable[Range]) -> tuple[Range, ...]:
    """The ranges in order, those that touch or overlap as one."""
    result: list[Range] = []
    for first, last in sorted(found):
        if result and first <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(last, result[-1][1]))
        else:
            result.append((first, last))
    return tuple(result)


def opened(score: Score, request: Request) -> Opened:
    """Makes room in a score for what is asked.

    Raises:
        UsageError: when the score has no such bars.
    """
    count = score.bar_count()
    for first, last in request.bars:
        if last > count:
            raise UsageError(f"Bars {first}-{last} are not in this score: it has bars 1-{count}.")
    shifts: list[Range] = []
    new: list[Range] = []
    moved = 0
    for number, after in sorted(request.insert, key=lambda one: one[1]):
        if after > count:
            raise UsageError(f"There is no bar {after} to insert after: this score has bars 1-{count}.")
        score = transform.insert_bars(score, after + moved, number)
        new.append((after + moved + 1, after + moved + number))
        moved += number
        shifts.append((after + 1, moved))
    own = [(first + _by(shifts, first), last + _by(shifts, last)) for first, last in request.bars]
    if request.extend:
        new.append((count + moved + 1, count + moved + request.extend))
    found = merged([*own, *new])
    edges = bar_edges(score, count + moved + request.extend)
    gaps = tuple((edges[first - 1], edges[last]) for first, last in found)
    return Opened(score, gaps, found, tuple(shifts), edges[-1])


def bar_edges(score: Score, bars: int) -> list[float]:
    """Where bars begin, in quarter notes, and where the last of so many is over; after the score its metre goes on."""
    edges = [float(start) for start in score.bar_starts()]
    edges.append(edges[-1] + transform.last_bar(score, edges[-1]))
    while len(edges) <= bars:
        edges.append(edges[-1] + transform.last_bar(score, edges[-1]))
    return edges


def _by(shifts: Sequence[Range], bar: int) -> int:
    return max((by for start, by in shifts if bar >= start), default=0)


def _range(text: str, what: str) -> Range:
    inserting = what == "insert"
    found = re.fullmatch(r"\s*(\d+)@(\d+)\s*" if inserting else r"\s*(\d+)(?:-(\d+))?\s*", text)
    if not found:
        example = "COUNT@BAR such as 4@8 (four bars after bar 8)" if inserting else "5-8 or 5-8,12"
        raise UsageError(f"{what} is written {example}, got {text!r}.")
    return int(found[1]), int(found[2] or found[1])


def _whole(value: Any) -> bool:
    return not isinstance(value, bool) and hasattr(value, "__index__")
