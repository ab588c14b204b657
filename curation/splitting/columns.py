"""Columns of names as integer codes, so that a million rows are grouped and counted in seconds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Column: TypeAlias = "Sequence[str | None] | pa.Array | pa.ChunkedArray"
"""One text a row, None where there is none: a list, or a column of an Arrow table."""
Codes: TypeAlias = npt.NDArray[np.int64]
"""int64 (n,): the number of each row's value; -1 where it has none."""


def as_arrow(column: Column) -> pa.Array:
    """The column as one Arrow array of strings."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if not isinstance(column, pa.Array):
        return pa.array(column, pa.large_string())
    return column.cast(pa.large_string())


def encode(column: Column) -> tuple[Codes, pa.Array]:
    """The code of every row, and the values in the order of their codes: that of first sight."""
    encoded = as_arrow(column).dictionary_encode()
    codes = pc.fill_null(encoded.indices.cast(pa.int64()), -1).to_numpy(zero_copy_only=False)
    return codes, encoded.dictionary


def ranks(values: pa.Array) -> Codes:
    """The place of each of n different values in their order, as Python compares strings."""
    places = np.empty(len(values), np.int64)
    places[pc.sort_indices(values).to_numpy()] = np.arange(len(values))
    return places


def lookup(column: Column, values: pa.Array) -> Codes:
    """The place of each row's value among `values`, which differ; -1 where it is not there."""
    found = pc.index_in(as_arrow(column), value_set=values).cast(pa.int64())
    return np.asarray(pc.fill_null(found, -1).to_numpy(zero_copy_only=False))


def combinations(*columns: Column) -> tuple[Codes, list[tuple[str, ...]]]:
    """The code of every row's values in several columns, and those values by code; "" for none."""
    encoded = [encode(column) for column in columns]
    key: Codes = np.zeros(encoded[0][0].size, np.int64)
    for codes, values in encoded:
        key = key * (len(values) + 1) + codes + 1
        # Numbered anew each time, so that the product of many columns does not overflow.
        _, key = np.unique(key, return_inverse=True)
    _, first = np.unique(key, return_index=True)
    texts = [[*values.to_pylist(), ""] for _, values in encoded]
    found = [
        tuple(text[codes[row]] for text, (codes, _) in zip(texts, encoded, strict=True))
        for row in first.tolist()
    ]
    return key, found
