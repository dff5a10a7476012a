"""What a run begins from: data that fits the recipe, and initial weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from scorespace import checkpoint, models
from scorespace.data.mixture import Mixture
from scorespace.data.shards import Shards
from scorespace.errors import ModelError, TrainingError, UsageError
from scorespace.models.bar_vae import BarVAE
from scorespace.models.base import Inpainter, LatentModel, Model
from scorespace.models.latent_rnn import LatentRNN
from scorespace.models.measure_vae import MeasureVAE
from scorespace.recipe import Recipe, grid_table, to_table

LATER: dict[str, object] = {"optional": []}  # [data] keys that data sets name only where they are not so
LATENT_FIGURES = ("accuracy", "onset_f1", "pitch_at_onsets")  # of phrases decoded from the posterior mean


def check_data(recipe: Recipe, shards: Shards) -> None:
    """Refuses data of another grid or other settings (UsageError) and less than one batch of it (TrainingError)."""
    if shards.grid != recipe.grid:
        ours, theirs = grid_table(recipe.grid), grid_table(shards.grid)
        words = [
            f"{key} is {theirs.get(key)}, the recipe says {ours[key]}" for key in ours if ours[key] != theirs.get(key)
        ]
        raise UsageError(
            f"The data set was prepared for another grid ({'; '.join(words)}): prepare it with this recipe."
        )
    _check_settings(recipe, shards)
    phrases = len(shards.tokens("train"))
    if phrases < recipe.training.batch_size:
        raise TrainingError(
            f"The data set has {phrases} phrases to train on, fewer than one batch of {recipe.training.batch_size}: "
            "prepare more music, or lower training.batch_size."
        )


def _check_settings(recipe: Recipe, shards: Shards) -> None:
    """The checkpoint will say that its data were made by the recipe's [data] table: they must have been."""
    theirs, ours = shards.description.get("settings", {}), to_table(recipe.data)
    words = [
        f"{key} was {theirs.get(key, LATER.get(key))}, the recipe says {value}"
        for key, value in ours.items()
        if key != "transpose" and (key in theirs or key in LATER) and theirs.get(key, LATER.get(key)) != value
    ]
    if words:
        raise UsageError(f"The data set was prepared otherwise ({'; '.join(words)}): prepare it with this recipe.")


def in_metre_of(recipe: Recipe, shards: Shards) -> Recipe:
    """The recipe as a further data set of a mixture must have been prepared: in its own metre, named by it alone."""
    metres = tuple(shards.description.get("settings", {}).get("metres", recipe.data.metres))
    grid = replace(recipe.grid, metre=shards.grid.metre)
    return replace(recipe, grid=grid, data=replace(recipe.data, metres=metres))


def check_mixture(model: Model, mixture: Mixture) -> None:
    """Refuses (UsageError) several data sets for a model that does not write in all of their metres."""
    for part, metre in zip(mixture.parts[1:], mixture.metres[1:], strict=True):
        if not isinstance(model, Inpainter) or not model.suits(part.grid):
            raise UsageError(
                f"{part.folder} is in {metre}, which this model does not write: give the one data set of its recipe, "
                "or a model with model.metres such as event-inpainter."
            )


def check_best(model: Model, name: str) -> None:
    """Refuses a `training.best` that this kind of model does not have (UsageError), before hours are spent."""
    if name in LATENT_FIGURES and not isinstance(model, LatentModel):
        raise UsageError(f"training.best = {name!r} needs a latent space: take loss or next_step_accuracy.")


def with_genres(recipe: Recipe, shards: Shards) -> Recipe:
    """The recipe with the genres of the data in the model's settings, where the model has a use for them.

    Raises:
        UsageError: when the recipe names other genres than the data, or the same in another order.
    """
    config = recipe.model.config
    if getattr(config, "prior", "") != "flower" or not shards.genres:
        return recipe
    if config.genres and config.genres != shards.genres:
        raise UsageError(
            f"The recipe's model.genres are {', '.join(config.genres)}; the data set has {', '.join(shards.genres)}: "
            "leave model.genres out, or prepare the data set again."
        )
    return replace(recipe, model=replace(recipe.model, config=replace(config, genres=shards.genres)))


def initial_model(recipe: Recipe, start_from: str | Path | None = None) -> Model:
    """The recipe's model with weights drawn from its seed, or with those of a checkpoint of the same model.

    Raises:
        ModelError: when the checkpoint is damaged, of another model or size, or on another grid; says what differs.
            A `BarVAE` may begin from one of fewer bars, of which its own are a multiple, a `LatentRNN` from a
            `MeasureVAE` of its sizes.
        UsageError: when a `LatentRNN` has nothing to begin from.
    """
    torch.manual_seed(recipe.training.seed)
    model = models.build(recipe.model.name, recipe.grid, recipe.model.config)
    if start_from is None:
        if isinstance(model, LatentRNN):
            raise UsageError(
                "A latent-rnn writes through a trained measure-vae: train one on single bars of the same grid first "
                "(recipe measure-vae) and pass its checkpoint with --init RUN/best."
            )
        return model
    other = checkpoint.load(start_from)
    if isinstance(model, LatentRNN) and isinstance(other.model, MeasureVAE):
        return _with_measures(model, other.model, start_from)
    if isinstance(model, BarVAE) and isinstance(other.model, BarVAE) and recipe.grid.bars > other.grid.bars:
        return _lengthened(model, recipe, other, start_from)
    words = _differences(recipe, other, model)
    if words:
        raise ModelError(f"{start_from}: is another model ({'; '.join(words)}), so training cannot begin from it.")
    model.load_state_dict(other.model.state_dict())
    return model


def _lengthened(model: BarVAE, recipe: Recipe, other: checkpoint.Checkpoint, place: str | Path) -> Model:
    """The model begun from one of fewer bars."""
    assert isinstance(other.model, BarVAE)
    try:
        if replace(recipe.grid, bars=other.grid.bars) != other.grid:
            raise ValueError("the grids must be the same but for their bars")
        model.begin_from(other.model)
    except ValueError as error:
        raise ModelError(f"{place}: has {other.grid.bars} bars, and training cannot begin from it: {error}.") from None
    return model


def _with_measures(model: LatentRNN, measure: MeasureVAE, place: str | Path) -> Model:
    """The model over a trained MeasureVAE."""
    try:
        model.begin_from(measure)
    except ValueError as error:
        raise ModelError(f"{place}: training a latent-rnn cannot begin from this measure-vae: {error}.") from None
    return model


def _differences(recipe: Recipe, other: checkpoint.Checkpoint, model: Model) -> list[str]:
    """What keeps the other's weights from fitting. Settings that only weigh the loss, such as beta, may differ."""
    ours = {"model": {"name": recipe.model.name, **to_table(recipe.model.config)}, "grid": grid_table(recipe.grid)}
    theirs = {"model": other.config["model"], "grid": grid_table(other.grid)}
    shapes = [{name: value.shape for name, value in m.state_dict().items()} for m in (model, other.model)]
    parts = ["grid"] if shapes[0] == shapes[1] else ["model", "grid"]
    return [
        f"{part}.{key} is {theirs[part].get(key)!r}, the recipe says {value!r}"
        for part in parts
        for key, value in ours[part].items()
        if theirs[part].get(key) != value
    ]
