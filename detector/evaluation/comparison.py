"""Detectors and baselines side by side on one set, and how surely the first beat the second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from detector.metrics.detection import balanced_accuracy, ranking, roc_auc
from detector.metrics.intervals import ROUNDS, Interval
from detector.metrics.means import Mean
from detector.metrics.predictions import Predictions
from detector.metrics.report import Evaluation
from detector.metrics.report_tables import number, percent, table
from detector.metrics.resampling import draws, interval, resampled
from schemas.identity import canonical_json, derive_seed


@dataclass(frozen=True, slots=True)
class Difference:
    """By how much a detector is ahead of `baseline`, whose group draws it shares.

    The intervals are of the difference: it is sure where 0 lies outside.
    """

    baseline: str
    balanced_accuracy: float | None
    balanced_interval: Interval | None
    auc: float | None
    auc_interval: Interval | None


@dataclass(frozen=True, slots=True)
class Compared:
    """One line of a comparison; `ahead` is None for the best baseline itself, or without one."""

    evaluation: Evaluation
    baseline: bool
    ahead: Difference | None

    @property
    def name(self) -> str:
        """Who is measured."""
        return self.evaluation.detector


def compare(
    measured: Sequence[tuple[Evaluation, Predictions, bool]],
    seed: int,
    rounds: int = ROUNDS,
) -> tuple[Compared, ...]:
    """All that were measured on the same pictures in the same order, the best in front.

    `measured`: a report, the answers behind it, and whether it is a baseline. The best is whose
    balanced accuracy is highest. Each is held against the best baseline by a paired bootstrap that
    draws groups (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, ch. 8).
    """
    ranked = sorted(measured, key=lambda one: (-_worth(one[0]), one[0].detector))
    rival = next((one for one in ranked if one[2]), None)
    return tuple(
        Compared(
            report,
            baseline,
            None
            if rival is None or rival[0] is report
            else difference(said, rival[1], rival[0].detector, seed, rounds),
        )
        for report, said, baseline in ranked
    )


def difference(
    said: Predictions, rival: Predictions, name: str, seed: int, rounds: int = ROUNDS
) -> Difference:
    """The paired differences to a rival called `name`, asked about the same pictures."""
    if not (np.array_equal(said.fake, rival.fake) and np.array_equal(said.group, rival.group)):
        raise ValueError("only answers about the same pictures in the same order can be compared")

    seeded = derive_seed("comparison", seed)
    blocks = [
        (resampled(said, weights), resampled(rival, weights))
        for weights in draws(said.group, seeded, rounds)
    ]

    def spread(figure: str) -> Interval | None:
        if not blocks:
            return None
        ahead = np.concatenate([own[figure] - other[figure] for own, other in blocks])
        return interval(ahead, said.group, rounds)

    return Difference(
        name,
        _minus(balanced_accuracy(said), balanced_accuracy(rival)),
        spread("balanced_accuracy"),
        _minus(_auc(said), _auc(rival)),
        spread("auc"),
    )


def best_baseline(compared: Sequence[Compared]) -> str | None:
    """The name of the baseline that all are held against."""
    return next((one.ahead.baseline for one in compared if one.ahead is not None), None)


def mask_f1(report: Evaluation) -> Mean | None:
    """The mean F1 of masks at the fixed threshold, with its interval."""
    every = (one for one in report.means if one.measure == "mask F1" and not one.field)
    return next(every, None)


def to_markdown(compared: Sequence[Compared], title: str) -> str:
    """The comparison as a page. Accuracies are in percent, 95 % intervals by groups in brackets."""
    parts = [f"# {title}", _figures(compared)]
    if any(one.evaluation.paper for one in compared):
        parts += ["## As MMFR's published code computes them", _PAPER, _paper(compared)]
    rival = best_baseline(compared)
    if rival is not None:
        parts += [f"## Ahead of the best baseline, {rival}", _AHEAD, _lead(compared)]
    return "\n\n".join(parts) + "\n"


_PAPER = (
    "Pictures without a readable verdict are dropped, references are joined in the alphabetical "
    "order of the attributes, and CSS sees what fits CLIP's window. For comparison with its tables "
    "alone; its command as documented scores ten pictures of each class, these are of all."
)
_AHEAD = (
    "The difference by a paired bootstrap over groups; it is sure where the interval leaves out 0."
)


def _figures(compared: Sequence[Compared]) -> str:
    rows = []
    for one in compared:
        report = one.evaluation
        figures, spread, masks = report.detection, report.intervals, mask_f1(report)
        rows.append(
            (
                f"{one.name} (baseline)" if one.baseline else one.name,
                percent(figures.failure_rate),
                percent(figures.balanced_accuracy, spread.balanced_accuracy),
                number(figures.auc, spread.auc),
                number(figures.average_precision),
                number(None if report.calibration is None else report.calibration.ece),
                number(None) if masks is None else number(masks.mean, masks.interval),
            )
        )
    header = ("", "failed", "balanced accuracy", "AUC", "AP", "ECE", "mask F1")
    return table(header, rows)


def _paper(compared: Sequence[Compared]) -> str:
    rows = []
    for one in compared:
        paper, said = one.evaluation.paper, one.evaluation.paper_reasoning
        if paper is not None:
            texts = (said.bleu_1, said.rouge_l, said.css) if said else (None,) * 3
            rows.append(
                (
                    one.name,
                    *map(percent, (paper.r_acc, paper.f_acc, paper.acc, paper.failure_rate)),
                    *map(number, texts),
                )
            )
    header = ("", "r_acc", "f_acc", "acc", "failures dropped", "BLEU-1", "ROUGE-L", "CSS")
    return table(header, rows)


def _lead(compared: Sequence[Compared]) -> str:
    rows = [
        (
            one.name,
            percent(one.ahead.balanced_accuracy, one.ahead.balanced_interval),
            number(one.ahead.auc, one.ahead.auc_interval),
        )
        for one in compared
        if one.ahead is not None
    ]
    return table(("", "balanced accuracy, points", "AUC"), rows)


def to_json(compared: Sequence[Compared]) -> str:
    """The differences, one line; the figures themselves are in each report."""
    plain = [
        {
            "name": one.name,
            "baseline": one.baseline,
            "ahead": None if one.ahead is None else asdict(one.ahead),
        }
        for one in compared
    ]
    return canonical_json(plain)


def _worth(report: Evaluation) -> float:
    known = report.detection.balanced_accuracy
    return -1.0 if known is None else known


def _auc(said: Predictions) -> float | None:
    scores = ranking(said)
    return None if scores is None else roc_auc(said.fake, scores)


def _minus(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other
