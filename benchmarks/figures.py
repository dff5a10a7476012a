"""Prints the README's table of figures from the reports in benchmarks/results: python benchmarks/figures.py

With --write it is put into the README. A report is what `scorespace evaluate CHECKPOINT --data DATA -o
benchmarks/results/NAME.json` writes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- figures -->", "<!-- /figures -->"
ROWS = {
    "accuracy": "token accuracy, free-running",
    "onset_f1": "onset F1, free-running",
    "pitch_at_onsets": "pitch right at onsets, free-running",
    "next_step_accuracy": "token accuracy, next step",
    "reconstruction": "reconstruction, nats",
    "kl": "KL, nats",
    "nll_elbo": "negative ELBO, nats",
    "nll": "exact NLL, nats",
    "active_dimensions": "active dimensions",
}


def shown(value: dict[str, float]) -> str:
    digits = 4 if value["value"] < 1 else 1
    low, high = (f"{value[end]:.{digits}f}" for end in ("low", "high"))
    return f"{value['value']:.{digits}f} ({low} to {high})"


def figures() -> str:
    reports = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(RESULTS.glob("*.json"))}
    data = next(iter(reports.values()))["data"]
    lines = [f"| {data['phrases']:,} held-out phrases | {' | '.join(reports)} | all hold |"]
    lines += ["|---" * (len(reports) + 2) + "|", *(row(key, words, reports) for key, words in ROWS.items()), ""]
    lines += [f"- {name}: {samples(report['samples'])}" for name, report in reports.items()]
    lines += [f"- 95 % intervals from {data['songs']} songs drawn again and again (bootstrap), seed 0."]
    return "\n".join(lines) + "\n"


def row(key: str, words: str, reports: dict) -> str:
    cells = [shown(report["figures"][key]) if key in report["figures"] else "" for report in reports.values()]
    baselines = next(iter(reports.values()))["baselines"]
    hold = baselines.get("silence", baselines.get("all_hold", {})).get(key)
    return f"| {words} | {' | '.join(cells)} | {'' if hold is None else format(hold['value'], '.4f')} |"


def samples(drawn: dict) -> str:
    overlap = drawn["mean_overlap"]
    return (
        f"{drawn['count']:,} samples at temperature {drawn['temperature']:g}: overlap of histograms with the corpus "
        f"{overlap['samples']:.2f} (half of its songs with the other {overlap['ceiling']:.2f}, random pitches "
        f"{overlap['random_pitches']:.2f}); {drawn['copied_share_in_any_key']:.1%} equal a training phrase in some key."
    )


def main() -> None:
    text = figures()
    print(text, end="")
    if "--write" in sys.argv[1:]:
        before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
        _, _, after = rest.partition(END)
        README.write_text(f"{before}{BEGIN}\n{text}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
