"""Errors as answers: a status and {"error": {"code", "message", "hint"}}."""

from __future__ import annotations

from typing import Any

from scorespace.errors import (
    InputError,
    MissingExtraError,
    ModelError,
    ScorespaceError,
    TrainingError,
    UsageError,
)

Problem = tuple[int, dict[str, Any]]  # status, JSON
AGAIN = "Try it again; your session is not touched."


class TooLargeError(ScorespaceError):
    """A body is larger than its route takes."""


# the first class that fits decides
KINDS: tuple[tuple[type[BaseException], int, str], ...] = (
    (TooLargeError, 413, "too_large"),
    (UsageError, 400, "usage"),
    (InputError, 422, "input"),
    (ModelError, 404, "model"),
    (MissingExtraError, 501, "missing_extra"),
    (TrainingError, 422, "training"),
    (ScorespaceError, 422, "failed"),
    (KeyboardInterrupt, 409, "cancelled"),
)


def told(status: int, code: str, message: str, hint: str | None = None) -> Problem:
    """An error in the form that every route gives."""
    return status, {"error": {"code": code, "message": message, "hint": hint}}


def problem(error: BaseException) -> Problem:
    """What an error is for who asked."""
    for kind, status, code in KINDS:
        if isinstance(error, kind):
            return told(status, code, _sentence(error) or "It was stopped.")
    if isinstance(error, MemoryError):
        return told(507, "memory", "The memory of this machine is not enough for this.", "Ask for less at a time.")
    return told(500, "defect", f"This is a defect of scorespace ({type(error).__name__}: {_sentence(error)}).", AGAIN)


STOPPED = told(409, "cancelled", "It was stopped.")
TOO_SLOW = told(503, "too_slow", "This takes too long and was given up.", "Ask for less at a time.")
CRASHED = told(500, "crashed", "The process that worked on this ended, and was started again.", AGAIN)


def _sentence(error: BaseException) -> str:
    return " ".join(str(error).split())
