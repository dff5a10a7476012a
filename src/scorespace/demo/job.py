"""The demonstration's work: takes from the two tunes, written as MIDI, WAV and PNG files with a page beside them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from scorespace import __version__
from scorespace.demo import page
from scorespace.errors import InputError, UsageError
from scorespace.music import draw, files, synth, transform
from scorespace.music.score import Score
from scorespace.space import Space, Take, load

TUNES = ("soldiers-joy", "the-rakes-of-mallow")
PART_BARS = 8  # both tunes are AABB with parts of 8 bars
MARKER = ".scorespace-demo"  # tells a folder of ours, which may be replaced, from anybody else's
SAMPLE_RATE = 22_050  # keeps the whole folder near 25 MB
STEPS, SAMPLES, VARIATIONS, AMOUNT, PALETTE = 8, 8, 4, 0.3, 5
CORNER_COLOURS = (draw.COLOURS[0], draw.COLOURS[1], draw.COLOURS[2], draw.COLOURS[5])  # tl, tr, bl, br


@dataclass(frozen=True)
class Tunes:
    """The two tunes and the four phrases cut from them: the first bars of each tune's A and B parts."""

    first: Score
    second: Score
    first_a: Score
    first_b: Score
    second_a: Score
    second_b: Score


def run(
    folder: Path, seed: int = 7, space: str = "melody-2bar", say: Callable[[str], None] = lambda text: None
) -> Path:
    """Makes the demonstration in `folder`, which appears when everything is in it.

    Args:
        folder: made anew; a demonstration that stands there is replaced.
        seed: of samples and variations.
        space: name or folder of a space whose grid is one melody.
        say: told what is being done, one line at a time.

    Returns the path of the page, `folder`/index.html.

    Raises:
        InputError: when the folder exists and is not ours, or cannot be written.
        UsageError: when the space has other parts than one melody.
    """
    check_folder(folder)
    held = load(space)
    if held.grid.parts != ("melody",):
        raise UsageError(f"The demonstration needs a space of one melody; {space} has {', '.join(held.grid.parts)}.")
    say(f"Space {space}: phrases of {held.grid.bars} bars. Seed {seed}.")
    unfinished = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        unfinished.mkdir(parents=True)
        _fill(unfinished, held, seed, say)
        if folder.exists():
            shutil.rmtree(folder)
        unfinished.replace(folder)
    except OSError as error:
        raise InputError(f"{folder} cannot be written ({error.strerror}): choose another place with -o.") from None
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return folder / "index.html"


def check_folder(folder: Path) -> None:
    """Raises InputError when `folder` exists and holds anything but an earlier demonstration."""
    if folder.is_dir() and ((folder / MARKER).exists() or not any(folder.iterdir())):
        return
    if folder.exists() or folder.is_symlink():
        raise InputError(f"{folder} exists and is no demonstration: name another folder with -o, or move it away.")


def read_tunes(bars: int) -> Tunes:
    """The two tunes of the package and their phrases of so many bars, at most 8."""
    first, second = (
        files.read(resources.files("scorespace.demo").joinpath("tunes", f"{name}.abc").read_bytes(), f"{name}.abc")
        for name in TUNES
    )
    phrases = [phrase(tune, start, bars) for tune in (first, second) for start in (1, 2 * PART_BARS + 1)]
    return Tunes(first, second, *phrases)


def phrase(tune: Score, first_bar: int, bars: int) -> Score:
    """So many bars of a tune from `first_bar` (counted from 1) on."""
    start = float(tune.bar_starts()[first_bar - 1])
    return transform.cut(tune, start, start + bars * tune.metres[0].bar)


def _fill(folder: Path, space: Space, seed: int, say: Callable[[str], None]) -> None:
    tunes = read_tunes(space.grid.bars)
    one, two = tunes.first.title, tunes.second.title
    say(f"{STEPS} steps from {one} to {two}")
    line = space.interpolate(tunes.first_a, tunes.second_a, steps=STEPS)
    say(f"{SAMPLES} samples, {VARIATIONS} variations")
    samples = space.sample(SAMPLES, seed=seed)
    variations = space.vary(tunes.first_a, n=VARIATIONS, amount=AMOUNT, seed=seed)
    say(f"A palette of {PALETTE} x {PALETTE} between four phrases")
    corners = (tunes.first_a, tunes.second_a, tunes.first_b, tunes.second_b)
    grid = space.palette(*corners, size=PALETTE)
    names = (f"{one}, part A", f"{two}, part A", f"{one}, part B", f"{two}, part B")
    sections = page.Sections(
        names=(one, two),
        tunes=[_part_of(tunes.first, "tune-1", 0), _part_of(tunes.second, "tune-2", 1)],
        interpolation=_items("interpolation", "step", line, step_titles(one, two), gradient(STEPS)),
        variations=[
            _item("variations/theme", "theme", "Theme", tunes.first_a, draw.COLOURS[0], line[0].quarters),
            *_items(
                "variations",
                "variation",
                variations,
                _numbered("Variation", VARIATIONS),
                [draw.COLOURS[2]] * VARIATIONS,
            ),
        ],
        samples=_items("samples", "sample", samples, _numbered("Sample", SAMPLES), [draw.COLOURS[3]] * SAMPLES),
        palette=_items("palette", "cell", grid, _cells(), palette_colours()),
        corners=names,
    )
    _write_items(folder, sections.all_items(), say)
    line.join().write(folder / "interpolation.mid")
    synth.write_wav(line.join().score, folder / "interpolation.wav", SAMPLE_RATE)
    say("Pictures and the page")
    _write_pictures(folder, sections)
    for name in TUNES:
        (folder / f"{name}.abc").write_bytes(
            resources.files("scorespace.demo").joinpath("tunes", f"{name}.abc").read_bytes()
        )
    origin = page.Origin(space.name, space.weights, seed, __version__)
    (folder / "index.html").write_text(page.build(sections, origin), encoding="utf-8", newline="\n")
    (folder / MARKER).write_text(f"{__version__}\n", encoding="utf-8")


