"""What became of every file and phrase, for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def readable(
    totals: Mapping[str, Any], others: Mapping[str, Mapping[str, int]], held_out: Sequence[str] = ("valid", "test")
) -> str:
    """The totals of a build as text: files, scores, windows, notes, and phrases by split.

    Args:
        totals: `merge.Totals.table()`.
        others: for each corpus the number of files that are no music, by ending.
        held_out: the splits that were meant to get some songs; it is said when one got none.
    """
    files, phrases = totals["files"], sum(totals["phrases"].values())
    dropped = files - totals["files_used"]
    lines = [
        f"{_of(files, 'file')}: {_n(totals['files_used'])} used, {_n(dropped)} dropped{_why(totals['files_dropped'])}",
        f"{_of(totals['scores'], 'score')} in them: {_n(totals['scores_used'])} used, "
        f"{_n(totals['scores'] - totals['scores_used'])} not{_why(totals['scores_unused'])}",
        f"{_of(totals['windows'], 'window')}: {_of(phrases, 'phrase')} kept, "
        f"{_n(totals['windows'] - phrases)} dropped{_why(totals['windows_dropped'])}",
        _notes(totals["notes"]),
        "",
        f"{'split':<10}{'phrases':>12}{'songs':>10}",
        *(f"{split:<10}{_n(count):>12}{_n(totals['songs'][split]):>10}" for split, count in totals["phrases"].items()),
        "",
        f"{'corpus':<24}{'files':>10}{'used':>10}{'phrases':>12}",
        *(_corpus(name, counts) for name, counts in totals["corpora"].items()),
    ]
    empty = [split for split in held_out if not totals["phrases"][split]]
    if empty:
        lines += [
            "",
            f"No song fell into {' and '.join(empty)} (its name decides): without valid nobody sees overfitting, "
            "without test nothing can be measured. Give more music, or hold out more: --set data.held_out=[0.2,0.2]",
        ]
    for name, endings in others.items():
        if endings:
            listed = ", ".join(f"{_n(count)} {ending}" for ending, count in sorted(endings.items()))
            lines += ["", f"Not music, and not looked at, in {name}: {listed}"]
    return "\n".join(lines) + "\n"


def _notes(notes: Mapping[str, int]) -> str:
    total = max(1, notes.get("notes", 0))
    return (
        f"{_of(notes.get('notes', 0), 'note')} read: {notes.get('moved', 0) / total:.1%} moved to the grid, "
        f"{_n(notes.get('covered', 0))} lost to another on their step, {_n(notes.get('out_of_range', 0))} outside "
        f"its pitches; {_n(notes.get('monophony', 0))} more were dropped where several sounded at once"
    )


def _corpus(name: str, counts: Mapping[str, int]) -> str:
    files, used, phrases = (_n(counts[key]) for key in ("files", "used", "phrases"))
    return f"{name:<24}{files:>10}{used:>10}{phrases:>12}"


def _why(reasons: Mapping[str, int]) -> str:
    return ": " + ", ".join(f"{_n(count)} {reason}" for reason, count in reasons.items()) if reasons else ""


def _of(count: int, thing: str) -> str:
    return f"{_n(count)} {thing}" + ("" if count == 1 else "s")


def _n(count: int) -> str:
    return f"{count:,}"
