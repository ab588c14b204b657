"""Masks are scored picture by picture; those with nothing forged are reported by themselves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.metrics import f1_score, jaccard_score, roc_auc_score

from detector.metrics.masks import THRESHOLDS, mask_report, score_mask

_TRUTH = arrays.arrays(np.bool_, (5, 4))
_LEVELS = st.sampled_from([0.0, 0.125, 0.25, 0.5, 0.505, 0.75, 1.0])
_SCORES = arrays.arrays(np.float64, (5, 4), elements=_LEVELS)


@settings(deadline=None)
@given(_SCORES, _TRUTH)
def test_scores_are_those_of_scikit_learn(
    scores: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    truth: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
) -> None:
    found = score_mask(scores, truth)
    assert found.flagged == (scores >= 0.5).mean()
    if not truth.any():
        assert (found.f1, found.iou, found.best_f1, found.auc) == (None,) * 4
        return
    flat = truth.ravel()

    def f1(threshold: float) -> float:
        return float(f1_score(flat, (scores >= threshold).ravel(), zero_division=0))

    assert found.f1 == pytest.approx(f1(0.5))
    assert found.iou == pytest.approx(jaccard_score(flat, (scores >= 0.5).ravel(), zero_division=0))
    levels = [level for level in np.unique(scores) if level > 0]
    assert found.best_f1 == pytest.approx(max(map(f1, levels), default=0))
    assert found.curve[49] == pytest.approx(f1(THRESHOLDS[49]))
    assert found.curve[-1] == pytest.approx(f1(0.99))
    if truth.all():
        assert found.auc is None
    else:
        assert found.auc == pytest.approx(roc_auc_score(flat, scores.ravel()))


def test_the_mean_is_over_pictures_not_over_pixels() -> None:
    small, large = np.zeros((4, 4), np.bool_), np.zeros((40, 40), np.bool_)
    small[:2] = large[:20] = True
    found = mask_report([(small, small), (~large, large)])
    assert (found.pictures, found.f1, found.iou, found.auc) == (2, 0.5, 0.5, 0.5)


def test_pictures_with_nothing_forged_are_kept_apart() -> None:
    forged, nothing = np.zeros((4, 4), np.bool_), np.zeros((4, 4), np.bool_)
    forged[0] = True
    found = mask_report([(forged, forged), (nothing, nothing), (forged, nothing), (None, nothing)])
    assert (found.pictures, found.f1, found.iou) == (1, 1.0, 1.0)
    assert (found.authentic, found.answers_missing) == (3, 0)
    assert found.flagged_authentic == pytest.approx(0.25 / 3)
    assert found.false_alarm_rate == pytest.approx(1 / 3)


def test_a_missing_answer_counts_as_an_empty_one() -> None:
    forged = np.eye(4, dtype=np.bool_)
    found = mask_report([(None, forged), (forged, forged)])
    assert (found.pictures, found.answers_missing) == (2, 1)
    assert (found.f1, found.best_f1, found.auc) == (0.5, 0.5, 0.75)


def test_one_threshold_for_all_is_no_better_than_each_ones_own() -> None:
    truth = np.zeros((10, 10), np.bool_)
    truth[:5] = True
    pairs = [(np.where(truth, 0.3, 0.1), truth), (np.where(truth, 0.9, 0.6), truth)]
    found = mask_report(pairs)
    assert found.best_f1 == 1.0
    # At 0.5 one has nothing and the other everything; between 0.1 and 0.3 the first is perfect.
    assert found.f1 == pytest.approx((0 + 2 / 3) / 2)
    assert found.common_best_f1 == pytest.approx((1 + 2 / 3) / 2)
    assert found.common_threshold is not None
    assert 0.1 < found.common_threshold <= 0.3


def test_nothing_at_all_has_no_figures() -> None:
    found = mask_report([])
    assert (found.pictures, found.f1, found.common_threshold, found.authentic) == (0, None, None, 0)


@pytest.mark.parametrize(
    ("answer", "truth", "said"),
    [
        (np.zeros((3, 4)), np.zeros((4, 4), np.bool_), "resize it"),
        (np.full((4, 4), 1.5), np.zeros((4, 4), np.bool_), "between 0 and 1"),
        (np.full((4, 4), np.nan), np.zeros((4, 4), np.bool_), "between 0 and 1"),
        (np.zeros((4, 4)), np.zeros((4, 4), np.uint8), "2-D bool"),
    ],
)
def test_what_is_no_mask_is_refused(
    answer: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    truth: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
    said: str,
) -> None:
    with pytest.raises(ValueError, match=said):
        score_mask(answer, truth)
