"""What fills gaps: models, and writers that need none, or only a model of single bars.

step unigram     for each step of the bar how often each token stands there in training
copy             the bars before the gap once more; "copy after" those after it
copy, slips      each token is that of the copy, but with a chance e one of the step unigram; so it has a likelihood
interpolation    each bar decoded from a z on the straight line between those of the bars beside the gap
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from scorespace.evaluation.gap_figures import Gaps
from scorespace.models.base import Inpainter, choose
from scorespace.models.gaps import counted
from scorespace.models.measure_vae import MeasureVAE
from scorespace.models.wishes import Wishes
from scorespace.music.grid import Grid
from scorespace.music.lines import HOLD

BATCH = 64  # phrases at once; part of what makes a figure repeat to the last digit


class Filler(Protocol):
    """Anything that fills gaps (`Gaps`). What it has no answer to is None."""

    def nats(self, of: Gaps) -> np.ndarray | None:
        """(N, S) log-likelihoods of the true tokens of the gap, given what stands around it and those before it."""

    def taught(self, of: Gaps) -> np.ndarray | None:
        """(N, S) the most likely token of each place, given the true ones before it in the gap."""

    def likeliest(self, of: Gaps) -> np.ndarray | None:
        """(N, S) phrases filled with the most likely tokens one after another."""

    def sample(self, of: Gaps, uniforms: np.ndarray) -> np.ndarray | None:
        """(N, S) phrases filled at temperature 1, chosen by uniforms (N, 2, S)."""


class Truth:
    """The true notes: what the figures of a filling are to be compared with."""

    def nats(self, of: Gaps) -> None:
        return None

    def taught(self, of: Gaps) -> None:
        return None

    def likeliest(self, of: Gaps) -> np.ndarray:
        return of.true

    def sample(self, of: Gaps, uniforms: np.ndarray) -> np.ndarray:
        return of.true


class StepUnigram:
    """One distribution for each step of the bar, counted in training without padding, each token once more than it
    came (Laplace)."""

    def __init__(self, train: np.ndarray, grid: Grid) -> None:
        """train: (M, S) integers."""
        bar, steps = grid.steps_per_bar, np.arange(train.shape[1])
        tokens = torch.from_numpy(train.astype(np.int64))
        some = counted(tokens, torch.ones_like(tokens, dtype=torch.bool)).numpy()
        places = (train.astype(np.int64) + steps % bar * grid.vocabulary)[some]
        counts = 1.0 + np.bincount(places, minlength=bar * grid.vocabulary).reshape(bar, -1)
        self.each = counts / counts.sum(1, keepdims=True)

    def probabilities(self, of: Gaps) -> np.ndarray:
        """(S, V)."""
        return np.tile(self.each, (of.grid.bars, 1))

    def nats(self, of: Gaps) -> np.ndarray:
        found: np.ndarray = np.log(self.probabilities(of)[np.arange(of.grid.steps), of.true])
        return found

    def taught(self, of: Gaps) -> np.ndarray:
        return np.where(of.mask, self.probabilities(of).argmax(-1), of.true)

    def likeliest(self, of: Gaps) -> np.ndarray:
        return self.taught(of)

    def sample(self, of: Gaps, uniforms: np.ndarray) -> np.ndarray:
        return np.where(of.mask, _drawn(self.probabilities(of), uniforms[:, 0]), of.true)


class Copy:
    """The k bars before a gap of k bars, or with `after` those after it; those of the other side where fewer stand
    there; and where fewer stand on both sides all those of the longer side (before, of equals) again and again."""

    def __init__(self, after: bool = False) -> None:
        self.after = after

    def nats(self, of: Gaps) -> None:
        return None

    def taught(self, of: Gaps) -> None:
        return None

    def likeliest(self, of: Gaps) -> np.ndarray:
        first, end = np.flatnonzero(of.mask)[[0, -1]] + [0, 1]
        length, after = end - first, of.grid.steps - end
        if first >= length and not (self.after and after >= length):
            source = np.arange(first - length, first)
        elif after >= length:
            source = np.arange(end, end + length)
        elif first >= after:
            source = np.arange(length) % first
        else:
            source = end + np.arange(length) % after
        written = of.true.copy()
        written[:, first:end] = of.true[:, source]
        return written

    def sample(self, of: Gaps, uniforms: np.ndarray) -> None:
        return None


class Slips:
    """The copy, of which each token is given up with a chance `slip` for one of the step unigram."""

    def __init__(self, unigram: StepUnigram, slip: float) -> None:
        self.unigram, self.slip, self.copy = unigram, slip, Copy()

    def nats(self, of: Gaps) -> np.ndarray:
        right = self.copy.likeliest(of) == of.true
        found: np.ndarray = np.log((1 - self.slip) * right + self.slip * np.exp(self.unigram.nats(of)))
        return found

    def taught(self, of: Gaps) -> np.ndarray:
        copied, each = self.copy.likeliest(of), self.unigram.probabilities(of)
        kept = 1 - self.slip + self.slip * each[np.arange(of.grid.steps), copied]
        return np.where((kept >= self.slip * each.max(-1)) | ~of.mask, copied, each.argmax(-1))

    def likeliest(self, of: Gaps) -> np.ndarray:
        return self.taught(of)

    def sample(self, of: Gaps, uniforms: np.ndarray) -> np.ndarray:
        copied = self.copy.likeliest(of)
        slipped = (uniforms[:, 0] < self.slip) & of.mask
        return np.where(slipped, _drawn(self.unigram.probabilities(of), uniforms[:, 1]), copied)


def fitted_slip(unigram: StepUnigram, valid: Gaps) -> float:
    """The chance of a slip under which the validation phrases' gaps are likeliest: expectation-maximisation."""
    right = (Copy().likeliest(valid) == valid.true)[valid.counts]
    else_ = np.exp(unigram.nats(valid))[valid.counts]
    slip = 0.5
    for _ in range(200 if len(right) else 0):
        slipped = slip * else_
        slip = float(np.clip((slipped / (slipped + (1 - slip) * right)).mean(), 1e-6, 1 - 1e-6))
    return slip


