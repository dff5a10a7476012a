"""What a space works on of a score: the phrases it takes, and the user's own notes in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scorespace.errors import InputError
from scorespace.music import parts, transform
from scorespace.music.grid import Grid, Quantised
from scorespace.music.quantised import unmapped
from scorespace.music.score import Score, Track

LONGEST = 100_000.0  # quarter notes; a file that claims more is damaged, and its tokens would fill the memory


@dataclass(frozen=True)
class Phrase:
    """One phrase of a passage.

    Attributes:
        tokens: (tracks, steps) uint16.
        first_bar, last_bar: which bars of the score it holds, counted from 1, inclusive.
        padded: whether rest was added because the score's bars ended.
        notes: how many notes begin in it.
        silent: True when no note begins in it and none is held into it.
    """

    tokens: np.ndarray
    first_bar: int
    last_bar: int
    padded: bool
    notes: int
    silent: bool

    @property
    def bars(self) -> str:
        """Its bars in words, "5-6" or "7"."""
        return spell_range(self.first_bar, self.last_bar)


@dataclass(frozen=True)
class Passage:
    """The phrases of a score, one after another, and what was set aside.

    Attributes:
        part: the chosen tracks and nothing else; the score as it was given when that holds no other notes.
        own: the notes in the phrases as the user wrote them. `part` itself when the phrases hold all of it.
        phrases: in order, silent ones included.
        chosen: one a part: the track that was chosen for it.
        lost: what fitting to the grid cost, one entry a stretch.
        skipped: stretches (start, end) in quarter notes whose metre the space does not take.
        quarters: length of a phrase in quarter notes.
    """

    part: Score
    own: Score
    phrases: tuple[Phrase, ...]
    chosen: tuple[parts.Extracted, ...]
    lost: tuple[Quantised, ...]
    skipped: tuple[tuple[float, float], ...]
    quarters: float

    def own_notes(self, phrases: int) -> Score:
        """The user's own notes, begun again until they fill so many phrases; `own` itself where it fits."""
        rounds, rest = divmod(phrases, len(self.phrases))
        length = len(self.phrases) * self.quarters
        pieces = [self.own] * rounds + ([transform.cut(self.own, 0.0, rest * self.quarters)] if rest else [])
        if len(pieces) == 1:
            return pieces[0]
        return transform.join(pieces, [length] * rounds + [rest * self.quarters] * bool(rest))

    def first_phrase(self) -> Score:
        """The user's own notes in the first phrase in which a note begins; `own` itself when there is one phrase."""
        if len(self.phrases) == 1:
            return self.own
        sounding = (k for k, phrase in enumerate(self.phrases) if phrase.notes)
        k = next(sounding, 0)
        return transform.cut(self.own, k * self.quarters, (k + 1) * self.quarters)


def passage(
    score: Score,
    grid: Grid,
    metres: Sequence[str],
    rule: str = "highest",
    tracks: str = "names",
    allow_silence: bool = False,
    optional: Sequence[str] = (),
) -> Passage:
    """Finds the parts, the stretches in a known metre and the phrases in them.

    Args:
        score: any score.
        grid: of the space.
        metres: the metres it takes, such as "4/4".
        rule, tracks: how tracks become parts and several notes at once one; see `scorespace.music.parts.extract`.
        allow_silence: take a score without notes too (a space may have written one).
        optional: parts that the score may lack; they are silent then.

    Raises:
        InputError: when nothing can be used; says why.
    """
    if score.end > LONGEST:
        raise InputError(f"This score is {score.end:.0f} quarter notes long; scores up to {LONGEST:.0f} are taken.")
    chosen = _choose(score, grid, rule, tracks, allow_silence, optional)
    part = _together(score, chosen)
    bar = float(grid.bar_quarters)
    stretches = transform.regions(part, bar, metres)
    if allow_silence and not stretches:
        stretches = [(0.0, grid.bars * bar)]
    if not stretches:
        found = ", ".join(dict.fromkeys(str(metre) for metre in score.metres))
        raise InputError(
            f"The metre is {found}; this space takes {' and '.join(metres)}: choose another space or score."
        )
    stretches, over = _without_tail(part, stretches, grid)
    lost = tuple(_quantise(part, start, end, grid) for start, end in stretches)
    phrases = [
        phrase
        for (start, end), fitted in zip(stretches, lost, strict=True)
        for phrase in _phrases(fitted.tokens, bar_at(score, start), round((end - start) / bar), grid)
    ]
    if not allow_silence and all(phrase.silent for phrase in phrases):
        strange = unmapped(lost)
        named = f"; its drum pitches are {', '.join(map(str, strange[:8]))}" if strange else ""
        raise InputError(f"No note begins in a bar of {' or '.join(metres)} within the {grid.range_in_words}{named}.")
    own = _own(part, stretches, grid, over)
    skipped = tuple(_between(stretches, part.end - over))
    return Passage(part, own, tuple(phrases), chosen, lost, skipped, grid.bars * bar)


