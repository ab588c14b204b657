"""Reads the measured rater's thresholds out of a manifest, for the card's table of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dataset_cards.wording import DOMAINS
from schemas.attributes import ATTRIBUTES, Attribute
from schemas.manifest import RaterReport


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which scores an attribute is unsure and present in one domain, as text.

    `learnt_from` says which authentic pictures they were learnt from. `limits` goes by attribute
    id; both of its numbers are on the rater's scale of surprise.
    """

    domain: str
    learnt_from: str
    limits: Mapping[str, str]


def thresholds(report: RaterReport | None) -> tuple[tuple[Attribute, ...], tuple[Thresholds, ...]]:
    """The attributes that have limits, and the limits of each domain; the pooled ones last."""
    known = report.thresholds if report else {}
    domains: Mapping[str, Any] = known.get("domains", {})
    order = sorted(domains, key=_place)
    rows = [_thresholds(name, domains[name]) for name in order]
    if "overall" in known:
        rows.append(_thresholds("any other", known["overall"]))
    limited = tuple(one for one in ATTRIBUTES if any(one.id in row.limits for row in rows))
    return limited, tuple(rows)


def _place(domain: str) -> tuple[int, str]:
    return (DOMAINS.index(domain) if domain in DOMAINS else len(DOMAINS), domain)


def _thresholds(domain: str, entry: Mapping[str, Any]) -> Thresholds:
    whose = "all domains" if entry.get("pooled") else "its own"
    limits = {
        attribute: f"{_score(limit['unsure'])} / {_score(limit['present'])}"
        for attribute, limit in entry["limits"].items()
    }
    return Thresholds(domain, f"{entry['samples']:,} of {whose}", limits)


def _score(limit: float | None) -> str:
    return "never" if limit is None else f"{limit:.2f}"
