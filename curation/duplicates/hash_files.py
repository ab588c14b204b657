"""Hashes out of Parquet and pairs into it, piece by piece: ten million need little memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from upath import UPath

from curation.duplicates.bands import Words
from curation.duplicates.engines import Pairs
from schemas.errors import StorageError
from storage.files import explained, writing

_DIGITS = 16  # hex digits in a word of 64 bits
_ROWS_IN_GROUP = 1 << 20
PAIR_SCHEMA = pa.schema(
    {"first": pa.int64(), "second": pa.int64(), "distance": pa.uint16()},
)
# The value of each hex digit by its character's code; 255 marks what is none.
_VALUES = np.full(256, 255, np.uint8)
for _value, _digit in enumerate("0123456789abcdef"):
    _VALUES[ord(_digit)] = _VALUES[ord(_digit.upper())] = _value


def read_hashes(paths: Sequence[UPath], column: str = "fingerprint") -> Words:
    """The hashes of Parquet files, uint64 (n, words), in the order of files and rows.

    The column holds numbers, uint64, or strings of 16 hex digits a word. It is read a row group at
    a time into the one array. Raises StorageError for another type, for rows without a hash, and
    for hashes of different lengths.
    """
    with explained("reading hashes"):
        rows = 0
        for path in paths:
            with _opened(path) as file:
                rows += file.metadata.num_rows
        groups = chain.from_iterable(_groups(path, column) for path in paths)
        hashes = np.zeros((0, 1), np.uint64)
        start = 0
        for group in groups:
            if not start:
                hashes = np.empty((rows, group.shape[1]), np.uint64)
            if group.shape[1] != hashes.shape[1]:
                raise StorageError(
                    f"hashes of {hashes.shape[1]} and of {group.shape[1]} words in column {column}:"
                    " compare hashes of one kind only"
                )
            hashes[start : start + len(group)] = group
            start += len(group)
    return hashes


def write_pairs(blocks: Iterable[Pairs], path: UPath) -> int:
    """Write pairs to a Parquet file of the columns of `PAIR_SCHEMA` while they come; how many.

    The file appears when the last block is written.
    """
    count = 0
    with writing(path) as file, pq.ParquetWriter(file, PAIR_SCHEMA) as writer:
        waiting: list[pa.RecordBatch] = []
        rows = 0
        for block in blocks:
            columns = [block.first, block.second, block.distance]
            waiting.append(pa.record_batch(columns, schema=PAIR_SCHEMA))
            rows += len(block)
            if rows >= _ROWS_IN_GROUP:
                writer.write_table(pa.Table.from_batches(waiting), row_group_size=rows)
                count, waiting, rows = count + rows, [], 0
        if rows:
            writer.write_table(pa.Table.from_batches(waiting), row_group_size=rows)
    return count + rows


@contextmanager
def _opened(path: UPath) -> Iterator[pq.ParquetFile]:
    with path.open("rb") as file:
        try:
            yield pq.ParquetFile(file)
        except pa.ArrowInvalid as error:
            raise StorageError(f"{path} is no Parquet file: {error}") from error


def _groups(path: UPath, column: str) -> Iterator[Words]:
    with _opened(path) as file:
        if column not in file.schema_arrow.names:
            names = ", ".join(file.schema_arrow.names)
            raise StorageError(f"{path} has no column {column}. It has: {names}")
        for group in range(file.num_row_groups):
            values = file.read_row_group(group, columns=[column])[column].combine_chunks()
            if values.null_count:
                raise StorageError(
                    f"{values.null_count} rows of {path} have no {column}: leave them out first"
                )
            if len(values):
                yield _words(values, f"column {column} of {path}")


def _words(values: pa.Array, where: str) -> Words:
    """One group's hashes, uint64 (n, words)."""
    if pa.types.is_uint64(values.type):
        return np.asarray(values.to_numpy(zero_copy_only=False), np.uint64)[:, None]
    if not pa.types.is_string(values.type) and not pa.types.is_large_string(values.type):
        raise StorageError(f"{where} is of type {values.type}: uint64 or hex digits are wanted")
    lengths = pc.min_max(pc.binary_length(values)).as_py()
    length = lengths["min"]
    if length != lengths["max"] or not length or length % _DIGITS:
        raise StorageError(f"{where} holds other strings than {_DIGITS} hex digits a word")
    spelled = b"".join(values.cast(pa.large_binary()).to_pylist())
    digits: npt.NDArray[np.uint8] = _VALUES[np.frombuffer(spelled, np.uint8)].reshape(-1, _DIGITS)
    if digits.max() > 15:
        raise StorageError(f"{where} holds strings that are not all hex digits")
    pairs = digits[:, 0::2] << 4 | digits[:, 1::2]
    return np.ascontiguousarray(pairs).view(">u8").astype(np.uint64).reshape(len(values), -1)
