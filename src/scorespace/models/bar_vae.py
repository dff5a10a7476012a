"""A variational autoencoder for long phrases of one or several parts: codes per bar under a global one.

Ours, beside the hierarchical MusicVAE (Roberts et al. 2017, 2.2). What differs from it:
- the phrase is cut into patches of one beat, all parts together, and attention reads and writes patches, so that a bar
  can refer to any other: what is repeated need not be said twice;
- z is one global code and a code for every bar, read off and laid out by weights that all bars share. So what is learnt
  of one bar holds for all, and a part of z belongs to a place of the phrase;
- the decoder lays out all steps at once (the draft); nothing is fed back, so z cannot be left unused;
- a light causal head goes over the draft from left to right and corrects it in view of what was written, as in
  `attention_vae`; it hears the patches before by attention, the last few steps one by one, and within a step each part
  hears the parts above it: melody, bass and drums are written together. `hear_each_other = false` takes that away, and
  leaves each part its own past and the draft.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from scorespace.errors import UsageError
from scorespace.models.base import LatentModel, choose
from scorespace.models.layers import Block, CausalBlocks, Past, Written, start_as_code
from scorespace.models.losses import gaussian_kl, standard_normal, towards_noise
from scorespace.models.settings import require
from scorespace.music.grid import Grid


@dataclass(frozen=True)
class BarVAEConfig:
    """Sizes and weights; the defaults are those of the bundled melody-16bar space."""

    global_size: int = 64  # dimensions of z that belong to the whole phrase, 0 to 4096
    bar_size: int = 24  # dimensions of z a bar, 1 to 4096
    patch: int = 4  # steps a patch, 1 to 64, a divisor of the steps of a bar
    width: int = 192  # numbers a patch in the attention blocks, 1 to 4096, a multiple of heads
    heads: int = 4  # attention heads a block, 1 to 64
    encoder_blocks: int = 3  # 1 to 64
    decoder_blocks: int = 3  # 1 to 64
    token_size: int = 32  # numbers a token at the entrance, 1 to 4096
    squeeze: int = 48  # numbers a patch between the blocks and z, 1 to 4096
    step_size: int = 96  # numbers a step and part in the draft and the head, 1 to 4096
    head_blocks: int = 2  # causal blocks of the head, over patches, 1 to 64
    near: int = 4  # steps before that the head sees one by one, 1 to 64
    hear_each_other: bool = True  # whether a part hears the others as they are written
    beta: float = 0.1  # weight of the KL after the warm-up, 0 to 10; 1 is the ELBO
    beta_warmup: int = 1500  # steps over which beta rises linearly from 0
    free_nats: float = 0.0  # nats a phrase below which the KL costs nothing, 0 or more
    smallest_scale: float = 0.01  # floor of the posterior's standard deviation, 1e-6 to 1

    def __post_init__(self) -> None:
        size, blocks = (1, 4096), (1, 64)
        require(self, global_size=(0, 4096), bar_size=size, patch=(1, 64), token_size=size, squeeze=size)
        require(self, width=size, heads=(1, 64), encoder_blocks=blocks, decoder_blocks=blocks)
        require(self, step_size=size, head_blocks=blocks, near=(1, 64))
        require(self, beta=(0, 10), beta_warmup=(0, 10**9), free_nats=(0, 10**6), smallest_scale=(1e-6, 1))
        if self.width % self.heads:
            raise UsageError(f"The model's width must be a multiple of its heads, got {self.width} and {self.heads}.")


class BarVAE(LatentModel):
    """See the module's text. P patches a phrase, Q a bar; z is the global code, then the bars' codes in order."""

    def __init__(self, grid: Grid, config: BarVAEConfig) -> None:
        super().__init__(grid)
        if grid.steps_per_bar % config.patch:
            raise UsageError(
                f"The model's patch must divide the {grid.steps_per_bar} steps of a bar, got {config.patch}."
            )
        self.config, self.sizes = config, grid.sizes
        self.z_size = config.global_size + grid.bars * config.bar_size
        self.tracks, self.steps, self.bars = grid.tracks, grid.steps, grid.bars
        self.per_bar = grid.steps_per_bar // config.patch
        width, squeezed = config.width, self.per_bar * config.squeeze
        places = config.patch * grid.tracks
        self.token = nn.Embedding(sum(grid.sizes), config.token_size)
        self.patch_in = nn.Linear(places * config.token_size, width)
        self.encoder_place = Places(self.bars, self.per_bar, width)
        self.encoder = nn.Sequential(*(Block(width, config.heads) for _ in range(config.encoder_blocks)))
        self.squeeze = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, config.squeeze))
        self.bar_posterior = nn.Linear(squeezed, 2 * config.bar_size)
        self.global_posterior = nn.Linear(self.bars * squeezed, 2 * config.global_size)
        self.spread = nn.Linear(config.global_size + config.bar_size, self.per_bar * width)
        self.decoder_place = Places(self.bars, self.per_bar, width)
        self.decoder = nn.Sequential(*(Block(width, config.heads) for _ in range(config.decoder_blocks)))
        self.decoder_norm = nn.LayerNorm(width)
        self.features = nn.Linear(width, places * config.step_size)
        self.draft_out = nn.ModuleList(nn.Linear(config.step_size, size) for size in grid.sizes)
        self.head = Head(grid, config)
        self.register_buffer("offsets", torch.tensor([sum(grid.sizes[:k]) for k in range(grid.tracks)]), False)
        self._initialise()

    offsets: Tensor

    def _initialise(self) -> None:
        nn.init.normal_(self.token.weight, std=0.02 * math.sqrt(self.config.width / self.config.token_size))
        scale = (2 * max(self.config.encoder_blocks, self.config.decoder_blocks)) ** -0.5
        for module in self.modules():
            if isinstance(module, Block):  # keeps the sum of the residual branches at unit order (Radford et al. 2019)
                module.attention_out.weight.data.mul_(scale)
                module.mlp_out.weight.data.mul_(scale)
        for posterior in (self.bar_posterior, self.global_posterior):
            start_as_code(posterior)

    def begin_from(self, other: BarVAE) -> None:
        """Takes the weights of a model of fewer bars, as often as they fit: bar k begins as its bar k modulo its bars.

        The global code is then the mean of those that each stretch would have given.

        Raises:
            ValueError: when this is not a whole multiple of the other's bars, or they differ in anything else.
        """
        times = self.bars // other.bars
        own, theirs = self.state_dict(), other.state_dict()
        stretched = {
            "encoder_place.bar": theirs["encoder_place.bar"].repeat(times, 1, 1),
            "decoder_place.bar": theirs["decoder_place.bar"].repeat(times, 1, 1),
            "global_posterior.weight": theirs["global_posterior.weight"].repeat(1, times) / times,
        }
        given = theirs | stretched
        if {name: value.shape for name, value in own.items()} != {name: value.shape for name, value in given.items()}:
            raise ValueError("the other model must differ in the number of bars alone, and this have a multiple of it")
        self.load_state_dict(given)

    def encode(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Posterior mean and scale, each (B, Z), of tokens (B, T, S) int64."""
        count = len(tokens)
        embedded = self.token(tokens.transpose(1, 2) + self.offsets)  # (B, S, T, token_size)
        x = self.patch_in(embedded.reshape(count, self.bars * self.per_bar, -1)) + self.encoder_place()
        bars = self.squeeze(self.encoder(x)).reshape(count, self.bars, -1)
        each, whole = self.bar_posterior(bars), self.global_posterior(bars.flatten(1))
        each, whole = each.to(self.token.weight.dtype), whole.to(self.token.weight.dtype)
        (mean, raw), (top_mean, top_raw) = each.chunk(2, -1), whole.chunk(2, -1)
        mean, raw = torch.cat([top_mean, mean.flatten(1)], 1), torch.cat([top_raw, raw.flatten(1)], 1)
        return mean, self.config.smallest_scale + functional.softplus(raw)

    def decode(self, z: Tensor, temperature: float = 0.0, uniforms: Tensor | None = None) -> Tensor:
        """Tokens (B, T, S) int64 for z (B, Z)."""
        draft = self.draft(z)
        writer = Writer(self.head, draft)
        for step in range(self.steps):
            writer.step(step, temperature, None if uniforms is None else uniforms[:, :, step])
        return writer.tokens

    def next_step(self, tokens: Tensor, z: Tensor) -> Tensor:
        """The most likely token at each place given z and the true tokens before it, (B, T, S) int64."""
        return torch.stack([logits.argmax(-1) for logits in self._logits(tokens, z)], 1)

    def log_likelihood(self, tokens: Tensor, z: Tensor) -> Tensor:
        """log p(tokens | z), (B,) nats, exact."""
        return -cross_entropy(self._logits(tokens, z), tokens)

    def _logits(self, tokens: Tensor, z: Tensor) -> list[Tensor]:
        found: list[Tensor] = self.head(self.draft(z), tokens)
        return found

    def draft(self, z: Tensor) -> Draft:
        """The whole phrase in one pass."""
        whole, each = z[:, : self.config.global_size], z[:, self.config.global_size :]
        told = torch.cat(
            [whole.unsqueeze(1).expand(-1, self.bars, -1), each.view(len(z), self.bars, self.config.bar_size)], -1
        )
        x = self.spread(told).view(len(z), self.bars * self.per_bar, -1) + self.decoder_place()
        patches = self.decoder_norm(self.decoder(x))
        features = self.features(patches).view(len(z), self.steps, self.tracks, -1)
        return Draft(patches, features, [out(features[:, :, k]) for k, out in enumerate(self.draft_out)])

    def beta(self, step: int) -> float:
        """Weight of the KL at a training step."""
        return self.config.beta * min(1.0, step / max(1, self.config.beta_warmup))

    def loss(self, batch: Tensor, step: int, phase: str, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Draft's reconstruction + beta * max(KL - free nats, 0) + the head's reconstruction, in nats a phrase."""
        mean, scale = self.encode(batch)
        written = self.written_at(mean + scale * standard_normal(mean, generator), batch, generator)
        kl = gaussian_kl(mean, scale).sum(-1).mean()
        beta = self.beta(step)
        return {
            "loss": written.loss + beta * (kl - self.config.free_nats).clamp(min=0.0),
            "reconstruction": written.reconstruction.detach(),
            "kl": kl.detach(),
            "beta": kl.new_tensor(beta),
            "head": written.head.detach(),
            "accuracy": written.accuracy,
        }

    def written_at(self, z: Tensor, batch: Tensor, generator: torch.Generator | None) -> Written:
        """What the decoder makes of points (B, Z) of phrases (B, T, S)."""
        draft = self.draft(z)
        reconstruction = cross_entropy(draft.logits, batch).mean()
        head = self._head_loss(draft, z, batch, generator)
        right = torch.stack([logits.detach().argmax(-1) for logits in draft.logits], 1) == batch
        return Written(reconstruction, head, right.float().mean())

    def _head_loss(self, draft: Draft, z: Tensor, batch: Tensor, generator: torch.Generator | None) -> Tensor:
        """Half of the batch is told its own points, the other half points turned towards noise.

        No gradient reaches z or the draft.
        """
        half = len(z) // 2
        with torch.no_grad():
            far = self.draft(towards_noise(z[half:], generator))
        mixed = Draft(
            torch.cat([draft.patches[:half].detach(), far.patches]),
            torch.cat([draft.features[:half].detach(), far.features]),
            [torch.cat([near[:half].detach(), noisy]) for near, noisy in zip(draft.logits, far.logits, strict=True)],
        )
        return cross_entropy(self.head(mixed, batch), batch).mean()


@dataclass(frozen=True)
class Draft:
    """A phrase in one pass: patches (B, P, width), features (B, S, T, step_size), logits (B, S, size) of each part."""

    patches: Tensor
    features: Tensor
    logits: list[Tensor]


class Places(nn.Module):
    """What tells patches apart: a vector for each bar plus one for each patch of a bar, (bars * per_bar, width)."""

    def __init__(self, bars: int, per_bar: int, width: int) -> None:
        super().__init__()
        self.bar = nn.Parameter(0.02 * torch.randn(bars, 1, width))
        self.patch = nn.Parameter(0.02 * torch.randn(per_bar, width))

    def forward(self) -> Tensor:
        return (self.bar + self.patch).flatten(0, 1)


class Head(nn.Module):
    """Corrects a draft from left to right, all parts of a step before the next step."""

    def __init__(self, grid: Grid, config: BarVAEConfig) -> None:
        super().__init__()
        size, tracks = config.step_size, grid.tracks
        self.sizes, self.patch, self.near, self.hears = grid.sizes, config.patch, config.near, config.hear_each_other
        # the row after a part's last token stands for "none", before the first step
        self.token = nn.ModuleList(nn.Embedding(count + 1, config.token_size) for count in grid.sizes)
        self.patch_in = nn.Linear(config.patch * tracks * config.token_size, config.width)
        self.told = nn.Linear(config.width, config.width)
        self.blocks = CausalBlocks(config.head_blocks, config.width, config.heads)
        self.context = nn.Sequential(nn.LayerNorm(config.width), nn.Linear(config.width, config.patch * size))
        self.near_in = nn.Linear(config.near * tracks * config.token_size, size)
        # what the parts above write on the same step
        self.above = nn.ModuleList(nn.Embedding(count, size) for count in grid.sizes[:-1] if self.hears)
        self.norms = nn.ModuleList(nn.LayerNorm(size) for _ in grid.sizes)
        self.mix = nn.ModuleList(nn.Linear(2 * size, size) for _ in grid.sizes)
        self.out = nn.ModuleList(nn.Linear(size, count) for count in grid.sizes)
        self.trust = nn.ModuleList(nn.Linear(size, 1) for _ in grid.sizes)
        for module in (*self.token, *self.above, *self.out, *self.trust):
            assert isinstance(module, nn.Embedding | nn.Linear)
            nn.init.normal_(module.weight, std=0.1 if isinstance(module, nn.Embedding) else 1e-3)
        for trust in self.trust:  # it begins by leaving the draft as it is
            assert isinstance(trust, nn.Linear)
            nn.init.constant_(trust.bias, 4.0)

    def forward(self, draft: Draft, tokens: Tensor) -> list[Tensor]:
        """Logits (B, S, size) of each part, each given the true tokens (B, T, S) before it."""
        embedded = self.embed(functional.pad(tokens, (self.near, 0), value=-1))  # (B, near + S, T, token_size)
        heard = [self._heard(draft, embedded, part) for part in self._listeners()] * (
            len(self.sizes) if self.hears else 1
        )
        above = torch.zeros_like(heard[0])
        found = []
        for k, logits in enumerate(draft.logits):
            found.append(self.correct(k, heard[k], draft.features[:, :, k], above, logits))
            above = self.hear(k, tokens[:, k], above)
        return found

    def embed(self, tokens: Tensor) -> Tensor:
        """(B, S, T, token_size) of tokens (B, T, S), -1 where there is none."""
        rows = [
            embedding(torch.where(tokens[:, k] < 0, self.sizes[k], tokens[:, k]))
            for k, embedding in enumerate(self.token)
        ]
        return torch.stack(rows, 2)

    def _listeners(self) -> list[int | None]:
        """Who hears separately: one for all (None), or each part for itself."""
        return [None] if self.hears else list(range(len(self.sizes)))

    def _heard(self, draft: Draft, embedded: Tensor, part: int | None) -> Tensor:
        """What is heard before every step, (B, S, step_size), from embedded tokens (B, near + S, T, token_size)."""
        embedded = self.only(embedded, part)
        count, steps = len(embedded), embedded.shape[1] - self.near
        patches = embedded[:, self.near :].reshape(count, steps // self.patch, -1)
        x = self.told(draft.patches) + functional.pad(self.patch_in(patches[:, :-1]), (0, 0, 1, 0))
        last = embedded[:, :-1].unfold(1, self.near, 1).movedim(-1, 2).flatten(2)  # (B, S, near * T * token_size)
        context: Tensor = self.context(self.blocks(x)).view(count, steps, -1)
        steps_before: Tensor = self.near_in(last)
        return context + steps_before

    def only(self, embedded: Tensor, part: int | None) -> Tensor:
        """Embedded tokens (..., T, token_size) with those of the other parts taken away."""
        if part is None:
            return embedded
        mine = torch.zeros(len(self.sizes), 1, dtype=embedded.dtype, device=embedded.device)
        mine[part] = 1
        kept: Tensor = embedded * mine
        return kept

    def hear(self, part: int, tokens: Tensor, above: Tensor) -> Tensor:
        """`above` with what this part wrote on the same step added to it."""
        if part >= len(self.above):
            return above
        heard: Tensor = above + self.above[part](tokens)
        return heard

    def correct(self, part: int, heard: Tensor, feature: Tensor, above: Tensor, draft: Tensor) -> Tensor:
        """Logits (..., size): the draft's as far as the head trusts them, and its own."""
        x = heard + above
        x = x + functional.relu(self.mix[part](torch.cat([self.norms[part](x), feature], -1))).square()
        corrected: Tensor = torch.sigmoid(self.trust[part](x)) * draft + self.out[part](x)
        return corrected


class Writer:
    """Goes through the steps of phrases with a head, one after the other."""

    def __init__(self, head: Head, draft: Draft) -> None:
        count, steps, tracks, _ = draft.features.shape
        self.head, self.draft = head, draft
        self.told = head.told(draft.patches)
        self.padded = torch.full((count, tracks, head.near + steps), -1, device=draft.patches.device)
        self.pasts: list[list[Past]] = [[] for _ in head._listeners()]
        self.contexts: list[Tensor] = []

    @property
    def tokens(self) -> Tensor:
        """(B, T, S) int64: what is written, -1 where nothing is yet."""
        return self.padded[:, :, self.head.near :]

    def step(self, step: int, temperature: float, chances: Tensor | None) -> None:
        """Writes the next step of all parts; chances (B, T)."""
        head = self.head
        if step % head.patch == 0:
            self._next_patch(step // head.patch)
        last = head.embed(self.padded[:, :, step : step + head.near])
        heard = [
            context[:, step % head.patch] + head.near_in(head.only(last, part).flatten(1))
            for context, part in zip(self.contexts, head._listeners(), strict=True)
        ]
        above = torch.zeros_like(heard[0])
        for k, logits in enumerate(self.draft.logits):
            mine = heard[0] if head.hears else heard[k]
            corrected = head.correct(k, mine, self.draft.features[:, step, k], above, logits[:, step])
            token = choose(corrected, temperature, None if chances is None else chances[:, k])
            self.padded[:, k, head.near + step] = token
            above = head.hear(k, token, above)

    def _next_patch(self, patch: int) -> None:
        head, first = self.head, self.head.near + patch * self.head.patch
        written = head.embed(self.padded[:, :, first - head.patch : first]) if patch else None
        self.contexts = []
        for past, part in zip(self.pasts, head._listeners(), strict=True):
            x = self.told[:, patch]
            if written is not None:
                x = x + head.patch_in(head.only(written, part).flatten(1))
            self.contexts.append(head.context(head.blocks.step(x, past)).view(len(x), head.patch, -1))


def cross_entropy(logits: list[Tensor], tokens: Tensor) -> Tensor:
    """(B,) nats of tokens (B, T, S) under each part's logits (B, S, size), summed over a phrase, float32 or wider."""
    parts = []
    for k, each in enumerate(logits):
        wide = each.to(torch.promote_types(each.dtype, torch.float32))
        nats = functional.cross_entropy(wide.flatten(0, 1), tokens[:, k].flatten(), reduction="none")
        parts.append(nats.view(len(tokens), -1).sum(-1))
    return torch.stack(parts).sum(0)
