"""How well real and fake are told apart: accuracies, average precision, area under the ROC curve.

A picture whose answer could not be read counts as wrong wherever it can: in every accuracy, and in
the rankings, where it stands at the wrong end unless it came with a probability. `paper_detection`
does what MMFR's published code does instead.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detector.metrics.predictions import Predictions


@dataclass(frozen=True, slots=True)
class Detection:
    """Figures over a set of pictures; None where what they are about does not occur.

    `failures`: answers that could not be read. `accuracy` is over all pictures; `accuracy_real` and
    `accuracy_fake` (R-Acc and F-Acc: specificity and sensitivity) over one class each, and
    `balanced_accuracy` is their mean. `without_probability`: pictures that are ranked at the wrong
    end in `average_precision` and `auc`, which are None where no picture has a probability, and
    where there is only one class.
    """

    pictures: int
    reals: int
    fakes: int
    failures: int
    failure_rate: float | None
    accuracy: float | None
    accuracy_real: float | None
    accuracy_fake: float | None
    balanced_accuracy: float | None
    without_probability: int
    average_precision: float | None
    auc: float | None


@dataclass(frozen=True, slots=True)
class PaperDetection:
    """The figures of MMFR's evaluation code: failures are in none of them but `failure_rate`.

    Accuracies are over the `kept` pictures alone. `failure_rate` is over all.
    """

    kept: int
    r_acc: float | None
    f_acc: float | None
    acc: float | None
    failure_rate: float | None


def detection(predictions: Predictions) -> Detection:
    """The figures of a set of pictures, failures counted as wrong."""
    fake, right = predictions.fake, predictions.right
    of_real, of_fake = share(right[~fake]), share(right[fake])
    scores = ranking(predictions)
    return Detection(
        pictures=fake.size,
        reals=int((~fake).sum()),
        fakes=int(fake.sum()),
        failures=int(predictions.failed.sum()),
        failure_rate=share(predictions.failed),
        accuracy=share(right),
        accuracy_real=of_real,
        accuracy_fake=of_fake,
        balanced_accuracy=balanced_accuracy(predictions),
        without_probability=int(np.isnan(predictions.probability).sum()),
        average_precision=None if scores is None or fake.all() else average_precision(fake, scores),
        auc=None if scores is None else roc_auc(fake, scores),
    )


def paper_detection(predictions: Predictions) -> PaperDetection:
    """What the code published with MMFR (arXiv 2503.21210) reports.

    Its fault: a picture whose answer could not be read is left out of every accuracy, so that a
    detector that refuses the hard ones gains by it. Here as there; see `detection` for the cure.
    """
    kept = predictions.take(~predictions.failed)
    return PaperDetection(
        kept=kept.fake.size,
        r_acc=share(kept.right[~kept.fake]),
        f_acc=share(kept.right[kept.fake]),
        acc=share(kept.right),
        failure_rate=share(predictions.failed),
    )


def balanced_accuracy(predictions: Predictions) -> float | None:
    """The mean of the accuracies on reals and on fakes; None unless there are both."""
    of_real = share(predictions.right[~predictions.fake])
    of_fake = share(predictions.right[predictions.fake])
    return None if of_real is None or of_fake is None else (of_real + of_fake) / 2


def ranking(predictions: Predictions) -> npt.NDArray[np.float64] | None:
    """(n,) what pictures are ranked by: the probability, or the wrong end where there is none.

    The wrong end is minus infinity for a fake, infinity for a real picture. None where there is no
    probability at all.
    """
    missing = np.isnan(predictions.probability)
    if missing.all():
        return None
    worst = np.where(predictions.fake, -np.inf, np.inf)
    return np.where(missing, worst, predictions.probability)


def roc_auc(positive: npt.NDArray[np.bool_], scores: npt.NDArray[np.floating]) -> float | None:
    """The share of (positive, negative) pairs that are scored in order; ties count half.

    positive (n,) bool, scores (n,) without NaN. None unless both classes occur.
    """
    hits, false_alarms = _steps(positive, scores)
    if not hits.size or hits[-1] == 0 or false_alarms[-1] == 0:
        return None
    gained = np.diff(hits, prepend=0)
    under = false_alarms[-1] - false_alarms + np.diff(false_alarms, prepend=0) / 2
    return float((gained * under).sum() / (hits[-1] * false_alarms[-1]))


def average_precision(
    positive: npt.NDArray[np.bool_], scores: npt.NDArray[np.floating]
) -> float | None:
    """The mean of the precision over the steps of recall, without interpolation.

    positive (n,) bool, scores (n,) without NaN. Equal scores are one step. None without a positive.
    """
    hits, false_alarms = _steps(positive, scores)
    if not hits.size or hits[-1] == 0:
        return None
    precision = hits / (hits + false_alarms)
    return float((np.diff(hits, prepend=0) * precision).sum() / hits[-1])


def share(true: npt.NDArray[np.bool_]) -> float | None:
    """The share of true values, None of nothing."""
    return float(true.mean()) if true.size else None


def _steps(
    positive: npt.NDArray[np.bool_], scores: npt.NDArray[np.floating]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Positives and negatives at or above each distinct score, from the highest down."""
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    ends = np.flatnonzero(ranked[1:] != ranked[:-1])
    last = np.append(ends, ranked.size - 1) if ranked.size else ends
    hits = np.cumsum(positive[order], dtype=np.float64)[last]
    return hits, last + 1 - hits
