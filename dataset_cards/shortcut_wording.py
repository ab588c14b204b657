"""The sentences of a shortcut audit's page."""

from __future__ import annotations

from schemas.shortcuts import AuditReport, Family, Verdict

FAMILY_TITLES = {
    Family.CONTAINER: "container",
    Family.SIZE: "size",
    Family.ENCODING: "encoding",
    Family.METADATA: "metadata",
    Family.HISTORY: "history of saves",
    Family.COLOUR: "colour",
    Family.FREQUENCY: "frequency",
}


def auc_text(auc: float) -> str:
    """An AUC in two decimals, three where two would round it up to 1."""
    return f"{auc:.3f}" if 0.995 <= auc < 1 else f"{auc:.2f}"


def chance_text(p_value: float) -> str:
    """How often chance does as well."""
    return "never" if p_value < 0.0005 else f"{p_value:.1%}" if p_value < 0.1 else f"{p_value:.0%}"


def standing(report: AuditReport) -> str:
    """The verdict in one word."""
    return {
        Verdict.PASS: "Passed",
        Verdict.REFUSE: "Refused",
        Verdict.UNCLEAR: "Not settled",
        Verdict.NOTHING: "Nothing to measure",
    }[report.verdict]


def headline(report: AuditReport) -> str:
    """The verdict in one sentence."""
    auc = auc_text(report.auc)
    if report.verdict is Verdict.NOTHING:
        return report.note
    if report.verdict is Verdict.UNCLEAR:
        return (
            f"Side information reaches an AUC of {auc}, above the limit of {report.limit:.2f}, but "
            f"in a set of this size chance reaches {report.null:.2f}: more pictures would tell."
        )
    if report.verdict is Verdict.REFUSE:
        degree = "perfectly" if report.auc > 0.995 else "very well" if report.auc > 0.9 else ""
        told = f"tells real from fake{' ' + degree if degree else ''}"
        return f"A classifier that never sees a picture {told}: its AUC is {auc}."
    if report.auc > report.null:
        return (
            f"Side information tells a little, an AUC of {auc}, which is within the limit of "
            f"{report.limit:.2f}."
        )
    return f"Side information does not tell real from fake: an AUC of {auc} is no more than chance."


def because(report: AuditReport) -> str:
    """What gives it away, in one sentence; empty where nothing does."""
    if not report.findings:
        return ""
    first = report.findings[0]
    rest = len(report.findings) - 1
    more = f" {rest} more {'thing tells' if rest == 1 else 'things tell'} besides." if rest else ""
    return f"Most of all by its {first.title}: real {first.real}, fake {first.fake}.{more}"
