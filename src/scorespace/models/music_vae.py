"""The flat MusicVAE: one stack of LSTMs writes the phrase (Roberts et al. 2017, NIPS workshop; appendix "2-bar").

z gives the stack's first state; each step reads the tokens before (zeros at the first) and z. Several parts are written
by the same stack, with one softmax each: the papers' flat baseline for trios.
"""

from __future__ import annotations

from dataclasses import dataclass

from scorespace.models.lstm import FlatDecoder
from scorespace.models.recurrent import RecurrentVAE, RecurrentVAEConfig
from scorespace.music.grid import Grid


@dataclass(frozen=True)
class MusicVAEConfig(RecurrentVAEConfig):
    """Sizes and schedules; the defaults are Magenta's cat-mel_2bar_small."""


class MusicVAE(RecurrentVAE):
    """The flat MusicVAE. Scheduled sampling replaces all parts of a step or none, as in Magenta."""

    replaced_together = True

    def __init__(self, grid: Grid, config: MusicVAEConfig) -> None:
        super().__init__(grid, config, FlatDecoder(grid, config.z_size, config.decoder_size, config.decoder_layers))
        self.config = config
