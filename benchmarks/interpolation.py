"""The interpolation experiment (Roberts et al. 2018, 5.3): latent paths against mixing tokens.

    python benchmarks/interpolation.py SPACE DATA LM OUT [--also NAME=CHECKPOINT ...] [--pairs 256] [--steps 11]

SPACE is a bundled space or a checkpoint, DATA its prepared data set, LM a checkpoint of a model with an exact
likelihood on the same grid (note-lm, lstm-lm). Writes OUT/interpolation.json, .md (table) and .png (figure); `--also`
adds paths of other models of the same grid.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import torch

from scorespace import checkpoint
from scorespace.data.shards import Shards
from scorespace.evaluation import interpolation
from scorespace.evaluation.interpolation import Point
from scorespace.models.base import LatentModel
from scorespace.space.loading import find

FIGURES = {
    "to_first": "tokens unlike the first phrase\n(1 = as far as the ends)",
    "to_second": "tokens unlike the second phrase",
    "cost": "language model's cost\n(1 = mean of the ends)",
}
COLOURS = ("#c2410c", "#7c8190", "#0f766e", "#6d28d9", "#b91c1c")


def paths(options: argparse.Namespace, pairs: interpolation.Pairs, amounts: list[float]) -> dict[str, np.ndarray]:
    """Every path by its name."""
    spaces = {"latent": options.space} | dict(each.split("=", 1) for each in options.also)
    found = {}
    for name, where in spaces.items():
        model = checkpoint.load(find(where)).model.to(options.device)
        if not isinstance(model, LatentModel):
            raise SystemExit(f"{where} has no latent space.")
        for method in interpolation.METHODS if name == "latent" else ("slerp",):
            found[f"{name}, {method}"] = interpolation.latent_path(model, pairs, amounts, method)
    grid = checkpoint.load(find(options.space)).grid
    return found | {"tokens mixed": interpolation.data_path(pairs, amounts, grid, options.seed)}


def markdown(measured: dict[str, list[Point]]) -> str:
    lines = [
        "| path | amount | unlike the first | unlike the second | language model's cost |",
        "|---|---|---|---|---|",
    ]
    for name, points in measured.items():
        for point in points:
            cells = " | ".join(shown(asdict(point)[figure]) for figure in FIGURES)
            lines.append(f"| {name} | {point.amount:g} | {cells} |")
    return "\n".join(lines) + "\n"


def shown(figure: dict[str, float]) -> str:
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"


def draw(measured: dict[str, list[Point]], path: Path, heading: str) -> None:
    matplotlib.use("agg")
    from matplotlib import pyplot

    chart, panels = pyplot.subplots(1, len(FIGURES), figsize=(12.5, 4.0), layout="constrained")
    for panel, (figure, words) in zip(panels, FIGURES.items(), strict=True):
        for (name, points), colour in zip(measured.items(), COLOURS, strict=False):
            amounts = [point.amount for point in points]
            values = [asdict(point)[figure] for point in points]
            panel.plot(amounts, [value["value"] for value in values], "o-", color=colour, markersize=3.5, label=name)
            low, high = ([value[end] for value in values] for end in ("low", "high"))
            panel.fill_between(amounts, low, high, color=colour, alpha=0.15, linewidth=0)
        ideal = {"to_first": [0, 1], "to_second": [1, 0], "cost": [1, 1]}[figure]
        panel.plot([0, 1], ideal, color="black", linewidth=0.8, linestyle=":")
        panel.set(xlabel="amount", ylabel=words, xlim=(0, 1))
        panel.spines[["top", "right"]].set_visible(False)
    handles, names = panels[0].get_legend_handles_labels()
    chart.legend(handles, names, loc="outside lower center", ncols=len(names), frameon=False, fontsize=9)
    chart.suptitle(heading, fontsize=11)
    chart.savefig(path, dpi=140)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("space", "data", "lm"):
        parser.add_argument(name)
    parser.add_argument("out", type=Path)
    parser.add_argument("--also", nargs="*", default=[], metavar="NAME=CHECKPOINT")
    parser.add_argument("--pairs", type=int, default=256)
    parser.add_argument("--steps", type=int, default=11)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    shards, judge = Shards.open(options.data), checkpoint.load(options.lm)
    if judge.grid != shards.grid:
        raise SystemExit("The language model and the data have different grids.")
    judge.model.to(options.device)
    tokens, songs = np.asarray(shards.tokens("test")), np.asarray(shards.songs("test"))
    pairs = interpolation.choose_pairs(tokens, songs, shards.grid, options.pairs, options.seed)
    amounts = np.linspace(0, 1, options.steps).round(6).tolist()
    measured = {
        name: interpolation.measure(path, pairs, amounts, judge.model, options.seed)
        for name, path in paths(options, pairs, amounts).items()
    }
    options.out.mkdir(parents=True, exist_ok=True)
    result: dict[str, Any] = {
        "space": Path(options.space).name,
        "weights": checkpoint.read_config(find(options.space))["sha256"],
        "language_model": {"name": judge.config["model"]["name"], "sha256": judge.sha256},
        "data": shards.fingerprint,
        "pairs": options.pairs,
        "songs": len(np.unique(pairs.songs)),
        "seed": options.seed,
        "paths": {name: [asdict(point) for point in points] for name, points in measured.items()},
    }
    (options.out / "interpolation.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    (options.out / "interpolation.md").write_text(markdown(measured), encoding="utf-8")
    heading = f"{options.pairs} pairs of held-out phrases, {result['songs']} songs; bands: 95 % over songs"
    draw(measured, options.out / "interpolation.png", heading)
    print(options.out / "interpolation.png")


if __name__ == "__main__":
    main()
