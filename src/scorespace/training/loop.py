"""The one training loop: any `Model`, any device, safe to kill.

    RUN/metrics.jsonl     figures of every stretch of steps and of every held-out evaluation
    RUN/best/             checkpoint with the best held-out figure
    RUN/last/             checkpoint of the last safe point
    RUN/training.pt       what is needed to go on from there
    RUN/samples/          pictures and MIDI files

Everything random at a step is a function of (seed, step): the batch, its transposition, the noise of the loss, dropout.
So a run that was killed and goes on gives, on the CPU, the same numbers as one that was not, unless it is given
minutes instead of steps.
"""

from __future__ import annotations

import copy
import math
import shutil
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from scorespace import checkpoint
from scorespace.data.mixture import Mixture
from scorespace.data.shards import Shards
from scorespace.errors import TrainingError, UsageError
from scorespace.lock import LOCK, alone_in
from scorespace.models.base import GenreModel, Inpainter, LatentModel, Model
from scorespace.recipe import HELD_OUT_FIGURES, Recipe, TrainingSettings
from scorespace.training.device import autocast
from scorespace.training.held_out import choose_phrases, collapse, evaluate, is_better
from scorespace.training.interrupt import interruptible
from scorespace.training.log import METRICS, Log, board_writer
from scorespace.training.optimiser import learning_rate, optimiser, seeded
from scorespace.training.samples import write_samples
from scorespace.training.start import check_best, check_data, check_mixture, in_metre_of, initial_model, with_genres
from scorespace.training.state import STATE, State, read_state

