"""The linear head: it learns, weighs both classes alike, and is told what groups are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from detector.metrics.detection import roc_auc
from detector.probes.head import FOLDS, STRENGTHS, _fit, _folds, _rotated, fit_head


def made(
    seed: int, count: int = 200, width: int = 20, gap: float = 1.5
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    rng = np.random.default_rng(seed)
    fake = rng.random(count) < 0.3
    features = rng.normal(5, 3, (count, width))
    features[:, 0] += np.where(fake, 3 * gap, 0)
    return features.astype(np.float32), fake


def test_it_learns_what_it_is_taught() -> None:
    features, fake = made(1)
    head = fit_head(features, fake, np.arange(len(fake)), 0)
    asked, truth = made(2)
    said = head.probability(asked)
    assert ((said >= 0) & (said <= 1)).all()
    auc = roc_auc(truth, said)
    assert auc is not None
    assert auc > 0.8
    # Fakes are three of ten, but both classes weigh as much.
    assert (said[truth] >= 0.5).mean() > 0.6
    assert (said[~truth] < 0.5).mean() > 0.6


def test_fewer_pictures_than_features_lose_nothing_by_turning() -> None:
    features, fake = made(3, count=40, width=90)
    normal = (features - features.mean(0)) / features.std(0)
    turned, axes = _rotated(normal)
    assert axes is not None
    assert turned.shape[1] <= 40
    whole = _fit(normal, fake, 1e-2)
    short = _fit(turned, fake, 1e-2)
    np.testing.assert_allclose(
        whole.decision_function(normal), short.decision_function(turned), atol=2e-3
    )


def test_folds_hold_whole_groups_out() -> None:
    group = np.random.default_rng(4).integers(0, 9, 100)
    fold = _folds(group, 0)
    assert set(fold) == set(range(FOLDS))
    assert all(len(set(fold[group == one])) == 1 for one in set(group))


def test_a_trace_of_the_group_alone_is_regularised_away() -> None:
    rng = np.random.default_rng(5)
    group = np.repeat(np.arange(12), 10)
    fake = group % 2 == 1
    features = rng.normal(0, 1, (120, 60)) + rng.normal(0, 1, (12, 60))[group]
    by_group = fit_head(features.astype(np.float32), fake, group, 0)
    by_picture = fit_head(features.astype(np.float32), fake, np.arange(120), 0)
    assert by_group.strength < by_picture.strength
    assert by_group.strength in STRENGTHS


def test_one_class_is_refused_and_too_few_groups_are_not() -> None:
    features, fake = made(6)
    with pytest.raises(ValueError, match="both"):
        fit_head(features, np.ones_like(fake), np.arange(len(fake)), 0)
    head = fit_head(features, fake, np.zeros(len(fake), np.intp), 0)
    assert np.isfinite(head.weights).all()


def test_a_feature_that_never_varies_says_nothing() -> None:
    features, fake = made(7)
    features[:, 3] = 1
    head = fit_head(features, fake, np.arange(len(fake)), 0)
    odd = features.copy()
    odd[:, 3] = 9
    np.testing.assert_array_equal(head.probability(odd), head.probability(features))