class Interpolation:
    """z of the missing bars stand evenly on the straight line between the posterior means of the bars beside the gap;
    beside one bar alone they are its own. Each bar is written and judged by the MeasureVAE's decoder."""

    def __init__(self, measure: MeasureVAE) -> None:
        self.measure = measure.eval()

    def nats(self, of: Gaps) -> np.ndarray:
        def each(bars: Tensor, z: Tensor, _: Tensor) -> Tensor:
            return self.measure.logits(bars, z).log_softmax(-1).gather(-1, bars[:, 0].unsqueeze(-1)).squeeze(-1)

        return self._filled(of, each, np.zeros(of.true.shape))

    def taught(self, of: Gaps) -> np.ndarray:
        return self._filled(of, lambda bars, z, _: self.measure.next_step(bars, z), of.true)

    def likeliest(self, of: Gaps) -> np.ndarray:
        return self._filled(of, lambda bars, z, _: self.measure.decode(z), of.true)

    def sample(self, of: Gaps, uniforms: np.ndarray) -> np.ndarray:
        return self._filled(of, lambda bars, z, draws: self.measure.decode(z, 1.0, draws), of.true, uniforms)

    @torch.no_grad()
    def _filled(
        self,
        of: Gaps,
        each: Callable[[Tensor, Tensor, Tensor], Tensor],
        around: np.ndarray,
        uniforms: np.ndarray | None = None,
    ) -> np.ndarray:
        """`around` (N, S) with what a function of bars (M, 1, s), their z (M, Z) and uniforms (M, 1, s) says of those
        of the gap."""
        device, bar = next(self.measure.parameters()).device, of.grid.steps_per_bar
        gap = of.mask[::bar]
        first, end = np.flatnonzero(gap)[[0, -1]] + [0, 1]
        found = around.reshape(len(around), -1, bar).copy()
        draws = np.zeros(of.true.shape) if uniforms is None else uniforms[:, 0]
        for rows in _batches(len(found)):
            bars = torch.from_numpy(of.true[rows].reshape(-1, len(gap), bar)).to(device)
            edges = [self.measure.encode(bars[:, k : k + 1])[0] for k in (first - 1, end) if 0 <= k < len(gap)]
            shares = torch.arange(1, end - first + 1, device=device).view(1, -1, 1) / (end - first + 1)
            z = torch.lerp(edges[0].unsqueeze(1), edges[-1].unsqueeze(1), shares.to(edges[0].dtype)).flatten(0, 1)
            inside = torch.from_numpy(draws[rows].reshape(-1, len(gap), bar)[:, first:end]).flatten(0, 1)
            said = each(bars[:, first:end].flatten(0, 1).unsqueeze(1), z, _on(inside.unsqueeze(1), device))
            found[rows, first:end] = said.cpu().numpy().reshape(-1, end - first, bar)
        return found.reshape(around.shape)


