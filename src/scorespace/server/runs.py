"""Runs of training: each a process of its own, `scorespace train`, in a folder that the listing knows by name.

    RUNS/NAME/        what training writes: metrics.jsonl, best/, last/, samples/, training.pt
    RUNS/NAME.json    how it was started, so that it can go on: recipe, data set, settings
    RUNS/NAME.log     what it said
    RUNS/NAME.music/  scores of the shelf that it was prepared from; NAME.data/ is the data set made of them

No request names a path: runs, recipes and data sets are looked up by name in what the folders hold.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from scorespace.errors import InputError, ModelError, UsageError
from scorespace.music import files
from scorespace.music.score import Score
from scorespace.server import recipes
from scorespace.training.log import METRICS, read_lines

FOLDER_VARIABLE = "SCORESPACE_RUNS"
FEWEST_SCORES = 3
SHELF_BATCH = 16  # of a data set of a few scores
SHELF_SETTINGS = ("data.held_out=[0.2, 0.0]",)
SAMPLES = 8  # the same points at every evaluation, so that they can be heard over time
END_SECONDS = 20.0  # until an interrupted run has saved
LOG_LINES = 12
RUNNING, PREPARING, STOPPING = "running", "preparing", "stopping"
FINISHED, INTERRUPTED, FAILED = "finished", "interrupted", "failed"


@dataclass(frozen=True)
class Order:
    """How a run was started.

    Attributes:
        recipe: name of a bundled one.
        data: folder of the data set, or of the one that is prepared from the shelf.
        settings: for --set.
        minutes: of training; None = as the recipe says.
        music: folder of scores to prepare first; None where the data set is there.
    """

    recipe: str
    data: str
    settings: tuple[str, ...] = ()
    minutes: float | None = None
    music: str | None = None


@dataclass
class _Going:
    """A run in this process's care."""

    state: str
    task: asyncio.Task[None] | None = None
    process: asyncio.subprocess.Process | None = None
    stop: bool = False


