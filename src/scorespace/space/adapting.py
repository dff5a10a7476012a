"""Few-shot adaptation: from the phrases of 10 to 20 scores to a style.

A style is a Gaussian in z that stands between the space's own prior and the phrases. With n phrases, of which each
file's count as much as another file's, mean m and covariance S (of the posteriors: of their means, and their scales),

    mean        n / (n + 10) m
    covariance  (h I + n S) / (h + n)          in units of the prior's deviation

where h, `holdings`, is how many phrases the prior counts for: the larger, the nearer the style stays to the space. It
is chosen by files that are left out in turn: the h that makes the phrases of files not heard likeliest. Nothing is
trained, so this takes seconds, most of them to encode; docs/adapt.md compares it with what else was tried.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from scorespace.data.phrases import digests, longest_silence
from scorespace.errors import InputError, UsageError
from scorespace.models.priors import Prior
from scorespace.models.styled import Styled
from scorespace.music.copying import COPIED, copied_share
from scorespace.music.grid import Grid
from scorespace.music.score import Score
from scorespace.space import noise
from scorespace.space.adapted import SHAPES, Style, check_name
from scorespace.space.passage import Passage

HOLDINGS = (300.0, 100.0, 1000.0, 30.0, 3000.0)  # tried in this order
MEAN_HOLDING = 10.0  # phrases that the prior's mean counts for
DIRECTIONS = 64  # at most
FOLDS = 4
FEWEST = 8  # usable phrases below which it is said that they are few
MOST_OF_FILE = 64  # phrases; of a longer file some are taken evenly
MOST_FILES = 200
LEAST = 2  # files that are heard however little time there is
LONGEST_REST = 1.0  # bars of silence in a row, as in training
LISTENED = 48  # samples that are compared with the phrases
SHARE_COPIED = 0.1  # of the samples, from which it is said that they copy

Named = tuple[str, Score | InputError]


@dataclass(frozen=True)
class Usable:
    """A row of the check of what is to be learnt from.

    Attributes:
        name: of the file.
        phrases: how many of its phrases can be used; two that sound the same count once.
        problem: why none can be, or what is doubtful; "" where nothing is.
    """

    name: str
    phrases: int
    problem: str


@dataclass(frozen=True)
class Progress:
    """How far an adaptation is.

    Attributes:
        share: 0 to 1. said: what is being done, in words.
        loss: nats a phrase that files left out in turn cost with the setting just tried; None before the first.
        plain: the same with the space's own prior.
        held_out: nats a phrase, before and after, of the files that were set aside, with the best style so far.
        style: the best so far.
    """

    share: float
    said: str
    loss: float | None = None
    plain: float | None = None
    held_out: tuple[float, float] | None = None
    style: Style | None = None


@dataclass(frozen=True)
class Bench:
    """What of a space adapting needs."""

    name: str
    weights: str
    grid: Grid
    prior: Prior
    passage: Callable[[Score], Passage]
    posterior: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
    sample: Callable[[Style | None, int, int], np.ndarray]  # style, n, seed -> tokens (n, T, S)


@dataclass
class Heard:
    """The phrases of the files that can be used: tokens (N, T, S), and means and scales (N, Z) in the prior's units."""

    names: list[str] = field(default_factory=list)
    tokens: list[np.ndarray] = field(default_factory=list)
    means: list[np.ndarray] = field(default_factory=list)
    scales: list[np.ndarray] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.names)

    def chosen(self, numbers: Sequence[int]) -> Heard:
        """Some of the files."""
        lists = (self.tokens, self.means, self.scales)
        return Heard([self.names[k] for k in numbers], *([rows[k] for k in numbers] for rows in lists))

    @property
    def phrases(self) -> int:
        return sum(map(len, self.tokens))


def phrases(found: Passage, grid: Grid) -> np.ndarray:
    """(N, T, S) the phrases of a passage that begin at any bar, without what is silent or rests for long; each once."""
    cut = np.concatenate([grid.windows(one.tokens, grid.steps_per_bar) for one in found.lost])
    rests = longest_silence(grid.sounding(cut)) > LONGEST_REST * grid.steps_per_bar
    cut = cut[(grid.onsets(cut) > 0).any(axis=(1, 2)) & ~rests]
    if not len(cut):
        return cut
    return cut[np.sort(np.unique(digests(grid.sound(cut)), return_index=True)[1])]


