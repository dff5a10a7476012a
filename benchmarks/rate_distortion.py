"""Accuracy and onset F1 over KL, of several checkpoints of several architectures, in one figure and one table.

    python benchmarks/rate_distortion.py OUT.png "ours=a.json,b.json,c.json" "music-vae=d.json,e.json" [--title TEXT]

The JSON files are reports of `scorespace evaluate CHECKPOINT --data DATA -o FILE`, or results of benchmarks/family.py:
one architecture at several weights of the KL (`--set model.beta=...`). The points of one name are joined in the order
of their KL. Whiskers are the 95 % intervals over songs. OUT.json and OUT.md stand beside the figure.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import matplotlib

FIGURES = {"accuracy": "free-running token accuracy", "onset_f1": "free-running onset F1"}
COLOURS = ("#c2410c", "#0f766e", "#6d28d9", "#7c8190", "#b91c1c")
GUESSER = "most_common"  # what a writer that looks at nothing gets, at a KL of 0


def read(path: Path) -> dict[str, Any]:
    """The report in a file."""
    found = json.loads(path.read_text(encoding="utf-8"))
    report = found.get("report", found)
    missing = [name for name in (*FIGURES, "kl") if name not in report.get("figures", {})]
    if missing:
        raise SystemExit(f"{path} is no report of a latent model: it lacks {', '.join(missing)}.")
    return dict(report)


def curves(words: list[str]) -> dict[str, list[dict[str, Any]]]:
    """The reports of each architecture by ascending KL."""
    found = {}
    for word in words:
        name, equals, files = word.partition("=")
        if not equals:
            raise SystemExit(f"Give NAME=FILE,FILE, got {word!r}.")
        reports = [read(Path(file)) for file in files.split(",")]
        found[name] = sorted(reports, key=lambda report: float(report["figures"]["kl"]["value"]))
    measured = {(r["data"]["fingerprint"], r["data"]["split"]) for reports in found.values() for r in reports}
    if len(measured) > 1:
        raise SystemExit("The reports were measured on different data: nothing can be compared.")
    return found


def shown(figure: dict[str, float], digits: int) -> str:
    return f"{figure['value']:.{digits}f} ({figure['low']:.{digits}f} to {figure['high']:.{digits}f})"


def markdown(found: dict[str, list[dict[str, Any]]]) -> str:
    lines = ["| model | KL, nats | accuracy | onset F1 | -ELBO, nats |", "|---|---|---|---|---|"]
    for name, reports in found.items():
        for figures in (report["figures"] for report in reports):
            cells = [shown(figures["kl"], 1), *(shown(figures[key], 4) for key in FIGURES)]
            lines.append(f"| {name} | {' | '.join([*cells, shown(figures['nll_elbo'], 1)])} |")
    return "\n".join(lines) + "\n"


def draw(found: dict[str, list[dict[str, Any]]], path: Path, title: str) -> None:
    matplotlib.use("agg")
    from matplotlib import pyplot

    chart, panels = pyplot.subplots(1, len(FIGURES), figsize=(10.5, 4.2), layout="constrained")
    for panel, (figure, words) in zip(panels, FIGURES.items(), strict=True):
        for (name, reports), colour in zip(found.items(), COLOURS, strict=False):
            rates, values = ([report["figures"][key] for report in reports] for key in ("kl", figure))
            across, up = ([each["value"] for each in column] for column in (rates, values))
            whiskers = {"xerr": spread(rates), "yerr": spread(values), "capsize": 2, "elinewidth": 0.8}
            panel.errorbar(across, up, **whiskers, fmt="o-", color=colour, markersize=4, label=name)
        report = next(iter(found.values()))[0]
        if figure in report["baselines"].get(GUESSER, {}):
            floor = report["baselines"][GUESSER][figure]["value"]
            panel.axhline(floor, color="black", linewidth=0.8, linestyle=":")
            panel.annotate("most common token of each step", (0.99, floor), (0, 3), ("axes fraction", "data"),
                           "offset points", ha="right", fontsize=8)  # fmt: skip
        panel.set(xlabel="KL, nats a phrase", ylabel=words)
        panel.spines[["top", "right"]].set_visible(False)
    handles, names = panels[0].get_legend_handles_labels()
    chart.legend(handles, names, loc="outside lower center", ncols=len(names), frameon=False, fontsize=9)
    chart.suptitle(title or f"{report['data']['phrases']:,} held-out phrases of {report['data']['songs']} songs")
    chart.savefig(path, dpi=140)


def spread(figures: list[dict[str, float]]) -> list[list[float]]:
    """Lengths of the whiskers below and above."""
    return [[each["value"] - each["low"] for each in figures], [each["high"] - each["value"] for each in figures]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("curves", nargs="+", metavar="NAME=FILE,FILE")
    parser.add_argument("--title", default="")
    options = parser.parse_args()
    found = curves(options.curves)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    draw(found, options.out, options.title)
    points = {name: [report["figures"] for report in reports] for name, reports in found.items()}
    options.out.with_suffix(".json").write_text(json.dumps(points, indent=1) + "\n", encoding="utf-8")
    options.out.with_suffix(".md").write_text(markdown(found), encoding="utf-8")
    print(options.out)


if __name__ == "__main__":
    main()
