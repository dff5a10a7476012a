"""A checkpoint of Magenta's as it was read: its variables by name, and what else its files said."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from scorespace.errors import InputError

BARS = re.compile(r"(\d{1,3})[-_]?bar")  # in the name of a checkpoint, such as mel_4bar
MOST_BYTES = 4 << 30  # of weights; the largest that Magenta published has 1.7 GB
PARTS = ("encoder/", "decoder/", "core_decoder")  # what every variable of a model is in
STATE = ("/Adam", "/Adam_1", "/opaque_kernel", "/ExponentialMovingAverage")  # what training leaves beside them


@dataclass(frozen=True)
class Source:
    """What a reader gives.

    Attributes:
        name: of the file or folder, without endings.
        layout: how it was stored, in words.
        variables: finite float32 arrays by TensorFlow name, without the state of an optimiser.
        spec: config.json of the JavaScript files; empty for TensorFlow's.
        sha256: of the bytes that tell this checkpoint from others, 64 hexadecimal digits.
    """

    name: str
    layout: str
    variables: Mapping[str, np.ndarray]
    spec: Mapping[str, Any]
    sha256: str


def wanted(names: Iterable[str]) -> list[str]:
    """The names of a model's own variables."""
    return [name for name in names if name.startswith(PARTS) and not name.removesuffix(":0").endswith(STATE)]


def checked(variables: Mapping[str, np.ndarray], where: str) -> Mapping[str, np.ndarray]:
    """The variables, every number of which is finite.

    Raises:
        InputError: when there are none, or a number is not finite; begins with `where`.
    """
    if not variables:
        raise InputError(f"{where}: holds no variables of a MusicVAE.")
    for name, array in variables.items():
        if not np.isfinite(array).all():
            raise InputError(f"{where}: {name} holds numbers that are not finite: the file is damaged, fetch it again.")
    return variables
