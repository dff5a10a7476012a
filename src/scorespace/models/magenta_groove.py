"""Weights of Magenta's GrooVAE (groovae_*) for our "groove-vae".

Its 27 numbers a step are ours; the variables are those of the flat MusicVAE (see `magenta`).
"""

from __future__ import annotations

import numpy as np
from torch import Tensor

from scorespace.errors import InputError
from scorespace.models.groove_vae import GrooveVAEConfig
from scorespace.models.grooves import NUMBERS
from scorespace.models.magenta import Arrays, _check_inputs, _encoder, _settings, _stack
from scorespace.models.recurrent import RecurrentVAEConfig


def groove_from_magenta(weights: Arrays) -> tuple[GrooveVAEConfig, dict[str, Tensor]]:
    """Settings (task and schedules at their defaults) and state dict of a checkpoint of Magenta's groovae_*.

    Args:
        weights: float arrays by TensorFlow variable name, with or without ":0"; others than the model's are ignored.

    Raises:
        InputError: when a variable is missing or the weights are another model's.
    """
    named = {name.removesuffix(":0"): np.asarray(array) for name, array in weights.items()}
    state = _stack(named, "decoder", "decoder")
    written = len(state["decoder.output.bias"])
    if written != NUMBERS:
        raise InputError(
            f"These weights write {written} numbers a step, a groove has {NUMBERS}: give those of groovae_*."
        )
    state |= _encoder(named, NUMBERS)
    _check_inputs("decoder", state["decoder.lstm.weight_ih_l0"], NUMBERS + len(state["encoder.mean.bias"]))
    sizes = _settings(RecurrentVAEConfig, state, "decoder")
    config = GrooveVAEConfig(
        z_size=sizes.z_size,
        encoder_size=sizes.encoder_size,
        encoder_layers=sizes.encoder_layers,
        decoder_size=sizes.decoder_size,
        decoder_layers=sizes.decoder_layers,
    )
    return config, state
