"""A page to look at and listen to a space: samples at two temperatures, real phrases between them, statistics.

    python benchmarks/listening.py SPACE DATA -o DIR [--language-model CHECKPOINT] [--name NAME]

SPACE is a bundled space or a checkpoint, DATA its prepared data set. DIR gets index.html, WAV and MIDI files;
DIR/statistics.json has the figures. With --name they also go to benchmarks/results/samples/NAME.json. The statistics
are those of the first `--statistics` samples of the seed, of which the page shows the first `--samples`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import torch

from scorespace import checkpoint
from scorespace.data.shards import Shards
from scorespace.evaluation import samples
from scorespace.evaluation.reconstruction import is_categorical
from scorespace.evaluation.statistics import random_pitches
from scorespace.models.base import LatentModel
from scorespace.music import draw, files, synth
from scorespace.music.grid import Grid
from scorespace.music.score import Score
from scorespace.space.loading import find
from scorespace.training.held_out import choose_phrases

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "samples"
TEMPERATURES = (0.5, 1.0)
REAL_EVERY = 4  # after so many samples stands a real phrase
SAMPLE_RATE = 22_050
STYLE = """
:root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif; }
body { max-width: 76rem; margin: 2rem auto; padding: 0 1.2rem; }
h1 { font-size: 1.5rem; } h2 { margin-top: 2.2rem; font-size: 1.15rem; }
ol { list-style: none; padding: 0; display: grid; gap: 1rem; }
ol { grid-template-columns: repeat(auto-fill, minmax(22rem, 1fr)); }
li { border: 1px solid #8885; border-radius: 8px; padding: .6rem; }
li.real { border-color: #0f766e; border-width: 2px; }
li svg { width: 100%; height: auto; display: block; } audio { width: 100%; height: 2rem; margin-top: .4rem; }
.name { display: flex; justify-content: space-between; font-size: .85rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .2rem .8rem; border-bottom: 1px solid #8884; } th:first-child { text-align: left; }
"""


def measured(model: LatentModel, material: samples.Material, judge: Any, options: argparse.Namespace) -> dict[str, Any]:
    """The figures of the samples at each temperature, as `scorespace evaluate` takes them."""
    return {
        f"{temperature:g}": samples.measure(model, material, options.statistics, temperature, options.seed, judge)
        for temperature in TEMPERATURES
    }


def rows(figures: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """The lines of the statistics: samples at each temperature, then the corpus."""
    first = next(iter(figures.values()))
    for name in first["attributes"]:
        means = [each["attributes"][name]["samples"] for each in figures.values()]
        yield f"mean {name}", [*map(number, means), number(first["attributes"][name]["corpus"])]
    for name in first["overlap"]:
        areas = [each["overlap"][name]["samples"] for each in figures.values()]
        yield f"overlap of {name}", [*map(number, areas), number(first["overlap"][name]["ceiling"])]
    overlaps = [each["mean_overlap"] for each in figures.values()]
    for who in (who for who in ("random_pitches", "uniform_tokens") if who in overlaps[0]):
        yield f"mean overlap of {who}", [number(overlaps[0][who]), "", ""]
    yield "mean overlap", [*(number(each["samples"]) for each in overlaps), number(overlaps[0]["ceiling"])]
    distinct = [number(each["distinct_share"]) for each in figures.values()]
    yield "distinct share", [*distinct, number(first["corpus_distinct_share"])]
    for key in ("copied_share", "copied_distinct", "copied_share_in_any_key", "copied_distinct_in_any_key"):
        yield key, [*(number(each[key]) for each in figures.values()), ""]
    differences = [number(each["pairwise_difference"]) for each in figures.values()]
    yield "tokens in which two differ", [*differences, number(first["corpus_pairwise_difference"])]
    if "language_model" in first:
        nats = first["language_model"]["nll"]
        drawn = [each["language_model"]["nll"][f"samples_{t}"]["value"] for t, each in figures.items()]
        yield "nats under the language model", [*map(number, drawn), number(nats["corpus"]["value"])]
        for who in (who for who in ("random_pitches", "uniform_tokens") if who in nats):
            yield f"nats of {who}", [number(nats[who]["value"]), "", ""]


def number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.3f}" if abs(value) < 100 else f"{value:.1f}"


def table(figures: dict[str, Any]) -> str:
    heads = ["", *(f"temperature {t}" for t in figures), "corpus (overlap: its halves)"]
    lines = ["<tr>" + "".join(f"<th>{escape(head)}</th>" for head in heads) + "</tr>"]
    for name, cells in rows(figures):
        values = "".join(f"<td>{cell}</td>" for cell in cells)
        lines.append(f"<tr><th>{escape(name.replace('_', ' '))}</th>{values}</tr>")
    return f"<table>{''.join(lines)}</table>"


def tile(folder: Path, stem: str, title: str, score: Score, frame: draw.Frame, kind: str) -> str:
    """One phrase: its files are written, and how the page shows it."""
    files.write(score, folder / f"{stem}.mid")
    synth.write_wav(score, folder / f"{stem}.wav", SAMPLE_RATE)
    roll = draw.svg(score, 420, 150, frame, title)
    return (
        f'<li class="{kind}"><div class="name"><b>{escape(title)}</b><a href="{stem}.mid" download>MIDI</a></div>{roll}'
        f'<audio controls preload="none" src="{stem}.wav"></audio></li>'
    )


def section(folder: Path, stem: str, heading: str, phrases: list[tuple[str, np.ndarray]], grid: Grid) -> str:
    """A heading and its phrases, (title, tokens) each."""
    scores = [(title, grid.to_score(tokens)) for title, tokens in phrases]
    frame = draw.Frame.around([score for _, score in scores])
    tiles = [
        tile(folder, f"{stem}-{k:02}", title, score, frame, "real" if title.startswith("real") else "drawn")
        for k, (title, score) in enumerate(scores, 1)
    ]
    return f"<h2>{escape(heading)}</h2><ol>{''.join(tiles)}</ol>"


def between(drawn: np.ndarray, real: np.ndarray) -> list[tuple[str, np.ndarray]]:
    """Samples with a real phrase after every few."""
    found: list[tuple[str, np.ndarray]] = []
    for k, tokens in enumerate(drawn):
        found.append((f"sample {k + 1}", tokens))
        place = (k + 1) // REAL_EVERY - 1
        if (k + 1) % REAL_EVERY == 0 and place < len(real):
            found.append((f"real {place + 1}", real[place]))
    return found


def page(title: str, figures: dict[str, Any], sections: list[str], about: str) -> str:
    body = f"<h1>{escape(title)}</h1><p>{escape(about)}</p>{table(figures)}{''.join(sections)}"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style>{body}</html>\n'
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("space")
    parser.add_argument("data")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--language-model")
    parser.add_argument("--name", help="store the figures as benchmarks/results/samples/NAME.json")
    parser.add_argument("--samples", type=int, default=32)
    parser.add_argument("--statistics", type=int, default=512)
    parser.add_argument("--phrases", type=int, default=2048, help="held-out phrases for the statistics")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(1)
    loaded, shards = checkpoint.load(find(options.space)), Shards.open(options.data)
    model, grid = loaded.model, loaded.grid
    if not isinstance(model, LatentModel) or shards.grid != grid:
        raise SystemExit("Give a latent space and data of the same grid.")
    judge = checkpoint.load(options.language_model) if options.language_model else None
    places = choose_phrases(np.arange(len(shards.tokens("test"))), options.phrases)
    tokens, songs = (np.asarray(part)[places] for part in (shards.tokens("test"), shards.songs("test")))
    material = samples.Material(grid, np.asarray(shards.tokens("train")), tokens.astype(np.int64), songs)
    figures = measured(model, material, judge, options)
    result = {
        "space": Path(options.space).name,
        "weights": loaded.sha256,
        "data": {"fingerprint": shards.fingerprint, "phrases": len(tokens), "songs": len(np.unique(songs))},
        "seed": options.seed,
        "temperatures": figures,
    }
    options.output.mkdir(parents=True, exist_ok=True)
    real = choose_phrases(material.tokens, 2 * (options.samples // REAL_EVERY))
    sections = []
    for place, temperature in enumerate(TEMPERATURES):
        drawn = samples.draw(model, options.samples, options.seed, temperature)
        heading = f"{options.samples} samples at temperature {temperature:g}, real phrases in green frames"
        mixed = between(drawn, real[place :: len(TEMPERATURES)])
        sections.append(section(options.output, f"t{temperature:g}", heading, mixed, grid))
    if is_categorical(grid):
        floor = [(f"random pitches {k + 1}", each) for k, each in enumerate(random_pitches(real[:4], grid, 0))]
        sections.append(section(options.output, "floor", "For the ear: real rhythms with random pitches", floor, grid))
    text = json.dumps(result, indent=1) + "\n"
    (options.output / "statistics.json").write_text(text, encoding="utf-8")
    if options.name:
        RESULTS.mkdir(parents=True, exist_ok=True)
        (RESULTS / f"{options.name}.json").write_text(text, encoding="utf-8")
    about = (
        f"Statistics of {options.statistics} samples each, beside {len(tokens)} held-out phrases; seed {options.seed}."
    )
    title = f"{result['space']}: what it writes"
    (options.output / "index.html").write_text(page(title, figures, sections, about), encoding="utf-8")
    print(options.output / "index.html")


if __name__ == "__main__":
    main()
