"""Maps: the phrases of a corpus, each a point of a picture in two dimensions."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from scorespace.errors import InputError, UsageError
from scorespace.music import attributes, files, transform
from scorespace.music.grid import Grid
from scorespace.music.score import Score
from scorespace.space import projections, provenance
from scorespace.space.map_page import build
from scorespace.space.passage import Passage
from scorespace.space.projections import Plane
from scorespace.space.takes import Take

FORMAT = 1
FEWEST = 3
MOST = 20_000  # phrases; a picture of more shows no more
ENCODED = 256  # phrases between two reports of progress
DIGITS = 5  # of coordinates in files

Source = str | Path | bytes | Score | Take
Named = tuple[str, Score | InputError]
Progress = Callable[[float], None]


@dataclass(frozen=True, eq=False, repr=False)
class Map:
    """A corpus laid out. Row k of everything is phrase k.

    Attributes:
        space: the space's name. weights: SHA-256 of its weights.
        project: "pca", "tsne" or "umap". seed: of the last two.
        points: (N, 2) float64. Of PCA in the unit of z; distances between far groups mean little in the others.
        z: (N, Z) float64.
        names: of the score that each phrase is from.
        bars: which bars of it, such as "5-6".
        scores: the user's own notes.
        quarters: length of every phrase.
        attributes: (N,) float64 each, by name. units: theirs.
        trust: how far the neighbours on the picture are neighbours in the space, 1 at best; see `projections.trust`.
        plane: of PCA, else None.
        skipped: what could not be used: name and reason.
    """

    space: str
    weights: str
    project: str
    seed: int
    points: np.ndarray
    z: np.ndarray
    names: tuple[str, ...]
    bars: tuple[str, ...]
    scores: tuple[Score, ...]
    quarters: float
    attributes: dict[str, np.ndarray]
    units: dict[str, str]
    trust: float
    plane: Plane | None
    skipped: tuple[tuple[str, str], ...]

    def __len__(self) -> int:
        return len(self.points)

    def __repr__(self) -> str:
        return f"<Map of {len(self)} phrases in {self.space} by {self.project}, trust {self.trust:.2f}>"

    def place(self, x: float, y: float) -> np.ndarray:
        """(Z,): the point of the space at a place of the picture, for `Space.decode`. At a phrase it is that phrase's.

        Raises:
            UsageError: when the projection has no way back, as t-SNE and UMAP.
        """
        if self.plane is None:
            raise UsageError(f"A {self.project} map has no way back to the space: lay the corpus out by pca.")
        found: np.ndarray = self.plane.rise(np.array([[x, y]], np.float64), self.z)[0]
        return found

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, as `scorespace map -o map.json` writes and the app gets them."""
        plane = None
        if self.plane is not None:
            plane = {
                "centre": self.plane.centre.tolist(),
                "axes": self.plane.axes.tolist(),
                "shares": self.plane.shares,
            }
        return {
            "format": FORMAT,
            "space": self.space,
            "weights": self.weights,
            "project": self.project,
            "seed": self.seed,
            "trust": round(self.trust, 4),
            "quarters": self.quarters,
            "plane": plane,
            "points": np.round(self.points, DIGITS).tolist(),
            "names": list(self.names),
            "bars": list(self.bars),
            "attributes": {
                name: {"unit": self.units[name], "values": np.round(values, 4).tolist()}
                for name, values in self.attributes.items()
            },
            "scores": [provenance.pack(score) for score in self.scores],
            "skipped": [{"name": name, "reason": reason} for name, reason in self.skipped],
        }

    def write(self, path: str | Path, colour: str | None = None) -> Path:
        """Writes the map: .html, one page that shows and plays it, or .json. It appears whole or not at all.

        Args:
            path: where to. Folders on the way are made.
            colour: of a page, the attribute that colours the points; "name" for the scores' names.

        Raises:
            UsageError: for another ending, or an attribute that there is not.
            InputError: when the place cannot be written to.
        """
        path = Path(path)
        if path.suffix.lower() not in (".html", ".json"):
            raise UsageError(f"{path.name} is no map: end the name in .html or .json.")
        self.check_colour(colour)
        page = path.suffix.lower() == ".html"
        text = build(self.to_dict(), colour) if page else json.dumps(self.to_dict()) + "\n"
        part = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(text, encoding="utf-8", newline="\n")
            part.replace(path)
        except OSError as error:
            raise InputError(f"{path} cannot be written ({error.strerror or error}); choose another place.") from None
        finally:
            part.unlink(missing_ok=True)
        return path

    def check_colour(self, colour: str | None) -> None:
        """Raises UsageError when the points cannot be coloured by this."""
        if colour not in (None, "name", *self.attributes):
            raise UsageError(f"There is no attribute {colour!r} to colour by: name, {', '.join(self.attributes)}.")


