"""MusicVAE written once more, slowly and plainly, from the paper's text: NumPy, float64, loops over steps and gates.

Weights carry Magenta's names and layout, which are not ours: kernels [input; hidden] x (input, cell, forget, output)
gates, the forget gate's bias short of 1. So agreement also checks the reader of Magenta's weights.
"""

from __future__ import annotations

import numpy as np

FORWARD = "encoder/cell_{}/bidirectional_rnn/fw/multi_rnn_cell/cell_0/lstm_cell"
BACKWARD = "encoder/cell_{}/bidirectional_rnn/bw/multi_rnn_cell/cell_0/lstm_cell"
DECODER = "decoder/multi_rnn_cell/cell_{}/lstm_cell"
CORE = "core_decoder/core_decoder_{}/"
CONDUCTOR = "decoder/hierarchical_level_0/cell_{}/lstm_cell"


def invented_weights(vocabulary=90, z=3, encoder=(4,), decoder=(3, 3)):
    """Weights of a flat model."""
    return waves(encoder_shapes(vocabulary, z, encoder) | decoder_shapes("", vocabulary, z, decoder))


def invented_hierarchy(sizes=(90,), z=3, encoder=(3, 3), conductor=(4, 4), decoder=(3, 3), levels=1):
    """Weights of a hierarchical model with a decoder for each part; a single part's has no number, as in Magenta.

    levels: of the encoder, 1 or 2.
    """
    shapes = encoder_shapes(sum(sizes), z, encoder) if levels == 1 else two_levels(sum(sizes), z, encoder)
    shapes["decoder/hierarchical_level_0/initial_state"] = (z, 2 * sum(conductor))
    inward = 1
    for layer, size in enumerate(conductor):
        shapes[CONDUCTOR.format(layer)] = (inward + size, 4 * size)
        inward = size
    for part, size in enumerate(sizes):
        shapes |= decoder_shapes(core(part, sizes), size, conductor[-1], decoder)
    return waves(shapes)


def core(part, sizes):
    return CORE.format(part) if len(sizes) > 1 else "core_decoder/"


def encoder_shapes(inward, z, sizes):
    shapes = {"encoder/mu": (2 * sizes[-1], z), "encoder/sigma": (2 * sizes[-1], z)}
    for layer, size in enumerate(sizes):
        for name in (FORWARD, BACKWARD):
            shapes[name.format(layer)] = (inward + size, 4 * size)
        inward = 2 * size
    return shapes


def two_levels(inward, z, sizes):
    """Those of an encoder whose upper level reads what the lower one makes of each segment."""
    shapes = {}
    for level, heard in enumerate((inward, 2 * sizes[-1])):
        for name, shape in encoder_shapes(heard, z, sizes).items():
            shapes[on_level(name, level) if "lstm_cell" in name else name] = shape
    return shapes


def on_level(name, level):
    return name.replace("encoder/", f"encoder/hierarchical_level_{level}/", 1)


def decoder_shapes(prefix, vocabulary, context, sizes):
    shapes = {f"{prefix}decoder/z_to_initial_state": (context, 2 * sum(sizes))}
    shapes[f"{prefix}decoder/output_projection"] = (sizes[-1], vocabulary)
    inward = vocabulary + context
    for layer, size in enumerate(sizes):
        shapes[prefix + DECODER.format(layer)] = (inward + size, 4 * size)
        inward = size
    return shapes


def waves(shapes):
    """Weights by name, none of them special: waves of falling frequency, the same on every machine."""
    weights = {}
    linear_first = sorted(shapes, key=lambda name: "lstm_cell" in name)
    for number, name in enumerate(linear_first):
        rows, columns = shapes[name]
        places = np.arange(rows * columns, dtype=np.float64)
        weights[f"{name}/kernel:0"] = 0.8 * np.sin(1.7 * places + number).reshape(rows, columns).astype(np.float32)
        weights[f"{name}/bias:0"] = 0.5 * np.cos(np.arange(columns) + number).astype(np.float32)
    return weights


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


