"""Puts a trained inpainter among the bundled spaces: python benchmarks/bundle_inpainter.py RUN/best NAME [REPORT]

The weights are stored in float16. REPORT is what `scorespace gaps NAME=src/scorespace/weights/NAME ... -o REPORT` found
of the bundled weights, so bundle twice: its figures at 6 / 4 / 6 bars go into config.json and the model card.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch

from scorespace import checkpoint
from scorespace.recipe import model_settings

ROOT = Path(__file__).parents[1]
GAP = (4, "middle")


def main(run: str, name: str, report: str | None) -> None:
    loaded = checkpoint.load(run)
    settings = model_settings(loaded.config["model"])
    scores = loaded.config["scores"] if report is None else figures(json.loads(Path(report).read_text("utf-8")), name)
    folder = checkpoint.save(
        ROOT / "src" / "scorespace" / "weights" / name,
        loaded.model,
        loaded.grid,
        settings.name,
        settings.config,
        loaded.config["recipe"],
        loaded.config["dataset"],
        scores,
        torch.float16,
    )
    print(folder, f"{(folder / checkpoint.WEIGHTS).stat().st_size / 1e6:.1f} MB")


def figures(report: dict, name: str) -> dict:
    """The main figures, each with its 95 % interval over songs."""
    (row,) = (one["rows"][name] for one in report["settings"] if (one["length"], one["place"]) == GAP)
    free = row["likeliest"]
    return {
        "gap": "bars 7-10 of 16 in 4/4, held-out songs",
        "phrases": report["data"]["phrases"],
        "nll_a_token": row["nll"],
        "accuracy_taught": row["taught"],
        **{f"{key}_free": free[key] for key in ("accuracy", "onset_f1", "out_of_key")},
    }


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else None)
