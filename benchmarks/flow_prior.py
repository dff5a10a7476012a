"""A learned prior over the codes of a bar-vae, against N(0, I): an experiment, see docs/experiments.md.

    python benchmarks/flow_prior.py SPACE DATA -o OUT.json [--minutes 4] [--language-model CHECKPOINT]

Encodes training phrases, fits to the points z = mean + scale * noise (1) a Gaussian with full covariance and (2) a
rectified flow (Liu et al. 2022; flow matching, Lipman et al. 2022): a transformer over the global code and the bars'
codes that learns the velocity from noise to points. Then decodes points of N(0, I), of both, and of real phrases,
all with the same random numbers, and measures the samples: overlap of attribute histograms with the corpus, difference
between samples, and their likelihood under a language model trained apart.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from scorespace import checkpoint
from scorespace.data.shards import Shards
from scorespace.evaluation import latent_space, samples, statistics
from scorespace.models.bar_vae import BarVAE
from scorespace.models.layers import Block
from scorespace.space.loading import find
from scorespace.training.held_out import choose_phrases

WIDTH, BLOCKS, BATCH, STEPS_OF_FLOW = 192, 4, 256, 40


class Velocity(nn.Module):
    """The velocity (B, Z) at points (B, Z) and times (B,) in [0, 1]; a place for the global code, one for each bar."""

    def __init__(self, model: BarVAE) -> None:
        super().__init__()
        self.whole, self.each, self.bars = model.config.global_size, model.config.bar_size, model.bars
        self.whole_in, self.each_in = nn.Linear(self.whole, WIDTH), nn.Linear(self.each, WIDTH)
        self.time = nn.Sequential(nn.Linear(32, WIDTH), nn.SiLU(), nn.Linear(WIDTH, WIDTH))
        self.place = nn.Parameter(0.02 * torch.randn(self.bars + 1, WIDTH))
        self.blocks = nn.Sequential(*(Block(WIDTH, 4) for _ in range(BLOCKS)))
        self.norm = nn.LayerNorm(WIDTH)
        self.whole_out, self.each_out = nn.Linear(WIDTH, self.whole), nn.Linear(WIDTH, self.each)

    def forward(self, points: Tensor, times: Tensor) -> Tensor:
        whole, each = points[:, : self.whole], points[:, self.whole :].unflatten(1, (self.bars, self.each))
        waves = times[:, None] * torch.logspace(0, 2, 16)
        told = self.time(torch.cat([waves.sin(), waves.cos()], -1))
        x = torch.cat([self.whole_in(whole).unsqueeze(1), self.each_in(each)], 1) + self.place + told.unsqueeze(1)
        x = self.norm(self.blocks(x))
        return torch.cat([self.whole_out(x[:, 0]), self.each_out(x[:, 1:]).flatten(1)], 1)


@torch.no_grad()
def encoded(model: BarVAE, tokens: np.ndarray) -> tuple[Tensor, Tensor]:
    """Means and scales (N, Z) of phrases (N, T, S)."""
    means, scales = latent_space.posterior(model, tokens)
    return torch.from_numpy(means).float(), torch.from_numpy(scales).float()


def fit(model: BarVAE, mean: Tensor, scale: Tensor, minutes: float) -> Velocity:
    """A flow from N(0, I) to the encoded points."""
    flow = Velocity(model)
    optimiser = torch.optim.AdamW(flow.parameters(), lr=1e-3, weight_decay=0.01)
    begun, step, share = time.process_time(), 0, 0.0
    while share < 1:
        for group in optimiser.param_groups:
            group["lr"] = 1e-3 * min(1, (step + 1) / 100) * (1 - share)
        chosen = torch.randint(len(mean), (BATCH,))
        ends, times = mean[chosen] + scale[chosen] * torch.randn(BATCH, mean.shape[1]), torch.rand(BATCH)
        noise = torch.randn_like(ends)
        at = noise + times[:, None] * (ends - noise)
        loss = functional.mse_loss(flow(at, times), ends - noise)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        step, share = step + 1, (time.process_time() - begun) / 60 / minutes
        if step % 100 == 0:
            print(f"step {step}: {float(loss.detach()):.4f} (1 + the points' variance is no flow)", flush=True)
    return flow.eval()


@torch.no_grad()
def flowed(flow: Velocity, noise: Tensor) -> Tensor:
    """Points of the flow for noise (N, Z), by Heun's method."""
    points, width = noise, 1 / STEPS_OF_FLOW
    for k in range(STEPS_OF_FLOW):
        now = torch.full((len(points),), k * width)
        first = flow(points, now)
        second = flow(points + width * first, now + width)
        points = points + width * (first + second) / 2
    return points


@torch.no_grad()
def decoded(model: BarVAE, z: Tensor, temperature: float, chances: Tensor) -> np.ndarray:
    """Phrases (N, T, S) for points (N, Z)."""
    parts = zip(z.split(64), chances.split(64), strict=True)
    return np.concatenate([model.decode(point, temperature, part).numpy() for point, part in parts])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("space")
    parser.add_argument("data")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--language-model", dest="judge")
    parser.add_argument("--minutes", type=float, default=4.0)
    parser.add_argument("--train", type=int, default=8192, help="phrases that are encoded")
    parser.add_argument("--count", type=int, default=512, help="samples of each kind")
    parser.add_argument("--temperature", type=float, default=0.95)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    loaded, shards = checkpoint.load(find(options.space)), Shards.open(options.data)
    model = loaded.model
    if not isinstance(model, BarVAE):
        parser.error("SPACE must be a bar-vae")
    tokens = choose_phrases(shards.tokens("test"), 1024)
    mean, scale = encoded(model, choose_phrases(shards.tokens("train"), options.train))
    far, wide = encoded(model, tokens[: options.count])
    noise = torch.randn(options.count, model.z_size)
    drawn = mean + scale * torch.randn_like(mean)
    spread = torch.linalg.cholesky(torch.cov(drawn.T) + 1e-4 * torch.eye(model.z_size))
    flow = fit(model, mean, scale, options.minutes)
    kinds = {
        "N(0, I)": noise,
        "Gaussian": mean.mean(0) + noise @ spread.T,
        "flow": flowed(flow, noise),
        "encoded": far + wide * torch.randn_like(far),
    }
    chances = latent_space.sample_uniforms(loaded.grid.draws, options.count, 0)
    judge = checkpoint.load(options.judge) if options.judge else None
    found: dict[str, Any] = {"space": options.space, "minutes": options.minutes, "kinds": {}}
    for name, z in kinds.items():
        made = decoded(model, z, options.temperature, chances)
        overlaps = statistics.overlaps(made, tokens, loaded.grid)
        figures = {
            "overlap": float(np.mean(list(overlaps.values()))),
            "difference": float(statistics.pairwise_difference(made)),
            "likelihood": float(samples.nll(judge.model, made).mean()) if judge else None,
        }
        found["kinds"][name] = figures
        print(f"{name:10} {figures}", flush=True)
    if judge:
        found["corpus_likelihood"] = float(samples.nll(judge.model, tokens).mean())
        print("corpus", found["corpus_likelihood"])
    options.output.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
