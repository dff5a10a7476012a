"""Learning what a space knows of the styles of its genres: mean points, and a classifier of note statistics.

Both are learnt from training phrases that are drawn evenly: a genre, one of its songs, one of its phrases. How often
the classifier is right is measured on the songs of the validation split.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

import numpy as np
import torch

from scorespace.checkpoint import Checkpoint
from scorespace.data.batches import SongPhrases, drawn_genres
from scorespace.data.shards import Shards
from scorespace.evaluation import linear_probe
from scorespace.evaluation.intervals import SongBootstrap
from scorespace.evaluation.latent_space import posterior_means
from scorespace.models.base import LatentModel
from scorespace.models.priors import Flower
from scorespace.music import style_features
from scorespace.styles import Styles
from scorespace.training.held_out import choose_phrases

HELD_OUT = 2000  # phrases of the validation split
FEWEST, FEWEST_SONGS = 20, 3  # phrases and songs of a genre, below which a held-out figure of it says nothing


def has_genres(checkpoint: Checkpoint, shards: Shards) -> bool:
    """Whether a space has the genres of a data set, so that their styles can be learnt."""
    model = checkpoint.model
    return isinstance(model, LatentModel) and bool(model.prior.genres) and model.prior.genres == shards.genres


def problem(checkpoint: Checkpoint, shards: Shards) -> str | None:
    """Why the styles of a space on a flower cannot be learnt from a data set; None for a space without genres."""
    model = checkpoint.model
    if not isinstance(model, LatentModel) or not model.prior.genres:
        return None
    theirs = ", ".join(shards.genres) or "none (prepare it with --genres)"
    return (
        f"no styles of genres were learnt: the space has {', '.join(model.prior.genres)}, the data set {theirs}; "
        "they must be the same, in the same order"
    )


@torch.no_grad()
def learn(
    checkpoint: Checkpoint,
    shards: Shards,
    phrases: int = 6000,
    seed: int = 0,
    progress: Callable[[float], None] = lambda _: None,
) -> Styles:
    """The styles of a space whose genres are those of the data set (`has_genres`).

    Args:
        phrases: drawn from the training split.
        seed: of the draws.
        progress: told the share that is done, 0 to 1.
    """
    model, grid = checkpoint.model.eval(), checkpoint.grid
    assert isinstance(model, LatentModel)
    assert isinstance(model.prior, Flower)
    random = np.random.default_rng(seed)
    places, genres = SongPhrases(np.asarray(shards.songs("train")), shards.tags()).draw(phrases, random)
    tokens = np.asarray(shards.tokens("train")[places]).astype(np.int64)
    rows = style_features.features(tokens, grid)
    progress(0.2)
    with torch.enable_grad():
        probe = linear_probe.fit(rows, genres, len(shards.genres))
    progress(0.3)
    means = posterior_means(model, tokens, lambda share: progress(0.3 + 0.7 * share))
    of_genre = np.stack([means[genres == k].mean(0) for k in range(len(shards.genres))])
    arrays = {
        "means": of_genre,
        "weights": probe.weights,
        "bias": probe.bias,
        "centre": probe.centre,
        "spread": probe.spread,
    }
    kept = {name: np.asarray(array, np.float32).astype(np.float64) for name, array in arrays.items()}
    table = {"genres": list(shards.genres), "phrases": phrases, "seed": seed, "fingerprint": shards.fingerprint}
    styles = Styles(shards.genres, kept, table)
    return Styles(shards.genres, kept, table | _held_out(styles, shards, seed))


def enough(songs: np.ndarray, genres: np.ndarray) -> np.ndarray:
    """(N,) bool: the phrases of genres with at least FEWEST_SONGS songs and FEWEST phrases; others say nothing."""
    kept = [
        genre
        for genre in np.unique(genres)
        if (genres == genre).sum() >= FEWEST and len(np.unique(songs[genres == genre])) >= FEWEST_SONGS
    ]
    return np.isin(genres, kept)


def held_out(shards: Shards, split: str, count: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """At most `count` tagged phrases (N, T, S) int64 of a split, evenly spread, with their songs and genres (N,)."""
    songs = np.asarray(shards.songs(split))
    genres = drawn_genres(shards.tags(), np.random.default_rng(seed))[songs]
    tagged = np.flatnonzero(genres >= 0)
    places = choose_phrases(tagged, count)
    return np.asarray(shards.tokens(split)[places]).astype(np.int64), songs[places], genres[places]


def _held_out(styles: Styles, shards: Shards, seed: int) -> dict[str, object]:
    tokens, songs, genres = held_out(shards, "valid", HELD_OUT, seed)
    heard = enough(songs, genres)
    tokens, songs, genres = tokens[heard], songs[heard], genres[heard]
    if len(np.unique(genres)) < 2:
        return {}
    predicted = styles.log_probabilities(tokens, shards.grid).argmax(1)
    figure = linear_probe.balanced_accuracy(genres, predicted, SongBootstrap(songs, seed))
    return {"balanced_accuracy": asdict(figure), "chance": 1 / len(np.unique(genres))}
