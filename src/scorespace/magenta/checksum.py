"""CRC-32C, which TensorFlow guards its checkpoints with, fast enough in NumPy for hundreds of megabytes.

The bytes are cut into lanes, whose checksums go forward together, two bytes a round; then neighbours are joined. That
of A followed by B is that of A moved on by as many zero bytes as B has, xor that of B: moving on is linear over the
bits, a table of 4 x 256 numbers for each length. Sources of the polynomial and of the mask: RFC 3720 (B.4) and
tensorflow/tsl/lib/hash/crc32c.h.
"""

from __future__ import annotations

import functools

import numpy as np

POLYNOMIAL = 0x82F63B78  # reflected
LANE = 4096  # bytes
FULL = 0xFFFFFFFF


def masked_crc32c(data: bytes | memoryview) -> int:
    """The checksum as TensorFlow stores it: turned by 15 bits, plus a constant, so that it is not one of itself."""
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & FULL


def crc32c(data: bytes | memoryview) -> int:
    """The CRC-32C of some bytes, 0 to 2**32 - 1."""
    whole = np.frombuffer(data, np.uint8)
    lanes = len(whole) // LANE
    crc = FULL
    if lanes:
        registers = _lanes(whole[: lanes * LANE].reshape(lanes, LANE))
        crc = _joined(registers, crc)
    table = _bytes()
    for byte in whole[lanes * LANE :].tolist():
        crc = int(table[(crc ^ byte) & 255]) ^ crc >> 8
    return crc ^ FULL


def _lanes(rows: np.ndarray) -> np.ndarray:
    """The register of each lane (lanes, LANE) uint8, begun at 0: (lanes,) uint32."""
    table = _pairs()
    pairs = np.ascontiguousarray(rows.view("<u2").T)  # (LANE / 2, lanes)
    registers = np.zeros(len(rows), np.uint32)
    for pair in pairs:
        registers = table[(registers ^ pair) & 0xFFFF] ^ (registers >> 16)
    return registers


def _joined(registers: np.ndarray, first: int) -> int:
    """The register after all lanes, begun at `first`: neighbours are joined until one is left."""
    count = len(registers)
    crc, length = first, LANE
    # a power of two of lanes is needed: lanes of zeros in front leave a register of 0 as it is
    ahead = (1 << (count - 1).bit_length()) - count
    registers = np.concatenate([np.zeros(ahead, np.uint32), registers])
    while len(registers) > 1:
        registers = _moved(registers[0::2], length) ^ registers[1::2]
        length *= 2
    begun = np.array([crc], np.uint32)
    for bit in range(count.bit_length()):
        if count >> bit & 1:
            begun = _moved(begun, LANE << bit)
    return int(begun[0] ^ registers[0])


def _moved(registers: np.ndarray, zeros: int) -> np.ndarray:
    """Registers (n,) uint32 after so many zero bytes."""
    tables = _shift(zeros)
    parts = (tables[byte][(registers >> (8 * byte)) & 255] for byte in range(4))
    return functools.reduce(np.bitwise_xor, parts)


@functools.cache
def _shift(zeros: int) -> np.ndarray:
    """(4, 256) uint32: what each value of each byte of a register becomes after 1, or an even number of zero bytes."""
    if zeros == 1:
        table = _bytes()
        unit = np.uint32(1) << np.arange(32, dtype=np.uint32)
        after = np.where(unit < 256, table[unit & 255], unit >> 8)
    else:
        half = zeros // 2
        unit = np.uint32(1) << np.arange(32, dtype=np.uint32)
        after = _moved(_moved(unit, half), half)
    values = np.arange(256)
    bits = (values[None, :, None] >> np.arange(8)) & 1  # (1, 256, 8)
    columns = after.reshape(4, 1, 8)
    tables: np.ndarray = np.bitwise_xor.reduce(np.where(bits == 1, columns, np.uint32(0)), axis=2)
    return tables.astype(np.uint32)


@functools.cache
def _bytes() -> np.ndarray:
    """(256,) uint32: the register after one byte."""
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, table >> 1 ^ np.uint32(POLYNOMIAL), table >> 1)
    return table.astype(np.uint32)


@functools.cache
def _pairs() -> np.ndarray:
    """(65536,) uint32: the register after two bytes."""
    table = _bytes()
    once = table[np.arange(65536) & 255] ^ (np.arange(65536) >> 8).astype(np.uint32)
    twice: np.ndarray = table[once & 255] ^ once >> 8
    return twice
