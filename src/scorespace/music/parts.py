"""Which track is the melody, the bass, the drums, and how a polyphonic track becomes one line.

A track's part is told by its channel (drums), then its name, then its General MIDI program (32-39 is bass). The parts
"guitar" (guitars, pianos, organs: programs 0-31) and "strings" (all other instruments, together) go by program alone.

Rules for one line (DataSettings.rule):
    highest   of the notes that begin together the highest stays; a later onset ends the note before
    skyline   a note stays where no higher note sounds; what a higher note covers is cut or dropped
    lowest    the same with the lowest note, in every part (Valenti et al. 2020, 4.1)
For a bass the lowest note takes the place of the highest. The part "piano" is no line: all its notes stay. The part
"band" is every track there is, each for itself.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice, product

import numpy as np

from scorespace.errors import InputError, UsageError
from scorespace.music.extraction import LOWEST, RULES
from scorespace.music.grid import PROGRAMS
from scorespace.music.score import Score, Track, sort_notes

MELODY_PROGRAMS, BASS_PROGRAMS, PIANO_PROGRAMS = range(32), range(32, 40), range(8)
OTHER_PROGRAMS = range(40, 128)
GUITAR, STRINGS = "guitar", "strings"
MOST_CHOICES = 64  # of a file's tracks; a hostile file could have thousands of each part
PIANO, BAND = "piano", "band"
TOGETHER = 1 / 32  # quarter notes; onsets closer than this are one chord
_NAMES = {
    "drums": r"drums?|percussion|perc|kit|beat",
    "bass": r"bass|basso|contrabass|bassline",
    "melody": r"melod(?:y|ie|ia|ic)|leads?|vocals?|vox|voice|voce|sing(?:er|ing)?|cant[oa]|solo|tune|theme|bridge",
}
_PROGRAMS = {"melody": MELODY_PROGRAMS, "bass": BASS_PROGRAMS, GUITAR: MELODY_PROGRAMS, STRINGS: OTHER_PROGRAMS}
_PIANO = r"(?<![a-z])(?:pianos?|pianoforte|klavier|keys|keyboards?)(?![a-z])"
_SECOND = r"(?<![a-z])bridge(?![a-z])"  # POP909's second lead, beside its MELODY


@dataclass(frozen=True)
class Extracted:
    """One line taken out of a score.

    Attributes:
        score: the score's maps with this one monophonic track.
        track: its number in the file, from 0.
        name: its name in the file, or its part and number.
        notes: notes that the track has.
        dropped: notes left out so that one sounds at a time.
        also: the numbers of further tracks that are part of it.
    """

    score: Score
    track: int
    name: str
    notes: int
    dropped: int
    also: tuple[int, ...] = ()


@dataclass(frozen=True)
class Choice:
    """One track a part.

    Attributes:
        score: the score's maps with these tracks, in the order of the parts.
        lines: how each was taken.
    """

    score: Score
    lines: tuple[Extracted, ...]

    @property
    def dropped(self) -> int:
        """Notes left out so that one sounds at a time, over all parts."""
        return sum(line.dropped for line in self.lines)


def choices(
    score: Score, parts: Sequence[str], rule: str = "highest", tracks: str = "names", optional: Sequence[str] = ()
) -> list[Choice]:
    """All ways to choose a track for each part, the best first: the cross product of `extract` (Roberts et al. 2017,
    appendix "Dataset"), 64 at most, no track in two parts. Of a band there is one: all tracks as they are.

    A part of `optional` that has no track is empty, where another part has one.

    Raises:
        InputError, UsageError: as `extract` does, for the first part that has no track.
    """
    if list(parts) == [BAND]:
        return [_band(score)]
    lines = [_extract_or_none(score, part, rule, tracks, part in optional) for part in parts]
    if not any(line.notes for line in (found[0] for found in lines)):
        raise InputError(f"There is no {' and no '.join(parts)} in it: {_inventory(score)}.")
    found = (chosen for chosen in product(*lines) if _distinct([line.track for line in chosen if line.notes]))
    best = [Choice(_together(score, chosen), chosen) for chosen in islice(found, MOST_CHOICES)]
    if not best:
        raise InputError(f"There is no choice of tracks for {', '.join(parts)} in it: {_inventory(score)}.")
    return best


def _distinct(tracks: Sequence[int]) -> bool:
    return len(set(tracks)) == len(tracks)


def _extract_or_none(score: Score, part: str, rule: str, tracks: str, optional: bool) -> list[Extracted]:
    try:
        return extract(score, part, rule, tracks)
    except InputError:
        if not optional:
            raise
        return [absent(score, part)]


def absent(score: Score, part: str) -> Extracted:
    """A part that a score does not have: a track without notes, of number -1."""
    track = Track(name=part, program=PROGRAMS.get(part, 0), is_drum=part == "drums")
    return Extracted(score.with_tracks([track]), -1, part, notes=0, dropped=0)


def _band(score: Score) -> Choice:
    if not score.note_count:
        raise InputError(f"There is no band in it: {_inventory(score)}.")
    lines = [
        Extracted(score.with_tracks([track]), number, track.name or f"track {number + 1}", len(track.notes), dropped=0)
        for number, track in enumerate(score.tracks)
    ]
    return Choice(score, tuple(lines))


def _together(score: Score, chosen: Sequence[Extracted]) -> Score:
    return score.with_tracks(line.score.tracks[0] for line in chosen)


def part_of(track: Track) -> str:
    """ "melody", "bass" or "drums" where the track says so; "other" where neither channel, name nor program tells."""
    if track.is_drum:
        return "drums"
    for part, pattern in _NAMES.items():
        if re.search(rf"(?<![a-z])(?:{pattern})(?![a-z])", track.name.casefold()):
            return part
    return "bass" if track.program in BASS_PROGRAMS else "other"


def extract(score: Score, part: str = "melody", rule: str = "highest", tracks: str = "names") -> list[Extracted]:
    """All lines that can be this part, the best first.

    For "melody" these are the tracks whose name says so, or, where none does, every track that is neither bass nor
    drums (or the only pitched track there is). Best is a track not named bridge, then the most monophonic (in tenths),
    then the highest, then the one with the most notes. For "bass" they are the tracks of that part; for "drums" all
    of them together are one.

    With tracks = "programs" names say nothing: a melody is each track of the programs 0-31 (piano, chromatic
    percussion, organ, guitar), a bass each of 32-39 (Roberts et al. 2017, appendix "Dataset").

    For "guitar" they are the tracks of the programs 0-31, for "strings" all tracks of the programs from 40 on together
    are one line (Valenti et al. 2020, 4.1); a track whose name makes it another part is left out with tracks = "names".

    For "piano" all notes of the tracks named piano or keys are one polyphonic part (both hands, say), or, where none
    is, those of the tracks with a piano's program (0-7), or those of the only pitched track there is.

    Raises:
        InputError: when the score has no such track; it says which tracks there are.
        UsageError: when part or rule is unknown.
    """
    known = sorted((*_NAMES, PIANO, GUITAR, STRINGS))
    if part not in known:
        raise UsageError(f"There is no part {part!r}; it must be one of {', '.join(known)}.")
    numbers = [n for n in _candidates(score, part, tracks) if len(score.tracks[n].notes)]
    if not numbers:
        raise InputError(f"There is no {part} in it: {_inventory(score)}.")
    if part in ("drums", PIANO):
        return [_merged(score, numbers, part)]
    if part == STRINGS:
        merged = _merged(score, numbers, part)
        line = _line(merged.score, 0, part, rule)
        return [replace(line, track=merged.track, name=merged.name, also=merged.also)]
    lines = [_line(score, number, part, rule) for number in numbers]
    return sorted(lines, key=lambda line: _rank(score.tracks[line.track], line))


def _candidates(score: Score, part: str, tracks: str) -> list[int]:
    programs = _PROGRAMS.get(part, range(0))
    if part in (GUITAR, STRINGS) or (tracks == "programs" and programs):
        found = [n for n, track in enumerate(score.tracks) if not track.is_drum and track.program in programs]
        named = [] if tracks == "programs" else [n for n in found if part_of(score.tracks[n]) in ("bass", "drums")]
        return [n for n in found if n not in named]
    if part == PIANO:
        return _pianos(score)
    parts = [part_of(track) for track in score.tracks]
    if part != "melody":
        return [n for n, found in enumerate(parts) if found == part]
    pitched = [n for n, track in enumerate(score.tracks) if not track.is_drum and len(track.notes)]
    if len(pitched) == 1:  # its name is often the tune's title, which may speak of drums or a bass
        return pitched
    named = [n for n in pitched if parts[n] == "melody"]
    return named or [n for n in pitched if parts[n] == "other"]


def _pianos(score: Score) -> list[int]:
    pitched = [n for n, track in enumerate(score.tracks) if not track.is_drum and len(track.notes)]
    named = [n for n in pitched if re.search(_PIANO, score.tracks[n].name.casefold())]
    return named or [n for n in pitched if score.tracks[n].program in PIANO_PROGRAMS] or pitched[: len(pitched) == 1]


def _inventory(score: Score) -> str:
    if not score.note_count:
        return "it has no notes"
    found = [f"{track.name or 'unnamed'} ({part_of(track)}, {len(track.notes)} notes)" for track in score.tracks]
    return f"its tracks are {', '.join(found[:8])}" + (f" and {len(found) - 8} more" if len(found) > 8 else "")


def _rank(track: Track, line: Extracted) -> tuple[bool, float, float, int, int]:
    second = re.search(_SECOND, track.name.casefold()) is not None
    polyphony = round(line.dropped / line.notes, 1)
    return second, polyphony, -float(np.round(track.notes["pitch"].mean())), -line.notes, line.track


def _line(score: Score, number: int, part: str, rule: str) -> Extracted:
    track = score.tracks[number]
    line = monophonic(track.notes, rule, lowest=part == "bass" or rule == LOWEST)
    named = track.name or f"{part} {number + 1}"
    return Extracted(
        score.with_tracks([replace(track, notes=line)]), number, named, len(track.notes), len(track.notes) - len(line)
    )


def _merged(score: Score, numbers: Sequence[int], part: str) -> Extracted:
    """All these tracks as one: many files give every drum, and each hand of a piano, a track of its own."""
    first = score.tracks[numbers[0]]
    notes = sort_notes(np.concatenate([score.tracks[n].notes for n in numbers]))
    name = first.name or f"{part} {numbers[0] + 1}"
    track = replace(first, notes=notes, is_drum=part == "drums")
    return Extracted(score.with_tracks([track]), numbers[0], name, len(notes), dropped=0, also=tuple(numbers[1:]))


def monophonic(notes: np.ndarray, rule: str = "highest", lowest: bool = False) -> np.ndarray:
    """One line out of a note array (dtype NOTE): no two notes of the result sound together.

    Raises:
        UsageError: when the rule is unknown.
    """
    if rule not in RULES:
        raise UsageError(f"There is no rule {rule!r} for one line; it must be one of {', '.join(RULES)}.")
    if not len(notes):
        return notes
    ordered = sort_notes(notes)
    height = -ordered["pitch"].astype(int) if lowest else ordered["pitch"]
    return _highest(ordered, height) if rule == "highest" else _skyline(ordered, height)


def _highest(ordered: np.ndarray, height: np.ndarray) -> np.ndarray:
    chord = np.concatenate([[0], np.cumsum(np.diff(ordered["start"]) > TOGETHER)])
    best = np.lexsort((-height, chord))
    line: np.ndarray = ordered[best[np.concatenate([[True], np.diff(chord[best]) > 0])]].copy()
    gaps = np.diff(line["start"])
    line["duration"][:-1] = np.minimum(line["duration"][:-1], gaps)
    return line


def _skyline(ordered: np.ndarray, height: np.ndarray) -> np.ndarray:
    """Higher notes are laid down first; of a lower one the first stretch that is still free and begins it remains."""
    begins: list[float] = []  # of the stretches laid down, ascending; they overlap by TOGETHER at most
    stops: list[float] = []
    kept = []
    for number in np.lexsort((ordered["start"], -height.astype(int))):
        start = float(ordered["start"][number])
        end = start + float(ordered["duration"][number])
        place = bisect_right(begins, start)
        if _covered(begins, stops, start):
            continue
        if place < len(begins):
            end = min(end, begins[place])
        begins.insert(place, start)
        stops.insert(place, end)
        kept.append((start, end - start, ordered["pitch"][number], ordered["velocity"][number]))
    return sort_notes(np.array(kept, dtype=ordered.dtype))


def _covered(begins: list[float], stops: list[float], start: float) -> bool:
    """Whether a note that begins here begins under a stretch, one that ends within TOGETHER left out."""
    for place in range(bisect_right(begins, start + TOGETHER) - 1, -1, -1):
        if start < stops[place] - TOGETHER:
            return True
        if begins[place] <= start:
            return False
    return False
