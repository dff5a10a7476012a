"""Checkpoints of Magenta's of every kind become ours: the numbers of the model built directly, the right grid."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from magenta_checkpoints import MELODY, flat, hierarchical, javascript, tensorflow

from scorespace import checkpoint, models
from scorespace.errors import InputError
from scorespace.magenta import convert
from scorespace.magenta.source import Source
from scorespace.models.magenta import from_magenta
from scorespace.models.magenta_groove import groove_from_magenta
from scorespace.music.grid import Grid

RANGE = {"minPitch": 21, "maxPitch": 108}
TRIO = {"melArgs": RANGE, "bassArgs": RANGE, "drumsArgs": {}}


def spec(converter, **arguments):
    return {"type": "MusicVAE", "dataConverter": {"type": converter, "args": arguments}}


KINDS = {
    "melody": (flat(), spec("MelodyConverter", numSteps=32, **RANGE), ("melody",), 2),
    "narrow melody": (flat(15, 15), spec("MelodyConverter", numSteps=64, minPitch=60, maxPitch=72), ("melody",), 4),
    "drums": (flat(10, 512), spec("DrumsConverter", numSteps=32), ("drums",), 2),
    "drums of one-hot input": (flat(512, 512), spec("DrumsConverter", numSteps=32), ("drums",), 2),
    "trio": (flat(692, 692), spec("TrioConverter", numSteps=64, **TRIO), ("melody", "bass", "drums"), 4),
    "long melody": (hierarchical(), spec("MelodyConverter", numSteps=64, numSegments=2, **RANGE), ("melody",), 4),
    "long trio": (
        hierarchical((90, 90, 512)),
        spec("TrioConverter", numSteps=32, numSegments=2, **TRIO),
        ("melody", "bass", "drums"),
        2,
    ),
    "hier melody": (
        hierarchical(levels=2),
        spec("MelodyConverter", numSteps=64, numSegments=2, **RANGE),
        ("melody",),
        4,
    ),
    "hier trio": (
        hierarchical((90, 90, 512), levels=2),
        spec("TrioConverter", numSteps=32, numSegments=2, **TRIO),
        ("melody", "bass", "drums"),
        2,
    ),
}


def phrases(grid, count=3):
    rng = np.random.default_rng(8)
    return torch.from_numpy(np.stack([rng.integers(0, size, (count, grid.steps)) for size in grid.sizes], 1))


def numbers(model, tokens):
    with torch.no_grad():
        mean, scale = model.double().encode(tokens)
        return [mean, scale, model.log_likelihood(tokens, mean)]


# TensorFlow's files do not say which pitches 15 numbers stand for
WAYS = [(layout, kind) for layout in ("javascript", "tensorflow") for kind in KINDS]


@pytest.mark.parametrize(("layout", "kind"), [way for way in WAYS if way != ("tensorflow", "narrow melody")])
def test_an_imported_space_has_the_numbers_of_the_variables(tmp_path, kind, layout):
    variables, said, parts, bars = KINDS[kind]
    if layout == "javascript":
        source = convert.read(javascript(tmp_path / "it", variables, said))
        asked = None
    else:
        source, asked = convert.read(tensorflow(tmp_path / "it.ckpt", variables)), bars
    loaded = checkpoint.load(convert.save(source, tmp_path / "space", asked))
    name, config, state = from_magenta(variables)
    if kind in ("long melody", "hier melody") and layout == "javascript":
        two = {"bars_per_embedding": 2, "segment_bars": 2 if kind == "hier melody" else 0}
        assert two.items() <= loaded.config["model"].items()
        config = type(config)(**{**vars(config), **two})
    direct = models.build(name, loaded.grid, config)
    direct.load_state_dict(state)
    assert (loaded.grid.parts, loaded.grid.bars, loaded.grid.metre) == (parts, bars, (4, 4))
    tokens = phrases(loaded.grid)
    for ours, theirs in zip(numbers(loaded.model, tokens), numbers(direct, tokens), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=0)


def test_the_roll_of_drums_is_read_exactly(tmp_path):
    """The first step of the encoder's LSTM, computed from Magenta's ten numbers a step."""
    variables = flat(10, 512)
    loaded = checkpoint.load(convert.save(convert.read(javascript(tmp_path / "d", variables)), tmp_path / "space"))
    kernel = variables["encoder/cell_0/bidirectional_rnn/fw/multi_rnn_cell/cell_0/lstm_cell/kernel"]
    found = loaded.model.state_dict()["encoder.lstm.weight_ih_l0"].numpy()  # gates: input, forget, cell, output
    for token in (0, 1, 5, 256, 511):
        roll = [token >> bit & 1 for bit in range(9)] + [token == 0]
        inward, cell, forget, outward = np.split(np.array(roll, np.float32) @ kernel[:10], 4)
        np.testing.assert_allclose(found[:, token], np.concatenate([inward, forget, cell, outward]), atol=1e-6)


@pytest.mark.parametrize(("quantised", "close"), [("uint16", 1e-3), ("uint8", 0.2)])
def test_quantised_weights_give_nearly_the_same(tmp_path, quantised, close):
    sources = [javascript(tmp_path / str(how), flat(), quantised=how) for how in (None, quantised)]
    exact, rounded = (convert.convert(convert.read(source)) for source in sources)
    tokens = phrases(exact[1])
    for ours, theirs in zip(numbers(rounded[2], tokens)[:2], numbers(exact[2], tokens)[:2], strict=True):
        assert not torch.equal(ours, theirs)
        torch.testing.assert_close(ours, theirs, rtol=0, atol=close)


def groove_phrases(bars=2):
    """Two grooves of a few strokes, with velocities and timings of their own."""
    rng = np.random.default_rng(3)
    struck = rng.random((2, 9, 16 * bars)) < 0.3
    tokens = np.zeros((2, 19, 16 * bars), np.int64)
    tokens[:, 0] = (struck * (1 << np.arange(9))[:, None]).sum(1)
    tokens[:, 1:10] = np.where(struck, rng.integers(1, 128, struck.shape), 0)
    tokens[:, 10:] = np.where(struck, rng.integers(1, 960, struck.shape), 480)
    return torch.from_numpy(tokens)


@torch.no_grad()
def test_a_groove_that_comes_early_is_early_in_magentas_numbers(tmp_path):
    """In Magenta 1 is half a step early, in ours -1: `model` with its weights as they are hears the numbers negated."""
    variables = flat(27, 27)
    said = spec("GrooveConverter", numSteps=32, humanize=True)
    loaded = checkpoint.load(
        convert.save(convert.read(javascript(tmp_path / "g", variables, said)), tmp_path / "space")
    )
    assert (loaded.grid.kind, loaded.grid.bars) == ("groove", 2)
    assert (loaded.config["model"]["name"], loaded.config["model"]["task"]) == ("groove-vae", "humanise")
    config, state = groove_from_magenta(variables)
    plain = models.build("groove-vae", loaded.grid, config)
    plain.load_state_dict(state)
    tokens = groove_phrases()
    mirrored = tokens.clone()
    mirrored[:, 10:] = 960 - tokens[:, 10:]
    ours, theirs = loaded.model.double(), plain.double()
    mean, scale = ours.encode(tokens)
    for left, right in zip((mean, scale), theirs.encode(mirrored), strict=True):
        torch.testing.assert_close(left, right)
    torch.testing.assert_close(ours.log_likelihood(tokens, mean), theirs.log_likelihood(mirrored, mean))
    written, other = ours.decode(mean), theirs.decode(mean)
    other[:, 10:] = 960 - other[:, 10:]
    assert torch.equal(written, other)
    assert (written[:, 10:] != 480).any()


@pytest.mark.parametrize(
    ("name", "said", "task"),
    [
        ("groovae_2bar_humanize", {}, "humanise"),
        ("groovae_2bar_tap_fixed_velocity", {}, "tap"),
        ("tap2drum_2bar", {}, "tap"),
        ("groovae_4bar", {}, "none"),
        ("it", {"tapify": True}, "tap"),
    ],
)
def test_what_the_encoder_of_a_groove_was_kept_from(name, said, task):
    settings, grid, _ = convert.convert(source(flat(27, 27), name, spec("GrooveConverter", **said)))
    assert settings.config.task == task
    assert grid.bars == (4 if "4bar" in name else 2)


def source(variables, name="it", said=None) -> Source:
    return Source(name, "in memory", variables, said or {}, "0" * 64)


@pytest.mark.parametrize(
    ("name", "variables", "said", "asked", "bars"),
    [
        ("cat-mel_2bar_big", flat(), None, None, 2),
        ("mel_4bar_med", flat(), None, None, 4),
        ("model", flat(), None, None, 2),
        ("model", flat(), None, 3, 3),
        ("mel_4bar_med", flat(), None, 8, 8),
        ("hierdec-mel_16bar", hierarchical(), None, None, 16),
        ("model", hierarchical(), None, None, 16),
        ("mel_4bar", flat(), spec("MelodyConverter", numSteps=128, **RANGE), None, 8),
        ("mel_4bar", flat(), MELODY, None, 4),
    ],
)
def test_how_long_phrases_are(name, variables, said, asked, bars):
    assert convert.convert(source(variables, name, said), asked)[1].bars == bars


def test_the_grid_has_the_pitches_of_the_alphabet():
    assert convert.convert(source(flat()))[1] == Grid(lowest=21, highest=108)
    assert convert.convert(source(flat(130, 130)))[1] == Grid(lowest=0, highest=127)
    said = spec("MelodyConverter", numSteps=16, minPitch=48, maxPitch=60)
    assert convert.convert(source(flat(15, 15), said=said))[1] == Grid(bars=1, lowest=48, highest=60)


def without(variables, name):
    return {key: array for key, array in variables.items() if key != name}


UPPER = "encoder/hierarchical_level_1/cell_0/bidirectional_rnn/bw/multi_rnn_cell/cell_0/lstm_cell/kernel"
PROJECTION = "decoder/output_projection/bias"
WIDER = {"melArgs": RANGE, "bassArgs": {"minPitch": 20, "maxPitch": 109}}


@pytest.mark.parametrize(
    ("variables", "said", "words"),
    [
        (flat() | {"decoder/nade/w_enc": np.zeros((9, 1, 4), np.float32)}, {}, "NADE"),
        (
            flat() | {"encoder/hierarchical_level_2/a": np.zeros(3, np.float32)},
            {},
            "an encoder of more than two levels",
        ),
        (without(hierarchical(levels=2), UPPER), {}, f"lack the variable {UPPER}"),
        (hierarchical((490,), levels=2), spec("MultitrackConverter", numSteps=512), "writes 490 numbers a step"),
        (flat(139, 90), {}, "chords"),
        (flat(), MELODY | {"chordEncoder": "TriadChordEncoder"}, "it: needs chordEncoder, for which there is no model"),
        (flat(), MELODY | {"extraControls": [{"name": "a", "depth": 3}]}, "needs extraControls"),
        (flat(), spec("GrooveConverter", splitInstruments=True), "splitInstruments"),
        (flat(), spec("GrooveConverter", stepsPerQuarter=24), "has 24 steps a quarter note"),
        (flat(50, 50), {}, "writes 50 numbers a step, for which there is no model here; taken are melodies, drums"),
        (flat(), spec("MelodyConverter", minPitch=0, maxPitch=127), "writes 90 numbers a step"),
        (flat(), spec("MelodyConverter", numSteps=33, **RANGE), "33 steps, which are no whole bars"),
        (flat(), spec("MelodyConverter", numSteps=16000, **RANGE), "1000 bars; 1 to 64 are taken"),
        (hierarchical(), spec("M", numSteps=64, numSegments=3, **RANGE), "divides 4 bars by 3"),
        (flat(694, 694), spec("TrioConverter", **WIDER), r"pitches \(21, 108\) for the melody and \(20, 109\)"),
        (without(flat(), PROJECTION), {}, f"lack the variable {PROJECTION}"),
        (flat() | {PROJECTION: np.zeros(91, np.float32)}, {}, "it: .*91"),
        (flat() | {PROJECTION: np.zeros((9, 10), np.float32)}, {}, "it: "),
        (flat() | {"encoder/mu/kernel": np.zeros((3, 3), np.float32)}, {}, "its variables do not fit each other"),
        (flat() | {"encoder/mu/kernel": np.float32(3)}, {}, "it: "),
        (flat() | {"decoder/multi_rnn_cell/cell_1/lstm_cell/bias": np.zeros(7, np.float32)}, {}, "it: "),
        (flat() | {"decoder/multi_rnn_cell/cell_1/lstm_cell/bias": np.zeros(0, np.float32)}, {}, "it: "),
        ({}, {}, "it: These weights lack"),
    ],
)
def test_what_is_not_taken_is_named(tmp_path, variables, said, words):
    with pytest.raises(InputError, match=words) as caught:
        convert.save(source(variables, said=said), tmp_path / "space")
    assert str(caught.value).startswith("it: ")
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_config_json_and_the_person_disagree():
    said = spec("MelodyConverter", numSteps=64, **RANGE)
    with pytest.raises(InputError, match=re.escape("config.json says 4 bars, not 2: leave out --bars")):
        convert.convert(source(flat(), said=said), 2)


@pytest.mark.parametrize("way", [".", "config.json", "weights_manifest.json"])
def test_a_folder_of_javascript_by_any_of_its_names(tmp_path, way, monkeypatch):
    javascript(tmp_path / "mel_2bar_small", flat())
    assert convert.read(tmp_path / "mel_2bar_small" / way).name == "mel_2bar_small"
    monkeypatch.chdir(tmp_path / "mel_2bar_small")
    assert convert.read(".").name == "mel_2bar_small"


def test_the_card_says_where_it_is_from(tmp_path):
    found = convert.read(javascript(tmp_path / "mel_2bar_small", flat(), quantised="uint8"))
    folder = convert.save(found, tmp_path / "space")
    card = (folder / "README.md").read_text()
    assert "mel_2bar_small, a MusicVAE of Magenta's (JavaScript, weights of 8 bits)" in card
    assert found.sha256 in card
    assert "scorespace changed how they are stored and nothing else" in card
