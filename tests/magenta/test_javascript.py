"""The files of magenta-js: numbers as they were, quantised ones within their step, and no way out of the folder."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from magenta_checkpoints import MELODY, javascript

from scorespace.errors import InputError
from scorespace.magenta.javascript import read

RNG = np.random.default_rng(5)
VARIABLES = {
    "encoder/mu/kernel": RNG.normal(size=(20, 30)).astype(np.float32),
    "encoder/mu/bias": RNG.normal(size=30).astype(np.float32),
    "core_decoder/decoder/output_projection/bias": np.full(7, 0.25, np.float32),
    "decoder/one": np.float32(3.5),
}
STATE = {"encoder/mu/bias/Adam": np.zeros(30, np.float32), "beta1_power": np.float32(0.9), "global_step": np.int32(7)}


@pytest.mark.parametrize(("groups", "shard_bytes"), [(1, 10**6), (1, 7), (3, 100)])
def test_numbers_are_read_as_they_were(tmp_path, groups, shard_bytes):
    folder = javascript(tmp_path / "mel", VARIABLES | STATE, groups=groups, shard_bytes=shard_bytes)
    found = read(folder)
    assert set(found.variables) == set(VARIABLES)  # what training leaves is not the model's
    for name, array in VARIABLES.items():
        np.testing.assert_array_equal(found.variables[name], array)
        assert found.variables[name].dtype == np.float32
    assert (found.name, found.spec, found.layout) == ("mel", MELODY, "JavaScript, weights of 32 bits")


@pytest.mark.parametrize(("quantised", "bits", "steps"), [("uint8", 8, 255), ("uint16", 16, 65535)])
def test_quantised_numbers_are_within_half_a_step(tmp_path, quantised, bits, steps):
    found = read(javascript(tmp_path / "q", VARIABLES, quantised=quantised))
    assert found.layout == f"JavaScript, weights of {bits} bits"
    for name, array in VARIABLES.items():
        half = np.ptp(array) / steps / 2
        np.testing.assert_allclose(found.variables[name], array, rtol=0, atol=1.001 * half + 1e-7)


def test_numbers_of_16_bits_are_rounded_once(tmp_path):
    found = read(javascript(tmp_path / "q", VARIABLES, quantised="float16"))
    for name, array in VARIABLES.items():
        np.testing.assert_array_equal(found.variables[name], array.astype(np.float16).astype(np.float32))


def test_the_checksum_tells_weights_apart(tmp_path):
    other = VARIABLES | {"decoder/one": np.float32(3.6)}
    sums = {
        read(javascript(tmp_path / name, given, shard_bytes=size)).sha256
        for name, given, size in (("a", VARIABLES, 100), ("b", VARIABLES, 999), ("c", other, 100))
    }
    assert len(sums) == 2


def manifest_of(folder):
    return json.loads((folder / "weights_manifest.json").read_text())


def entry(folder, **changes):
    """Changes the first weight of the manifest."""
    manifest = manifest_of(folder)
    manifest[0]["weights"][0] |= changes
    return manifest


def paths(folder, path):
    manifest = manifest_of(folder)
    manifest[0]["paths"][0] = path
    return manifest


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda folder: paths(folder, "../secret"), "names a shard outside its folder, '../secret'"),
        (lambda folder: paths(folder, "/etc/passwd"), "outside its folder"),
        (lambda folder: paths(folder, "a/../../b"), "outside its folder"),
        (lambda folder: paths(folder, "C:x"), "outside its folder"),
        (lambda folder: paths(folder, "..\\x"), "outside its folder"),
        (lambda folder: paths(folder, 5), "outside its folder"),
        (lambda folder: paths(folder, "gone"), "gone: cannot be read: No such file"),
        (lambda folder: entry(folder, shape=[10**9, 10**9]), "take [0-9,]+ bytes but the 1 shard file"),
        (lambda folder: entry(folder, shape=[10**4000] * 8), "has no usable shape"),
        (lambda folder: entry(folder, shape=[-1, 30]), "has no usable shape"),
        (lambda folder: entry(folder, shape="wide"), "has no usable shape, but wide"),
        (lambda folder: entry(folder, shape=[3]), "bytes but"),
        (lambda folder: entry(folder, dtype="string"), "has the type 'string'; float32, int32, bool are taken"),
        (lambda folder: entry(folder, name=None), "a weight without a name"),
        (lambda folder: entry(folder, quantization={"dtype": "int4"}), "is quantised to 'int4'"),
        (lambda folder: entry(folder, dtype=[]), r"has the type \[\]"),
        (lambda folder: entry(folder, quantization={"dtype": [4]}), r"is quantised to \[4\]"),
        (lambda folder: entry(folder, quantization=[]), "is quantised to None"),
        (lambda folder: entry(folder, quantization={"dtype": "uint8", "scale": "a"}), "without a usable scale"),
        (lambda folder: entry(folder, quantization={"dtype": "uint8", "scale": 1e99, "min": 0}), "usable scale"),
        (lambda folder: [{"paths": []}], "a group has no list of weights"),
        (lambda folder: [], "holds no variables of a MusicVAE"),
        (lambda folder: {"paths": []}, "is not a manifest of TensorFlow.js"),
        (lambda folder: [3], "is not a manifest of TensorFlow.js"),
    ],
)
def test_a_manifest_that_cannot_be_used(tmp_path, change, said):
    folder = javascript(tmp_path / "mel", VARIABLES)
    (folder / "weights_manifest.json").write_text(json.dumps(change(folder)))
    with pytest.raises(InputError, match=said):
        read(folder)


@pytest.mark.parametrize(
    ("name", "contents", "said"),
    [
        ("config.json", b"{", "config.json: is not JSON"),
        ("config.json", b'{"type": "MusicRNN"}', "is for a model of type 'MusicRNN'; only MusicVAE is taken"),
        ("config.json", b"[1]", "is for a model of type None"),
        ("config.json", b"\xff\xfe", "is not JSON"),
        ("weights_manifest.json", b"[" * 100_000, "is not JSON"),
        ("group1-shard1of1", b"short", "but the 1 shard file"),
        ("group1-shard1of1", None, "cannot be read: No such file"),
        ("config.json", None, "has no config.json, which every checkpoint of magenta-js has"),
        ("weights_manifest.json", None, "has no weights_manifest.json"),
    ],
)
def test_files_that_are_damaged_or_missing(tmp_path, name, contents, said):
    folder = javascript(tmp_path / "mel", VARIABLES, shard_bytes=10**6)
    (folder / name).unlink() if contents is None else (folder / name).write_bytes(contents)
    with pytest.raises(InputError, match=re.escape(said)):
        read(folder)


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_numbers_that_are_not_finite(tmp_path, number):
    folder = javascript(tmp_path / "mel", VARIABLES | {"encoder/bad": np.float32([1, number])})
    with pytest.raises(InputError, match="encoder/bad holds numbers that are not finite"):
        read(folder)
