"""Attribute vectors and their effects for a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from scorespace.evaluation.attribute_vectors import diagonal
from scorespace.vectors import METHODS

WAYS = {"quartiles": "difference of quartile means", "regression": "regression", "orthogonal": "quartiles, orthogonal"}
WIDEST = 14  # attributes in one matrix; of more, those of all parts together


def vector_tables(table: Mapping[str, Any]) -> list[Table]:
    """What each vector moves, and the matrix of their effects for each way to find them."""
    return [_overview(table), *(_matrix(table, method) for method in METHODS)]


def _overview(table: Mapping[str, Any]) -> Table:
    title = f"Attributes: learnt from {table['phrases']:,} phrases, measured at {table['points']} random points"
    shown = Table("", "attribute", "unit", "mean", "spread", "own effect", "", title=title, box=SIMPLE_HEAD)
    for number, row in enumerate(table["attributes"], 1):
        words = "" if row["movable"] else "not moved"
        figures = (f"{row[key]:.2f}" for key in ("mean", "spread", "effect"))
        shown.add_row(str(number), row["name"], row["unit"], *figures, words)
    shown.caption = "effect of the best vector, in spreads (standard deviations over the phrases)"
    return shown


def _matrix(table: Mapping[str, Any], method: str) -> Table:
    names = [row["name"] for row in table["attributes"]]
    chosen = list(range(len(names)))
    if len(names) > WIDEST:
        chosen = [k for k in chosen if "." not in names[k]]
    title = f"Effect of each vector (row) on each attribute (column), in spreads: {WAYS[method]}"
    shown = Table("", title=title, box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for k in chosen:
        shown.add_column(str(k + 1), justify="right", no_wrap=True)
    for k in chosen:
        cells = [table["effect"][method]["effect"][k][other] for other in chosen]
        shown.add_row(str(k + 1), *(_signed(value) for value in cells))
    found = diagonal(table, method)
    shown.caption = (
        f"of those that can be moved: own {found['own']:.2f}, others {found['others']:.2f}, "
        f"own the largest for {found['largest']:.0%}"
    )
    return shown


def _signed(value: float) -> str:
    """Four characters at most: .12, -.34, 1.2; cells that a narrow terminal cuts would say nothing."""
    return f"{value:.2f}".replace("0.", ".", 1) if abs(value) < 0.995 else f"{value:.1f}"
