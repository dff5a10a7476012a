"""Checkpoints: the same model comes back, and whatever is wrong is one sentence that names the file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from scorespace import checkpoint, models
from scorespace import recipe as recipes
from scorespace.errors import ModelError
from scorespace.models.base import Model


@pytest.fixture
def model() -> Model:
    recipe = recipes.load("tiny")
    torch.manual_seed(3)
    return models.build(recipe.model.name, recipe.grid, recipe.model.config)


@pytest.fixture
def saved(tmp_path: Path, model: Model) -> Path:
    return write(tmp_path / "space", model)


def write(folder: Path, model: Model, **more: torch.dtype) -> Path:
    recipe = recipes.load("tiny")
    dataset = {"licence": "CC0-1.0", "corpora": {"own": "three scales"}}
    name, config = recipe.model.name, recipe.model.config
    return checkpoint.save(
        folder, model, recipe.grid, name, config, recipe.to_dict(), dataset, {"accuracy": 0.98765}, **more
    )


def reseal(folder: Path) -> None:
    """Writes the checksum that the weights have now, as someone who made the file would."""
    config = json.loads((folder / "config.json").read_text())
    config["sha256"] = checkpoint._sha256(folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(config))


def edit(folder: Path, **changes: object) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | changes))


def test_the_same_weights_grid_and_settings_come_back(saved: Path, model: Model) -> None:
    loaded = checkpoint.load(saved)
    for name, value in model.state_dict().items():
        assert torch.equal(loaded.model.state_dict()[name], value)
    assert loaded.grid == recipes.load("tiny").grid
    assert recipes.Recipe.from_dict(loaded.config["recipe"]) == recipes.load("tiny")
    assert loaded.config["scores"] == {"accuracy": 0.98765}
    assert not loaded.model.training


def test_who_may_read_the_configuration_may_read_the_weights(saved: Path) -> None:
    config, weights = (saved / name for name in ("config.json", "model.safetensors"))
    assert config.stat().st_mode == weights.stat().st_mode


def test_the_model_card_is_made_from_the_configuration(saved: Path) -> None:
    card = (saved / "README.md").read_text()
    for words in (
        "# space",
        "`attention-vae`",
        "licence: CC0-1.0",
        "own: three scales",
        "accuracy: 0.9877",
        "pitches 48 to 84",
    ):
        assert words in card


def test_half_precision_halves_the_file_and_loads_as_float32(tmp_path: Path, model: Model) -> None:
    half, full = write(tmp_path / "half", model, dtype=torch.float16), write(tmp_path / "full", model)
    sizes = [(folder / "model.safetensors").stat().st_size for folder in (half, full)]
    assert sizes[0] < 0.6 * sizes[1]
    for name, value in checkpoint.load(half).model.state_dict().items():
        assert value.dtype == torch.float32
        torch.testing.assert_close(value, model.state_dict()[name], rtol=1e-3, atol=1e-4)


def test_saving_again_replaces_the_whole_checkpoint(saved: Path, model: Model) -> None:
    (saved / "stale.txt").write_text("of the version before")
    before = checkpoint.load(saved).sha256
    with torch.no_grad():
        next(model.parameters()).add_(1.0)
    write(saved, model)
    assert checkpoint.load(saved).sha256 != before
    assert sorted(p.name for p in saved.iterdir()) == ["README.md", "config.json", "model.safetensors"]
    assert [p.name for p in saved.parent.iterdir()] == ["space"]


def test_a_save_that_fails_leaves_the_old_checkpoint(
    saved: Path, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = checkpoint.load(saved).sha256
    full = OSError(28, "No space left on device")

    def fail(*_: object) -> None:
        raise full

    monkeypatch.setattr(checkpoint, "save_file", fail)
    with pytest.raises(ModelError, match="cannot be written: No space left on device"):
        write(saved, model)
    assert checkpoint.load(saved).sha256 == before
    assert [p.name for p in saved.parent.iterdir()] == ["space"]


def test_another_folder_is_never_replaced(tmp_path: Path, model: Model) -> None:
    (tmp_path / "songs").mkdir()
    (tmp_path / "songs" / "mine.mid").write_bytes(b"MThd")
    with pytest.raises(ModelError, match="is not a checkpoint: choose another folder"):
        write(tmp_path / "songs", model)
    assert (tmp_path / "songs" / "mine.mid").exists()


def test_a_missing_folder_or_file(tmp_path: Path, saved: Path) -> None:
    with pytest.raises(ModelError, match=r"nowhere is not a checkpoint: it has no config.json"):
        checkpoint.load(tmp_path / "nowhere")
    (saved / "model.safetensors").unlink()
    with pytest.raises(ModelError, match=r"space is not a whole checkpoint: it has no model.safetensors"):
        checkpoint.load(saved)


@pytest.mark.parametrize("cut", [0, 4, 100, -1])
def test_truncated_weights(saved: Path, cut: int) -> None:
    path = saved / "model.safetensors"
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(ModelError, match=r"model.safetensors: is damaged"):
        checkpoint.load(saved)


def test_one_flipped_bit(saved: Path) -> None:
    path = saved / "model.safetensors"
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data)
    with pytest.raises(ModelError, match=r"model.safetensors: its checksum is not the one in config.json"):
        checkpoint.load(saved)


def test_weights_of_another_model(saved: Path) -> None:
    path = saved / "model.safetensors"
    weights = load_file(path)
    name = next(iter(weights))
    for change, words in [
        ({name: None}, rf"lacks {name}"),
        ({"stranger": torch.ones(1)}, r"has unknown stranger"),
        ({name: torch.zeros(3, 3)}, rf"{name} has shape \(3, 3\)"),
        ({name: torch.full_like(weights[name], float("nan"))}, rf"{name} holds numbers that are not finite"),
        ({name: torch.full_like(weights[name], float("inf"))}, rf"{name} holds numbers that are not finite"),
    ]:
        save_file({key: value for key, value in (weights | change).items() if value is not None}, path)
        reseal(saved)
        with pytest.raises(ModelError, match=rf"model.safetensors: .*{words}"):
            checkpoint.load(saved)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"format": 2}, "has format 2, this version reads up to 1: upgrade scorespace"),
        ({"format": "one"}, "no format number"),
        ({"sha256": None}, "'sha256' is missing or damaged"),
        ({"grid": 7}, "'grid' is missing or damaged"),
        ({"model": {"name": "parrot"}}, "No model is called 'parrot'"),
        ({"model": {"name": "attention-vae", "wings": 2}}, "Unknown key 'wings'"),
        ({"model": {"name": "attention-vae", "width": 10**13, "heads": 1}}, "does not describe a model"),
        ({"grid": {"bars": 0}}, "This grid cannot be used"),
    ],
)
def test_a_configuration_that_is_wrong(saved: Path, changes: dict[str, object], words: str) -> None:
    edit(saved, **changes)
    with pytest.raises(ModelError, match=rf"config.json: .*{words}"):
        checkpoint.load(saved)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"\xff\xfe\x00", b"[" * 100_000])
def test_a_configuration_that_is_not_json(saved: Path, text: bytes) -> None:
    (saved / "config.json").write_bytes(text)
    with pytest.raises(ModelError, match=r"config.json: "):
        checkpoint.load(saved)
