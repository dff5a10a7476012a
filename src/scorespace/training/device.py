"""Where training computes, and with how many bits."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch

from scorespace.errors import UsageError

DEVICES = ("auto", "cpu", "cuda", "mps")
PRECISIONS = ("auto", "float32", "bfloat16")


def choose_device(name: str = "auto") -> torch.device:
    """The device of this name; "auto" takes CUDA, else an Apple GPU, else the CPU.

    Raises:
        UsageError: when the name is unknown or this machine has no such device.
    """
    if name not in DEVICES:
        raise UsageError(f"--device takes {', '.join(DEVICES)}, got {name!r}.")
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        name = next(device for device in ("cuda", "mps", "cpu") if there[device])
    if not there[name]:
        raise UsageError(f"--device {name}: this machine (or this build of torch) has none; there is {_there(there)}.")
    return torch.device(name)


def autocast(device: torch.device, precision: str = "auto") -> AbstractContextManager[object]:
    """The context in which losses are computed: "auto" is bfloat16 on CUDA and float32 elsewhere.

    Raises:
        UsageError: when the precision is unknown.
    """
    if precision not in PRECISIONS:
        raise UsageError(f"--precision takes {', '.join(PRECISIONS)}, got {precision!r}.")
    if precision == "bfloat16" or (precision == "auto" and device.type == "cuda"):
        return torch.autocast(device.type, dtype=torch.bfloat16)
    return nullcontext()


def _there(there: dict[str, bool]) -> str:
    return ", ".join(name for name, found in there.items() if found)
