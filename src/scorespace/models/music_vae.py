"""The flat MusicVAE: a recurrent variational autoencoder (Roberts et al. 2017, NIPS workshop; appendix "2-bar").

    encoder   bidirectional LSTM over the one-hot tokens; its last states, joined, give mean and scale of z
    decoder   z gives the first state of a stack of LSTMs; each step reads the tokens before (zeros at the first) and z
    loss      negative log-likelihood + beta(t) * max(KL - free bits, 0), with scheduled sampling of the decoder's input

Several parts are written by the same stack, with one softmax each (the papers' flat baseline for trios).

Where this departs from the paper, it follows the code the authors released later (Magenta):
  * the scale of z is softplus of a linear layer, not its exponential, which overflows where softplus grows linearly;
    and it has a floor, `SCALE_FLOOR`, because softplus itself reaches 0 in float32 and the KL would be infinite;
  * the decoder's first state is squashed with tanh, as every later state is.
"""

from __future__ import annotations

from dataclasses import dataclass

from scorespace.models.recurrent import FlatDecoder, RecurrentVAE, RecurrentVAEConfig
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
