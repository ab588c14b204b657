"""Shows detectors and baselines side by side in a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import JustifyMethod
from rich.table import Table

from detector.evaluation.comparison import Compared, best_baseline, mask_f1
from detector.metrics.intervals import Interval


def comparison_table(compared: Sequence[Compared], title: str) -> Table:
    """The figures with their 95 % intervals below them; accuracies in percent.

    Columns that nobody has anything in are left out.
    """
    rival = best_baseline(compared)
    notes = ["below: 95 % intervals over groups"]
    if any(one.evaluation.paper for one in compared):
        notes.append("paper: accuracy as MMFR's code computes it, failures dropped")
    if rival is not None:
        notes.append(f"ahead: of {rival} in balanced accuracy, paired, points")
    headers = ("", "failed", "balanced", "AUC", "AP", "ECE", "mask F1", "paper", "ahead")
    rows = [_row(one) for one in compared]
    used = [place for place in range(len(headers)) if any(row[place] for row in rows)]
    # A terminal of 80 columns holds them all, if they stand closer.
    gap = 2 if len(used) < 8 else 1
    table = Table(
        title=title, title_justify="left", box=None, pad_edge=False, padding=(0, gap, 0, 0)
    )
    table.caption, table.caption_justify = "\n".join(notes), "left"
    for place in used:
        justify: JustifyMethod = "right" if place else "left"
        table.add_column(headers[place], justify=justify, overflow="fold")
    for row in rows:
        table.add_row(*(row[place] for place in used))
    return table


def _row(one: Compared) -> tuple[str, ...]:
    report, ahead, masks = one.evaluation, one.ahead, mask_f1(one.evaluation)
    figures, spread = report.detection, report.intervals
    ece = None if report.calibration is None else report.calibration.ece
    return (
        f"{one.name}\n[dim]baseline[/]" if one.baseline else f"[bold]{one.name}[/]",
        _percent(figures.failure_rate) if figures.failures else "",
        _percent(figures.balanced_accuracy, spread.balanced_accuracy),
        _number(figures.auc, spread.auc),
        _number(figures.average_precision),
        _number(ece),
        "" if masks is None else _number(masks.mean, masks.interval),
        "" if report.paper is None else _percent(report.paper.acc),
        "" if ahead is None else _ahead(ahead.balanced_accuracy, ahead.balanced_interval),
    )


def _percent(value: float | None, spread: Interval | None = None) -> str:
    if value is None:
        return ""
    below = "" if spread is None else f"\n[dim]{100 * spread.low:.1f}–{100 * spread.high:.1f}[/]"
    return f"{100 * value:.1f}{below}"


def _number(value: float | None, spread: Interval | None = None) -> str:
    if value is None:
        return ""
    below = "" if spread is None else f"\n[dim]{spread.low:.2f}–{spread.high:.2f}[/]"
    return f"{value:.3f}{below}"


def _ahead(value: float | None, spread: Interval | None) -> str:
    """In points; green where it is surely ahead, red where surely behind."""
    if value is None:
        return ""
    if spread is None:
        return f"{100 * value:+.1f}"
    colour = "green" if spread.low > 0 else "red" if spread.high < 0 else "default"
    below = f"[dim]{100 * spread.low:+.1f}, {100 * spread.high:+.1f}[/]"
    return f"[{colour}]{100 * value:+.1f}[/]\n{below}"