@dataclass
class Runs:
    """The runs of some folders.

    Attributes:
        places: where runs are listed; new ones go into the first.
        data: where data sets are looked for.
        registry: the app's spaces, name to folder.
    """

    places: Sequence[Path]
    data: Sequence[Path]
    registry: dict[str, str]
    going: dict[str, _Going] = field(default_factory=dict)

    def names(self) -> dict[str, Path]:
        """Every run's folder by its name; those of the first place go first."""
        found: dict[str, Path] = {}
        for place in self.places:
            for folder in sorted(place.iterdir()) if place.is_dir() else ():
                known = (folder / METRICS).is_file() or _beside(folder, ".json").is_file()
                if folder.is_dir() and known and not folder.name.endswith((".music", ".data")):
                    found.setdefault(folder.name, folder)
        return found

    def folder(self, name: str) -> Path:
        """The folder of a run.

        Raises:
            InputError: when there is none of this name.
        """
        found = self.names().get(name)
        if found is None:
            raise InputError(f"There is no run {name[:60]!r} here: GET v1/runs lists them.")
        return found

    def order(self, name: str) -> Order | None:
        """How a run was started; None for one that was started elsewhere."""
        try:
            table = json.loads(_beside(self.folder(name), ".json").read_text(encoding="utf-8"))
            return Order(**{**table, "settings": tuple(table["settings"])})
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def start(
        self, recipe: str, data: str | Sequence[Score], settings: Mapping[str, Any], minutes: float | None
    ) -> str:
        """Starts a run and gives its name.

        Args:
            recipe: name of a bundled one.
            data: name of a data set; or scores, to be prepared first.
            settings: by key of `recipes.SETTINGS`.
            minutes: of training, or None.

        Raises:
            UsageError: when there is no such recipe or setting, or too few scores.
            InputError: when there is no such data set, or nothing can be written.
        """
        tables = recipes.check(recipe)
        own = recipes.overrides(settings)
        if not isinstance(data, str) and "training.batch_size" not in settings:
            own.append(f"training.batch_size={SHELF_BATCH}")
        every = settings.get("training.evaluate_every", recipes.evaluate_every(tables))
        own += [f"training.sample_every={every}", f"training.samples={SAMPLES}"]
        if isinstance(data, str):
            known = recipes.data_sets(self.data)
            if data not in known:
                raise InputError(f"There is no data set {data[:60]!r} here: {', '.join(known) or 'none'}.")
        elif len(data) < FEWEST_SCORES:
            raise UsageError(f"Training from the shelf needs {FEWEST_SCORES} scores or more, got {len(data)}.")
        folder = self._new_folder(recipe)
        try:
            if isinstance(data, str):
                order = Order(recipe, str(known[data]), tuple(own), minutes)
            else:
                music = _write_scores(data, _beside(folder, ".music"))
                place = str(_beside(folder, ".data"))
                order = Order(recipe, place, (*own, *SHELF_SETTINGS), minutes, str(music))
            _write(_beside(folder, ".json"), json.dumps(asdict(order), indent=1) + "\n")
        except OSError as error:
            raise InputError(f"The run cannot be written in {folder.parent} ({error.strerror}).") from None
        self._go(folder.name, order)
        return folder.name

    def resume(self, name: str) -> None:
        """Goes on with a run that is over; the same command again.

        Raises:
            InputError: when there is no such run, or it was not started here.
        """
        self.folder(name)
        if name in self.going:
            return
        order = self.order(name)
        if order is None:
            raise InputError(f"{name} was not started here: give its own `scorespace train` command again to go on.")
        self._go(name, order)

    async def stop(self, name: str) -> None:
        """Interrupts a run, which saves; returns at once."""
        self.folder(name)
        going = self.going.get(name)
        if going and not going.stop:
            going.stop, going.state = True, STOPPING
            _interrupt(going.process)

    async def close(self) -> None:
        """Interrupts every run and waits until each has saved."""
        for name in list(self.going):
            await self.stop(name)
        tasks = [going.task for going in self.going.values() if going.task]
        if tasks:
            await asyncio.wait(tasks, timeout=END_SECONDS)
        for going in self.going.values():
            if going.process and going.process.returncode is None:
                going.process.kill()

    def state(self, name: str) -> str:
        """RUNNING, PREPARING, STOPPING, FINISHED, INTERRUPTED or FAILED."""
        if name in self.going:
            return self.going[name].state
        said = self.log(name)
        last = said[-1] if said else ""
        if any(line.startswith("error: ") for line in said):
            return FAILED
        finished = last.endswith("/best") or not _beside(self.folder(name), ".log").exists()
        return FINISHED if finished and (self.folder(name) / "best").is_dir() else INTERRUPTED

    def log(self, name: str) -> list[str]:
        """The last lines that the run said."""
        try:
            text = _beside(self.folder(name), ".log").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return []
        return text.splitlines()[-LOG_LINES:]

    def use(self, name: str) -> str:
        """Makes a run's best checkpoint a space of the app under the run's name. Gives the name.

        It is copied, so that going on with the run changes no space under somebody's hands.

        Raises:
            ModelError: when there is no checkpoint yet.
            UsageError: when a space of another origin has the name.
        """
        folder = self.folder(name)
        best = folder / "best"
        if not (best / "config.json").is_file():
            raise ModelError(f"{name} has no checkpoint yet: wait for its first evaluation.")
        step = json.loads((best / "config.json").read_text(encoding="utf-8")).get("scores", {}).get("step", 0)
        held = self.registry.get(name)
        if held is not None and not Path(held).is_relative_to(folder):
            raise UsageError(f"There is a space {name!r} already: rename the run's folder.")
        copied = folder / f"space-{step}"
        if not copied.is_dir():
            part = folder / f".space-{step}.{os.getpid()}"
            shutil.rmtree(part, ignore_errors=True)
            shutil.copytree(best, part)
            part.rename(copied)
        self.registry[name] = str(copied)
        return name

    def register(self) -> None:
        """Makes the runs that were used before spaces again, at the start of the app."""
        for name, folder in self.names().items():
            copies = sorted(folder.glob("space-*/config.json"), key=lambda path: path.stat().st_mtime_ns)
            if copies and name not in self.registry:
                self.registry[name] = str(copies[-1].parent)

    def _new_folder(self, recipe: str) -> Path:
        """A new run's folder, not made yet: `scorespace train` wants it empty."""
        place = self.places[0]
        number = 1
        while any(_beside(place / f"{recipe}-{number}", ending).exists() for ending in ("", ".json", ".music")):
            number += 1
        folder = place / f"{recipe}-{number}"
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            raise InputError(
                f"Runs cannot be written in {place} ({error.strerror}): name a folder with --runs."
            ) from None
        return folder

    def _go(self, name: str, order: Order) -> None:
        going = _Going(PREPARING if order.music and not _is_prepared(order) else RUNNING)
        self.going[name] = going
        going.task = asyncio.get_running_loop().create_task(self._work(name, order, going))

    async def _work(self, name: str, order: Order, going: _Going) -> None:
        folder = self.folder(name)
        try:
            with _beside(folder, ".log").open("wb") as log:
                settings = [word for text in order.settings for word in ("--set", text)]
                if order.music and not _is_prepared(order):
                    words = ["prepare", order.music, "-r", order.recipe, "-o", order.data, "--workers", "1", *settings]
                    if await _run(going, words, log) or going.stop:
                        return
                    going.state = RUNNING
                words = ["train", order.recipe, "--data", order.data, "-o", str(folder), *settings]
                words += ["--threads", str(max(1, (os.cpu_count() or 2) - 1))]
                words += [] if order.minutes is None else ["--minutes", f"{order.minutes:g}"]
                if going.stop:
                    return
                await _run(going, words, log)
        finally:
            self.going.pop(name, None)


async def _run(going: _Going, words: Sequence[str], log: Any) -> int:
    """Runs a command of ours; its exit status."""
    group: dict[str, Any] = {"process_group": 0} if os.name != "nt" else {"creationflags": 0x200}
    going.process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "scorespace", *words),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        **group,
    )
    if going.stop:
        _interrupt(going.process)
    return await going.process.wait()


def _interrupt(process: asyncio.subprocess.Process | None) -> None:
    if process and process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT if os.name != "nt" else signal.CTRL_BREAK_EVENT)  # type: ignore[attr-defined,unused-ignore]


def runs_folder() -> Path:
    """Where the app keeps runs; SCORESPACE_RUNS names another place."""
    if named := os.environ.get(FOLDER_VARIABLE):
        return Path(named)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "scorespace" / "runs"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "scorespace" / "runs"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "scorespace" / "runs"


def _is_prepared(order: Order) -> bool:
    return (Path(order.data) / recipes.DESCRIPTION).is_file()


def _write_scores(scores: Sequence[Score], folder: Path) -> Path:
    """The scores as MIDI files that are called by numbers: nothing of a request becomes part of a path."""
    shelf = folder / "shelf"
    shelf.mkdir(parents=True, exist_ok=True)
    for number, score in enumerate(scores, 1):
        files.write(score, shelf / f"{number:03}.mid")
    return shelf


def _write(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def _beside(folder: Path, ending: str) -> Path:
    return folder.with_name(folder.name + ending)


def lines(folder: Path) -> list[dict[str, Any]]:
    """The figures of a run so far."""
    return read_lines(folder / METRICS)
