"""How well the forged pixels are found: F1, IoU and AUC of each picture, averaged over pictures.

A picture with nothing forged has no F1 and no IoU: any convention (0, or 1 for an empty answer)
would make the mean depend on how many such pictures a set holds. They are left out of those means,
and what is called forged in them is reported by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detector.metrics.detection import roc_auc
from detector.metrics.predictions import THRESHOLD
from schemas.picture import Mask

THRESHOLDS: tuple[float, ...] = tuple(number / 100 for number in range(1, 100))
"""Where one threshold for all pictures is sought."""


@dataclass(frozen=True, slots=True)
class MaskScore:
    """One picture. All but `flagged` are None where no pixel of it is forged.

    `f1`, `iou`: at the fixed threshold 0.5. `best_f1`, `best_iou`: at the threshold that suits this
    picture best, which nobody knows beforehand. `auc`: over its pixels; None too where every pixel
    is forged. `flagged`: the share of its pixels that are called forged at 0.5. `curve`: the F1 at
    each of `THRESHOLDS`, empty where no pixel is forged.
    """

    f1: float | None
    iou: float | None
    best_f1: float | None
    best_iou: float | None
    auc: float | None
    flagged: float
    curve: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class MaskReport:
    """Means over pictures with forged pixels (`pictures`), and what is said of the others.

    `answers_missing`: forged pictures without a mask to judge; they count with 0, and with half in
    `auc`. `auc_pictures`: pictures that have an AUC. `best_*`: each picture at its own best
    threshold (an upper bound); `common_best_f1`: all at `common_threshold`, the one of `THRESHOLDS`
    that is best for their mean. `authentic`: pictures with no forged pixel; `flagged_authentic`:
    the mean share of their pixels that are called forged; `false_alarm_rate`: the share of them
    with any such pixel. None where there is no such picture.
    """

    pictures: int
    answers_missing: int
    f1: float | None
    iou: float | None
    best_f1: float | None
    best_iou: float | None
    common_best_f1: float | None
    common_threshold: float | None
    auc: float | None
    auc_pictures: int
    authentic: int
    flagged_authentic: float | None
    false_alarm_rate: float | None


def score_mask(answer: npt.NDArray[np.floating] | Mask | None, truth: Mask) -> MaskScore:
    """The scores of one picture.

    `answer` (height, width): how sure the detector is of each pixel, 0..1, or a bool mask; None
    where it gave none, which is taken for "nothing is forged". `truth` (height, width) bool. A
    pixel is called forged from 0.5 on. A bool mask is a map of zeros and ones. Raises `ValueError`
    where shapes differ or values lie outside 0..1.
    """
    if truth.dtype != np.bool_ or truth.ndim != 2 or not truth.size:
        raise ValueError(f"the truth is a 2-D bool mask, not {truth.dtype} of {truth.shape}")
    scores = np.zeros(truth.shape) if answer is None else np.asarray(answer, np.float64)
    if scores.shape != truth.shape:
        raise ValueError(
            f"a mask of {scores.shape} answers one of {truth.shape}; resize it to the picture"
        )
    # Written so that NaN fails as well.
    if not ((scores >= 0) & (scores <= 1)).all():
        raise ValueError("how sure a detector is of a pixel lies between 0 and 1")
    flagged = float((scores >= THRESHOLD).mean())
    forged = int(truth.sum())
    if not forged:
        return MaskScore(None, None, None, None, None, flagged, ())
    every, inside = np.sort(scores.ravel()), np.sort(scores[truth])
    f1, iou = _overlaps(np.array([THRESHOLD]), every, inside)
    # Above 0, for at 0 every pixel of any map is forged; no answer at all is worth no F1.
    levels = np.unique(every)
    best_f1, best_iou = _overlaps(levels[levels > 0], every, inside)
    curve, _ = _overlaps(np.array(THRESHOLDS), every, inside)
    return MaskScore(
        float(f1[0]),
        float(iou[0]),
        float(best_f1.max(initial=0)),
        float(best_iou.max(initial=0)),
        roc_auc(truth.ravel(), scores.ravel()),
        flagged,
        tuple(float(one) for one in curve),
    )


def mask_report(
    pairs: Iterable[tuple[npt.NDArray[np.floating] | Mask | None, Mask]],
) -> MaskReport:
    """The means over (answer, truth) pairs; pictures are looked at one by one and not kept."""
    scores, missing = [], 0
    for answer, truth in pairs:
        scores.append(score_mask(answer, truth))
        missing += answer is None and bool(truth.any())
    return summarise(scores, missing)


def summarise(scores: Iterable[MaskScore], answers_missing: int = 0) -> MaskReport:
    """The means over pictures that were scored before."""
    every = list(scores)
    forged = [score for score in every if score.f1 is not None]
    clean = [score for score in every if score.f1 is None]
    aucs = [score.auc for score in forged if score.auc is not None]
    curve = np.mean([score.curve for score in forged], axis=0) if forged else np.zeros(0)
    # The middle of equally good thresholds, so that it does not sit on the edge of a plateau.
    best = np.flatnonzero(curve == curve.max()) if curve.size else np.zeros(0, np.intp)
    middle = int(best[len(best) // 2]) if best.size else None
    return MaskReport(
        pictures=len(forged),
        answers_missing=answers_missing,
        f1=_mean([score.f1 for score in forged]),
        iou=_mean([score.iou for score in forged]),
        best_f1=_mean([score.best_f1 for score in forged]),
        best_iou=_mean([score.best_iou for score in forged]),
        common_best_f1=None if middle is None else float(curve[middle]),
        common_threshold=None if middle is None else THRESHOLDS[middle],
        auc=_mean(aucs),
        auc_pictures=len(aucs),
        authentic=len(clean),
        flagged_authentic=_mean([score.flagged for score in clean]),
        false_alarm_rate=_mean([float(score.flagged > 0) for score in clean]),
    )


def _overlaps(
    thresholds: npt.NDArray[np.float64],
    every: npt.NDArray[np.float64],
    inside: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """F1 and IoU at each threshold, of sorted scores: of all pixels, and of the forged ones."""
    called = every.size - np.searchsorted(every, thresholds, side="left")
    both = inside.size - np.searchsorted(inside, thresholds, side="left")
    return 2 * both / (called + inside.size), both / (called + inside.size - both)


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
