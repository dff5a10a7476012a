"""GrooVAE's weights: Magenta counts a stroke's offset from late to early, we from early to late.

There an offset is 2 * (step - stroke) / length of a step, so 1 is half a step early; our timing is -1 there. So the
numbers 18 to 26 of a step are negated: the weights that read them, and those that write them, whose tanh is odd.
Source: magenta-js, music/src/core/data.ts, GrooveConverter (toTensor and toNoteSequence).
"""

from __future__ import annotations

import numpy as np
from torch import Tensor

from scorespace.magenta.kinds import GROOVE, arguments
from scorespace.magenta.source import Source
from scorespace.models.groove_vae import GrooveVAEConfig
from scorespace.models.grooves import LATENESS
from scorespace.models.magenta_groove import groove_from_magenta

OUTPUT = "decoder/output_projection/bias"


def is_groove(source: Source) -> bool:
    """Whether a checkpoint writes the 27 numbers of a groove."""
    return np.shape(source.variables.get(OUTPUT, ())) == (GROOVE,)


def weights(source: Source) -> tuple[GrooveVAEConfig, dict[str, Tensor]]:
    """Settings and state dict of "groove-vae".

    Raises:
        InputError: when a variable is missing or the weights are another model's.
    """
    config, state = groove_from_magenta(source.variables)
    for name in ("encoder.lstm.weight_ih_l0", "encoder.lstm.weight_ih_l0_reverse", "decoder.lstm.weight_ih_l0"):
        state[name][:, LATENESS] *= -1
    state["decoder.output.weight"][LATENESS] *= -1
    state["decoder.output.bias"][LATENESS] *= -1
    return GrooveVAEConfig(**{**vars(config), "task": task_of(source)}), state


def task_of(source: Source) -> str:
    """What its encoder was kept from, as config.json or the name says."""
    said = arguments(source)
    if said.get("humanize") or "humanize" in source.name:
        return "humanise"
    return "tap" if said.get("tapify") or "tap" in source.name else "none"
