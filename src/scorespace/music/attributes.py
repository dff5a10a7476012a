"""Attributes: what can be measured of a phrase, each one float64 a phrase with a unit and a source.

    ATTRIBUTES["density"].measure(tokens (N, tracks, steps), grid) -> (N,)

They are measured on the notes of the tokens, so every kind of grid has them. The parts of a phrase are pooled: an
interval joins two notes of one part, a density counts the notes of all; what is about pitch passes over the drums. A
grid of several parts has each attribute of each part beside them, as "density.bass". Of notes that begin together the
highest counts as the line. `attributes_of` says which attributes a grid has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from scorespace.music import drums
from scorespace.music.grid import DRUMS, Grid
from scorespace.music.heard import TICKS, Heard

MAJOR = (0, 2, 4, 5, 7, 9, 11)  # semitones above the tonic; the natural minor of the sixth degree has the same ones


def _everywhere(grid: Grid) -> bool:
    return True


def _nothing(grid: Grid) -> float:
    return 0.0


def _anything(grid: Grid) -> float:
    return np.inf


@dataclass(frozen=True)
class Attribute:
    """One measurable property.

    Attributes:
        function: of phrases as they are heard, (N,) float64.
        unit: of the figure.
        bin: width of a histogram's bar, in the unit; coarse enough for 1,000 phrases.
        most: upper end of the histogram, for a grid; what lies above falls into the last bar.
        step: the smallest difference worth asking for, in the unit: an edit is right within half of it.
        least: lower end of the histogram; what lies below falls into the first bar.
        applies: whether a grid has it.
        largest: the largest figure that a phrase can have, where that is known.
        row: the part that it is measured on, where that is one of several.
    """

    function: Callable[[Heard], np.ndarray]
    unit: str
    bin: float
    most: Callable[[Grid], float]
    step: float
    least: Callable[[Grid], float] = _nothing
    applies: Callable[[Grid], bool] = _everywhere
    largest: Callable[[Grid], float] = _anything
    row: int | None = None

    def measure(self, tokens: np.ndarray, grid: Grid) -> np.ndarray:
        """(N,) float64 of tokens (N, tracks, steps)."""
        heard = Heard.of(tokens, grid)
        return self.function(heard if self.row is None else heard.part(self.row))

    def bounds(self, grid: Grid) -> tuple[float, float]:
        """Between which figures it lies by definition."""
        return (-np.inf if self.least(grid) < 0 else 0.0), (1.0 if self.unit == "share" else self.largest(grid))

    def edges(self, grid: Grid) -> np.ndarray:
        """Ascending edges of the bars, one of which is centred on 0."""
        first = np.floor(self.least(grid) / self.bin) - 0.5
        return np.arange(first, np.ceil(self.most(grid) / self.bin) + 1) * self.bin

    def histogram(self, values: np.ndarray, grid: Grid) -> np.ndarray:
        """Share of the figures (N,) in each bar; sums to 1."""
        edges = self.edges(grid)
        return np.histogram(np.clip(values, edges[0], edges[-1]), edges)[0] / len(values)


def density(heard: Heard) -> np.ndarray:
    """Notes that begin, a bar (note density, Roberts et al. 2018, 5.4, there for each step)."""
    return heard.count_of(heard.notes["phrase"]) / heard.grid.bars


def pitch_range(heard: Heard) -> np.ndarray:
    """Semitones from the lowest to the highest note; 0 without notes (Yang and Lerch 2020)."""
    notes = heard.pitched.notes
    high, low = np.full(heard.count, -1), np.full(heard.count, 128)
    np.maximum.at(high, notes["phrase"], notes["pitch"])
    np.minimum.at(low, notes["phrase"], notes["pitch"])
    return np.where(high < 0, 0, high - low).astype(np.float64)


def mean_interval(heard: Heard) -> np.ndarray:
    """Mean distance in semitones between a note and the next of its part; 0 with fewer than two notes.

    Source: average interval, Roberts et al. 2018, 5.4.
    """
    line = heard.pitched
    phrases, steps = line.steps
    return _ratio(line.count_of(phrases, np.abs(steps).astype(np.float64)), line.count_of(phrases))


def contour(heard: Heard) -> np.ndarray:
    """Semitones a bar by which a melody rises (falls: below 0): the slope of its pitches over their onsets.

    The least-squares line; of several parts one slope with an offset for each. 0 where a part has fewer than two
    onsets. Pati and Lerch 2020 take the last note less the first, which one note can turn round; ours is the line.
    """
    line = heard.pitched
    _, row = np.unique(line.lines, return_inverse=True)
    time, pitch = line.places / (TICKS * float(heard.grid.bar_quarters)), line.top.astype(np.float64)
    size = np.maximum(np.bincount(row), 1)
    time = time - (np.bincount(row, time) / size)[row]
    pitch = pitch - (np.bincount(row, pitch) / size)[row]
    along, across = line.count_of(line.phrases, time * pitch), line.count_of(line.phrases, time * time)
    return np.where(across > 1e-12, along / np.maximum(across, 1e-12), 0.0)


def repetition(heard: Heard) -> np.ndarray:
    """Share of the notes with a note before them in their part that repeat its pitch; 0 with fewer than two notes.

    Source: repeated notes, McKay 2004 (jSymbolic).
    """
    line = heard.pitched
    phrases, steps = line.steps
    return _ratio(line.count_of(phrases[steps == 0]), line.count_of(phrases))


def rests(heard: Heard) -> np.ndarray:
    """Share of the time without a note, over all parts with pitches. HOLD before the first event is silence."""
    parts = int(heard.grid.pitched.sum())
    whole = parts * heard.grid.bars * float(heard.grid.bar_quarters)
    return np.clip(1.0 - heard.pitched.sounding_quarters() / max(whole, 1e-12), 0.0, 1.0)


def note_length(heard: Heard) -> np.ndarray:
    """Mean length of the notes in quarter notes; 0 without notes (drums have no length and do not count)."""
    notes = heard.pitched.notes
    return _ratio(heard.count_of(notes["phrase"], notes["duration"]), heard.count_of(notes["phrase"]))


def diatonic(heard: Heard) -> np.ndarray:
    """Share of the notes in C major; 0 without notes (C diatonic, Roberts et al. 2018, 5.4). See `out_of_key`."""
    held = _classes(heard.pitched)
    return _ratio(held[:, MAJOR].sum(1), held.sum(1))


def out_of_key(heard: Heard) -> np.ndarray:
    """Share of the notes outside the major scale that holds most of them; 0 without notes.

    The same in every key, unlike `diatonic`. Source: scale consistency, Mogren 2016 (C-RNN-GAN), as its complement.
    """
    held = _classes(heard.pitched)
    inside = np.stack([held[:, [(tonic + degree) % 12 for degree in MAJOR]].sum(1) for tonic in range(12)], axis=1)
    return _ratio(held.sum(1) - inside.max(1), held.sum(1))


def syncopation(heard: Heard, sixteenths: int) -> np.ndarray:
    """Share of the onsets on an odd 16th (or 8th) with none on the 16th (8th) before it in the part; 0 without notes.

    Source: Roberts et al. 2018, 5.4. sixteenths: 1 or 2.
    """
    unit = sixteenths * TICKS // 4
    odd = (heard.places % (2 * unit) == unit) & ~heard.earlier(unit)
    return _ratio(heard.count_of(heard.phrases[odd]), heard.count_of(heard.phrases))


def complexity(heard: Heard) -> np.ndarray:
    """Rhythmic complexity: how far the onsets lie from the strong places of the metre, in metrical levels a bar.

    An onset is worth the number of metrical levels that it lies on (`Heard.levels`). What the best placing of as many
    onsets in the phrase would be worth, less what they are worth: 0 for the plainest rhythm with so many notes. Added
    up over the parts. Source: metrical complexity, Toussaint 2002 ("A mathematical analysis of African, Brazilian, and
    Cuban clave rhythms"), which follows people's judgements well (Thul and Toussaint 2008).
    """
    grid = heard.grid
    places = np.rint(grid.positions(grid.bars) * TICKS).astype(np.int64)
    best = np.concatenate([[0], np.cumsum(np.sort(heard.levels(places))[::-1])])
    lines, row, onsets = np.unique(heard.lines, return_inverse=True, return_counts=True)
    worth = np.bincount(row, heard.levels(heard.places), minlength=len(lines)) if len(lines) else np.zeros(0)
    short = np.maximum(best[np.minimum(onsets, len(best) - 1)] - worth, 0.0)
    phrase = np.zeros(len(lines), np.int64)
    phrase[row] = heard.phrases
    return heard.count_of(phrase, short) / grid.bars


def polyphony(heard: Heard) -> np.ndarray:
    """Mean number of notes of a part that begin together; 0 without notes (1 for a line)."""
    return _ratio(heard.count_of(heard.notes["phrase"]), heard.count_of(heard.phrases))


def backbeat(heard: Heard) -> np.ndarray:
    """Share of the even beats (2 and 4 of a 4/4) on which a snare drum is struck: the backbeat of rock."""
    beat = 4 * TICKS // heard.grid.metre[1]
    bar = int(heard.grid.bar_quarters * TICKS)
    rows = np.array([part == DRUMS for part in heard.grid.parts])
    notes = heard.notes
    on = notes["track"] < len(rows)
    struck = on & rows[np.where(on, notes["track"], 0)]
    struck &= drums.CLASS_OF[notes["pitch"]] == SNARE
    struck &= heard.ticks % bar % (2 * beat) == beat
    hit = np.unique(np.stack([notes["phrase"][struck], heard.ticks[struck]]), axis=1)
    return heard.count_of(hit[0]) / (heard.grid.bars * (heard.grid.metre[0] // 2))


def players(heard: Heard) -> np.ndarray:
    """Different instruments that play, the drums among them (number of pitched instruments, McKay 2004, I-1)."""
    return heard.count_of(np.unique(heard.notes[["phrase", "track"]])["phrase"]).astype(np.float64)


SNARE = list(drums.CLASSES).index("snare")


def _pitches(grid: Grid) -> bool:
    return bool(grid.pitched.any())


def _chords(grid: Grid) -> bool:
    return not grid.row_per_part or not grid.pitched.all()


def _beaten(grid: Grid) -> bool:
    return DRUMS in grid.parts and grid.metre[0] in (2, 4) and grid.metre[1] in (2, 4)


def _chosen(grid: Grid) -> bool:
    return grid.chooses_programs


def _constant_parts(grid: Grid) -> bool:
    return _pitches(grid) and not grid.chooses_programs


def _most_notes(grid: Grid) -> float:
    if grid.chooses_programs:
        return 32 * float(grid.bar_quarters)
    if not grid.row_per_part:
        return len(grid.parts) * 8 * float(grid.bar_quarters)
    return (len(grid.parts) + int((~grid.pitched).sum())) * grid.steps_per_bar


def _all_notes(grid: Grid) -> float:
    """A note on every step in every voice: one in a line, nine in a kit, every pitch in a roll."""
    if grid.chooses_programs:
        return np.inf
    if grid.kind == "roll":
        return float(grid.steps_per_bar * (grid.highest - grid.lowest + 1))
    kits = grid.parts.count(DRUMS)
    return float(grid.steps_per_bar * (len(grid.parts) - kits + kits * len(drums.CLASSES)))


def _all_pitches(grid: Grid) -> float:
    return float(grid.highest - grid.lowest)


ATTRIBUTES: dict[str, Attribute] = {
    "density": Attribute(density, "notes a bar", 0.5, _most_notes, 0.5, largest=_all_notes),
    "pitch_range": Attribute(
        pitch_range,
        "semitones",
        1.0,
        lambda grid: min(48, _all_pitches(grid)),
        1.0,
        applies=_pitches,
        largest=_all_pitches,
    ),
    "mean_interval": Attribute(
        mean_interval, "semitones", 0.5, lambda grid: 24, 0.5, applies=_pitches, largest=_all_pitches
    ),
    "contour": Attribute(
        contour, "semitones a bar", 1.0, lambda grid: 12, 1.0, least=lambda grid: -12, applies=_pitches
    ),
    "repetition": Attribute(repetition, "share", 0.1, lambda grid: 1, 0.1, applies=_pitches),
    "rests": Attribute(rests, "share", 0.05, lambda grid: 1, 0.1, applies=_constant_parts),
    "note_length": Attribute(
        note_length, "quarter notes", 0.25, lambda grid: grid.bars * float(grid.bar_quarters), 0.25, applies=_pitches
    ),
    "diatonic": Attribute(diatonic, "share", 0.05, lambda grid: 1, 0.1, applies=_pitches),
    "out_of_key": Attribute(out_of_key, "share", 0.05, lambda grid: 0.5, 0.1, applies=_pitches),
    "syncopation_16": Attribute(partial(syncopation, sixteenths=1), "share", 0.05, lambda grid: 1, 0.1),
    "syncopation_8": Attribute(partial(syncopation, sixteenths=2), "share", 0.05, lambda grid: 1, 0.1),
    "complexity": Attribute(
        complexity, "metrical levels a bar", 0.5, lambda grid: len(grid.parts) * grid.steps_per_bar, 0.5
    ),
    "polyphony": Attribute(polyphony, "notes", 0.25, lambda grid: 8, 0.25, applies=_chords),
    "instruments": Attribute(players, "instruments", 1.0, lambda grid: grid.tracks, 1.0, applies=_chosen),
    "backbeat": Attribute(backbeat, "share", 0.125, lambda grid: 1, 0.25, applies=_beaten),
}


def attributes_of(grid: Grid) -> dict[str, Attribute]:
    """The attributes that phrases of this grid have, by name: of all parts, and of each where there are several."""
    found = {name: attribute for name, attribute in ATTRIBUTES.items() if attribute.applies(grid)}
    for row, (part, alone) in enumerate(grid.alone().items()):
        own = {f"{name}.{part}": replace(entry, row=row) for name, entry in ATTRIBUTES.items() if entry.applies(alone)}
        found.update(own)
    return found


def measure(tokens: np.ndarray, grid: Grid, names: Iterable[str] | None = None) -> np.ndarray:
    """(N, attributes) float64: the figures of phrases (N, tracks, steps), their notes read once.

    names: keys of `attributes_of(grid)`, all of them when absent.
    """
    known = attributes_of(grid)
    whole = Heard.of(tokens, grid)
    parts = [whole.part(row) for row in range(len(grid.alone()))]
    chosen = [known[name] for name in (known if names is None else names)]
    columns = [entry.function(whole if entry.row is None else parts[entry.row]) for entry in chosen]
    return np.stack(columns, axis=1) if columns else np.empty((len(tokens), 0))


def _ratio(parts: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """(N,) float64 parts / whole, and 0 where the whole is 0."""
    return np.where(whole == 0, 0.0, parts / np.maximum(whole, 1))


def _classes(heard: Heard) -> np.ndarray:
    """(N, 12) int64: the notes of each pitch class, C first."""
    places = heard.notes["phrase"] * 12 + heard.notes["pitch"] % 12
    return np.bincount(places, minlength=heard.count * 12).reshape(heard.count, 12)
