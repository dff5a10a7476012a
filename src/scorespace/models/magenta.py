"""Weights of Magenta's recurrent MusicVAEs for our models: which of them they are is read from the variables.

    decoder/...                                 flat: cat-mel_2bar_*, cat-drums_2bar_*, flat-mel_*, flat-trio_*
    decoder/hierarchical_level_0/...            hierdec-*, hier-*: the conductor, with one decoder for each part:
        core_decoder/decoder/...                    hierdec-mel_16bar, hier-mel_16bar
        core_decoder/core_decoder_{i}/decoder/...   hierdec-trio_16bar, hier-trio_16bar: melody, bass, drums
    encoder/cell_{layer}/...                    one level, all but hier-*
    encoder/hierarchical_level_{0, 1}/...       hier-* and whatever has a conductor in magenta-js: bars, then phrases

Magenta's alphabet of 90 (no-event, note-off, pitches 21 to 108) is that of `Grid(lowest=21, highest=108)`, its 512 of
drums are ours. Its LSTM kernels stand as [input; hidden] x gates in the order input, cell, forget, output, and 1 is
added to the forget gate's bias when it runs. Source: magenta/models/music_vae/lstm_models.py and TensorFlow's
LSTMBlockCell.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

import numpy as np
import torch
from torch import Tensor

from scorespace.errors import InputError
from scorespace.models.hierarchical_vae import HierarchicalVAEConfig
from scorespace.models.music_vae import MusicVAEConfig
from scorespace.models.recurrent import RecurrentVAEConfig

DIRECTIONS = {
    "": "cell_{}/bidirectional_rnn/fw/multi_rnn_cell/cell_0/lstm_cell",
    "_reverse": "cell_{}/bidirectional_rnn/bw/multi_rnn_cell/cell_0/lstm_cell",
}
LEVEL = "encoder/hierarchical_level_{}"
CONDUCTOR = "decoder/hierarchical_level_0"
DRUM_CLASSES, DRUM_TOKENS = 9, 512
GROOVE = 27  # hit, velocity and offset of nine classes: Magenta's GrooVAE

Arrays = Mapping[str, np.ndarray]
Converted = tuple[str, RecurrentVAEConfig, dict[str, Tensor]]


def from_magenta(weights: Arrays) -> Converted:
    """Our model's name, settings (schedules at their defaults) and state dict for a checkpoint of Magenta's.

    Args:
        weights: float arrays by TensorFlow variable name, with or without ":0"; others than the model's are ignored.
            How many bars an embedding of the conductor's serves, or a segment of the encoder's has, is not stored:
            it is one in all of Magenta's own configurations.

    Raises:
        InputError: when a variable is missing or the weights are another model's.
    """
    named = {name.removesuffix(":0"): np.asarray(array) for name, array in weights.items()}
    _refuse_others(named)
    return _hierarchical(named) if f"{CONDUCTOR}/initial_state/kernel" in named else _flat(named)


def _refuse_others(named: Arrays) -> None:
    if any(name.startswith(LEVEL.format(2)) for name in named):
        _refuse("have an encoder of more than two levels")
    if any(name.startswith("core_decoder_0/") for name in named):
        _refuse("have a decoder for each part and no conductor")
    if any("/nade/" in name for name in named):
        _refuse("write drums with a NADE (nade-drums_*)")


def _refuse(what: str) -> NoReturn:
    raise InputError(
        f"These weights {what}, which no model here has: give those of cat-mel_*, cat-drums_*, flat-*, hierdec-* or "
        "hier-*."
    )


def _flat(named: Arrays) -> Converted:
    state = _stack(named, "decoder", "decoder")
    vocabulary = len(state["decoder.output.bias"])
    if vocabulary == GROOVE:
        _refuse("write velocities and offsets (groovae_*)")
    state |= _encoder(named, vocabulary)
    _check_inputs("decoder", state["decoder.lstm.weight_ih_l0"], vocabulary + len(state["encoder.mean.bias"]))
    return "music-vae", _settings(MusicVAEConfig, state, "decoder"), state


def _hierarchical(named: Arrays) -> Converted:
    pattern = "core_decoder/core_decoder_{}/decoder"
    cores = [pattern.format(part) for part in range(_count(named, f"{pattern}/output_projection/kernel"))]
    state: dict[str, Tensor] = {}
    for part, name in enumerate(cores or ["core_decoder/decoder"]):
        state |= _stack(named, name, f"decoder.parts.{part}")
    outputs = [len(bias) for name, bias in state.items() if name.endswith("output.bias")]
    state |= _encoder(named, sum(outputs))
    state |= _linear(named, f"{CONDUCTOR}/initial_state", "decoder.conductor.first_state")
    layers = _lstms(named, f"{CONDUCTOR}/cell_{{}}/lstm_cell", "decoder.conductor.lstm")
    state |= layers
    size = _units(state, "decoder.conductor.lstm")
    _check_inputs("conductor", state["decoder.conductor.lstm.weight_ih_l0"], 1)
    for part, output in enumerate(outputs):
        _check_inputs("decoder", state[f"decoder.parts.{part}.lstm.weight_ih_l0"], output + size)
    conductor = {"conductor_size": size, "conductor_layers": len(layers) // 4}
    return "hierarchical-vae", _settings(HierarchicalVAEConfig, state, "decoder.parts.0", **conductor), state


def _settings(
    kind: type[RecurrentVAEConfig], state: Mapping[str, Tensor], decoder: str, **more: int
) -> RecurrentVAEConfig:
    return kind(
        z_size=len(state["encoder.mean.bias"]),
        encoder_size=_units(state, "encoder.lstm"),
        encoder_layers=sum(name.startswith("encoder.lstm.bias_ih") for name in state) // 2,
        segment_bars=int("encoder.segments.bias_ih_l0" in state),
        decoder_size=_units(state, f"{decoder}.lstm"),
        decoder_layers=sum(name.startswith(f"{decoder}.lstm.bias_ih") for name in state),
        **more,
    )


def _units(state: Mapping[str, Tensor], lstm: str) -> int:
    return state[f"{lstm}.weight_hh_l0"].shape[1]


def _encoder(named: Arrays, vocabulary: int) -> dict[str, Tensor]:
    state = _linear(named, "encoder/mu", "encoder.mean") | _linear(named, "encoder/sigma", "encoder.scale")
    if not any(name.startswith(LEVEL.format(0)) for name in named):
        return state | _hears(_both_ways(named, "encoder", "encoder.lstm"), vocabulary)
    state |= _hears(_both_ways(named, LEVEL.format(0), "encoder.segments"), vocabulary)
    return state | _both_ways(named, LEVEL.format(1), "encoder.lstm")


def _both_ways(named: Arrays, theirs: str, ours: str) -> dict[str, Tensor]:
    """A bidirectional LSTM's layers."""
    forward, backward = (_lstms(named, f"{theirs}/{name}", ours, way) for way, name in DIRECTIONS.items())
    return forward | backward


