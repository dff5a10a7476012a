"""Files in and out: MIDI, ABC and MusicXML. Every failure is one sentence with the file's name and the reason."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from scorespace.errors import InputError, UsageError
from scorespace.music import abc, midi, musicxml
from scorespace.music.score import Score

MIDI_ENDINGS = (".mid", ".midi", ".kar", ".rmi")
ABC_ENDINGS = (".abc",)
MUSICXML_ENDINGS = (".musicxml", ".xml", ".mxl")
ENDINGS = MIDI_ENDINGS + ABC_ENDINGS + MUSICXML_ENDINGS
WRITTEN_ENDINGS = (".mid", ".midi", ".musicxml", ".xml")
LARGEST = 64 * 2**20  # bytes
KINDS = "a MIDI (.mid .midi .kar .rmi), ABC (.abc) or MusicXML (.musicxml .xml .mxl) file"
ADVICE = "convert it to one of these, for example with MuseScore"


def read(source: str | Path | bytes, name: str | None = None) -> Score:
    """The first score in a file.

    Args:
        source: a path, or the bytes of a file.
        name: what to call it in errors; the file's name when absent.

    Returns:
        The score with all its tracks; an ABC file gives its first tune. A file without notes gives an empty score.

    Raises:
        InputError: when it cannot be read, in one sentence that begins with the name.
    """
    if isinstance(source, str | Path) or source[:4] in (b"MThd", b"RIFF"):
        name, data = _load(source, name)
        if _kind(data, name) == "midi":
            return midi.parse(data, name)  # a type 2 file is one score here, several for read_all
        source = data
    first = next(read_each(source, name))
    if isinstance(first, InputError):
        raise first
    return first


def read_all(source: str | Path | bytes, name: str | None = None) -> list[Score]:
    """Every score in a file that can be read: the tunes of an ABC file, the sequences of a type 2 MIDI file.

    Raises:
        InputError: when none can be read (the reason is that of the first).
    """
    found = list(read_each(source, name))
    scores = [one for one in found if isinstance(one, Score)]
    if not scores:
        raise next(one for one in found if isinstance(one, InputError))
    return scores


def read_each(source: str | Path | bytes, name: str | None = None) -> Iterator[Score | InputError]:
    """One after another every score in a file, or the InputError that says why this one cannot be read.

    Gives at least one item and never raises InputError itself: a broken tune costs that tune alone.
    """
    try:
        name, data = _load(source, name)
        kind = _kind(data, name)
    except InputError as error:
        yield error
        return
    if kind == "midi":
        yield from midi.parse_each(data, name)
    elif kind == "abc":
        yield from abc.parse_each(_text(data), name)
    else:
        yield _musicxml(data, name)


def write(
    score: Score,
    path: str | Path,
    provenance: str | None = None,
    marked: Sequence[tuple[float, float]] = (),
) -> Path:
    """Writes a score; the ending names the format: .mid and .midi, or .musicxml and .xml.

    The file appears whole or not at all, and equal scores give equal bytes. Folders on the way are made.

    Args:
        score: what to write.
        path: where to.
        provenance: text to embed (MIDI only); `provenance` gives it back.
        marked: stretches (start, end) in quarter notes to colour and to call new (MusicXML only).

    Raises:
        UsageError: for another ending.
        InputError: when the place cannot be written to.
    """
    path = Path(path)
    ending = path.suffix.lower()
    if ending not in WRITTEN_ENDINGS:
        raise UsageError(f"{path.name} cannot be written: end the name in one of {' '.join(WRITTEN_ENDINGS)}.")
    data = midi.dump(score, provenance) if ending in MIDI_ENDINGS else musicxml.dump(score, marked)
    try:
        _replace(path, data)
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror or error}); choose another place.") from None
    return path


def to_midi_bytes(score: Score, provenance: str | None = None) -> bytes:
    """The score as the bytes of a MIDI file; the same score gives the same bytes. See `midi.dump`."""
    return midi.dump(score, provenance)


def provenance(source: str | Path | bytes) -> str | None:
    """The text that `write` embedded in a MIDI file, or None where there is none (or the file is of another kind)."""
    name, data = _load(source, None)
    return midi.provenance(data, name) if _kind(data, name) == "midi" else None


def _load(source: str | Path | bytes, name: str | None) -> tuple[str, bytes]:
    if isinstance(source, bytes):
        name = name or "The data"
        if len(source) > LARGEST:
            raise InputError(f"{name} is larger than {LARGEST >> 20} MiB; that is no score.")
        data = source
    else:
        path = Path(source)
        name = name or path.name or str(path)
        data = _bytes(path, name)
    if not data:
        raise InputError(f"{name} is empty; give {KINDS}.")
    return name, data


def _bytes(path: Path, name: str) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise InputError(f"{name} does not exist (looked for {path}); check the path.") from None
    except IsADirectoryError:
        raise InputError(f"{name} is a folder; give a file, or prepare the folder with `scorespace prepare`.") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{name} cannot be opened ({getattr(error, 'strerror', None) or error}).") from None
    if len(data) > LARGEST:
        raise InputError(f"{name} is larger than {LARGEST >> 20} MiB; that is no score.")
    return data


def _kind(data: bytes, name: str) -> str:
    """midi, abc or musicxml, by what the file begins with; the name's ending only breaks ties for text."""
    ending = Path(name).suffix.lower()
    if data[:4] == b"MThd" or (data[:4] == b"RIFF" and data[8:12] == b"RMID"):
        return "midi"
    if data[:4] == b"PK\x03\x04" or musicxml.looks_like(data):
        return "musicxml"
    if ending in MIDI_ENDINGS + MUSICXML_ENDINGS:
        wanted = "MIDI" if ending in MIDI_ENDINGS else "MusicXML"
        raise InputError(f"{name} is not a {wanted} file although its name says so ({_beginning(data)}).")
    if abc.looks_like(_text(data)) or (ending in ABC_ENDINGS and b"\0" not in data[:4096]):
        return "abc"
    raise InputError(f"{name} is not {KINDS}: {_beginning(data)}; {ADVICE}.")


def _beginning(data: bytes) -> str:
    start = data[:12]
    printable = all(32 <= byte < 127 for byte in start[:4])
    what = f'"{start.decode("ascii", "replace").splitlines()[0]}"' if printable else f"bytes {start[:6].hex(' ')}"
    return f"it begins with {what}"


def _text(data: bytes) -> str:
    """UTF-8 where it is that, otherwise Latin-1, as older collections are; a byte order mark is honoured."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _musicxml(data: bytes, name: str) -> Score | InputError:
    try:
        return musicxml.parse(data, name)
    except InputError as error:
        return error


def _replace(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
