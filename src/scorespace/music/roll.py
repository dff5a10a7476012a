"""The piano roll: a polyphonic part as bits, one column a step and two bits a pitch.

    onset      a note of this pitch begins on this step
    sounding   a note of this pitch is heard on this step; where one begins, too

Onsets stand apart from what sounds, so a repeated note is two notes and not a long one. The bits of a step are packed
into 16 words of 16 bits, the rows of the token array: rows 0-7 hold the onsets, bit b of row w that of pitch 16 w + b,
rows 8-15 what sounds.

A note that sounds into a phrase from before it has sounding bits without an onset. Played alone such a phrase is silent
there, as a line that begins with HOLD is; `canonical` takes these bits away, and every other bit that nothing begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from scorespace.music.grid import NOTES, Grid
from scorespace.music.quantised import Quantised, place
from scorespace.music.score import Track

PITCHES = 128
BITS = 16  # of a word
WORDS = PITCHES // BITS
_PIECE = 1024  # phrases that are unpacked at once: 8 KB each
_SET_BITS = (np.arange(1 << BITS)[:, None] >> np.arange(BITS) & 1).sum(1).astype(np.uint8)  # of every word


@dataclass(frozen=True)
class RollGrid(Grid):
    """A grid of one part that may sound many notes at once; see the module's text for the tokens.

    Attributes:
        parts: one of "piano" (every note of the part), "melody" or "bass" (a single line, as other grids read it).
        bars, metre, beat_positions: see `Grid`; the resolution is the number of `beat_positions`.
        lowest, highest: MIDI pitches that are kept, inclusive.
    """

    kind: ClassVar[str] = "roll"
    known_parts: ClassVar[tuple[str, ...]] = ("piano", "melody", "bass")

    parts: tuple[str, ...] = ("piano",)

    def _problem(self) -> str | None:
        if len(self.parts) > 1:
            return f"a roll has one part, got {', '.join(self.parts)}"
        return super()._problem()

    @property
    def tracks(self) -> int:
        """Rows of a token array: eight words of onsets, eight of what sounds."""
        return 2 * WORDS

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many different words each row has."""
        return (1 << BITS,) * self.tracks

    @property
    def draws(self) -> tuple[int, ...]:
        """Shape of the uniforms that a phrase is drawn with: an onset and a sounding bit of each pitch, each step."""
        return 2 * PITCHES, self.steps

    def _row(self, part: str, track: Track, bars: int) -> Quantised:
        """The roll of a track: the same pitch struck again ends the note before."""
        notes, positions, end = track.notes, self.positions(bars), bars * float(self.bar_quarters)
        placed = place(notes, positions, end, (notes["pitch"] >= self.lowest) & (notes["pitch"] <= self.highest))
        order = np.lexsort((-placed.off, placed.on, placed.notes["pitch"]))  # of two on one step the longer stays
        pitch, on, off = placed.notes["pitch"][order].astype(np.int64), placed.on[order], placed.off[order]
        first = np.append(True, (np.diff(pitch) != 0) | (np.diff(on) != 0))[: len(pitch)]
        pitch, on, off = pitch[first], on[first], off[first]
        again = np.append(pitch[1:] == pitch[:-1], False)[: len(pitch)]
        off = np.where(again, np.minimum(off, np.append(on[1:], 0)[: len(on)]), off)
        onset = np.zeros((PITCHES, len(positions)), bool)
        onset[pitch, on] = True
        edges = np.zeros((PITCHES, len(positions) + 1), np.int64)
        np.add.at(edges, (pitch, on), 1)
        np.add.at(edges, (pitch, off), -1)
        sounding = edges[:, :-1].cumsum(1) > 0
        return Quantised(
            pack(onset, sounding),
            placed.offered,
            placed.moved,
            placed.furthest,
            covered=len(placed.notes) - len(pitch),
            out_of_range=placed.left_out,
        )

    def notes(self, tokens: np.ndarray, velocity: int = 80) -> np.ndarray:
        """All notes of phrases (N, 16, whole bars * steps_per_bar), dtype NOTES, by phrase, step and pitch."""
        tokens = np.asarray(tokens)
        bars = tokens.shape[-1] // self.steps_per_bar
        edges = np.append(self.positions(bars), bars * float(self.bar_quarters))
        pieces = [np.zeros(0, NOTES)]
        for begin, onset, sounding in _unpacked(tokens):
            phrase, step, pitch = np.nonzero(onset.transpose(0, 2, 1))
            off = _ends(onset, sounding)[phrase, pitch, step]
            found = np.zeros(len(phrase), NOTES)
            found["phrase"], found["step"], found["pitch"], found["velocity"] = begin + phrase, step, pitch, velocity
            found["start"], found["duration"] = edges[step], edges[off] - edges[step]
            pieces.append(found)
        return np.concatenate(pieces)

    def onsets(self, tokens: np.ndarray) -> np.ndarray:
        """(..., 1, S) int64: how many notes begin on each step of tokens (..., 16, S)."""
        words = np.asarray(tokens)[..., :WORDS, :].astype(np.uint16)
        count: np.ndarray = _SET_BITS[words].sum(-2, dtype=np.int64, keepdims=True)
        return count

    def sounding(self, tokens: np.ndarray) -> np.ndarray:
        """(..., 1, S) bool: where anything sounds, a note held into the phrase included."""
        heard: np.ndarray = (np.asarray(tokens) != 0).any(-2, keepdims=True)
        return heard

    def windows(self, tokens: np.ndarray, stride: int) -> np.ndarray:
        """Phrases (N, 16, steps) of a longer array (16, S >= steps), one every `stride` steps."""
        cut = np.lib.stride_tricks.sliding_window_view(tokens, self.steps, axis=1)[:, ::stride]
        return cut.transpose(1, 0, 2).copy()

    def silence(self) -> np.ndarray:
        """The tokens (16, steps) uint16 of a phrase without notes."""
        return np.zeros(self.shape, np.uint16)

    def canonical(self, tokens: np.ndarray) -> np.ndarray:
        """Phrases (..., 16, S) with the sounding bits alone that a note which begins in them gives."""
        result = np.array(tokens)
        onset, sounding = result[..., :WORDS, :], result[..., WORDS:, :]
        before = np.zeros_like(onset[..., 0])
        for step in range(result.shape[-1]):
            before = onset[..., step] | (sounding[..., step] & before)
            sounding[..., step] = before
        return result

    def room(self, tokens: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How far phrases (N, 16, S) can be moved down and up, each (N,) semitones >= 0; 127 without notes."""
        used = _used(tokens)
        low, high = used.argmax(1), PITCHES - 1 - used[:, ::-1].argmax(1)
        some = used.any(1)
        return np.where(some, low - self.lowest, 127), np.where(some, self.highest - high, 127)

    def transposed(self, tokens: np.ndarray, shifts: np.ndarray) -> np.ndarray:
        """Phrases (N, 16, S) moved by shifts (N,) semitones, each within `room`."""
        phrases = np.asarray(tokens)
        words = phrases.astype(np.uint16).reshape(len(phrases), 2, WORDS, phrases.shape[-1])
        whole, bits = np.divmod(np.asarray(shifts, np.int64), BITS)
        left, right = (part.astype(np.uint16)[:, None, None, None] for part in (bits, BITS - bits))
        carried = np.where(bits[:, None, None, None] > 0, _moved(words, whole + 1) >> np.minimum(right, BITS - 1), 0)
        moved = (_moved(words, whole) << left) | carried.astype(np.uint16)
        return moved.reshape(phrases.shape).astype(phrases.dtype)

    def normal_form(self, tokens: np.ndarray) -> np.ndarray:
        """Phrases (N, 16, S) moved so that their lowest note is pitch 0, uint16: transpositions become equal."""
        lowest = _used(tokens).argmax(1)  # 0 without notes
        return self.transposed(np.asarray(tokens).astype(np.uint16), -lowest)

    def token_agreement(self, reference: np.ndarray, estimate: np.ndarray) -> np.ndarray:
        """(N,) F1 of the notes of two sets of phrases (N, 16, S): a note agrees when the other phrase has one of the
        same pitch that begins and ends on the same steps. 1 where neither has a note.

        A note held into the phrase counts too, as one that agrees with another held into it alone; so 1 means equal
        tokens. Most bits are 0, so a share of equal bits would say nothing; this is the accuracy of a roll.
        """
        scores = [
            _note_f1(one[1:], other[1:]) for one, other in zip(_unpacked(reference), _unpacked(estimate), strict=True)
        ]
        return np.concatenate([np.zeros(0), *scores])


def pack(onset: np.ndarray, sounding: np.ndarray) -> np.ndarray:
    """Tokens (..., 16, S) uint16 of bits (..., 128, S) bool."""
    both = np.stack([onset, sounding], -3)
    words = both.reshape(*both.shape[:-2], WORDS, BITS, both.shape[-1])
    values = (words.astype(np.uint16) << np.arange(BITS, dtype=np.uint16)[:, None]).sum(-2, dtype=np.uint16)
    tokens: np.ndarray = values.reshape(*both.shape[:-3], 2 * WORDS, both.shape[-1])
    return tokens


def unpack(tokens: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Onset and sounding bits, each (..., 128, S) bool, of tokens (..., 16, S)."""
    words = np.asarray(tokens).astype(np.uint16)
    bits = (words[..., None, :] >> np.arange(BITS, dtype=np.uint16)[:, None]) & 1
    both = bits.astype(bool).reshape(*words.shape[:-2], 2, PITCHES, words.shape[-1])
    return both[..., 0, :, :], both[..., 1, :, :]


def _unpacked(tokens: np.ndarray) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """(number of the first phrase, onset, sounding), bits (some, 128, S), for phrases (N, 16, S) piece by piece."""
    for begin in range(0, len(tokens), _PIECE):
        yield (begin, *unpack(tokens[begin : begin + _PIECE]))


def _used(tokens: np.ndarray) -> np.ndarray:
    """(N, 128) bool: pitches that sound or begin in phrases (N, 16, S)."""
    words = np.bitwise_or.reduce(np.asarray(tokens).astype(np.uint16), axis=-1).reshape(len(tokens), 2, WORDS)
    words = words[:, 0] | words[:, 1]
    bits: np.ndarray = (words[..., None] >> np.arange(BITS, dtype=np.uint16)) & 1
    return bits.astype(bool).reshape(len(tokens), PITCHES)


def _moved(words: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Words (N, 2, 8, S) moved up by (N,) whole words; zeros come in."""
    source = np.arange(WORDS) - by[:, None]
    inside = (source >= 0) & (source < WORDS)
    taken = np.take_along_axis(words, np.clip(source, 0, WORDS - 1)[:, None, :, None], 2)
    return np.where(inside[:, None, :, None], taken, np.uint16(0))


def _ends(onset: np.ndarray, sounding: np.ndarray) -> np.ndarray:
    """(N, 128, S): the step on which a note that sounds on each step is over."""
    steps = onset.shape[-1]
    event = np.where(onset | ~sounding, np.arange(steps), steps)
    upcoming = np.minimum.accumulate(event[..., ::-1], axis=-1)[..., ::-1]
    return np.concatenate([upcoming[..., 1:], np.full((*event.shape[:-1], 1), steps)], -1)


def _note_f1(reference: tuple[np.ndarray, np.ndarray], estimate: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    begun = []
    for onset, sounding in (reference, estimate):
        begins = onset.astype(np.int8)
        begins[..., 0] |= 2 * (sounding & ~onset)[..., 0].astype(np.int8)  # held into the phrase
        begun.append((begins, _ends(onset, sounding)))
    (one, one_ends), (other, other_ends) = begun
    right = ((one > 0) & (one == other) & (one_ends == other_ends)).sum((1, 2))
    total = (one > 0).sum((1, 2)) + (other > 0).sum((1, 2))
    return np.where(total == 0, 1.0, 2.0 * right / np.maximum(total, 1))
