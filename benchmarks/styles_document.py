"""Puts reports of `scorespace styles` among the documents: docs/musae-figures.md and its pictures.

    python benchmarks/styles_document.py [NAME=REPORT_FOLDER ...]

Each folder's report.json goes to benchmarks/results/styles/NAME.json and its pictures to docs/NAME-*.png; then the
document is written anew from all results. Without folders only the document is.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

from scorespace.evaluation.style_tables import sheets
from scorespace.evaluation.tables import markdown

ROOT = Path(__file__).parents[1]
RESULTS, DOCS = ROOT / "benchmarks" / "results" / "styles", ROOT / "docs"
PICTURES = {
    "flower": "Where held-out phrases stand on the flower",
    "transfer": "What an edit to another genre gains and what it keeps",
    "hamming": "Hamming distance on the way from one phrase to another (the paper's figure 4)",
    "petals": "Attributes by petal (the paper's figure 3)",
    "petals-moved": "The same as `sample --genre` draws them",
    "pairs-pca": "Pairs of genres, PCA (the paper's figure 5)",
    "pairs-tsne": "Pairs of genres, t-SNE",
}
HEAD = """# MusAE in figures

Written by `python benchmarks/styles_document.py` from reports of `scorespace styles` in `benchmarks/results/styles`.
What the figures mean stands in [musae.md](musae.md).
"""


def take(name: str, folder: Path) -> None:
    """Copies a report and its pictures."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    shutil.copy(folder / "report.json", RESULTS / f"{name}.json")
    for picture in PICTURES:
        if (folder / f"{picture}.png").exists():
            shutil.copy(folder / f"{picture}.png", DOCS / f"{name}-{picture}.png")


def section(path: Path) -> str:
    """The tables and pictures of one space."""
    report = json.loads(path.read_text(encoding="utf-8"))
    space = report["space"]
    lines = [
        f"# {path.stem}",
        "",
        f"`{space['model']}`, {space['parameters']:,} parameters, weights {space['sha256'][:12]}, data set "
        f"{space['fingerprint'][:12]}, seed {report['seed']}.",
        "",
    ]
    lines += [markdown(sheet) for sheet in sheets(report)]
    for picture, words in PICTURES.items():
        if (DOCS / f"{path.stem}-{picture}.png").exists():
            lines += [f"![{words}]({path.stem}-{picture}.png)", "", f"*{words}.*", ""]
    return "\n".join(lines)


def main(words: list[str]) -> None:
    for word in words:
        name, equals, folder = word.partition("=")
        if not equals:
            sys.exit(f"Give NAME=REPORT_FOLDER, got {word!r}.")
        take(name, Path(folder))
    text = "\n".join([HEAD, *(section(path) for path in sorted(RESULTS.glob("*.json")))])
    (DOCS / "musae-figures.md").write_text(text.rstrip() + "\n", encoding="utf-8")
    print(DOCS / "musae-figures.md")


if __name__ == "__main__":
    main(sys.argv[1:])
