"""The outcome of an evaluation as one value, with its JSON and its Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from detector.metrics.attributes import AttributeReport
from detector.metrics.calibration import Calibration
from detector.metrics.detection import Detection, PaperDetection
from detector.metrics.intervals import Interval
from detector.metrics.masks import MaskReport
from detector.metrics.reasoning import Reasoning
from detector.metrics.slices import Intervals, Slice
from schemas.identity import canonical_json

_MISSING = "–"


@dataclass(frozen=True, slots=True)
class Robust:
    """The figures under one perturbation at one level."""

    perturbation: str
    level: float
    detection: Detection
    masks: MaskReport | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One detector on one set. What was not measured is None or empty.

    `detector` and `dataset` are their names. `paper` and `paper_reasoning` hold the figures of
    MMFR's published code beside the corrected ones.
    """

    detector: str
    dataset: str
    seed: int
    detection: Detection
    intervals: Intervals
    calibration: Calibration | None = None
    reasoning: Reasoning | None = None
    attributes: AttributeReport | None = None
    masks: MaskReport | None = None
    slices: tuple[Slice, ...] = ()
    robustness: tuple[Robust, ...] = ()
    paper: PaperDetection | None = None
    paper_reasoning: Reasoning | None = None

    def to_json(self) -> str:
        """The whole value on one line, keys sorted; equal evaluations give equal text."""
        return canonical_json(asdict(self))

    def to_markdown(self) -> str:
        """Tables for people. Accuracies are in percent, with their 95 % intervals in brackets."""
        parts = [f"# {self.detector} on {self.dataset}", _detection(self)]
        if self.slices:
            parts += ["## By slice", _slices(self.slices)]
        if self.calibration is not None:
            parts += ["## Calibration", _calibration(self.calibration)]
        if self.reasoning is not None or self.paper_reasoning is not None:
            parts += ["## Reasoning", _reasoning((self.reasoning, self.paper_reasoning))]
        if self.attributes is not None:
            parts += ["## Attributes", _attributes(self.attributes)]
        if self.masks is not None:
            parts += ["## Masks", _masks(self.masks)]
        if self.robustness:
            parts += ["## Robustness", _robustness(self.robustness)]
        return "\n\n".join(parts) + "\n"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; the first column is aligned left, the others right."""
    rule = ["---"] + ["---:"] * (len(header) - 1)
    lines = [header, rule, *([_plain(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


_HEADER = ("", "pictures", "failed", "accuracy", "on reals", "on fakes", "balanced", "AP", "AUC")


def _detection(evaluation: Evaluation) -> str:
    rows = [_figures("all pictures", evaluation.detection, evaluation.intervals)]
    if (paper := evaluation.paper) is not None:
        kept = (str(paper.kept), _percent(paper.failure_rate))
        scores = (_percent(paper.acc), _percent(paper.r_acc), _percent(paper.f_acc))
        rows.append(("as the paper's code: failures dropped", *kept, *scores, *[_MISSING] * 3))
    return table(_HEADER, rows)


def _slices(found: Sequence[Slice]) -> str:
    header = ("slice", *_HEADER[1:])
    rows = (_figures(f"{one.field}: {one.value}", one.detection, one.intervals) for one in found)
    return table(header, rows)


def _figures(name: str, figures: Detection, spread: Intervals) -> tuple[str, ...]:
    return (
        name,
        f"{figures.pictures} ({figures.reals} real)",
        _percent(figures.failure_rate),
        _percent(figures.accuracy, spread.accuracy),
        _percent(figures.accuracy_real, spread.accuracy_real),
        _percent(figures.accuracy_fake, spread.accuracy_fake),
        _percent(figures.balanced_accuracy, spread.balanced_accuracy),
        _number(figures.average_precision),
        _number(figures.auc, spread.auc),
    )


def _calibration(figures: Calibration) -> str:
    header = ("pictures", "without probability", f"ECE ({figures.bins} bins)", "MCE", "Brier")
    numbers = (_number(figures.ece), _number(figures.mce), _number(figures.brier))
    return table(header, [(str(figures.pictures), str(figures.without_probability), *numbers)])


def _reasoning(forms: Sequence[Reasoning | None]) -> str:
    header = ("form", "pictures", "failures", "without reference", "BLEU-1", "ROUGE-L", "CSS")
    return table(
        header,
        (
            (
                one.form,
                str(one.pictures),
                str(one.failures),
                str(one.without_reference),
                _number(one.bleu_1),
                _number(one.rouge_l),
                _number(one.css),
            )
            for one in forms
            if one is not None
        ),
    )


def _attributes(report: AttributeReport) -> str:
    header = ("attribute", "judged", "present", "named", "precision", "recall", "F1")
    rows = [
        (
            one.attribute,
            str(one.judged),
            str(one.present),
            str(one.named),
            _number(one.precision),
            _number(one.recall),
            _number(one.f1),
        )
        for one in (*report.attributes, report.micro)
    ]
    return table(header, [*rows, ("mean of the F1s", *[""] * 5, _number(report.macro_f1))])


def _masks(report: MaskReport) -> str:
    said = table(
        ("forged pictures", "without a mask", "F1 at 0.5", "IoU at 0.5", "F1 best", "IoU best"),
        [
            (
                str(report.pictures),
                str(report.answers_missing),
                _number(report.f1),
                _number(report.iou),
                _number(report.best_f1),
                _number(report.best_iou),
            )
        ],
    )
    common, threshold = _number(report.common_best_f1), _number(report.common_threshold)
    return (
        f"{said}\n\nBest is each picture's own best threshold. At one threshold for all, "
        f"{threshold}, F1 is {common}. AUC over the pixels of a picture: {_number(report.auc)} "
        f"({report.auc_pictures} pictures). Of {report.authentic} pictures with nothing forged, "
        f"{_percent(report.false_alarm_rate)} % have a pixel called forged, on average "
        f"{_percent(report.flagged_authentic)} % of their area."
    )


def _robustness(found: Sequence[Robust]) -> str:
    header = ("perturbation", "level", "accuracy", "on reals", "on fakes", "AUC", "mask F1")
    return table(
        header,
        (
            (
                one.perturbation,
                f"{one.level:g}",
                _percent(one.detection.accuracy),
                _percent(one.detection.accuracy_real),
                _percent(one.detection.accuracy_fake),
                _number(one.detection.auc),
                _number(None if one.masks is None else one.masks.f1),
            )
            for one in found
        ),
    )


def _percent(value: float | None, spread: Interval | None = None) -> str:
    if value is None:
        return _MISSING
    known = "" if spread is None else f" [{100 * spread.low:.1f}, {100 * spread.high:.1f}]"
    return f"{100 * value:.1f}{known}"


def _number(value: float | None, spread: Interval | None = None) -> str:
    if value is None:
        return _MISSING
    known = "" if spread is None else f" [{spread.low:.3f}, {spread.high:.3f}]"
    return f"{value:.3f}{known}"


def _plain(cell: str) -> str:
    """A cell that cannot break its table."""
    return " ".join(cell.replace("|", "\\|").split())
