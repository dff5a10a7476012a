"""Puts a trained inpainter among the bundled spaces: python benchmarks/bundle_inpainter.py RUN/best folk-inpaint [REPORT]

The weights are stored in float16. REPORT is what `scorespace gaps NAME=src/scorespace/weights/folk-inpaint ... --json`
said of the bundled weights, so bundle twice: its 6 / 4 / 6 bars figures go into config.json and the model card.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch

from scorespace import checkpoint
from scorespace.models import config_class

ROOT = Path(__file__).parents[1]


def main(run: str, name: str, report: str | None) -> None:
    loaded = checkpoint.load(run)
    model = dict(loaded.config["model"])
    kind = model.pop("name")
    scores = loaded.config["scores"] if report is None else figures(json.loads(Path(report).read_text("utf-8")), name)
    folder = checkpoint.save(
        ROOT / "src" / "scorespace" / "weights" / name,
        loaded.model,
        loaded.grid,
        kind,
        config_class(kind)(**{key: tuple(v) if isinstance(v, list) else v for key, v in model.items()}),
        loaded.config["recipe"],
        loaded.config["dataset"],
        scores,
        torch.float16,
    )
    print(folder, f"{(folder / checkpoint.WEIGHTS).stat().st_size / 1e6:.1f} MB")


def figures(report: dict, name: str) -> dict:
    raise SystemExit(f"{name}: {sorted(report)}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else None)
