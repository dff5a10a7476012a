"""Everything that `scorespace gaps` says of models that fill gaps, as one table of plain values.

settings      each length and place of a gap: likelihood, accuracy and what the fillings are like, of all writers
kept_in_key   where a model's likelihood can be narrowed to a scale: what that costs and changes
best_of_n     the likeliest of several samples, and the best of them
speed         CPU seconds of one filling

All writers fill the same gaps of the same phrases and draw with the same numbers. Lengths are in bars.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch

from scorespace.checkpoint import Checkpoint
from scorespace.data.shards import Shards
from scorespace.errors import UsageError
from scorespace.evaluation.gap_baselines import (
    Copy,
    Filler,
    Interpolation,
    Model,
    Slips,
    StepUnigram,
    Truth,
    fitted_slip,
)
from scorespace.evaluation.gap_figures import (
    MIDDLE,
    PLACES,
    Gaps,
    Setting,
    Share,
    accuracy,
    figures,
    gaps,
    heard_scales,
    in_key,
    nats,
)
from scorespace.evaluation.intervals import SongBootstrap
from scorespace.models.base import Inpainter
from scorespace.models.measure_vae import MeasureVAE
from scorespace.models.wishes import Wishes
from scorespace.music.grid import Grid
from scorespace.music.lines import FIRST_PITCH

MAIN = Setting(4, MIDDLE)  # of 16 bars: 6 known, 4 to write, 6 known, as in Chen et al. 2020 and Araneda et al. 2023
FEWEST_BARS = 6
CANDIDATES = (1, 4, 16)
CANDIDATE_PHRASES = 64  # phrases of which so many samples are drawn
FITTED_PHRASES = 512  # validation phrases that the chance of a slip is fitted on
TIMES = 5  # fillings of which the median time is taken


@dataclass(frozen=True)
class Entry:
    """A checkpoint and what it is called in the tables."""

    label: str
    checkpoint: Checkpoint


@dataclass(frozen=True)
class Options:
    """What to measure.

    Attributes:
        phrases: of the test split, at most, as evenly over its songs as can be.
        lengths: of the gaps, in bars.
        places: of the gaps, among "start", "middle" and "end".
        seed: of samples and of the bootstrap.
    """

    phrases: int = 128
    lengths: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7, 8)
    places: tuple[str, ...] = PLACES
    seed: int = 0


def evaluate(
    entries: Sequence[Entry],
    shards: Shards,
    options: Options = Options(),
    say: Callable[[str], None] = lambda _: None,
    progress: Callable[[float], None] = lambda _: None,
) -> dict[str, Any]:
    """Measures inpainters, and MeasureVAEs by interpolation, on the test split of a prepared data set.

    Args:
        entries: with distinct labels; their models may stand on any device.
        shards: of one melodic line.
        options: what to measure.
        say: told what goes on, for the person.
        progress: told the share of the work that is done, 0 to 1.

    Raises:
        UsageError: when a model cannot fill gaps of this data, a gap does not fit, or a split is empty.
    """
    grid = shards.grid
    _check(entries, shards, options)
    tokens, songs = _phrases(shards, "test", options.phrases)
    bootstrap = SongBootstrap(songs, options.seed)
    described = [_described(entry, shards) for entry in entries]
    for one in described:
        if not one["held_out"]:
            say(f"{one['label']} was trained on other data or another split: it may have seen these songs.")
    say(f"{len(tokens):,} phrases of {len(np.unique(songs)):,} songs, seed {options.seed}")

    models = {e.label: Model(e.checkpoint.model, grid) for e in entries if isinstance(e.checkpoint.model, Inpainter)}
    unigram = StepUnigram(np.asarray(shards.tokens("train"))[:, 0], grid)
    fillers: dict[str, Filler] = {**models, **_interpolations(entries, grid), "step unigram": unigram, "copy": Copy()}
    fillers["copy after"] = Copy(after=True)
    valid, _ = _phrases(shards, "valid", FITTED_PHRASES)
    wanted = [Setting(length, place) for length in options.lengths for place in options.places]
    wanted += [] if MAIN in wanted else [MAIN]
    work = _Work(len(wanted) * len(fillers) + (4 + max(CANDIDATES) // 2) * len(models), progress)

    settings = []
    for setting in wanted:
        mask = setting.mask(grid)
        of, slip = gaps(tokens, mask, grid), fitted_slip(unigram, gaps(valid, mask, grid))
        draws = _uniforms(options.seed, (setting.length, PLACES.index(setting.place)), len(tokens), grid)
        rows = {}
        for label, filler in {"truth": Truth(), **fillers, "copy, slips": Slips(unigram, slip)}.items():
            rows[label] = _measured(filler, of, draws, bootstrap)
            work.done(label in fillers)
        first, end = setting.bars(grid)
        settings.append(
            {
                "length": setting.length,
                "place": setting.place,
                "bars": [first + 1, end],
                "tokens": int(of.counts.sum()),
                "notes": int(((of.true >= FIRST_PITCH) & of.counts).sum()),
                "slip": slip,
                "rows": rows,
            }
        )
    main = gaps(tokens, MAIN.mask(grid), grid)
    report: dict[str, Any] = {
        "seed": options.seed,
        "data": {
            "fingerprint": shards.fingerprint,
            "split": "test",
            "phrases": len(tokens),
            "songs": len(np.unique(songs)),
            "bars": grid.bars,
            "metre": grid.metre_name,
        },
        "models": described,
        "settings": settings,
        "kept_in_key": {},
        "best_of_n": {},
        "speed": {},
    }
    draws = _uniforms(options.seed, (MAIN.length, PLACES.index(MAIN.place)), len(tokens), grid)
    for label, model in models.items():
        if "wishes" in inspect.signature(model.model.step_log_likelihood).parameters:
            report["kept_in_key"][label] = _kept_in_key(
                model, main, gaps(valid, MAIN.mask(grid), grid), draws, bootstrap
            )
        work.done(4)
        report["best_of_n"][label] = _best_of_n(model, main, songs, options.seed)
        work.done(max(CANDIDATES) // 2)
        report["speed"][label] = _seconds(model, main, draws)
    return report


def choose_of_songs(songs: np.ndarray, count: int) -> np.ndarray:
    """Places of at most `count` phrases, ascending: of every song one, then of every song a second one, and so on as
    long as there are; those of a song evenly spread over it, and where not all songs get one more, evenly spread over
    the songs."""
    _, song, have = np.unique(songs, return_inverse=True, return_counts=True)
    quota = np.zeros(len(have), np.int64)
    while quota.sum() < min(count, len(songs)):
        more = np.flatnonzero(quota < have)
        left = count - int(quota.sum())
        quota[more[np.linspace(0, len(more), min(left, len(more)), endpoint=False).astype(np.int64)]] += 1
    order = np.argsort(song, kind="stable")
    starts = np.cumsum(have) - have
    picked = [
        order[start + ((np.arange(wanted) + 0.5) * size / max(wanted, 1)).astype(np.int64)]
        for start, size, wanted in zip(starts, have, quota, strict=True)
    ]
    return np.sort(np.concatenate(picked))


def _phrases(shards: Shards, split: str, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Phrases (N, S) int64 and the song of each."""
    songs = np.asarray(shards.songs(split))
    places = choose_of_songs(songs, count)
    return np.asarray(shards.tokens(split)[places])[:, 0].astype(np.int64), songs[places]


