"""Makes app/public/starter.json, the session that the app begins with: music to play before any model is loaded.

    python app/starter.py        # after bundled weights have changed; then build the page

Two traditional tunes and takes of the bundled spaces on them, with fixed seeds. The takes carry their provenance, so
that they can be made again, varied and edited like any other.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scorespace.demo.job import PART_BARS, phrase, read_tunes
from scorespace.music.draw import whole_bars
from scorespace.music.score import Score
from scorespace.server.scores import take_json
from scorespace.space import Take, load, provenance

TARGET = Path(__file__).parent / "public" / "starter.json"
LARGEST = 80_000  # bytes
DIGITS = 6  # of a quarter note, finer than any MIDI file
SETTINGS = {
    "loop": True,
    "qpm": None,
    "swing": 0,
    "metronome": False,
    "tonic": None,
    "scale": "major",
    "volume": 0.8,
    "muted": [],
}


def items() -> Iterator[dict[str, Any]]:
    """The shelf, in its order."""
    tunes = read_tunes(2)
    whole = [phrase(tune, 1, PART_BARS) for tune in (tunes.first, tunes.second)]
    for tune, score in zip((tunes.first, tunes.second), whole, strict=True):
        yield item(tune.title, score)
    melody = load("melody-2bar")
    line = melody.interpolate(tunes.first_a, tunes.second_a, steps=5)
    for number, take in enumerate(line, 1):
        yield item(f"Line {number} of {len(line)}", take)
    yield item("Variation", melody.vary(tunes.first_a, n=1, amount=0.4, seed=5)[0])
    yield item("Bars 5-6 anew", load("folk-inpaint").inpaint(whole[0], (5, 6), n=1, seed=3)[0])
    beat = load("drums-2bar").sample(6, seed=7, temperature=0.8)[5]
    yield item("Beat", beat)
    yield item("Beat, as played", load("groove-2bar").humanise(beat, n=1, seed=4)[0])
    yield item("Trio", load("trio-16bar").sample(7, seed=7, temperature=0.7)[6])  # the others lack a part


def item(name: str, source: Score | Take) -> dict[str, Any]:
    """An item of the shelf, as app/src/state/session.ts has it."""
    if isinstance(source, Score):
        return {"name": name, "score": rounded(provenance.pack(source)), "quarters": whole_bars(source)}
    said = take_json(source)
    score, quarters = said.pop("score"), said.pop("quarters")
    del said["z"]
    return {"name": name, "score": rounded(score), "quarters": quarters, "take": said}


def rounded(packed: dict[str, Any]) -> dict[str, Any]:
    """A packed score with shorter times."""
    for track in packed["tracks"]:
        track["notes"] = [
            [short(start), short(duration), pitch, velocity] for start, duration, pitch, velocity in track["notes"]
        ]
    return packed


def short(quarters: float) -> float:
    """A whole number where it is one."""
    near = round(quarters, DIGITS)
    return int(near) if near == int(near) else near


def main() -> None:
    """Writes the file."""
    shelf = [{"id": f"starter-{number}", **found} for number, found in enumerate(items(), 1)]
    named = {item["name"]: item["id"] for item in shelf}
    session = {
        "format": 1,
        "items": shelf,
        "selected": shelf[0]["id"],
        "tool": "sketch",
        "tools": {"sketch": {"melody": named["Line 1 of 5"], "drums": named["Beat"]}},
        "settings": SETTINGS,
    }
    text = json.dumps(session, ensure_ascii=False, separators=(",", ":"))
    assert len(text.encode()) <= LARGEST, f"{len(text.encode())} bytes are more than {LARGEST}"
    unfinished = TARGET.with_suffix(".part")
    unfinished.write_text(text + "\n", encoding="utf-8")
    unfinished.replace(TARGET)
    for one in shelf:
        notes = sum(len(track["notes"]) for track in one["score"]["tracks"])
        print(f"{one['name']}: {notes} notes, {one['quarters']:g} quarters, {len(json.dumps(one))} bytes")
    print(f"{TARGET}: {len(text.encode())} bytes")


if __name__ == "__main__":
    main()
