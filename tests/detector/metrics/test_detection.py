"""Accuracies, rankings and calibration; failures count as wrong but in the paper's form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from detector.metrics.calibration import calibration
from detector.metrics.detection import (
    average_precision,
    detection,
    paper_detection,
    roc_auc,
)
from detector.metrics.predictions import FAILED, FAKE, REAL, Predictions

_SCORED = st.lists(
    st.tuples(st.booleans(), st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 1.0])), min_size=2
)


@settings(deadline=None)
@given(_SCORED)
def test_rankings_are_those_of_scikit_learn(pairs: list[tuple[bool, float]]) -> None:
    fake = np.array([one for one, _ in pairs])
    scores = np.array([one for _, one in pairs])
    if not fake.any() or fake.all():
        assert roc_auc(fake, scores) is None
    else:
        assert roc_auc(fake, scores) == pytest.approx(roc_auc_score(fake, scores), abs=1e-12)
    if fake.any():
        expected = average_precision_score(fake, scores)
        assert average_precision(fake, scores) == pytest.approx(expected, abs=1e-12)
    else:
        assert average_precision(fake, scores) is None


def test_a_failure_is_wrong_in_every_accuracy_and_the_paper_drops_it() -> None:
    # Of four reals two are right, of four fakes two; the others could not be read.
    fake = [False] * 4 + [True] * 4
    answers = [REAL, REAL, FAILED, FAILED, FAKE, FAKE, FAILED, FAILED]
    said = Predictions.collect(fake, answers)

    ours, paper = detection(said), paper_detection(said)

    assert (paper.acc, paper.r_acc, paper.f_acc) == (1.0, 1.0, 1.0)
    assert (ours.accuracy, ours.accuracy_real, ours.accuracy_fake) == (0.5, 0.5, 0.5)
    assert ours.balanced_accuracy == 0.5
    assert (ours.failures, ours.failure_rate, ours.pictures) == (4, 0.5, 8)
    assert (paper.kept, paper.failure_rate) == (4, 0.5)


def test_both_forms_agree_without_failures() -> None:
    said = Predictions.collect([False, False, True], [REAL, FAKE, FAKE])
    ours, paper = detection(said), paper_detection(said)
    assert (ours.accuracy, ours.accuracy_real, ours.accuracy_fake) == (2 / 3, 0.5, 1.0)
    assert (paper.acc, paper.r_acc, paper.f_acc) == (2 / 3, 0.5, 1.0)


def test_refusing_what_is_hard_gains_nothing_but_in_the_papers_form() -> None:
    fake, wrong = [True] * 4, [FAKE, FAKE, REAL, REAL]
    refused = [FAKE, FAKE, FAILED, FAILED]
    honest, sly = Predictions.collect(fake, wrong), Predictions.collect(fake, refused)
    assert detection(honest).accuracy == detection(sly).accuracy == 0.5
    assert paper_detection(honest).acc == 0.5
    assert paper_detection(sly).acc == 1.0


def test_without_a_probability_a_picture_ranks_at_the_wrong_end() -> None:
    said = Predictions.collect([True, True, False, False], None, [0.9, None, 0.1, None])
    found = detection(said)
    # Of the four pairs only that of the two scored pictures is in order.
    assert found.auc == 0.25
    assert found.without_probability == 2
    assert found.average_precision == pytest.approx((1 / 2 + 2 / 4) / 2)
    assert found.failures == 2


def test_answers_are_read_off_probabilities_at_a_half() -> None:
    said = Predictions.collect([True] * 4, None, [0.5, 0.49, None, 1.0])
    assert said.answer.tolist() == [FAKE, REAL, FAILED, FAKE]


def test_what_does_not_occur_has_no_figure() -> None:
    found = detection(Predictions.collect([True, True], [FAKE, REAL]))
    assert found.accuracy_real is None
    assert found.balanced_accuracy is None
    assert found.auc is None
    nothing = detection(Predictions.collect([], []))
    assert nothing.accuracy is None
    assert nothing.failure_rate is None
    assert paper_detection(Predictions.collect([True], [FAILED])).acc is None


@pytest.mark.parametrize(
    ("answers", "probabilities", "said"),
    [
        (None, None, "answers, probabilities, or both"),
        ([2], None, "an answer is"),
        ([FAKE], [1.5], "between 0 and 1"),
        ([FAKE, REAL], None, "as long"),
    ],
)
def test_impossible_predictions_are_refused(
    answers: list[int] | None, probabilities: list[float | None] | None, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        Predictions.collect([True], answers, probabilities)


def test_calibration_by_hand() -> None:
    said = Predictions.collect([False, True, True, True, False], None, [0.1, 0.15, 0.85, 1.0, None])
    found = calibration(said, bins=5)
    # Bin 0..0.2: mean 0.125, half are fake. Bin 0.8..1: mean 0.925, all are fake.
    assert found.ece == pytest.approx((2 * 0.375 + 2 * 0.075) / 4)
    assert found.mce == pytest.approx(0.375)
    assert found.brier == pytest.approx(
        brier_score_loss([0, 1, 1, 1], np.array([0.1, 0.15, 0.85, 1.0]))
    )
    assert (found.pictures, found.without_probability) == (4, 1)
    assert [one.pictures for one in found.curve] == [2, 0, 0, 0, 2]
    assert found.curve[1].mean_probability is None
    assert (found.curve[4].low, found.curve[4].high, found.curve[4].share_fake) == (0.8, 1.0, 1.0)


def test_the_curve_and_its_error_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(8)
    chances = rng.random(500)
    fake = rng.random(500) < chances**2
    found = calibration(Predictions.collect(fake.tolist(), probabilities=chances.tolist()), 10)
    true, said = calibration_curve(fake, chances, n_bins=10, strategy="uniform")
    assert [one.share_fake for one in found.curve] == pytest.approx(true.tolist())
    assert [one.mean_probability for one in found.curve] == pytest.approx(said.tolist())
    weights = np.histogram(chances, 10, (0, 1))[0] / 500
    assert found.ece == pytest.approx(float((weights * np.abs(true - said)).sum()))


def test_probabilities_that_come_true_are_calibrated() -> None:
    rng = np.random.default_rng(3)
    chance = rng.random(40_000)
    fake = rng.random(40_000) < chance
    true = calibration(Predictions.collect(fake.tolist(), None, chance.tolist()))
    sure = calibration(Predictions.collect(fake.tolist(), None, np.rint(chance).tolist()))
    assert true.ece is not None
    assert true.ece < 0.02
    assert sure.ece == pytest.approx(0.25, abs=0.01)


@settings(deadline=None)
@given(_SCORED, st.integers(1, 20))
def test_the_curve_holds_every_picture(pairs: list[tuple[bool, float]], bins: int) -> None:
    said = Predictions.collect([one for one, _ in pairs], None, [one for _, one in pairs])
    found = calibration(said, bins)
    assert sum(one.pictures for one in found.curve) == len(pairs)
    assert found.ece is not None
    assert found.mce is not None
    assert 0 <= found.ece <= found.mce + 1e-12
    assert found.mce <= 1


def test_calibration_of_nothing_and_of_no_bins() -> None:
    empty = calibration(Predictions.collect([True], [FAKE]))
    assert (empty.ece, empty.brier, empty.without_probability) == (None, None, 1)
    with pytest.raises(ValueError, match="a bin at least"):
        calibration(Predictions.collect([True], [FAKE]), bins=0)
