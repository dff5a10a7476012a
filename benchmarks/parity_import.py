"""Largest differences between imported spaces and numbers that Magenta's own code gave for the same weights.

    python benchmarks/parity_import.py FOLDER_OF_NPZ [FOLDER_OF_CHECKPOINTS]

For every parity_NAME.npz (docs/magenta.md, "The numbers") its weights are written as magenta-js stores them (whole, in
16 and in 8 bits) and as TensorFlow does; each is imported as `scorespace import-magenta` does it, the checkpoint is
loaded, and its mu, sigma and teacher-forced r_loss are compared with Magenta's, in float64 over the stored float32.
NAME.tar in FOLDER_OF_CHECKPOINTS, such as TensorFlow itself wrote, is imported too. Ends with 1 when a figure of
weights that are not quantised is further away than 1e-4, or, where that is more, than float32 can tell.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from scorespace import checkpoint
from scorespace.errors import InputError
from scorespace.magenta import convert
from scorespace.models.base import LatentModel
from scorespace.models.groove_vae import GrooveVAE, errors
from scorespace.models.grooves import LATENESS
from scorespace.models.lstm import before

sys.path.append(str(Path(__file__).parent.parent / "tests"))
from magenta_checkpoints import MELODY, javascript, tensorflow

ALLOWED = 1e-4


def stored(data: dict[str, np.ndarray], name: str, folder: Path, others: Path | None) -> Iterator[tuple[str, Path]]:
    """The weights in every layout: what it is called, and where it stands."""
    weights = {key.removeprefix("W:"): array for key, array in data.items() if key.startswith("W:")}
    steps, width = data["x"].shape[1:]
    groove = {"type": "MusicVAE", "dataConverter": {"type": "GrooveConverter", "args": {"numSteps": steps}}}
    spec = MELODY if width == 90 else groove
    for quantised in (None, "uint16", "uint8"):
        yield (
            f"magenta-js {quantised or 'float32'}",
            javascript(folder / str(quantised) / name, weights, spec, quantised),
        )
    yield "TensorFlow", tensorflow(folder / "tf" / f"{name}.ckpt", weights)
    if others and (others / f"{name}.tar").is_file():
        yield "TensorFlow, written by it", others / f"{name}.tar"


def differences(data: dict[str, np.ndarray], path: Path, folder: Path) -> dict[str, tuple[float, bool]]:
    """Largest absolute difference of each figure, and whether all are small enough."""
    loaded = checkpoint.load(convert.save(convert.read(path), folder))
    model = loaded.model.double()
    assert isinstance(model, LatentModel)
    z = torch.from_numpy(data["z"]).double()
    with torch.no_grad():
        if isinstance(model, GrooveVAE):
            groove = torch.from_numpy(data["x"]).double()
            groove[..., LATENESS] *= -1  # early is 1 in Magenta and -1 in ours
            mean, scale = model.encoder(groove)
            loss = torch.stack(errors(model.decoder.run(before(groove), z), groove)).sum(0)
        else:
            tokens = torch.from_numpy(data["x"].argmax(-1)).unsqueeze(1)
            mean, scale = model.encode(tokens)
            loss = -model.log_likelihood(tokens, z)
    found = {}
    for name, value in {"mu": mean, "sigma": scale, "r_loss": loss}.items():
        distance = np.abs(value.numpy() - data[name])
        allowed = np.maximum(ALLOWED, np.spacing(np.abs(data[name].astype(np.float32))))
        found[name] = float(distance.max()), bool((distance <= allowed).all())
    return found


def main() -> int:
    if len(sys.argv) not in (2, 3):
        print(__doc__, file=sys.stderr)
        return 2
    others = Path(sys.argv[2]) if len(sys.argv) == 3 else None
    failed = False
    for file in sorted(Path(sys.argv[1]).glob("parity_*.npz")):
        with np.load(file) as archive:
            data = {name: archive[name] for name in archive}
        name = file.stem.removeprefix("parity_")
        with tempfile.TemporaryDirectory() as folder:
            for layout, path in stored(data, name, Path(folder), others):
                try:
                    found = differences(data, path, Path(folder) / "space")
                except InputError as error:
                    print(f"{name}: {error}")
                    failed = True
                    break
                judged = "uint" not in layout
                failed |= judged and not all(near for _, near in found.values())
                figures = "  ".join(f"{figure} {value:.1e}" for figure, (value, _) in found.items())
                print(f"{name:24} {layout:26} {figures}")
    print("NOT within" if failed else "within", ALLOWED)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
