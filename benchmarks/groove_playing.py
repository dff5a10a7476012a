"""How a space of grooves copies, humanises and drumifies held-out grooves, and how unevenly it plays, beside drummers.

    python benchmarks/groove_playing.py RUN/best DATA [--split test] [--phrases 256]

For each kind of input (whole, flat, tapped) and temperature: share of steps right, onset F1, velocity error (1-127) and
timing error (ms at 120 to the minute); and of what is written the strokes a phrase, and mean and standard deviation of
velocities and timings. "humanise" plays the true strokes.
"""

from __future__ import annotations

import argparse

import numpy as np
import torch

from scorespace import checkpoint
from scorespace.data.shards import Shards
from scorespace.models.grooves import GrooveModel
from scorespace.music import groove
from scorespace.music.agreement import copies
from scorespace.space import noise
from scorespace.training.held_out import choose_phrases

HEARD = {"whole": np.array, "flat": groove.flat, "tapped": groove.tapped}


def spread(grid: groove.GrooveGrid, tokens: np.ndarray) -> str:
    """Strokes a phrase, and how loud and how late they are."""
    found = grid.notes(tokens)
    late = 500 * (found["start"] - grid.positions(grid.bars)[found["step"]])[found["step"] > 0]
    loud = found["velocity"]
    return (
        f"{len(found) / len(tokens):5.1f} strokes, velocity {loud.mean():.0f} +- {loud.std():.0f}, "
        f"{late.mean():.0f} +- {late.std():.0f} ms late"
    )


@torch.inference_mode()
def main(run: str, data: str, split: str, count: int) -> None:
    torch.set_num_threads(1)
    model, shards = checkpoint.load(run).model.double().eval(), Shards.open(data)
    assert isinstance(model, GrooveModel)
    assert isinstance(shards.grid, groove.GrooveGrid)
    grid, true = shards.grid, choose_phrases(shards.tokens(split), count)
    tokens, places = torch.from_numpy(true), range(len(true))
    chances = torch.from_numpy(np.stack([noise.uniforms(1, k, 0, grid.draws) for k in places]))
    drawn = torch.from_numpy(np.stack([noise.normals(1, k, 0, model.z_size) for k in places]))
    print(f"{'drummers':16} {spread(grid, true)}")
    for name, heard in HEARD.items():
        mean, scale = model.encode(torch.from_numpy(heard(true)))
        for temperature in (0.0, 0.5, 1.0):
            z = mean + temperature * scale * drawn
            written = {name: model.decode(z, temperature, chances)}
            if name == "flat":
                written["humanise"] = model.perform(z, tokens, temperature, chances)
            for title, phrases in written.items():
                figures = {key: round(float(row.mean()), 3) for key, row in copies(true, phrases.numpy(), grid).items()}
                print(f"{title:10} {temperature:5} {spread(grid, phrases.numpy())} {figures}")
    for temperature in (0.5, 0.95):
        print(f"{'prior':10} {temperature:5} {spread(grid, model.decode(drawn, temperature, chances).numpy())}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run")
    parser.add_argument("data")
    parser.add_argument("--split", default="test")
    parser.add_argument("--phrases", type=int, default=256)
    given = parser.parse_args()
    main(given.run, given.data, given.split, given.phrases)
