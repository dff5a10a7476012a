"""The paper's model of bands: recurrent, hierarchical on both sides (Simon et al. 2018, section 4).

As Magenta's hier-multiperf_vel_1bar_med: a bidirectional LSTM reads the events of each instrument, another one these
readings, instrument after instrument, into z. z gives a conductor its first state; it puts out an embedding an
instrument, from which a stack of LSTMs writes that one's events. Nothing that was written goes back to the conductor.

What differs: the program is chosen from the embedding itself, and what may not come next is ruled out, as in
`band_vae`.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence

from scorespace.models.band_grammar import EVENT_TOKENS
from scorespace.models.bands import BandModel, written
from scorespace.models.losses import annealed_beta
from scorespace.models.settings import require
from scorespace.music.band import EVENT_PLACES, INSTRUMENTS, BandGrid
from scorespace.music.band_events import END, VOCABULARY
from scorespace.music.grid import Grid

State = tuple[Tensor, Tensor]


@dataclass(frozen=True)
class BandRNNConfig:
    """Sizes and schedules; the defaults are Magenta's hier-multiperf_vel_1bar_med."""

    z_size: int = 512  # dimensions of z, 1 to 4096
    encoder_size: int = 1024  # of each direction, 1 to 4096
    decoder_size: int = 512  # of each layer, of the conductor and of the writer, 1 to 4096
    decoder_layers: int = 3  # 1 to 8
    max_beta: float = 1.0  # weight of the KL, 0 to 10
    beta_rate: float = 0.0  # it is (1 - rate^step) * max_beta; 0 = max_beta from the beginning

    def __post_init__(self) -> None:
        require(self, z_size=(1, 4096), encoder_size=(1, 4096), decoder_size=(1, 4096), decoder_layers=(1, 8))
        require(self, max_beta=(0, 10), beta_rate=(0, 1))


class BandRNN(BandModel):
    """See the module's text."""

    def __init__(self, grid: Grid, config: BandRNNConfig) -> None:
        super().__init__(grid, config.z_size, config.decoder_size)
        self.config = config
        size, layers = config.decoder_size, config.decoder_layers
        self.read_events = nn.LSTM(VOCABULARY, config.encoder_size, batch_first=True, bidirectional=True)
        self.read_band = nn.LSTM(2 * config.encoder_size, config.encoder_size, batch_first=True, bidirectional=True)
        self.mean = nn.Linear(2 * config.encoder_size, config.z_size)
        self.scale = nn.Linear(2 * config.encoder_size, config.z_size)
        self.conductor_state = nn.Linear(config.z_size, 2 * layers * size)
        self.conductor = nn.LSTM(1, size, layers, batch_first=True)
        self.writer = LSTMWriter(self.band, size, layers)

    def encode(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Posterior mean and scale, each (B, Z), of tokens (B, 8, 64) int64."""
        rows = tokens.flatten(0, 1)
        lengths = ((rows != END).sum(1) + 1).clamp(max=EVENT_PLACES)
        packed = pack_padded_sequence(self._one_hot(rows), lengths.cpu(), batch_first=True, enforce_sorted=False)
        _, (last, _) = self.read_events(packed)
        read = torch.cat([last[0], last[1]], -1).view(len(tokens), INSTRUMENTS, -1)
        _, (last, _) = self.read_band(read)
        x = torch.cat([last[0], last[1]], -1)
        kind = self.mean.weight.dtype
        return self.mean(x).to(kind), functional.softplus(self.scale(x)).to(kind) + 1e-6

    def _one_hot(self, rows: Tensor) -> Tensor:
        return functional.one_hot(rows, VOCABULARY).to(self.mean.weight.dtype)

    def _laid_out(self, z: Tensor) -> Tensor:
        nothing = z.new_zeros(len(z), INSTRUMENTS, 1)
        laid_out: Tensor
        laid_out, _ = self.conductor(nothing, _state(self.conductor_state(z), self.config.decoder_layers))
        return laid_out

    def beta(self, step: int) -> float:
        """Weight of the KL at a training step."""
        return annealed_beta(step, self.config.max_beta, self.config.beta_rate)


class LSTMWriter(nn.Module):
    """The events of an instrument after its program, from its embedding (R, size)."""

    def __init__(self, grid: BandGrid, size: int, layers: int) -> None:
        super().__init__()
        self.grid, self.layers = grid, layers
        self.first = nn.Linear(size, 2 * layers * size)
        self.stack = nn.LSTM(VOCABULARY + size, size, layers, batch_first=True)
        self.out = nn.Linear(size, EVENT_TOKENS)

    def forward(self, heard: Tensor, true: Tensor, band: Tensor) -> Tensor:
        """See `EventWriter`."""
        x, _ = self.stack(self._inputs(heard, band), _state(self.first(band), self.layers))
        logits: Tensor = self.out(x)
        return logits

    def write(self, rows: Tensor, band: Tensor, temperature: float, chances: Tensor | None) -> Tensor:
        """See `EventWriter`."""
        state = _state(self.first(band), self.layers)

        def following(place: int, before: Tensor, time: Tensor) -> Tensor:
            nonlocal state
            x, state = self.stack(self._inputs(before, band), state)
            logits: Tensor = self.out(x[:, 0])
            return logits

        return written(self.grid, rows, temperature, chances, following)

    def _inputs(self, heard: Tensor, band: Tensor) -> Tensor:
        """(R, places, 490 + size): each event, and the embedding."""
        events = functional.one_hot(heard, VOCABULARY).to(band.dtype)
        return torch.cat([events, band.unsqueeze(1).expand(-1, heard.shape[1], -1)], -1)


def _state(flat: Tensor, layers: int) -> State:
    """First states and memories (layers, B, size) of a stack from (B, 2 * layers * size), through tanh."""
    hidden, memory = torch.tanh(flat).view(len(flat), 2, layers, -1).permute(1, 2, 0, 3).contiguous().unbind(0)
    return hidden, memory
