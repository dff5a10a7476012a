"""Provenance: all that is needed to make a take again, as JSON that travels inside the MIDI file.

    {"format": 1, "scorespace": "0.1.0", "space": "melody-2bar", "weights": sha256 of the weights,
     "verb": "vary", "index": 3, "seed": 7, "temperature": 0.0, "arguments": {"amount": 0.3}, "inputs": [score, ...]}

`seed` is null where nothing was drawn. A take made in a user's style (`Space.with_style`) has "adapted": {"name": ...,
"sha256": ...} besides; the style itself is not in the file. A score is written as lists of numbers, so that no other
file is needed. Takes that were joined have the verb "join", their records under "takes", and every input once: a record
then names its inputs by their place in the list.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scorespace.errors import InputError
from scorespace.music.packed import Record, pack, unpack

__all__ = ["FORMAT", "Record", "describe", "dump", "joined", "pack", "parse", "singles", "unpack"]

FORMAT = 1
KEYS = {
    "format": int,
    "space": str,
    "weights": str,
    "verb": str,
    "index": int,
    "temperature": float | int,  # whoever writes JSON elsewhere writes 0.0 as 0
    "arguments": dict,
    "inputs": list,
}


def dump(record: Mapping[str, Any]) -> str:
    """The record as compact ASCII JSON with sorted keys: equal records give equal text."""
    return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def parse(text: str) -> Record:
    """The record in a text, checked.

    Raises:
        InputError: when the text is no record of this or an older format.
    """
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        raise InputError(
            "The provenance in this file is damaged (it is not JSON); the take cannot be made again."
        ) from None
    if not isinstance(record, dict) or not isinstance(record.get("format"), int):
        raise InputError(
            "The provenance in this file is damaged (it has no format number); the take cannot be made again."
        )
    if record["format"] > FORMAT:
        raise InputError(
            f"The provenance has format {record['format']}, this version reads up to {FORMAT}: upgrade scorespace."
        )
    for single in singles(record):
        _check(single)
    return record


def joined(records: Sequence[Mapping[str, Any]]) -> Record:
    """The record of takes played one after another; joined takes among them are taken apart first."""
    parts = [single for record in records for single in singles(record)]
    pool: dict[str, int] = {}
    inputs: list[Any] = []
    takes = []
    for part in parts:
        places = []
        for score in part["inputs"]:
            key = dump(score)
            if key not in pool:
                pool[key] = len(inputs)
                inputs.append(score)
            places.append(pool[key])
        takes.append({**part, "inputs": places})
    return {"format": FORMAT, "verb": "join", "takes": takes, "inputs": inputs}


def singles(record: Mapping[str, Any]) -> list[Record]:
    """The records of the takes that were joined, with their inputs; of a single take itself.

    Raises:
        InputError: when the list of takes is damaged.
    """
    if record.get("verb") != "join":
        return [dict(record)]
    try:
        pool = record["inputs"]
        return [{**take, "inputs": [pool[place] for place in take["inputs"]]} for take in record["takes"]]
    except (KeyError, IndexError, TypeError):
        raise InputError("The provenance of these joined takes is damaged; they cannot be made again.") from None


def _check(record: Mapping[str, Any]) -> None:
    wrong = [key for key, kind in KEYS.items() if not isinstance(record.get(key), kind)]
    wrong += ["seed"] * (not isinstance(record.get("seed", ""), int | None))
    wrong += ["adapted"] * (not isinstance(record.get("adapted", {}), dict))
    if wrong:
        raise InputError(f"The provenance in this file is damaged ({wrong[0]}); the take cannot be made again.")


def describe(record: Mapping[str, Any]) -> Iterable[str]:
    """Sentences that say how a take was made, one a line."""
    for number, single in enumerate(parts := singles(record), 1):
        arguments = "".join(f", {name} {value}" for name, value in sorted(single["arguments"].items()))
        drawn = (
            f"seed {single['seed']}, temperature {single['temperature']:g}"
            if single["seed"] is not None
            else "no chance"
        )
        head = f"{number} of {len(parts)}: " if len(parts) > 1 else ""
        yield (
            f"{head}{single['verb']} take {single['index'] + 1} by {single['space']} "
            f"(weights {single['weights'][:12]}){_in_style(single)}: "
            f"{drawn}{arguments}; {len(single['inputs'])} score(s) went in."
        )


def _in_style(single: Mapping[str, Any]) -> str:
    adapted = single.get("adapted")
    return f" in the style {adapted.get('name')} ({str(adapted.get('sha256'))[:12]})" if adapted else ""
