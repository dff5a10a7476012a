"""What the tests have a worker do."""

import os
import signal


def count(held, arguments):
    """So many lines, one after another."""
    for number in range(int(arguments["left"])):
        yield {"number": number}


def for_ever(held, arguments):
    """Says that it has begun, and never ends."""
    yield {"begun": True}
    while True:
        pass


def stubborn(held, arguments):
    """Does not let itself be stopped."""
    yield {"begun": True}
    while True:
        try:
            while True:
                pass
        except KeyboardInterrupt:
            pass


too_slow = for_ever


def crash(held, arguments):
    """The process is gone, as when the system takes it for its memory."""
    os.kill(os.getpid(), signal.SIGKILL)


def memory(held, arguments):
    raise MemoryError


def defect(held, arguments):
    raise ZeroDivisionError("nobody thought of this")
