"""The files of TensorFlow: what it wrote is read, and whatever is damaged is refused."""

from __future__ import annotations

import io
import shutil
import tarfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from magenta_checkpoints import flat, masked, plain_crc32c, table, tensorflow, varint

from scorespace.errors import InputError
from scorespace.magenta.checksum import crc32c, masked_crc32c
from scorespace.magenta.files import MOST_MEMBERS
from scorespace.magenta.table import entries, fields
from scorespace.magenta.table import varint as read_varint
from scorespace.magenta.tensorflow import read

TENSORFLOWS_OWN = Path(__file__).parent.parent / "golden" / "magenta_tensorflow.tar"
RNG = np.random.default_rng(6)
VARIABLES = {
    "encoder/mu/kernel": RNG.normal(size=(3, 40)).astype(np.float32),
    "encoder/mu/bias": RNG.normal(size=40).astype(np.float32),
    "decoder/long": RNG.normal(size=3000).astype(np.float32),
    "decoder/one": np.float32(2.5),
}
STATE = {
    "encoder/mu/bias/Adam": np.zeros(40, np.float32),
    "encoder/mu/bias/Adam_1": np.zeros(40, np.float32),
    "decoder/count": np.int64(3),
    "global_step": np.int64(7),
}


def same(found, expected):
    assert set(found) == set(expected)
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array)


def test_what_tensorflow_wrote():
    found = read(TENSORFLOWS_OWN)
    same(found.variables, flat())
    assert (found.name, found.layout) == ("cat-mel_2bar_tiny", "TensorFlow, weights of 32 bits")


@pytest.mark.parametrize("shards", [1, 3])
def test_every_way_to_name_a_checkpoint(tmp_path, shards):
    prefix = tensorflow(tmp_path / "run" / "mel.ckpt", VARIABLES | STATE, shards=shards)
    ways = [prefix, prefix.with_name("mel.ckpt.index"), prefix.with_name(f"mel.ckpt.data-00000-of-0000{shards}")]
    for kind in ("tar", "gztar"):
        ways.append(Path(shutil.make_archive(str(tmp_path / "packed"), kind, tmp_path)))
    ways.append(prefix.parent)
    for way in ways:
        found = read(way)
        same(found.variables, VARIABLES)
        assert found.name == "mel"


def test_of_several_the_latest_or_the_one_named(tmp_path):
    first = tensorflow(tmp_path / "model.ckpt-1", VARIABLES)
    tensorflow(tmp_path / "model.ckpt-2", VARIABLES | {"decoder/one": np.float32(9)})
    with pytest.raises(InputError, match=r"several checkpoints, model\.ckpt-1, model\.ckpt-2: name one"):
        read(tmp_path)
    (tmp_path / "checkpoint").write_text('model_checkpoint_path: "/home/me/run/model.ckpt-2"\n')
    assert read(tmp_path).variables["decoder/one"] == 9
    assert read(first).variables["decoder/one"] == 2.5


@pytest.mark.parametrize(
    ("folder", "prefix", "name"),
    [
        ("run", "mel_4bar.ckpt", "mel_4bar"),
        ("mel_4bar", "model.ckpt-500", "mel_4bar"),
        ("mel_2bar.lokl.tar", "model.ckpt", "mel_2bar.lokl"),
        ("run", "model.ckpt-500", "model"),
    ],
)
def test_a_checkpoint_is_called_what_says_most(tmp_path, folder, prefix, name):
    tensorflow(tmp_path / "in" / prefix, VARIABLES)
    if folder.endswith(".tar"):
        shutil.make_archive(str(tmp_path / folder.removesuffix(".tar")), "tar", tmp_path / "in")
    else:
        (tmp_path / "in").rename(tmp_path / folder)
    assert read(tmp_path / folder).name == name


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 16]) + data[place + 1 :]


@pytest.mark.parametrize(
    ("file", "change", "said"),
    [
        ("m.index", lambda data: data[:-1], "does not end as an index of TensorFlow does"),
        ("m.index", lambda data: b"", "does not end as an index"),
        ("m.index", lambda data: flipped(data, 20), "a checksum is wrong"),
        ("m.index", lambda data: table({b"": b"\x08\x01"}), "holds no variables"),
        ("m.index", lambda data: table({b"encoder/a": b"\x08\x01"}), "no header"),
        ("m.index", lambda data: table({b"": b"\x08\x01\x10\x01"}), "no header of a little-endian"),
        ("m.index", lambda data: table({b"": b"\x0b"}), "a field is of no known kind"),
        ("m.index", lambda data: table({b"": b"\x12\x50"}), "a field is cut off"),
        ("m.index", lambda data: table({b"": b"\x0a\x01\x01"}), "a field is of another kind"),
        ("m.index", lambda data: table({b"": b"\x08\x01", b"\xff": b""}), "utf-8"),
        (
            "m.index",
            lambda data: table({b"": b"\x08\x01", b"encoder/a": b"\x08\x01\x12\x04\x12\x02\x08\x05\x28\x04"}),
            r"encoder/a of shape \(5,\) does not take 4 bytes",
        ),
        (
            "m.index",
            lambda data: table({b"": b"\x08\x01", b"encoder/a": b"\x08\x01\x28\x04\x18\x05"}),
            "data-00005-of-00001 is missing",
        ),
        ("m.index", lambda data: table({b"": b"\x08\x01", b"encoder/a": b"\x08\x01\x3a\x00\x28\x04"}), "in slices"),
        ("m.data-00000-of-00001", lambda data: data[:-4], "is cut off"),
        ("m.data-00000-of-00001", lambda data: flipped(data, 5000), "the checksum of [a-z/]+ is wrong"),
        ("m.data-00000-of-00001", None, "is missing"),
    ],
)
def test_what_is_damaged_is_refused(tmp_path, file, change, said):
    tensorflow(tmp_path / "m", VARIABLES)
    path = tmp_path / file
    path.unlink() if change is None else path.write_bytes(change(path.read_bytes()))
    with pytest.raises(InputError, match=said):
        read(tmp_path / "m")


