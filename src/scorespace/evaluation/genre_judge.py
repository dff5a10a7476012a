"""A judge of genres that knows nothing of any space: a small convolutional network, taught on held-in songs.

Edits are searched for with the classifier of the space, so it cannot say whether they succeed. This one sees tokens,
not statistics, was taught apart, and is asked only afterwards.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from scorespace.data.batches import Batches
from scorespace.data.shards import Shards
from scorespace.music.grid import Grid

TRANSPOSE = (-5, 6)
SIZE, WIDTH = 16, 96


class GenreJudge(nn.Module):
    """Log-probabilities (B, G) of genres for tokens (B, T, S)."""

    def __init__(self, grid: Grid, genres: int) -> None:
        super().__init__()
        self.tokens = nn.ModuleList(nn.Embedding(size, SIZE) for size in grid.sizes)
        self.layers = nn.ModuleList(
            nn.Conv1d(inputs, WIDTH, 5, padding=2) for inputs in (SIZE * grid.tracks, WIDTH, WIDTH)
        )
        self.out = nn.Linear(2 * WIDTH, genres)

    def forward(self, tokens: Tensor) -> Tensor:
        x = torch.cat([embed(tokens[:, k]) for k, embed in enumerate(self.tokens)], -1).transpose(1, 2)
        for number, layer in enumerate(self.layers):
            x = functional.dropout(functional.relu(layer(x)), 0.2, self.training)
            x = functional.max_pool1d(x, 2) if number < len(self.layers) - 1 else x
        pooled = torch.cat([x.mean(-1), x.amax(-1)], -1)
        return functional.log_softmax(self.out(functional.dropout(pooled, 0.4, self.training)), -1)


def train(
    shards: Shards, steps: int = 500, seed: int = 0, progress: Callable[[float], None] = lambda _: None
) -> GenreJudge:
    """A judge taught on the training split of a tagged data set, every genre as often as any other.

    Sets torch's global random state.
    """
    torch.manual_seed(seed)
    judge = GenreJudge(shards.grid, len(shards.genres)).train()
    batches = Batches(shards, "train", min(64, len(shards.tokens("train"))), seed, TRANSPOSE, balance=0.98)
    optimiser = torch.optim.AdamW(judge.parameters(), 2e-3, weight_decay=0.02)
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = 2e-3 * (1 - step / steps)
        genres = torch.from_numpy(batches.genres_at(step))
        tagged = genres >= 0
        loss = functional.nll_loss(judge(torch.from_numpy(batches.at(step))[tagged]), genres[tagged])
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        progress((step + 1) / steps)
    return judge.eval()


@torch.no_grad()
def ask(judge: GenreJudge, tokens: np.ndarray) -> np.ndarray:
    """(N, G) log-probabilities of phrases (N, T, S)."""
    parts = [judge(torch.from_numpy(tokens[k : k + 256].astype(np.int64))) for k in range(0, len(tokens), 256)]
    return torch.cat(parts).double().numpy()
