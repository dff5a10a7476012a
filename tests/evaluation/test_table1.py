"""Table 1: our cells beside the papers'."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from scorespace.cli.evaluate import evaluate
from scorespace.errors import InputError, UsageError
from scorespace.evaluation.table1 import NOT_TRAINED, load, sheets
from scorespace.evaluation.tables import markdown, sheet_table


def cell(data: str, column: str, decoder: str, **figures: float) -> dict[str, Any]:
    known = {name: {"value": value, "low": value - 0.01, "high": value + 0.01} for name, value in figures.items()}
    cost = {"recipe": data, "steps": 1000, "minutes": 9.96, "device": "cpu", "seed": 0, "parameters": 1_234_567}
    return {"data": data, "column": column, "decoder": decoder, "phrases": 64, "songs": 9, "figures": known, **cost}


CELLS = [
    cell("drums-2bar", "baseline", "flat", next_step_accuracy=0.7, continuation_accuracy=0.4, nll=50.0),
    cell("drums-2bar", "ours", "ours", accuracy=0.99, onset_f1=0.98, kl=60.0, nll_elbo=70.0),
    cell(
        "trio-16bar",
        "vae-sampling",
        "hearing",
        accuracy=0.5,
        accuracy_bass=0.61,
        next_step_accuracy_bass=0.62,
        kl=500.0,
    ),
]


def lines(title: str) -> dict[tuple[str, str], list[str]]:
    found = next(sheet for sheet in sheets(CELLS) if sheet.title == title)
    assert all(len(line) == len(found.heads) for line in found.lines)
    return {(line[0], line[1]): list(line[2:]) for line in found.lines}


def test_our_figures_stand_beside_the_papers() -> None:
    baselines = lines("Baselines: decoder only")
    assert baselines["2-bar drums", "flat"] == ["0.700\n0.690-0.710", "0.400\n0.390-0.410", "0.722", "0.395"]
    assert baselines["2-bar melody", "flat"] == [NOT_TRAINED, "", "0.723", "0.619"]
    assert baselines["16-bar melody", "hier."] == [NOT_TRAINED, "", "", ""]


def test_flat_stands_beside_hierarchical_and_a_part_has_its_own_figures() -> None:
    sampled = lines("VAE with scheduled sampling")
    assert sampled["32-bar melody", "flat"] == [NOT_TRAINED, "", "", "", "", ""]
    assert sampled["32-bar melody", "hier."] == [NOT_TRAINED, "", "", "0.724", "0.722", "343.8"]
    assert sampled["trio, bass", "hier., hearing"][:2] == ["0.620\n0.610-0.630", "0.610\n0.600-0.620"]
    assert sampled["trio, bass", "hier., hearing"][2].startswith("500.0")
    taught = lines("VAE")
    assert taught["trio, bass", "flat"] == [NOT_TRAINED, "", "", "", "", "", "0.829", "0.565"]


def test_ours_against_theirs_and_what_it_cost() -> None:
    against = lines("Ours against theirs")
    assert against["2-bar drums", "ours"] == [
        "0.990\n0.980-1.000",
        "0.980\n0.970-0.990",
        "60.0\n60.0-60.0",
        "70.0\n70.0-70.0",
    ]
    assert against["2-bar melody", "ours"] == [NOT_TRAINED, "", "", ""]
    costs = lines("What each cost")
    assert costs["drums-2bar", "ours"] == ["1,234,567", "1,000", "10.0", "cpu", "0", "64 of 9"]


def test_sheets_are_printed_and_written() -> None:
    console = Console(width=130)
    with console.capture() as shown:
        for sheet in sheets(CELLS):
            console.print(sheet_table(sheet))
    assert "quoted at second hand" in " ".join(shown.get().split())
    assert "…" not in shown.get()
    assert "| 2-bar drums | flat | 0.700 (0.690-0.710) | 0.400 (0.390-0.410) | 0.722 | 0.395 |" in markdown(
        sheets(CELLS)[0]
    )


def test_results_are_read_from_the_package_or_a_file(tmp_path: Path) -> None:
    assert isinstance(load(), list)
    file = tmp_path / "results.json"
    file.write_text(json.dumps({"cells": CELLS}))
    assert load(file) == CELLS
    for content in ("{}", "[", '{"cells": [{"data": "x"}]}', '{"cells": 3}'):
        file.write_text(content)
        with pytest.raises(InputError, match=r"holds no results of benchmarks/family\.py"):
            load(file)


def test_the_command_prints_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "results.json"
    file.write_text(json.dumps({"cells": CELLS}))
    evaluate(file, table=True)
    assert "Baselines: decoder only" in capsys.readouterr().out
    evaluate(file, table=True, as_json=True)
    assert json.loads(capsys.readouterr().out) == CELLS
    with pytest.raises(UsageError, match="Name a checkpoint and its data"):
        evaluate(file)
