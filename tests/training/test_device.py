"""Devices and precisions."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from memory_shards import MemoryShards

from scorespace import checkpoint
from scorespace.errors import UsageError
from scorespace.recipe import Recipe
from scorespace.training.device import autocast, choose_device
from scorespace.training.loop import train


def test_auto_prefers_an_accelerator(monkeypatch: pytest.MonkeyPatch) -> None:
    for cuda, mps, expected in [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")]:
        monkeypatch.setattr(torch.cuda, "is_available", lambda found=cuda: found)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda found=mps: found)
        assert choose_device("auto").type == expected


def test_a_device_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UsageError, match=r"--device cuda: this machine .* has none; there is .*cpu"):
        choose_device("cuda")
    with pytest.raises(UsageError, match="--device takes auto, cpu, cuda, mps, got 'tpu'"):
        choose_device("tpu")
    with pytest.raises(UsageError, match="--precision takes auto, float32, bfloat16, got 'int8'"):
        autocast(torch.device("cpu"), "int8")


def test_auto_precision_is_bfloat16_on_cuda_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "autocast", lambda kind, dtype: (kind, dtype))
    assert autocast(torch.device("cuda")) == ("cuda", torch.bfloat16)
    assert isinstance(autocast(torch.device("cpu")), nullcontext)
    assert isinstance(autocast(torch.device("cuda"), "float32"), nullcontext)


def test_bfloat16_trains_on_the_cpu_and_saves_float32(tiny: Recipe, shards: MemoryShards, tmp_path: Path) -> None:
    recipe = replace(tiny, training=replace(tiny.training, steps=3, samples=0))
    train(recipe, shards, tmp_path / "half", precision="bfloat16")
    train(recipe, shards, tmp_path / "full", precision="float32")
    half, full = (checkpoint.load(tmp_path / name / "last").model.state_dict() for name in ("half", "full"))
    assert all(value.dtype == torch.float32 for value in half.values())
    assert any(not torch.equal(value, full[name]) for name, value in half.items())
    assert all(torch.allclose(value, full[name], atol=0.02) for name, value in half.items())
