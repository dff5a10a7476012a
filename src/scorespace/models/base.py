"""What every model offers, and how tokens are drawn.

Shapes, the same in all models: B batch, T tracks, S steps, Z latent, V vocabulary, H hidden.
Tokens are int64 (B, T, S) in the alphabet of the model's grid: row t below `grid.sizes[t]`.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Self

import torch
from torch import Tensor, nn

from scorespace.errors import UsageError
from scorespace.models.priors import Prior, StandardNormal
from scorespace.models.wishes import Wishes
from scorespace.music.grid import Grid


class Model(nn.Module, ABC):
    """A module that the one training loop can train."""

    phases: tuple[str, ...] = ("train",)

    def __init__(self, grid: Grid) -> None:
        super().__init__()
        self.grid = grid

    def phase_parameters(self, phase: str) -> Iterable[nn.Parameter]:
        """The parameters that this phase's optimiser moves."""
        return self.parameters()

    def phase_rounds(self, phase: str) -> int:
        """How often this phase's optimiser steps for each step of training, with the same batch."""
        return 1

    def phase_training(self, phase: str) -> dict[str, Any]:
        """What of the recipe's [training] is otherwise in this phase: keys and values."""
        return {}

    @abstractmethod
    def loss(self, batch: Tensor, step: int, phase: str, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Figures of one batch (B, T, S) int64 at training step `step` (from 0); "loss" is to be minimised.

        The other entries are scalars for the log. All in nats a phrase, averaged over B: "reconstruction" (negative
        log-likelihood of the tokens), "kl", "beta" (weight of the KL). "accuracy" is the share of tokens predicted.
        `generator` (on the CPU) is the only source of randomness; None uses torch's global one.
        """


class LatentModel(Model):
    """A model with a latent space. The prior is N(0, I) of `z_size` dimensions unless `prior` says otherwise."""

    z_size: int

    @property
    def prior(self) -> Prior:
        """What z is like before anything is known of a phrase."""
        return StandardNormal(self.z_size)

    @abstractmethod
    def encode(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Posterior mean and scale (standard deviation, > 0), each (B, Z) float, of tokens (B, T, S) int64."""

    @abstractmethod
    def decode(self, z: Tensor, temperature: float = 0.0, uniforms: Tensor | None = None) -> Tensor:
        """Tokens (B, T, S) int64 for z (B, Z).

        temperature 0 takes the most likely tokens; above it, `uniforms` (B, *grid.draws) in [0, 1) choose each token
        (`choose`), so that a take depends on its own numbers alone, never on the batch or the device.
        """

    @abstractmethod
    def log_likelihood(self, tokens: Tensor, z: Tensor) -> Tensor:
        """log p(tokens | z), (B,) nats, teacher-forced where the decoder is autoregressive."""

    @abstractmethod
    def next_step(self, tokens: Tensor, z: Tensor) -> Tensor:
        """Most likely token at each step given z and, where the decoder is autoregressive, the true tokens before it.

        (B, T, S) int64. For a parallel decoder this equals `decode(z)`.
        """


class Inpainter(Model):
    """A model that writes what is missing of a phrase, given the rest of it.

    Its phrases have any number of whole bars of its grid, S = bars * steps_per_bar. A mask (B, T, S) bool is True where
    tokens are to be written; what it covers of `tokens` is never looked at. Its `loss` draws
    the gaps, and is in nats a token of them; no figure counts the silence before the first and after the last note of a
    phrase (`scorespace.models.gaps.counted`), which is padding as often as not.
    """

    def suits(self, grid: Grid) -> bool:
        """Whether it can write on this grid, which may differ from its own in metre and number of bars."""
        return replace(grid, bars=self.grid.bars) == self.grid

    def on(self, grid: Grid) -> Self:
        """This model, with the same weights, on another grid that it `suits`.

        Raises:
            UsageError: when it does not.
        """
        if not self.suits(grid):
            raise UsageError(f"This model does not write on a grid of {grid.metre_name}.")
        other = copy.copy(self)
        other.grid = grid
        return other

    @abstractmethod
    def inpaint(
        self,
        tokens: Tensor,
        mask: Tensor,
        temperature: float = 0.0,
        uniforms: Tensor | None = None,
        wishes: Wishes | None = None,
    ) -> Tensor:
        """Tokens (B, T, S) int64: those given, and where `mask` is True new ones.

        temperature 0 takes the most likely tokens one after another; above it, `uniforms` (B, 2, T, S) in [0, 1) choose
        them (`choose`): those of a place decide what stands there (0) and, in a model of notes, for how long (1).
        `wishes` narrows what may be written.
        """

    @abstractmethod
    def step_log_likelihood(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """(B, T, S) nats, 0 outside the mask: their sum is log p(tokens under the mask | the others), exact.

        What a model of notes says of a note stands where the note begins.
        """

    @abstractmethod
    def next_step(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """Tokens (B, T, S) int64: under the mask the most likely token of each place given the true ones before it in
        the gap and all those outside; elsewhere as given."""


def choose(logits: Tensor, temperature: float, uniforms: Tensor | None) -> Tensor:
    """Draws tokens by inverse transform: the first token whose cumulative probability exceeds the uniform.

    logits (..., V); uniforms (...) in [0, 1), unused at temperature 0 (the most likely token, lowest index on ties).
    A temperature below 1e-30 counts as 1e-30. Returns (...) int64.
    """
    if temperature == 0:
        return logits.argmax(-1)
    if not temperature > 0:
        raise ValueError(f"temperature must not be negative, got {temperature}")
    if uniforms is None:
        raise ValueError("temperature above 0 needs uniforms")
    logits = logits.to(torch.promote_types(logits.dtype, torch.float32))  # bfloat16 cannot add up small probabilities
    below_best = logits - logits.amax(-1, keepdim=True)  # first, so that the smallest temperature gives -inf, never NaN
    cumulative = torch.softmax(below_best / max(temperature, 1e-30), -1).cumsum(-1)
    passed = cumulative <= uniforms.unsqueeze(-1) * cumulative[..., -1:]
    return passed.sum(-1).clamp(max=logits.shape[-1] - 1)


class GenreModel(LatentModel):
    """A latent model that is told the genres of phrases while it is trained.

    Its settings have `genres`, the names in the order of the prior's circle, which training takes from the data.
    """

    @abstractmethod
    def loss(
        self,
        batch: Tensor,
        step: int,
        phase: str,
        generator: torch.Generator | None = None,
        genres: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """As `Model.loss`; genres (B,) int64 are places in the order of the prior's, -1 = untagged (None: all are)."""
