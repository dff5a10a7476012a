"""Which files a corpus holds, and the scores in them.

A corpus is a folder; the files below it that end like music are its files, in the order of their paths. Beside a MIDI
file may stand POP909's `beat_midi.txt`, which says where its beats are; then the score is read by it.
"""

from __future__ import annotations

import glob
import importlib.util
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from scorespace.data.genre_tables import GenreTable
from scorespace.data.official import Official
from scorespace.data.song_tables import song_names
from scorespace.data.songs import SPLITS
from scorespace.errors import InputError, MissingExtraError, UsageError
from scorespace.music import files
from scorespace.music.score import Metre, Score, Tempo, Track, sort_notes

SOURCES = ("music21",)
MUSIC21_LICENCE = (
    "see music21/corpus/license.txt: distributed with the encoders' permission, out of copyright in the United States "
    "or licensed for use; some, such as the Essen folk songs, for non-commercial use only"
)
BEATS = "beat_midi.txt"
LICENCES = ("licen", "copying", "copyright")
_SLOWEST_BEAT, _FASTEST_BEAT = 6.0, 0.05  # seconds; outside of these an annotation is damaged


@dataclass(frozen=True)
class Source:
    """One file of a corpus.

    Attributes:
        path: where it is on this machine.
        label: corpus name and path below the corpus's folder, with forward slashes; the same on every machine.
        size: bytes.
        stamp: modification time in nanoseconds.
        among: the splits that the corpus leaves open for it; see `scorespace.data.official`.
        song: the name that the corpus's table gives its song; "" without one. See `scorespace.data.song_tables`.
    """

    path: str
    label: str
    size: int
    stamp: int
    among: tuple[str, ...] = SPLITS
    song: str = ""
    genres: tuple[str, ...] = ()

    @property
    def corpus(self) -> str:
        """The corpus's name."""
        return self.label.split("/", 1)[0]

    @property
    def divided(self) -> bool:
        """Whether the corpus itself says something about its split."""
        return self.among != SPLITS


@dataclass(frozen=True)
class Corpus:
    """A folder of music: name, licence ("" where it states none), and the number of its other files, by ending."""

    name: str
    licence: str
    others: dict[str, int]


def find(
    places: Sequence[str | Path],
    source: str | None = None,
    songs: Mapping[str, str] | None = None,
    genres: Mapping[str, str] | None = None,
) -> tuple[list[Corpus], list[Source]]:
    """The corpora at these places and all their music files, in the order of their labels.

    Args:
        places: folders, files, or patterns such as "music/*.mid". A file belongs to the corpus of its folder.
        source: "music21" for the corpus inside the installed package of that name, or None.
        songs: for corpora whose table names each file's song: corpus name to "TABLE:COLUMN".
        genres: for corpora whose table tags each file with genres: corpus name to "TABLE:COLUMN" or "TABLE".

    Raises:
        UsageError: when nothing is asked for, a place does not exist, or a source, corpus or table is unknown.
        InputError: when no file there ends like music.
        MissingExtraError: when the source's package is not installed.
    """
    roots = [path for place in places for path in _matches(place)]
    licences = {}
    if source is not None:
        root = _package_corpus(source)
        licences[root] = MUSIC21_LICENCE
        roots.append(root)
    if not roots:
        raise UsageError("Nothing to prepare: give at least one folder of music, or --source music21.")
    names, songs, genres = _names(roots), songs or {}, genres or {}
    known("songs", songs, names.values())
    known("genres", genres, names.values())
    found: dict[str, Source] = {}
    corpora = {}
    for folder in sorted(names, key=lambda folder: names[folder]):
        asked = [root for root in roots if (root if root.is_dir() else root.parent) == folder]
        others: dict[str, int] = {}
        official = Official(folder)
        named = song_names(folder, songs[names[folder]]) if names[folder] in songs else {}
        tagged = GenreTable(folder, genres[names[folder]]) if names[folder] in genres else None
        for path in _walk(asked, others):
            status = path.stat()
            below = path.relative_to(folder).as_posix()
            label = f"{names[folder]}/{below}"
            real, among = os.path.realpath(path), official.among(path)
            tags = tagged.tags(below) if tagged else ()
            found.setdefault(
                real, Source(str(path), label, status.st_size, status.st_mtime_ns, among, named.get(below, ""), tags)
            )
        corpora[names[folder]] = Corpus(names[folder], licences.get(folder) or _licence(folder), others)
    if not found:
        raise InputError(
            f"No music in {', '.join(map(str, roots))}: files that end in {' '.join(files.ENDINGS)} are read."
        )
    return list(corpora.values()), sorted(found.values(), key=lambda one: one.label)


