"""A corpus laid out for the app, and phrases at places of such a map. Runs in a worker."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from scorespace.errors import InputError, UsageError
from scorespace.server.scores import take_json, unpack
from scorespace.server.work import Held
from scorespace.space.mapping import Map, Named
from scorespace.space.projections import Plane


def lay_out(held: Held, arguments: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """POST v1/map: {"progress": share} now and then, at last {"map": as `Map.to_dict`}."""
    names, inputs = arguments["names"], arguments["inputs"]
    if len(names) != len(inputs):
        raise UsageError(f"names and inputs go together, one each: got {len(names)} names and {len(inputs)} inputs.")
    scores = [_named(name, packed) for name, packed in zip(names, inputs, strict=True)]
    told = 0.0
    for step in held.space(arguments["space"]).map_steps(scores, arguments["project"], arguments["seed"]):
        if isinstance(step, Map):
            yield {"map": step.to_dict()}
        elif step >= told + 0.01:
            told = step
            yield {"progress": step}


def _named(name: str, packed: Any) -> Named:
    try:
        return name, unpack(packed, name)
    except InputError as error:
        return name, error


def places(held: Held, arguments: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """POST v1/map/places: a take at each place of a PCA map; see `Plane.rise` for what the phrases near are for."""
    space = held.space(arguments["space"])
    centre, axes = (np.array(arguments[name], np.float64) for name in ("centre", "axes"))
    if centre.shape != (space.z_size,) or axes.shape != (2, space.z_size):
        raise UsageError(f"This plane is not of {space.name}, whose points have {space.z_size} numbers.")
    near = [space.encode(unpack(packed, f"inputs[{k}]")) for k, packed in enumerate(arguments["inputs"])]
    z = Plane(centre, axes, (0.0, 0.0)).rise(np.array(arguments["places"], np.float64), np.concatenate(near))
    for point in z:
        yield {"take": take_json(space.decode(point))}