def test_what_is_no_checkpoint(tmp_path):
    (tmp_path / "song.mid").write_bytes(b"MThd")
    for path in (tmp_path, tmp_path / "song.mid"):
        with pytest.raises(InputError, match="is no checkpoint that is known: give the folder of a magenta-js model"):
            read(path)
    for path in (tmp_path / "gone", tmp_path / "gone" / "too"):
        with pytest.raises(InputError, match="is not there"):
            read(path)


def archive(path: Path, members) -> Path:
    with tarfile.open(path, "w") as packed:
        for name, data, kind in members:
            member = tarfile.TarInfo(name)
            member.size, member.type = len(data), kind
            packed.addfile(member, io.BytesIO(data))
    return path


def test_an_archive_is_never_unpacked(tmp_path):
    prefix = tensorflow(tmp_path / "in" / "m", VARIABLES)
    files = [(f"../../{path.name}", path.read_bytes(), tarfile.REGTYPE) for path in prefix.parent.iterdir()]
    packed = archive(tmp_path / "m.tar", [*files, ("m.index", b"", tarfile.SYMTYPE)])
    same(read(packed).variables, VARIABLES)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["in", "m.data-00000-of-00001", "m.index", "m.tar"]


def test_an_archive_of_too_many_files(tmp_path):
    packed = archive(tmp_path / "m.tar", [(str(k), b"", tarfile.REGTYPE) for k in range(MOST_MEMBERS + 1)])
    with pytest.raises(InputError, match="more than 1000 files"):
        read(packed)


def test_an_archive_that_is_cut_off(tmp_path):
    tensorflow(tmp_path / "in" / "m", VARIABLES)
    for kind in ("tar", "gztar"):
        packed = Path(shutil.make_archive(str(tmp_path / "m"), kind, tmp_path / "in"))
        packed.write_bytes(packed.read_bytes()[: packed.stat().st_size // 2])
        with pytest.raises(InputError):
            read(packed)


INDEX = table({b"": b"\x08\x01", b"decoder/a": b"\x08\x01", b"encoder/longer": b"\x28\x04" * 20})


@given(st.integers(0, len(INDEX) - 1), st.integers(1, 255))
def test_a_changed_index_is_a_value_error_or_says_the_same(place, change):
    changed = INDEX[:place] + bytes([INDEX[place] ^ change]) + INDEX[place + 1 :]
    try:
        found = dict(entries(changed))
    except ValueError:
        return
    assert found == dict(entries(INDEX))  # only the handle of the empty block and the filling may change


@given(st.binary(max_size=60))
def test_any_bytes_are_a_message_or_a_value_error(data):
    try:
        found = fields(data)
    except ValueError:
        return
    assert all(isinstance(value, int | bytes) for values in found.values() for value in values)


@given(st.integers(0, 2**64 - 1), st.binary(max_size=3))
def test_numbers_of_any_length(value, rest):
    written = varint(value)
    assert read_varint(written + rest, 0) == (value, len(written))


@given(st.dictionaries(st.binary(max_size=12), st.binary(max_size=200), max_size=30), st.integers(1, 8))
def test_tables_of_any_entries(given_entries, keys_a_block):
    assert dict(entries(table(given_entries, keys_a_block))) == given_entries


@pytest.mark.parametrize("size", [0, 1, 9, 4095, 4096, 4097, 3 * 4096, 20_000])
def test_checksums_are_those_of_the_plain_way(size):
    data = np.random.default_rng(size).bytes(size)
    assert crc32c(data) == plain_crc32c(data)
    assert masked_crc32c(data) == masked(data)


def test_the_checksum_of_the_standard():
    assert crc32c(b"123456789") == 0xE3069283  # the check value of CRC-32C (iSCSI)
    assert crc32c(bytes(32)) == 0x8A9136AA  # RFC 3720, B.4: 32 bytes of zeros