def known(what: str, asked: Iterable[str], names: Iterable[str]) -> None:
    """Refuses what was given for a corpus that is not there.

    Raises:
        UsageError: says which corpora there are.
    """
    for name in sorted(set(asked) - set(names)):
        raise UsageError(f"--{what} was given for {name!r}; the corpora are {', '.join(sorted(names))}.")


def scores(path: str) -> Iterator[Score | InputError]:
    """One after another every score in a file, through the annotated beats where they stand beside it.

    A score that cannot be read gives its InputError instead.
    """
    beats = _beats_beside(Path(path))
    for score in files.read_each(path):
        yield score if beats is None or isinstance(score, InputError) else by_beats(score, beats)


def read_beats(path: Path) -> np.ndarray | None:
    """The rows of a `beat_midi.txt`: (beats, 3) float64 of seconds, 2/4 and 4/4 downbeat; None if it is no such."""
    try:
        rows = np.array([line.split() for line in path.read_text(encoding="utf-8").splitlines()], float)
    except (OSError, ValueError):
        return None
    if rows.ndim != 2 or rows.shape[1] != 3 or len(rows) < 8 or not np.isfinite(rows).all():
        return None
    gaps = np.diff(rows[:, 0])
    return rows if gaps.min() > _FASTEST_BEAT and gaps.max() < _SLOWEST_BEAT and rows[:, 2].any() else None


def by_beats(score: Score, beats: np.ndarray) -> Score:
    """The score with its notes placed by annotated beats, whatever its own tempo and metre say.

    A beat is a quarter note; between two beats time is linear, and before the first and after the last it goes on at
    the nearest beat's pace. The first 4/4 downbeat falls on a bar line; where two downbeats are not four beats apart,
    the bar between them has that many quarters (a bar of 2/4 that the song really has stays one). A longer gap in a
    song that is mostly in four is read as bars of four and a bar with the rest.

    Args:
        score: as the file has it.
        beats: see `read_beats`.
    """
    seconds = beats[:, 0]
    downbeats = np.flatnonzero(beats[:, 2] > 0)
    earliest = min((float(score.seconds_at(t.notes["start"]).min()) for t in score.tracks if len(t.notes)), default=0.0)
    before = max(0.0, -float(_beat_at(seconds, np.array([earliest]))[0]))
    lead = 4 * int(np.ceil((before + downbeats[0]) / 4 - 1e-9)) - int(downbeats[0])
    tracks = (_place(track, score, seconds, lead) for track in score.tracks)
    return replace(
        score,
        tracks=tuple(tracks),
        tempos=_tempos(seconds, lead),
        metres=_metres(downbeats + lead),
        keys=(),
        chords=(),
    )


def _beat_at(seconds: np.ndarray, times: np.ndarray) -> np.ndarray:
    k = np.clip(np.searchsorted(seconds, times, side="right") - 1, 0, len(seconds) - 2)
    beats: np.ndarray = k + (times - seconds[k]) / (seconds[k + 1] - seconds[k])
    return beats


