"""MeasureVAE: a variational autoencoder of one bar (Pati, Lerch and Hadjeres 2019, 3.1).

    encoder   bidirectional GRU over the note embeddings; the last states of all layers and directions, joined, give
              mean and scale of z, each through a hidden layer
    decoder   z starts the beat GRU, which hears the same number at every beat; what it says of a beat starts the tick
              GRU anew and stands beside the note before in its input at each of the beat's ticks
    loss      mean cross-entropy of a token + beta * KL, the KL summed over z

A tick is a step of the grid, a beat is a quarter note; the last beat of a bar may be cut short (9/8). The notes that
the decoder hears are, a batch at a time, the true ones (`teacher_forcing`) or its own most likely ones. Nothing flows
back through a choice, so its own are found first, without dropout, and are then taught as the true ones are: all beats
of all bars in one call of the tick GRU, for a beat needs to know of those before it only the token that came last.

Where this departs from the released code:
  * the logarithm of the scale is held within `LOG_SCALE`, so that neither it nor the KL overflows;
  * the logits are as the last layer gives them. There they pass a ReLU (`relu_logits`, for comparisons): then no token
    can be less likely than exp(-the best logit), all below the floor are alike, and no gradient tells them apart;
  * held-out figures are exact likelihoods, teacher-forced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from scorespace.errors import UsageError
from scorespace.models.base import LatentModel, choose
from scorespace.models.losses import gaussian_kl, negative_log_likelihood, standard_normal
from scorespace.models.settings import require
from scorespace.music.grid import Grid

LOG_SCALE = (-8.0, 4.0)  # of the posterior: from far below any useful scale to where z is noise

Pick = Callable[[int, Tensor], Tensor]
"""(tick of the bar, logits (B, V)) -> the token (B,) int64 that the decoder hears from then on."""


@dataclass(frozen=True)
class MeasureSizes:
    """Sizes of encoder and decoder; the defaults are the paper's code."""

    z_size: int = 256  # dimensions of z, 1 to 4096
    embedding: int = 10  # numbers a note, 1 to 4096
    encoder_size: int = 512  # GRU units of each direction, 1 to 8192
    encoder_layers: int = 2  # 1 to 8
    decoder_size: int = 512  # GRU units of each layer of the beat and the tick GRU, 1 to 8192
    decoder_layers: int = 2  # of each of the two, 1 to 8
    relu_logits: bool = False  # pass the logits through a ReLU, as the paper's code does

    def __post_init__(self) -> None:
        sizes, layers = (1, 8192), (1, 8)
        require(self, z_size=(1, 4096), embedding=(1, 4096), encoder_size=sizes, encoder_layers=layers)
        require(self, decoder_size=sizes, decoder_layers=layers)


@dataclass(frozen=True)
class MeasureVAEConfig(MeasureSizes):
    """Sizes, and how it is trained; the defaults are the paper's code."""

    dropout: float = 0.5  # share of what a GRU layer tells the next that is dropped in training, 0 to 0.95
    beta: float = 0.001  # weight of the KL against the mean cross-entropy of a token, 0 to 100
    teacher_forcing: float = 0.5  # how probably a batch's decoder hears the true notes, 0 to 1

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, dropout=(0, 0.95), beta=(0, 100), teacher_forcing=(0, 1))


