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
from scorespace.models.settings import require
from scorespace.music.grid import Grid


@dataclass(frozen=True)
class NoteLMConfig:
    """Sizes; the defaults give 1.6 million parameters on the grid of 2-bar melodies."""

    width: int = 160  # numbers a place in the blocks, 1 to 4096, a multiple of heads
    blocks: int = 5  # attention blocks, 1 to 64
    heads: int = 4  # attention heads of each block, 1 to 64

    def __post_init__(self) -> None:
        require(self, width=(1, 4096), blocks=(1, 64), heads=(1, 64))
        if self.width % self.heads:
            raise UsageError(f"The model's width must be a multiple of its heads, got {self.width} and {self.heads}.")


class CausalBlock(nn.Module):
    """Attention to the places before and the place itself, then a network of one hidden layer, both residual."""

    def __init__(self, config: NoteLMConfig) -> None:
        super().__init__()
        width = config.width
        self.heads = config.heads
        self.attention_norm = nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.mixed = nn.Linear(width, width)
        self.network_norm = nn.LayerNorm(width)
        self.network = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x: Tensor, past: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Output (B, S, W) for x (B, S, W), with the keys and values (B, heads, all places, W / heads) so far.

        With `past`, x is the one place that follows it; without, x is a sequence from the first place on.
        """
        batch, places, width = x.shape
        parts = self.query_key_value(self.attention_norm(x)).view(batch, places, 3, self.heads, width // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4).unbind(0)
        if past is not None:
            key, value = torch.cat([past[0], key], 2), torch.cat([past[1], value], 2)
        heard = functional.scaled_dot_product_attention(query, key, value, is_causal=past is None)
        x = x + self.mixed(heard.transpose(1, 2).reshape(batch, places, width))
        return x + self.network(self.network_norm(x)), (key, value)


class NoteLM(Model):
    """Exact likelihoods and samples of phrases; it has no latent space and its loss draws no random numbers."""

    def __init__(self, grid: Grid, config: NoteLMConfig) -> None:
        super().__init__()
        self.config, self.shape, self.vocabulary = config, grid.shape, grid.vocabulary
        places = grid.tracks * grid.steps
        # the row after the last token stands for "none", the input of the first place
        self.token = nn.Embedding(grid.vocabulary + 1, config.width)
        self.position = nn.Parameter(torch.zeros(places, config.width))
        self.blocks = nn.ModuleList(CausalBlock(config) for _ in range(config.blocks))
        self.norm = nn.LayerNorm(config.width)
        self.output = nn.Linear(config.width, grid.vocabulary)
        self._initialise()

    def loss(self, batch: Tensor, step: int, phase: str, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        logits = self.logits(batch)
        nll = self._nll(logits, batch).mean()
        right = logits.argmax(-1) == batch
        return {"loss": nll, "reconstruction": nll.detach(), "accuracy": right.to(nll.dtype).mean()}

    def logits(self, tokens: Tensor) -> Tensor:
        """Logits (B, T, S, V) of each token given those before it, for tokens (B, T, S) int64."""
        places = functional.pad(self._places(tokens)[:, :-1], (1, 0), value=self.vocabulary)
        x = self.token(places) + self.position
        for block in self.blocks:
            x, _ = block(x)
        tracks, steps = self.shape
        logits: Tensor = self.output(self.norm(x))
        return logits.view(len(tokens), steps, tracks, -1).transpose(1, 2)

    def log_likelihood(self, tokens: Tensor) -> Tensor:
        """log p(tokens), (B,) nats, exact, for tokens (B, T, S) int64."""
        return -self._nll(self.logits(tokens), tokens)

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
        past: list[tuple[Tensor, Tensor] | None] = [None] * len(self.blocks)
        for place in range(chances.shape[1]):
            x = (self.token(token) + self.position[place]).unsqueeze(1)
            for number, block in enumerate(self.blocks):
                x, past[number] = block(x, past[number])
            token = choose(self.output(self.norm(x[:, 0])), temperature, chances[:, place])
            tokens[:, place] = token
        tracks, steps = self.shape
        return tokens.view(-1, steps, tracks).transpose(1, 2).contiguous()

    def _places(self, values: Tensor) -> Tensor:
        """(B, T, S) as (B, S * T): step by step, track by track."""
        return values.transpose(1, 2).flatten(1)

    def _nll(self, logits: Tensor, tokens: Tensor) -> Tensor:
        wide = logits.to(torch.promote_types(logits.dtype, torch.float32))
        each = functional.cross_entropy(wide.flatten(0, 2), tokens.flatten(), reduction="none")
        return each.view(len(tokens), -1).sum(-1)

    def _initialise(self) -> None:
        """Small weights; those that end a residual branch smaller still, by the number of branches."""
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Embedding):
                nn.init.normal_(module.weight, std=0.02)
            if isinstance(module, nn.Linear):
                nn.init.zeros_(module.bias)
        nn.init.normal_(self.position, std=0.02)
        for name, weight in self.blocks.named_parameters():
            if name.endswith(("mixed.weight", "network.2.weight")):
                nn.init.normal_(weight, std=0.02 / (2 * self.config.blocks) ** 0.5)