def _check(entries: Sequence[Entry], shards: Shards, options: Options) -> None:
    grid, labels = shards.grid, [entry.label for entry in entries]
    if not grid.row_per_part or grid.tracks != 1 or not grid.pitched.all():
        raise UsageError(f"Gaps are measured in one melodic line; the data have the parts {', '.join(grid.parts)}.")
    twice = sorted({label for label in labels if labels.count(label) > 1})
    if twice:
        raise UsageError(f"Two checkpoints are called {twice[0]!r}: name them with NAME=FOLDER.")
    if grid.bars < FEWEST_BARS or max(options.lengths) >= grid.bars or min(options.lengths) < 1:
        raise UsageError(
            f"Gaps are of 1 to {grid.bars - 1} bars in phrases of {grid.bars} (at least {FEWEST_BARS}), "
            f"got {min(options.lengths)} to {max(options.lengths)}."
        )
    unknown = [place for place in options.places if place not in PLACES]
    if unknown or not options.places:
        raise UsageError(f"Gaps are at {', '.join(PLACES)}, got {unknown[0] if unknown else 'none'!r}.")
    for split in ("train", "valid", "test"):
        if not len(shards.tokens(split)):
            raise UsageError(f"The split {split!r} is empty: there is nothing to measure.")
    for entry in entries:
        model = entry.checkpoint.model
        if not isinstance(model, Inpainter | MeasureVAE):
            raise UsageError(f"{entry.label}: a {type(model).__name__} fills no gaps.")
        if not (model.suits(grid) if isinstance(model, Inpainter) else model.grid == replace(grid, bars=1)):
            raise UsageError(f"{entry.label}: the data set was prepared for another grid than the checkpoint's.")