def _items(
    folder: str, stem: str, takes: Sequence[Take], titles: Sequence[str], tints: Sequence[str]
) -> list[page.Item]:
    return [
        _item(f"{folder}/{stem}-{k:02}", f"{folder}-{k}", title, take, tint, take.quarters)
        for k, (take, title, tint) in enumerate(zip(takes, titles, tints, strict=True), 1)
    ]


def _item(path: str, key: str, title: str, source: Take | Score, tint: str, quarters: float) -> page.Item:
    score = source if isinstance(source, Score) else source.score
    return page.Item(key, title, source, score, quarters, tint, f"{path}.mid", f"{path}.wav")


def _part_of(tune: Score, key: str, number: int) -> page.Item:
    """The A part of a tune, as the page shows and plays it."""
    score = phrase(tune, 1, PART_BARS)
    title, length = f"{tune.title}, bars 1–{PART_BARS}", PART_BARS * tune.metres[0].bar
    return _item(f"{TUNES[number]}-part-a", key, title, score, CORNER_COLOURS[number], length)


def _write_items(folder: Path, items: Sequence[page.Item], say: Callable[[str], None]) -> None:
    say(f"{len(items)} pieces as MIDI and WAV")
    for item in items:
        (folder / item.midi).parent.mkdir(exist_ok=True)
        item.source.write(folder / item.midi)
        synth.write_wav(item.score, folder / item.wav, SAMPLE_RATE)


def _write_pictures(folder: Path, sections: page.Sections) -> None:
    pictures = {
        "interpolation": (sections.interpolation, 4, f"{sections.names[0]} to {sections.names[1]}"),
        "samples": (sections.samples, 4, "Samples"),
        "variations": (sections.variations, 5, f"Variations on {sections.names[0]}"),
        "palette": (sections.palette, PALETTE, "Between four phrases"),
    }
    for name, (items, columns, heading) in pictures.items():
        titles = [item.title for item in items] if name != "palette" else _corner_titles(sections.corners)
        draw.png(
            [item.score for item in items],
            folder / f"{name}.png",
            titles=titles,
            columns=columns,
            colours=[item.tint for item in items],
            heading=heading,
        )


def _corner_titles(corners: Sequence[str]) -> list[str]:
    """Titles of the palette's panels: names at the four corners, nothing between."""
    titles = [""] * PALETTE**2
    for place, name in zip((0, PALETTE - 1, PALETTE * (PALETTE - 1), PALETTE**2 - 1), corners, strict=True):
        titles[place] = name
    return titles


def step_titles(first: str, second: str) -> list[str]:
    """What each step of the interpolation is called: the tunes at the ends, the share of the way between."""
    between = [f"{100 * k / (STEPS - 1):.0f} %" for k in range(1, STEPS - 1)]
    return [first, *between, second]


def gradient(steps: int) -> list[str]:
    """Colours from the first tune's to the second's."""
    return [draw.blend(CORNER_COLOURS[0], CORNER_COLOURS[1], k / (steps - 1)) for k in range(steps)]


def palette_colours() -> list[str]:
    """Colours of the palette's cells, row by row, mixed from the four corners'."""
    tl, tr, bl, br = CORNER_COLOURS
    shares = [k / (PALETTE - 1) for k in range(PALETTE)]
    return [draw.blend(draw.blend(tl, tr, x), draw.blend(bl, br, x), y) for y in shares for x in shares]


def _numbered(word: str, count: int) -> list[str]:
    return [f"{word} {k}" for k in range(1, count + 1)]


def _cells() -> list[str]:
    return [f"Row {row}, column {column}" for row in range(1, PALETTE + 1) for column in range(1, PALETTE + 1)]
