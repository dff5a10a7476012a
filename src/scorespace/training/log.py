"""What a run says: metrics.jsonl always, a live bar or plain lines for the person, TensorBoard on request."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from scorespace.errors import MissingExtraError

METRICS = "metrics.jsonl"
PLAIN_EVERY = 10.0  # seconds between two plain lines of training figures
NAMES = {  # short enough for one line, in this order
    "loss": "loss",
    "nll": "nll",
    "reconstruction": "rec",
    "kl": "kl",
    "beta": "beta",
    "active_dimensions": "active",
    "accuracy": "acc",
    "next_step_accuracy": "next",
    "onset_f1": "f1",
    "phrases_per_second": "phrases/s",
}


class Log:
    """The log of one run, a context manager.

    metrics.jsonl holds one JSON object a line: "step" (optimiser steps done), "kind" ("train": means since the line
    before, or "held-out") and the figures. Lines after `step` are removed when a run goes on from there.
    """

    def __init__(
        self, folder: Path, step: int, steps: int, writer: type[Any] | None = None, console: Console | None = None
    ) -> None:
        """A log in `folder`, going on after `step` of `steps`; `writer` is `board_writer()` for curves."""
        self.console = console or Console(stderr=True)
        self._path = folder / METRICS
        self._cut(step)
        self._board = writer(str(folder / "tensorboard"), purge_step=step + 1) if writer else None
        self._bar = _bar(self.console) if self.console.is_terminal else None
        self._task: TaskID | None = None
        self._step, self._steps = step, steps
        self._held_out = ""
        self._spoken = -PLAIN_EVERY

    def __enter__(self) -> Log:
        if self._bar:
            self._bar.start()
            self._task = self._bar.add_task("", total=self._steps, completed=self._step, figures="")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()
        if self._board:
            self._board.close()

    def say(self, text: str) -> None:
        """One line for the person, above the bar."""
        self.console.print(text, highlight=False, markup=False, soft_wrap=True)

    def advance(self, step: int) -> None:
        """Moves the bar; costs nothing elsewhere."""
        if self._bar and self._task is not None:
            self._bar.update(self._task, completed=step)

    def train(self, step: int, figures: Mapping[str, float]) -> None:
        """Figures of training since the last such line."""
        self._write(step, "train", figures)
        line = _line(figures)
        if self._bar and self._task is not None:
            self._bar.update(self._task, completed=step, figures=f"{line}{self._held_out}")
        elif time.monotonic() - self._spoken >= PLAIN_EVERY:
            self._spoken = time.monotonic()
            self.say(f"step {step}/{self._steps}  {line}")

    def held_out(self, step: int, figures: Mapping[str, float], best: bool) -> None:
        """Figures on held-out phrases."""
        self._write(step, "held-out", figures)
        self._held_out = f" | held out: {_line(figures, ('kl', 'accuracy', 'onset_f1'))}"
        self.say(f"step {step}/{self._steps}  held out: {_line(figures)}{'  (best)' if best else ''}")

    def _write(self, step: int, kind: str, figures: Mapping[str, float]) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"step": step, "kind": kind, **figures}) + "\n")
        if self._board:
            for name, value in figures.items():
                self._board.add_scalar(f"{kind}/{name}", value, step)

    def _cut(self, step: int) -> None:
        kept = [line for line in read_lines(self._path) if line["step"] <= step] if step else []
        fresh = self._path.with_name(METRICS + ".part")
        fresh.write_text("".join(json.dumps(line) + "\n" for line in kept), encoding="utf-8")
        fresh.replace(self._path)


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a metrics.jsonl; lines that a crash tore are left out, a file that is missing has none."""
    lines = []
    for text in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if isinstance(line, dict) and isinstance(line.get("step"), int):
            lines.append(line)
    return lines


def _line(figures: Mapping[str, float], only: tuple[str, ...] | None = None) -> str:
    names = [name for name in NAMES if name in figures and (only is None or name in only)]
    return "  ".join(f"{NAMES[name]} {_short(name, figures[name])}" for name in names)


def _short(name: str, value: float) -> str:
    if name in ("active_dimensions", "phrases_per_second"):
        return f"{value:.0f}"
    return f"{value:.4f}" if abs(value) < 1 else f"{value:.2f}"


def _bar(console: Console) -> Progress:
    return Progress(
        MofNCompleteColumn(),
        BarColumn(bar_width=20),
        TimeRemainingColumn(),
        TextColumn("{task.fields[figures]}", markup=False),
        console=console,
    )


def board_writer() -> type[Any]:
    """TensorBoard's writer.

    Raises:
        MissingExtraError: when TensorBoard is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise MissingExtraError("tensorboard", "tensorboard", "Writing TensorBoard curves") from error
    return SummaryWriter
