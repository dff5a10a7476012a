"""The takes of a verb one after another, so that the first is there before the last is made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scorespace.music.score import Score
from scorespace.space import inpainting
from scorespace.space.space import ALTERNATIVES, TAKES, Space
from scorespace.space.takes import Take

COUNTED = ("sample", "vary", "humanise", "drumify")  # take k of these does not depend on how many there are
AT_ONCE = 4  # takes in one pass, after the first


def one_by_one(space: Space, verb: str, scores: Sequence[Score], arguments: Mapping[str, Any]) -> Iterator[Take]:
    """What the method `verb` of a space gives, as it is made.

    The takes are the same ones; those of an inpainting come in the order in which they are drawn, and not the likeliest
    first. The takes of an interpolation or a palette are made in one pass.

    Args:
        space: which has the verb.
        verb: name of the method.
        scores, arguments: of the method.

    Raises:
        whatever the method raises, before the first take.
    """
    if verb in COUNTED:
        yield from _counted(space, verb, scores, arguments)
    elif verb == "inpaint":
        yield from _alternatives(space, scores, arguments)
    else:
        made = getattr(space, verb)(*scores, **arguments)
        yield from [made] if isinstance(made, Take) else made


def _counted(space: Space, verb: str, scores: Sequence[Score], arguments: Mapping[str, Any]) -> Iterator[Take]:
    count = arguments.get("n", TAKES)
    first = getattr(space, verb)(*scores, **{**arguments, "n": min(1, count)})[0]
    yield first
    for begin in range(1, count, AT_ONCE):
        yield from space.more(first.provenance, range(begin, min(begin + AT_ONCE, count)))


def _alternatives(space: Space, scores: Sequence[Score], arguments: Mapping[str, Any]) -> Iterator[Take]:
    count = arguments.get("n", ALTERNATIVES)
    first = space.inpaint(*scores, **{**arguments, "n": min(1, count)})[0]
    record, temperature = first.provenance, first.provenance["temperature"]
    yield first
    if temperature == 0:
        return
    given, drawn = {_notes(first)}, 1
    for hotter in inpainting.HOTTER:
        end = drawn + count - (drawn == 1)
        while drawn < end and len(given) < count:
            numbers = range(drawn, min(drawn + AT_ONCE, end))
            for take in space.more({**record, "temperature": temperature * hotter}, numbers):
                if _notes(take) not in given and len(given) < count:
                    given.add(_notes(take))
                    yield take
            drawn = numbers.stop


def _notes(take: Take) -> tuple[bytes, ...]:
    return tuple(track.notes.tobytes() for track in take.score.tracks)
