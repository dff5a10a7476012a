"""How our ABC reader agrees with abc2midi, which symusic carries: python benchmarks/abc_agreement.py FOLDER...

Grace notes, decorations and chord symbols are taken out first, since abc2midi plays them.
"""

from __future__ import annotations

import collections
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import symusic

from scorespace.errors import InputError
from scorespace.music import abc
from scorespace.music.score import Score

NEAR = 0.03  # quarter notes


def tunes(text: str) -> list[str]:
    return ["X:" + part for part in re.split(r"^X:", text, flags=re.MULTILINE)[1:]]


def plain(tune: str) -> str:
    lines = []
    for line in tune.splitlines():
        if re.match(r"(R|Q):", line):
            continue
        if not re.match(r"[A-Za-z]:[^|:]", line):
            line = re.sub(r'\{[^}]*\}|"[^"]*"|![^!\s|:]*!|[~HLMOPSTuv.]', "", line)
        lines.append(line)
    return "\n".join(lines) + "\n"


@contextmanager
def quiet() -> Iterator[None]:
    """abc2midi writes to the process's own standard output."""
    kept = os.dup(1)
    with open(os.devnull, "w") as nothing:  # noqa: PTH123 (a file descriptor is wanted)
        os.dup2(nothing.fileno(), 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def compare(tune: str) -> str:
    ours = next(iter(abc.parse_each(tune, "tune")), None)
    if not isinstance(ours, Score):
        return "ours refuses" if isinstance(ours, InputError) else "empty"
    try:
        with quiet():
            theirs = symusic.Score.from_abc(tune)
    except RuntimeError:
        return "theirs fails"
    first = sorted(
        (float(t), int(p))
        for track in ours.tracks
        for t, p in zip(track.notes["start"], track.notes["pitch"], strict=True)
    )
    second = sorted((note.time / theirs.tpq, note.pitch) for track in theirs.tracks for note in track.notes)
    if [p for _, p in first] != [p for _, p in second]:
        return "other pitches (most often whole passages: repeats)"
    if not first:
        return "empty"
    a, b = (np.array([t for t, _ in notes]) for notes in (first, second))
    return "same" if np.abs((a - a[0]) - (b - b[0])).max() < NEAR else "same pitches, other times"


def main() -> None:
    found = sorted(path for folder in sys.argv[1:] for path in Path(folder).rglob("*.abc"))
    texts = [plain(tune) for path in found for tune in tunes(path.read_text(encoding="utf-8", errors="replace"))]
    counts = collections.Counter(compare(text) for text in texts)
    print(f"{len(texts)} tunes")
    for words, count in counts.most_common():
        print(f"{count / len(texts):7.1%}  {words}")


if __name__ == "__main__":
    main()
