"""What commands read and write: scores in, takes out; paths on standard output, talk on standard error."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from scorespace.cli import options
from scorespace.errors import InputError, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from scorespace.music.score import Score
    from scorespace.space import Space, Take, Takes

STANDARD = "-"
WIDE = 140  # columns of a table that goes to a file or a pipe
FILE_ENDINGS = (".mid", ".midi", ".musicxml", ".xml", ".svg")
SOUNDS = (".wav", ".flac", ".ogg", ".mp3", ".m4a", ".aac", ".aif", ".aiff")
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".pdf")
SCORES = (".abc", ".mxl", ".kar", ".rmi", ".krn", ".mscz", ".sib", ".gp", ".gpx")
OTHER_ENDINGS = (*SOUNDS, *PICTURES, *SCORES, ".txt", ".csv", ".json", ".html", ".zip")


@dataclass(frozen=True)
class Input:
    """A score that a command was given: its name in messages, its name in file names, and itself."""

    name: str
    stem: str
    score: Score


def read_input(text: str) -> Input:
    """Reads a FILE argument: a path, a path with bars such as tune.mid:5-6, or - for standard input.

    Raises:
        InputError: when it cannot be read; begins with its name.
        UsageError: when the score has no such bars.
    """
    from scorespace.music import files, transform

    path, bars = split_bars(text)
    if path == STANDARD:
        score, name, stem = files.read(sys.stdin.buffer.read(), "standard input"), "standard input", "stdin"
    else:
        score, name, stem = files.read(path), Path(path).name, Path(path).stem
    if bars is None:
        return Input(name, stem, score)
    first, last = bars
    try:
        return Input(f"{name}:{first}-{last}", f"{stem}-{first}-{last}", transform.bars(score, first, last))
    except UsageError as error:
        raise UsageError(f"{name}: {error}") from None


def split_bars(text: str) -> tuple[str, tuple[int, int] | None]:
    """("tune.mid", (5, 6)) for "tune.mid:5-6" and (5, 5) for "tune.mid:5"; a file of that very name goes first."""
    found = re.fullmatch(r"(.+):(\d+)(?:-(\d+))?", text)
    if not found or Path(text).exists():
        return text, None
    return found[1], (int(found[2]), int(found[3] or found[2]))


def read_inputs(space: Space, texts: Sequence[str], quiet: bool, rewritten: bool = True) -> list[Input]:
    """Reads FILE arguments and says what the space would change of each.

    rewritten: whether the verb writes their notes anew, so that it matters how well the space holds them.

    Raises:
        InputError: for the first one that cannot be used.
    """
    from scorespace.space.report import HOLDS

    found = []
    for text in texts:
        given = read_input(text)
        report = space.check(given.score)
        if not report.ok:
            raise InputError(f"{given.name}: {report.changes[0]}")
        for change in () if quiet else report.changes:
            if rewritten or not change.startswith(HOLDS):
                say(f"{given.name}: {change}")
        found.append(given)
    return found


def open_space(name: str | Path | None, style: str | None, default: str = options.SPACE) -> Space:
    """The space, in a style where one is named; where no space is named, the style's own one, or `default`.

    Raises:
        ModelError: when either is missing or damaged, or they do not belong together.
    """
    from scorespace.space import bundled, load, load_style

    if style is None:
        return load(name or default)
    own = load_style(style)
    return load(name or (own.space if own.space in bundled() else default)).with_style(own)


def say(message: str) -> None:
    """A line on standard error."""
    print(message, file=sys.stderr, flush=True)


def table_console(stream: TextIO) -> Console:
    """Prints tables: as wide as the terminal, and WIDE columns in a file or a pipe."""
    from rich.console import Console

    return Console(file=stream, width=None if stream.isatty() else WIDE)


@contextmanager
def progress(what: str) -> Iterator[Callable[[float], None]]:
    """How far it is: a bar with the time left on a terminal, nothing elsewhere."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda share: None
        return
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(what, total=1.0)
        yield lambda share: bar.update(task, completed=share)