def usable(bench: Bench, name: str, score: Score | InputError) -> tuple[Usable, np.ndarray]:
    """The row of a file and its phrases (N, T, S)."""
    none = np.empty((0, *bench.grid.shape), np.uint16)
    try:
        if isinstance(score, InputError):
            raise score
        found = phrases(bench.passage(score), bench.grid)
    except InputError as error:
        return Usable(name, 0, str(error)), none
    if not len(found):
        return Usable(name, 0, "All of its phrases rest for more than a bar or have no note."), none
    count = "1 phrase" if len(found) == 1 else f"{len(found)} phrases"
    few = f"Only {count}: fewer than {FEWEST} say little of a style." if len(found) < FEWEST else ""
    return Usable(name, len(found), few), _evenly(found, MOST_OF_FILE)


def steps(
    bench: Bench,
    scores: Sequence[Named],
    name: str,
    seed: int,
    seconds: float,
    holdout: float,
    listened: int = LISTENED,
) -> Iterator[Progress]:
    """Adapts, one progress after another; the last has the finished style. See `Space.adapt`."""
    name, ends = check_name(name), time.monotonic() + _check(scores, seconds, holdout)
    seed = noise.check_seed(seed)
    heard, rows = Heard(), []
    for number, (file, score) in enumerate(scores):
        row, tokens = usable(bench, file, score)
        if row.phrases and len(heard) >= LEAST and time.monotonic() > ends:
            row = Usable(file, 0, "The time was over before it was heard.")
        rows.append(row)
        if row.phrases:
            _hear(bench, heard, row.name, tokens)
        yield Progress(0.5 * (number + 1) / len(scores), f"heard {file}: {row.phrases} phrases")
    if not len(heard):
        raise InputError(f"None of the {len(scores)} files can be used: {rows[0].name}: {rows[0].problem}")
    base: dict[str, Any] = {"files": [vars(row) for row in rows], "phrases": heard.phrases, "seed": seed}
    kept, aside = _set_aside(heard, holdout, seed)
    best, lowest, figures = HOLDINGS[0], np.inf, None
    for number, holdings in enumerate(HOLDINGS):
        if len(kept) < 2 or (number and time.monotonic() > ends):
            break
        loss, plain = _left_out(bench, kept, holdings)
        if loss < lowest:
            best, lowest = holdings, loss
            figures = _costs(bench, fit(bench, kept, best), aside)
            style = _style(bench, name, fit(bench, kept, best), _told(base, rows, best, figures, aside, None))
        share = 0.5 + 0.4 * (number + 1) / len(HOLDINGS)
        yield Progress(share, f"tried to hold the space for {holdings:g} phrases", loss, plain, figures, style)
    whole = fit(bench, heard, best)
    draft = _style(bench, name, whole, base)
    said = _told(base, rows, best, figures, aside, _copied(bench, draft, heard, seed, listened))
    yield Progress(1.0, "done", None if lowest == np.inf else lowest, None, figures, _style(bench, name, whole, said))


def fit(bench: Bench, heard: Heard, holdings: float) -> dict[str, np.ndarray]:
    """The arrays of the style of these files, in float32's digits."""
    means, scales = np.concatenate(heard.means), np.concatenate(heard.scales)
    weights = np.concatenate([np.full(len(rows), 1 / len(rows) / len(heard)) for rows in heard.means])
    count = len(means)
    middle = weights @ means
    aside = means - middle
    spread = (aside * weights[:, None]).T @ aside + np.diag(weights @ scales**2)
    trust = count / (count + MEAN_HOLDING)
    covariance = spread + trust * (1 - trust) * np.outer(middle, middle)
    covariance = (holdings * np.eye(len(middle)) + count * covariance) / (holdings + count)
    widths = np.sqrt(np.diag(covariance))
    lengths, directions = np.linalg.eigh(covariance / np.outer(widths, widths))
    chosen = np.argsort(-(lengths - 1 - np.log(lengths)), kind="stable")[: min(DIRECTIONS, count)]
    units = _units(bench)
    found = {
        "mean": trust * middle * units,
        "widths": widths * units,
        "directions": directions.T[chosen],
        "lengths": np.sqrt(lengths[chosen]),
    }
    return {key: found[key].astype(np.float32).astype(np.float64) for key in SHAPES}


def _check(scores: Sequence[Named], seconds: float, holdout: float) -> float:
    """The seconds; raises UsageError for what cannot be."""
    if not scores or len(scores) > MOST_FILES:
        raise UsageError(f"An adaptation takes 1 to {MOST_FILES} files, 10 to 20 as a rule, got {len(scores)}.")
    if not 0 <= holdout <= 0.5:
        raise UsageError(f"holdout is from 0 to 0.5, the share of the files that are set aside, got {holdout}.")
    if not 0 < seconds <= 3600:
        raise UsageError(f"seconds is above 0 and at most 3600, got {seconds}.")
    return seconds


