"""Largest differences between our MusicVAE and numbers that Magenta's own code gave for the same weights.

    python benchmarks/parity_magenta.py FILE.npz

The file holds every weight under `W:<TensorFlow variable name>`, an input `x` (B, S, 90) one-hot, a `z` (B, Z), and
Magenta's `mu`, `sigma`, teacher-forced `r_loss` (B,) and logits `rnn_output` (B, S, 90) given that z. Compared in
float32, the type of the weights, and in float64. The program ends with 1 when a difference exceeds 1e-4.
"""

from __future__ import annotations

import sys

import numpy as np
import torch

from scorespace.models.magenta import from_magenta
from scorespace.models.music_vae import MusicVAE
from scorespace.music.grid import Grid

ALLOWED = 1e-4


def differences(data: dict[str, np.ndarray], dtype: torch.dtype) -> dict[str, float]:
    """Largest absolute difference of each figure."""
    weights = {name.removeprefix("W:"): array for name, array in data.items() if name.startswith("W:")}
    config, state = from_magenta(weights)
    model = MusicVAE(Grid(lowest=21, highest=108), config)
    model.load_state_dict(state)
    model.to(dtype).eval()
    tokens = torch.from_numpy(data["x"].argmax(-1)).unsqueeze(1)
    z = torch.from_numpy(data["z"]).to(dtype)
    with torch.no_grad():
        mean, scale = model.encode(tokens)
        ours = {
            "mu": mean,
            "sigma": scale,
            "rnn_output": model.logits(tokens, z),
            "r_loss": -model.log_likelihood(tokens, z),
        }
    return {name: float(np.abs(value.double().numpy() - data[name]).max()) for name, value in ours.items()}


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    with np.load(sys.argv[1]) as archive:
        data = {name: archive[name] for name in archive}
    worst = 0.0
    for dtype in (torch.float32, torch.float64):
        found = differences(data, dtype)
        print(f"{dtype!s:14}", "  ".join(f"{name} {value:.2e}" for name, value in found.items()))
        worst = max(worst, *found.values())
    print("within" if worst <= ALLOWED else "NOT within", ALLOWED)
    return int(worst > ALLOWED)


if __name__ == "__main__":
    sys.exit(main())
