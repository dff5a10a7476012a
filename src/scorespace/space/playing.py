"""Humanise and drumify: what a space of grooves is given of a score, and where its takes stand.

Both follow Gillick et al. 2019, section 4: the encoder hears a groove of which something is missing (`flat`: velocities
and timings; `tapped`: everything but the rhythm), and the whole groove is written. The points of take k are draws from
the posterior, with its scale times the temperature; humanising keeps the user's strokes and only has them played.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
from torch import Tensor

from scorespace.errors import InputError, UsageError
from scorespace.models.base import LatentModel
from scorespace.models.grooves import GrooveModel
from scorespace.music import drums, groove, parts
from scorespace.music.grid import Grid
from scorespace.music.score import Score, Track, sort_notes
from scorespace.space import noise
from scorespace.space.verbs import Anchor, Place

HEARD: dict[str, Callable[[np.ndarray], np.ndarray]] = {"humanise": groove.flat, "drumify": groove.tapped}
SPACE = "groove-2bar"


def check(verb: str, model: LatentModel, name: str) -> None:
    """Raises UsageError unless the model writes grooves."""
    if not isinstance(model, GrooveModel):
        raise UsageError(
            f"{name} writes no velocity and timing, so it cannot {verb}: use a space of grooves, such as {SPACE}."
        )


def rhythm(score: Score) -> Score:
    """The rhythm of a score as taps on one drum: that of its drums, else of its melody, else of all its notes.

    Raises:
        InputError: when it has no notes.
    """
    if not score.note_count:
        raise InputError("There is no rhythm in it: it has no notes.")
    found = [track.notes for track in score.tracks if parts.part_of(track) == "drums" and len(track.notes)]
    if not found:
        try:
            found = [parts.extract(score)[0].score.tracks[0].notes]
        except InputError:
            found = [track.notes for track in score.tracks]
    notes = np.concatenate(found)
    notes["pitch"] = drums.PITCHES[groove.TAP]
    return score.with_tracks([Track(sort_notes(notes), "taps", is_drum=True)])


def places(verb: str, anchor: Anchor, seed: int, temperature: float, indices: Iterable[int]) -> list[Place]:
    """Where the takes of a verb stand.

    Args:
        verb: "humanise" or "drumify".
        anchor: the score as it was heard.
        seed, temperature, indices: of the takes.
    """
    strokes = tuple(phrase.tokens for phrase in anchor.passage.phrases) if verb == "humanise" else ()

    def drawn(take: int, phrase: int, mean: np.ndarray | None) -> np.ndarray | None:
        scale = anchor.scales[phrase]
        if mean is None or scale is None or temperature == 0:
            return mean
        moved: np.ndarray = mean + min(temperature, 1.0) * scale * noise.normals(seed, take, phrase, len(mean))
        return moved

    return [
        Place(k, tuple(drawn(k, phrase, mean) for phrase, mean in enumerate(anchor.rows)), draws=k, strokes=strokes)
        for k in indices
    ]


def play(model: LatentModel, z: Tensor, strokes: Tensor, temperature: float, uniforms: Tensor | None) -> Tensor:
    """Given strokes (B, 19, S), played at z (B, Z): see `GrooveModel.perform`."""
    assert isinstance(model, GrooveModel)
    return model.perform(z, strokes, temperature, uniforms)


def performed(score: Score, tokens: np.ndarray, grid: Grid) -> Score:
    """The score's own notes with the velocities and timings of tokens (19, steps): same strokes, same pitches.

    Notes that no token stands for (of no drum class, or in silence) stay as they are.
    """
    assert isinstance(grid, groove.GrooveGrid)
    return score.with_tracks(
        replace(track, notes=sort_notes(grid.performed(track.notes, tokens))) for track in score.tracks
    )
