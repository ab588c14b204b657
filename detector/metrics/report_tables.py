"""The tables of a report in Markdown, as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from detector.metrics.attributes import AttributeReport
from detector.metrics.calibration import Calibration
from detector.metrics.detection import Detection, PaperDetection
from detector.metrics.intervals import Interval
from detector.metrics.masks import MaskReport
from detector.metrics.means import Mean
from detector.metrics.reasoning import Reasoning
from detector.metrics.slices import Intervals, Slice

_MISSING = "–"
_HEADER = ("", "pictures", "failed", "accuracy", "on reals", "on fakes", "balanced", "AP", "AUC")
_MOST_NAMED, _MOST_REASONS = 5, 20


@dataclass(frozen=True, slots=True)
class Robust:
    """The figures under one perturbation at one level."""

    perturbation: str
    level: float
    detection: Detection
    masks: MaskReport | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """A picture with the reason why it is named."""

    key: str
    reason: str


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; the first column is aligned left, the others right."""
    rule = ["---"] + ["---:"] * (len(header) - 1)
    lines = [header, rule, *([_plain(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def detection_table(
    figures: Detection, spread: Intervals, paper: PaperDetection | None = None
) -> str:
    """The figures over all pictures; where asked for, those of the paper's code below them."""
    rows = [_figures("all pictures", figures, spread)]
    if paper is not None:
        kept = (str(paper.kept), percent(paper.failure_rate))
        scores = (percent(paper.acc), percent(paper.r_acc), percent(paper.f_acc))
        rows.append(("as the paper's code: failures dropped", *kept, *scores, *[_MISSING] * 3))
    return table(_HEADER, rows)


def slice_table(found: Sequence[Slice]) -> str:
    """The figures of every slice."""
    header = ("slice", *_HEADER[1:])
    rows = (_figures(f"{one.field}: {one.value}", one.detection, one.intervals) for one in found)
    return table(header, rows)


def _figures(name: str, figures: Detection, spread: Intervals) -> tuple[str, ...]:
    return (
        name,
        f"{figures.pictures} ({figures.reals} real)",
        percent(figures.failure_rate),
        percent(figures.accuracy, spread.accuracy),
        percent(figures.accuracy_real, spread.accuracy_real),
        percent(figures.accuracy_fake, spread.accuracy_fake),
        percent(figures.balanced_accuracy, spread.balanced_accuracy),
        number(figures.average_precision),
        number(figures.auc, spread.auc),
    )


def calibration_table(figures: Calibration) -> str:
    """How far probabilities mean what they say."""
    header = ("pictures", "without probability", f"ECE ({figures.bins} bins)", "MCE", "Brier")
    numbers = (number(figures.ece), number(figures.mce), number(figures.brier))
    return table(header, [(str(figures.pictures), str(figures.without_probability), *numbers)])


def reasoning_table(forms: Sequence[Reasoning | None]) -> str:
    """The forms that there are of the comparison with true texts."""
    header = ("form", "pictures", "failures", "without reference", "BLEU-1", "ROUGE-L", "CSS")
    return table(
        header,
        (
            (
                one.form,
                str(one.pictures),
                str(one.failures),
                str(one.without_reference),
                number(one.bleu_1),
                number(one.rouge_l),
                number(one.css),
            )
            for one in forms
            if one is not None
        ),
    )


def attribute_table(report: AttributeReport) -> str:
    """Precision, recall and F1 of every attribute."""
    header = ("attribute", "judged", "present", "named", "precision", "recall", "F1")
    rows = [
        (
            one.attribute,
            str(one.judged),
            str(one.present),
            str(one.named),
            number(one.precision),
            number(one.recall),
            number(one.f1),
        )
        for one in (*report.attributes, report.micro)
    ]
    return table(header, [*rows, ("mean of the F1s", *[""] * 5, number(report.macro_f1))])


def mask_table(report: MaskReport) -> str:
    """The means over pictures, and what is called forged where nothing is."""
    said = table(
        ("forged pictures", "without a mask", "F1 at 0.5", "IoU at 0.5", "F1 best", "IoU best"),
        [
            (
                str(report.pictures),
                str(report.answers_missing),
                number(report.f1),
                number(report.iou),
                number(report.best_f1),
                number(report.best_iou),
            )
        ],
    )
    common, threshold = number(report.common_best_f1), number(report.common_threshold)
    return (
        f"{said}\n\nBest is each picture's own best threshold. At one threshold for all, "
        f"{threshold}, F1 is {common}. AUC over the pixels of a picture: {number(report.auc)} "
        f"({report.auc_pictures} pictures). Of {report.authentic} pictures with nothing forged, "
        f"{percent(report.false_alarm_rate)} % have a pixel called forged, on average "
        f"{percent(report.flagged_authentic)} % of their area."
    )


def robustness_table(found: Sequence[Robust]) -> str:
    """The figures under each perturbation at each level."""
    header = ("perturbation", "level", "accuracy", "on reals", "on fakes", "AUC", "mask F1")
    return table(
        header,
        (
            (
                one.perturbation,
                f"{one.level:g}",
                percent(one.detection.accuracy),
                percent(one.detection.accuracy_real),
                percent(one.detection.accuracy_fake),
                number(one.detection.auc),
                number(None if one.masks is None else one.masks.f1),
            )
            for one in found
        ),
    )


def mean_table(found: Sequence[Mean]) -> str:
    """Each measure's mean by slice, with its interval and how many pictures have it."""
    measures = list(dict.fromkeys(one.measure for one in found))
    cells: dict[tuple[str, str], dict[str, Mean]] = {}
    for one in found:
        cells.setdefault((one.field, one.value), {})[one.measure] = one
    rows = []
    for (field, value), here in cells.items():
        name = f"{field}: {value}" if field else "all pictures"
        numbers = [
            f"{number(here[one].mean, here[one].interval)} ({here[one].pictures})"
            if one in here
            else _MISSING
            for one in measures
        ]
        rows.append((name, *numbers))
    return table(("mean (pictures)", *measures), rows)


def named_list(what: str, named: Sequence[Named]) -> list[str]:
    """A paragraph that counts pictures and names some for each reason; none without any."""
    if not named:
        return []
    keys: dict[str, list[str]] = {}
    for one in named:
        keys.setdefault(" ".join(one.reason.split()), []).append(f"`{one.key}`")
    lines = []
    for reason, own in list(keys.items())[:_MOST_REASONS]:
        some = ", ".join(own[:_MOST_NAMED])
        count = "" if len(own) <= _MOST_NAMED else f", and {len(own) - _MOST_NAMED:,} more"
        lines.append(f"- {reason}: {some}{count}")
    if len(keys) > _MOST_REASONS:
        lines.append(f"- and {len(keys) - _MOST_REASONS:,} more reasons, which report.json names")
    return [f"{len(named):,} pictures {what}:\n\n" + "\n".join(lines)]


def percent(value: float | None, spread: Interval | None = None) -> str:
    """A share in percent, with its interval where there is one."""
    if value is None:
        return _MISSING
    known = "" if spread is None else f" [{100 * spread.low:.1f}, {100 * spread.high:.1f}]"
    return f"{100 * value:.1f}{known}"


def number(value: float | None, spread: Interval | None = None) -> str:
    """A figure with three digits, with its interval where there is one."""
    if value is None:
        return _MISSING
    known = "" if spread is None else f" [{spread.low:.3f}, {spread.high:.3f}]"
    return f"{value:.3f}{known}"


def _plain(cell: str) -> str:
    """A cell that cannot break its table."""
    return " ".join(cell.replace("|", "\\|").split())