@dataclass(frozen=True)
class Output:
    """Where takes go and what is written beside them."""

    out: str
    join: bool = False
    wav: bool = False
    png: bool = False
    as_json: bool = False
    force: bool = False
    svg: bool = False
    musicxml: bool = False

    @property
    def beside(self) -> tuple[str, ...]:
        """The endings of what is written beside each take."""
        wanted = {".wav": self.wav, ".png": self.png, ".svg": self.svg, ".musicxml": self.musicxml}
        return tuple(ending for ending, asked in wanted.items() if asked)

    @property
    def is_file(self) -> bool:
        """Whether `out` names one file (or standard output) rather than a folder."""
        return self.out == STANDARD or (Path(self.out).suffix.lower() in FILE_ENDINGS and not Path(self.out).is_dir())

    def check(self, takes: int, inputs: int = 1) -> None:
        """Fails early, before anything is computed: `takes` for each of `inputs` files are to be delivered.

        Raises:
            UsageError: when so many takes cannot go there, or a file would be replaced.
        """
        if self.svg or Path(self.out).suffix.lower() == ".svg":
            from scorespace.music import notation

            notation.require()
        if not self.is_file:
            if Path(self.out).suffix.lower() in OTHER_ENDINGS and not Path(self.out).is_dir():
                raise UsageError(
                    f"{self.out} is no file that this command writes: end it in {' '.join(FILE_ENDINGS)}, or name a "
                    "folder; --wav and --png write sounds and pictures, `scorespace render` makes them of a file."
                )
            if Path(self.out).is_file():
                raise UsageError(
                    f"{self.out} is a file: name a folder, or a file that ends in {' '.join(FILE_ENDINGS)}."
                )
            return
        takes = inputs * (1 if self.join else takes)
        if takes > 1:
            advice = "name a folder" if inputs > 1 else "name a folder, or join them with --join"
            raise UsageError(f"{takes} takes do not go into {self.out}: {advice}.")
        if self.out == STANDARD and (self.beside or self.as_json):
            raise UsageError("Standard output takes the MIDI file alone: name a folder for --wav, --png and --json.")
        if self.out == STANDARD or self.force:
            return
        for path in (Path(self.out), *(Path(self.out).with_suffix(ending) for ending in self.beside)):
            if path.exists():
                raise UsageError(f"{path} is there already: --force replaces it.")

    def deliver(self, takes: Takes, stem: str) -> None:
        """Writes the takes; prints the path of each file, or one JSON document."""
        from scorespace.space import Takes

        takes = Takes([takes.join()]) if self.join else takes
        if self.out == STANDARD:
            sys.stdout.buffer.write(takes[0].to_midi_bytes())
            return
        paths = [Path(self.out)] if self.is_file else takes.paths(self.out, stem, self.force)
        written = []
        for take, path in zip(takes, paths, strict=True):
            written.append(list(self._write(take, path)))
            if not self.as_json:
                print(*written[-1], sep="\n", flush=True)
        if self.as_json:
            print(json.dumps([_described(take, paths) for take, paths in zip(takes, written, strict=True)], indent=2))

    def _write(self, take: Take, path: Path) -> Iterator[Path]:
        yield take.write(path)
        if self.wav:
            from scorespace.music import synth

            yield synth.write_wav(take.score, path.with_suffix(".wav"))
        if self.png:
            from scorespace.music import draw

            yield draw.png(take.score, path.with_suffix(".png"), titles=[path.stem])
        for ending in (".svg", ".musicxml"):
            if ending in self.beside and path.suffix.lower() != ending:
                yield take.write(path.with_suffix(ending))


def say_seed(take: Take) -> None:
    """The seed of a take, or that nothing was drawn, on standard error."""
    seed = take.provenance["seed"]
    say("nothing was drawn: the same command gives the same takes" if seed is None else f"seed {seed}")


def _described(take: Take, paths: Sequence[Path]) -> dict[str, Any]:
    return {"path": str(paths[0]), "beside": [str(path) for path in paths[1:]], **take.to_dict()}
