"""Phrases that a bundled space must know its way about: the demo's tunes, and beats that the project writes itself."""

from __future__ import annotations

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
    return [beat(lines, grid.bars) for lines in BEATS] if grid.parts == ("drums",) else None


def trio(lead: Score, kit: Score) -> Score:
    """The tune over its kit, with a bass that strikes the tune's first note of every half bar two octaves below 60."""
    melody = lead.tracks[0].notes
    halves = np.unique(melody["start"] // 2, return_index=True)[1]
    bass = melody[halves].copy()
    bass["start"], bass["duration"], bass["pitch"] = 2 * (bass["start"] // 2), 2, 36 + bass["pitch"] % 12
    tracks = (Track(melody, "melody"), Track(bass, "bass", program=33), *kit.tracks)
    return lead.with_tracks(tracks)


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
