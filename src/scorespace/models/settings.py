"""Checks on a model's settings, so that a wrong recipe is one sentence and not a traceback an hour later."""

from __future__ import annotations

from scorespace.errors import UsageError


def require(settings: object, **ranges: tuple[float, float]) -> None:
    """Checks that each named field lies in its closed range (lowest, highest).

    Raises:
        UsageError: naming the field, its range and what came; not-a-number lies in no range.
    """
    for name, (lowest, highest) in ranges.items():
        value = getattr(settings, name)
        if not lowest <= value <= highest:
            raise UsageError(f"The model's {name} must lie between {lowest:g} and {highest:g}, got {value}.")
