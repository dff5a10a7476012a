"""Scores in and out of the app: files read and written, what a space makes of a score. Runs in a worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from scorespace.errors import InputError
from scorespace.music import files, midi, musicxml, notation, synth
from scorespace.music.draw import whole_bars
from scorespace.music.score import Score, sort_notes
from scorespace.server.work import File, Held
from scorespace.space import Take, provenance

SAMPLE_RATE = 44_100
LONGEST = 100_000.0  # quarter notes, and bars where they are shorter
DENOMINATORS = (1, 2, 4, 8, 16, 32, 64, 128)
NO_POINTS = np.empty((0, 0))  # a file carries none
TYPES = {
    "mid": "audio/midi",
    "musicxml": "application/vnd.recordare.musicxml+xml",
    "svg": "image/svg+xml",
    "wav": "audio/wav",
}


def unpack(packed: Any, name: str) -> Score:
    """The score of an argument, its notes in order.

    Raises:
        InputError: when it is none; names the argument.
    """
    try:
        score = provenance.unpack(packed)
    except InputError:
        score = None
    if score is None or not _sound(score):
        raise InputError(
            f"{name} is no score: it needs tracks of notes [start, duration above 0, pitch 0-127, velocity 1-127], and "
            "tempos and metres in order of which the first stand at 0."
        )
    if score.end > LONGEST * min(1.0, *(metre.bar for metre in score.metres)):
        raise InputError(f"{name} is {score.end:,.0f} quarter notes long; scores up to {LONGEST:,.0f} are taken.")
    return score.with_tracks(replace(track, notes=_in_order(track.notes)) for track in score.tracks)


def _in_order(notes: np.ndarray) -> np.ndarray:
    return sort_notes(notes) if (np.diff(notes["start"]) < 0).any() else notes


def _sound(score: Score) -> bool:
    """Whether it is what the readers of files promise."""
    notes = [track.notes for track in score.tracks]
    starts = [[event.start for event in events] for events in (score.tempos, score.metres)]
    return (
        all((rows["duration"] > 0).all() and (rows["velocity"] > 0).all() for rows in notes)
        and all(times == sorted(set(times)) for times in starts)
        and all(metre.denominator in DENOMINATORS for metre in score.metres)
    )


def take_json(take: Take) -> dict[str, Any]:
    """A take on the wire: what `--json` prints, and the take itself."""
    first = provenance.singles(take.provenance)[0]
    said = {"index": 0, "space": first["space"], "seed": first["seed"], **take.to_dict()}
    return {**said, "score": provenance.pack(take.score), "z": take.z.tolist(), "provenance": take.provenance}


def read(held: Held, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """POST v1/read."""
    name = arguments["name"] or "The file"
    score = files.read(arguments["data"], name)
    quarters = whole_bars(score)
    found: dict[str, Any] = {"score": provenance.pack(score), "quarters": quarters}
    record = _record(arguments["data"])
    if record:
        take = take_json(Take(score, NO_POINTS, record, quarters))
        found["take"] = {key: value for key, value in take.items() if key not in ("score", "z")}
    return found


def _record(data: bytes) -> provenance.Record | None:
    """The provenance in a file; None where there is none that this version can read."""
    try:
        text = files.provenance(data)
        record = provenance.parse(text) if text else None
        return record if record and provenance.singles(record) else None
    except InputError:
        return None  # the notes are all the same good


def write(held: Held, arguments: Mapping[str, Any]) -> File:
    """POST v1/write/{format}."""
    ending = arguments["format"]
    score = unpack(arguments["score"], "score")
    marked = tuple((start, end) for start, end in arguments["marked"])
    if ending == "mid":
        record = arguments["provenance"]
        data = midi.dump(score, provenance.dump(record) if record else None)
    elif ending == "musicxml":
        data = musicxml.dump(score, marked)
    elif ending == "svg":
        data = notation.svg(score, marked).encode()
    else:
        data = synth.wav_bytes(synth.render(score, SAMPLE_RATE), SAMPLE_RATE)
    return File(data, TYPES[ending])


def check(held: Held, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """POST v1/check."""
    report = held.space(arguments["space"]).check(unpack(arguments["score"], "score"))
    return {**report.to_dict(), "summary": report.summary}


def attributes(held: Held, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """POST v1/attributes."""
    space, score = held.space(arguments["space"]), unpack(arguments["score"], "score")
    return {"attributes": space.measure(score), "genres": space.likeness(score)}