def _described(entry: Entry, shards: Shards) -> dict[str, Any]:
    """`held_out`: trained on these very data, or on others whose songs are split by the same rule and shares."""
    config, about = entry.checkpoint.config, shards.description
    dataset, ours = config.get("dataset", {}), (about.get("split_rule"), about.get("settings", {}).get("held_out"))
    theirs = dataset.get("split_rule"), config.get("recipe", {}).get("data", {}).get("held_out")
    return {
        "label": entry.label,
        "model": config["model"]["name"],
        "sha256": entry.checkpoint.sha256,
        "parameters": sum(parameter.numel() for parameter in entry.checkpoint.model.parameters()),
        "held_out": dataset.get("fingerprint") == shards.fingerprint or (None not in ours and ours == theirs),
    }


def _interpolations(entries: Sequence[Entry], grid: Grid) -> dict[str, Filler]:
    """By every MeasureVAE there is, once: given itself, or within another model."""
    found: dict[str, Filler] = {}
    seen: list[Mapping[str, torch.Tensor]] = []
    for alone in (True, False):  # given itself it goes by its own name
        for entry in entries:
            model = entry.checkpoint.model if alone else getattr(entry.checkpoint.model, "measure", None)
            if not isinstance(model, MeasureVAE) or model.grid != replace(grid, bars=1):
                continue
            weights = model.state_dict()
            if not any(_equal(weights, other) for other in seen):
                seen.append(weights)
                found[f"interpolation ({entry.label})"] = Interpolation(model)
    return found


