"""Which rows the models see: an order that depends on content alone, and a share of large sets."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from curation.shortcuts.table import FeatureTable

_Words = npt.NDArray[np.uint64]


def drawn(table: FeatureTable, most: int, slice_most: int, seed: int) -> npt.NDArray[np.intp]:
    """Places of at most `most` rows, and at most `slice_most` more for each generator and domain.

    Every row has a number that is hashed from all that is known of it and the seed, and the rows
    with the smallest numbers are taken: a random share that the order of rows has no part in. Rows
    that are alike in everything have one number, so it does not matter which of them is which.
    """
    number = _hashed(table, seed)
    order = np.argsort(number, kind="stable")
    if order.size <= most:
        return order
    wanted = np.zeros(order.size, np.bool_)
    wanted[order[:most]] = True
    for names in (table.domain, table.generator):
        codes = names.codes[order]
        for code in range(len(names.kinds)):
            wanted[order[codes == code][:slice_most]] = True
    return order[wanted[order]]


def _hashed(table: FeatureTable, seed: int) -> _Words:
    number: _Words = np.full(table.fake.size, np.uint64(seed % 2**64))
    parts = [table.group, table.fake, table.domain.codes, table.generator.codes]
    for part in parts:
        number = _mix(number ^ part.astype(np.int64).view(np.uint64))
    for column in table.columns:
        # Adding 0 makes a negative zero a positive one; NaNs are made one and the same.
        values = np.where(np.isnan(column.values), np.nan, column.values + 0.0)
        number = _mix(number ^ values.view(np.uint64))
    return number


def _mix(words: _Words) -> _Words:
    """SplitMix64's finaliser (Steele, Lea and Flood, 2014), on wrapping 64-bit words."""
    words = words + np.uint64(0x9E3779B97F4A7C15)
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))
