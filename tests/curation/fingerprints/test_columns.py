"""Fingerprints out of columns, whatever they are spelled in."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from curation.fingerprints.columns import from_column
from curation.fingerprints.phash import to_hex
from schemas.errors import StorageError

VALUES = np.random.default_rng(0).integers(0, 2**64, 11, np.uint64)
SPELLED = [
    ("0x" if place % 3 else "") + (to_hex(value).upper() if place % 2 else to_hex(value))
    for place, value in enumerate(VALUES.tolist())
]


@pytest.mark.parametrize(
    "column",
    [
        pa.array(SPELLED),
        pa.array(SPELLED, pa.large_string()),
        pa.array(VALUES),
        pa.array(VALUES.view(np.int64)),
    ],
    ids=lambda column: str(column.type),
)
def test_they_are_read_in_order_from_the_whole_column_and_from_a_part(column: pa.Array) -> None:
    assert np.array_equal(from_column(column, "here"), VALUES)
    assert np.array_equal(from_column(column.slice(3, 5), "here"), VALUES[3:8])
    assert from_column(column.slice(11), "here").shape == (0,)
    assert from_column(pa.array([], column.type), "here").shape == (0,)


@pytest.mark.parametrize(
    ("column", "says"),
    [
        (pa.array(["0" * 16, None]), "here has 1 rows without a fingerprint"),
        (pa.array([3, None]), "here has 1 rows without a fingerprint"),
        (pa.array(["0" * 16, "0" * 15]), "here: '0{15}' is no hash"),
        (pa.array(["0" * 15 + "g"]), "here: '0{15}g' is no hash"),
        (pa.array(["0" * 32]), "is no hash of 16 hex digits"),
        (pa.array(["0" * 16 + "\n"]), "is no hash of 16 hex digits"),
        (pa.array([1.5]), "not double"),
    ],
)
def test_what_is_no_column_of_fingerprints(column: pa.Array, says: str) -> None:
    with pytest.raises(StorageError, match=says):
        from_column(column, "here")
