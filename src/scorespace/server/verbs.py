"""The verbs on the wire: packed scores in, takes out. Runs in a worker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from scorespace.errors import InputError
from scorespace.music.score import Score
from scorespace.server.adapt import styled
from scorespace.server.scores import take_json, unpack
from scorespace.server.work import Held
from scorespace.space import Space, Take, Takes, provenance, streaming
from scorespace.space.replaying import in_style


def perform(held: Held, arguments: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """POST v1/{verb}: one line a take."""
    named = dict(arguments)
    verb, space = named.pop("verb"), styled(held.space(named.pop("space")), named.pop("style", None))
    scores = [unpack(packed, f"inputs[{place}]") for place, packed in enumerate(named.pop("inputs"))]
    made = streaming.one_by_one(space, verb, scores, named) if held.streams else _at_once(space, verb, scores, named)
    for take in made:
        yield {"take": take_json(take)}


def _at_once(space: Space, verb: str, scores: Sequence[Score], named: Mapping[str, Any]) -> Iterable[Take]:
    made: Takes | Take = getattr(space, verb)(*scores, **named)
    return [made] if isinstance(made, Take) else made


def replay(held: Held, arguments: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """POST v1/replay: one take, joined where its provenance is that of several."""
    record = provenance.parse(provenance.dump(arguments["provenance"]))
    again = Takes(in_style(held.space(single["space"]), single).again(single) for single in provenance.singles(record))
    if not again:
        raise InputError("This provenance names no take.")
    take = again.join()
    take = Take(take.score, take.z, record, take.quarters, take.by_program)
    packed = arguments["score"]
    if packed and take.to_midi_bytes() != _as_file(take, packed):
        raise InputError("This score is not what its provenance makes: it was edited, or made by another version.")
    yield {"take": take_json(take)}


def _as_file(take: Take, packed: Mapping[str, Any]) -> bytes:
    """The score as a take's file would hold it: with the times of MIDI."""
    return Take(unpack(packed, "score"), take.z, take.provenance, take.quarters, take.by_program).to_midi_bytes()
