"""Points of a space laid out in two dimensions, and how far such a picture can be trusted."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from scorespace.errors import MissingExtraError, UsageError

PROJECTIONS = ("pca", "tsne", "umap")
LENT = 3  # points that say what the plane does not, around a place
NEIGHBOURS = 12  # of a point, for the trust
ASKED = 1000  # points whose neighbours are compared; more change the third digit at most
FEW = 50  # dimensions that t-SNE is given, as its authors do: the rest is noise to it and costs time
PERPLEXITY = 30
UMAP_NEIGHBOURS = 15


@dataclass(frozen=True)
class Plane:
    """The plane through the points along which they differ most.

    Attributes:
        centre: (Z,) mean of the points.
        axes: (2, Z) orthonormal rows; the largest number of each is positive, so that the sign is not left to chance.
        shares: of the variance, one an axis.
    """

    centre: np.ndarray
    axes: np.ndarray
    shares: tuple[float, float]

    @staticmethod
    def of(z: np.ndarray) -> Plane:
        """The plane of points (N, Z), N and Z at least 2."""
        centre = z.mean(0)
        _, spread, axes = np.linalg.svd(z - centre, full_matrices=False)
        axes = axes[:2]
        axes = axes * np.sign(axes[np.arange(2), np.abs(axes).argmax(1)])[:, None]
        whole = max(float((spread**2).sum()), 1e-300)
        return Plane(centre, axes, (float(spread[0] ** 2 / whole), float(spread[1] ** 2 / whole)))

    def shadow(self, z: np.ndarray) -> np.ndarray:
        """(N, 2): where points (N, Z) stand on the plane."""
        found: np.ndarray = (z - self.centre) @ self.axes.T
        return found

    def rise(self, places: np.ndarray, near: np.ndarray) -> np.ndarray:
        """(N, Z): points of the space at places (N, 2) of the plane.

        The plane knows two dimensions; the others come from those `LENT` of the points `near` (M, Z) that stand nearest
        on it. Each weighs by the inverse square of its distance, and the mean of what they have beside the plane is
        made as long as theirs is: points in the midst of others have few notes (of melody-2bar half way between two
        phrases 2.7 a bar, with this 4.7; the phrases have 5.2). At the place of such a point it comes back itself.
        """
        flat: np.ndarray = self.centre + places @ self.axes
        shadows = self.shadow(near)
        beside = near - (self.centre + shadows @ self.axes)
        squares = ((places[:, None] - shadows[None]) ** 2).sum(2)
        nearest = np.argsort(squares, axis=1, kind="stable")[:, :LENT]
        squares = np.take_along_axis(squares, nearest, axis=1)
        weights = 1 / np.maximum(squares, 1e-12 * max(float(squares.max()), 1e-300))
        weights /= weights.sum(1, keepdims=True)
        mean = (weights[:, :, None] * beside[nearest]).sum(1)
        wanted = (weights * np.linalg.norm(beside[nearest], axis=2)).sum(1)
        lifted: np.ndarray = flat + mean * (wanted / np.maximum(np.linalg.norm(mean, axis=1), 1e-12))[:, None]
        return lifted


def check(project: str) -> None:
    """Raises what `lay_out` would raise for this projection whatever the points: before anything is encoded.

    Raises:
        UsageError: when there is no such projection.
        MissingExtraError: when its package is not installed.
    """
    if project not in PROJECTIONS:
        raise UsageError(f"project is {', '.join(PROJECTIONS[:-1])} or {PROJECTIONS[-1]}, got {project!r}.")
    if project == "tsne":
        _tsne()
    if project == "umap":
        _umap()


def lay_out(z: np.ndarray, project: str, seed: int) -> np.ndarray:
    """(N, 2) float64 of points (N, Z), N at least 3. "pca" needs no seed.

    Raises:
        UsageError, MissingExtraError: as `check`.
    """
    check(project)
    if project == "pca":
        return Plane.of(z).shadow(z)
    centred = z - z.mean(0)
    if project == "tsne":
        _, _, axes = np.linalg.svd(centred, full_matrices=False)
        perplexity = min(PERPLEXITY, (len(z) - 1) / 3)
        maker = _tsne()(init="pca", perplexity=perplexity, random_state=seed)
        return np.asarray(maker.fit_transform(centred @ axes[:FEW].T), np.float64)
    neighbours = min(UMAP_NEIGHBOURS, len(z) - 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of few points it says that they are few
        maker = _umap()(n_neighbors=neighbours, init="pca", random_state=seed, n_jobs=1)
        return np.asarray(maker.fit_transform(centred), np.float64)


def trust(z: np.ndarray, places: np.ndarray) -> float:
    """How far the neighbours in a picture are neighbours: 1 all of them, about 0.5 by chance.

    Trustworthiness (Venna and Kaski 2001): of the points among the nearest on the picture, by how many ranks they are
    too far away in the space. With many points, the neighbours of `ASKED` of them, evenly chosen.

    Args:
        z: (N, Z), N at least 3.
        places: (N, 2).
    """
    count = len(z)
    neighbours = min(NEIGHBOURS, (count - 1) // 2)
    asked = np.linspace(0, count, min(ASKED, count), endpoint=False).astype(np.int64)
    penalty = 0.0
    for part in np.array_split(asked, max(1, len(asked) // 100)):
        ranks = _ranks(z, part)
        nearest = _nearest(places, part)[:, :neighbours]
        found = np.take_along_axis(ranks, nearest, axis=1)
        penalty += float(np.maximum(found - neighbours, 0).sum())
    worst = len(asked) * neighbours * (2 * count - 3 * neighbours - 1) / 2
    return 1 - penalty / worst


def _ranks(rows: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """(asked, N) int64: the how manyth nearest each row is, from 1; the row itself is 0."""
    order = _nearest(rows, asked)
    ranks = np.zeros((len(asked), len(rows)), np.int64)
    np.put_along_axis(ranks, order, np.arange(1, len(rows))[None], axis=1)
    return ranks


def _nearest(rows: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """(asked, N - 1) int64: the other rows, the nearest first; of equally near ones the earlier first."""
    squares = (rows**2).sum(1)
    away = squares[asked, None] - 2 * rows[asked] @ rows.T + squares[None]
    away[np.arange(len(asked)), asked] = -np.inf
    return np.argsort(away, axis=1, kind="stable")[:, 1:]


def _tsne() -> Any:
    try:
        from sklearn.manifold import TSNE
    except ImportError as error:
        raise MissingExtraError("scikit-learn", "maps", "A t-SNE map") from error
    return TSNE


def _umap() -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of TensorFlow, which it needs for nothing here
            from umap import UMAP
    except ImportError as error:
        raise MissingExtraError("umap-learn", "umap", "A UMAP map") from error
    return UMAP
