"""Phrases that a bundled space must know its way about: the demo's tunes, and beats that the project writes itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from scorespace.demo.job import read_tunes
from scorespace.music import drums
from scorespace.music.grid import Grid
from scorespace.music.score import NOTE, Score, Track

# one bar, a character a sixteenth: X loud, x plain, o soft; the letters' classes are those of scorespace.music.drums
BEATS = (
    {"kick": "X.......X.x.....", "snare": "....X.......X...", "closed hi-hat": "x.x.x.x.x.x.x.x."},
    {"kick": "X..x..x...x.....", "snare": "....X..o.o..X..o", "closed hi-hat": "xoxoxoxoxoxoxoxo"},
    {
        "kick": "X.......x.......",
        "snare": "........X.......",
        "ride": "x...x...x...x...",
        "closed hi-hat": "....x.......x...",
    },
    {"kick": "X...X...X...X...", "snare": "....X.......X...", "open hi-hat": "..x...x...x...x."},
)
# two bars of piano: a chord every half bar from the bass up, and how it is broken, a character an eighth: b the bass,
# 1 2 3 the chord's notes, c all of them, - what sounds goes on
PIANOS = (
    (((48, 60, 64, 67), (43, 59, 62, 67), (45, 60, 64, 69), (41, 60, 65, 69)), ("b---", "c---")),
    (((45, 57, 60, 64), (45, 57, 60, 64), (41, 57, 60, 65), (43, 59, 62, 67)), ("b---", "1232")),
    (((50, 62, 66, 69), (47, 62, 66, 71), (43, 59, 62, 67), (45, 61, 64, 69)), ("bb-b", "c-c-")),
    (((41, 57, 60, 65), (48, 60, 64, 67), (46, 58, 62, 65), (48, 58, 64, 67)), ("b1b1", "-2-3")),
)
FIRST_PROGRAMS = (0, 27, 48, 4)  # what plays the chords of a band: a piano, a guitar, strings, an electric piano
VELOCITIES = {"X": 110, "x": 80, "o": 40}
LATE = (0.0, 0.012, -0.008, 0.015)  # quarter notes, step after step


def phrases(grid: Grid) -> list[Score] | None:
    """Four phrases of the grid's length; None for parts that nothing is written for here."""
    if grid.parts == ("melody",):
        tunes = read_tunes(grid.bars)
        return [tunes.first_a, tunes.first_b, tunes.second_a, tunes.second_b]
    if grid.parts == ("melody", "bass", "drums"):
        tunes = read_tunes(grid.bars)
        leads = [tunes.first_a, tunes.first_b, tunes.second_a, tunes.second_b]
        return [trio(lead, beat(lines, grid.bars)) for lead, lines in zip(leads, BEATS, strict=True)]
    if grid.parts == ("drums", "bass", "guitar", "strings"):
        tunes = read_tunes(grid.bars)
        leads = [tunes.first_a, tunes.first_b, tunes.second_a, tunes.second_b]
        return [four(lead, beat(lines, grid.bars)) for lead, lines in zip(leads, BEATS, strict=True)]
    if grid.kind == "band":
        parts = zip(PIANOS, BEATS, FIRST_PROGRAMS, strict=True)
        return [band(chords[:2], hands, beat(lines, grid.bars), program) for (chords, hands), lines, program in parts]
    if grid.kind == "roll":
        return [piano(chords, hands) for chords, hands in PIANOS]
    return [beat(lines, grid.bars) for lines in BEATS] if grid.parts == ("drums",) else None


def trio(lead: Score, kit: Score) -> Score:
    """The tune over its kit, with a bass that strikes the tune's first note of every half bar two octaves below 60."""
    melody = lead.tracks[0].notes
    halves = np.unique(melody["start"] // 2, return_index=True)[1]
    bass = melody[halves].copy()
    bass["start"], bass["duration"], bass["pitch"] = 2 * (bass["start"] // 2), 2, 36 + bass["pitch"] % 12
    tracks = (Track(melody, "melody"), Track(bass, "bass", program=33), *kit.tracks)
    return lead.with_tracks(tracks)


def four(lead: Score, kit: Score) -> Score:
    """The trio with the tune on a guitar, and strings that hold the tune's first note of every bar an octave lower."""
    melody, bass, *drums = trio(lead, kit).tracks
    bars = np.unique(melody.notes["start"] // 4, return_index=True)[1]
    held = melody.notes[bars].copy()
    held["start"], held["duration"], held["pitch"] = 4 * (held["start"] // 4), 4, held["pitch"] - 12
    return lead.with_tracks(
        (*drums, bass, replace(melody, name="guitar", program=27), Track(held, "strings", program=48))
    )


def band(chords: Sequence[Sequence[int]], hands: Sequence[str], kit: Score, program: int) -> Score:
    """A bar of chords with the bass on an instrument of its own, over a kit."""
    played = piano(chords, hands).tracks[0]
    bass = np.array([(2 * half, 2.0, chord[0] - 12, 90) for half, chord in enumerate(chords)], NOTE)
    return Score((Track(played.notes, "chords", program=program), Track(bass, "bass", program=33), *kit.tracks))


def beat(lines: dict[str, str], bars: int) -> Score:
    """So many bars of a beat, played a little unevenly."""
    rows = [
        (max(0.0, 4 * bar + step / 4 + LATE[step % 4]), 0.2, drums.CLASSES[name][0], VELOCITIES[mark])
        for bar in range(bars)
        for name, line in lines.items()
        for step, mark in enumerate(line)
        if mark != "."
    ]
    return Score((Track(np.array(sorted(rows), NOTE), "drums", is_drum=True),))


def piano(chords: Sequence[Sequence[int]], hands: Sequence[str]) -> Score:
    """Each chord half a bar, broken as the hands' lines say; a note lasts until its hand's next."""
    rows = []
    for half, (bass, *others) in enumerate(chords):
        for line in hands:
            struck = [step for step, mark in enumerate(line) if mark != "-"]
            for step, end in zip(struck, [*struck[1:], 4], strict=True):
                mark = line[step]
                pitches = [bass] if mark == "b" else others if mark == "c" else [others[int(mark) - 1]]
                rows += [(2 * half + step / 2, (end - step) / 2, pitch, 80) for pitch in pitches]
    return Score((Track(np.array(sorted(rows), NOTE), "piano"),))
