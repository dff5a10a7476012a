"""The pictures of `scorespace styles`: figures 3, 4 and 5 of Valenti et al. 2020, the flower, and what edits trade."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from scorespace.errors import MissingExtraError
from scorespace.evaluation.genre_probes import Side, only

COLOURS = ("#c2410c", "#0f766e", "#6d28d9", "#b45309", "#1d4ed8", "#be185d", "#4d7c0f", "#334155", "#0891b2", "#7c2d12")
PAIRS = 6  # of genres in a picture
POINTS = 128  # of each genre, as in the paper


def write(report: Mapping[str, Any], asked: Side, folder: Path, seed: int) -> list[Path]:
    """Writes every picture as PNG; t-SNE only where scikit-learn is installed."""
    pictures = {
        "hamming": _hamming(report["hamming"]),
        "petals": _petals(report["petals"]),
        "petals-moved": _petals(report["petals_moved"]),
        "transfer": _transfer(report["transfer"]),
        "flower": _flower(asked, report["genres"], report["plane_unit"]),
        "pairs-pca": _pairs(asked, report, _pca, "PCA"),
    }
    with contextlib.suppress(MissingExtraError):
        pictures["pairs-tsne"] = _pairs(asked, report, lambda rows: tsne(rows, seed), "t-SNE")
    paths = []
    for name, figure in pictures.items():
        path = folder / f"{name}.png"
        part = folder / f".{name}.part.png"
        FigureCanvasAgg(figure).print_png(part)
        paths.append(part.replace(path))
    return paths


def tsne(rows: np.ndarray, seed: int) -> np.ndarray:
    """(N, 2) t-SNE of rows (N, F), begun from their PCA.

    Raises:
        MissingExtraError: when scikit-learn is not installed.
    """
    try:
        from sklearn.manifold import TSNE
    except ImportError as error:
        raise MissingExtraError("scikit-learn", "maps", "Drawing t-SNE maps") from error
    found: np.ndarray = TSNE(init="pca", perplexity=min(30, (len(rows) - 1) / 3), random_state=seed).fit_transform(rows)
    return found


def _pca(rows: np.ndarray) -> np.ndarray:
    centred = rows - rows.mean(0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    found: np.ndarray = centred @ axes[:2].T
    return found


def _sheet(width: float, height: float) -> Figure:
    return Figure(figsize=(width, height), dpi=130, layout="constrained")


def _hamming(rows: Sequence[Mapping[str, Any]]) -> Figure:
    figure = _sheet(6.4, 4.4)
    axes: Axes = figure.subplots()
    for number, row in enumerate(rows):
        for name, style in (("slerp", "-"), ("lerp", "--")):
            _curve(axes, row["alphas"], row["paths"][name], COLOURS[number], style, f"{row['label']}, {name}")
    _curve(axes, rows[0]["alphas"], rows[0]["paths"]["data space"], "#7c8190", ":", "tokens mixed at random")
    axes.set(xlabel="alpha", ylabel="Hamming distance from the first phrase", xlim=(0, 1), ylim=(0, None))
    axes.legend(frameon=False, fontsize=8)
    return figure


def _curve(axes: Axes, alphas: Any, curve: Any, colour: str, style: str, label: str) -> None:
    values, low, high = ([point[key] for point in curve["to_first"]] for key in ("value", "low", "high"))
    axes.plot(alphas, values, style, color=colour, label=label)
    axes.fill_between(alphas, low, high, color=colour, alpha=0.12, linewidth=0)


def _petals(petals: Mapping[str, Any]) -> Figure:
    names, genres = petals["attributes"], petals["genres"]
    rows = np.array(petals["in_spreads"])
    figure = _sheet(2.5 + 0.6 * len(genres), 1.6 + 0.19 * len(names))
    axes: Axes = figure.subplots()
    image = axes.imshow(rows, cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto")
    axes.set_xticks(range(len(genres)), genres, rotation=45, ha="right", fontsize=8)
    axes.set_yticks(range(len(names)), names, fontsize=6)
    smooth = petals["smoothness"]
    axes.set_title(
        f"Attributes by petal, in spreads\nroughness {smooth['roughness']:.2f} of shuffled petals", fontsize=9
    )
    figure.colorbar(image, shrink=0.4)
    return figure


def _transfer(transfer: Mapping[str, Any]) -> Figure:
    figure = _sheet(6.4, 4.4)
    axes: Axes = figure.subplots()
    rows = transfer["figures"]
    kept = [name for name in rows if name.startswith("keep")]
    for key, colour, label in (
        ("judge_probability", COLOURS[0], "judge, taught apart"),
        ("classifier_probability", COLOURS[1], "the space's own classifier"),
    ):
        x = [rows[name]["kept"]["value"] for name in kept]
        axes.errorbar(
            x,
            [rows[name][key]["value"] for name in kept],
            yerr=np.abs([[rows[n][key][end] - rows[n][key]["value"] for n in kept] for end in ("low", "high")]),
            fmt="o-",
            color=colour,
            label=label,
            capsize=2,
        )
        for name, marker in (("reconstruction", "s"), ("sample of the petal", "^"), ("real phrases of the genre", "*")):
            axes.plot(rows[name]["kept"]["value"], rows[name][key]["value"], marker, color=colour, markersize=8)
            axes.annotate(name, (rows[name]["kept"]["value"], rows[name][key]["value"]), fontsize=6, color=colour)
    for name in kept:
        point = rows[name]["kept"]["value"], rows[name]["judge_probability"]["value"]
        axes.annotate(name, point, fontsize=6, xytext=(3, -8), textcoords="offset points")
    axes.set(xlabel="kept of the piece (onsets, chroma, contour)", ylabel="probability of the other genre")
    axes.invert_xaxis()
    axes.legend(frameon=False, fontsize=8)
    return figure


def _flower(asked: Side, genres: Sequence[str], unit: Sequence[float]) -> Figure:
    """Where held-out phrases stand in the plane of the petals."""
    figure = _sheet(5.6, 5.2)
    axes: Axes = figure.subplots()
    plane = asked.views["the plane of the flower"] * np.array(unit)  # codes stand in the prior's deviations
    for k, name in enumerate(genres):
        mine = plane[asked.genres == k]
        colour = COLOURS[k % len(COLOURS)]
        angle = 2 * np.pi * k / len(genres)
        axes.scatter(mine[:, 0], mine[:, 1], s=5, alpha=0.5, color=colour, label=f"{name} ({len(mine)})")
        axes.annotate(name, (1.25 * np.cos(angle), 1.25 * np.sin(angle)), color=colour, ha="center", fontsize=8)
        axes.plot(np.cos(angle), np.sin(angle), "x", color=colour, markersize=9)
    axes.set_aspect("equal")
    axes.set_title("Held-out phrases in the plane of the flower; x is the centre of a petal", fontsize=9)
    axes.legend(frameon=False, fontsize=7, loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def _pairs(asked: Side, report: Mapping[str, Any], project: Any, title: str) -> Figure:
    genres = list(report["genres"])
    rows = sorted(report["probes"]["pairs"], key=lambda row: -row["codes"]["value"])
    chosen = rows if len(rows) <= PAIRS else [*rows[: PAIRS // 2], *rows[-(PAIRS // 2) :]]
    figure = _sheet(9, 3 * max(1, -(-len(chosen) // 3)))
    places = figure.subplots(max(1, -(-len(chosen) // 3)), 3, squeeze=False).ravel()
    for axes in places[len(chosen) :]:
        axes.set_axis_off()
    for axes, row in zip(places, chosen, strict=False):
        first, second = (genres.index(name) for name in row["genres"])
        members = [np.flatnonzero(only(asked, *pair)) for pair in ((first, second), (second, first))]
        members = [m[np.linspace(0, len(m), min(POINTS, len(m)), endpoint=False).astype(int)] for m in members]
        points = project(asked.views["codes"][np.concatenate(members)])
        for part, name, marker, colour in (
            (points[: len(members[0])], row["genres"][0], "o", "#1d4ed8"),
            (points[len(members[0]) :], row["genres"][1], "x", "#c2410c"),
        ):
            axes.scatter(part[:, 0], part[:, 1], s=12, marker=marker, color=colour, alpha=0.7, label=name)
        axes.set_title(f"probe {row['codes']['value']:.2f}", fontsize=8)
        axes.legend(frameon=False, fontsize=7)
        axes.set_xticks([])
        axes.set_yticks([])
    figure.suptitle(f"{title} of the codes of held-out phrases, pairs of genres", fontsize=10)
    return figure
