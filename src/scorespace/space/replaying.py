"""Making a take again from the MIDI file that it was written to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from scorespace.errors import InputError
from scorespace.music import files
from scorespace.space import provenance
from scorespace.space.adapted import Style, find_style, load_style
from scorespace.space.loading import load
from scorespace.space.space import Space
from scorespace.space.takes import Take, Takes


def read_provenance(source: str | Path | bytes) -> provenance.Record:
    """The provenance in a MIDI file.

    Raises:
        InputError: when the file cannot be read, or carries none.
    """
    text = files.provenance(source)
    name = _name(source)
    if text is None:
        raise InputError(f"{name} carries no provenance: only MIDI files that scorespace wrote can be replayed.")
    try:
        return provenance.parse(text)
    except InputError as error:
        raise InputError(f"{name}: {error}") from None


def replay(
    source: str | Path | bytes, space: Space | str | Path | None = None, styles: Iterable[Style | str | Path] = ()
) -> Take:
    """Makes a take again, and verifies that it is the same file, byte for byte.

    Args:
        source: the MIDI file, or its bytes.
        space: where the take was made, when that is not a bundled space.
        styles: those that it was made in, or their folders; the ones that the app keeps are found by themselves.

    Raises:
        InputError: when the file carries no provenance, or was changed after it was written.
        ModelError: when the space or the style is missing, or its weights are others.
    """
    record = read_provenance(source)
    spaces: dict[str, Space] = {}
    given = [style if isinstance(style, Style) else load_style(style) for style in styles]
    takes = []
    for single in provenance.singles(record):
        if single["space"] not in spaces:
            spaces[single["space"]] = space if isinstance(space, Space) else load(space or single["space"])
        takes.append(in_style(spaces[single["space"]], single, given).again(single))
    if not takes:
        raise InputError(f"{_name(source)}: its provenance names no take.")
    again = Takes(takes).join()
    # the record goes back as it stood: the version that wrote the file may be another than this one
    take = Take(again.score, again.z, record, again.quarters, again.by_program)
    before = source if isinstance(source, bytes) else Path(source).read_bytes()
    if take.to_midi_bytes() != before:
        raise InputError(
            f"{_name(source)} is not what its provenance makes: it was edited after it was written, or by a version of "
            "scorespace that wrote MIDI in another way."
        )
    return take


def in_style(space: Space, record: Mapping[str, Any], given: Iterable[Style] = ()) -> Space:
    """The space in the style that a take's provenance names: its own, one of those given, or one that the app keeps."""
    wanted = str(record["adapted"].get("sha256")) if "adapted" in record else None
    if wanted is None or (space.style is not None and space.style.sha256 == wanted):
        return space
    known = next((style for style in given if style.sha256 == wanted), None) or find_style(wanted)
    return space if known is None else space.with_style(known)


def _name(source: str | Path | bytes) -> str:
    return "The data" if isinstance(source, bytes) else Path(source).name
