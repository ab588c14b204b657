"""Figures on weighted draws agree with their definitions, and intervals cover the truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.metrics.detection import roc_auc
from detector.studies.resampling import Draws, Estimate, accuracy_rounds, auc_rounds


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 40), st.integers(1, 6))
def test_weighted_auc_is_that_of_repeated_pictures(seed: int, count: int, levels: int) -> None:
    rng = np.random.default_rng(seed)
    fake = rng.random(count) < 0.5
    scores = rng.integers(0, levels, count) / levels
    weights = rng.integers(0, 3, (5, count)).astype(np.float32)
    found = auc_rounds(fake, scores, weights)
    for one, drawn in zip(found, weights, strict=True):
        places = np.repeat(np.arange(count), drawn.astype(int))
        expected = roc_auc(fake[places], scores[places])
        assert np.isnan(one) if expected is None else one == pytest.approx(expected)


def test_balanced_accuracy_by_hand() -> None:
    fake = np.array([True, True, False, False, False])
    scores = np.array([0.9, 0.2, 0.1, 0.5, 0.4])
    weights = np.array([[1, 1, 1, 1, 1], [3, 1, 0, 1, 1], [0, 0, 1, 1, 1]], np.float32)
    found = accuracy_rounds(fake, scores, weights)
    np.testing.assert_allclose(found[:2], [(1 / 2 + 2 / 3) / 2, (3 / 4 + 1 / 2) / 2])
    assert np.isnan(found[2])


def test_the_first_round_is_what_was_measured() -> None:
    group = np.repeat(np.arange(6), 5)
    draws = Draws.of(group, 3, 0, rounds=20)
    assert (draws.weights(group)[0] == 1).all()
    by_seed = np.random.default_rng(0).random((3, 21))
    assert draws.mean(by_seed)[0] == pytest.approx(by_seed[:, 0].mean())
    again = Draws.of(group, 3, 0, rounds=20)
    np.testing.assert_array_equal(draws.groups, again.groups)


def test_draws_are_centred_on_what_was_measured() -> None:
    draws = Draws.of(np.arange(9), 2, 0, rounds=50)
    by_seed = np.full((2, 51), 0.7)
    by_seed[:, 0] = 0.6
    estimate = Estimate.of(draws.mean(by_seed))
    assert estimate is not None
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx((0.6, 0.6, 0.6))


def test_groups_that_differ_widen_the_interval() -> None:
    rng = np.random.default_rng(1)
    group = np.repeat(np.arange(8), 25)
    fake = np.tile([True, False], 100)
    scores = rng.normal(0, 1, 200) + fake * rng.normal(0.8, 1, 8)[group]
    by_group = Draws.of(group, 1, 0)
    by_picture = Draws.of(np.arange(200), 1, 0)
    widths = []
    for draws, names in ((by_group, group), (by_picture, np.arange(200))):
        rounds = draws.mean(auc_rounds(fake, scores, draws.weights(names))[None])
        estimate = Estimate.of(rounds)
        assert estimate is not None
        assert estimate.low < estimate.value < estimate.high
        widths.append(estimate.high - estimate.low)
    assert widths[0] > 1.3 * widths[1]


def test_what_is_undefined_has_no_estimate() -> None:
    assert Estimate.of(np.array([np.nan, 0.5, 0.5])) is None
    assert Estimate.of(np.array([0.5, np.nan, np.nan, 0.4])) is None