class NaiveMusicVAE:
    """The flat model, and with weights of a conductor the hierarchical one. sizes: the parts' alphabets."""

    def __init__(self, weights, sizes=(90,)):
        self.weights = {name.removesuffix(":0"): np.asarray(array, np.float64) for name, array in weights.items()}
        self.sizes = sizes

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

    def one_hot(self, tokens):
        """The tokens of all parts at one step, side by side; None is all zeros."""
        vectors = [np.zeros(size) for size in self.sizes]
        for vector, token in zip(vectors, tokens, strict=True):
            if token is not None:
                vector[token] = 1.0
        return np.concatenate(vectors)

    def encode(self, tokens, segment=None):
        """tokens (parts, steps); segment: steps that the lower level of an encoder of two reads at once."""
        sequence = [self.one_hot(step) for step in tokens.T]
        if segment is None:
            last = self.read(sequence)
        else:
            segments = [sequence[begin : begin + segment] for begin in range(0, len(sequence), segment)]
            last = self.read(
                [self.read(steps, on_level(FORWARD, 0), on_level(BACKWARD, 0)) for steps in segments],
                on_level(FORWARD, 1),
                on_level(BACKWARD, 1),
            )
        return self.affine("encoder/mu", last), np.log1p(np.exp(self.affine("encoder/sigma", last)))

    def read(self, sequence, forward=FORWARD, backward=BACKWARD):
        """Where the uppermost layer ends, forth and back."""
        layer = 0
        while f"{forward.format(layer)}/kernel" in self.weights:
            forth = self.run(forward.format(layer), sequence)
            back = self.run(backward.format(layer), sequence[::-1])
            last = np.concatenate([forth[-1], back[-1]])
            sequence = [np.concatenate(pair) for pair in zip(forth, back[::-1], strict=True)]
            layer += 1
        return last

    def first_state(self, dense, pattern, context):
        """The tanh of a linear layer, cut into cell and hidden of one layer after the other."""
        first, state, layer = np.tanh(self.affine(dense, context)), [], 0
        while f"{pattern.format(layer)}/bias" in self.weights:
            size = self.weights[f"{pattern.format(layer)}/bias"].shape[0] // 4
            state.append((first[:size], first[size : 2 * size]))
            first, layer = first[2 * size :], layer + 1
        return state

    def advance(self, pattern, state, x):
        """What the uppermost layer says; the state is brought up to date in place."""
        for layer, (c, h) in enumerate(state):
            state[layer] = self.cell(pattern.format(layer), x, c, h)
            x = state[layer][1]
        return x

    def contexts(self, z, steps, segment):
        """What is joined to every input: z, or the embedding of the segment, one after the other."""
        if segment is None:
            return [z] * steps
        name = "decoder/hierarchical_level_0/initial_state"
        state = self.first_state(name, CONDUCTOR, z)
        embeddings = [self.advance(CONDUCTOR, state, np.zeros(1)) for _ in range(steps // segment)]
        return [embeddings[step // segment] for step in range(steps)]

    def decode(self, tokens, z, replaced=None, uniforms=None, segment=None):
        """Logits (steps, vocabulary) of each part, for tokens (parts, steps), reading the true token before or, where
        `replaced` (parts, steps), the first token whose cumulative probability passes the uniform of the step before.

        segment: steps between two embeddings of the conductor; None = flat, one decoder for all parts.
        """
        steps, one = tokens.shape[1], segment is None
        contexts = self.contexts(z, steps, segment)
        prefixes = [""] if one else [core(part, self.sizes) for part in range(len(self.sizes))]
        begins = np.concatenate([[0], np.cumsum(self.sizes)])
        previous, states, written = [None] * len(self.sizes), [None] * len(prefixes), []
        for step in range(steps):
            heard, said = self.one_hot(previous), []
            for voice, prefix in enumerate(prefixes):
                pattern = prefix + DECODER
                if step == 0 or (not one and step % segment == 0):
                    name = f"{prefix}decoder/z_to_initial_state"
                    states[voice] = self.first_state(name, pattern, contexts[step])
                mine = heard if one else heard[begins[voice] : begins[voice + 1]]
                x = self.advance(pattern, states[voice], np.concatenate([mine, contexts[step]]))
                said.append(self.affine(f"{prefix}decoder/output_projection", x))
            written.append(np.split(np.concatenate(said), begins[1:-1]))
            previous = list(tokens[:, step])
            for part, logits in enumerate(written[-1]):
                if replaced is not None and step + 1 < steps and replaced[part, step + 1]:
                    chances = np.exp(logits) / np.exp(logits).sum()
                    previous[part] = int(np.argmax(np.cumsum(chances) > uniforms[part, step]))
        return [np.stack(part) for part in zip(*written, strict=True)]

    def reconstruction(self, tokens, logits):
        return sum(
            np.log(np.exp(row).sum()) - row[token]
            for part, true in zip(logits, tokens, strict=True)
            for row, token in zip(part, true, strict=True)
        )


def kl(mean, scale):
    total = 0.0
    for m, s in zip(mean, scale, strict=True):
        total += 0.5 * (m * m + s * s - 1.0) - np.log(s)
    return total
