"""The page of a shortcut audit: one file that opens anywhere, to be shown to one another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from dataset_cards.shortcut_drawings import Scale, distribution, slice_mark
from dataset_cards.shortcut_wording import (
    FAMILY_TITLES,
    auc_text,
    because,
    chance_text,
    headline,
    standing,
)
from dataset_cards.template import with_filters
from schemas.shortcuts import PIXEL_FAMILIES, AuditedSet, AuditReport, FamilyAuc, Finding

_TEMPLATE = "shortcut_report.html.j2"
_MOST_FEATURES = 12


def render_shortcut_report(report: AuditReport, audited: AuditedSet) -> str:
    """One HTML page without any link to elsewhere: text, styles and drawings are all inside.

    Equal reports give equal pages. Names from the data are escaped.
    """
    return (
        _environment()
        .get_template(_TEMPLATE)
        .render(
            report=report,
            audited=audited,
            headline=headline(report),
            because=because(report),
            standing=standing(report),
            scale=Scale.of(report),
            cards=[_Card(finding, distribution(finding.bars)) for finding in report.findings],
            pixel_cards=[
                _Card(finding, distribution(finding.bars)) for finding in report.statistics_findings
            ],
            side_families=[one for one in report.families if one.family not in PIXEL_FAMILIES],
            pixel_families=[one for one in report.families if one.family in PIXEL_FAMILIES],
            features=report.features[:_MOST_FEATURES],
        )
    )


@dataclass(frozen=True, slots=True)
class _Card:
    finding: Finding
    drawing: str


def _environment() -> Environment:
    filters: dict[str, Callable[..., Any]] = {
        "auc": auc_text,
        "chance": chance_text,
        "family": lambda one: FAMILY_TITLES[one],
        "mark": slice_mark,
        "alone": _alone,
        "coded": _coded,
    }
    return with_filters(filters, html=True)


def _alone(one: FamilyAuc) -> str:
    return "alike in all files" if one.auc is None else auc_text(one.auc)


def _coded(text: str) -> Markup:
    """Text with its parts between backticks set as code."""
    parts = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else part
        for place, part in enumerate(parts)
    )
