"""Table 1 of the workshop paper, measured here: baselines, VAEs with and without scheduled sampling, and ours.

The cells are results of `benchmarks/family.py`, kept in table1.json; the papers' figures stand in their own columns.
Sources: Roberts, Engel and Eck 2017 ("Hierarchical Variational Autoencoders for Music", NIPS workshop), Table 1;
Roberts et al. 2018 (ICML), Table 1, quoted at second hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from scorespace.errors import InputError

RESULTS = "table1.json"
NOT_TRAINED = "not trained"
FLAT, HIERARCHICAL, HEARING = "flat", "hierarchical", "hearing"
SHORT = {HIERARCHICAL: "hier.", HEARING: "hier., hearing"}  # in the decoder's column


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        data: name of the data set, "melody-2bar".
        words: what it is called.
        part: the part whose figures are shown, of several.
    """

    data: str
    words: str
    part: str = ""

    def name(self, figure: str) -> str:
        """The figure's name in a report, "accuracy_bass"."""
        return f"{figure}_{self.part}" if self.part else figure


@dataclass(frozen=True)
class Group:
    """One group of columns.

    Attributes:
        column: "baseline", "vae" or "vae-sampling".
        words: title.
        figures: names in a report and what they are called; the KL is that of all parts.
    """

    column: str
    words: str
    figures: Mapping[str, str]


@dataclass(frozen=True)
class Sheet:
    """A table of words.

    Attributes:
        title: above it.
        heads: of the columns.
        lines: one text a column each; a line break parts a figure from its interval.
        notes: below it.
    """

    title: str
    heads: Sequence[str]
    lines: Sequence[Sequence[str]]
    notes: str = ""


ROWS = (  # the trios are of 16 bars
    Row("drums-2bar", "2-bar drums"),
    Row("melody-2bar", "2-bar melody"),
    Row("melody-16bar", "16-bar melody"),
    Row("melody-32bar", "32-bar melody"),
    Row("trio-16bar", "trio, melody", "melody"),
    Row("trio-16bar", "trio, bass", "bass"),
    Row("trio-16bar", "trio, drums", "drums"),
)
SHARES = {"next_step_accuracy": "next", "accuracy": "recon"}
GROUPS = (
    Group(
        "baseline",
        "Baselines: decoder only",
        {"next_step_accuracy": "next", "continuation_accuracy": "recon"},
    ),
    Group("vae", "VAE", {**SHARES, "kl": "KL, nats"}),
    Group("vae-sampling", "VAE with scheduled sampling", {**SHARES, "kl": "KL, nats"}),
)
WORKSHOP = {  # Roberts et al. 2017, Table 1: next and recon, of the VAEs KL in nats too
    ("2-bar drums", "baseline"): (0.722, 0.395),
    ("2-bar drums", "vae"): (0.979, 0.917, 70.7),
    ("2-bar drums", "vae-sampling"): (0.972, 0.963, 73.5),
    ("2-bar melody", "baseline"): (0.723, 0.619),
    ("2-bar melody", "vae"): (0.986, 0.951, 72.9),
    ("2-bar melody", "vae-sampling"): (0.989, 0.987, 76.2),
    ("32-bar melody", "baseline"): (0.736, 0.579),
    ("32-bar melody", "vae"): (0.824, 0.674, 173.2),
    ("32-bar melody", "vae-sampling"): (0.724, 0.722, 343.8),
    ("trio, melody", "baseline"): (0.735, 0.423),
    ("trio, melody", "vae"): (0.818, 0.653, 177.4),
    ("trio, melody", "vae-sampling"): (0.763, 0.761, 811.6),
    ("trio, bass", "baseline"): (0.781, 0.414),
    ("trio, bass", "vae"): (0.882, 0.692, 177.4),
    ("trio, bass", "vae-sampling"): (0.824, 0.823, 811.6),
    ("trio, drums", "baseline"): (0.810, 0.221),
    ("trio, drums", "vae"): (0.926, 0.808, 177.4),
    ("trio, drums", "vae-sampling"): (0.871, 0.868, 811.6),
}
ICML = {  # Roberts et al. 2018, Table 1, at second hand: next and recon of the flat and of the hierarchical decoder
    ("2-bar drums", FLAT): (0.979, 0.917),
    ("2-bar melody", FLAT): (0.986, 0.951),
    ("16-bar melody", FLAT): (0.883, 0.620),
    ("16-bar melody", HIERARCHICAL): (0.919, 0.812),
    ("trio, melody", FLAT): (0.796, 0.579),
    ("trio, melody", HIERARCHICAL): (0.848, 0.753),
    ("trio, bass", FLAT): (0.829, 0.565),
    ("trio, bass", HIERARCHICAL): (0.880, 0.773),
    ("trio, drums", FLAT): (0.903, 0.641),
    ("trio, drums", HIERARCHICAL): (0.912, 0.863),
}
OURS = {"accuracy": "accuracy", "onset_f1": "onset F1", "kl": "KL, nats", "nll_elbo": "-ELBO, nats"}
JUDGED = {"samples_0.5": "nats at 0.5", "samples_1": "at 1", "corpus": "real", "random_pitches": "random pitches"}
JUDGE = (
    "overlap: mean area that histograms of attributes of samples (temperature 0.95) and held-out phrases share, of "
    "what two halves of those share; nats: NLL a phrase under the row's decoder-only baseline, of samples at "
    "temperature 0.5 and 1, of held-out phrases, and of their rhythms with random pitches. As many as real ones is "
    "right; fewer is dull."
)
RECON = (
    "recon: free-running accuracy at temperature 0; of a baseline, which has no z, the share of tokens right after the "
    "first step when it is given that step and goes on by itself"
)


