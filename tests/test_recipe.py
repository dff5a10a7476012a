"""Recipes: what is read, what is refused and in which words."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest

from scorespace import recipe as recipes
from scorespace.errors import UsageError
from scorespace.music.grid import Grid
from scorespace.recipe import Recipe, TrainingSettings


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_bundled_recipe_survives_a_round_trip_through_json() -> None:
    assert "tiny" in recipes.bundled()
    for name in recipes.bundled():
        recipe = recipes.load(name)
        assert Recipe.from_dict(json.loads(json.dumps(recipe.to_dict()))) == recipe


def test_a_recipe_that_names_only_a_model_takes_the_defaults(tmp_path: Path) -> None:
    recipe = recipes.load(written(tmp_path, '[model]\nname = "attention-vae"\n'))
    assert recipe.grid == Grid()
    assert recipe.training == TrainingSettings()


def test_values_take_the_types_of_their_fields(tmp_path: Path) -> None:
    text = """
        [grid]
        metre = "6/8"
        beat_positions = ["0", "1/3", "2/3"]
        [model]
        name = "attention-vae"
        beta = 1
    """
    recipe = recipes.load(written(tmp_path, text))
    assert recipe.grid.metre == (6, 8)
    assert recipe.grid.beat_positions == (Fraction(0), Fraction(1, 3), Fraction(2, 3))
    assert isinstance(recipe.model.config.beta, float)


def test_overrides_come_before_the_checks() -> None:
    recipe = recipes.load("tiny", ["model.z_size=24", "training.decay = exponential", "grid.metre=3/4"])
    assert (recipe.model.config.z_size, recipe.training.decay, recipe.grid.metre) == (24, "exponential", (3, 4))


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("model.zsize=128", r"Unknown key 'zsize' in \[model\]; it takes: beta, .*z_size"),
        ("model.z_size=1.5", r"z_size in \[model\] must be a whole number, got 1.5"),
        ("model.z_size=true", r"z_size in \[model\] must be a whole number, got True"),
        ("model.name=parrot", r"No model is called 'parrot': choose one of"),
        ("grid.metre=four", r'metre in \[grid\] must be written like "4/4"'),
        ('grid.beat_positions=["0", "x"]', r'must be fractions such as "1/4", got \'x\''),
        ("grid.parts=melody", r"parts in \[grid\] must be a list of any number of text"),
        ("training.batch_size=0", r"batch_size in \[training\] must be at least 1, got 0"),
        ("training.weight_decay=nan", r"weight_decay in \[training\] must be at least 0, got nan"),
        ("training.learning_rate=-1", r"learning_rate must be above 0"),
        ("training.learning_rate=1e-9", r"not below lowest_learning_rate"),
        ("training.decay=linear", r"decay must be one of exponential, cosine, got 'linear'"),
        ("training.decay_rate=1.5", r"decay_rate must be above 0 and at most 1"),
        ("training.ema=1", r"ema must be at least 0 and below 1"),
        ("training.best=luck", r"best must be one of loss, .*got 'luck'"),
        ("trainings.steps=3", r"Unknown table \[trainings\]; a recipe has:"),
        ("steps=3", r"--set takes table.key=value such as model.z_size=128, got 'steps=3'"),
        ("training.steps", r"--set takes table.key=value"),
    ],
)
def test_what_is_not_allowed_is_said_in_one_sentence(override: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        recipes.load("tiny", [override])


def test_an_unknown_recipe_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"No recipe 'huge': give one of .*tiny"):
        recipes.load("huge")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[model", "mine.toml: not a TOML file"),
        ("model = 3", r"mine.toml: \[model\] must be a table"),
        ("[grid]\nbars = 2", r"mine.toml: \[model\] must say name = one of"),
    ],
)
def test_a_file_that_is_no_recipe(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        recipes.load(written(tmp_path, text))
