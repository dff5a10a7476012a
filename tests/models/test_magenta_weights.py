"""Which of Magenta's models weights are; that they then say the same is tested with each model of ours."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from naive_music_vae import NaiveMusicVAE, decoder_shapes, encoder_shapes, invented_hierarchy, invented_weights, waves

from scorespace.errors import InputError
from scorespace.models.magenta import from_magenta
from scorespace.models.music_vae import MusicVAE
from scorespace.models.recurrent import SCALE_FLOOR
from scorespace.music.grid import Grid


class HearsClasses(NaiveMusicVAE):
    """Magenta's encoder of drums hears each of nine classes, and in a tenth number that none is struck."""

    def one_hot(self, tokens):
        struck = [float(tokens[0] >> drum & 1) for drum in range(9)]
        return np.array([*struck, float(not any(struck))])


@torch.no_grad()
def test_drums_are_heard_by_classes():
    weights = waves(encoder_shapes(10, 3, (4, 4)) | decoder_shapes("", 512, 3, (3,)))
    name, config, state = from_magenta(weights)
    assert (name, config.encoder_layers, config.decoder_layers, config.z_size) == ("music-vae", 2, 1, 3)
    model = MusicVAE(Grid(("drums",), 2), config).double()
    model.load_state_dict(state)
    tokens = torch.from_numpy(np.random.default_rng(0).integers(0, 512, (3, 1, 32)))
    tokens[:, :, ::3] = 0
    mean, scale = model.encode(tokens)
    for row, phrase in enumerate(tokens.numpy()):
        naive_mean, naive_scale = HearsClasses(weights).encode(phrase)
        np.testing.assert_allclose(mean[row], naive_mean, atol=1e-6)  # sums of weights, kept in float32
        np.testing.assert_allclose(scale[row], naive_scale + SCALE_FLOOR, atol=1e-6)


def test_settings_are_read_from_the_shapes():
    name, config, state = from_magenta(
        invented_hierarchy((5, 6, 512), z=2, encoder=(3, 3), conductor=(4,), decoder=(7, 7))
    )
    assert name == "hierarchical-vae"
    assert (config.z_size, config.encoder_size, config.encoder_layers) == (2, 3, 2)
    assert (config.conductor_size, config.conductor_layers, config.embedding_size) == (4, 1, 0)
    assert (config.decoder_size, config.decoder_layers, config.hear_each_other) == (7, 2, False)
    assert config.segment_bars == 0
    assert [len(state[f"decoder.parts.{part}.output.bias"]) for part in range(3)] == [5, 6, 512]


def test_two_levels_are_read_from_the_names():
    _, config, state = from_magenta(invented_hierarchy((5, 6), encoder=(3, 3), levels=2))
    assert (config.segment_bars, config.encoder_size, config.encoder_layers) == (1, 3, 2)
    assert state["encoder.segments.weight_ih_l0"].shape == (12, 11)
    assert state["encoder.lstm.weight_ih_l0"].shape == (12, 6)


def test_incomplete_magenta_weights():
    weights = invented_weights()
    del weights["decoder/output_projection/bias:0"]
    with pytest.raises(InputError, match="lack the variable decoder/output_projection/bias"):
        from_magenta(weights)
    with pytest.raises(InputError, match="lack the variable decoder/z_to_initial_state/kernel"):
        from_magenta({})
    with pytest.raises(InputError, match="write velocities and offsets"):
        from_magenta(invented_weights(vocabulary=27))


def test_magenta_weights_that_no_model_has():
    weights = invented_hierarchy((5, 5, 512))
    without = {name: array for name, array in weights.items() if "core_decoder_1/decoder/multi" not in name}
    with pytest.raises(InputError, match="lack the variable core_decoder/core_decoder_1/decoder/multi_rnn_cell/cell_0"):
        from_magenta(without)
    others = {
        "encoder/hierarchical_level_2/cell_0/x": "an encoder of more than two levels",
        "core_decoder_0/decoder/output_projection/bias": "a decoder for each part and no conductor",
        "decoder/nade/w": "NADE",
    }
    for name, what in others.items():
        with pytest.raises(InputError, match=what):
            from_magenta(weights | {name: np.zeros(1)})
    kernel = "decoder/hierarchical_level_0/cell_0/lstm_cell/kernel:0"
    chords = weights | {kernel: np.concatenate([weights[kernel][:1]] * 49 + [weights[kernel]])}
    with pytest.raises(InputError, match=r"The conductor of these weights takes 50 numbers a step .* makes 1"):
        from_magenta(chords)
