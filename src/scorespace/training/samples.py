"""Samples and reconstructions of a model in training, as one picture and one MIDI file."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch

from scorespace.models.base import LatentModel
from scorespace.music import draw, files, transform
from scorespace.music.grid import Grid

SAMPLE_SEED = 20_170_001  # the same points of the prior every time, so that pictures show how the model changes


@torch.no_grad()
def write_samples(
    model: LatentModel, grid: Grid, phrases: np.ndarray, count: int, folder: Path, step: int
) -> list[Path]:
    """Writes folder/step-N.png and .mid: `count` samples of the prior, then phrases with their copies.

    Args:
        model: its mode is restored.
        grid: of the model's tokens.
        phrases: (N, T, S) int64, of which the first `count` are reconstructed; may be empty.
        count: how many of each.
        folder: made where it is missing.
        step: for the names.
    """
    device = next(model.parameters()).device
    training = model.training
    model.eval()
    drawn = model.decode(_drawn(model, count).to(device)).cpu().numpy()
    shown = [(f"sample {k + 1}", tokens) for k, tokens in enumerate(drawn)]
    if len(phrases):
        originals = phrases[:count]
        mean, _ = model.encode(torch.from_numpy(originals).to(device))
        for k, (original, written) in enumerate(zip(originals, model.decode(mean).cpu().numpy(), strict=True)):
            shown += [(f"held-out {k + 1}", original), (f"held-out {k + 1}, reconstructed", written)]
    model.train(training)
    folder.mkdir(parents=True, exist_ok=True)
    scores = [grid.to_score(tokens) for _, tokens in shown]
    picture, music = folder / f"step-{step}.png", folder / f"step-{step}.mid"
    draw.png(scores, picture, titles=[title for title, _ in shown])
    lengths = [float(grid.bar_quarters) * grid.bars] * len(scores)
    files.write(transform.join(scores, lengths, by_program=grid.chooses_programs), music)
    return [picture, music]


def _drawn(model: LatentModel, count: int) -> torch.Tensor:
    """Points (count, Z) of the prior; on a flower, all round it."""
    normals = torch.randn(count, model.z_size, generator=torch.Generator().manual_seed(SAMPLE_SEED))
    return model.prior.place(normals, 2 * math.pi * torch.arange(count) / count)
