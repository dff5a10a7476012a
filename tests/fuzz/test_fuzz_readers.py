"""A short run of the fuzzer, so that it keeps working and a new reader bug shows at once."""

import pytest
from fuzz_readers import Child, fuzz


@pytest.mark.parametrize("kind", ["midi", "abc", "musicxml"])
def test_no_damaged_file_crashes_hangs_or_surprises_the_readers(kind):
    counts, wrong = fuzz(kind, 100, seconds=20, seed=3)
    assert wrong == []
    assert counts["ok"] + counts["refused"] == 100
    assert counts["ok"] > 10


def test_the_watcher_tells_a_dead_child_and_a_silent_one_from_a_file_that_was_read():
    child = Child("abc")
    assert child.read(b"X:1\nK:C\nABc|", 20) == "ok"
    child.process.kill()
    assert child.read(b"X:1\nK:C\nABc|", 20) == "crashed"
    assert child.read(b"X:1\nK:C\n" + b"ABc|" * 30_000, 0.001) == "hung"
    assert child.read(b"X:1\nK:C\nABc|", 20) == "ok"
    child.stop()