def load(path: str | Path | None = None) -> list[dict[str, Any]]:
    """The cells, from a file or, without one, those of the package.

    Each has "data", "column" ("baseline", "vae", "vae-sampling", "ours", or "curve" for another weight of the KL),
    "decoder", "recipe", "steps", "minutes", "device", "parameters", "seed", "phrases", "songs", "figures" by name, each
    with "value", "low" and "high", and "samples" with their mean "overlap" with the corpus, its "ceiling", and "nll" by
    kind under the baseline.

    Raises:
        InputError: when the file cannot be read or holds something else.
    """
    try:
        text = Path(path).read_text(encoding="utf-8") if path else _packaged()
        cells = json.loads(text)["cells"]
        keys = {"data", "column", "decoder", "figures"}
        if not all(keys <= cell.keys() for cell in cells):
            raise KeyError(f"a cell lacks one of {', '.join(sorted(keys))}")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path or RESULTS} holds no results of benchmarks/family.py ({error}).") from None
    return list(cells)


def _packaged() -> str:
    file = resources.files("scorespace.evaluation").joinpath(RESULTS)
    return file.read_text(encoding="utf-8") if file.is_file() else '{"cells": []}'


def sheets(cells: Sequence[Mapping[str, Any]]) -> list[Sheet]:
    """All tables: the three groups of columns of Table 1, ours against theirs, samples, and what each cell cost."""
    return [*(_group(group, cells) for group in GROUPS), _against(cells), _samples(cells), _costs(cells)]


def _group(group: Group, cells: Sequence[Mapping[str, Any]]) -> Sheet:
    heads = ["phrases", "decoder", *group.figures.values()]
    heads += [f"paper {words}" for words in group.figures.values()]
    heads += ["ICML next *", "ICML recon *"] if group.column == "vae" else []
    lines = []
    for row in ROWS:
        for decoder in _decoders(row, group.column, cells):
            cell = _find(cells, row, group.column, decoder)
            line = [row.words, SHORT.get(decoder, decoder), *_figures(cell, row, group.figures)]
            line += _quoted(WORKSHOP, (row.words, group.column), decoder == _published(row), len(group.figures))
            if group.column == "vae":
                line += _quoted(ICML, (row.words, decoder), True, 2)
            lines.append(line)
    quoted = "; * Roberts et al. 2018, quoted at second hand, not checked" if group.column == "vae" else ""
    return Sheet(group.words, heads, lines, f"{RECON}; paper: Roberts et al. 2017, Table 1{quoted}.")


def _against(cells: Sequence[Mapping[str, Any]]) -> Sheet:
    lines = []
    for row in ROWS:
        found = _compared(cells, row)
        if not any(cell["column"] == "ours" for cell in found):
            lines.append([row.words, "ours", *_figures(None, row, OURS)])
        lines += [[row.words, _called(cell), *_figures(cell, row, OURS)] for cell in found]
    return Sheet("Ours against theirs", ["phrases", "model", *OURS.values()], lines, "KL and ELBO are of all parts.")


