from __future__ import annotations

import subprocess
import sys

import pytest

from scorespace.errors import UsageError
from scorespace.models import MODELS, build, config_class
from scorespace.models.base import Model
from scorespace.music.grid import Grid
from scorespace.music.grids import KINDS, grid_class


@pytest.mark.parametrize("name", MODELS)
def test_every_name_leads_to_a_model_and_its_settings(name):
    kind = name.split("-")[0]  # a model of one kind of grid is named after it
    bars = 4 if name == "latent-rnn" else 1
    model = build(name, grid_class(kind if kind in KINDS else "steps")(bars=bars), config_class(name)())
    assert isinstance(model, Model)
    assert model.phases
    assert sum(p.numel() for phase in model.phases for p in model.phase_parameters(phase)) > 0


def test_unknown_name():
    with pytest.raises(UsageError, match=r"No model is called 'musicvae': choose one of anticipation-rnn, .*music-vae"):
        config_class("musicvae")
    with pytest.raises(UsageError, match="No model is called ''"):
        build("", Grid(), None)


def test_settings_of_another_model():
    with pytest.raises(UsageError, match="takes settings of type MusicVAEConfig, got NoteLMConfig"):
        build("music-vae", Grid(), config_class("note-lm")())


def test_listing_the_models_imports_no_torch():
    program = "import sys, scorespace.models; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