def _hear(bench: Bench, heard: Heard, name: str, tokens: np.ndarray) -> None:
    units = _units(bench)
    means, scales = bench.posterior(tokens)
    heard.names.append(name)
    heard.tokens.append(tokens)
    heard.means.append(means / units)
    heard.scales.append(scales / units)


def _units(bench: Bench) -> np.ndarray:
    units: np.ndarray = bench.prior.deviation(torch.zeros(1, dtype=torch.float64)).numpy()
    return units


def _evenly(rows: np.ndarray, most: int) -> np.ndarray:
    return rows if len(rows) <= most else rows[np.linspace(0, len(rows) - 1, most).round().astype(int)]


def _set_aside(heard: Heard, holdout: float, seed: int) -> tuple[Heard, Heard]:
    """The files that the style is tried on while it is made, and those set aside to measure it; of few files none."""
    count = round(holdout * len(heard)) if len(heard) >= 5 else 0
    order = np.argsort(noise.uniforms(seed, 0, 0, (len(heard),)), kind="stable").tolist()
    return heard.chosen(sorted(order[count:])), heard.chosen(sorted(order[:count]))


def _left_out(bench: Bench, heard: Heard, holdings: float) -> tuple[float, float]:
    """Nats a phrase of files that are left out in turn, with the style of the others and with the space's prior."""
    folds = [list(range(k, len(heard), min(FOLDS, len(heard)))) for k in range(min(FOLDS, len(heard)))]
    costs = []
    for fold in folds:
        others = [k for k in range(len(heard)) if k not in fold]
        found = _costs(bench, fit(bench, heard.chosen(others), holdings), heard.chosen(fold))
        assert found is not None
        costs.append((*found, len(fold)))
    rows = np.array(costs)
    plain, styled = (rows[:, :2] * rows[:, 2:]).sum(0) / rows[:, 2].sum()
    return float(styled), float(plain)


def _costs(bench: Bench, arrays: dict[str, np.ndarray], heard: Heard) -> tuple[float, float] | None:
    """Nats of the code of a phrase, the mean over files of theirs: with the space's prior, and with the style."""
    if not len(heard):
        return None
    units = _units(bench)
    prior = Styled(torch.from_numpy(units), *(torch.from_numpy(arrays[key]) for key in SHAPES))
    costs = []
    for means, scales in zip(heard.means, heard.scales, strict=True):
        rows = torch.from_numpy(means * units), torch.from_numpy(scales * units)
        costs.append((float(bench.prior.kl(*rows).mean()), float(prior.kl(*rows).mean())))
    plain, styled = np.mean(costs, axis=0)
    return float(plain), float(styled)


def _style(bench: Bench, name: str, arrays: dict[str, np.ndarray], table: dict[str, Any]) -> Style:
    return Style(name, bench.name, bench.weights, arrays, table)


def _told(
    base: dict[str, Any],
    rows: Sequence[Usable],
    holdings: float,
    figures: tuple[float, float] | None,
    aside: Heard,
    copied: dict[str, Any] | None,
) -> dict[str, Any]:
    """The table of a style."""
    said = {**base, "holdings": holdings, "held_out": _said(figures, aside), "copied": copied}
    return {**said, "warnings": _warnings(rows, said)}


def _said(figures: tuple[float, float] | None, aside: Heard) -> dict[str, Any] | None:
    if figures is None:
        return None
    before, after = (round(figure, 3) for figure in figures)
    return {"files": list(aside.names), "phrases": aside.phrases, "before": before, "after": after}


def _copied(bench: Bench, style: Style, heard: Heard, seed: int, listened: int) -> dict[str, Any]:
    """How many samples copy a phrase that was learnt from, with the space's prior and with the style."""
    known = np.concatenate(heard.tokens)
    shares = {
        said: round(copied_share(bench.sample(one, listened, seed), known, bench.grid), 4)
        for said, one in (("before", None), ("after", style))
    }
    return {"samples": listened, "from": COPIED, **shares}


def _warnings(rows: Sequence[Usable], table: dict[str, Any]) -> list[str]:
    found = []
    count = sum(row.phrases > 0 for row in rows)
    if count < 10:
        found.append(f"{count} usable files are few: 10 to 20 make a style that holds for others of its kind.")
    held, copied = table["held_out"], table["copied"]
    if held and held["after"] >= held["before"]:
        found.append(
            "On the files set aside it says no more than the space by itself: they may have no style in common."
        )
    if not copied:
        found.append("It was stopped before its samples were searched for copies of these files.")
    if copied and copied["after"] >= SHARE_COPIED and copied["after"] > copied["before"]:
        found.append(
            f"{copied['after']:.0%} of its samples copy a phrase of these files (onset F1 of {COPIED} or more, in any "
            f"key; {copied['before']:.0%} without it): use more files, or more varied ones."
        )
    return found
