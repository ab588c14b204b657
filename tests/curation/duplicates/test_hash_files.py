"""Hashes out of Parquet, whatever they are spelled in, and pairs into it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from upath import UPath

from curation.duplicates.hash_files import PAIR_SCHEMA, read_hashes, write_pairs
from curation.duplicates.pairs import near_pairs
from schemas.errors import StorageError


def stored(path: Path, column: pa.Array, name: str = "fingerprint") -> UPath:
    pq.write_table(pa.table({"key": range(len(column)), name: column}), path, row_group_size=4)
    return UPath(path)


@pytest.mark.parametrize("words", [1, 4])
@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_hex_digits_are_read_in_order(tmp_path: Path, words: int, kind: pa.DataType) -> None:
    values = np.random.default_rng(0).integers(0, 2**64, (11, words), np.uint64)
    spelled = ["".join(f"{word:016x}" for word in row) for row in values.tolist()]
    files = [
        stored(tmp_path / "a.parquet", pa.array(spelled[:6], kind)),
        stored(tmp_path / "b.parquet", pa.array([one.upper() for one in spelled[6:]], kind)),
    ]
    assert np.array_equal(read_hashes(files), values)


def test_numbers_are_read(tmp_path: Path) -> None:
    values = np.array([0, 2**64 - 1, 5], np.uint64)
    file = stored(tmp_path / "a.parquet", pa.array(values), "phash")
    assert read_hashes([file], "phash").tolist() == [[0], [2**64 - 1], [5]]
    empty = stored(tmp_path / "b.parquet", pa.array([], pa.string()))
    assert read_hashes([empty]).shape == (0, 1)


@pytest.mark.parametrize(
    ("column", "says"),
    [
        (pa.array(["0" * 16, None]), "leave them out"),
        (pa.array(["0" * 16, "0" * 15]), "16 hex digits a word"),
        (pa.array(["0" * 16, "0" * 15 + "g"]), "not all hex"),
        (pa.array([1.5]), "of type double"),
        (pa.array(["0" * 16] * 4 + ["0" * 32]), "one kind only"),
    ],
)
def test_what_is_no_column_of_hashes(tmp_path: Path, column: pa.Array, says: str) -> None:
    file = stored(tmp_path / "a.parquet", column)
    with pytest.raises(StorageError, match=says):
        read_hashes([file])


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    file = stored(tmp_path / "a.parquet", pa.array(["0" * 16]))
    with pytest.raises(StorageError, match="It has: key, fingerprint"):
        read_hashes([file], "phash")
    (tmp_path / "b.parquet").write_bytes(b"no table")
    with pytest.raises(StorageError, match="no Parquet"):
        read_hashes([UPath(tmp_path / "b.parquet")])
    with pytest.raises(StorageError):
        read_hashes([UPath(tmp_path / "c.parquet")])


def test_pairs_are_written_while_they_come(tmp_path: Path) -> None:
    values = np.random.default_rng(2).integers(0, 2**10, 200, np.uint64)
    target = UPath(tmp_path / "pairs.parquet")
    count = write_pairs(near_pairs(values, 2), target)
    table = pq.read_table(target.path)
    assert table.schema.equals(PAIR_SCHEMA)
    assert table.num_rows == count == sum(len(block) for block in near_pairs(values, 2))
    first, second = table["first"].to_numpy(), table["second"].to_numpy()
    apart = np.bitwise_count(values[first] ^ values[second])
    assert np.array_equal(apart, table["distance"].to_numpy())
    assert write_pairs(iter(()), target) == 0
    assert pq.read_table(target.path).num_rows == 0
