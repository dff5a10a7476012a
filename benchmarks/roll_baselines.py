"""What piano rolls are worth without a model: degenerate writers and the odds of single bits, on the test split.

    python benchmarks/roll_baselines.py DATA

DATA is a data set of a roll grid. Prints the F1 of whole notes and of onsets for silence, for the phrase that is most
common in training (in any key) and for a random training phrase; the nats a phrase of a model that knows how often each
bit is set, over all places or at each step; and how often notes stand where in the corpus.
"""

from __future__ import annotations

import sys

import numpy as np
import torch

from scorespace.data.shards import Shards
from scorespace.models import frames
from scorespace.music.agreement import onset_f1

SEED = 0
PIECE = 512


def main(folder: str) -> None:
    shards = Shards.open(folder)
    train, test = (np.asarray(shards.tokens(split)).astype(np.int64) for split in ("train", "test"))
    grid = shards.grid
    forms, first, counts = np.unique(grid.normal_form(train), axis=0, return_index=True, return_counts=True)
    common = train[first[counts.argmax()]]
    print(f"{len(train):,} training phrases, {len(forms):,} of them distinct in any key; the commonest: {counts.max()}")
    writers = {
        "silence": np.broadcast_to(grid.silence().astype(np.int64), test.shape),
        "most common phrase": np.broadcast_to(common, test.shape),
        "random training phrase": train[np.random.default_rng(SEED).integers(0, len(train), len(test))],
    }
    for name, written in writers.items():
        notes, onsets = grid.token_agreement(test, written).mean(), onset_f1(test, written, grid).mean()
        print(f"{name:24} note F1 {notes:.4f}  onset F1 {onsets:.4f}")
    pitches = frames.allowed(grid)
    for name, steps in (("one rate a pitch", False), ("one rate a pitch and step", True)):
        logits = odds(train, steps)
        nats = [
            frames.negative_log_likelihood(
                logits.expand(len(part), *logits.shape), frames.frames(torch.from_numpy(part)), pitches
            )
            for part in np.array_split(test, len(test) // PIECE + 1)
        ]
        print(f"{name:24} {float(torch.cat(nats).mean()):.1f} nats a phrase")


def odds(train: np.ndarray, by_step: bool) -> torch.Tensor:
    """(S, 256) float64 logits of each bit: set once more, and open twice more, than in training (Laplace)."""
    steps = train.shape[-1]
    told = torch.zeros(2, steps, 256, dtype=torch.float64)
    for part in np.array_split(train, len(train) // PIECE + 1):
        roll = frames.frames(torch.from_numpy(part))
        open_ = torch.cat([torch.ones_like(roll.onset), roll.may_hold()], -1)
        told += torch.stack([roll.numbers(torch.float64).sum(0), open_.sum(0)])
    if not by_step:
        told = told.sum(1, keepdim=True).expand(2, steps, 256)
    share = (told[0] + 1) / (told[1] + 2)
    return torch.logit(share)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    torch.set_num_threads(1)
    main(sys.argv[1])
