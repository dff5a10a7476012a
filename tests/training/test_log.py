"""What a run says, to a file and to a person."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from rich.console import Console

from scorespace.errors import MissingExtraError
from scorespace.training.log import Log, board_writer, read_lines

FIGURES = {"loss": 12.5, "kl": 0.25, "accuracy": 0.75, "phrases_per_second": 1234.5}


def test_on_a_terminal_there_is_a_bar_with_figures_and_time_left(tmp_path: Path) -> None:
    console = Console(force_terminal=True, width=140, file=(tmp_path / "screen").open("w"))
    with Log(tmp_path, 0, 10, console=console) as log:
        log.train(4, FIGURES)
        log.advance(5)
        log.held_out(5, {"kl": 30.0, "accuracy": 0.5}, best=True)
    console.file.close()
    screen = (tmp_path / "screen").read_text()
    for words in (
        "5/10",
        "loss 12.50",
        "kl 0.2500",
        "phrases/s 1234",
        "step 5/10  held out: kl 30.00  acc 0.5000  (best)",
    ):
        assert words in screen


def test_elsewhere_there_are_plain_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Log(tmp_path, 0, 10) as log:
        log.train(2, FIGURES)
        log.train(4, FIGURES)  # not ten seconds later: in the file alone
        log.held_out(5, {"kl": 30.0}, best=False)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.splitlines() == [
        "step 2/10  loss 12.50  kl 0.2500  acc 0.7500  phrases/s 1234",
        "step 5/10  held out: kl 30.00",
    ]
    assert [(line["step"], line["kind"]) for line in read_lines(tmp_path / "metrics.jsonl")] == [
        (2, "train"),
        (4, "train"),
        (5, "held-out"),
    ]


def test_going_on_removes_later_lines_and_those_a_crash_tore(tmp_path: Path) -> None:
    metrics = tmp_path / "metrics.jsonl"
    metrics.write_text('{"step": 1, "loss": 0.1}\n{"step": 3}\n{"step": 2, "loss": 1e-09}\n[4]\n{"step": 4, "lo')
    Log(tmp_path, 2, 10)
    assert metrics.read_text() == '{"step": 1, "loss": 0.1}\n{"step": 2, "loss": 1e-09}\n'
    Log(tmp_path, 0, 10)
    assert metrics.read_text() == ""


def test_curves_go_to_tensorboard_too(tmp_path: Path) -> None:
    seen: list[object] = []

    class Writer:
        def __init__(self, folder: str, purge_step: int) -> None:
            seen.append((Path(folder).name, purge_step))

        def add_scalar(self, *values: object) -> None:
            seen.append(values)

        def close(self) -> None:
            seen.append("closed")

    with Log(tmp_path, 2, 10, writer=Writer) as log:
        log.held_out(5, {"kl": 30.0}, best=False)
    assert seen == [("tensorboard", 3), ("held-out/kl", 30.0, 5), "closed"]


def test_a_missing_tensorboard_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(
        MissingExtraError, match=r"needs tensorboard: install it with pip install 'scorespace\[tensorboard\]'"
    ):
        board_writer()
