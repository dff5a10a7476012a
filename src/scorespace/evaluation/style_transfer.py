"""Style transfer measured: does a judge hear the other genre, and how much of the piece is still there?

Held-out phrases of one genre are moved to another, as `scorespace edit --genre` moves them, for several shares that
must be kept. The judge was taught apart (`genre_judge`). Beside it: the phrase itself, its reconstruction, a sample of
the other genre's petal (all of the genre that the space has, nothing kept but by chance) and real phrases of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from scorespace.evaluation import genre_judge
from scorespace.evaluation.genre_judge import GenreJudge
from scorespace.evaluation.intervals import SongBootstrap
from scorespace.evaluation.latent_space import posterior_means
from scorespace.evaluation.latent_space import written as written_at
from scorespace.models.base import LatentModel
from scorespace.models.priors import Flower
from scorespace.music.agreement import kept
from scorespace.music.grid import Grid
from scorespace.space import drawing, style
from scorespace.styles import Styles

KEEPS = (0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3)


@dataclass(frozen=True)
class Case:
    """A held-out phrase and where it is to go: tokens (T, S), its song and genre, and the other genre."""

    tokens: np.ndarray
    song: int
    source: int
    goal: int


def choose_cases(tokens: np.ndarray, songs: np.ndarray, genres: np.ndarray, count: int, seed: int) -> list[Case]:
    """`count` cases: genres evenly as sources, another one evenly as the goal, songs evenly within a genre."""
    random = np.random.default_rng(seed)
    there = np.unique(genres)
    cases = []
    for number in range(count if len(there) > 1 else 0):
        source = int(there[number % len(there)])
        goal = int(random.choice(there[there != source]))
        song = random.choice(np.unique(songs[genres == source]))
        place = random.choice(np.flatnonzero((songs == song) & (genres == source)))
        cases.append(Case(tokens[place], int(song), source, goal))
    return cases


def measure(
    model: LatentModel,
    styles: Styles,
    judge: GenreJudge,
    cases: list[Case],
    real: tuple[np.ndarray, np.ndarray],
    seed: int,
    progress: Callable[[float], None] = lambda _: None,
) -> dict[str, Any]:
    """The trade-off and its baselines, as plain values; each figure with a 95 % interval over songs.

    Args:
        model: with a flower, in evaluation mode. styles: of its space.
        judge: taught apart.
        cases: see `choose_cases`.
        real: held-out phrases (N, T, S) and their genres (N,).
        seed: of samples and bootstrap.
    """
    grid, prior = model.grid, model.prior
    assert isinstance(prior, Flower)
    rows: dict[str, list[np.ndarray]] = {name: [] for name in (*(f"keep {keep:g}" for keep in KEEPS), "reconstruction")}
    for number, case in enumerate(cases):
        moved = _moves(model, styles, case, grid)
        for keep in KEEPS:
            allowed = np.flatnonzero(moved.kept >= keep)
            taken = int(allowed[moved.likeness[allowed].argmax()])
            rows[f"keep {keep:g}"].append(moved.tokens[taken][0])
        rows["reconstruction"].append(written_at(model, _point(model, case.tokens))[0])
        progress((number + 1) / len(cases))
    own = np.stack([case.tokens for case in cases])
    goals, sources = (np.array([getattr(case, name) for case in cases]) for name in ("goal", "source"))
    bootstrap = SongBootstrap(np.array([case.song for case in cases]), seed)
    written = {"original": own, **{name: np.stack(found) for name, found in rows.items()}}
    written["sample of the petal"] = _sampled(model, prior, goals, seed)
    written["real phrases of the genre"] = _real(real, goals, seed)
    figures = {
        name: _figures(own, phrases, goals, sources, judge, styles, grid, bootstrap)
        for name, phrases in written.items()
    }
    goal_rows = _by_goal(prior, goals, written, judge)
    return {"cases": len(cases), "songs": len({case.song for case in cases}), "figures": figures, "by_goal": goal_rows}


def _by_goal(
    prior: Flower, goals: np.ndarray, written: dict[str, np.ndarray], judge: GenreJudge
) -> dict[str, dict[str, float]]:
    """By the genre that phrases go to, how probable the judge finds it: before, edited, and in real phrases."""
    shown = {"original": "original", "edited": f"keep {style.KEEP:g}", "real": "real phrases of the genre"}
    each = np.arange(len(goals))
    heard = {column: np.exp(genre_judge.ask(judge, written[name])[each, goals]) for column, name in shown.items()}
    return {
        prior.genres[goal]: {
            "cases": float((goals == goal).sum()),
            **{column: float(values[goals == goal].mean()) for column, values in heard.items()},
        }
        for goal in np.unique(goals)
    }


def _figures(
    own: np.ndarray,
    written: np.ndarray,
    goals: np.ndarray,
    sources: np.ndarray,
    judge: GenreJudge,
    styles: Styles,
    grid: Grid,
    bootstrap: SongBootstrap,
) -> dict[str, Any]:
    heard, believed = genre_judge.ask(judge, written), styles.log_probabilities(written, grid)
    each = np.arange(len(own))
    values = {
        "judge_probability": np.exp(heard[each, goals]),
        "judge_says_goal": (heard.argmax(1) == goals).astype(float),
        "judge_says_source": (heard.argmax(1) == sources).astype(float),
        "classifier_probability": np.exp(believed[each, goals]),
        **{f"kept_{name}": shares for name, shares in kept(own, written, grid).items()},
    }
    values["kept"] = np.mean([values[f"kept_{name}"] for name in ("onsets", "chroma", "contour")], axis=0)
    return {name: asdict(bootstrap.mean(row)) for name, row in values.items()}


def _moves(model: LatentModel, styles: Styles, case: Case, grid: Grid) -> style.Moved:
    prior = model.prior
    assert isinstance(prior, Flower)
    wish = style.Wish(case.source, prior.angle(case.goal))

    def decode(z: np.ndarray, phrases: np.ndarray) -> np.ndarray:
        return written_at(model, z)

    return style.move(_point(model, case.tokens), case.tokens[None], wish, styles, prior, grid, decode, 0.0)


def _point(model: LatentModel, tokens: np.ndarray) -> np.ndarray:
    return posterior_means(model, tokens[None])


def _sampled(model: LatentModel, prior: Flower, goals: np.ndarray, seed: int) -> np.ndarray:
    points = [drawing.points(prior, seed, [(take, 0)], prior.angle(int(goal))) for take, goal in enumerate(goals)]
    return written_at(model, np.concatenate(points))


def _real(real: tuple[np.ndarray, np.ndarray], goals: np.ndarray, seed: int) -> np.ndarray:
    tokens, genres = real
    random = np.random.default_rng(seed)
    return np.stack([tokens[random.choice(np.flatnonzero(genres == goal))] for goal in goals])
