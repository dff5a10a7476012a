"""Writes docs/samples.md, what the bundled spaces invent, from benchmarks/results/samples (see listening.py).

python benchmarks/samples_document.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from listening import RESULTS, ROOT, rows

DOCUMENT = ROOT / "docs" / "samples.md"
WORDS = """# What the spaces write

Points of the prior, decoded at temperature 0.5 and 1, beside held-out phrases of the corpus. Overlap is the area that
the histograms of samples and corpus share (in the last column: two halves of the corpus by song); copies are of
training phrases, as they stand and in any key, and how many distinct phrases those are; [evaluation.md](evaluation.md)
explains each line. `scorespace sample` draws at temperature 0.95 if nothing is said. To hear them, with real phrases
between:

```
python benchmarks/listening.py melody-2bar DATA -o page --name melody-2bar   # a page with players, and its figures
python benchmarks/samples_document.py                                        # this document
```
"""


def table(result: dict[str, Any]) -> str:
    """The statistics of one space."""
    data, figures = result["data"], result["temperatures"]
    count = next(iter(figures.values()))["count"]
    of_corpus = f"{data['phrases']:,} held-out phrases of {data['songs']} songs"
    lines = [
        f"## {result['space']}",
        "",
        f"{count:,} samples each, {of_corpus}, seed {result['seed']}.",
        "",
        f"| | {' | '.join(f'temperature {t}' for t in figures)} | corpus |",
        f"|---|{'---|' * (len(figures) + 1)}",
    ]
    lines += [f"| {name.replace('_', ' ')} | {' | '.join(cells)} |" for name, cells in rows(figures)]
    return "\n".join(lines) + "\n"


def main() -> None:
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(Path(RESULTS).glob("*.json"))]
    DOCUMENT.write_text("\n".join([WORDS, *map(table, found)]), encoding="utf-8")
    print(DOCUMENT)


if __name__ == "__main__":
    main()
