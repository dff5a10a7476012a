"""Prints the README's table of figures from the reports in benchmarks/results: python benchmarks/figures.py

With --write it is put into the README. A report is what `python benchmarks/bundle.py` or `scorespace evaluate
CHECKPOINT --data DATA -o benchmarks/results/NAME.json` writes. Spaces whose figures are of another kind (a piano roll's
accuracy is F1 itself) have the same columns.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- figures -->", "<!-- /figures -->"
COLUMNS = {
    "accuracy": "token accuracy",
    "onset_f1": "onset F1",
    "kl": "KL, nats",
    "nll_elbo": "negative ELBO, nats",
}


def shown(value: dict[str, float]) -> str:
    digits = 3 if value["value"] < 1 else 1
    low, high = (f"{value[end]:.{digits}f}" for end in ("low", "high"))
    return f"{value['value']:.{digits}f} ({low} to {high})"


def figures() -> str:
    reports = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(RESULTS.glob("*.json"))}
    spaces = {name: report for name, report in reports.items() if "kl" in report["figures"]}
    lines = [f"| space | {' | '.join(COLUMNS.values())} | silence | samples' overlap |", "|---" * 7 + "|"]
    lines += [line for name, report in spaces.items() for line in (row(name, report), *parts(name, report))]
    lines += ["", *(measured(name, report) for name, report in spaces.items())]
    lines += [exact(name, report) for name, report in reports.items() if name not in spaces]
    return "\n".join(lines) + "\n"


def row(name: str, report: dict) -> str:
    cells = [shown(report["figures"][key]) for key in COLUMNS]
    silence = report["baselines"].get("silence", report["baselines"].get("all_hold"))["accuracy"]["value"]
    overlap = report["samples"]["mean_overlap"]
    return f"| `{name}` | {' | '.join(cells)} | {silence:.3f} | {overlap['samples']:.2f} of {overlap['ceiling']:.2f} |"


def parts(name: str, report: dict) -> list[str]:
    """A line for each part of a space of several."""
    found = [key.removeprefix("onset_f1_") for key in report["figures"] if key.startswith("onset_f1_")]
    keys = ("accuracy", "onset_f1")
    return [
        f"| its {part} | {' | '.join(shown(report['figures'][f'{key}_{part}']) for key in keys)} | | | | |"
        for part in found
    ]


def measured(name: str, report: dict) -> str:
    data, drawn = report["data"], report["samples"]
    copied = f"{drawn['copied_share_in_any_key']:.1%}"
    return (
        f"- `{name}`: {data['phrases']:,} phrases of {data['songs']} held-out songs; {drawn['count']:,} samples at "
        f"temperature {drawn['temperature']:g}, {copied} of them equal to a training phrase in some key."
    )


def exact(name: str, report: dict) -> str:
    nll = shown(report["figures"]["nll"])
    return f"- `{name}`, decoder-only and as large as `melody-2bar`, on the same phrases: exact NLL {nll} nats."


def main() -> None:
    text = figures()
    print(text, end="")
    if "--write" in sys.argv[1:]:
        before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
        _, _, after = rest.partition(END)
        README.write_text(f"{before}{BEGIN}\n{text}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
