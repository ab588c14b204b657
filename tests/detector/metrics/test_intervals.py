"""Intervals draw groups, cover what they should, and repeat."""

from __future__ import annotations

import numpy as np
import pytest

from detector.metrics.detection import balanced_accuracy, ranking, roc_auc, share
from detector.metrics.intervals import bootstrap, interval_of, mean_interval
from detector.metrics.predictions import FAKE, REAL, Predictions
from detector.metrics.slices import intervals


def test_equal_seeds_give_equal_intervals_and_others_do_not() -> None:
    rng = np.random.default_rng(0)
    values, group = rng.random(60), np.arange(60)
    first, again = (mean_interval(values, group, seed=1, rounds=200) for _ in range(2))
    other = mean_interval(values, group, seed=2, rounds=200)
    assert first == again
    assert first != other
    assert first is not None
    assert first.low < values.mean() < first.high
    assert (first.rounds, first.groups, first.level) == (200, 60, 0.95)


def test_copies_of_pictures_do_not_narrow_the_interval() -> None:
    values = np.random.default_rng(1).random(40)
    once = mean_interval(values, np.arange(40), seed=3)
    copied = mean_interval(np.repeat(values, 10), np.repeat(np.arange(40), 10), seed=3)
    one_by_one = mean_interval(np.repeat(values, 10), np.arange(400), seed=3)
    assert once is not None
    assert copied is not None
    assert one_by_one is not None
    assert (copied.low, copied.high) == pytest.approx((once.low, once.high))
    assert one_by_one.high - one_by_one.low < (once.high - once.low) / 2


def test_the_width_is_that_of_the_normal_approximation() -> None:
    values = np.random.default_rng(2).normal(size=400)
    found = mean_interval(values, np.arange(400), seed=4)
    assert found is not None
    expected = 2 * 1.96 * values.std() / 20
    assert found.high - found.low == pytest.approx(expected, rel=0.1)


def test_what_cannot_be_resampled_has_no_interval() -> None:
    assert mean_interval(np.ones(5), np.zeros(5, np.intp), seed=0) is None
    assert mean_interval(np.ones(0), np.zeros(0, np.intp), seed=0) is None
    assert bootstrap(lambda index: None, np.arange(9), seed=0, rounds=10) is None
    with pytest.raises(ValueError, match="two rounds"):
        bootstrap(lambda index: 1.0, np.arange(9), seed=0, rounds=1)


def test_undefined_rounds_do_not_count() -> None:
    values = np.array([np.nan, 1.0, 2.0, 3.0])
    found = mean_interval(values, np.arange(4), seed=0, rounds=400)
    assert found is not None
    # All four draws are the picture without a value in one round of 256.
    assert 380 <= found.rounds < 400
    assert 1 <= found.low <= found.high <= 3


def test_groups_may_have_any_numbers() -> None:
    said = Predictions.collect(
        [True] * 6, [FAKE, FAKE, FAKE, REAL, REAL, REAL], groups=["b", "b", "b", "a", "a", "a"]
    )
    found = interval_of(lambda part: share(part.right), said, seed=0)
    assert found is not None
    assert (found.low, found.high, found.groups) == (0.0, 1.0, 2)
    sparse = bootstrap(lambda index: float(index.size), np.array([7, 90, 90]), seed=0, rounds=50)
    assert sparse is not None
    assert (sparse.low, sparse.high) == (2.0, 4.0)


def test_drawing_all_rounds_at_once_gives_what_drawing_one_by_one_does() -> None:
    rng = np.random.default_rng(4)
    chances = rng.integers(0, 8, 60) / 7
    said = Predictions.collect(
        (rng.random(60) < 0.4).tolist(),
        probabilities=[None if place % 9 == 0 else one for place, one in enumerate(chances)],
        groups=[f"g{number}" for number in rng.integers(0, 12, 60)],
    )

    def auc(part: Predictions) -> float | None:
        scores = ranking(part)
        return None if scores is None else roc_auc(part.fake, scores)

    found = intervals(said, seed=5, rounds=80)
    assert found.balanced_accuracy == interval_of(balanced_accuracy, said, 5, 80)
    expected = interval_of(auc, said, 5, 80)
    assert expected is not None
    assert found.auc is not None
    assert (found.auc.low, found.auc.high) == pytest.approx((expected.low, expected.high))
    assert found.auc.rounds == expected.rounds
    real = interval_of(lambda part: share(part.right[~part.fake]), said, 5, 80)
    assert found.accuracy_real == real
    one_group = Predictions.collect([True, False], [1, 0], groups=["a", "a"])
    assert intervals(one_group, seed=1).accuracy is None
