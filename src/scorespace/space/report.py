"""What `check` says: what a space would keep of a score, and every change it would make, in plain sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from scorespace.music.agreement import onset_f1
from scorespace.music.grid import Grid
from scorespace.music.quantised import unmapped
from scorespace.music.score import Metre, Score
from scorespace.space.passage import Passage, Phrase, bar_at, spell_range

HOLDS = "The space holds "  # how the sentence begins that says how much of a score comes back
GOOD_HOLD = 0.995  # share of onsets from which a reconstruction counts as exact
POOR_HOLD = 0.5  # below which other spaces are worth a try


@dataclass(frozen=True)
class Report:
    """What would be kept, dropped and moved.

    Attributes:
        ok: whether the score can be used.
        notes: notes in the score.
        kept: notes that stand in the phrases.
        changes: sentences, each of them one thing that would be dropped or moved, and why.
        phrases: the phrases, silent ones included.
        held: how well the space holds them: the F1 of onsets (pitch and step) between the phrases and their
            reconstructions, averaged over the phrases; None where there is none.
        limits: what the space takes, in words.
        tokens: share of equal tokens in the same comparison.
    """

    ok: bool
    notes: int
    kept: int
    changes: tuple[str, ...]
    phrases: tuple[Phrase, ...]
    held: float | None
    limits: str
    tokens: float | None = None

    def __str__(self) -> str:
        return "\n".join([self.summary, *(f"- {change}" for change in self.changes)])

    @property
    def summary(self) -> str:
        """One line: how much of the score is used, and how well the space holds it."""
        if not self.ok:
            return "not usable"
        if not self.phrases:
            return f"{self.kept} of {self.notes} notes are heard"
        phrases = "1 phrase" if len(self.phrases) == 1 else f"{len(self.phrases)} phrases"
        held = "" if self.held is None else f"; the space holds {self.held:.0%} of the onsets"
        return f"{self.kept} of {self.notes} notes are used, in {phrases}{held}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "ok": self.ok,
            "notes": self.notes,
            "kept": self.kept,
            "changes": list(self.changes),
            "phrases": [phrase.bars for phrase in self.phrases],
            "held": self.held,
            "tokens": self.tokens,
            "limits": self.limits,
        }


def report(
    score: Score,
    found: Passage,
    grid: Grid,
    limits: str,
    written: np.ndarray | None,
    again: np.ndarray | None,
) -> Report:
    """Makes the report of a passage.

    Args:
        score: as it was given.
        found: what the space works on of it.
        written, again: tokens (N, T, S) of the sounding phrases and of their reconstructions; None without one.
    """
    held = tokens = None
    read, changes = replace(score, metres=found.part.metres), []
    if read.metres != score.metres:
        changes.append(f"Two bars of {score.metres[0]} are read as one of {read.metres[0]}; bars are counted so.")
    changes += [*_parts(read, found, grid), *_bars(read, found, grid), *_fit(found, grid)]
    if written is not None and again is not None:
        held, tokens = float(onset_f1(written, again, grid).mean()), float(grid.token_agreement(written, again).mean())
        changes += _held(held)
    kept = sum(phrase.notes for phrase in found.phrases)
    return Report(True, score.note_count, kept, tuple(changes), found.phrases, held, limits, tokens)


def _parts(score: Score, found: Passage, grid: Grid) -> Iterator[str]:
    if grid.chooses_programs:  # every track is an instrument
        return
    sounding = [track for track in score.tracks if len(track.notes)]
    used = sum(1 + len(extracted.also) for extracted in found.chosen if extracted.track >= 0)
    rest = "; the other tracks are left out" if len(sounding) > used else ""
    for part, extracted in zip(grid.parts, found.chosen, strict=True):
        if extracted.track < 0:
            yield f"There is no {part} in it: that part is silent."
            continue
        notes = f"as the {part}, with {extracted.notes - extracted.dropped} notes{rest}."
        if extracted.also:
            numbers = [str(number + 1) for number in (extracted.track, *extracted.also)]
            listed = ", ".join(numbers[:-1]) + f" and {numbers[-1]}"
            yield f"Tracks {listed} of {len(score.tracks)} are taken together {notes}"
        elif rest:
            own_name = score.tracks[extracted.track].name
            name = f' ("{own_name}")' if own_name else ""
            yield f"Track {extracted.track + 1} of {len(score.tracks)}{name} is taken {notes}"
        if extracted.dropped:
            where = f" of the {part}" if len(grid.parts) > 1 else ""
            yield f"{_notes(extracted.dropped, where)} dropped: where several sound at once only one can stay."


def _bars(score: Score, found: Passage, grid: Grid) -> Iterator[str]:
    for start, end in found.skipped:
        first, last = bar_at(score, start), bar_at(score, end - 1e-3)
        metres = {str(_metre_at(score, start)), str(_metre_at(score, end - 1e-3))}
        if first == last and end - start < _metre_at(score, start).bar - 1e-3:
            yield f"Bar {first} is left out: a change of metre cuts it short."
            continue
        bars = spell_range(first, last)
        named = f"Bar {bars} ({metres.pop()}) is" if first == last else f"Bars {bars} ({', '.join(sorted(metres))}) are"
        yield f"{named} left out: the metre is not one this space takes."
    if len(found.phrases) > 1:
        listed = ", ".join(phrase.bars for phrase in found.phrases[:6]) + ", ..." * (len(found.phrases) > 6)
        yield f"{len(found.phrases)} phrases of {_bars_long(grid.bars)} are worked on one by one: bars {listed}."
    for phrase in found.phrases:
        if phrase.padded:
            short = grid.bars - (phrase.last_bar - phrase.first_bar + 1)
            yield f"The phrase at bar {phrase.bars} is short: it is filled up with {_bars_long(short)} of rest."
    silent = _runs([phrase for phrase in found.phrases if phrase.silent])
    if silent:
        one = len(silent) == 1 and silent[0].isdecimal()
        yield (
            f"Bar {silent[0]} holds no note and stays silent."
            if one
            else (f"Bars {', '.join(silent)} hold no note and stay silent.")
        )


def _runs(phrases: Sequence[Phrase]) -> list[str]:
    """The bars of phrases, neighbours together: "1-6", "9-10"."""
    runs: list[tuple[int, int]] = []
    for phrase in phrases:
        if runs and runs[-1][1] + 1 == phrase.first_bar:
            runs[-1] = (runs[-1][0], phrase.last_bar)
        else:
            runs.append((phrase.first_bar, phrase.last_bar))
    return [spell_range(*run) for run in runs]


def _fit(found: Passage, grid: Grid) -> Iterator[str]:
    moved, notes = sum(q.moved for q in found.lost), sum(q.notes for q in found.lost)
    if moved:
        furthest = max(q.furthest for q in found.lost)
        yield f"{moved} of {notes} notes move to the grid, the furthest by {furthest:.2f} quarter notes."
    covered = sum(q.covered for q in found.lost)
    if covered and grid.chooses_programs:
        yield f"{_notes(covered)} dropped: more than a bar may hold ({grid.range_in_words}), or twice on a step."
    elif covered:
        yield f"{_notes(covered)} dropped: {_cover(grid)} on the same step of the grid."
    begun = sum(int(grid.onsets(q.tokens).sum()) for q in found.lost)
    late = notes - begun - covered - sum(q.out_of_range for q in found.lost)
    if late:
        yield f"{_notes(late)} dropped: so late in the last bar that the nearest step is the bar line after it."
    outside = sum(q.out_of_range for q in found.lost)
    strange = unmapped(found.lost)
    if strange:
        listed = ", ".join(map(str, strange[:8])) + ", ..." * (len(strange) > 8)
        yield f"{_notes(outside)} dropped: the drum pitches {listed} are in none of the nine classes."
    elif outside:
        yield f"{_notes(outside)} dropped: outside the {grid.range_in_words} of this space."


def _cover(grid: Grid) -> str:
    if grid.kind == "roll":
        return "the same pitch begins twice"
    if not grid.pitched.any():
        return "the same drum is struck twice"
    return "a higher one begins" if grid.pitched.all() else "a higher one begins, or the same drum is struck twice,"


def _held(held: float) -> Iterator[str]:
    if held < GOOD_HOLD:
        little = " That is little: a space of fewer bars, or one trained on such music, would hold more."
        yield (
            f"{HOLDS}{held:.0%} of the onsets when it writes this score again; "
            f"where your notes are an end point they stay as they are.{little if held < POOR_HOLD else ''}"
        )


def _metre_at(score: Score, quarters: float) -> Metre:
    return [metre for metre in score.metres if metre.start <= quarters + 1e-6][-1]


def _bars_long(count: int) -> str:
    return "1 bar" if count == 1 else f"{count} bars"


def _notes(count: int, of: str = "") -> str:
    return f"1 note{of} is" if count == 1 else f"{count} notes{of} are"
