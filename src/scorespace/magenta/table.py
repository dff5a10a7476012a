"""Reads TensorFlow's sorted tables (the .index of a checkpoint) and the protocol buffers in them.

A table is LevelDB's: blocks of entries whose keys share prefixes, an index of the blocks, and a footer that says where
the index is. Every block has a checksum. TensorFlow writes them uncompressed ("may not be supported on all platforms").
Sources: tensorflow/core/lib/io/format.h and block.cc, tensorflow/core/util/tensor_bundle/tensor_bundle.cc;
protobuf.dev, "Encoding".
"""

from __future__ import annotations

from collections.abc import Iterator

from scorespace.magenta.checksum import masked_crc32c

MAGIC = bytes.fromhex("57fb808b247547db")  # 0xdb4775248b80fb57, little-endian
LONGEST_KEY = 4096  # bytes
FOOTER, TRAILER = 48, 5  # bytes: two handles, filled up to 40, and the magic number; compression and checksum

Fields = dict[int, list[int | bytes]]


def entries(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The keys and values of a table, in its order.

    Raises:
        ValueError: when it is not a table or is damaged; says what is wrong.
    """
    if len(data) < FOOTER or data[-8:] != MAGIC:
        raise ValueError("it does not end as an index of TensorFlow does")
    _, place = _handle(data, len(data) - FOOTER)  # of the "metaindex", which is empty
    handle, _ = _handle(data, place)
    end = 0
    for _, value in _block(data, *handle):
        (offset, size), _ = _handle(value, 0)
        if offset < end:
            raise ValueError("its blocks overlap")
        end = offset + size
        yield from _block(data, offset, size)


def fields(data: bytes) -> Fields:
    """The fields of a message by number: whole numbers, or bytes.

    Raises:
        ValueError: when it is not one.
    """
    found: Fields = {}
    place = 0
    while place < len(data):
        tag, place = varint(data, place)
        kind = tag & 7
        value: int | bytes
        if kind == 0:
            value, place = varint(data, place)
        elif kind in (1, 2, 5):
            size, place = varint(data, place) if kind == 2 else ({1: 8, 5: 4}[kind], place)
            if place + size > len(data):
                raise ValueError("a field is cut off")
            raw = bytes(data[place : place + size])
            value, place = raw if kind == 2 else int.from_bytes(raw, "little"), place + size
        else:
            raise ValueError("a field is of no known kind")
        found.setdefault(tag >> 3, []).append(value)
    return found


def varint(data: bytes, place: int) -> tuple[int, int]:
    """A whole number of up to 64 bits, seven a byte, and the place after it."""
    value = shift = 0
    while shift < 70:
        if place >= len(data):
            raise ValueError("a number is cut off")
        byte = data[place]
        value |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return value & (2**64 - 1), place
    raise ValueError("a number is too long")


def _handle(data: bytes, place: int) -> tuple[tuple[int, int], int]:
    """Where a block stands, (offset, bytes), and the place after it."""
    offset, place = varint(data, place)
    size, place = varint(data, place)
    return (offset, size), place


def _block(data: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    if offset + size + TRAILER > len(data) - FOOTER or size < 4:
        raise ValueError("a block lies outside the file")
    block, trailer = data[offset : offset + size], data[offset + size : offset + size + TRAILER]
    if masked_crc32c(block + trailer[:1]) != int.from_bytes(trailer[1:], "little"):
        raise ValueError("a checksum is wrong")
    if trailer[0] != 0:
        raise ValueError("a block is compressed, which TensorFlow itself does not do")
    restarts = int.from_bytes(block[-4:], "little")
    end = size - 4 - 4 * restarts
    key, place = b"", 0
    while place < end:
        shared, place = varint(block, place)
        own, place = varint(block, place)
        length, place = varint(block, place)
        if shared > len(key) or shared + own > LONGEST_KEY or place + own + length > end:
            raise ValueError("an entry is cut off")
        key = key[:shared] + block[place : place + own]
        place += own + length
        yield key, block[place - length : place]
    if end < 0:
        raise ValueError("a block is cut off")
