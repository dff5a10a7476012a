"""scorespace check: what a space would keep of a score, and why not more."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import typer

from scorespace.cli import options

if TYPE_CHECKING:
    from scorespace.space import Report, Space


def check(
    files: options.ScoreFiles,
    space: options.SpaceName = options.SPACE,
    as_json: options.Json = False,
) -> None:
    """Say what the space would keep of each score, what it would drop or move, and why.

    Ends with 3 when no score can be used and with 5 when some cannot.

    Example: scorespace check tune.mid song.musicxml
    """
    from scorespace.cli.guard import SOME_FAILED
    from scorespace.errors import InputError
    from scorespace.space import load

    held = load(space)
    reports = []
    for text in files:
        report = _report(held, text)
        reports.append(report)
        if not as_json:
            _show(text, report)
    if as_json:
        print(json.dumps([{"file": f, **r.to_dict()} for f, r in zip(files, reports, strict=True)], indent=2))
    failed = sum(not report.ok for report in reports)
    if failed:
        raise typer.Exit(InputError.exit_code if failed == len(files) else SOME_FAILED)


def _report(held: Space, text: str) -> Report:
    """The report of a file; one that cannot even be read gets a report that says so."""
    from scorespace.cli.talk import read_input
    from scorespace.errors import InputError, UsageError
    from scorespace.space import Report

    try:
        return held.check(read_input(text).score)
    except (InputError, UsageError) as error:  # UsageError: it has no such bars
        return Report(ok=False, notes=0, kept=0, changes=(str(error),), phrases=(), held=None, limits=held.limits)


def _show(name: str, report: Report) -> None:
    if not report.ok:
        print(f"{name}: not usable: {report.changes[0]}")
        return
    print(f"{name}: {report.summary}")
    for change in report.changes:
        print(f"  - {change}")
