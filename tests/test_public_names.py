"""The names that `import scorespace` promises."""

from __future__ import annotations

import pytest

import scorespace

PROMISED = {
    *("Score", "Track", "Grid", "Space", "Take", "Takes", "Report", "Map", "Style"),
    *("read", "read_all", "write", "load", "replay", "bars", "map", "load_style"),
    *("ScorespaceError", "UsageError", "InputError", "ModelError", "TrainingError", "MissingExtraError"),
    "__version__",
}


def test_the_list_of_names_is_as_promised():
    assert set(scorespace.__all__) == PROMISED
    assert dir(scorespace) == sorted(PROMISED)


@pytest.mark.parametrize("name", sorted(PROMISED))
def test_every_name_is_there_and_explains_itself(name):
    found = getattr(scorespace, name)
    assert name == "__version__" or found.__doc__


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'compose'"):
        _ = scorespace.compose