def steps(
    sources: Iterable[Source | Named],
    project: str,
    seed: int,
    *,
    name: str,
    weights: str,
    grid: Grid,
    passage: Callable[[Score], Passage],
    encode: Callable[[np.ndarray], np.ndarray],
) -> Iterator[float | Map]:
    """See `Space.map`: how far it is, from 0 to 1, and at last the map. `passage` and `encode` are the space's."""
    projections.check(project)
    found = _Phrases()
    sources = list(sources)
    for k, source in enumerate(sources):
        yield 0.3 * k / len(sources)
        for own, score in named(source, k):
            found.add(own, score, passage)
    found.check()
    tokens = np.stack(found.tokens)
    rows = []
    for begin in range(0, len(tokens), ENCODED):
        yield 0.3 + 0.4 * begin / len(tokens)
        rows.append(encode(tokens[begin : begin + ENCODED]))
    z = np.concatenate(rows)
    yield 0.7
    points = projections.lay_out(z, project, seed)
    yield 0.95
    known = attributes.attributes_of(grid)
    columns = attributes.measure(tokens, grid).T
    yield Map(
        name,
        weights,
        project,
        seed,
        points,
        z,
        tuple(found.names),
        tuple(found.bars),
        tuple(found.scores),
        grid.bars * float(grid.bar_quarters),
        dict(zip(known, columns, strict=True)),
        {own: attribute.unit for own, attribute in known.items()},
        projections.trust(z, points),
        Plane.of(z) if project == "pca" else None,
        tuple(found.skipped),
    )


class _Phrases:
    """The phrases of a corpus as they are gathered."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.bars: list[str] = []
        self.scores: list[Score] = []
        self.tokens: list[np.ndarray] = []
        self.skipped: list[tuple[str, str]] = []

    def check(self) -> None:
        """Raises InputError when there are too few of them."""
        if len(self.names) < FEWEST:
            said = "; ".join(f"{own}: {reason.rstrip('.')}" for own, reason in self.skipped[:3])
            why = f": {said}" if said else ""
            raise InputError(f"A map needs {FEWEST} phrases or more, and {len(self.names)} could be used{why}.")

    def add(self, name: str, score: Score | InputError, passage: Callable[[Score], Passage]) -> None:
        """Takes the phrases of one score; one that cannot be used is told of in `skipped`."""
        try:
            if isinstance(score, InputError):
                raise score
            held = passage(score)
        except InputError as error:
            self.skipped.append((name, str(error).removeprefix(f"{name}: ")))
            return
        for k, phrase in enumerate(held.phrases):
            if phrase.silent:
                continue
            if len(self.names) >= MOST:
                raise UsageError(f"A map shows up to {MOST:,} phrases, and here are more: choose fewer scores.")
            self.names.append(name)
            self.bars.append(phrase.bars)
            self.scores.append(transform.cut(held.own, k * held.quarters, (k + 1) * held.quarters))
            self.tokens.append(phrase.tokens)


def named(source: Source | Named, number: int) -> Iterator[Named]:
    """The scores of a source with their names, or why they cannot be read. Of a file of several tunes, each."""
    if isinstance(source, tuple):
        yield source
    elif isinstance(source, Take | Score):
        score = source.score if isinstance(source, Take) else source
        yield score.title or f"score {number + 1}", score
    elif isinstance(source, bytes):
        yield from _of_file(source, f"score {number + 1}")
    elif isinstance(source, str | Path):
        yield from _of_file(source, Path(source).name)
    else:
        raise InputError(f"A score is a path, bytes, a Score or a Take, got {type(source).__name__}.")


def _of_file(source: str | Path | bytes, name: str) -> Iterator[Named]:
    scores = list(files.read_each(source))
    for score in scores:
        title = score.title if isinstance(score, Score) and len(scores) > 1 else ""
        yield f"{name}: {title}" if title else name, score
