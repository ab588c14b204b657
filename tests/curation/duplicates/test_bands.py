"""Bands: whatever is near is near in one of them."""

from __future__ import annotations

from math import comb

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from curation.duplicates.bands import Band, Costs, choose_bands

costs = st.builds(Costs, *[st.floats(0.01, 1e4) for _ in range(4)])


@given(
    left=st.integers(1, 10**8),
    right=st.none() | st.integers(1, 10**8),
    words=st.integers(1, 4),
    radius=st.integers(0, 70),
    costs=costs,
)
def test_bands_keep_the_pigeonhole_principle(
    left: int, right: int | None, words: int, radius: int, costs: Costs
) -> None:
    bands = choose_bands(left, right, 64 * words, radius, costs)
    assert sum(band.radius + 1 for band in bands) == radius + 1
    covered = [bit for band in bands for bit in range(band.start, band.start + band.width)]
    assert len(covered) == len(set(covered))
    assert all(0 <= bit < 64 * words for bit in covered)


@given(start=st.integers(0, 108), width=st.integers(0, 20), seed=st.integers(0, 99))
def test_keys_are_the_bits_of_the_band(start: int, width: int, seed: int) -> None:
    values = np.random.default_rng(seed).integers(0, 2**64, (5, 2), np.uint64)
    whole = [int(low) | int(high) << 64 for low, high in values]
    band = Band(start, width, 0)
    assert band.keys(values).tolist() == [(one >> start) & ((1 << width) - 1) for one in whole]
    low, high = band.mask(2).tolist()
    assert low | high << 64 == ((1 << width) - 1) << start


@given(width=st.integers(0, 12), radius=st.integers(0, 4))
def test_flips_are_all_numbers_of_few_bits(width: int, radius: int) -> None:
    flips = Band(0, width, radius).flips().tolist()
    assert flips[0] == 0
    assert len(set(flips)) == len(flips) == sum(comb(width, weight) for weight in range(radius + 1))
    assert all(flip.bit_count() <= radius and flip < 1 << width for flip in flips)


def test_more_hashes_get_fewer_and_wider_bands() -> None:
    prices = Costs(sorting=8, lookup=4, candidate=0.5, mask=100)
    few, many, most = (choose_bands(n, None, 64, 8, prices) for n in (10**4, 10**5, 10**8))
    assert len(few) > len(many) > len(most)
    assert choose_bands(3, None, 64, 8, prices) == (Band(0, 0, 8),)
