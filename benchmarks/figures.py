"""Prints the README's table of figures from the reports in benchmarks/results: python benchmarks/figures.py

The reports are what `scorespace evaluate CHECKPOINT --data DATA -o benchmarks/results/NAME.json` writes.
"""

from __future__ import annotations

import json
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
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


def main() -> None:
    reports = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(RESULTS.glob("*.json"))}
    first = next(iter(reports.values()))
    print(f"| {first['data']['phrases']} held-out phrases | {' | '.join(reports)} | all hold |")
    print("|---" * (len(reports) + 2) + "|")
    for key, words in ROWS.items():
        cells = [shown(report["figures"][key]) if key in report["figures"] else "" for report in reports.values()]
        hold = first["baselines"]["all_hold"].get(key)
        print(f"| {words} | {' | '.join(cells)} | {shown(hold) if hold else ''} |")
    for name, report in reports.items():
        samples = report["samples"]
        overlap = samples["mean_overlap"]
        lines = (
            f"\n{name}: {samples['count']} samples at temperature {samples['temperature']}.",
            f"Overlap of histograms with the corpus {overlap['samples']:.2f}",
            f"(half of its songs with the other {overlap['ceiling']:.2f},",
            f"random pitches {overlap['random_pitches']:.2f});",
            f"{samples['copied_share_in_any_key']:.1%} equal a training phrase in some key.",
        )
        print(" ".join(lines))
    print(
        f"\nSeed {first['seed']}; 95 % intervals from {first['data']['songs']} songs drawn again and again (bootstrap)."
    )


if __name__ == "__main__":
    main()
