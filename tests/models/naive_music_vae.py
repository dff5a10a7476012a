"""MusicVAE written once more, slowly and plainly, from the paper's text: NumPy, float64, loops over steps and gates.

Weights carry Magenta's names and layout, which are not ours: kernels [input; hidden] x (input, cell, forget, output)
gates, the forget gate's bias short of 1. So agreement also checks the reader of Magenta's weights.
"""

from __future__ import annotations

import numpy as np

FORWARD = "encoder/cell_{}/bidirectional_rnn/fw/multi_rnn_cell/cell_0/lstm_cell"
BACKWARD = "encoder/cell_{}/bidirectional_rnn/bw/multi_rnn_cell/cell_0/lstm_cell"
DECODER = "decoder/multi_rnn_cell/cell_{}/lstm_cell"


def invented_weights(vocabulary=90, z=3, encoder=(4,), decoder=(3, 3)):
    """Weights by name, none of them special: waves of falling frequency, the same on every machine."""
    shapes = {"encoder/mu": (2 * encoder[-1], z), "encoder/sigma": (2 * encoder[-1], z)}
    shapes["decoder/z_to_initial_state"] = (z, 2 * sum(decoder))
    shapes["decoder/output_projection"] = (decoder[-1], vocabulary)
    inward = vocabulary
    for layer, size in enumerate(encoder):
        for name in (FORWARD, BACKWARD):
            shapes[name.format(layer)] = (inward + size, 4 * size)
        inward = 2 * size
    inward = vocabulary + z
    for layer, size in enumerate(decoder):
        shapes[DECODER.format(layer)] = (inward + size, 4 * size)
        inward = size
    weights = {}
    for number, (name, (rows, columns)) in enumerate(shapes.items()):
        places = np.arange(rows * columns, dtype=np.float64)
        weights[f"{name}/kernel:0"] = 0.8 * np.sin(1.7 * places + number).reshape(rows, columns).astype(np.float32)
        weights[f"{name}/bias:0"] = 0.5 * np.cos(np.arange(columns) + number).astype(np.float32)
    return weights


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


class NaiveMusicVAE:
    def __init__(self, weights):
        self.weights = {name.removesuffix(":0"): np.asarray(array, np.float64) for name, array in weights.items()}
        self.vocabulary = self.weights["decoder/output_projection/bias"].shape[0]

    def affine(self, name, x):
        return x @ self.weights[f"{name}/kernel"] + self.weights[f"{name}/bias"]

    def cell(self, name, x, c, h):
        kernel, bias = self.weights[f"{name}/kernel"], self.weights[f"{name}/bias"]
        both, size = np.concatenate([x, h]), len(h)
        inward, candidate, forget, outward = (
            both @ kernel[:, gate * size : (gate + 1) * size] + bias[gate * size : (gate + 1) * size]
            for gate in range(4)
        )
        c = sigmoid(forget + 1.0) * c + sigmoid(inward) * np.tanh(candidate)
        return c, sigmoid(outward) * np.tanh(c)

    def run(self, name, sequence):
        size = self.weights[f"{name}/bias"].shape[0] // 4
        c, h, outputs = np.zeros(size), np.zeros(size), []
        for x in sequence:
            c, h = self.cell(name, x, c, h)
            outputs.append(h)
        return outputs

    def one_hot(self, token):
        vector = np.zeros(self.vocabulary)
        if token is not None:
            vector[token] = 1.0
        return vector

    def encode(self, tokens):
        sequence, layer = [self.one_hot(token) for token in tokens], 0
        while f"{FORWARD.format(layer)}/kernel" in self.weights:
            forth = self.run(FORWARD.format(layer), sequence)
            back = self.run(BACKWARD.format(layer), sequence[::-1])
            last = np.concatenate([forth[-1], back[-1]])
            sequence = [np.concatenate(pair) for pair in zip(forth, back[::-1], strict=True)]
            layer += 1
        return self.affine("encoder/mu", last), np.log1p(np.exp(self.affine("encoder/sigma", last)))

    def decode(self, tokens, z, replaced=None, uniforms=None):
        """Logits at every step, reading the true token before or, where `replaced`, the first token whose cumulative
        probability passes the uniform of the step before."""
        first, state = np.tanh(self.affine("decoder/z_to_initial_state", z)), []
        layer = 0
        while f"{DECODER.format(layer)}/bias" in self.weights:
            size = self.weights[f"{DECODER.format(layer)}/bias"].shape[0] // 4
            state.append((first[:size], first[size : 2 * size]))
            first, layer = first[2 * size :], layer + 1
        previous, all_logits = None, []
        for step, token in enumerate(tokens):
            x = np.concatenate([self.one_hot(previous), z])
            for layer, (c, h) in enumerate(state):
                state[layer] = self.cell(DECODER.format(layer), x, c, h)
                x = state[layer][1]
            logits = self.affine("decoder/output_projection", x)
            all_logits.append(logits)
            previous = token
            if replaced is not None and step + 1 < len(tokens) and replaced[step + 1]:
                chances = np.exp(logits) / np.exp(logits).sum()
                previous = int(np.argmax(np.cumsum(chances) > uniforms[step]))
        return np.stack(all_logits)

    def reconstruction(self, tokens, logits):
        return sum(np.log(np.exp(row).sum()) - row[token] for token, row in zip(tokens, logits, strict=True))


def kl(mean, scale):
    total = 0.0
    for m, s in zip(mean, scale, strict=True):
        total += 0.5 * (m * m + s * s - 1.0) - np.log(s)
    return total
