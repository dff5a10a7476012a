"""MeasureVAE, LatentRNN and AnticipationRNN once more, slowly and plainly, from the papers' descriptions.

NumPy, float64, one phrase at a time, loops over bars, beats, ticks, layers and directions. Only the names of the
weights are ours.
"""

from __future__ import annotations

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def selu(x):
    return 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * (np.exp(np.minimum(x, 0)) - 1))


def softmax(x):
    e = np.exp(x - x.max())
    return e / e.sum()


def drawn(logits, uniform):
    """The first token whose cumulative probability exceeds the uniform."""
    return int(np.searchsorted(softmax(logits).cumsum(), uniform, side="right"))


class Naive:
    """The weights of a model, and the layers they belong to."""

    def __init__(self, model):
        self.w = {name: value.detach().double().numpy() for name, value in model.state_dict().items()}

    def linear(self, name, x):
        return self.w[f"{name}.weight"] @ x + self.w[f"{name}.bias"]

    def products(self, name, layer, x, h):
        end = f"_l{layer}"
        ours = self.w[f"{name}.weight_ih{end}"] @ x + self.w[f"{name}.bias_ih{end}"]
        theirs = self.w[f"{name}.weight_hh{end}"] @ h + self.w[f"{name}.bias_hh{end}"]
        return ours, theirs

    def gru_cell(self, name, layer, x, h):
        (r, u, n), (hr, hu, hn) = (np.split(part, 3) for part in self.products(name, layer, x, h))
        u = sigmoid(u + hu)
        return (1 - u) * np.tanh(n + sigmoid(r + hr) * hn) + u * h

    def gru(self, name, xs, first, both=False):
        """Outputs and last states; first: a state for each layer and direction."""
        ways = ("", "_reverse") if both else ("",)
        last = []
        for layer in range(len(first) // len(ways)):
            outputs = []
            for way in ways:
                h, found = first[len(last)], []
                for x in xs[::-1] if way else xs:
                    h = self.gru_cell(name, f"{layer}{way}", x, h)
                    found.append(h)
                last.append(h)
                outputs.append(found[::-1] if way else found)
            xs = [np.concatenate(pair) for pair in zip(*outputs, strict=True)]
        return xs, last

    def lstm_cell(self, name, layer, x, h, c):
        i, f, g, o = np.split(sum(self.products(name, layer, x, h)), 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        return sigmoid(o) * np.tanh(c), c


class NaiveMeasureVAE(Naive):
    def __init__(self, model):
        super().__init__(model)
        self.config, self.ticks = model.config, len(model.grid.beat_positions)

    def encode(self, bar):
        size, layers = self.config.encoder_size, self.config.encoder_layers
        notes = [self.w["encoder.embedding.weight"][token] for token in bar]
        _, last = self.gru("encoder.gru", notes, [np.zeros(size)] * (2 * layers), both=True)
        joined = np.concatenate(last)
        mean, log = (
            self.linear(f"encoder.{head}.2", selu(self.linear(f"encoder.{head}.0", joined)))
            for head in ("mean", "log_scale")
        )
        return mean, np.exp(np.clip(log, -8, 4))

    def run(self, z, steps, heard):
        """Logits of each tick; heard(tick, logits) is the note that the next tick hears."""
        layers = self.config.decoder_layers
        beat = np.split(selu(self.linear("decoder.beat_start", z)), layers)
        note, found = self.w["decoder.first_note"], []
        for tick in range(steps):
            if tick % self.ticks == 0:
                (out,), beat = self.gru("decoder.beat", [self.w["decoder.pulse"]], beat)
                told = selu(self.linear("decoder.tell", out))
                state = np.split(selu(self.linear("decoder.tick_start", out)), layers)
            (out,), state = self.gru("decoder.tick", [np.concatenate([note, told])], state)
            logits = self.linear("decoder.output", out)
            found.append(np.maximum(logits, 0) if self.config.relu_logits else logits)
            note = self.w["decoder.embedding.weight"][heard(tick, found[-1])]
        return np.array(found)

    def logits(self, bar, z):
        return self.run(z, len(bar), lambda tick, logits: bar[tick])

    def decode(self, z, steps, choice=lambda tick, logits: logits.argmax()):
        bar = []

        def heard(tick, logits):
            bar.append(int(choice(tick, logits)))
            return bar[-1]

        self.run(z, steps, heard)
        return np.array(bar)


class NaiveLatentRNN(Naive):
    def __init__(self, model):
        super().__init__(model)
        self.config, self.measure = model.config, NaiveMeasureVAE(model.measure)

    def write(self, bars, missing, choose):
        """Bars (bars, S), gap by gap and bar by bar; choose(bar number, z, naive MeasureVAE) gives a bar's tokens."""
        bars, auto = np.array(bars), self.config.autoregressive
        for first in [k for k, gone in enumerate(missing) if gone and (k == 0 or not missing[k - 1])]:
            end = next((k for k in range(first, len(bars)) if not missing[k]), len(bars))
            future = [bars[k] for k in range(end, len(bars)) if not missing[k]]
            state = self.start(bars[:first], future)
            if not auto:
                heard = [self.w["first"]] * (end - first)
                outputs, _ = self.gru("generation", heard, state, both=True)
            for k in range(first, end):
                if auto:
                    before = self.measure.encode(bars[k - 1])[0] if k else self.w["first"]
                    (out,), state = self.gru("generation", [before], state)
                else:
                    out = outputs[k - first]
                bars[k] = choose(k, self.linear("z", out), self.measure)
        return bars

    def start(self, past, future):
        zeros = [np.zeros(self.config.context_size)] * (2 * self.config.context_layers)
        lasts = []
        for name, bars in (("past", past), ("future", future)):
            codes = [self.measure.encode(bar)[0] for bar in bars]
            lasts.append(self.gru(name, codes, zeros, both=True)[1] if codes else zeros)
        joined = [np.concatenate(pair) for pair in zip(*lasts, strict=True)]
        if "join.weight" not in self.w:
            return joined
        state = np.tanh(self.linear("join", np.concatenate(joined)))
        return np.split(state, len(state) // self.config.generation_size)

    def log_likelihood(self, bars, missing):
        """(bars, S), 0 where nothing is missing."""
        found = np.zeros(bars.shape)

        def choose(k, z, measure):
            logits = measure.logits(bars[k], z)
            found[k] = [np.log(softmax(row)[token]) for row, token in zip(logits, bars[k], strict=True)]
            return bars[k]

        self.write(bars, missing, choose)
        return found


class NaiveAnticipationRNN(Naive):
    def __init__(self, model):
        super().__init__(model)
        self.config, self.grid = model.config, model.grid

    def run(self, line, mask, choose):
        """The line with choose(step, logits) wherever the mask is True."""
        size, layers, steps = self.config.size, range(self.config.layers), len(line)
        ticks, bar = len(self.grid.beat_positions), self.grid.steps_per_bar
        told = {}
        h, c = [np.zeros(size) for _ in layers], [np.zeros(size) for _ in layers]
        for step in reversed(range(steps)):
            place = step % bar
            mark = 0 if place == 0 else 1 if place % ticks == 0 else 2
            note = self.grid.vocabulary if mask[step] else line[step]
            x = [self.w["mark.weight"][mark], self.w["tick.weight"][place % ticks], self.w["note.weight"][note]]
            told[step] = self.climb("constraint", np.concatenate(x), h, c)
        note, written = self.w["first_note"], []
        h, c = [np.zeros(size) for _ in layers], [np.zeros(size) for _ in layers]
        for step in range(steps):
            x = self.climb("generation", np.concatenate([note, told[step]]), h, c)
            logits = self.linear("output.2", np.maximum(self.linear("output.0", x), 0))
            written.append(int(choose(step, logits)) if mask[step] else int(line[step]))
            note = self.w["note.weight"][written[-1]]
        return np.array(written)

    def climb(self, name, x, h, c):
        for layer in range(self.config.layers):
            h[layer], c[layer] = self.lstm_cell(name, layer, x, h[layer], c[layer])
            x = h[layer]
        return x

    def log_likelihood(self, line, mask):
        found = np.zeros(len(line))

        def choose(step, logits):
            found[step] = np.log(softmax(logits)[line[step]])
            return line[step]

        self.run(line, mask, choose)
        return found
