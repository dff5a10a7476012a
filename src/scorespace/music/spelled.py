"""Lines whose notes have names: C sharp and D flat are two tokens, as in InpaintNet's vocabulary (Pati et al. 2019).

    0  HOLD        as in `lines`
    1  REST
    2 + k          a note begins: the k-th name

The names are, for each MIDI pitch from `lowest` to `highest`, those with at most one flat or sharp (seven letters,
three signs), by their place on the line of fifths: B sharp stands after C, both for the same pitch. D, G and A have one
name, every other pitch two.

Notes of a score are named by `spelling.nearest` from the key signature that holds where they stand (before the first
signature, from that one). A name with two accidentals becomes the other name of its pitch (F double sharp is written
G). A score without signatures gets the one that the most of its notes belong to; of equals the plainest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

import numpy as np

from scorespace.music import spelling
from scorespace.music.grid import FIRST_PITCH, Grid
from scorespace.music.quantised import Quantised
from scorespace.music.score import Key, Score
from scorespace.music.spelling import FLATTEST, SHARPEST

_SIGNS = {-1: "b", 0: "", 1: "#"}
_NEAR = 1e-6  # quarter notes; a signature this little after a step holds on it
_MOST = 7  # sharps or flats in a signature


@dataclass(frozen=True)
class SpelledGrid(Grid):
    """A grid of lines with a token for every name of a pitch; see the module's text.

    `canonical` keeps the names; `sound` and `normal_form` are of MIDI pitches.

    Attributes:
        parts, bars, metre, beat_positions: see `Grid`; no drums.
        lowest, highest: MIDI pitches that have tokens, inclusive, whatever their names.
    """

    kind: ClassVar[str] = "spelled"
    known_parts: ClassVar[tuple[str, ...]] = ("melody", "bass", "guitar", "strings")

    @cached_property
    def _fits(self) -> np.ndarray:
        """(pitches, places) bool: the names of each MIDI pitch from `lowest` on, by place from FLATTEST on."""
        pitches = np.arange(self.lowest, self.highest + 1)[:, None]
        fits: np.ndarray = (7 * pitches - np.arange(FLATTEST, SHARPEST + 1)) % 12 == 0
        return fits

    @cached_property
    def _pitch(self) -> np.ndarray:
        """(V,) int64: the MIDI pitch of each token, -1 for none."""
        return np.concatenate([np.full(FIRST_PITCH, -1), np.nonzero(self._fits)[0] + self.lowest])

    @cached_property
    def _place(self) -> np.ndarray:
        """(V,) int64: the place of each token's name on the line of fifths, 0 for none."""
        return np.concatenate([np.zeros(FIRST_PITCH, np.int64), np.nonzero(self._fits)[1] + FLATTEST])

    @cached_property
    def _token(self) -> np.ndarray:
        """(pitches, places) int64: the token of each name in `_fits`."""
        return FIRST_PITCH - 1 + np.cumsum(self._fits).reshape(self._fits.shape)

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many different tokens each row has."""
        return (len(self._pitch),) * self.tracks

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The tokens in words: "HOLD", "REST", then names with octaves such as "C#4", "Db4"; middle C is C4."""
        spelled = (
            spelling.name(pitch, place)
            for pitch, place in zip(self._pitch[FIRST_PITCH:].tolist(), self._place[FIRST_PITCH:].tolist(), strict=True)
        )
        return ("HOLD", "REST", *(f"{step}{_SIGNS[alter]}{octave}" for step, alter, octave in spelled))

    def token(self, pitch: int) -> int:
        """The token of a note that begins with this MIDI pitch, named as in C major."""
        return int(self._tokens(np.array([pitch]), np.array([spelling.nearest(pitch, 0)]))[0])

    def _tokens(self, pitches: np.ndarray, places: np.ndarray) -> np.ndarray:
        found: np.ndarray = self._token[pitches - self.lowest, places - FLATTEST]
        return found

    def pitches(self, tokens: np.ndarray) -> np.ndarray:
        """(..., tracks, S) int64: the MIDI pitch that begins at each place of tokens (..., tracks, S), -1 for none."""
        return self._pitches_of(tokens)

    def _pitches_of(self, tokens: np.ndarray) -> np.ndarray:
        found: np.ndarray = self._pitch[tokens]
        return found

    def quantise(self, score: Score, bars: int | None = None) -> Quantised:
        """Fits a score to the grid and names its notes; see `Grid.quantise` and the module's text."""
        fitted = super().quantise(score, bars)
        onset = fitted.tokens >= FIRST_PITCH
        pitches = fitted.tokens[onset].astype(np.int64) - FIRST_PITCH + self.lowest
        stand = self.positions(onset.shape[1] // self.steps_per_bar)[np.nonzero(onset)[1]]
        tokens = fitted.tokens.copy()
        places = spelling.plain(spelling.nearest(pitches, _signatures(score, pitches, stand)))
        tokens[onset] = self._tokens(pitches, places)
        return replace(fitted, tokens=tokens)

    def to_score(self, tokens: np.ndarray, qpm: float = 120.0, velocity: int = 80) -> Score:
        """The score of a token array, see `Grid.to_score`, in the key signature that its names stand in best.

        So what is written as MusicXML has these names, and the score has these tokens, wherever one signature gives all
        names.
        """
        score = super().to_score(tokens, qpm, velocity)
        held = np.asarray(tokens)
        places = self._place[held[held >= FIRST_PITCH]]
        return replace(score, keys=(Key(0.0, spelling.signature_of_places(places)),)) if len(places) else score

    def transposed(self, tokens: np.ndarray, shifts: np.ndarray) -> np.ndarray:
        """Phrases (N, tracks, S) moved by shifts (N,) semitones, each within `room`.

        All names of a phrase move equally far along the line of fifths: n semitones are 7 n mod 12 places up or the
        rest of twelve down, whichever leaves fewer names without a token, then gives fewer accidentals, then names
        nearer to D. By whole octaves the names stay. A name without a token becomes the other name of its pitch.
        """
        phrases, shifts = np.asarray(tokens), np.asarray(shifts, np.int64)
        onset = phrases >= FIRST_PITCH
        place = self._place[phrases]
        up = 7 * shifts % 12
        ways = np.stack([np.where(up > 0, up - 12, 0), up])
        moved = place + ways[:, :, None, None]
        lost, signs, far = (
            (cost * onset).sum((2, 3))
            for cost in (
                spelling.plain(moved) != moved,
                spelling.accidentals(moved),
                np.abs(moved - spelling.MIDDLE),
            )
        )
        best = np.lexsort((-ways, far, signs, lost), axis=0)[0]
        place = spelling.plain(place + np.take_along_axis(ways, best[None], 0)[0][:, None, None])
        pitch = self._pitch[phrases] + shifts[:, None, None]
        result = phrases.copy()
        result[onset] = self._tokens(pitch[onset], place[onset])
        return result

    def sound(self, tokens: np.ndarray) -> np.ndarray:
        """Phrases (N, tracks, S) that are equal where they sound the same played alone, whatever the names."""
        plain = self.canonical(tokens)
        return np.where(plain >= FIRST_PITCH, self._pitch[plain] + FIRST_PITCH, plain).astype(plain.dtype)


def _signatures(score: Score, pitches: np.ndarray, stand: np.ndarray) -> np.ndarray:
    """(notes,) int64: sharps of the signature that holds for each of these MIDI pitches, which begin at `stand`."""
    if not score.keys:
        return np.full(len(pitches), spelling.signature_of_pitches(pitches))
    starts = np.array([key.start for key in score.keys])
    sharps = np.clip([key.sharps for key in score.keys], -_MOST, _MOST)
    holds = np.searchsorted(starts, stand + _NEAR, side="right") - 1
    found: np.ndarray = sharps[np.maximum(holds, 0)]
    return found
