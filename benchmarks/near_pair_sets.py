"""Sets of hashes in which near-duplicates are sought to see how long it takes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from scipy.fft import dct

Hashes = npt.NDArray[np.uint64]
_ROWS = 1_000_000


def planted(count: int, words: int, radius: int) -> Hashes:
    """Random hashes, (count, words), of which one in fifty is a near-duplicate of another."""
    rng = np.random.default_rng(count + words)
    values = rng.integers(0, 2**64, (count, words), np.uint64)
    copies = count // 50
    sources, targets = np.split(rng.permutation(count)[: 2 * copies], 2)
    changed = values[sources]
    flips = rng.integers(1, radius + 1, copies)
    for flip in range(radius):
        bits = rng.integers(0, 64 * words, copies)
        some = np.flatnonzero(flip < flips)
        changed[some, bits[some] // 64] ^= np.uint64(1) << (bits[some] % 64).astype(np.uint64)
    values[targets] = changed
    return values


def equal(count: int) -> Hashes:
    """One hash, again and again."""
    return np.zeros(count, np.uint64)


def tight_ball(count: int) -> Hashes:
    """Hashes of at most 4 bits away from one: all are near-duplicates of all."""
    rng = np.random.default_rng(count)
    values = np.full(count, rng.integers(0, 2**64, dtype=np.uint64))
    for _ in range(4):
        values ^= np.uint64(1) << rng.integers(0, 64, count).astype(np.uint64)
    return values


def nearly_constant(count: int) -> Hashes:
    """The pHashes of grey pictures of 32 by 32 pixels, of which up to three pixels differ by 1."""
    rng = np.random.default_rng(count)
    bits = np.empty((count, 64), bool)
    for start in range(0, count, 10_000):
        some = min(10_000, count - start)
        pictures = np.repeat(rng.integers(1, 255, some), 1024).reshape(some, 1024).astype(float)
        for _ in range(3):
            pictures[np.arange(some), rng.integers(0, 1024, some)] += rng.integers(-1, 2, some)
        low = dct(dct(pictures.reshape(some, 32, 32), axis=1), axis=2)[:, :8, :8].reshape(some, 64)
        bits[start : start + some] = low > np.median(low, axis=1, keepdims=True)
    return np.packbits(bits, axis=1).view(">u8")[:, 0].astype(np.uint64)


def store(path: str, count: int) -> None:
    """Write random hashes as hex digits to a Parquet file."""
    with pq.ParquetWriter(path, pa.schema({"fingerprint": pa.string()})) as writer:
        for start in range(0, count, _ROWS):
            values = np.random.default_rng(start).integers(
                0, 2**64, min(_ROWS, count - start), np.uint64
            )
            column = pa.array([f"{value:016x}" for value in values.tolist()])
            writer.write_table(pa.table({"fingerprint": column}), row_group_size=100_000)
