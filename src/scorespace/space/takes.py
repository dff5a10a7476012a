"""Takes: what the verbs give back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, overload

import numpy as np

from scorespace.errors import InputError, UsageError
from scorespace.music import files, transform
from scorespace.music.score import Score
from scorespace.space import provenance

# what of the provenance `to_dict` says; the rest is only needed to make the take again
REPORTED = (
    "index",
    "seed",
    "space",
    "temperature",
    "arguments",
    "was",
    "asked",
    "got",
    "reached",
    "units",
    "style",
    "adapted",
    "marked",
    "nats",
    "said",
)


@dataclass(frozen=True, eq=False, repr=False)
class Take:
    """One result: a score, its point in the space, and all that is needed to make it again.

    Attributes:
        score: the notes.
        z: (phrases, Z) float64, one row for each phrase that is not silent.
        provenance: plain values, see `scorespace.space.provenance`.
        quarters: how long the take is in quarter notes, rests at its end included.
        by_program: whether takes have instruments of their own, so that joined ones go by program, not by place.
    """

    score: Score
    z: np.ndarray
    provenance: dict[str, Any]
    quarters: float
    by_program: bool = False

    def __repr__(self) -> str:
        first = provenance.singles(self.provenance)[0]
        seed = "" if first["seed"] is None else f", seed {first['seed']}"
        return f"<Take of {self.provenance['verb']}: {self.score.note_count} notes, {self.quarters:g} quarters{seed}>"

    @property
    def asked(self) -> dict[str, float]:
        """What an edit was to reach, by attribute, in its unit; empty for other verbs."""
        return dict(self.provenance.get("asked", {}))

    @property
    def got(self) -> dict[str, float]:
        """What an edit reached, by attribute, in its unit; empty for other verbs."""
        return dict(self.provenance.get("got", {}))

    @property
    def style(self) -> dict[str, Any]:
        """What an edit to another genre did: "from", "to", "degrees", "likeness" of that genre (0-1, by the classifier
        of the space) and "likeness_before", and the shares "kept" of onsets, chroma and contour. Empty for others."""
        return dict(self.provenance.get("style", {}))

    @property
    def marked(self) -> tuple[tuple[float, float], ...]:
        """Where an inpainting is new: (start, end) in quarter notes; empty for other verbs."""
        return tuple((start, end) for start, end in self.provenance.get("marked", ()))

    def to_dict(self) -> dict[str, Any]:
        """What is said of the take, as plain values for JSON: its verb, how many notes, how long, and what of its
        provenance a person asks for. The same in `--json` and in the app."""
        record = self.provenance
        rest: dict[str, Any] = {key: record[key] for key in REPORTED if key in record}
        return {"verb": record["verb"], "notes": self.score.note_count, "quarters": self.quarters, **rest}

    def to_midi_bytes(self) -> bytes:
        """The take as a MIDI file with its provenance inside. Equal takes give equal bytes."""
        return files.to_midi_bytes(self.score, provenance.dump(self.provenance))

    def write(self, path: str | Path) -> Path:
        """Writes the take; in a MIDI file (.mid) the provenance travels with it. Returns the path.

        An ending .svg engraves it on staves. There and in MusicXML the bars that an inpainting wrote are marked.

        Raises:
            UsageError: when the ending names no format that can be written.
            MissingExtraError: when it is to be engraved and Verovio is not installed.
        """
        if Path(path).suffix.lower() == ".svg":
            from scorespace.music import notation

            Path(path).parent.mkdir(parents=True, exist_ok=True)
            return notation.write_svg(self.score, path, self.marked)
        return files.write(self.score, path, provenance.dump(self.provenance), self.marked)

    def _repr_html_(self) -> str:
        return self.score._repr_html_()


class Takes(Sequence[Take]):
    """Takes in a row, used like a list; a slice is Takes again."""

    def __init__(self, takes: Iterable[Take]) -> None:
        self._takes = tuple(takes)

    def __len__(self) -> int:
        return len(self._takes)

    @overload
    def __getitem__(self, index: int) -> Take: ...
    @overload
    def __getitem__(self, index: slice) -> Takes: ...
    def __getitem__(self, index: int | slice) -> Take | Takes:
        return Takes(self._takes[index]) if isinstance(index, slice) else self._takes[index]

    def __iter__(self) -> Iterator[Take]:
        return iter(self._takes)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self)}: {', '.join(f'{take.score.note_count} notes' for take in self)}>"

    def join(self) -> Take:
        """All takes one after another as one take. Each begins on the bar where the one before it is over.

        Raises:
            InputError: when there is no take.
        """
        if not self._takes:
            raise InputError("There is no take to join.")
        if len(self) == 1:
            return self[0]
        lengths = [take.quarters for take in self]
        by_program = any(take.by_program for take in self)
        return Take(
            transform.join([take.score for take in self], lengths, by_program),
            np.concatenate([take.z for take in self]),
            provenance.joined([take.provenance for take in self]),
            sum(lengths),
            by_program,
        )

    def distinct(self) -> Takes:
        """The takes without those that have the notes of the one before them, as where a path stays in one place."""
        neighbours = zip(self._takes, self._takes[1:], strict=False)
        return Takes([*self._takes[:1], *(take for before, take in neighbours if not _same_notes(before, take))])

    def write(self, folder: str | Path, stem: str | None = None, force: bool = False) -> list[Path]:
        """Writes every take as a MIDI file of its own, with its provenance inside.

        The names are `{stem}.{verb}-{seed}-{number}.mid`; numbers begin at 1, or after the highest in use, so that no
        file is replaced unless `force` is set. `stem` is the name of the space when absent.

        Returns the paths, in the order of the takes.
        """
        paths = self.paths(folder, stem, force)
        return [take.write(path) for take, path in zip(self, paths, strict=True)]

    def paths(self, folder: str | Path, stem: str | None = None, force: bool = False) -> list[Path]:
        """Where `write` would put the takes."""
        if not self._takes:
            return []
        record = self[0].provenance
        first = provenance.singles(record)[0]
        seed = "" if first["seed"] is None else f"-{first['seed']}"
        joined = "joined-" if record["verb"] == "join" else ""
        prefix = f"{stem or first['space']}.{first['verb']}{seed}-{joined}"
        begin = 1 if force else _highest(Path(folder), prefix) + 1
        return [Path(folder) / f"{prefix}{number:02}.mid" for number in range(begin, begin + len(self))]

    def _repr_html_(self) -> str:
        return "".join(take._repr_html_() for take in self)


class Square(Takes):
    """The takes of a palette: iterated row by row from the top left, or chosen with [row, column] from 0."""

    def __init__(self, takes: Iterable[Take], shape: tuple[int, int]) -> None:
        super().__init__(takes)
        if len(self) != shape[0] * shape[1]:
            raise UsageError(
                f"A palette of {shape[0]} x {shape[1]} needs {shape[0] * shape[1]} takes, got {len(self)}."
            )
        self.shape = shape

    def __getitem__(self, index: Any) -> Any:
        if not isinstance(index, tuple):
            return super().__getitem__(index)
        row, column = (range(size)[place] for place, size in zip(index, self.shape, strict=True))
        return super().__getitem__(row * self.shape[1] + column)


def _same_notes(a: Take, b: Take) -> bool:
    return a.quarters == b.quarters and a.score.tracks == b.score.tracks


def _highest(folder: Path, prefix: str) -> int:
    """The highest number in use after this prefix, whatever the ending; 0 where there is none."""
    try:
        names = [
            path.name.removeprefix(prefix).split(".")[0] for path in folder.iterdir() if path.name.startswith(prefix)
        ]
    except (FileNotFoundError, NotADirectoryError):
        return 0
    return max((int(name) for name in names if name.isdecimal()), default=0)
