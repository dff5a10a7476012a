"""How `benchmarks/family.py` plans its jobs."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from scorespace import recipe as recipes

PROGRAM = Path(__file__).parents[2] / "benchmarks" / "family.py"


@pytest.fixture(scope="module")
def family() -> ModuleType:
    spec = importlib.util.spec_from_file_location("family", PROGRAM)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["family"] = module  # its dataclasses look themselves up
    spec.loader.exec_module(module)
    return module


def test_every_job_has_a_name_of_its_own_and_a_recipe_that_takes_its_changes(family: ModuleType) -> None:
    jobs = family.jobs()
    assert len({job.name for job in jobs}) == len(jobs)
    assert {"drums-2bar.ours", "melody-2bar.vae.flat", "melody-2bar.baseline"} <= {job.name for job in jobs}
    for job in (job for job in jobs if job.data == "trio-16bar"):
        changed = family.overrides(job, "small")
        changed |= family.compressed(job.recipe, changed, 500)
        loaded = recipes.load(job.recipe, family.settings(changed))
        assert loaded.training.steps == 500
        if job.column.startswith("vae"):
            assert (loaded.model.config.sampling_rate > 0) == (job.column == "vae-sampling")


def test_schedules_end_where_they_would(family: ModuleType) -> None:
    found = family.compressed("melody-2bar-paper", {}, 1000)
    whole = recipes.load("melody-2bar-paper")
    assert found["model.beta_rate"] ** 1000 == pytest.approx(whole.model.config.beta_rate**whole.training.steps)
    assert family.half_of_rate(found["model.sampling_rate"]) == pytest.approx(250, rel=1e-3)
    assert family.compressed("melody-2bar-paper", {}, 10**6)["model.beta_rate"] == whole.model.config.beta_rate
