from __future__ import annotations

import pytest
import torch

from scorespace import models
from scorespace.models.undrawn import Undrawn
from scorespace.music.grid import Grid


@pytest.mark.parametrize("name", ["attention-vae", "bar-vae", "hierarchical-vae", "lstm-lm", "music-vae", "note-lm"])
def test_a_model_that_is_filled_afterwards_is_the_model(name):
    """Nothing but its weights is missing."""
    grid, config = Grid(lowest=60, highest=71), models.config_class(name)()
    torch.manual_seed(1)
    whole = models.build(name, grid, config)
    with Undrawn():
        blank = models.build(name, grid, config)
    blank.load_state_dict(whole.state_dict())
    for kind in ("named_parameters", "named_buffers"):
        ours, theirs = (dict(getattr(model, kind)()) for model in (blank, whole))
        assert ours.keys() == theirs.keys()
        for key, value in theirs.items():
            assert torch.equal(ours[key], value), key
            assert (ours[key].dtype, ours[key].requires_grad) == (value.dtype, value.requires_grad)


def test_numbers_are_drawn_again_afterwards():
    with Undrawn():
        kept = torch.zeros(3).uniform_(1, 2)
        torch.nn.init.normal_(tensor=kept)
    assert kept.tolist() == [0, 0, 0]
    assert (kept.uniform_(1, 2) >= 1).all()