DESCRIBED = (
    "corpora",
    "licence",
    "phrase_rule",
    "split_rule",
    "counts",
    "genres",
)  # of the data set; the rest is in the recipe


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes:
        status: "finished", "stopped early" (no gain for `patience` evaluations), "interrupted" or "already finished".
        step: optimiser steps done.
        checkpoint: the best checkpoint, RUN/best; None when the run was interrupted before there was one.
        scores: the last held-out figures.
        minutes: of training, evaluations and saving left out; of the processor on a CPU, else on the clock.
    """

    status: str
    step: int
    checkpoint: Path | None
    scores: dict[str, float]
    minutes: float


@dataclass
class _Sums:
    """Figures summed on their own device: nothing waits for the device until `means`."""

    sums: dict[str, Tensor] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    since: float = field(default_factory=time.monotonic)

    def add(self, figures: Mapping[str, Tensor]) -> None:
        for name, value in figures.items():
            value = torch.as_tensor(value).detach().float()
            self.sums[name] = self.sums[name] + value if name in self.sums else value
            self.counts[name] += 1

    def means(self, batch_size: int) -> dict[str, float]:
        figures = {name: float(total) / self.counts[name] for name, total in self.sums.items()}
        seconds = max(time.monotonic() - self.since, 1e-9)
        return figures | {"phrases_per_second": round(self.counts["loss"] * batch_size / seconds, 1)}


def train(
    recipe: Recipe,
    shards: Shards | Sequence[Shards],
    folder: str | Path,
    *,
    device: torch.device | str = "cpu",
    precision: str = "auto",
    start_from: str | Path | None = None,
    force: bool = False,
    tensorboard: bool = False,
) -> Outcome:
    """Trains the recipe's model on a prepared data set; an unfinished run of this recipe in the folder goes on.

    Sets torch's global random state. SIGINT and SIGTERM end it after the step at hand, saved.

    Args:
        recipe: what to train.
        shards: a prepared data set of the recipe's grid; for an inpainter that writes in several metres several, which
            differ in their metre, the first on the recipe's grid.
        folder: the run.
        device: where to compute.
        precision: "auto" (bfloat16 on CUDA, float32 elsewhere), "float32" or "bfloat16".
        start_from: a checkpoint of the same model, settings and grid whose weights are the initial ones.
        force: start anew, whatever run the folder holds.
        tensorboard: write curves for TensorBoard as well (needs the extra).

    Raises:
        UsageError: when recipe and data do not fit each other, the folder holds another run or something else, or
            another process writes there.
        TrainingError: when there are too few phrases, or a loss or gradient stops being a number.
        ModelError: when `start_from` cannot be used.
        MissingExtraError: when TensorBoard is asked for and not installed.
    """
    folder = Path(folder)
    mixture = Mixture(tuple(shards) if isinstance(shards, Sequence) else (shards,))
    for part in mixture.parts:
        check_data(in_metre_of(recipe, part) if part is not mixture.parts[0] else recipe, part)
    recipe = with_genres(recipe, mixture.parts[0])
    model = initial_model(recipe, start_from).to(device)
    check_best(model, recipe.training.best)
    check_mixture(model, mixture)
    writer = board_writer() if tensorboard else None
    if not force and _holds_something_else(folder):
        raise UsageError(f"{folder} is not empty and holds no run: choose another folder with -o.")
    with alone_in(folder):
        if force:
            _clear(folder)
        state = read_state(folder, recipe.to_dict(), mixture.fingerprint)
        if state and _is_finished(state, recipe.training):
            return Outcome("already finished", state.step, folder / "best", state.scores, state.spent / 60)
        with Log(folder, state.step if state else 0, recipe.training.steps, writer) as log:
            run = _Run(recipe, mixture, folder, model, torch.device(device), precision, log, state)
            with interruptible() as interrupted:
                return run.go(interrupted)


class _Run:
    """One run in this process: the model, its optimisers, and where they stand."""

    def __init__(
        self,
        recipe: Recipe,
        mixture: Mixture,
        folder: Path,
        model: Model,
        device: torch.device,
        precision: str,
        log: Log,
        state: State | None,
    ) -> None:
        self.recipe, self.settings, self.mixture = recipe, recipe.training, mixture
        self.shards = mixture.parts[0]
        self.folder, self.model, self.device, self.precision, self.log = folder, model, device, precision, log
        settings, transpose = self.settings, recipe.data.transpose
        self.batches = mixture.batches(settings.batch_size, settings.seed, transpose, settings.genre_balance)
        self.held_out = choose_phrases(self.shards.tokens("valid"), self.settings.held_out_phrases)
        self.of_phase = {phase: replace(self.settings, **model.phase_training(phase)) for phase in model.phases}
        self.optimisers = {phase: optimiser(model, phase, own, device) for phase, own in self.of_phase.items()}
        self.averaged = copy.deepcopy(model) if self.settings.ema else None
        self.bad = torch.zeros((), dtype=torch.bool, device=device)
        self.sums = _Sums()
        self.clock = time.process_time if self.device.type == "cpu" else time.monotonic
        self.since = self.clock()
        self.warned = False
        self.state = state or State(recipe.to_dict(), mixture.fingerprint)
        if state:
            self._restore(state)

    def go(self, interrupted: threading.Event) -> Outcome:
        """Steps until the end, an early stop or an interruption."""
        self._greet()
        with ThreadPoolExecutor(1) as reader:
            following = reader.submit(self.batches.at, self.state.step)
            while True:
                following = self._step(reader, following)
                self._after_step()
                if _is_finished(self.state, self.settings):
                    return self._finish()
                if interrupted.is_set():
                    self._save()
                    return self._outcome("interrupted")

    def _greet(self) -> None:
        parameters = sum(p.numel() for p in self.model.parameters())
        phrases = self.mixture.count("train")
        self.log.say(
            f"{self.recipe.model.name}, {parameters:,} parameters, on {self.device}; {phrases:,} phrases to train, "
            f"{self.batches.per_epoch} steps an epoch, seed {self.settings.seed}"
        )
        if isinstance(self.model, GenreModel) and self.model.prior.genres and not self.shards.genres:
            self.log.say(
                "The data set names no genres (prepare it with --genres): the petals of the flower stay without names."
            )
        if self.state.step:
            self.log.say(f"going on after step {self.state.step}")
        if not len(self.held_out):
            self.log.say(
                "The validation split is empty: training goes on without held-out figures, best/ will be the last."
            )

    def _step(self, reader: ThreadPoolExecutor, following: Future[np.ndarray]) -> Future[np.ndarray]:
        """One optimiser step of every phase; the next batch is read meanwhile."""
        step, self.since = self.state.step, self.clock()
        batch = self._on_device(following.result())
        if step + 1 < self.settings.steps:
            following = reader.submit(self.batches.at, step + 1)
        generator = seeded(self.settings.seed, step)
        self.model.train()
        told = {"genres": torch.from_numpy(self.batches.genres_at(step))} if isinstance(self.model, GenreModel) else {}
        for phase in self.optimisers:
            for _ in range(self.model.phase_rounds(phase)):
                self._phase(phase, batch, generator, told)
        self._average(step)
        self.state.step = step + 1
        return following

    def _phase(self, phase: str, batch: Tensor, generator: torch.Generator, told: Mapping[str, Tensor]) -> None:
        """One step of a phase's optimiser."""
        step, stepper, model = self.state.step, self.optimisers[phase], self.model
        grid = self.batches.grid_at(step)
        if isinstance(model, Inpainter) and grid != self.recipe.grid:
            model = model.on(grid)
        for group in stepper.param_groups:
            group["lr"] = learning_rate(self.of_phase[phase], step, self.state.spent)
        stepper.zero_grad(set_to_none=True)
        with autocast(self.device, self.precision):
            figures = model.loss(batch, step, phase, generator, **told)
        figures["loss"].backward()  # type: ignore[no-untyped-call]
        norm = nn.utils.clip_grad_norm_(self.model.phase_parameters(phase), self.settings.clip_norm or math.inf)
        self.bad |= ~(torch.isfinite(norm) & torch.isfinite(figures["loss"].detach()))
        stepper.step()
        prefix = "" if phase == self.model.phases[-1] else f"{phase}/"
        self.sums.add({prefix + name: value for name, value in figures.items()} | {f"{prefix}gradient_norm": norm})

    def _on_device(self, batch: np.ndarray) -> Tensor:
        tokens = torch.from_numpy(batch)
        if self.device.type == "cuda":
            return tokens.pin_memory().to(self.device, non_blocking=True)
        return tokens.to(self.device)

    def _average(self, step: int) -> None:
        if self.averaged is None:
            return
        decay = min(self.settings.ema, (1 + step) / (10 + step))  # the first steps would weigh for thousands otherwise
        with torch.no_grad():
            old: list[Tensor] = list(self.averaged.parameters())
            new: list[Tensor] = list(self.model.parameters())
            torch._foreach_lerp_(old, new, 1 - decay)
            for kept, current in zip(self.averaged.buffers(), self.model.buffers(), strict=True):
                kept.copy_(current)

    def _after_step(self) -> None:
        step, settings = self.state.step, self.settings
        logging = any(_due(step, n) for n in (settings.log_every, settings.evaluate_every, settings.checkpoint_every))
        if logging:
            self._check()  # waits for the device, which belongs to the time spent
        self._spend()
        last = _is_over(self.state, settings)
        evaluating = last or _due(step, settings.evaluate_every)
        saving = evaluating or _due(step, settings.checkpoint_every)
        if logging or last:
            self._check()
            self.log.train(step, self._figures())
        self.log.advance(step)
        if evaluating and len(self.held_out):
            self._evaluate()
        if settings.samples and (last or _due(step, settings.sample_every)):
            self._write_samples()
        if saving:
            self._save()

    def _spend(self) -> None:
        """Counts the time since the step began."""
        self.state.spent += self.clock() - self.since

    def _figures(self) -> dict[str, float]:
        """Means since the last line; begins anew."""
        figures = self.sums.means(self.settings.batch_size)
        self.sums = _Sums()
        rate = learning_rate(self.settings, self.state.step - 1, self.state.spent)
        return figures | {"learning_rate": rate, "minutes": round(self.state.spent / 60, 5)}

    def _check(self) -> None:
        """Stops when a loss or gradient was not finite. Waits for the device, so it is called at intervals only."""
        if not bool(self.bad):
            return
        good = "the last good checkpoint is in " + str(self.folder / "last")
        if not (self.folder / "last").exists():
            good = "there is no checkpoint yet"
        rate = learning_rate(self.settings, self.state.step - 1, self.state.spent)
        clip = "lower" if self.settings.clip_norm else "set"
        raise TrainingError(
            f"The loss or its gradient stopped being a number before step {self.state.step}: lower "
            f"training.learning_rate (it was {rate:.2g}), {clip} training.clip_norm or use "
            f"--precision float32; {good}."
        )

    @property
    def _evaluated(self) -> Model:
        return self.model if self.averaged is None else self.averaged

    def _evaluate(self) -> None:
        state, name = self.state, self.settings.best
        figures = evaluate(self._evaluated, self.held_out, self.settings.steps)
        better = is_better(figures[name], state.best, HELD_OUT_FIGURES[name])
        state.scores = figures
        state.stale = 0 if better else state.stale + 1
        if better:
            state.best = figures[name]
            self._save_checkpoint("best")
        self.log.held_out(state.step, figures, better)
        problem = collapse(figures)
        settled = max(100, self.settings.warmup_steps, self.settings.steps // 20)  # an encoder begins unused
        if problem and not self.warned and state.step >= min(settled, self.settings.steps):
            self.warned = True
            self.log.say(problem)

    def _write_samples(self) -> None:
        if isinstance(self._evaluated, LatentModel):
            grid, count = self.recipe.grid, self.settings.samples
            write_samples(self._evaluated, grid, self.held_out, count, self.folder / "samples", self.state.step)

    def _save(self) -> None:
        """A safe point: a killed run goes on from here."""
        self._check()
        self._save_checkpoint("last")
        state = self.state
        state.model = self.model.state_dict()
        state.averaged = self.averaged.state_dict() if self.averaged else None
        state.optimisers = {phase: stepper.state_dict() for phase, stepper in self.optimisers.items()}
        state.write(self.folder)

    def _save_checkpoint(self, name: str) -> None:
        recipe = self.recipe
        dataset = {key: value for key, value in self.mixture.description.items() if key in DESCRIBED}
        dataset["fingerprint"] = self.mixture.fingerprint
        if "genres" in dataset:  # the distances stay with the data set
            dataset["genres"] = dict(zip(dataset["genres"]["names"], dataset["genres"]["songs"], strict=True))
        scores = {"step": self.state.step, **self.state.scores}
        model = recipe.model
        checkpoint.save(
            self.folder / name,
            self._evaluated,
            recipe.grid,
            model.name,
            model.config,
            recipe.to_dict(),
            dataset,
            scores,
        )

    def _restore(self, state: State) -> None:
        self.model.load_state_dict(state.model)
        if self.averaged is not None and state.averaged is not None:
            self.averaged.load_state_dict(state.averaged)
        for phase, stepper in self.optimisers.items():
            stepper.load_state_dict(state.optimisers[phase])

    def _finish(self) -> Outcome:
        early = not _is_over(self.state, self.settings)
        if not len(self.held_out):
            self._save_checkpoint("best")
        return self._outcome("stopped early" if early else "finished")

    def _outcome(self, status: str) -> Outcome:
        best = self.folder / "best"
        return Outcome(
            status, self.state.step, best if best.exists() else None, self.state.scores, self.state.spent / 60
        )


def _due(step: int, every: int) -> bool:
    return every > 0 and step % every == 0


def _is_over(state: State, settings: TrainingSettings) -> bool:
    """Whether all steps are done or all minutes spent."""
    return state.step >= settings.steps or 0 < 60 * settings.minutes <= state.spent


def _is_finished(state: State, settings: TrainingSettings) -> bool:
    return _is_over(state, settings) or (settings.patience > 0 and state.stale >= settings.patience)


def _holds_something_else(folder: Path) -> bool:
    """Whether there is anything in the folder, but no run."""
    return folder.exists() and not (folder / METRICS).exists() and any(one.name != LOCK for one in folder.iterdir())


def _clear(folder: Path) -> None:
    """Removes what a run writes, and nothing else."""
    for name in ("best", "last", "samples", "tensorboard"):
        shutil.rmtree(folder / name, ignore_errors=True)
    for name in (METRICS, STATE):
        (folder / name).unlink(missing_ok=True)
