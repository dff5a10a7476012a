"""scorespace render: scores as sound, as pictures, or in another format."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scorespace.cli import options

if TYPE_CHECKING:
    from scorespace.music.score import Score

SOUNDS, PICTURES, SCORES = (".wav", ".flac", ".ogg", ".mp3"), (".png", ".svg"), (".mid", ".midi", ".musicxml", ".xml")
ENDINGS = SOUNDS + PICTURES + SCORES
MARKED = (".musicxml", ".xml")  # the scores that can mark bars


def render(
    inputs: options.ScoreFiles,
    out: Annotated[
        str,
        typer.Option(
            "-o",
            "--output",
            metavar="PATH",
            help="A folder, for WAV files; or for one score a file whose ending names the format: "
            ".wav .flac .ogg .mp3, .png .svg (piano roll; staves with --notation), .mid .musicxml.",
        ),
    ] = options.HERE,
    soundfont: Annotated[
        Path | None,
        typer.Option("--soundfont", metavar="FILE.sf2", help="Play with these instruments through FluidSynth."),
    ] = None,
    sample_rate: Annotated[
        int, typer.Option("--sample-rate", metavar="HZ", min=8_000, max=96_000, help="Samples a second.")
    ] = 44_100,
    png: options.Png = False,
    notation: Annotated[
        bool, typer.Option("--notation", help="Write the notes on staves beside it (.svg; needs an extra).")
    ] = False,
    mark: Annotated[
        list[str] | None,
        typer.Option(
            "--mark",
            metavar="BARS",
            help="Mark bars as new, such as 5-8, with --notation or in .musicxml; may be repeated. "
            "Counted in what is rendered.",
        ),
    ] = None,
    force: options.Force = False,
) -> None:
    """Turn scores into sound, pictures or files of another format.

    Example: scorespace render tune.abc -o tune.wav --png

    Example: scorespace render song.mid -o song.svg --notation --mark 5-8
    """
    from scorespace.cli.guard import SOME_FAILED
    from scorespace.cli.talk import say
    from scorespace.errors import ScorespaceError
    from scorespace.music import notation as staves
    from scorespace.music import transform

    targets = _targets(inputs, out, png, notation, force)
    new = _new_bars(mark or [], [path for paths in targets.values() for path in paths], notation)
    if notation:
        staves.require()
    failures: list[ScorespaceError] = []
    for text, paths in targets.items():
        try:
            score = _read(text)
            marked = [transform.bar_range(score, first, last) for first, last in new]
            for path in paths:
                print(_write(score, path, sample_rate, soundfont, notation, marked), flush=True)
        except ScorespaceError as error:
            if len(targets) == 1:
                raise
            say(f"error: {error}")
            failures.append(error)
    if failures:
        say(f"{len(failures)} of {len(targets)} scores failed")
        raise typer.Exit(SOME_FAILED if len(failures) < len(targets) else failures[-1].exit_code)


def _new_bars(texts: list[str], paths: list[Path], notation: bool) -> list[tuple[int, int]]:
    """The bar ranges of --mark; fails when one is none, or when no file shows them."""
    from scorespace.errors import UsageError

    found = []
    for text in texts:
        numbers = re.fullmatch(r"(\d+)(?:-(\d+))?", text)
        if not numbers:
            raise UsageError(f"--mark takes bars such as 5 or 5-8, not {text}.")
        found.append((int(numbers[1]), int(numbers[2] or numbers[1])))
    if found and not any(
        path.suffix.lower() in MARKED or (notation and path.suffix.lower() == ".svg") for path in paths
    ):
        raise UsageError("--mark needs --notation, or a file that ends in .musicxml: nothing else shows the bars.")
    return found


def _targets(inputs: list[str], out: str, png: bool, notation: bool, force: bool) -> dict[str, list[Path]]:
    """Which files each input becomes; fails before any work when they cannot be written as asked."""
    from scorespace.errors import UsageError

    is_file = Path(out).suffix.lower() in ENDINGS and not Path(out).is_dir()
    if is_file and len(inputs) > 1:
        raise UsageError(f"{len(inputs)} scores do not go into {out}: name a folder.")
    if not is_file and Path(out).is_file():
        raise UsageError(f"{out} is a file: name a folder, or a file that ends in {' '.join(ENDINGS)}.")
    targets = {}
    for text in inputs:
        path = Path(out) if is_file else Path(out) / f"{_stem(text)}.wav"
        beside = [".png"] * png + [".svg"] * notation
        targets[text] = [path] + [path.with_suffix(ending) for ending in beside if ending != path.suffix.lower()]
    every = [path for paths in targets.values() for path in paths]
    for path in every:
        if every.count(path) > 1:
            raise UsageError(f"Several of these scores would become {path}: render them one at a time.")
        if path.exists() and not force:
            raise UsageError(f"{path} is there already: --force replaces it.")
    return targets


def _stem(text: str) -> str:
    """What the files of an input are called: "tune", or "tune-5-6" for the bars of tune.mid:5-6."""
    from scorespace.cli.talk import STANDARD, split_bars

    path, bars = split_bars(text)
    name = "stdin" if path == STANDARD else Path(path).stem
    return name if bars is None else f"{name}-{bars[0]}-{bars[1]}"


def _read(text: str) -> Score:
    from itertools import islice

    from scorespace.cli.talk import read_input, say, split_bars
    from scorespace.errors import InputError
    from scorespace.music import files

    given = read_input(text)
    if not given.score.note_count:
        raise InputError(f"{given.name} holds no notes; there is nothing to render.")
    path = split_bars(text)[0]
    if Path(path).suffix.lower() == ".abc" and len(list(islice(files.read_each(path), 2))) > 1:
        say(f"{given.name}: several tunes; the first one is taken")
    return given.score


def _write(
    score: Score,
    path: Path,
    sample_rate: int,
    soundfont: Path | None,
    notation: bool,
    marked: list[tuple[float, float]],
) -> Path:
    from scorespace.music import audio, draw, files, synth
    from scorespace.music import notation as staves

    path.parent.mkdir(parents=True, exist_ok=True)
    ending = path.suffix.lower()
    if ending in SOUNDS:
        return audio.write(score, path, sample_rate, soundfont)
    if ending == ".png":
        return draw.png(score, path, titles=[score.title or path.stem])
    if ending == ".svg" and notation:
        return staves.write_svg(score, path, marked)
    if ending == ".svg":
        width = min(4_000, 60 + round(14 * draw.Frame.around([score]).end))
        return synth.write_bytes(path, draw.svg(score, max(400, width), 260).encode())
    return files.write(score, path, marked=marked)
