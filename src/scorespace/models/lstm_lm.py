"""The papers' baseline: a decoder without z, a stack of LSTMs over the tokens (Roberts et al. 2017, Table 1).

p(phrase) = product over steps and parts of p(token | all tokens of the steps before), by the decoder of the flat
MusicVAE with nothing to tell it what to write. The parts of a step are independent of one another given the steps
before. The likelihood is exact. The paper gives no size for its baselines.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from scorespace.models.base import Model, choose
from scorespace.models.lstm import FlatDecoder, Pick, likeliest, nll, one_hot
from scorespace.models.settings import require
from scorespace.music.grid import Grid


@dataclass(frozen=True)
class LstmLMConfig:
    """Sizes; the defaults are those of the decoder of Magenta's cat-mel_2bar_small."""

    size: int = 256  # LSTM units of each layer, 1 to 8192
    layers: int = 2  # layers, 1 to 8

    def __post_init__(self) -> None:
        require(self, size=(1, 8192), layers=(1, 8))


class LstmLM(Model):
    """Exact likelihoods and samples of phrases; it has no latent space and its loss draws no random numbers.

    LSTMs run in the type of the weights also under autocast.
    """

    def __init__(self, grid: Grid, config: LstmLMConfig) -> None:
        super().__init__(grid)
        self.config = config
        self.decoder = FlatDecoder(grid, 0, config.size, config.layers)

    def loss(self, batch: Tensor, step: int, phase: str, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        logits = self.logits(batch)
        mean = nll(logits, batch).mean()
        right = likeliest(logits) == batch
        return {"loss": mean, "reconstruction": mean.detach(), "accuracy": right.to(mean.dtype).mean()}

    def logits(self, tokens: Tensor) -> tuple[Tensor, ...]:
        """Logits (B, S, V of the part) of each part, given the tokens (B, T, S) int64 of the steps before."""
        with torch.autocast(tokens.device.type, enabled=False):
            hot = one_hot(tokens, self.grid.sizes, self.decoder.output.weight.dtype)
            logits: tuple[Tensor, ...] = self.decoder(hot, self._nothing(tokens))
            return logits

    def log_likelihood(self, tokens: Tensor) -> Tensor:
        """log p(tokens), (B,) nats, exact, for tokens (B, T, S) int64."""
        return -nll(self.logits(tokens), tokens)

    def next_step(self, tokens: Tensor) -> Tensor:
        """Most likely token of each place given the true ones of the steps before, (B, T, S) int64."""
        return likeliest(self.logits(tokens))

    @torch.no_grad()
    def sample(self, uniforms: Tensor, temperature: float = 1.0) -> Tensor:
        """Tokens (B, T, S) int64, each chosen by its number in uniforms (B, T, S) in [0, 1); see `choose`.

        Raises:
            ValueError: when uniforms has another shape than the grid.
        """
        tracks, steps = self.grid.shape
        if uniforms.shape[1:] != (tracks, steps):
            raise ValueError(f"uniforms must be (B, {tracks}, {steps}), got {tuple(uniforms.shape)}")

        def pick(track: int, step: int, logits: Tensor) -> Tensor:
            return choose(logits, temperature, uniforms[:, track, step])

        return self._write(uniforms, pick)

    @torch.no_grad()
    def free_run(
        self, tokens: Tensor, given: int = 1, temperature: float = 0.0, uniforms: Tensor | None = None
    ) -> Tensor:
        """The model's own continuation, (B, T, S) int64, of the first `given` steps of phrases (B, T, S).

        From there on it hears only what it wrote itself: at temperature 0 the most likely token of each place, above it
        a token drawn with `uniforms` (B, T, S). The share of tokens after the given ones that agree with the true
        phrase is this model's counterpart to a latent model's reconstruction (Table 1, "Recon"). How the paper let its
        baselines begin and choose, it does not say.
        """

        def pick(track: int, step: int, logits: Tensor) -> Tensor:
            if step < given:
                return tokens[:, track, step]
            return choose(logits, temperature, None if uniforms is None else uniforms[:, track, step])

        return self._write(tokens, pick)

    def _write(self, like: Tensor, pick: Pick) -> Tensor:
        with torch.autocast(like.device.type, enabled=False):
            return self.decoder.write(self._nothing(like), pick)

    def _nothing(self, like: Tensor) -> Tensor:
        """A context (B, 0)."""
        return self.decoder.output.weight.new_zeros(len(like), 0)
