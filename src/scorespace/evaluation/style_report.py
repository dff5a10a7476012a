"""Everything that `scorespace styles` says of a space with genres, as one table of plain values.

reconstruction   Table 1 of Valenti et al. 2020, of this and other checkpoints, held-out and training songs
prior_match      how far the aggregate posterior is from the prior
hamming          figure 4
petals           figure 3
probes           figure 5 as figures
transfer         what an edit from one genre to another changes, and what it keeps
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch

from scorespace.checkpoint import Checkpoint
from scorespace.data.batches import SongPhrases, drawn_genres
from scorespace.data.shards import Shards
from scorespace.errors import UsageError
from scorespace.evaluation import (
    genre_judge,
    genre_probes,
    hamming,
    linear_probe,
    petals,
    prior_match,
    style_learning,
    style_transfer,
)
from scorespace.evaluation.genre_probes import Side
from scorespace.evaluation.intervals import SongBootstrap
from scorespace.evaluation.latent_space import posterior
from scorespace.evaluation.reconstruction import batches, degenerate_copies
from scorespace.evaluation.token_kinds import shares
from scorespace.models.base import LatentModel
from scorespace.models.priors import Flower
from scorespace.music import style_features
from scorespace.music.agreement import copies
from scorespace.styles import Styles
from scorespace.training.held_out import choose_phrases

FOUR, THREE = ("drums", "bass", "guitar", "strings"), ("drums", "bass", "guitar")


@dataclass(frozen=True)
class Entry:
    """A row of the table: its label, a checkpoint, and the data set that it is measured on."""

    label: str
    checkpoint: Checkpoint
    shards: Shards


@dataclass(frozen=True)
class Options:
    """How much to measure.

    Attributes:
        phrases: of each split, at most, evenly spread.
        pairs: interpolations.
        samples: of each petal.
        probe_phrases: training phrases of the probes.
        cases: phrases that are moved to another genre.
        judge_steps: of the judge's training.
        seed: of everything random.
    """

    phrases: int = 512
    pairs: int = 256
    samples: int = 256
    probe_phrases: int = 4000
    cases: int = 112
    judge_steps: int = 600
    seed: int = 0


def evaluate(
    main: Entry, others: Sequence[Entry], options: Options = Options(), say: Callable[[str], None] = lambda _: None
) -> tuple[dict[str, Any], Side]:
    """Measures a space with genres, and other checkpoints beside it; gives the held-out phrases of the probes, too.

    Args:
        main: its model has a flower of the genres of its data set; its checkpoint may have styles (they are learnt
            here otherwise).
        others: any checkpoints with a latent space, each on its own data set.
        options: how much.
        say: told what goes on, for the person.

    Raises:
        UsageError: when a checkpoint and its data do not fit each other, or the main one has no genres.
    """
    for entry in (main, *others):
        _check(entry)
        if not _described(entry)["trained_on_it"]:
            say(f"{entry.label} was trained on another data set: it may have seen songs of this test split")
    model, shards = main.checkpoint.model, main.shards
    if not isinstance(model, LatentModel) or not style_learning.has_genres(main.checkpoint, shards):
        raise UsageError(
            f"{main.label} has no genres, or others than its data set: give a checkpoint of musae or bar-musae with a "
            "flower, and the data set that it was trained on."
        )
    if len(np.unique(_tagged_test(shards, 20 * options.phrases, options.seed)[2])) < 2:
        raise UsageError(
            f"{main.label}: the test split has fewer than two genres of {style_learning.FEWEST_SONGS} songs and "
            f"{style_learning.FEWEST} phrases: prepare more tagged music, or hold out more of it."
        )
    report: dict[str, Any] = {"seed": options.seed, "genres": list(shards.genres), "space": _described(main)}
    report["plane_unit"] = model.prior.deviation(torch.zeros(1, dtype=torch.float64))[:2].tolist()
    report["test_songs"] = _songs_of_genres(shards, options)
    say("reconstruction")
    report["reconstruction"] = [_reconstruction(entry, options) for entry in (main, *others)]
    say("match with the prior")
    alike = [entry for entry in (main, *others) if entry.shards.fingerprint == shards.fingerprint]
    report["prior_match"] = [{"label": entry.label, **_prior_match(entry, options)} for entry in (main, *others)]
    say(f"{options.pairs} interpolations")
    tokens, songs = _split(shards, "test", 20 * options.phrases)
    report["hamming"] = [
        {"label": entry.label, **hamming.measure(_latent(entry), tokens, songs, options.pairs, options.seed)}
        for entry in alike
    ]
    say("styles and the judge")
    styles = main.checkpoint.styles
    if styles is None or styles.table.get("fingerprint") != shards.fingerprint:
        styles = style_learning.learn(main.checkpoint, shards, seed=options.seed)
    judge = genre_judge.train(shards, options.judge_steps, options.seed)
    say(f"{options.samples} samples of each petal")
    for name, moved in (("petals", None), ("petals_moved", styles)):
        drawn = petals.samples(model, options.samples, options.seed, moved)
        report[name] = petals.report(model, drawn, options.seed, styles)
    report["petals_moved"]["real"] = _heard_in_real_phrases(main, styles, options)
    say("probes")
    taught, asked = sides(main, options)
    report["probes"] = genre_probes.report(taught, asked, shards.genres, options.seed)
    say(f"{options.cases} edits from one genre to another")
    report["transfer"] = _transfer(main, styles, judge, options)
    return report, asked


def _tagged_test(shards: Shards, count: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Tagged test phrases of genres with songs enough, with their songs and genres."""
    found = style_learning.held_out(shards, "test", count, seed)
    heard = style_learning.enough(found[1], found[2])
    return found[0][heard], found[1][heard], found[2][heard]


