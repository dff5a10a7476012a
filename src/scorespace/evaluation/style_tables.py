"""The report of `scorespace styles` as tables of words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scorespace.evaluation.table1 import Sheet

PAPER = {  # Valenti et al. 2020, table 1: MusAE with one Gaussian, with the mixture, MusicVAE flat, hierarchical
    "2-bar drums": ("0.999", "", "0.917", ""),
    "2-bar melody": ("0.991", "", "0.951", ""),
    "16-bar drums": ("0.773", "0.911", "0.641", "0.895"),
    "16-bar bass": ("0.763", "0.880", "0.651", "0.782"),
    "16-bar guitar": ("0.710", "0.797", "0.660", "0.760"),
    "16-bar strings": ("0.802", "0.825", "", ""),
    "16-bar average (dbgs)": ("0.762", "0.853", "", ""),
    "16-bar average (dbg)": ("0.749", "0.863", "0.651", "0.812"),
}
PARTS = ("drums", "bass", "guitar", "strings", "melody")
STATISTICS = {
    "sliced_wasserstein": "sliced Wasserstein",
    "energy_distance": "energy distance",
    "energy_distance_in_own_petals": "energy distance of the plane, as seen from the own petal",
}


def sheets(report: Mapping[str, Any]) -> list[Sheet]:
    """Every table of the report."""
    found = [_reconstruction(report), _kinds(report), _published(), _prior(report), _hamming(report)]
    found += [_petals(report["petals"], "the petal alone"), _petals(report["petals_moved"], "as `sample --genre`")]
    return [*found, _probes(report["probes"]), _transfer(report["transfer"]), _goals(report["transfer"])]


def spelt(figure: Mapping[str, float], digits: int = 3) -> str:
    """A figure, and its interval on the next line."""
    return f"{figure['value']:.{digits}f}\n{figure['low']:.{digits}f} to {figure['high']:.{digits}f}"


def _reconstruction(report: Mapping[str, Any]) -> Sheet:
    lines = []
    for row in report["reconstruction"]:
        for split in ("test", "train"):
            held = row[split]
            parts = [spelt(held[f"accuracy_{part}"]) if f"accuracy_{part}" in held else "" for part in PARTS]
            averages = [spelt(held[f"accuracy_{key}"]) if f"accuracy_{key}" in held else "" for key in ("dbgs", "dbg")]
            label = row["label"] if row["trained_on_it"] else f"{row['label']} (trained on other data)"
            sounding = [
                spelt(held[f"accuracy_{key}_sounding"]) if f"accuracy_{key}_sounding" in held else ""
                for key in ("strings", "dbgs")
            ]
            lines.append([label, split, *parts, *averages, *sounding, spelt(held["accuracy"]), spelt(held["onset_f1"])])
        for writer, figures in row["baselines"].items():
            parts = [spelt(figures[f"accuracy_{part}"]) if f"accuracy_{part}" in figures else "" for part in PARTS]
            blank = [""] * 4
            lines.append([f"  {writer.replace('_', ' ')}", "test", *parts, *blank, spelt(figures["accuracy"]), ""])
    first = report["reconstruction"][0]["test"]
    silent = ""
    if "strings_silent" in first:
        silent = (
            f" Songs may lack strings, and in {first['strings_silent']:.0%} of the first's test phrases none sounds: "
        )
        silent += "the columns 'sounding' leave these out."
    return Sheet(
        "Reconstruction: token accuracy, decoded from the posterior mean, free-running",
        [
            "model",
            "songs",
            *PARTS,
            "average dbgs",
            "average dbg",
            "strings, sounding",
            "dbgs, sounding",
            "all tokens",
            "onset F1",
        ],
        lines,
        f"95 % intervals over songs; {first['phrases']:,} phrases of {first['songs']:,} test songs for the first. "
        f"Beside each model what writing nothing, or the most common token of each step, would get.{silent}",
    )


def _kinds(report: Mapping[str, Any]) -> Sheet:
    lines = [
        [row["label"], kind, *(spelt(held[name]) if name in held else "" for name in (kind, *_of_parts(kind)))]
        for row in report["reconstruction"]
        for kind in ("onsets", "rests", "holds")
        for held in [row["test"]["right"]]
    ]
    return Sheet(
        "What kind of token is right, test songs",
        ["model", "tokens that say", "all parts", *PARTS],
        lines,
        "Share of the tokens of each kind that come back. Onsets must have the right pitch, drums all nine classes; "
        "the rests of drums are steps on which nothing is struck.",
    )


def _of_parts(kind: str) -> list[str]:
    return [f"{kind}_{part}" for part in PARTS]


def _published() -> Sheet:
    return Sheet(
        "Table 1 of the paper, as published",
        ["", "MusAE, Gaussian", "MusAE, mixture", "MusicVAE, flat", "MusicVAE, hierarchical"],
        [[name, *cells] for name, cells in PAPER.items()],
        "On the Lakh MIDI Dataset; in the released code the validation songs are training songs, so these may be "
        "figures of training.",
    )


def _prior(report: Mapping[str, Any]) -> Sheet:
    lines = []
    for row in report["prior_match"]:
        cells = [
            f"{row[key]['value']:.3f}\nchance: {row[key]['chance']:.3f}" if key in row else "" for key in STATISTICS
        ]
        own = spelt(row["nearest_petal_is_own_balanced"]) if "nearest_petal_is_own_balanced" in row else ""
        told = spelt(row["told_apart"]) if row["told_apart"] else "too few songs"
        lines.append([row["label"], *cells, told, own])
    return Sheet(
        "The aggregate posterior against the prior, test songs",
        ["model", *STATISTICS.values(), "told apart", "in its own petal"],
        lines,
        "In spreads of the prior; chance is what the same figure between two samples of the prior stays below 19 times "
        "in 20. Told apart: accuracy, on songs that it was not taught on, of a classifier of codes against draws that "
        "sees coordinates, squares and the plane as the own petal sees it; 0.5 = by chance alone. In its own petal: "
        "phrases whose place in the plane is nearest to their genre's petal, balanced over genres.",
    )


def _hamming(report: Mapping[str, Any]) -> Sheet:
    alphas = report["hamming"][0]["alphas"]
    shown = [k for k, alpha in enumerate(alphas) if round(alpha * 10) % 2 == 0]
    lines = [
        [row["label"], path, *(spelt(curve["to_first"][k]) for k in shown), spelt(curve["rises"])]
        for row in report["hamming"]
        for path, curve in row["paths"].items()
    ]
    return Sheet(
        f"Hamming distance from the first phrase on the way to the second, {report['hamming'][0]['pairs']} pairs",
        ["model", "way", *(f"{alphas[k]:g}" for k in shown), "steps that do not fall"],
        lines,
        "Share of tokens that differ (figure 4 of the paper).",
    )


def _petals(petals: Mapping[str, Any], drawn: str) -> Sheet:
    wide = [k for k, name in enumerate(petals["attributes"]) if "." not in name]
    lines = [[petals["attributes"][k], *(f"{100 * value:+.0f} %" for value in petals["relative"][k])] for k in wide]
    if "genre_found" in petals:
        found = petals["genre_found"]
        lines.append(["classifier says so", *(f"{share:.0%}" for share in found["by_genre"].values())])
    smooth, real = petals["smoothness"], ""
    if "real" in petals:
        real = f" Of real test phrases the classifier finds {petals['real']['value']:.0%}, balanced."
    return Sheet(
        f"Attributes of {petals['samples_a_petal']} samples of each genre ({drawn}), relative to the mean of all",
        ["attribute", *petals["genres"]],
        lines,
        f"Roughness round the circle {smooth['roughness']:.2f} of that of shuffled petals; "
        f"{smooth['share_rougher']:.1%} of {smooth['orders']:.0f} other orders are rougher.{real}",
    )


def _probes(probes: Mapping[str, Any]) -> Sheet:
    views = list(probes["all"])
    lines = [["all genres", *(spelt(probes["all"][view]) for view in views)]]
    lines += [[" or ".join(row["genres"]), *(spelt(row[view]) for view in views)] for row in probes["pairs"]]
    return Sheet(
        "Linear probes of the genre: balanced accuracy on test songs",
        ["", *views],
        lines,
        f"Chance is {probes['chance']:.3f} for all genres and 0.5 for two. Genres with fewer than three test songs or "
        "twenty phrases are left out.",
    )


def _transfer(transfer: Mapping[str, Any]) -> Sheet:
    columns = ("judge_probability", "judge_says_goal", "judge_says_source", "classifier_probability")
    shares = ("kept", "kept_onsets", "kept_chroma", "kept_contour")
    lines = [
        [name, *(spelt(figures[key], 2) for key in (*columns, *shares))]
        for name, figures in transfer["figures"].items()
    ]
    judge = transfer["judge"]
    return Sheet(
        f"From one genre to another: {transfer['cases']} phrases of {transfer['songs']} test songs",
        ["", "judge", "judge: the goal", "judge: the source", "own classifier", "kept", "onsets", "chroma", "contour"],
        lines,
        f"The judge was taught apart; on test phrases it is right {judge['value']:.2f} ({judge['low']:.2f} to "
        f"{judge['high']:.2f}) of the time, balanced. `keep` is what `scorespace edit --keep` takes.",
    )


def _goals(transfer: Mapping[str, Any]) -> Sheet:
    columns = ("original", "edited", "real")
    return Sheet(
        "The same by the genre that phrases go to: how probable the judge finds it",
        ["to", "cases", "the phrase", "edited, half kept", "real phrases"],
        [
            [name, f"{row['cases']:.0f}", *(f"{row[column]:.2f}" for column in columns)]
            for name, row in transfer["by_goal"].items()
        ],
        "Few cases each: without intervals.",
    )
