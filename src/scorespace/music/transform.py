"""Scores cut, joined and transposed. Every function gives a new score; times are quarter notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from scorespace.errors import UsageError
from scorespace.music.score import NOTE, Chord, Key, Metre, Score, Tempo, Track

_Mark = TypeVar("_Mark", Tempo, Metre, Key, Chord)
_NEAR = 1e-6  # quarter notes; a note that begins this little before a cut belongs to what follows it


def cut(score: Score, start: float, end: float) -> Score:
    """The stretch from start to end, moved to time 0.

    It holds the notes that begin inside, each ended at `end` at the latest; the maps are cut with it.
    """
    tracks = [replace(track, notes=_cut_notes(track.notes, start, end)) for track in score.tracks]
    return replace(
        score,
        tracks=tuple(tracks),
        tempos=_cut_marks(score.tempos, start, end),
        metres=_cut_marks(score.metres, start, end),
        keys=_cut_marks(score.keys, start, end),
        chords=tuple(replace(c, start=c.start - start) for c in score.chords if start - _NEAR <= c.start < end - _NEAR),
    )


def _cut_notes(notes: np.ndarray, start: float, end: float) -> np.ndarray:
    inside = notes[(notes["start"] >= start - _NEAR) & (notes["start"] < end - _NEAR)].copy()
    inside["start"] = np.maximum(inside["start"] - start, 0.0)
    inside["duration"] = np.minimum(inside["duration"], end - start - inside["start"])
    return inside


def _cut_marks(marks: tuple[_Mark, ...], start: float, end: float) -> tuple[_Mark, ...]:
    before = [mark for mark in marks if mark.start <= start + _NEAR]
    inside = [mark for mark in marks if start + _NEAR < mark.start < end - _NEAR]
    return tuple(
        [replace(mark, start=0.0) for mark in before[-1:]] + [replace(m, start=m.start - start) for m in inside]
    )


def bars(score: Score, first: int, last: int) -> Score:
    """Bars first to last, counted from 1, both included.

    Raises:
        UsageError: when the score has no such bars.
    """
    return cut(score, *bar_range(score, first, last))


def bar_range(score: Score, first: int, last: int) -> tuple[float, float]:
    """Where bars first to last, counted from 1, both included, begin and end, in quarter notes.

    Raises:
        UsageError: when the score has no such bars.
    """
    starts = score.bar_starts()
    if first > last:
        raise UsageError(f"Bars {first}-{last} run backwards: write {last}-{first}.")
    if not 1 <= first <= last <= len(starts):
        raise UsageError(f"Bars {first}-{last} are not in this score: it has bars 1-{len(starts)}.")
    ends = [*starts[1:], max(score.end, whole_bars(score))]
    return float(starts[first - 1]), float(ends[last - 1])


def last_bar(score: Score, start: float) -> float:
    """Length in quarter notes of the bar that begins here."""
    return [metre.bar for metre in score.metres if metre.start <= start + _NEAR][-1]


def join(scores: Sequence[Score], lengths: Sequence[float] | None = None, by_program: bool = False) -> Score:
    """The scores one after another, track by track.

    Args:
        scores: at least one; each has the same number of tracks, unless `by_program` is set.
        lengths: of each in quarter notes; whole bars (at least one) when absent. A note that rings on ends where the
            next score begins.
        by_program: let each instrument go on in the track of its program, drums in that of the drums, whatever place
            it has in its score; several of one program go by their order. Tracks then stand by program, drums last.

    Raises:
        UsageError: when there is nothing to join or the numbers of tracks differ.
    """
    if by_program:
        scores = _same_instruments(scores)
    if not scores or len({len(score.tracks) for score in scores}) != 1:
        raise UsageError("Joining needs at least one score, all with the same number of tracks.")
    if lengths is None:
        lengths = [whole_bars(score) for score in scores]
    offsets = np.concatenate([[0.0], np.cumsum(lengths)[:-1]])
    columns = zip(*(score.tracks for score in scores), strict=True)
    tracks = [_join_tracks(column, offsets, lengths) for column in columns]
    return replace(
        scores[0],
        tracks=tuple(tracks),
        tempos=_join_marks([score.tempos for score in scores], offsets),
        metres=_join_marks([score.metres for score in scores], offsets),
        keys=_join_marks([score.keys for score in scores], offsets),
        chords=tuple(
            replace(c, start=c.start + at) for score, at in zip(scores, offsets, strict=True) for c in score.chords
        ),
    )


def _same_instruments(scores: Sequence[Score]) -> list[Score]:
    """The scores with the same instruments in the same order; those that one has not are silent in it."""
    players = [_players(score) for score in scores]
    first = {key: track for found in reversed(players) for key, track in found.items()}
    return [
        score.with_tracks(found.get(key, replace(first[key], notes=np.empty(0, NOTE))) for key in sorted(first))
        for score, found in zip(scores, players, strict=True)
    ]


def _players(score: Score) -> dict[tuple[bool, int, int], Track]:
    """The tracks by whether they are drums, their program, and how many of these stand before them."""
    count: Counter[tuple[bool, int]] = Counter()
    found = {}
    for track in score.tracks:
        kind = (track.is_drum, 0 if track.is_drum else track.program)
        found[*kind, count[kind]] = track
        count[kind] += 1
    return found


def whole_bars(score: Score) -> float:
    """Where the last bar is over, in quarter notes."""
    start = float(score.bar_starts()[-1])
    return start + last_bar(score, start)


def _join_tracks(tracks: Sequence[Track], offsets: np.ndarray, lengths: Sequence[float]) -> Track:
    pieces = []
    ends = [*lengths[:-1], np.inf]
    for track, offset, end in zip(tracks, offsets, ends, strict=True):
        piece = track.notes[track.notes["start"] < end].copy()
        piece["duration"] = np.minimum(piece["duration"], end - piece["start"])
        piece["start"] += offset
        pieces.append(piece)
    return replace(tracks[0], notes=np.concatenate(pieces))


def _join_marks(marks: Sequence[tuple[_Mark, ...]], offsets: np.ndarray) -> tuple[_Mark, ...]:
    joined: list[_Mark] = []
    for piece, offset in zip(marks, offsets, strict=True):
        for mark in piece:
            if not joined or replace(joined[-1], start=0.0) != replace(mark, start=0.0):
                joined.append(replace(mark, start=mark.start + float(offset)))
    return tuple(joined)


def transpose(score: Score, semitones: int) -> Score:
    """The score moved by so many semitones; drums stay. Keys and chord symbols are left out, as they no longer hold.

    Raises:
        UsageError: when a pitch would leave 0-127.
    """
    if semitones == 0:
        return score
    pitched = [track.notes["pitch"] for track in score.tracks if not track.is_drum and len(track.notes)]
    lowest, highest = min((int(p.min()) for p in pitched), default=0), max((int(p.max()) for p in pitched), default=0)
    if pitched and (lowest + semitones < 0 or highest + semitones > 127):
        raise UsageError(f"Moving this score by {semitones} semitones would leave the MIDI pitches 0-127.")
    return replace(score, tracks=tuple(_transposed(track, semitones) for track in score.tracks), keys=(), chords=())


def _transposed(track: Track, semitones: int) -> Track:
    if track.is_drum:
        return track
    moved = track.notes.copy()
    moved["pitch"] += semitones
    return replace(track, notes=moved)


def insert_bars(score: Score, after: int, count: int) -> Score:
    """The score with so many empty bars after bar `after` (0: at the beginning), in the metre of that bar.

    A note that sounds across the place keeps its length, and so lasts into the empty bars.

    Raises:
        UsageError: when the score has no such bar, or there is nothing to insert.
    """
    starts = score.bar_starts()
    if not 0 <= after <= len(starts) or count < 1:
        raise UsageError(f"Bars go in after one of the bars 0-{len(starts)}, at least one, got {count} after {after}.")
    ends = [*starts, whole_bars(score)]
    place = float(ends[after])
    length = count * last_bar(score, float(starts[max(after - 1, 0)]))
    return replace(
        score,
        tracks=tuple(replace(track, notes=_made_room(track.notes, place, length)) for track in score.tracks),
        tempos=_moved_marks(score.tempos, place, length),
        metres=_moved_marks(score.metres, place, length),
        keys=_moved_marks(score.keys, place, length),
        chords=tuple(replace(c, start=c.start + length * (c.start > place - _NEAR)) for c in score.chords),
    )


def _made_room(notes: np.ndarray, place: float, length: float) -> np.ndarray:
    moved = notes.copy()
    moved["start"] += length * (notes["start"] > place - _NEAR)
    return moved


def _moved_marks(marks: tuple[_Mark, ...], place: float, length: float) -> tuple[_Mark, ...]:
    """A mark at the place itself moves, unless it is the one that the score begins with."""
    return tuple(replace(mark, start=mark.start + length * (mark.start > max(place - _NEAR, _NEAR))) for mark in marks)


def regions(
    score: Score, bar_quarters: float, metres: Collection[str], until: float | None = None
) -> list[tuple[float, float]]:
    """Stretches (start, end) of whole bars in one of these metres, such as {"4/4", "2/2"}.

    until: where the score is over, when that is not where its last note ends.

    Bars must be `bar_quarters` long. Neighbouring stretches are one. The last bar counts as whole. A bar shorter than a
    half note, such as the 1/4 that beat trackers write, is no metre that anybody wrote: it is read as common time.
    """
    found: list[tuple[float, float]] = []
    for metre, following in zip(score.metres, [*score.metres[1:], None], strict=True):
        written = is_written(metre)
        bar = metre.bar if written else 4.0
        if (str(metre) if written else "4/4") not in metres or abs(bar - bar_quarters) > _NEAR:
            continue
        stop = following.start if following else score.end if until is None else until
        whole = (
            np.floor((stop - metre.start) / bar + _NEAR) if following else np.ceil((stop - metre.start) / bar - _NEAR)
        )
        end = metre.start + float(whole) * bar
        if end <= metre.start:
            continue
        if found and abs(found[-1][1] - metre.start) < _NEAR:
            found[-1] = (found[-1][0], end)
        else:
            found.append((metre.start, end))
    return found


def paired(score: Score, metres: Collection[str]) -> Score:
    """The score with two of its bars read as one, where it has no bar in these metres but bars half as long.

    So a song whose file says 2/4 can be read in "4/4": beat trackers and notation programs write either. A score
    that has bars in one of these metres stays as it is.
    """
    if any(str(metre) in metres for metre in score.metres):
        return score
    doubled = {wanted: Metre(0.0, *map(int, wanted.split("/"))) for wanted in metres}
    whole = []
    for metre in score.metres:
        found = [long for long in doubled.values() if is_written(metre) and abs(long.bar - 2 * metre.bar) < _NEAR]
        whole.append(replace(found[0], start=metre.start) if found else metre)
    return replace(score, metres=tuple(whole)) if tuple(whole) != score.metres else score


def is_written(metre: Metre) -> bool:
    """Whether a metre can be one that a person wrote: its bar has at least two quarter notes, or it is 3/8."""
    return metre.bar >= 1.5
