"""What a checkpoint of Magenta's writes: told by the widths of its outputs and, for JavaScript's, by config.json.

    90          a melody: no event, note off, pitches 21 to 108 (130: pitches 0 to 127)
    512         drums: the combinations of nine classes
    692         a trio: melody and bass (90 each) and drums (512), as one output or as three
    27          a groove: strokes, velocities and offsets of nine classes

Sources: magenta/models/music_vae/configs.py, data.py; magenta-js, music/src/core/data.ts and music_vae/model.ts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scorespace.errors import InputError
from scorespace.magenta.source import BARS, Source
from scorespace.music import drums
from scorespace.music.grid import FIRST_PITCH

STEPS_PER_BAR = 16  # of 4/4, four a quarter note: all that Magenta's models know
MOST_BARS = 64
RANGES = {90: (21, 108), 130: (0, 127)}  # pitches that a melody's width stands for, where nothing says which
GROOVE = 3 * drums.COUNT
TAKEN = "taken are melodies, drums of nine classes, trios and grooves, without chords or other controls"
CONDITIONS = ("chordEncoder", "conditionOnKey", "extraControls", "useBooleanDecoder")  # in config.json

Parts = tuple[tuple[str, ...], tuple[int, int]]


def check(source: Source) -> None:
    """Refuses what config.json says that no model here can do.

    Raises:
        InputError: which names it and says what is taken.
    """
    for key in CONDITIONS:
        if source.spec.get(key):
            raise refused(source, f"needs {key}")
    if arguments(source).get("splitInstruments"):
        raise refused(source, "writes the drums of a step one after the other (splitInstruments)")
    spoken = arguments(source).get("stepsPerQuarter", 4)
    if spoken != 4:
        raise refused(source, f"has {spoken} steps a quarter note")


def parts_of(source: Source, outputs: Sequence[int]) -> Parts:
    """The parts that outputs of these widths write, and the lowest and highest pitch of its lines.

    Raises:
        InputError: when they are of no kind that is taken.
    """
    said = arguments(source)
    melody, bass = (_pitches(said.get(part, {})) or RANGES[90] for part in ("melArgs", "bassArgs"))
    if tuple(outputs) == (drums.COMBINATIONS,):
        return ("drums",), RANGES[90]
    widths = (_width(melody), _width(bass), drums.COMBINATIONS)
    if tuple(outputs) in (widths, (sum(widths),)):
        if melody != bass:
            raise refused(source, f"has pitches {melody} for the melody and {bass} for the bass")
        return ("melody", "bass", "drums"), melody
    line = _pitches(said) or RANGES.get(sum(outputs))
    if line and tuple(outputs) == (_width(line),):
        return ("melody",), line
    raise refused(source, f"writes {' + '.join(map(str, outputs))} numbers a step")


def bars_of(source: Source, hierarchical: bool, asked: int | None = None) -> int:
    """Bars of a phrase: as config.json says, as asked, as the name says ("mel_4bar"), or as most of Magenta's are.

    Raises:
        InputError: when they are no whole bars, too many, or others than asked for.
    """
    steps = arguments(source).get("numSteps")
    if type(steps) is int and steps > 0:
        if steps % STEPS_PER_BAR:
            raise InputError(f"{source.name}: its phrases have {steps} steps, which are no whole bars of 16.")
        found = steps // STEPS_PER_BAR
        if asked not in (None, found):
            raise InputError(f"{source.name}: its config.json says {found} bars, not {asked}: leave out --bars.")
    else:
        named = BARS.search(source.name)
        found = asked or (int(named[1]) if named else 16 if hierarchical else 2)
    if not 1 <= found <= MOST_BARS:
        raise InputError(f"{source.name}: its phrases would have {found} bars; 1 to {MOST_BARS} are taken.")
    return found


def bars_per_embedding(source: Source, bars: int) -> int:
    """Bars of an embedding of the conductor: one in all that Magenta's own configurations describe.

    Raises:
        InputError: when config.json divides a phrase otherwise than at bar lines.
    """
    segments = arguments(source).get("numSegments")
    if type(segments) is not int or segments < 1:
        return 1
    if bars % segments:
        raise InputError(f"{source.name}: its conductor divides {bars} bars by {segments}, not at bar lines.")
    return bars // segments


def arguments(source: Source) -> Mapping[str, Any]:
    """The arguments of config.json's converter; none for TensorFlow's files."""
    converter = source.spec.get("dataConverter")
    found = converter.get("args") if isinstance(converter, dict) else None
    if not isinstance(found, dict):
        return {}
    return {key: value for key, value in found.items() if not key.endswith("Args") or isinstance(value, dict)}


def refused(source: Source, words: str) -> InputError:
    """The error for what is of no kind that is taken."""
    return InputError(f"{source.name}: {words}, for which there is no model here; {TAKEN}.")


def _width(pitches: tuple[int, int]) -> int:
    return FIRST_PITCH + pitches[1] - pitches[0] + 1


def _pitches(said: Mapping[str, Any]) -> tuple[int, int] | None:
    """The range that a converter's arguments give, if they do."""
    lowest, highest = said.get("minPitch"), said.get("maxPitch")
    if type(lowest) is int and type(highest) is int and 0 <= lowest <= highest <= 127:
        return lowest, highest
    return None