def _place(track: Track, score: Score, seconds: np.ndarray, lead: int) -> Track:
    notes = track.notes.copy()
    start = _beat_at(seconds, score.seconds_at(notes["start"]))
    end = _beat_at(seconds, score.seconds_at(notes["start"] + notes["duration"]))
    notes["start"], notes["duration"] = start + lead, end - start
    return replace(track, notes=sort_notes(notes))


def _tempos(seconds: np.ndarray, lead: int) -> tuple[Tempo, ...]:
    gaps = np.round(np.diff(seconds), 6)
    changes = np.flatnonzero(np.concatenate([[True], np.diff(gaps) != 0]))
    found = [Tempo(float(k + lead), 60.0 / float(gaps[k])) for k in changes]
    return (replace(found[0], start=0.0), *found[1:])


def _metres(downbeats: np.ndarray) -> tuple[Metre, ...]:
    found = [Metre(0.0, 4, 4)]
    start = int(downbeats[0])
    for beats in [*_bars(np.diff(downbeats)), 4]:
        if beats != found[-1].numerator:
            found = [metre for metre in found if metre.start < start]
            found.append(Metre(float(start), beats, 4))
        start += beats
    return tuple(found)


def _bars(gaps: np.ndarray) -> Iterator[int]:
    """Beats of every bar. A longer gap is bars of four and a rest, unless longer gaps are the song's rule."""
    in_four = bool((gaps == 4).sum() * 2 >= len(gaps))
    for gap in gaps.tolist():
        yield from [4] * (gap // 4) if in_four else []
        if not in_four or gap % 4:
            yield gap % 4 if in_four else gap


def _beats_beside(path: Path) -> np.ndarray | None:
    beside = path.with_name(BEATS)
    return read_beats(beside) if path.suffix.lower() in files.MIDI_ENDINGS and beside.is_file() else None


def _matches(place: str | Path) -> list[Path]:
    path = Path(place).expanduser()
    if path.exists():
        return [path.resolve()]
    matches = sorted(glob.glob(str(path), recursive=True))  # noqa: PTH207 - also takes absolute patterns
    if not matches:
        raise UsageError(f"{place} does not exist: give folders or files of music, or a pattern that matches some.")
    return [Path(match).resolve() for match in matches]


def _package_corpus(source: str) -> Path:
    if source not in SOURCES:
        raise UsageError(f"--source takes {', '.join(SOURCES)}, got {source!r}.")
    found = importlib.util.find_spec(
        source
    )  # not imported: music21 takes seconds and reads far slower than our readers
    if found is None or not found.submodule_search_locations:
        raise MissingExtraError(source, "corpora", f"--source {source}")
    return Path(found.submodule_search_locations[0]).resolve() / "corpus"


def _names(roots: Iterable[Path]) -> dict[Path, str]:
    """A name for each root's folder: its own, with a number where two are called the same."""
    names: dict[Path, str] = {}
    for folder in sorted({root if root.is_dir() else root.parent for root in roots}):
        plain = folder.name if folder.name != "corpus" else folder.parent.name
        name = next(n for n in (plain, *(f"{plain}-{k}" for k in range(2, 10_000))) if n not in names.values())
        names[folder] = name
    return names


def _walk(roots: Iterable[Path], others: dict[str, int]) -> Iterator[Path]:
    """The music files below; the rest is counted in `others` by ending. Hidden files are left alone."""
    for root in roots:
        if root.is_file():
            yield root
            continue
        for folder, folders, names in os.walk(root):
            folders[:] = sorted(name for name in folders if not name.startswith((".", "__MACOSX")))
            for name in sorted(names):
                path = Path(folder, name)
                if name.startswith(".") or not path.is_file():
                    continue
                if path.suffix.lower() in files.ENDINGS:
                    yield path
                else:
                    ending = path.suffix.lower() or "no ending"
                    others[ending] = others.get(ending, 0) + 1


def _licence(folder: Path) -> str:
    names = sorted(path.name for path in folder.iterdir() if path.name.lower().startswith(LICENCES))
    return f"see {', '.join(names)} of {folder.name}" if names else ""
