"""What the attribute vectors of a space do: the matrix of their effects as a figure, and edits of held-out phrases.

    python benchmarks/attribute_vectors.py melody-2bar -o docs/attributes.png
    python benchmarks/attribute_vectors.py melody-2bar --edits 50 --data DATA -o edits.json

The figure draws what `scorespace attributes SPACE --json` prints (Roberts et al. 2018, figure 4). With --edits so many
phrases of the test split, evenly spread, are edited by one spread up and one down of every attribute that the space can
move, as far as the phrase leaves room for it; the table goes to standard output, the figures behind it to the file.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np

import scorespace as ss
from scorespace.data.shards import Shards
from scorespace.music.agreement import onset_f1
from scorespace.music.attributes import attributes_of, measure
from scorespace.training.held_out import choose_phrases
from scorespace.vectors import METHODS

TITLES = {
    "quartiles": "difference of quartile means",
    "regression": "regression",
    "orthogonal": "quartiles, orthogonal",
}


def draw(table: dict, path: Path) -> None:
    """Three heat maps, one for each way to find the vectors."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    names = [row["name"].replace("_", " ") for row in table["attributes"]]
    figure, axes = plt.subplots(1, len(METHODS), figsize=(16, 5.9), sharey=True, layout="constrained")
    for axis, method in zip(axes, METHODS, strict=True):
        effect = np.array(table["effect"][method]["effect"], np.float64)
        shown = axis.imshow(effect, cmap="RdBu_r", vmin=-1, vmax=1)
        for row, column in np.ndindex(*effect.shape):
            colour = "white" if abs(effect[row, column]) > 0.6 else "black"
            axis.text(column, row, f"{effect[row, column]:.1f}", ha="center", va="center", fontsize=7, color=colour)
        axis.set_xticks(range(len(names)), names, rotation=55, ha="right", rotation_mode="anchor")
        axis.set_yticks(range(len(names)), names)
        axis.set_title(TITLES[method])
        axis.set_xlabel("attribute measured")
    axes[0].set_ylabel("vector applied")
    figure.colorbar(shown, ax=axes, shrink=0.75, label="change in standard deviations of the corpus")
    figure.savefig(path, dpi=110)


def edits(space: ss.Space, shards: Shards, count: int) -> dict:
    """Figures of edits, by attribute and direction; every row stands on the phrases that leave room for the change."""
    tokens = np.asarray(shards.tokens("test"))
    chosen = tokens[choose_phrases(np.arange(len(tokens)), count)]
    known, found = attributes_of(space.grid), {}
    for row in space.attributes.table["attributes"]:
        name, attribute = row["name"], known[row["name"]]
        if not row["movable"]:
            continue
        change = max(1, round(row["spread"] / attribute.step)) * attribute.step
        now = measure(chosen, space.grid, [name])[:, 0]
        low, high = attribute.bounds(space.grid)
        for sign in (1, -1):
            room = np.flatnonzero((now + sign * change >= low) & (now + sign * change <= high))
            rows = [one_edit(space, chosen[k], name, sign * change) for k in room]
            words = f"{name} {sign * change:+g}"
            found[words] = {"unit": attribute.unit, "step": attribute.step, "phrases": len(rows), **means(rows)}
            print(words, found[words], file=sys.stderr, flush=True)
    return found


def one_edit(space: ss.Space, phrase: np.ndarray, name: str, change: float) -> dict:
    take = space.edit(space.grid.to_score(phrase), {name: change})
    written = space.grid.to_tokens(take.score)
    return {
        "reached": take.provenance["reached"],
        "missed": abs(take.got[name] - take.asked[name]),
        "got": take.got[name] - take.provenance["was"][name],
        "kept": float(onset_f1(phrase[None].astype(np.int64), written[None].astype(np.int64), space.grid)[0]),
    }


def means(rows: list[dict]) -> dict:
    return {key: round(float(np.mean([row[key] for row in rows])), 4) for key in rows[0]} if rows else {}


def markdown(found: dict) -> str:
    lines = ["| asked | phrases | reached | change got | missed by | notes kept |", "|---|---|---|---|---|---|"]
    for words, row in found.items():
        if row["phrases"]:
            lines.append(
                f"| `{words}` {row['unit']} | {row['phrases']} | {row['reached']:.0%} | {row['got']:+.2f} | "
                f"{row['missed']:.2f} | {row['kept']:.0%} |"
            )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("space")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--edits", type=int, default=0)
    parser.add_argument("--data", type=Path)
    asked = parser.parse_args()
    space = ss.load(asked.space)
    if space.attributes is None:
        sys.exit(f"{asked.space} has no attribute vectors: scorespace attributes {asked.space} DATA learns them.")
    if not asked.edits:
        draw(dict(space.attributes.table), asked.output)
        return
    if asked.data is None:
        sys.exit("--edits needs --data, the folder of the data set.")
    found = edits(space, Shards.open(asked.data), asked.edits)
    asked.output.parent.mkdir(exist_ok=True)
    asked.output.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(markdown(found))


if __name__ == "__main__":
    main()
