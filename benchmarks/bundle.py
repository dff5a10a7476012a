"""Puts a trained checkpoint among the bundled spaces, with its figures on the held-out test songs.

    python benchmarks/bundle.py RUN/best DATA melody-2bar [--half] [--phrases N]

DATA is the data set that it was trained on. The whole report goes to benchmarks/results/NAME.json, its main figures
into the checkpoint's config.json and model card. --half stores the weights in float16, half the size; the figures are
then those of the rounded weights. --phrases N measures on so many of the test split, evenly spread, not on all.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import torch

from scorespace import checkpoint
from scorespace.data.shards import Shards
from scorespace.evaluation.report import Options, evaluate
from scorespace.models import config_class

ROOT = Path(__file__).parents[1]


def main(run: str, data: str, name: str, half: bool, phrases: int) -> None:
    torch.set_num_threads(1)
    loaded, shards = checkpoint.load(run), Shards.open(data)
    kind = torch.float16 if half else torch.float32
    with torch.no_grad():
        for weight in loaded.model.parameters():
            weight.copy_(weight.to(kind))
    report = evaluate(loaded, shards, Options(phrases=phrases), lambda text: print(text, file=sys.stderr))
    if not report["data"]["trained_on_it"]:
        sys.exit("The checkpoint was trained on another data set, so these figures would not be held out.")
    results = ROOT / "benchmarks" / "results" / f"{name}.json"
    results.parent.mkdir(exist_ok=True)
    results.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    settings = {key: value for key, value in loaded.config["model"].items() if key != "name"}
    folder = checkpoint.save(
        ROOT / "src" / "scorespace" / "weights" / name,
        loaded.model,
        loaded.grid,
        loaded.config["model"]["name"],
        config_class(loaded.config["model"]["name"])(**settings),
        loaded.config["recipe"],
        described(shards),
        scores(report),
        kind,
    )
    print(folder)


def described(shards: Shards) -> dict:
    """What the data set says of itself; of its genres the songs of each."""
    found = dict(shards.description) | {"fingerprint": shards.fingerprint}
    if "genres" in found:
        found["genres"] = dict(zip(found["genres"]["names"], found["genres"]["songs"], strict=True))
    return found


def scores(report: dict) -> dict:
    figures = {
        figure: f"{value['value']:.4g} (95 % interval {value['low']:.4g} to {value['high']:.4g})"
        for figure, value in report["figures"].items()
    }
    data = report["data"]
    where = f"{data['phrases']} phrases of {data['songs']} songs of the test split, seed {report['seed']}"
    return {"measured on": where, **figures}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run")
    parser.add_argument("data")
    parser.add_argument("name")
    parser.add_argument("--half", action="store_true")
    parser.add_argument("--phrases", type=int, default=0)
    main(**vars(parser.parse_args()))
