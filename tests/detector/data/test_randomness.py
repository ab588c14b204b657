"""The random numbers of a place: its own, whatever else is read beside it."""

from __future__ import annotations

import pickle

import numpy as np

from detector.data.randomness import generators


def numbers(seed: int, epoch: int, places: list[int]) -> list[list[int]]:
    every = generators(seed, epoch, np.array(places))
    return [one.integers(0, 2**63, 4).tolist() for one in every]


def test_a_place_draws_the_same_in_every_batch() -> None:
    alone = [numbers(5, 3, [place])[0] for place in range(40)]
    assert numbers(5, 3, list(range(40))) == alone
    assert numbers(5, 3, [7, 10, 13, 39]) == [alone[place] for place in (7, 10, 13, 39)]
    assert numbers(2**64 - 1, 0, [2**40]) == numbers(2**64 - 1, 0, [2**40])


def test_no_two_places_epochs_or_seeds_draw_alike() -> None:
    drawn = [
        numbers(seed, epoch, list(range(100)))[place][0]
        for seed in range(3)
        for epoch in range(3)
        for place in range(100)
    ]
    assert len(set(drawn)) == len(drawn)


def test_places_beside_one_another_are_not_correlated() -> None:
    """Of uniform draws, means, neighbours and lags are what chance gives, within five sigmas."""
    drawn = np.array([one.random(8) for one in generators(0, 0, np.arange(4000))]) - 0.5
    sigma = np.sqrt(1 / 12)
    assert abs(drawn.mean()) < 5 * sigma / np.sqrt(drawn.size)
    for lag in (1, 2, 64):
        products = drawn[lag:] * drawn[:-lag]
        assert abs(products.mean()) < 5 * sigma**2 / np.sqrt(products.size)
    of_one = np.corrcoef(drawn.T) - np.eye(8)
    assert np.abs(of_one).max() < 5 / np.sqrt(len(drawn))


def test_a_generator_travels_with_where_it_stands() -> None:
    (one,) = generators(1, 2, np.array([3]))
    one.random(5)
    other = pickle.loads(pickle.dumps(one))
    assert other.random() == one.random()
