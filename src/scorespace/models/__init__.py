"""The models, by name. Nothing here imports torch before a model is asked for.

A new model is its own file, one line in `MODELS` and one recipe; the tests that run over the registry pick it up.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from scorespace.errors import UsageError

if TYPE_CHECKING:
    from scorespace.models.base import Model
    from scorespace.music.grid import Grid

MODELS: dict[str, str] = {
    "music-vae": "scorespace.models.music_vae:MusicVAE:MusicVAEConfig",
    "hierarchical-vae": "scorespace.models.hierarchical_vae:HierarchicalVAE:HierarchicalVAEConfig",
    "attention-vae": "scorespace.models.attention_vae:AttentionVAE:AttentionVAEConfig",
    "bar-vae": "scorespace.models.bar_vae:BarVAE:BarVAEConfig",
    "musae": "scorespace.models.musae:MusAE:MusAEConfig",
    "bar-musae": "scorespace.models.attentive_musae:BarMusAE:BarMusAEConfig",
    "attention-musae": "scorespace.models.attentive_musae:AttentionMusAE:AttentionMusAEConfig",
    "band-vae": "scorespace.models.band_vae:BandVAE:BandVAEConfig",
    "band-rnn": "scorespace.models.band_rnn:BandRNN:BandRNNConfig",
    "roll-vae": "scorespace.models.roll_vae:RollVAE:RollVAEConfig",
    "roll-rnn": "scorespace.models.roll_rnn:RollRNN:RollRNNConfig",
    "groove-vae": "scorespace.models.groove_vae:GrooveVAE:GrooveVAEConfig",
    "groove-attention-vae": "scorespace.models.groove_attention_vae:GrooveAttentionVAE:GrooveAttentionVAEConfig",
    "event-inpainter": "scorespace.models.event_inpainter:EventInpainter:EventInpainterConfig",
    "note-lm": "scorespace.models.note_lm:NoteLM:NoteLMConfig",
    "lstm-lm": "scorespace.models.lstm_lm:LstmLM:LstmLMConfig",
    "measure-vae": "scorespace.models.measure_vae:MeasureVAE:MeasureVAEConfig",
    "latent-rnn": "scorespace.models.latent_rnn:LatentRNN:LatentRNNConfig",
    "anticipation-rnn": "scorespace.models.anticipation_rnn:AnticipationRNN:AnticipationRNNConfig",
}


def config_class(name: str) -> type[Any]:
    """The frozen dataclass of this model's settings.

    Raises:
        UsageError: when no model has this name.
    """
    module, _, config = _address(name)
    found: type[Any] = getattr(import_module(module), config)
    return found


def build(name: str, grid: Grid, config: Any) -> Model:
    """A freshly initialised model for this grid; its weights come from torch's global random numbers.

    Args:
        name: a key of `MODELS`.
        grid: what a phrase is.
        config: an instance of `config_class(name)`.

    Raises:
        UsageError: when no model has this name, the settings belong to another model, or the grid does not suit it.
    """
    module, model, _ = _address(name)
    wanted = config_class(name)
    if not isinstance(config, wanted):
        raise UsageError(f"The model {name!r} takes settings of type {wanted.__name__}, got {type(config).__name__}.")
    built: Model = getattr(import_module(module), model)(grid, config)
    return built


def _address(name: str) -> tuple[str, str, str]:
    if name not in MODELS:
        raise UsageError(f"No model is called {name!r}: choose one of {', '.join(sorted(MODELS))}.")
    module, model, config = MODELS[name].split(":")
    return module, model, config
