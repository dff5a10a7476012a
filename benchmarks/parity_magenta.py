"""Largest differences between our recurrent models and numbers that Magenta's own code gave for the same weights.

    python benchmarks/parity_magenta.py FILE.npz

The file holds every weight under `W:<TensorFlow variable name>` (a flat or a hierarchical MusicVAE of one melody), an
input `x` (B, S, 90) one-hot in 4/4, a `z` (B, Z), and Magenta's `mu`, `sigma`, teacher-forced `r_loss` (B,) and logits
`rnn_output` (B, S, 90) given that z. Compared in float32, the type of the weights, and in float64. The program ends
with 1 when a difference exceeds 1e-4, or where that is more the spacing of float32 numbers as large as Magenta's.
"""

from __future__ import annotations

import sys

import numpy as np
import torch

from scorespace.models import build
from scorespace.models.magenta import from_magenta
from scorespace.models.recurrent import RecurrentVAE
from scorespace.music.grid import Grid

ALLOWED = 1e-4


def differences(data: dict[str, np.ndarray], dtype: torch.dtype) -> dict[str, tuple[float, bool]]:
    """Largest absolute difference of each figure, and whether all are small enough."""
    weights = {name.removeprefix("W:"): array for name, array in data.items() if name.startswith("W:")}
    name, config, state = from_magenta(weights)
    grid = Grid(bars=data["x"].shape[1] // 16, lowest=21, highest=108)
    model = build(name, grid, config)
    assert isinstance(model, RecurrentVAE)
    model.load_state_dict(state)
    model.to(dtype).eval()
    tokens = torch.from_numpy(data["x"].argmax(-1)).unsqueeze(1)
    z = torch.from_numpy(data["z"]).to(dtype)
    with torch.no_grad():
        mean, scale = model.encode(tokens)
        ours = {
            "mu": mean,
            "sigma": scale,
            "rnn_output": model.logits(tokens, z)[0],
            "r_loss": -model.log_likelihood(tokens, z),
        }
    found = {}
    for name, value in ours.items():
        distance = np.abs(value.double().numpy() - data[name])
        allowed = np.maximum(ALLOWED, np.spacing(np.abs(data[name].astype(np.float32))))
        found[name] = float(distance.max()), bool((distance <= allowed).all())
    return found


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    with np.load(sys.argv[1]) as archive:
        data = {name: archive[name] for name in archive}
    within = True
    for dtype in (torch.float32, torch.float64):
        found = differences(data, dtype)
        print(f"{dtype!s:14}", "  ".join(f"{name} {value:.2e}" for name, (value, _) in found.items()))
        within = within and all(enough for _, enough in found.values())
    print("within" if within else "NOT within", ALLOWED)
    return int(not within)


if __name__ == "__main__":
    sys.exit(main())