def _compared(cells: Sequence[Mapping[str, Any]], row: Row) -> list[Mapping[str, Any]]:
    """The models with a latent space that were trained on a row's data, ours first."""
    order = ("ours", "curve", "vae", "vae-sampling")
    found = [cell for cell in cells if cell["data"] == row.data and cell["column"] in order]
    return sorted(found, key=lambda cell: (not cell["decoder"].startswith("ours"), order.index(cell["column"])))


def _called(cell: Mapping[str, Any]) -> str:
    if cell["column"] in ("ours", "curve"):
        return str(cell["decoder"])
    return f"{cell['decoder']} {cell['column'].replace('-', ', ')}"


def _samples(cells: Sequence[Mapping[str, Any]]) -> Sheet:
    """What they invent: as like the corpus as another half of it is, and as probable, would be right."""
    lines = []
    for row in (row for row in ROWS if row.part in ("", "melody")):
        for cell in (cell for cell in _compared(cells, row) if "samples" in cell):
            drawn = cell["samples"]
            nats = [f"{drawn['nll'][kind]:.1f}" if kind in drawn["nll"] else "" for kind in JUDGED]
            words = row.words.removesuffix(", melody")
            lines.append([words, _called(cell), f"{drawn['overlap']:.2f} of {drawn['ceiling']:.2f}", *nats])
    heads = ["phrases", "model", "overlap", *JUDGED.values()]
    return Sheet("Samples of the prior", heads, lines, JUDGE)


def _costs(cells: Sequence[Mapping[str, Any]]) -> Sheet:
    heads = ["recipe", "column", "parameters", "steps", "minutes", "device", "seed", "phrases of songs"]
    order = [row.data for row in ROWS]
    lines = [
        [
            cell["recipe"],
            cell["column"],
            f"{cell['parameters']:,}",
            f"{cell['steps']:,}",
            f"{cell['minutes']:.1f}",
            cell["device"],
            str(cell["seed"]),
            f"{cell['phrases']:,} of {cell['songs']:,}",
        ]
        for cell in sorted(cells, key=lambda cell: (order.index(cell["data"]), cell["column"], cell["decoder"]))
    ]
    notes = "minutes of training, evaluations left out; on a CPU those of one core. Intervals: 95 %, over songs."
    return Sheet("What each cost", heads, lines, notes)


def _published(row: Row) -> str:
    """The decoder of the workshop paper's model."""
    return FLAT if row.data.endswith("-2bar") else HIERARCHICAL


def _decoders(row: Row, column: str, cells: Sequence[Mapping[str, Any]]) -> list[str]:
    """The lines of a row: those that the papers have, and others that were trained."""
    if column == "baseline":
        return [_published(row)]
    wanted = [FLAT] if _published(row) == FLAT else [FLAT, HIERARCHICAL]
    trained = {cell["decoder"] for cell in cells if (cell["data"], cell["column"]) == (row.data, column)}
    return wanted + sorted(trained - set(wanted))


def _find(cells: Sequence[Mapping[str, Any]], row: Row, column: str, decoder: str) -> Mapping[str, Any] | None:
    for cell in cells:
        if (cell["data"], cell["column"]) == (row.data, column) and column in ("baseline",):
            return cell
        if (cell["data"], cell["column"], cell["decoder"]) == (row.data, column, decoder):
            return cell
    return None


def _figures(cell: Mapping[str, Any] | None, row: Row, names: Iterable[str]) -> list[str]:
    """A cell's figures, or that there is none."""
    if cell is None:
        return [NOT_TRAINED if place == 0 else "" for place, _ in enumerate(names)]
    return [_shown(cell, row, figure) for figure in names]


def _shown(cell: Mapping[str, Any], row: Row, figure: str) -> str:
    name = figure if figure in ("kl", "nll_elbo") else row.name(figure)
    found = cell["figures"].get(name)
    if found is None:
        return ""
    digits = 1 if name in ("kl", "nll_elbo") else 3
    value, low, high = (f"{found[key]:.{digits}f}" for key in ("value", "low", "high"))
    return f"{value}\n{low}-{high}"


def _quoted(
    table: Mapping[tuple[str, str], tuple[float, ...]], key: tuple[str, str], here: bool, count: int
) -> list[str]:
    values = table.get(key, ()) if here else ()
    return [f"{value:.3f}" if value < 1 else f"{value:.1f}" for value in values] + [""] * (count - len(values))
