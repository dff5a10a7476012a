"""The hierarchical MusicVAE, for long phrases and for several parts (Roberts et al. 2017, "32-bar Melody", "16-bar
Trio"; Roberts et al. 2018, section 3.2).

    encoder    that of the flat MusicVAE, over the one-hot tokens of all parts side by side
    conductor  a stack of LSTMs that z sets going and that hears nothing more: one embedding for every bar or two
    decoder    one stack of LSTMs a part. Every embedding sets its state anew and is joined to each of its inputs, so
               that of the bars before only the last token passes on

The conductor's first state and the decoder's are the tanh of a linear layer (Magenta; in the papers linear). In the
papers the conductor's output of 1024 is projected to embeddings of 512 (`embedding_size = 512`); Magenta's code takes
the output as it is (`embedding_size = 0`).

`hear_each_other` is ours. Without it, as published, each part hears its own last token and the embedding alone. With it
a part hears the last step of all parts and, of its own step, the parts that stand before it in the grid.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from scorespace.errors import UsageError
from scorespace.models.lstm import (
    Pick,
    Stack,
    Steps,
    TokenDecoder,
    before,
    first_state,
    offsets,
    remember,
    start_small,
)
from scorespace.models.recurrent import RecurrentVAE, RecurrentVAEConfig
from scorespace.models.settings import require
from scorespace.music.grid import Grid


@dataclass(frozen=True)
class HierarchicalVAEConfig(RecurrentVAEConfig):
    """Those of the flat MusicVAE and the upper level's; `decoder_size` and `decoder_layers` are each part's."""

    conductor_size: int = 256  # LSTM units of each layer of the conductor, 1 to 8192
    conductor_layers: int = 2  # layers, 1 to 8
    embedding_size: int = 0  # numbers of an embedding, 0 to 8192; 0 = the conductor's output itself
    bars_per_embedding: int = 1  # bars, 1 to 1024; the grid's bars must be a multiple
    hear_each_other: bool = False  # whether a part hears what the others write

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, conductor_size=(1, 8192), conductor_layers=(1, 8))
        require(self, embedding_size=(0, 8192), bars_per_embedding=(1, 1024))


class Conductor(nn.Module):
    """z (B, Z) to embeddings (B, segments, E)."""

    def __init__(self, segments: int, config: HierarchicalVAEConfig) -> None:
        super().__init__()
        size, layers = config.conductor_size, config.conductor_layers
        self.segments, self.size = segments, config.embedding_size or size
        self.first_state = nn.Linear(config.z_size, 2 * layers * size)
        self.lstm = nn.LSTM(1, size, layers, batch_first=True)
        self.embedding = nn.Linear(size, config.embedding_size) if config.embedding_size else None
        remember(self.lstm)
        start_small(self.first_state)

    def forward(self, z: Tensor) -> Tensor:
        nothing = z.new_zeros(len(z), self.segments, 1)
        hidden: Tensor = self.lstm(nothing, first_state(self.lstm, self.first_state, z))[0]
        return hidden if self.embedding is None else self.embedding(hidden)


class HierarchicalDecoder(TokenDecoder):
    """The conductor and a stack for each part."""

    def __init__(self, grid: Grid, config: HierarchicalVAEConfig) -> None:
        super().__init__()
        if grid.bars % config.bars_per_embedding:
            raise UsageError(
                f"The model writes {config.bars_per_embedding} bars per embedding, which do not divide a phrase of "
                f"{grid.bars}: choose model.bars_per_embedding so that they do."
            )
        self.sizes, self.steps = grid.sizes, grid.steps
        self.segment = grid.steps_per_bar * config.bars_per_embedding
        self.hear_each_other, self.begins = config.hear_each_other, offsets(grid.sizes)
        self.conductor = Conductor(grid.bars // config.bars_per_embedding, config)
        self.parts = nn.ModuleList(
            Stack(self._heard(track), self.conductor.size, size, config.decoder_size, config.decoder_layers)
            for track, size in enumerate(grid.sizes)
        )

    def _heard(self, track: int) -> int:
        """How many one-hot numbers this part hears."""
        return sum(self.sizes) + self.begins[track] if self.hear_each_other else self.sizes[track]

    def stacks(self) -> list[Stack]:
        """The stacks of the parts, in the order of the grid."""
        return [part for part in self.parts if isinstance(part, Stack)]

    def forward(self, hot: Tensor, z: Tensor) -> tuple[Tensor, ...]:
        embeddings = self.conductor(z).flatten(0, 1)  # (B * segments, E): all segments are taught as one batch
        last = before(hot)
        logits = []
        for track, stack in enumerate(self.stacks()):
            begin, size = self.begins[track], self.sizes[track]
            heard = last[..., begin : begin + size]
            if self.hear_each_other:
                heard = torch.cat([last, hot[..., :begin]], -1)
            segments = heard.reshape(len(embeddings), self.segment, -1)
            logits.append(stack.run(segments, embeddings).view(len(z), self.steps, size))
        return tuple(logits)

    @torch.no_grad()
    def write(self, z: Tensor, pick: Pick) -> Tensor:
        embeddings = self.conductor(z)
        voices = [Steps(stack, embeddings[:, 0]) for stack in self.stacks()]
        last: list[Tensor] = []
        written = []
        for step in range(self.steps):
            if step and step % self.segment == 0:
                for voice in voices:
                    voice.restart(embeddings[:, step // self.segment])
            now: list[Tensor] = []
            for track, voice in enumerate(voices):
                now.append(pick(track, step, voice.step(self._places(track, last, now))))
            last = now
            written.append(torch.stack(now, 1))
        return torch.stack(written, -1)

    def _places(self, track: int, last: list[Tensor], now: list[Tensor]) -> list[Tensor]:
        """Which numbers of a part's input are 1, for the tokens of the step before and of this one."""
        if not self.hear_each_other:
            return last[track : track + 1]
        earlier = [token + begin for token, begin in zip(last, self.begins, strict=False)]
        return earlier + [token + sum(self.sizes) + begin for token, begin in zip(now, self.begins, strict=False)]


class HierarchicalVAE(RecurrentVAE):
    """The hierarchical MusicVAE. Scheduled sampling replaces each part's tokens on their own, also across bar lines.

    Raises:
        UsageError: when the grid's bars are no multiple of the bars of an embedding.
    """

    def __init__(self, grid: Grid, config: HierarchicalVAEConfig) -> None:
        super().__init__(grid, config, HierarchicalDecoder(grid, config))
        self.config = config