def _check(entry: Entry) -> None:
    if entry.checkpoint.grid != entry.shards.grid:
        raise UsageError(f"{entry.label}: the data set was prepared for another grid than the checkpoint's.")
    if not isinstance(entry.checkpoint.model, LatentModel):
        raise UsageError(f"{entry.label}: a {type(entry.checkpoint.model).__name__} has no latent space to measure.")
    if not len(entry.shards.tokens("test")):
        raise UsageError(f"{entry.label}: the test split is empty: there is nothing to measure.")


def _described(entry: Entry) -> dict[str, Any]:
    return {
        "label": entry.label,
        "model": entry.checkpoint.config["model"]["name"],
        "sha256": entry.checkpoint.sha256,
        "parameters": sum(parameter.numel() for parameter in entry.checkpoint.model.parameters()),
        "fingerprint": entry.shards.fingerprint,
        "trained_on_it": entry.checkpoint.config.get("dataset", {}).get("fingerprint") == entry.shards.fingerprint,
    }


def _latent(entry: Entry) -> LatentModel:
    model = entry.checkpoint.model
    assert isinstance(model, LatentModel)
    return model.eval()


def _split(shards: Shards, split: str, count: int) -> tuple[np.ndarray, np.ndarray]:
    places = choose_phrases(np.arange(len(shards.tokens(split))), count)
    return np.asarray(shards.tokens(split)[places]).astype(np.int64), np.asarray(shards.songs(split))[places]


def _reconstruction(entry: Entry, options: Options) -> dict[str, Any]:
    """Free-running figures of phrases decoded from the posterior mean at temperature 0, of test and training songs."""
    found: dict[str, Any] = _described(entry)
    for split in ("test", "train"):
        tokens, songs = _split(entry.shards, split, options.phrases)
        written = _copied(_latent(entry), tokens)
        bootstrap, grid = SongBootstrap(songs, options.seed), entry.checkpoint.grid
        each = copies(tokens, written, grid) | _averages(tokens, written, grid.parts)
        silent = _without_strings(tokens, entry)
        found[split] = {
            "phrases": len(tokens),
            "songs": len(np.unique(songs)),
            **{name: asdict(bootstrap.mean(values)) for name, values in each.items()},
            **_where_strings_sound(each, songs, silent, options.seed),
            "right": {name: asdict(share) for name, share in shares(tokens, written, grid, bootstrap).items()},
        }
    tokens, songs = _split(entry.shards, "test", options.phrases)
    bootstrap = SongBootstrap(songs, options.seed)
    common, _ = _split(entry.shards, "train", 4 * options.phrases)
    nothing = degenerate_copies(common, tokens, entry.checkpoint.grid)
    found["baselines"] = {
        writer: {
            name: asdict(bootstrap.mean(values)) for name, values in figures.items() if name.startswith("accuracy")
        }
        for writer, figures in nothing.items()
    }
    return found


def _without_strings(tokens: np.ndarray, entry: Entry) -> np.ndarray:
    """(N,) bool: the phrases in which no string sounds, as of songs without any."""
    grid = entry.checkpoint.grid
    if FOUR[-1] not in grid.parts:
        return np.zeros(len(tokens), np.bool_)
    sounding = grid.sounding(tokens)[:, grid.parts.index(FOUR[-1])]
    return np.array([not row.any() for row in sounding], np.bool_)