class Model:
    """An inpainter, on the grid of the data."""

    def __init__(self, model: Inpainter, grid: Grid) -> None:
        self.model = model.on(grid).eval()

    def nats(self, of: Gaps, wishes: Wishes | None = None) -> np.ndarray:
        """`wishes` for a model whose `step_log_likelihood` takes them; theirs are the rows of all phrases."""

        def said(tokens: Tensor, mask: Tensor, rows: slice) -> Tensor:
            more = {} if wishes is None else {"wishes": _of_rows(wishes, rows, tokens.device)}
            return self.model.step_log_likelihood(tokens, mask, **more)

        return self._each(of, of.true, said).astype(np.float64)

    def taught(self, of: Gaps) -> np.ndarray:
        return self._each(of, of.true, lambda tokens, mask, _: self.model.next_step(tokens, mask))

    def likeliest(self, of: Gaps, wishes: Wishes | None = None) -> np.ndarray:
        def written(tokens: Tensor, mask: Tensor, rows: slice) -> Tensor:
            return self.model.inpaint(tokens, mask, wishes=_of_rows(wishes, rows, tokens.device))

        return self._each(of, _open(of), written)

    def sample(self, of: Gaps, uniforms: np.ndarray, wishes: Wishes | None = None) -> np.ndarray:
        def written(tokens: Tensor, mask: Tensor, rows: slice) -> Tensor:
            draws = _on(torch.from_numpy(uniforms[rows, :, None]), tokens.device)
            return self.model.inpaint(tokens, mask, 1.0, draws, _of_rows(wishes, rows, tokens.device))

        return self._each(of, _open(of), written)

    def likelihood_of(self, of: Gaps, written: np.ndarray) -> np.ndarray:
        """(N,) nats of the whole gap of written phrases, padding included: a writer knows of none."""
        said = self._each(of, written, lambda tokens, mask, _: self.model.step_log_likelihood(tokens, mask))
        found: np.ndarray = said.astype(np.float64).sum(1)
        return found

    @torch.no_grad()
    def _each(self, of: Gaps, phrases: np.ndarray, function: Callable[[Tensor, Tensor, slice], Tensor]) -> np.ndarray:
        device = next(self.model.parameters()).device
        found = []
        for rows in _batches(len(phrases)):
            tokens = torch.from_numpy(phrases[rows]).to(device).unsqueeze(1)
            mask = torch.from_numpy(of.mask).to(device).expand_as(tokens)
            found.append(function(tokens, mask, rows)[:, 0].cpu().numpy())
        return np.concatenate(found)


def _open(of: Gaps) -> np.ndarray:
    """The phrases without what a writer must not see."""
    return np.where(of.mask, HOLD, of.true)


def _of_rows(wishes: Wishes | None, rows: slice, device: torch.device) -> Wishes | None:
    if wishes is None or wishes.allowed is None:
        return wishes
    return Wishes(wishes.allowed[rows].to(device))


def _on(uniforms: Tensor, device: torch.device) -> Tensor:
    """On a device; an Apple GPU has no float64."""
    return uniforms.to(device, torch.float32 if device.type == "mps" else torch.float64)


def _batches(count: int) -> Iterator[slice]:
    for start in range(0, count, BATCH):
        yield slice(start, min(start + BATCH, count))


def _drawn(probabilities: np.ndarray, uniforms: np.ndarray) -> np.ndarray:
    """Tokens (N, S) of (S, V), chosen by uniforms (N, S)."""
    logits = torch.from_numpy(np.log(probabilities)).expand(len(uniforms), -1, -1)
    found: np.ndarray = choose(logits, 1.0, torch.from_numpy(uniforms)).numpy()
    return found