def _equal(first: Mapping[str, torch.Tensor], second: Mapping[str, torch.Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def _uniforms(seed: int, purpose: tuple[int, ...], count: int, grid: Grid) -> np.ndarray:
    """(count, 2, S) float64: what stands at a place, and in a model of notes how long; those of a phrase do not depend
    on how many there are."""
    return np.random.default_rng((seed, *purpose)).random((count, 2, grid.steps))


def _measured(filler: Filler, of: Gaps, draws: np.ndarray, bootstrap: SongBootstrap) -> dict[str, Any]:
    """Figures of a writer: "nll" in nats a token, "taught" accuracy, and `gap_figures.figures` of what it writes."""
    found: dict[str, Any] = {}
    said, taught = filler.nats(of), filler.taught(of)
    if said is not None:
        found["nll"] = _plain(nats(of, said), bootstrap)
    if taught is not None:
        found["taught"] = _plain(accuracy(of, taught), bootstrap)
    for name, written in (("likeliest", filler.likeliest(of)), ("sample", filler.sample(of, draws))):
        if written is not None:
            found[name] = {key: _plain(share, bootstrap) for key, share in figures(of, written).items()}
    return found


def _plain(share: Share, bootstrap: SongBootstrap) -> dict[str, float] | None:
    figure = share.figure(bootstrap)
    return None if figure is None else asdict(figure)


def _kept_in_key(
    model: Model, of: Gaps, valid: Gaps, draws: np.ndarray, bootstrap: SongBootstrap
) -> dict[str, dict[str, Any]]:
    """A model as it is ("free"), and with the pitches outside a scale given to the others, event by event: outside that
    of what stands around the gap ("key"), or outside the pitch classes of the notes there ("heard").

    "inside": the share of gaps whose true notes are all in the scale; "nll_inside" is over these, "nll_inside_free"
    that of the free model over the same. Over all gaps the true notes of some are impossible when kept, so there "nll"
    is a mixture, drawn once a gap, of the kept model and the free one, with the share of such gaps in validation as
    its "weight_of_free".
    """
    free = model.nats(of)
    some = np.asarray(of.counts.any(1))
    found: dict[str, dict[str, Any]] = {"free": {"nll": _over(of, _sums(of, free), some, bootstrap)}}
    found["free"] |= _written_in_key(model, of, draws, None, bootstrap)
    for name, narrowed in (("key", lambda gaps: gaps), ("heard", heard_scales)):
        scaled = narrowed(of)
        wishes, inside = Wishes(_allowed(scaled)), in_key(scaled)
        weight = float(np.clip(1.0 - in_key(narrowed(valid)).mean(), 0.01, 0.99))
        sums = [_sums(of, said) for said in (free, model.nats(of, wishes))]
        mixed = np.logaddexp(np.log(weight) + sums[0], np.log(1 - weight) + sums[1])
        found[name] = {
            "weight_of_free": weight,
            "inside": _plain(Share(inside * 1.0, some * 1.0), bootstrap),
            "nll_inside_free": _over(of, sums[0], inside, bootstrap),
            "nll_inside": _over(of, sums[1], inside, bootstrap),
            "nll": _over(of, mixed, some, bootstrap),
            **_written_in_key(model, of, draws, wishes, bootstrap),
        }
    return found


def _sums(of: Gaps, said: np.ndarray) -> np.ndarray:
    """(N,) nats of each gap."""
    sums: np.ndarray = np.where(of.counts, said, 0.0).sum(1)
    return sums


def _over(of: Gaps, sums: np.ndarray, chosen: np.ndarray, bootstrap: SongBootstrap) -> dict[str, float] | None:
    """Nats a token over some of the gaps."""
    return _plain(Share(-np.where(chosen, sums, 0.0), of.counts.sum(1) * chosen.astype(np.float64)), bootstrap)


def _written_in_key(
    model: Model, of: Gaps, draws: np.ndarray, limits: Wishes | None, bootstrap: SongBootstrap
) -> dict[str, Any]:
    found = {}
    for kind, written in (("likeliest", model.likeliest(of, limits)), ("sample", model.sample(of, draws, limits))):
        each = figures(of, written)
        found[kind] = {key: _plain(each[key], bootstrap) for key in ("out_of_key", "onset_f1")}
    return found


def _allowed(of: Gaps) -> torch.Tensor:
    """(N, S, V) bool: all but the pitches outside the scale."""
    pitches = of.grid.pitches(np.arange(of.grid.vocabulary)[None])[0]
    allowed = (pitches < 0) | of.scale[:, np.maximum(pitches, 0) % 12]
    return torch.from_numpy(allowed).unsqueeze(1).expand(-1, of.grid.steps, -1)


def _best_of_n(model: Model, of: Gaps, songs: np.ndarray, seed: int) -> dict[str, Any]:
    """Onset F1 of samples at temperature 1: "likeliest" of the first n by the model's own likelihood of the whole gap,
    and "best" of them, which only one who knows the true notes can choose."""
    chosen = np.linspace(0, len(songs), min(CANDIDATE_PHRASES, len(songs)), endpoint=False).astype(np.int64)
    count, most = len(chosen), max(CANDIDATES)
    each = of.of(np.tile(chosen, most))
    written = model.sample(each, _uniforms(seed, (MAIN.length, len(PLACES)), most * count, of.grid))
    likelihood = model.likelihood_of(each, written).reshape(most, count)
    share = figures(each, written)["onset_f1"]
    right, some = share.part.reshape(most, count), share.whole[:count]
    bootstrap = SongBootstrap(songs[chosen], seed)
    found: dict[str, Any] = {"phrases": count, "likeliest": {}, "best": {}}
    for n in CANDIDATES:
        picked = right[likelihood[:n].argmax(0), np.arange(count)]
        found["likeliest"][str(n)] = _plain(Share(picked, some), bootstrap)
        found["best"][str(n)] = _plain(Share(right[:n].max(0), some), bootstrap)
    return found


def _seconds(model: Model, of: Gaps, draws: np.ndarray) -> float:
    """CPU seconds, of all threads, that one phrase takes at temperature 1; the median of some, after one to warm up."""
    one, times = of.of(slice(1)), []
    for _ in range(TIMES + 1):
        begin = time.process_time()
        model.sample(one, draws[:1])
        times.append(time.process_time() - begin)
    return float(np.median(times[1:]))


class _Work:
    """How much is done."""

    def __init__(self, total: int, progress: Callable[[float], None]) -> None:
        self.total, self.progress, self.so_far = total, progress, 0

    def done(self, count: int) -> None:
        self.so_far += count
        self.progress(self.so_far / self.total)
