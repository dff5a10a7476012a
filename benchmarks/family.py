"""Trains and evaluates the whole family under equal budgets: the cells of `scorespace evaluate --table`.

    python benchmarks/family.py DATA_ROOT OUT --minutes 10 [--size small|paper] [--only WORD ...] [--device cuda]
    python benchmarks/family.py DATA_ROOT OUT --list     what is done and what is to do
    python benchmarks/family.py --collect                builds the table again from benchmarks/results/family

DATA_ROOT holds prepared data sets named like the recipes (drums-2bar, melody-2bar, ...); what is missing is skipped.
Each job is measured first (seconds a step), then gets as many steps as its minutes hold, and the recipe's schedules
(beta, scheduled sampling, warm-ups) are compressed to that number, so that each recipe runs its whole course. Two
liberties are taken in favour of the published models, which have 50,000 steps or more to learn in: the learning rate
falls along half a cosine (theirs, compressed, would be spent before anything is learned), and scheduled sampling
replaces half of the tokens no sooner than after a quarter of the steps. Minutes are of training alone: of the processor
on a CPU, on the clock elsewhere. Interrupted, the same command goes on; jobs with a result are skipped. OUT/NAME is a
run, OUT/NAME.json its result; it is stored as benchmarks/results/family/NAME.json too, and the package's table and
docs/table1.md are written anew, unless the run is `--private`.

`--size small` gives the published models 256 units where they have 1024 or 2048, two decoder layers and the batches of
our recipe for the same data: 2048 units cannot be trained on a CPU. Our recipes stay as they are.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scorespace import recipe as recipes
from scorespace.errors import UsageError
from scorespace.evaluation.table1 import FLAT, HEARING, HIERARCHICAL, RESULTS, sheets
from scorespace.evaluation.tables import markdown

ROOT = Path(__file__).parents[1]
STORED = ROOT / "benchmarks" / "results" / "family"
DOCUMENT = ROOT / "docs" / "table1.md"
BEGIN, END = "<!-- table1 -->\n", "<!-- /table1 -->"
TABLE = ROOT / "src" / "scorespace" / "evaluation" / RESULTS
PROBE_STEPS = {"cpu": 6, "cuda": 60}
SMALL = {
    "music-vae": {"encoder_size": 256, "encoder_layers": 1, "decoder_size": 256, "decoder_layers": 2},
    "lstm-lm": {"size": 256, "layers": 2},
}
SMALL["hierarchical-vae"] = SMALL["music-vae"] | {"conductor_size": 256, "embedding_size": 256}
INTERRUPTED = 130  # exit code of an interrupted `scorespace train`
CURVES = ("drums-2bar", "melody-2bar", "melody-16bar")
OUR_BETAS, THEIR_BETAS = (0.4, 1.0), (0.02,)
DEAF = "ours, parts apart"
SAMPLING_RATE = 1000.0  # the papers', for recipes that have none of their own
KEPT = ("next_step_accuracy", "continuation_accuracy", "accuracy", "onset_f1", "kl", "nll", "nll_elbo")


@dataclass(frozen=True)
class Job:
    """One cell of the table. The recipe trains on the data set of the same name as `data`.

    Those in the column "curve" differ from their recipe in one thing: the weight of the KL, for the curves of rate and
    distortion, or that the parts of ours do not hear each other.
    """

    data: str
    column: str
    decoder: str
    recipe: str
    beta: float | None = None

    @property
    def name(self) -> str:
        words = [self.data, self.column] + ([self.decoder] if self.column.startswith(("vae", "curve")) else [])
        return ".".join(words).replace(", ", "-").replace(" ", "-")


def jobs() -> list[Job]:
    """Every cell, the cheap ones first and baselines before what they judge."""
    found = []
    for data in ("drums-2bar", "melody-2bar", "melody-16bar", "melody-32bar", "trio-16bar"):
        short = data.endswith("-2bar")
        found += [Job(data, "baseline", FLAT if short else HIERARCHICAL, f"{data}-lm"), Job(data, "ours", "ours", data)]
        decoders = {FLAT: "paper"} if short else {HIERARCHICAL: "paper", FLAT: "flat"}
        for column in ("vae-sampling", "vae"):
            found += [Job(data, column, decoder, f"{data}-{name}") for decoder, name in decoders.items()]
        found += [Job(data, "curve", f"ours, beta {beta:g}", data, beta) for beta in OUR_BETAS]
        if data in CURVES:
            theirs = FLAT if short else HIERARCHICAL
            found += [Job(data, "curve", f"{theirs}, beta {beta:g}", f"{data}-paper", beta) for beta in THEIR_BETAS]
        if data == "trio-16bar":
            found += [Job(data, column, HEARING, f"{data}-hearing") for column in ("vae-sampling", "vae")]
            found.append(Job(data, "curve", DEAF, data))
    return [job for job in found if job.recipe in recipes.bundled()]


def overrides(job: Job, size: str) -> dict[str, Any]:
    """What this job changes in its recipe, before its steps are known."""
    if job.recipe == job.data:  # ours
        if job.decoder == DEAF:
            return {"model.hear_each_other": False}
        return {} if job.beta is None else {"model.beta": job.beta}
    recipe = recipes.load(job.recipe)
    found: dict[str, Any] = {}
    if job.beta is not None:
        found |= {"model.max_beta": job.beta, "model.free_bits": 0.0}
    if size == "small":
        known = vars(recipe.model.config)
        found |= {f"model.{key}": value for key, value in SMALL[recipe.model.name].items() if key in known}
        found["training.batch_size"] = recipes.load(job.data).training.batch_size
    if job.column in ("vae", "curve"):
        found["model.sampling_rate"] = 0
    if job.column == "vae-sampling":
        found["model.sampling_rate"] = recipe.model.config.sampling_rate or SAMPLING_RATE
    return found


def compressed(recipe: str, changed: dict[str, Any], steps: int) -> dict[str, Any]:
    """The schedules of a recipe squeezed from its own number of steps into `steps`; it never stretches them."""
    loaded = recipes.load(recipe, settings(changed))
    training, model = loaded.training, vars(loaded.model.config)
    share = min(1.0, steps / training.steps)
    found: dict[str, Any] = {
        "training.steps": steps,
        "training.warmup_steps": math.ceil(training.warmup_steps * share),
        "training.decay": training.decay if share == 1 else "cosine",
        "training.ema": max(min(training.ema, 0.9), 1 - (1 - training.ema) / share) if training.ema else 0.0,
        "training.evaluate_every": max(1, steps // 4),
        "training.checkpoint_every": max(1, steps // 20),
        "training.sample_every": 0,
        "training.samples": 0,
        "training.held_out_phrases": 256,
    }
    for key in (key for key in model if key.endswith("_warmup")):
        found[f"model.{key}"] = type(model[key])(math.ceil(model[key] * share))
    if model.get("beta_rate"):
        found["model.beta_rate"] = model["beta_rate"] ** (1 / share)
    if model.get("sampling_rate"):
        half = half_of_rate(model["sampling_rate"])
        found["model.sampling_rate"] = rate_of_half(max(half * share, min(half, steps / 4)))
    return found


def half_of_rate(rate: float) -> float:
    """The step at which scheduled sampling replaces half of the tokens: k ln k."""
    return rate * math.log(rate)


def rate_of_half(step: float) -> float:
    """The rate k for which k ln k = step, at least 2."""
    low, high = 2.0, max(4.0, step)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if half_of_rate(middle) < step else (low, middle)
    return round(low, 3)


def settings(changed: dict[str, Any]) -> list[str]:
    """As `scorespace train --set` takes them."""
    return [f"{key}={json.dumps(value)}" for key, value in changed.items()]


def scorespace(*arguments: str) -> None:
    """Runs the command line.

    Raises:
        CalledProcessError: when it fails.
    """
    subprocess.run([sys.executable, "-m", "scorespace", *arguments], check=True, stdout=subprocess.DEVNULL)


def train(job: Job, data: Path, run: Path, changed: dict[str, Any], options: argparse.Namespace) -> None:
    sets = [word for setting in settings(changed) for word in ("--set", setting)]
    common = [
        "--device",
        options.device,
        "--precision",
        options.precision,
        "--threads",
        str(options.threads),
        "--seed",
        str(options.seed),
    ]
    scorespace("train", job.recipe, "--data", str(data), "-o", str(run), *common, *sets)


def spent(run: Path) -> tuple[int, float]:
    """Steps and minutes of a run."""
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    last = [line for line in lines if line["kind"] == "train"][-1]
    return last["step"], last["minutes"]


def plan(job: Job, data: Path, run: Path, options: argparse.Namespace) -> dict[str, Any]:
    """The job's overrides; made once, so that an interrupted run goes on with the same ones."""
    kept = run.with_suffix(run.suffix + ".plan.json")
    if kept.exists():
        return dict(json.loads(kept.read_text(encoding="utf-8")))
    changed, probe = overrides(job, options.size), run.with_suffix(run.suffix + ".probe")
    shutil.rmtree(probe, ignore_errors=True)
    steps = PROBE_STEPS["cpu" if options.device == "cpu" else "cuda"]
    quiet = {"training.samples": 0, "training.held_out_phrases": 1, "training.log_every": max(1, steps // 3)}
    train(job, data, probe, changed | quiet | {"training.steps": steps}, options)
    first, last = (json.loads(line) for line in timed(probe))
    each = (last["minutes"] - first["minutes"]) / (last["step"] - first["step"])
    shutil.rmtree(probe)
    found = changed | compressed(job.recipe, changed, max(20, int(options.minutes / each)))
    found["training.minutes"] = 1.25 * options.minutes  # a machine that slows down may not stop the schedules early
    kept.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return found


def timed(probe: Path) -> tuple[str, str]:
    """The first and the last line of a probe that say how long it took; the first steps warm up."""
    lines = [line for line in (probe / "metrics.jsonl").read_text(encoding="utf-8").splitlines() if '"minutes"' in line]
    return lines[0], lines[-1]


def measure(job: Job, data: Path, out: Path, options: argparse.Namespace) -> dict[str, Any]:
    """The job's result: the report of `scorespace evaluate` and what it cost."""
    run, report = out / job.name, out / f"{job.name}.report.json"
    judge = out / f"{job.data}.baseline" / "best"
    more = ["--language-model", str(judge)] if job.column != "baseline" and judge.is_dir() else []
    counts = ["--phrases", str(options.phrases), "--samples", str(options.samples), "--importance-samples", "4"]
    machine = ["--device", options.device, "--threads", str(options.threads)]
    where = ["--data", str(data), "-o", str(report), "--json"]
    scorespace("evaluate", str(run / "best"), *where, *counts, *machine, *more)
    steps, minutes = spent(run)
    return {
        **vars(job),
        "overrides": json.loads((out / f"{job.name}.plan.json").read_text(encoding="utf-8")),
        "budget_minutes": options.minutes,
        "size": options.size,
        "steps": steps,
        "minutes": round(minutes, 2),
        "device": options.device,
        "threads": options.threads,
        "seed": options.seed,
        "report": json.loads(report.read_text(encoding="utf-8")),
    }


def collect() -> None:
    """Writes what the table needs of every stored result into the package, and the table into its document."""
    cells = [cell(json.loads(path.read_text(encoding="utf-8"))) for path in sorted(STORED.glob("*.json"))]
    TABLE.write_text(json.dumps({"cells": cells}, indent=1) + "\n", encoding="utf-8")
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    written = "\n".join(markdown(sheet) for sheet in sheets(cells))
    DOCUMENT.write_text(f"{before}{BEGIN}{written}{END}{after}", encoding="utf-8")


def cell(result: dict[str, Any]) -> dict[str, Any]:
    report = result["report"]
    keys = ("data", "column", "decoder", "recipe", "size", "steps", "minutes", "device", "seed")
    figures = {key: value for key, value in report["figures"].items() if key.startswith(KEPT)}
    rounded = {name: {key: round(value, 4) for key, value in figure.items()} for name, figure in figures.items()}
    counts = {key: report["data"][key] for key in ("phrases", "songs")}
    drawn = report["samples"]
    judged = drawn.get("language_model", {}).get("nll", {})
    kinds = ("corpus", "samples_0.5", "samples_1", "random_pitches")
    invented = {
        "overlap": round(drawn["mean_overlap"]["samples"], 4),
        "ceiling": round(drawn["mean_overlap"]["ceiling"], 4),
        "nll": {kind: round(judged[kind]["value"], 1) for kind in kinds if kind in judged},
    }
    return {**{key: result[key] for key in keys}, "parameters": report["model"]["parameters"], **counts} | {
        "figures": rounded,
        "samples": invented,
    }


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_root", nargs="?", type=Path)
    parser.add_argument("out", nargs="?", type=Path)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--size", choices=("small", "paper"), default="small")
    parser.add_argument("--only", nargs="*", default=[], help="only jobs whose name contains one of these")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--precision", default="auto", help="bfloat16 helps ours on a CPU; LSTMs stay in float32")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--phrases", type=int, default=512, help="held-out phrases, evenly spread; 0 = all")
    parser.add_argument("--samples", type=int, default=256)
    parser.add_argument("--private", action="store_true", help="store nothing in the repository")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--collect", action="store_true")
    options = parser.parse_args()
    if not options.collect and (options.data_root is None or options.out is None):
        parser.error("give DATA_ROOT and OUT, or --collect")
    return options


def main() -> None:
    options = arguments()
    if options.collect:
        collect()
        return
    os.environ["OMP_NUM_THREADS"] = str(options.threads)
    options.out.mkdir(parents=True, exist_ok=True)
    for job in jobs():
        data, result = options.data_root / job.data, options.out / f"{job.name}.json"
        if options.only and not any(word in job.name for word in options.only):
            continue
        ready = (data / "dataset.json").exists()
        state = "done" if result.exists() else "to do" if ready else f"no data in {data}"
        print(f"{job.name}: {state}", flush=True)
        if options.list or result.exists() or not ready:
            continue
        try:
            changed = plan(job, data, options.out / job.name, options)
            train(job, data, options.out / job.name, changed, options)
            text = json.dumps(measure(job, data, options.out, options), indent=1) + "\n"
        except (subprocess.CalledProcessError, UsageError, OSError, ValueError, KeyError) as error:
            if getattr(error, "returncode", None) == INTERRUPTED:
                sys.exit("Give the same command again to go on.")
            print(f"{job.name}: failed: {error}", file=sys.stderr, flush=True)
            continue
        result.write_text(text, encoding="utf-8")
        if not options.private:
            STORED.mkdir(parents=True, exist_ok=True)
            (STORED / f"{job.name}.json").write_text(text, encoding="utf-8")
            collect()


if __name__ == "__main__":
    main()