def spell_range(first: int, last: int) -> str:
    """ "5-6", or "5" for a range of one."""
    return str(first) if first == last else f"{first}-{last}"


def bar_at(score: Score, quarters: float) -> int:
    """The number, from 1, of the bar that holds this position."""
    return int(np.searchsorted(score.bar_starts(), quarters + 1e-6, side="right"))


def _choose(
    score: Score, grid: Grid, rule: str, tracks: str, allow_silence: bool, optional: Sequence[str]
) -> tuple[parts.Extracted, ...]:
    """The best tracks for the parts: as they stand where the score has just these parts, as one of ours does."""
    if allow_silence and [track.name for track in score.tracks] == list(grid.parts):
        return tuple(
            parts.Extracted(score.with_tracks([track]), number, track.name, len(track.notes), dropped=0)
            for number, track in enumerate(score.tracks)
        )
    if allow_silence and not score.note_count:
        return tuple(
            parts.Extracted(score.with_tracks([Track(name=part)]), track=0, name=part, notes=0, dropped=0)
            for part in grid.parts
        )
    try:
        found = parts.choices(score, grid.parts, rule, tracks, optional)
        if parts.GUITAR not in grid.parts:
            return found[0].lines
        place = grid.parts.index(parts.GUITAR)  # the busiest: the first in line may be a pedal of three notes
        return max(found, key=lambda choice: len(choice.score.tracks[place].notes)).lines
    except InputError as error:
        advice = f"this space writes {', '.join(grid.parts)}: choose another space or score"
        raise InputError(f"{str(error).rstrip('.')}; {advice}.") from None


def _quantise(score: Score, start: float, end: float, grid: Grid) -> Quantised:
    """Fits a stretch to the grid, filled up with rest to whole phrases."""
    phrases = np.ceil((end - start) / (grid.bars * float(grid.bar_quarters)) - 1e-6)
    return grid.quantise(transform.cut(score, start, end), max(1, int(phrases)) * grid.bars)


def _phrases(tokens: np.ndarray, first_bar: int, bars: int, grid: Grid) -> list[Phrase]:
    """Cuts the tokens of a stretch of so many bars into phrases, as those were cut that the model learnt from."""
    cut = grid.windows(tokens, grid.steps)
    return [
        Phrase(
            phrase,
            first_bar + k * grid.bars,
            first_bar + min((k + 1) * grid.bars, bars) - 1,
            padded=(k + 1) * grid.bars > bars,
            notes=int(grid.onsets(phrase).sum()),
            silent=grid.silent(phrase),
        )
        for k, phrase in enumerate(cut)
    ]


def _together(score: Score, chosen: Sequence[parts.Extracted]) -> Score:
    """The chosen tracks as one score; the score itself where nothing else sounds in it."""
    part = chosen[0].score.with_tracks(extracted.score.tracks[0] for extracted in chosen)
    return score if part.note_count == score.note_count and len(score.tracks) == len(chosen) else part


def _without_tail(
    part: Score, stretches: list[tuple[float, float]], grid: Grid
) -> tuple[list[tuple[float, float]], float]:
    """The stretches without a last bar into which the last note only rings, for less than half a step of the grid, as
    when somebody played the notes; and for how long it rings."""
    start, end = stretches[-1]
    half = float(grid.positions(1)[1]) / 2
    line = end - float(grid.bar_quarters)
    over = part.end - line
    begins = max((float(track.notes["start"].max()) for track in part.tracks if len(track.notes)), default=0.0)
    if not (line > start and 1e-6 < over < half and begins < line - half):
        return stretches, 0.0
    return [*stretches[:-1], (start, line)], over


def _own(part: Score, stretches: Sequence[tuple[float, float]], grid: Grid, over: float) -> Score:
    if len(stretches) == 1 and stretches[0][0] == 0 and stretches[0][1] + over >= part.end - 1e-6:
        return part
    phrase = grid.bars * float(grid.bar_quarters)
    pieces = [transform.cut(part, start, end) for start, end in stretches[:-1]]
    pieces.append(transform.cut(part, stretches[-1][0], stretches[-1][1] + over))
    return transform.join(pieces, [phrase * np.ceil((end - start) / phrase - 1e-6) for start, end in stretches])


def _between(stretches: Sequence[tuple[float, float]], end: float) -> list[tuple[float, float]]:
    edges = [0.0, *(edge for stretch in stretches for edge in stretch), end]
    gaps = zip(edges[::2], edges[1::2], strict=True)
    return [(start, stop) for start, stop in gaps if stop > start + 1e-6]