def _where_strings_sound(
    each: dict[str, np.ndarray], songs: np.ndarray, silent: np.ndarray, seed: int
) -> dict[str, Any]:
    """The accuracies that silent strings would make look better, over the phrases in which they sound."""
    if not silent.any() or silent.all():
        return {}
    bootstrap = SongBootstrap(songs[~silent], seed)
    names = [name for name in ("accuracy_strings", "accuracy_dbgs") if name in each]
    found: dict[str, Any] = {f"{name}_sounding": asdict(bootstrap.mean(each[name][~silent])) for name in names}
    return found | {"strings_silent": float(silent.mean())}


@torch.no_grad()
def _copied(model: LatentModel, tokens: np.ndarray) -> np.ndarray:
    device = next(model.parameters()).device
    parts = [model.decode(model.encode(batch)[0]).cpu().numpy() for batch in batches(tokens, device)]
    return np.concatenate(parts)


def _averages(tokens: np.ndarray, written: np.ndarray, parts: tuple[str, ...]) -> dict[str, np.ndarray]:
    """The paper's averages: accuracy over drums, bass, guitar and strings, and without the strings."""
    found = {}
    for name, wanted in (("accuracy_dbgs", FOUR), ("accuracy_dbg", THREE)):
        if set(wanted) <= set(parts):
            rows = [parts.index(part) for part in wanted]
            found[name] = (tokens[:, rows] == written[:, rows]).mean((1, 2))
    return found


def _prior_match(entry: Entry, options: Options) -> dict[str, Any]:
    tokens, songs = _split(entry.shards, "test", 4 * options.phrases)
    model, petals = _latent(entry), np.full(len(tokens), -1)
    if entry.shards.genres:
        genres = drawn_genres(entry.shards.tags(), np.random.default_rng(options.seed))[songs]
        petals = np.array([*(_petal_of(name, model) for name in entry.shards.genres), -1])[genres]
    return prior_match.measure(model, tokens, songs, petals, options.seed)


def _petal_of(genre: str, model: LatentModel) -> int:
    """The petal of a genre of the data; -1 where the space has none of this name."""
    return model.prior.genres.index(genre) if genre in model.prior.genres else -1


def sides(main: Entry, options: Options) -> tuple[Side, Side]:
    """The phrases that probes are taught on and asked about, as codes and as note statistics."""
    shards, model = main.shards, _latent(main)
    tags = shards.tags()
    songs = np.asarray(shards.songs("train"))
    places, genres = SongPhrases(songs, tags).draw(options.probe_phrases, np.random.default_rng(options.seed))
    tokens = np.asarray(shards.tokens("train")[places]).astype(np.int64)
    taught = Side(_views(model, tokens), songs[places], genres, tags[songs[places]])
    tokens, songs, genres = _tagged_test(shards, 4 * options.phrases, options.seed)
    return taught, Side(_views(model, tokens), songs, genres, tags[songs])


def _views(model: LatentModel, tokens: np.ndarray) -> dict[str, np.ndarray]:
    means = posterior(model, tokens)[0]
    views = {"codes": means, "note statistics": style_features.features(tokens, model.grid)}
    return views | ({"the plane of the flower": means[:, :2]} if isinstance(model.prior, Flower) else {})


def _transfer(main: Entry, styles: Styles, judge: genre_judge.GenreJudge, options: Options) -> dict[str, Any]:
    tokens, songs, genres = _tagged_test(main.shards, 20 * options.phrases, options.seed)
    cases = style_transfer.choose_cases(tokens, songs, genres, options.cases, options.seed)
    measured = style_transfer.measure(_latent(main), styles, judge, cases, (tokens, genres), options.seed)
    return measured | {"judge": _worth(judge, main, options), "classifier": styles.table.get("balanced_accuracy")}


def _songs_of_genres(shards: Shards, options: Options) -> dict[str, int]:
    """Test songs of each genre that is measured."""
    _, songs, genres = _tagged_test(shards, 20 * options.phrases, options.seed)
    return {name: len(np.unique(songs[genres == k])) for k, name in enumerate(shards.genres) if (genres == k).any()}


def _heard_in_real_phrases(main: Entry, styles: Styles, options: Options) -> dict[str, Any]:
    """How often the classifier of the space finds the genre of real test phrases."""
    tokens, songs, genres = _tagged_test(main.shards, 4 * options.phrases, options.seed)
    predicted = styles.log_probabilities(tokens, main.shards.grid).argmax(1)
    return asdict(linear_probe.balanced_accuracy(genres, predicted, SongBootstrap(songs, options.seed)))


def _worth(judge: genre_judge.GenreJudge, main: Entry, options: Options) -> dict[str, Any]:
    """How often the judge is right on held-out phrases."""
    tokens, songs, genres = _tagged_test(main.shards, 4 * options.phrases, options.seed)
    predicted = genre_judge.ask(judge, tokens).argmax(1)
    return asdict(linear_probe.balanced_accuracy(genres, predicted, SongBootstrap(songs, options.seed)))
