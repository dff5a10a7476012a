"""Several data sets in several metres, mixed for one model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from memory_shards import MemoryShards

from scorespace import checkpoint
from scorespace.data.mixture import MixedBatches, Mixture
from scorespace.errors import UsageError
from scorespace.models.event_inpainter import EventInpainter
from scorespace.music.grid import Grid
from scorespace.recipe import Recipe
from scorespace.training.loop import train

COMMON = Grid(bars=4, lowest=60, highest=79)
JIG = replace(COMMON, metre=(6, 8))
RECIPE = {
    "grid": {"bars": 4, "metre": "4/4", "lowest": 60, "highest": 79},
    "model": {
        "name": "event-inpainter",
        "width": 16,
        "heads": 2,
        "reader_blocks": 1,
        "writer_blocks": 1,
        "metres": ["4/4", "6/8"],
    },
    "training": {"batch_size": 8, "steps": 6, "evaluate_every": 3, "held_out_phrases": 8, "best": "nll"},
}


@dataclass
class Written(MemoryShards):
    """With the counts that prepared shards have."""

    folder: str = "written"
    genres: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.description = {"counts": {"phrases": {name: len(rows) for name, rows in self.splits.items()}}}
        self.description["settings"] = {"metres": ["{}/{}".format(*self.grid.metre)]}


def written(grid: Grid, count: int, seed: int) -> Written:
    """Phrases whose first note tells them apart."""
    rows = np.zeros((count, 1, grid.steps), np.uint16)
    rows[:, 0, 0] = 2 + np.arange(count) % 20
    rows[:, 0, 2::2] = 2 + np.random.default_rng(seed).integers(0, 20, (count, grid.steps // 2 - 1))
    return Written(grid, {"train": rows, "valid": rows[:8], "test": rows[:8]}, f"seed {seed}")


def test_an_epoch_goes_through_every_data_set_once() -> None:
    mixture = Mixture((written(COMMON, 40, 0), written(JIG, 17, 1)))
    batches = mixture.batches(8, 0, (0, 0), 0.0)
    assert isinstance(batches, MixedBatches)
    assert batches.per_epoch == 5 + 2
    for epoch in range(2):
        steps = range(7 * epoch, 7 * epoch + 7)
        grids = [batches.grid_at(step) for step in steps]
        assert grids.count(COMMON) == 5
        seen = np.concatenate([batches.at(step)[:, 0, :8] for step in steps if batches.grid_at(step) == COMMON])
        assert len(np.unique(seen, axis=0)) == 40
        assert all(batches.at(step).shape[2] == batches.grid_at(step).steps for step in steps)
    again = mixture.batches(8, 0, (0, 0), 0.0)
    assert np.array_equal(again.at(9), batches.at(9))


def test_one_data_set_stays_what_it_is() -> None:
    one = written(COMMON, 16, 0)
    mixture = Mixture((one,))
    assert mixture.fingerprint == one.fingerprint
    assert mixture.description is one.description
    assert not isinstance(mixture.batches(8, 0, (0, 0), 0.0), MixedBatches)


def test_what_cannot_be_mixed_is_refused() -> None:
    with pytest.raises(UsageError, match="more than the metre"):
        Mixture((written(COMMON, 8, 0), written(replace(JIG, highest=80), 8, 1)))
    with pytest.raises(UsageError, match="a metre of its own"):
        Mixture((written(COMMON, 8, 0), written(COMMON, 8, 1)))


def test_one_model_is_trained_in_two_metres(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = []
    loss = EventInpainter.loss

    def listen(model: EventInpainter, batch: torch.Tensor, *rest: object) -> dict[str, torch.Tensor]:
        heard.append((model.grid.metre, batch.shape[2]))
        return loss(model, batch, *rest)

    monkeypatch.setattr(EventInpainter, "loss", listen)
    recipe = Recipe.from_dict({**RECIPE, "data": {"metres": ["4/4"]}})
    parts = [written(COMMON, 16, 0), written(JIG, 16, 1)]
    outcome = train(recipe, parts, tmp_path / "run")
    assert outcome.status == "finished"
    assert {(metre, steps) for metre, steps in heard} == {((4, 4), 64), ((6, 8), 48)}
    loaded = checkpoint.load(outcome.checkpoint)
    assert loaded.config["dataset"]["counts"].keys() == {"4/4", "6/8"}
    assert {"loss", "nll"} <= outcome.scores.keys()
    assert train(recipe, parts, tmp_path / "run").status == "already finished"


def test_a_model_of_one_metre_takes_no_other(tmp_path: Path) -> None:
    model = {**RECIPE["model"], "metres": ["4/4"]}
    recipe = Recipe.from_dict({**RECIPE, "model": model, "data": {"metres": ["4/4"]}})
    with pytest.raises(UsageError, match="is in 6/8, which this model does not write"):
        train(recipe, [written(COMMON, 16, 0), written(JIG, 16, 1)], tmp_path / "run")