class MeasureVAE(LatentModel):
    """See the module's text. Random numbers of `loss`, in order: z, whether it hears the true notes; and dropout.

    GRUs run in the type of the weights also under autocast, because a state in bfloat16 loses what it accumulates.

    Raises:
        UsageError: when the grid has several parts or bars.
    """

    def __init__(self, grid: Grid, config: MeasureVAEConfig) -> None:
        super().__init__(grid)
        one_line(grid, "measure-vae")
        if grid.bars != 1:
            raise UsageError(f"A measure-vae is a model of one bar: set grid.bars = 1, got {grid.bars}.")
        self.config, self.z_size = config, config.z_size
        self.encoder = Encoder(grid.vocabulary, config)
        self.decoder = Decoder(grid.vocabulary, len(grid.beat_positions), config)
        for weight in self.parameters():
            if weight.ndim > 1:
                nn.init.xavier_normal_(weight)

    def loss(self, batch: Tensor, step: int, phase: str, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        with torch.autocast(batch.device.type, enabled=False):
            mean, scale = self.encode(batch)
            z = mean + scale * standard_normal(mean, generator)
            heard = batch if hears_the_true(self, self.config.teacher_forcing, generator) else self._own(z)
            logits = self.logits(heard, z)
            reconstruction = negative_log_likelihood(logits, batch).mean()
            kl = gaussian_kl(mean, scale).sum(-1).mean()
            return {
                "loss": reconstruction / batch.shape[-1] + self.config.beta * kl,
                "reconstruction": reconstruction.detach(),
                "kl": kl.detach(),
                "beta": kl.new_tensor(self.config.beta),
                "accuracy": (logits.argmax(-1) == batch[:, 0]).to(kl.dtype).mean(),
            }

    def encode(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        with torch.autocast(tokens.device.type, enabled=False):
            mean, log_scale = self.encoder(tokens[:, 0])
            return mean, log_scale.clamp(*LOG_SCALE).exp()

    @torch.no_grad()
    def decode(self, z: Tensor, temperature: float = 0.0, uniforms: Tensor | None = None) -> Tensor:
        def pick(tick: int, logits: Tensor) -> Tensor:
            return choose(logits, temperature, None if uniforms is None else uniforms[:, 0, tick])

        return self.write(z, self.grid.steps, pick).unsqueeze(1)

    def write(self, z: Tensor, steps: int, pick: Pick) -> Tensor:
        """Tokens (B, steps) int64 of a bar of so many steps for z (B, Z), picked tick by tick. No gradients."""
        with torch.autocast(z.device.type, enabled=False):
            return self.decoder.write(self._like_weights(z), steps, pick)

    def logits(self, tokens: Tensor, z: Tensor) -> Tensor:
        """Logits (B, S, V) of each token given z (B, Z) and the tokens (B, 1, S) int64 before it."""
        with torch.autocast(z.device.type, enabled=False):
            logits: Tensor = self.decoder(tokens[:, 0], self._like_weights(z))
            return logits

    def log_likelihood(self, tokens: Tensor, z: Tensor) -> Tensor:
        return -negative_log_likelihood(self.logits(tokens, z), tokens)

    def next_step(self, tokens: Tensor, z: Tensor) -> Tensor:
        return self.logits(tokens, z).argmax(-1).unsqueeze(1)

    def _own(self, z: Tensor) -> Tensor:
        with at_rest(self):
            return self.decode(z)

    def _like_weights(self, z: Tensor) -> Tensor:
        return z.to(self.decoder.first_note.dtype)


class Encoder(nn.Module):
    """Tokens of a bar (B, S) to the posterior's mean and the logarithm of its scale, each (B, Z)."""

    def __init__(self, vocabulary: int, sizes: MeasureVAEConfig) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, sizes.embedding)
        self.gru = gru_of(sizes.embedding, sizes.encoder_size, sizes.encoder_layers, sizes.dropout, bidirectional=True)
        joined = 2 * sizes.encoder_layers * sizes.encoder_size
        self.mean, self.log_scale = (
            nn.Sequential(nn.Linear(joined, joined // 2), nn.SELU(), nn.Linear(joined // 2, sizes.z_size))
            for _ in range(2)
        )

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        _, last = self.gru(self.embedding(tokens))
        joined = last.transpose(0, 1).flatten(1)
        return self.mean(joined), self.log_scale(joined)


class Decoder(nn.Module):
    """z to the tokens of a bar, beat by beat and within a beat tick by tick. D units a layer, L layers.

    ticks: of a beat.
    """

    def __init__(self, vocabulary: int, ticks: int, sizes: MeasureVAEConfig) -> None:
        super().__init__()
        size, layers = sizes.decoder_size, sizes.decoder_layers
        self.ticks, self.layers, self.relu = ticks, layers, sizes.relu_logits
        self.embedding = nn.Embedding(vocabulary, sizes.embedding)
        self.first_note = nn.Parameter(torch.zeros(sizes.embedding))  # heard where no note has been
        self.pulse = nn.Parameter(torch.ones(1))  # heard at every beat
        self.beat_start = nn.Linear(sizes.z_size, layers * size)
        self.beat = gru_of(1, size, layers, sizes.dropout)
        self.tick_start = nn.Linear(size, layers * size)
        self.tell = nn.Linear(size, size)
        self.tick = gru_of(sizes.embedding + size, size, layers, sizes.dropout)
        self.output = nn.Linear(size, vocabulary)

    def forward(self, tokens: Tensor, z: Tensor) -> Tensor:
        """Logits (B, S, V) of each token given z (B, Z) and the tokens (B, S) before it."""
        count, steps = tokens.shape
        told, state = self.plan(z, steps)
        beats = told.shape[1]
        heard = torch.cat([self.first_note.expand(count, 1, -1), self.embedding(tokens[:, :-1])], 1)
        heard = functional.pad(heard, (0, 0, 0, beats * self.ticks - steps)).view(count, beats, self.ticks, -1)
        both = torch.cat([heard, told.unsqueeze(2).expand(-1, -1, self.ticks, -1)], -1)
        hidden, _ = self.tick(both.flatten(0, 1), state.flatten(1, 2))
        return self.logits(hidden.reshape(count, beats * self.ticks, -1)[:, :steps])

    def plan(self, z: Tensor, steps: int) -> tuple[Tensor, Tensor]:
        """What the tick GRU is told at each beat, (B, beats, D), and the state it starts from, (L, B, beats, D)."""
        count, beats = len(z), -(-steps // self.ticks)
        start = functional.selu(self.beat_start(z)).view(count, self.layers, -1).transpose(0, 1).contiguous()
        hidden, _ = self.beat(self.pulse.expand(count, beats, 1), start)
        state = functional.selu(self.tick_start(hidden)).view(count, beats, self.layers, -1)
        return functional.selu(self.tell(hidden)), state.permute(2, 0, 1, 3).contiguous()

    def logits(self, hidden: Tensor) -> Tensor:
        """(..., V) of what the tick GRU gives (..., D)."""
        logits: Tensor = self.output(hidden)
        return logits.relu() if self.relu else logits

    @torch.no_grad()
    def write(self, z: Tensor, steps: int, pick: Pick) -> Tensor:
        """Tokens (B, steps) int64, picked tick by tick: the tick GRU's products folded, as many as it has layers."""
        told, states = self.plan(z, steps)
        weights = [_weights(self.tick, layer) for layer in range(self.layers)]
        inward, _, bias, _ = weights[0]
        split = self.embedding.embedding_dim
        from_beats = functional.linear(told, inward[:, split:], bias)
        from_notes = functional.linear(self.embedding.weight, inward[:, :split])
        from_note = functional.linear(self.first_note, inward[:, :split])  # then of the note before, (B, 3D)
        hidden, written = list(states[:, :, 0].unbind(0)), []
        for tick in range(steps):
            beat, place = divmod(tick, self.ticks)
            if place == 0:
                hidden = list(states[:, :, beat].unbind(0))
            gates = from_beats[:, beat] + from_note
            for layer, (inward, onward, bias, onward_bias) in enumerate(weights):
                if layer:
                    gates = functional.linear(hidden[layer - 1], inward, bias)
                hidden[layer] = _gru_step(gates, functional.linear(hidden[layer], onward, onward_bias), hidden[layer])
            written.append(pick(tick, self.logits(hidden[-1])))
            from_note = from_notes[written[-1]]
        return torch.stack(written, 1)


def gru_of(inputs: int, size: int, layers: int, dropout: float, bidirectional: bool = False) -> nn.GRU:
    """GRUs over one another, batch first."""
    dropout = dropout if layers > 1 else 0.0  # torch drops between layers, and warns where there is nothing between
    return nn.GRU(inputs, size, layers, batch_first=True, dropout=dropout, bidirectional=bidirectional)


def _weights(gru: nn.GRU, layer: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """A layer's weights from the input (3D, inputs) and from the state (3D, D), and the bias (3D,) of each."""
    named = dict(gru.named_parameters())
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    return tuple(named[f"{name}_l{layer}"] for name in names)  # type: ignore[return-value]


def _gru_step(inward: Tensor, onward: Tensor, hidden: Tensor) -> Tensor:
    """The next state (B, D) from the products of the input and of the state (B, 3D), in torch's order of gates."""
    (reset, keep, fresh), (own_reset, own_keep, own_fresh) = inward.chunk(3, -1), onward.chunk(3, -1)
    candidate = torch.tanh(fresh + torch.sigmoid(reset + own_reset) * own_fresh)
    return torch.lerp(candidate, hidden, torch.sigmoid(keep + own_keep))


def one_line(grid: Grid, name: str) -> None:
    """Refuses (UsageError) a grid that is not of one melodic line."""
    if grid.tracks != 1 or not grid.pitched.all():
        raise UsageError(f"A {name} writes one melodic line: set grid.parts to one, got {', '.join(grid.parts)}.")


def hears_the_true(model: nn.Module, probability: float, generator: torch.Generator | None) -> bool:
    """Whether a batch is taught with the true notes: by chance in training (one number is drawn), else always."""
    return not model.training or float(torch.rand((), generator=generator)) < probability


@contextmanager
def at_rest(model: nn.Module) -> Iterator[None]:
    """In evaluation mode, without dropout; the mode is restored."""
    training = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(training)
