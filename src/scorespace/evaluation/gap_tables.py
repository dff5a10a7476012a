"""The report of `scorespace gaps` as tables of words, and as a document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scorespace.evaluation.style_tables import spelt
from scorespace.evaluation.table1 import Sheet
from scorespace.evaluation.tables import markdown

PUBLISHED = {"InpaintNet, published": "0.838", "SketchNet, published": "0.890"}
PUBLISHED_NOTE = (
    "Published: token accuracy of the re-trainings by the authors of SketchNet (Chen et al. 2020, notebook of their "
    "evaluation), on another grid (24 even steps a bar) and other data (The Session), padding counted; SketchNet is "
    "given pitch and rhythm sketches of the missing bars. They stand here for orientation, not for comparison."
)
ACCURACIES = {
    "accuracy": "tokens, free",
    "onset_f1": "onset F1, free",
    "pitch_at_onsets": "pitch at onsets",
    "rhythm_at_onsets": "rhythm at onsets",
}
LIKENESSES = {"out_of_key": "out of key", "leap_in": "step in", "leap_out": "step out", "repetition": "repetition"}
KINDS = {"likeliest": "likeliest", "sample": "sample"}
BY_LENGTH = {  # where a figure of a row stands, and what it is called
    ("nll",): "NLL, nats a token",
    ("taught",): "Token accuracy, the true tokens before known",
    ("likeliest", "accuracy"): "Token accuracy, free-running",
    ("likeliest", "onset_f1"): "Onset F1, free-running",
    ("likeliest", "pitch_at_onsets"): "Pitch at true onsets, free-running",
    ("likeliest", "rhythm_at_onsets"): "Rhythm at true onsets, free-running",
    ("likeliest", "out_of_key"): "Share of notes out of key, likeliest filling",
    ("sample", "out_of_key"): "Share of notes out of key, sample",
    ("likeliest", "leap"): "Mean step at the edges in semitones, likeliest filling",
    ("sample", "leap"): "Mean step at the edges in semitones, sample",
    ("likeliest", "repetition"): "Repetition of the context, likeliest filling",
    ("sample", "repetition"): "Repetition of the context, sample",
}
BRIEF = (("nll",), ("likeliest", "onset_f1"))
DEFINITIONS = (
    "Only places between the first and the last note of a phrase count, in what is true and in what is written: the "
    "silence around them is padding. *Taught*: each token foreseen from the true ones before it. *Free*: the most "
    "likely tokens one after another. *Sample*: one filling at temperature 1, with the same random numbers for all. "
    "*NLL*: exact negative log-likelihood of the true gap, a token. *Onset F1*: pitch and step right, a gap at a time. "
    "*Pitch* and *rhythm at onsets*: share of the true onsets at which the same pitch, or any note, begins. *Out of "
    "key*: notes outside the major scale (or its modes) in which the notes around the gap stay longest. *Step in, step "
    "out*: semitones from the last note before the gap to the first one in it, and from the last one in it to the "
    "first one after. *Repetition*: the largest share of equal tokens between the gap and as many whole bars before it "
    "or after it. Intervals are 95 %, over songs."
)


def sheets(report: Mapping[str, Any], brief: bool = False) -> list[Sheet]:
    """Every table of the report; `brief`: of those by length only the ones of `BRIEF`."""
    main = next(one for one in report["settings"] if (one["length"], one["place"]) == (4, "middle"))
    found = [_accuracies(report, main), _likenesses(report, main)]
    found += [_kept_in_key(report)] if report["kept_in_key"] else []
    found += [_best_of_n(report), _speed(report)] if report["best_of_n"] else []
    wanted = BRIEF if brief else tuple(BY_LENGTH)
    return found + [_by_length(report, path, BY_LENGTH[path]) for path in wanted]


def document(report: Mapping[str, Any], command: str) -> str:
    """The report as Markdown. command: what made it."""
    data = report["data"]
    models = [
        [one["label"], f"`{one['model']}`", f"{one['parameters']:,}", one["sha256"][:12], _held_out(one)]
        for one in report["models"]
    ]
    head = [
        "# Filling gaps, in figures",
        "",
        f"Made by `{command}`.",
        "",
        f"{data['phrases']:,} phrases of {data['bars']} bars in {data['metre']} from {data['songs']:,} songs of the "
        f"{data['split']} split, the same gaps for all; data set {data['fingerprint'][:12]}, seed {report['seed']}.",
        "",
        DEFINITIONS,
        "",
    ]
    about = Sheet("The models", ["model", "kind", "parameters", "weights", "test songs unseen"], models)
    return "\n".join([*head, *(markdown(sheet) for sheet in (about, *sheets(report)))]).rstrip() + "\n"


def _held_out(model: Mapping[str, Any]) -> str:
    return "yes, by the same split" if model["held_out"] else "not known"


def _accuracies(report: Mapping[str, Any], main: Mapping[str, Any]) -> Sheet:
    lines = [
        [label, _cell(row, "nll"), _cell(row, "taught"), *(_cell(row, "likeliest", name) for name in ACCURACIES)]
        for label, row in main["rows"].items()
        if label != "truth"
    ]
    lines += [[label, "", "", value, "", "", ""] for label, value in PUBLISHED.items()]
    return Sheet(
        f"{_where(report, main)}: how near to the true notes",
        ["", "NLL", "tokens, taught", *ACCURACIES.values()],
        lines,
        f"{main['tokens']:,} tokens, {main['notes']:,} notes, no padding. The slips' chance, {main['slip']:.3f}, is "
        "fitted on the validation split, for each length and place; a slip takes a token of the step unigram, which is "
        f"counted in training. {PUBLISHED_NOTE}",
    )


def _likenesses(report: Mapping[str, Any], main: Mapping[str, Any]) -> Sheet:
    lines = []
    for label, row in main["rows"].items():
        kinds = ("likeliest",) if label == "truth" else tuple(KINDS)
        for kind in kinds:
            if kind in row:
                words = "" if label == "truth" else KINDS[kind]
                lines.append([label, words, *(_cell(row, kind, name) for name in LIKENESSES)])
    return Sheet(
        f"{_where(report, main)}: what the fillings are like",
        ["", "filling", *LIKENESSES.values()],
        lines,
        "As near to the truth's row as can be is right; the smallest figure is not the best.",
    )


def _kept_in_key(report: Mapping[str, Any]) -> Sheet:
    lines = []
    for label, one in report["kept_in_key"].items():
        for kind, row in one.items():
            cells = [_cell(row, "inside"), _cell(row, "nll_inside_free"), _cell(row, "nll_inside"), _cell(row, "nll")]
            cells += [_cell(row, "likeliest", "out_of_key"), _cell(row, "sample", "out_of_key")]
            cells += [_cell(row, "likeliest", "onset_f1"), _cell(row, "sample", "onset_f1")]
            lines.append([label if kind == "free" else "", kind, *cells])
    return Sheet(
        f"{_where(report)}: kept in key",
        [
            "",
            "pitches",
            "gaps in scale",
            "their NLL, free",
            "their NLL, kept",
            "NLL, all gaps",
            "out of key, likeliest",
            "out of key, sample",
            "onset F1, likeliest",
            "onset F1, sample",
        ],
        lines,
        "The probability of pitches outside a scale is given to the others, event by event. *Key*: the scale of what "
        "stands around the gap. *Heard*: the pitch classes that stand there. Where a true note is outside, the kept "
        "model says that it cannot be; so over all gaps it is mixed, once a gap, with the free one, by the share of "
        "such gaps in validation.",
    )


def _best_of_n(report: Mapping[str, Any]) -> Sheet:
    lines, numbers = [], []
    for label, one in report["best_of_n"].items():
        numbers = list(one["likeliest"])
        several = [n for n in numbers if n != "1"]
        lines.append([label, *(_cell(one["likeliest"], n) for n in numbers), *(_cell(one["best"], n) for n in several)])
    first = next(iter(report["best_of_n"].values()))
    heads = ["one sample", *(f"likeliest of {n}" for n in several), *(f"best of {n}" for n in several)]
    return Sheet(
        f"{_where(report)}: onset F1 of the best of several samples",
        ["", *heads],
        lines,
        f"{first['phrases']} phrases, temperature 1. Likeliest by the model's own exact likelihood; the best is "
        "chosen by one who knows the true notes.",
    )


def _speed(report: Mapping[str, Any]) -> Sheet:
    lines = [[label, f"{seconds:.3f}"] for label, seconds in report["speed"].items()]
    words = "Median of five, one phrase at a time, temperature 1; all threads together."
    return Sheet("CPU seconds of four bars written", ["", "seconds"], lines, words)


def _by_length(report: Mapping[str, Any], path: tuple[str, ...], words: str) -> Sheet:
    lengths = sorted({one["length"] for one in report["settings"]})
    places = list(dict.fromkeys(one["place"] for one in report["settings"]))
    settings = {(one["length"], one["place"]): one["rows"] for one in report["settings"]}
    labels = list(report["settings"][0]["rows"])
    lines = []
    for label in labels:
        for place in places:
            rows = [settings.get((length, place), {}).get(label, {}) for length in lengths]
            if any(_cell(row, *path) for row in rows):
                lines.append([label, place, *(_cell(row, *path) for row in rows)])
    return Sheet(f"{words}, by length and place", ["", "gap at", *(_bars(n) for n in lengths)], lines)


def _bars(count: int) -> str:
    return "1 bar" if count == 1 else f"{count} bars"


def _where(report: Mapping[str, Any], main: Mapping[str, Any] | None = None) -> str:
    main = main or next(one for one in report["settings"] if (one["length"], one["place"]) == (4, "middle"))
    return f"Bars {main['bars'][0]}-{main['bars'][1]} of {report['data']['bars']}"


def _cell(row: Mapping[str, Any], *path: str) -> str:
    """A figure with its interval; nothing where there is none."""
    found: Any = row
    for name in path:
        found = None if found is None else found.get(name)
    return spelt(found) if found else ""
