"""Every error a user can meet, each one sentence: what came, what is allowed, what to do next.

ScorespaceError         exit code 1   something failed
  UsageError            exit code 2   an argument or a recipe is wrong
  InputError            exit code 3   a file or score cannot be used
  ModelError            exit code 4   a model is missing, damaged or of another kind
  TrainingError         exit code 1   training had to stop
  MissingExtraError     exit code 1   an optional dependency is not installed
"""


class ScorespaceError(Exception):
    """Base of all errors meant for users; `exit_code` is what the command line ends with."""

    exit_code = 1


class UsageError(ScorespaceError):
    """An argument, option or recipe value is not allowed."""

    exit_code = 2


class InputError(ScorespaceError):
    """A file or score cannot be read or holds nothing that the model takes."""

    exit_code = 3


class ModelError(ScorespaceError):
    """A checkpoint is missing, damaged, newer than this version, or of another kind."""

    exit_code = 4


class TrainingError(ScorespaceError):
    """Training cannot start or go on (too few phrases, a loss that is not a number)."""


class MissingExtraError(ScorespaceError):
    """A feature needs a package that is not installed."""

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(f"{purpose} needs {package}: install it with pip install 'scorespace[{extra}]'.")
