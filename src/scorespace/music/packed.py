"""Scores as plain lists and numbers, for JSON: in the provenance of takes, in sessions and on the wire."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from scorespace.errors import InputError
from scorespace.music.score import NOTE, Chord, Key, Metre, Score, Tempo, Track

LARGEST_TIME = 1e6  # quarter notes

Record = dict[str, Any]


def pack(score: Score) -> Record:
    """A score as plain lists and numbers; nothing is rounded. `unpack` gives it back."""
    packed: Record = {
        "tracks": [_pack_track(track) for track in score.tracks],
        "tempos": [[tempo.start, tempo.qpm] for tempo in score.tempos],
        "metres": [[metre.start, metre.numerator, metre.denominator] for metre in score.metres],
    }
    if score.keys:
        packed["keys"] = [[key.start, key.sharps, key.mode] for key in score.keys]
    if score.chords:
        packed["chords"] = [[chord.start, chord.symbol] for chord in score.chords]
    if score.title:
        packed["title"] = score.title
    return packed


def unpack(packed: Any) -> Score:
    """The score that `pack` wrote.

    Raises:
        InputError: when it is damaged.
    """
    try:
        score = Score(
            tuple(_unpack_track(track) for track in packed["tracks"]),
            tuple(Tempo(_time(start), _positive(qpm)) for start, qpm in packed["tempos"]),
            tuple(Metre(_time(s), _whole(n, 1, 255), _whole(d, 1, 256)) for s, n, d in packed["metres"]),
            tuple(
                Key(_time(start), _whole(sharps, -7, 7), str(mode)) for start, sharps, mode in packed.get("keys", [])
            ),
            tuple(Chord(_time(start), str(symbol)) for start, symbol in packed.get("chords", [])),
            str(packed.get("title", "")),
        )
        first = score.tempos[0].start, score.metres[0].start
    except (KeyError, IndexError, TypeError, ValueError, OverflowError, AttributeError):
        first = None
    if first != (0.0, 0.0):
        raise InputError("The provenance in this file is damaged (its notes); the take cannot be made again.")
    return score


def _pack_track(track: Track) -> Record:
    packed: Record = {"notes": [list(note) for note in track.notes.tolist()]}
    if track.name:
        packed["name"] = track.name
    if track.program:
        packed["program"] = int(track.program)
    if track.is_drum:
        packed["drum"] = True
    return packed


def _unpack_track(packed: Mapping[str, Any]) -> Track:
    rows = [
        (_time(start), _time(duration), _whole(pitch, 0, 127), _whole(velocity, 0, 127))
        for start, duration, pitch, velocity in packed["notes"]
    ]
    name, program = str(packed.get("name", "")), _whole(packed.get("program", 0), 0, 127)
    return Track(np.array(rows, NOTE), name, program, packed.get("drum") is True)


def _time(value: Any) -> float:
    return _within(value, 0.0, LARGEST_TIME)


def _positive(value: Any) -> float:
    return _within(value, 1e-3, 1e6)


def _within(value: Any, low: float, high: float) -> float:
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not (math.isfinite(value) and low <= value <= high)
    ):
        raise ValueError(value)
    return float(value)


def _whole(value: Any, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(value)
    return value
