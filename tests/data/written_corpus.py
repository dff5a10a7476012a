"""Small corpora that the tests write themselves."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from scorespace.music import files
from scorespace.music.grid import Grid
from scorespace.music.score import Score

ONE_BAR = Grid(bars=1, lowest=48, highest=84)
NAMES = ("Anna", "Berta", "Clara", "Dora", "Emma", "Frieda", "Greta", "Hanna", "Ida", "Jutta", "Klara", "Lena")


def tune(seed: int, bars: int = 4, metre: tuple[int, int] = (4, 4)) -> Score:
    """A melody of eighths and quarters in a range of two octaves."""
    rng = np.random.default_rng(seed)
    rows, at, end = [], 0.0, bars * 4 * metre[0] / metre[1]
    while at < end:
        length = float(rng.choice([0.5, 1.0]))
        rows.append((at, min(length, end - at), int(rng.integers(55, 79))))
        at += length
    return Score.melody(rows, metre=metre)


def write_corpus(folder: Path, count: int = 12) -> Path:
    """A folder of so many tunes in 4/4 under names that are songs, and files that cannot be used."""
    for number in range(count):
        files.write(tune(number), folder / f"{NAMES[number % 12]} {number // 12 * 'x'}.mid")
    files.write(tune(0), folder / "again" / "Zelda.mid")
    files.write(tune(50, metre=(3, 4)), folder / "Waltz of the day.mid")
    (folder / "broken.mid").write_bytes(b"MThd and no more")
    (folder / "notes.txt").write_text("no music")
    (folder / "three.abc").write_text(
        "X:1\nT:Uno Alpha\nM:4/4\nL:1/8\nK:C\nCDEF GABc|cBAG FEDC|\n\n"
        "X:2\nT:Due Beta\nM:6/8\nL:1/8\nK:C\nCDE FGA|\n\n"
        "X:3\nT:Tre Gamma\nM:4/4\nL:1/8\nK:C\nC2E2 G2c2|c8|z8|z8|C8|\n"
    )
    return folder
