"""Every recipe that comes with the program loads, builds its model and trains a step."""

from __future__ import annotations

import pytest
import torch

from scorespace import recipe as recipes
from scorespace.models import build
from scorespace.models.base import LatentModel

MILLIONS = {
    "melody-2bar-paper": (128.0, 129.0),
    "melody-2bar-magenta-small": (4.4, 4.45),
    "melody-2bar": (2.0, 2.2),
    "melody-2bar-lstm": (1.5, 2.0),
    "melody-2bar-note-lm": (2.0, 2.2),
    "drums-2bar-paper": (138.0, 139.0),
    "melody-16bar-flat": (235.0, 240.0),
    "trio-16bar-paper": (119.5, 120.5),
    "trio-16bar-flat": (148.0, 158.0),
}


@pytest.mark.parametrize("name", sorted(recipes.bundled()))
def test_loads_and_builds(name):
    recipe = recipes.load(name)
    with torch.device("meta"):
        model = build(recipe.model.name, recipe.grid, recipe.model.config)
    millions = sum(p.numel() for p in model.parameters()) / 1e6
    lowest, highest = MILLIONS.get(name, (0.0, 200.0))
    assert lowest < millions < highest
    assert recipes.Recipe.from_dict(recipe.to_dict()) == recipe


@pytest.mark.parametrize("name", ["melody-2bar-lstm", "melody-2bar-note-lm"])
def test_trains_a_step(name):
    recipe = recipes.load(name)
    model = build(recipe.model.name, recipe.grid, recipe.model.config)
    batch = torch.randint(0, recipe.grid.vocabulary, (2, *recipe.grid.shape))
    figures = model.loss(batch, recipe.training.steps, "train", torch.Generator().manual_seed(0))
    figures["loss"].backward()
    assert torch.isfinite(figures["loss"])
    assert ("kl" in figures) == isinstance(model, LatentModel)


def test_the_papers_recipe_is_the_papers():
    """Roberts et al. 2017, appendix, numbers as printed."""
    recipe = recipes.load("melody-2bar-paper")
    model, training = recipe.model.config, recipe.training
    assert (recipe.grid.vocabulary, recipe.grid.steps, model.z_size) == (130, 32, 256)
    assert (model.encoder_size, model.encoder_layers, model.decoder_size, model.decoder_layers) == (2048, 1, 2048, 3)
    assert (model.free_bits, model.max_beta, model.beta_rate, model.sampling_rate) == (48, 0.2, 0.99999, 1000)
    assert (training.batch_size, training.steps, training.decay_rate) == (512, 100_000, 0.9999)
    assert (training.learning_rate, training.lowest_learning_rate) == (1e-3, 1e-5)
    assert recipe.data.transpose == (-5, 6)
