"""Every command runs inside `guarded`: errors become one line on standard error and an exit code, never a traceback."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from typing import ParamSpec

import typer

from scorespace.errors import ScorespaceError

FAILED, SOME_FAILED, INTERRUPTED = 1, 5, 130

_Arguments = ParamSpec("_Arguments")


def guarded(command: Callable[_Arguments, None]) -> Callable[_Arguments, None]:
    """The command with its errors mapped to exit codes. SCORESPACE_DEBUG=1 shows tracebacks instead.

    1 failed, 2 usage, 3 input unusable, 4 model missing or unverified, 5 some inputs failed, 130 interrupted.
    """

    @functools.wraps(command)
    def run(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> None:
        try:
            command(*args, **kwargs)
            sys.stdout.flush()
        except (typer.Exit, typer.Abort, typer.BadParameter):
            raise
        except BrokenPipeError:
            # the reader went away; without this the interpreter would complain again when it flushes at its end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(FAILED) from None
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None
        except Exception as error:
            if os.environ.get("SCORESPACE_DEBUG"):
                raise
            print(f"error: {_sentence(error)}", file=sys.stderr)
            raise typer.Exit(getattr(error, "exit_code", FAILED)) from None

    return run


def _sentence(error: Exception) -> str:
    if isinstance(error, ScorespaceError):
        return " ".join(str(error).split())
    if isinstance(error, OSError):
        return f"{error.filename or 'reading or writing a file'}: {error.strerror or error}."
    if isinstance(error, MemoryError):
        return "the memory of this machine is not enough for this."
    said = " ".join(str(error).split())
    return f"this is a defect of scorespace ({type(error).__name__}: {said}); SCORESPACE_DEBUG=1 shows where."