def _hears(state: dict[str, Tensor], vocabulary: int) -> dict[str, Tensor]:
    """The layers that hear tokens, drums as one-hot ones."""
    for name in [name for name in state if name.endswith(("weight_ih_l0", "weight_ih_l0_reverse"))]:
        if vocabulary == DRUM_TOKENS and state[name].shape[1] == DRUM_CLASSES + 1:
            state[name] = state[name] @ _struck().t()
        _check_inputs("encoder", state[name], vocabulary)
    return state


def _struck() -> Tensor:
    """(512, 10): what Magenta's encoder hears of each token of the drums, a class a column and "none" in the last.

    Its weights times this are those that the one-hot token needs.
    """
    classes = (torch.arange(DRUM_TOKENS).unsqueeze(1) >> torch.arange(DRUM_CLASSES)) & 1
    return torch.cat([classes, classes.sum(1, keepdim=True) == 0], 1).float()


def _stack(named: Arrays, theirs: str, ours: str) -> dict[str, Tensor]:
    state = _linear(named, f"{theirs}/z_to_initial_state", f"{ours}.first_state")
    state |= _linear(named, f"{theirs}/output_projection", f"{ours}.output")
    return state | _lstms(named, f"{theirs}/multi_rnn_cell/cell_{{}}/lstm_cell", f"{ours}.lstm")


def _lstms(named: Arrays, pattern: str, ours: str, direction: str = "") -> dict[str, Tensor]:
    """All layers; with none, the first is the one that is missed."""
    state: dict[str, Tensor] = {}
    for layer in range(max(_count(named, f"{pattern}/kernel"), 1)):
        state |= _lstm(named, pattern.format(layer), f"{ours}.{{}}_l{layer}{direction}")
    return state


def _count(named: Arrays, pattern: str) -> int:
    count = 0
    while pattern.format(count) in named:
        count += 1
    return count


def _linear(named: Arrays, theirs: str, ours: str) -> dict[str, Tensor]:
    kernel, bias = _pair(named, theirs)
    return {f"{ours}.weight": _tensor(kernel.T), f"{ours}.bias": _tensor(bias)}


def _pair(named: Arrays, name: str) -> tuple[np.ndarray, np.ndarray]:
    missing = [f"{name}/{part}" for part in ("kernel", "bias") if f"{name}/{part}" not in named]
    if missing:
        raise InputError(
            f"These weights lack the variable {missing[0]}: give those of a recurrent MusicVAE of Magenta's, "
            "such as cat-mel_2bar_small, cat-drums_2bar_small or hierdec-mel_16bar."
        )
    return named[f"{name}/kernel"], named[f"{name}/bias"]


def _check_inputs(what: str, weight: Tensor, expected: int) -> None:
    """Refuses what is conditioned on something more, such as chords."""
    if weight.shape[1] != expected:
        raise InputError(
            f"The {what} of these weights takes {weight.shape[1]} numbers a step where its alphabet makes {expected}: "
            "models conditioned on chords or keys cannot be used here, give others."
        )


def _lstm(named: Arrays, name: str, pattern: str) -> dict[str, Tensor]:
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
