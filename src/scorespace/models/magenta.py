"""Weights of Magenta's flat melody models (cat-mel_2bar_*) for our MusicVAE.

Magenta's alphabet of 90 (no-event, note-off, pitches 21 to 108) is that of `Grid(lowest=21, highest=108)`. Its LSTM
kernels stand as [input; hidden] x gates in the order input, cell, forget, output, and 1 is added to the forget gate's
bias when it runs. Source: magenta/models/music_vae/lstm_models.py and TensorFlow's LSTMBlockCell.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from scorespace.errors import InputError
from scorespace.models.music_vae import MusicVAEConfig

FORWARD = "encoder/cell_{}/bidirectional_rnn/fw/multi_rnn_cell/cell_0/lstm_cell"
BACKWARD = "encoder/cell_{}/bidirectional_rnn/bw/multi_rnn_cell/cell_0/lstm_cell"
DECODER = "decoder/multi_rnn_cell/cell_{}/lstm_cell"
LINEAR = {
    "encoder.mean": "encoder/mu",
    "encoder.scale": "encoder/sigma",
    "decoder.first_state": "decoder/z_to_initial_state",
    "decoder.output": "decoder/output_projection",
}


def from_magenta(weights: Mapping[str, np.ndarray]) -> tuple[MusicVAEConfig, dict[str, Tensor]]:
    """Our settings (schedules at their defaults) and state dict for a checkpoint of Magenta's.

    Args:
        weights: float arrays by TensorFlow variable name, with or without ":0"; others than the model's are ignored.

    Raises:
        InputError: when a variable of a flat MusicVAE is missing.
    """
    named = {name.removesuffix(":0"): np.asarray(array) for name, array in weights.items()}
    encoder_layers, decoder_layers = _layers(named, FORWARD), _layers(named, DECODER)
    state: dict[str, Tensor] = {}
    for ours, theirs in LINEAR.items():
        kernel, bias = _pair(named, theirs)
        state[f"{ours}.weight"], state[f"{ours}.bias"] = _tensor(kernel.T), _tensor(bias)
    for layer in range(encoder_layers):
        state |= _lstm(named, FORWARD.format(layer), f"encoder.lstm.{{}}_l{layer}")
        state |= _lstm(named, BACKWARD.format(layer), f"encoder.lstm.{{}}_l{layer}_reverse")
    for layer in range(decoder_layers):
        state |= _lstm(named, DECODER.format(layer), f"decoder.lstm.{{}}_l{layer}")
    config = MusicVAEConfig(
        z_size=len(state["encoder.mean.bias"]),
        encoder_size=state["encoder.lstm.weight_hh_l0"].shape[1],
        encoder_layers=encoder_layers,
        decoder_size=state["decoder.lstm.weight_hh_l0"].shape[1],
        decoder_layers=decoder_layers,
    )
    return config, state


def _layers(named: Mapping[str, np.ndarray], pattern: str) -> int:
    count = 0
    while f"{pattern.format(count)}/kernel" in named:
        count += 1
    return max(count, 1)  # with none, the first is the one that is missed below


def _pair(named: Mapping[str, np.ndarray], name: str) -> tuple[np.ndarray, np.ndarray]:
    missing = [f"{name}/{part}" for part in ("kernel", "bias") if f"{name}/{part}" not in named]
    if missing:
        raise InputError(
            f"These weights lack the variable {missing[0]}: give those of a flat melody model of Magenta's, "
            "such as cat-mel_2bar_small or cat-mel_2bar_big."
        )
    return named[f"{name}/kernel"], named[f"{name}/bias"]


def _lstm(named: Mapping[str, np.ndarray], name: str, pattern: str) -> dict[str, Tensor]:
    kernel, bias = _pair(named, name)
    size = len(bias) // 4
    inward, candidate, forget, outward = np.split(kernel, 4, axis=1)
    ours = np.concatenate([inward, forget, candidate, outward], axis=1)
    to_in, to_candidate, to_forget, to_out = np.split(bias, 4)
    always = torch.zeros(4 * size)
    always[size : 2 * size] = 1.0  # the forget gate's 1, kept apart: added to the bias it would be rounded
    return {
        pattern.format("weight_ih"): _tensor(ours[:-size].T),
        pattern.format("weight_hh"): _tensor(ours[-size:].T),
        pattern.format("bias_ih"): _tensor(np.concatenate([to_in, to_forget, to_candidate, to_out])),
        pattern.format("bias_hh"): always,
    }


def _tensor(array: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(array, np.float32).copy())
