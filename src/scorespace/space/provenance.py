"""Provenance: all that is needed to make a take again, as JSON that travels inside the MIDI file.

    {"format": 1, "scorespace": "0.1.0", "space": "melody-2bar", "weights": sha256 of the weights,
     "verb": "vary", "index": 3, "seed": 7, "temperature": 0.0, "arguments": {"amount": 0.3}, "inputs": [score, ...]}

`seed` is null where nothing was drawn. A score is written as lists of numbers, so that no other file is needed. Takes
that were joined have the verb "join", their records under "takes", and every input once: a record then names its inputs
by their place in the list.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from scorespace.errors import InputError
from scorespace.music.score import NOTE, Chord, Key, Metre, Score, Tempo, Track

FORMAT = 1
LARGEST_TIME = 1e6  # quarter notes
KEYS = {
    "format": int,
    "space": str,
    "weights": str,
    "verb": str,
    "index": int,
    "temperature": float,
    "arguments": dict,
    "inputs": list,
}

Record = dict[str, Any]


def dump(record: Mapping[str, Any]) -> str:
    """The record as compact ASCII JSON with sorted keys: equal records give equal text."""
    return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def parse(text: str) -> Record:
    """The record in a text, checked.

    Raises:
        InputError: when the text is no record of this or an older format.
    """
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        raise InputError(
            "The provenance in this file is damaged (it is not JSON); the take cannot be made again."
        ) from None
    if not isinstance(record, dict) or not isinstance(record.get("format"), int):
        raise InputError(
            "The provenance in this file is damaged (it has no format number); the take cannot be made again."
        )
    if record["format"] > FORMAT:
        raise InputError(
            f"The provenance has format {record['format']}, this version reads up to {FORMAT}: upgrade scorespace."
        )
    for single in singles(record):
        _check(single)
    return record


def joined(records: Sequence[Mapping[str, Any]]) -> Record:
    """The record of takes played one after another; joined takes among them are taken apart first."""
    parts = [single for record in records for single in singles(record)]
    pool: dict[str, int] = {}
    inputs: list[Any] = []
    takes = []
    for part in parts:
        places = []
        for score in part["inputs"]:
            key = dump(score)
            if key not in pool:
                pool[key] = len(inputs)
                inputs.append(score)
            places.append(pool[key])
        takes.append({**part, "inputs": places})
    return {"format": FORMAT, "verb": "join", "takes": takes, "inputs": inputs}


def singles(record: Mapping[str, Any]) -> list[Record]:
    """The records of the takes that were joined, with their inputs; of a single take itself.

    Raises:
        InputError: when the list of takes is damaged.
    """
    if record.get("verb") != "join":
        return [dict(record)]
    try:
        pool = record["inputs"]
        return [{**take, "inputs": [pool[place] for place in take["inputs"]]} for take in record["takes"]]
    except (KeyError, IndexError, TypeError):
        raise InputError("The provenance of these joined takes is damaged; they cannot be made again.") from None


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


def _check(record: Mapping[str, Any]) -> None:
    wrong = [key for key, kind in KEYS.items() if not isinstance(record.get(key), kind)]
    wrong += ["seed"] * (not isinstance(record.get("seed", ""), int | None))
    if wrong:
        raise InputError(f"The provenance in this file is damaged ({wrong[0]}); the take cannot be made again.")


def describe(record: Mapping[str, Any]) -> Iterable[str]:
    """Sentences that say how a take was made, one a line."""
    for number, single in enumerate(parts := singles(record), 1):
        arguments = "".join(f", {name} {value}" for name, value in sorted(single["arguments"].items()))
        drawn = (
            f"seed {single['seed']}, temperature {single['temperature']:g}"
            if single["seed"] is not None
            else "no chance"
        )
        head = f"{number} of {len(parts)}: " if len(parts) > 1 else ""
        yield (
            f"{head}{single['verb']} take {single['index'] + 1} by {single['space']} "
            f"(weights {single['weights'][:12]}): "
            f"{drawn}{arguments}; {len(single['inputs'])} score(s) went in."
        )
