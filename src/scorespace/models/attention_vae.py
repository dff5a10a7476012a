"""A variational autoencoder that reads a phrase with attention and lays out all of its steps at once.

Ours, beside the recurrent MusicVAE (Roberts et al. 2017). What differs from it:
- the encoder is a stack of attention blocks over the steps, and z is read off all steps, not off the last state;
- z is spread over the steps, and attention blocks settle them together. This draft alone reconstructs, in one pass:
  nothing is fed back, so it cannot learn to rely on the past and to leave z unused;
- a light head of causal blocks reads the draft from left to right and corrects it in view of the notes written so far.
  It is trained on points moved a random way towards noise, and no gradient goes back through it. So at a point
  that the encoder would give it repeats the draft, and in the places between, where the draft alone mixes notes of
  several melodies, it stays with one. `head_blocks = 0` leaves it out;
- the scale of the posterior is bounded below, so that the KL cannot overflow.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from scorespace.errors import UsageError
from scorespace.models.base import LatentModel, choose
from scorespace.models.layers import (
    Alphabets,
    Block,
    CausalBlocks,
    Past,
    Written,
    start_as_code,
    start_small,
    token_embedding,
    token_logits,
)
from scorespace.models.losses import gaussian_kl, negative_log_likelihood, standard_normal, towards_noise
from scorespace.models.settings import require
from scorespace.music.grid import Grid


@dataclass(frozen=True)
class AttentionVAEConfig:
    """Sizes and weights; the defaults are the bundled melody-2bar space."""

    z_size: int = 128  # dimensions of z, 1 to 4096
    width: int = 128  # numbers a place in the attention blocks, 1 to 4096, a multiple of heads
    heads: int = 4  # attention heads a block, 1 to 64
    encoder_blocks: int = 3  # 1 to 64
    decoder_blocks: int = 3  # 1 to 64
    squeeze: int = 32  # numbers a place between the blocks and z, 1 to 4096
    head_blocks: int = 2  # causal blocks that correct the draft from left to right, 0 to 64; 0 = the draft is final
    beta: float = 0.3  # weight of the KL after the warm-up, 0 to 10; 1 is the ELBO
    beta_warmup: int = 1500  # steps over which beta rises linearly from 0
    free_nats: float = 0.0  # nats a phrase below which the KL costs nothing, 0 or more
    smallest_scale: float = 0.01  # floor of the posterior's standard deviation, 1e-6 to 1

    def __post_init__(self) -> None:
        require(self, z_size=(1, 4096), width=(1, 4096), heads=(1, 64), squeeze=(1, 4096))
        require(self, encoder_blocks=(1, 64), decoder_blocks=(1, 64), head_blocks=(0, 64))
        require(self, beta=(0, 10), beta_warmup=(0, 10**9), free_nats=(0, 10**6), smallest_scale=(1e-6, 1))
        if self.width % self.heads:
            raise UsageError(f"model.width must be a multiple of model.heads, got {self.width} and {self.heads}.")


class AttentionVAE(LatentModel):
    """See the module's text. A phrase is one sequence of S * T places, step by step, within a step track by track."""

    def __init__(self, grid: Grid, config: AttentionVAEConfig) -> None:
        super().__init__(grid)
        self.config = config
        self.z_size = config.z_size
        self.tracks, self.steps = grid.shape
        self.vocabulary = grid.vocabulary
        places, width = grid.tracks * grid.steps, config.width
        drums = not grid.pitched.any()
        self.token_embedding = token_embedding(grid.vocabulary, width, drums)
        self.encoder_positions = nn.Parameter(0.02 * torch.randn(places, width))
        self.encoder = nn.Sequential(*(Block(width, config.heads) for _ in range(config.encoder_blocks)))
        self.encoder_squeeze = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, config.squeeze))
        self.posterior = nn.Linear(places * config.squeeze, 2 * config.z_size)
        self.spread = nn.Linear(config.z_size, places * config.squeeze)
        self.decoder_in = nn.Linear(config.squeeze, width)
        self.decoder_positions = nn.Parameter(0.02 * torch.randn(places, width))
        self.decoder = nn.Sequential(*(Block(width, config.heads) for _ in range(config.decoder_blocks)))
        self.decoder_norm = nn.LayerNorm(width)
        self.decoder_out = token_logits(width, grid.vocabulary, drums)
        self.alphabets = Alphabets(grid.sizes)
        self.head = CausalBlocks(config.head_blocks, width, config.heads)
        if config.head_blocks:
            # the row after the last token stands for "none", before the first place
            self.head_embedding = token_embedding(grid.vocabulary, width, drums, more=1)
            self.head_in = nn.Linear(width, width)
            self.head_norm = nn.LayerNorm(width)
            self.head_out = token_logits(width, grid.vocabulary, drums)
            self.head_trust = nn.Linear(width, 1)
        self._initialise()

    def _initialise(self) -> None:
        start_small(self.token_embedding, 0.02)
        for module in self.modules():
            if isinstance(module, Block):
                # keeps the sum of the residual branches at unit order (Radford et al. 2019, 2.3)
                scale = (2 * max(self.config.encoder_blocks, self.config.decoder_blocks)) ** -0.5
                module.attention_out.weight.data.mul_(scale)
                module.mlp_out.weight.data.mul_(scale)
        start_as_code(self.posterior)
        if self.config.head_blocks:
            start_small(self.head_embedding, 0.02)
            start_small(self.head_out, 1e-3)  # it begins by leaving the draft as it is
            nn.init.zeros_(self.head_trust.weight)
            nn.init.constant_(self.head_trust.bias, 4.0)

    def encode(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Posterior mean and scale, each (B, Z), of tokens (B, T, S) int64."""
        x = self.token_embedding(self._places(tokens)) + self.encoder_positions
        x = self.encoder_squeeze(self.encoder(x)).flatten(1)  # (B, places * squeeze)
        mean, raw = self.posterior(x).to(self.posterior.weight.dtype).chunk(2, -1)
        return mean, self.config.smallest_scale + functional.softplus(raw)

    def decode(self, z: Tensor, temperature: float = 0.0, uniforms: Tensor | None = None) -> Tensor:
        """Tokens (B, T, S) int64 for z (B, Z)."""
        features, draft = self._draft(z)
        chances = None if uniforms is None else self._places(uniforms)
        if not self.config.head_blocks:
            return self._phrase(choose(draft, temperature, chances))
        told = self.head_in(features)
        token = torch.full((len(z),), self.vocabulary, device=z.device)
        past: list[Past] = []
        written = []
        for place in range(draft.shape[1]):
            x = self.head.step(told[:, place] + self.head_embedding(token), past)
            logits = self.alphabets(self._correct(draft[:, place], x), place)
            token = choose(logits, temperature, None if chances is None else chances[:, place])
            written.append(token)
        return self._phrase(torch.stack(written, 1))

    def logits(self, tokens: Tensor, z: Tensor) -> Tensor:
        """Logits (B, T, S, V) of each token, for z (B, Z) and the true tokens (B, T, S) before it."""
        features, draft = self._draft(z)
        return self._phrase(self._corrected(features, draft, self._places(tokens)))

    def next_step(self, tokens: Tensor, z: Tensor) -> Tensor:
        """The most likely token at each step given z and the true tokens before it, (B, T, S) int64."""
        return self.logits(tokens, z).argmax(-1)

    def log_likelihood(self, tokens: Tensor, z: Tensor) -> Tensor:
        """log p(tokens | z), (B,) nats, exact."""
        return -negative_log_likelihood(self.logits(tokens, z), tokens)

    def _draft(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Features (B, places, width) and logits (B, places, V) of all places, in one pass."""
        x = self.spread(z).view(len(z), -1, self.config.squeeze)
        features = self.decoder_norm(self.decoder(self.decoder_in(x) + self.decoder_positions))
        return features, self.alphabets(self.decoder_out(features))

    def _corrected(self, features: Tensor, draft: Tensor, places: Tensor) -> Tensor:
        """Logits (B, places, V) with the head's correction; each place hears the tokens before it."""
        if not self.config.head_blocks:
            return draft
        before = functional.pad(places[:, :-1], (1, 0), value=self.vocabulary)
        x = self.head(self.head_in(features) + self.head_embedding(before))
        corrected: Tensor = self.alphabets(self._correct(draft, x))
        return corrected

    def _correct(self, draft: Tensor, x: Tensor) -> Tensor:
        """Logits (..., V): the draft's as far as the head trusts them, and its own, from its output x (..., width)."""
        x = self.head_norm(x)
        corrected: Tensor = torch.sigmoid(self.head_trust(x)) * draft + self.head_out(x)
        return corrected

    def _places(self, tokens: Tensor) -> Tensor:
        """(B, T, S) -> (B, S * T)"""
        return tokens.transpose(1, 2).flatten(1)

    def _phrase(self, places: Tensor) -> Tensor:
        """(B, S * T, ...) -> (B, T, S, ...)"""
        shape = (len(places), self.steps, self.tracks, *places.shape[2:])
        return places.reshape(shape).transpose(1, 2)

    def beta(self, step: int) -> float:
        """Weight of the KL at a training step."""
        return self.config.beta * min(1.0, step / max(1, self.config.beta_warmup))

    def loss(self, batch: Tensor, step: int, phase: str, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Draft's reconstruction + beta * max(KL - free nats, 0) + the head's reconstruction, in nats a phrase."""
        mean, scale = self.encode(batch)
        written = self.written_at(mean + scale * standard_normal(mean, generator), batch, generator)
        kl = gaussian_kl(mean.float(), scale.float()).sum(-1).mean()
        beta = self.beta(step)
        loss = written.reconstruction + beta * (kl - self.config.free_nats).clamp(min=0.0)
        figures = {"reconstruction": written.reconstruction.detach(), "kl": kl.detach(), "beta": torch.tensor(beta)}
        if self.config.head_blocks:
            loss, figures["head"] = loss + written.head, written.head.detach()
        return {"loss": loss, **figures, "accuracy": written.accuracy}

    def written_at(self, z: Tensor, batch: Tensor, generator: torch.Generator | None) -> Written:
        """What the decoder makes of points (B, Z) of phrases (B, T, S)."""
        features, draft = self._draft(z)
        places = self._places(batch)
        reconstruction = negative_log_likelihood(draft, places).mean()
        right = (draft.detach().argmax(-1) == places).float().mean()
        if not self.config.head_blocks:
            return Written(reconstruction, torch.zeros_like(reconstruction), right)
        return Written(reconstruction, self._head_loss(features, draft, z, places, generator), right)

    def _head_loss(
        self, features: Tensor, draft: Tensor, z: Tensor, places: Tensor, generator: torch.Generator | None
    ) -> Tensor:
        """Half of the batch is told its own points, the other half points turned towards noise."""
        half = len(z) // 2
        with torch.no_grad():
            far_features, far_draft = self._draft(towards_noise(z[half:], generator))
        told = torch.cat([features[:half].detach(), far_features])
        drafts = torch.cat([draft[:half].detach(), far_draft])
        return negative_log_likelihood(self._corrected(told, drafts, places), places).mean()
