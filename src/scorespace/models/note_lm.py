"""A decoder-only model of phrases, the yardstick for the latent models: its negative log-likelihood is exact.

p(phrase) = product over places of p(token | tokens before), by pre-norm causal attention blocks over learned positions
(Vaswani et al. 2017; Radford et al. 2019, section 2.3). The places of a phrase run step by step, and within a step
track by track, so that a part hears what the parts above it do on the same step. An ELBO of a latent model is a bound
on the same quantity, so the two can be compared phrase by phrase.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from scorespace.errors import UsageError
from scorespace.models.base import Model, choose
from scorespace.models.layers import Alphabets, CausalBlocks, Past
from scorespace.models.losses import negative_log_likelihood
from scorespace.models.settings import require
from scorespace.music.grid import Grid


@dataclass(frozen=True)
class NoteLMConfig:
    """Sizes; the defaults give 2.1 million parameters on the grid of 2-bar melodies."""

    width: int = 184  # numbers a place in the blocks, 1 to 4096, a multiple of heads
    blocks: int = 5  # attention blocks, 1 to 64
    heads: int = 4  # attention heads of each block, 1 to 64

    def __post_init__(self) -> None:
        require(self, width=(1, 4096), blocks=(1, 64), heads=(1, 64))
        if self.width % self.heads:
            raise UsageError(f"The model's width must be a multiple of its heads, got {self.width} and {self.heads}.")


class NoteLM(Model):
    """Exact likelihoods and samples of phrases; it has no latent space and its loss draws no random numbers."""

    def __init__(self, grid: Grid, config: NoteLMConfig) -> None:
        super().__init__(grid)
        self.config, self.shape, self.vocabulary = config, grid.shape, grid.vocabulary
        places = grid.tracks * grid.steps
        # the row after the last token stands for "none", the input of the first place
        self.token = nn.Embedding(grid.vocabulary + 1, config.width)
        self.position = nn.Parameter(torch.zeros(places, config.width))
        self.blocks = CausalBlocks(config.blocks, config.width, config.heads)
        self.norm = nn.LayerNorm(config.width)
        self.output = nn.Linear(config.width, grid.vocabulary)
        self.alphabets = Alphabets(grid.sizes)
        self._initialise()

    def loss(self, batch: Tensor, step: int, phase: str, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        logits = self.logits(batch)
        nll = negative_log_likelihood(logits, batch).mean()
        right = logits.argmax(-1) == batch
        return {"loss": nll, "reconstruction": nll.detach(), "accuracy": right.to(nll.dtype).mean()}

    def logits(self, tokens: Tensor) -> Tensor:
        """Logits (B, T, S, V) of each token given those before it, for tokens (B, T, S) int64."""
        places = functional.pad(self._places(tokens)[:, :-1], (1, 0), value=self.vocabulary)
        x = self.blocks(self.token(places) + self.position)
        tracks, steps = self.shape
        logits: Tensor = self.alphabets(self.output(self.norm(x)))
        return logits.view(len(tokens), steps, tracks, -1).transpose(1, 2)

    def log_likelihood(self, tokens: Tensor) -> Tensor:
        """log p(tokens), (B,) nats, exact, for tokens (B, T, S) int64."""
        return -negative_log_likelihood(self.logits(tokens), tokens)

    def next_step(self, tokens: Tensor) -> Tensor:
        """Most likely token of each place given the true ones before it, (B, T, S) int64."""
        return self.logits(tokens).argmax(-1)

    @torch.no_grad()
    def sample(self, uniforms: Tensor, temperature: float = 1.0) -> Tensor:
        """Tokens (B, T, S) int64, each chosen by its number in uniforms (B, T, S) in [0, 1); see `choose`.

        Raises:
            ValueError: when uniforms has another shape than the grid.
        """
        if uniforms.shape[1:] != self.shape:
            raise ValueError(f"uniforms must be (B, {self.shape[0]}, {self.shape[1]}), got {tuple(uniforms.shape)}")
        chances = self._places(uniforms)
        tokens = torch.empty(chances.shape, dtype=torch.int64, device=chances.device)
        token = torch.full_like(tokens[:, 0], self.vocabulary)
        past: list[Past] = []
        for place in range(chances.shape[1]):
            x = self.blocks.step(self.token(token) + self.position[place], past)
            token = choose(self.alphabets(self.output(self.norm(x)), place), temperature, chances[:, place])
            tokens[:, place] = token
        tracks, steps = self.shape
        return tokens.view(-1, steps, tracks).transpose(1, 2).contiguous()

    def _places(self, values: Tensor) -> Tensor:
        """(B, T, S) as (B, S * T): step by step, track by track."""
        return values.transpose(1, 2).flatten(1)

    def _initialise(self) -> None:
        """Small weights; those that end a residual branch smaller still, by the number of branches."""
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Embedding):
                nn.init.normal_(module.weight, std=0.02)
            if isinstance(module, nn.Linear):
                nn.init.zeros_(module.bias)
        nn.init.normal_(self.position, std=0.02)
        for name, weight in self.blocks.named_parameters():
            if name.endswith(("attention_out.weight", "mlp_out.weight")):
                nn.init.normal_(weight, std=0.02 / (2 * self.config.blocks) ** 0.5)
