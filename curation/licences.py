"""Whether a picture may be passed on: its own licence, its sources', its generator's terms."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from schemas.licences import (
    SERVICE_TERMS,
    UNKNOWN,
    Kind,
    Licence,
    joined,
    licence_of,
    terms_of,
)

REDISTRIBUTE, COMMERCIAL = "redistribute", "commercial"
WORDS = (REDISTRIBUTE, COMMERCIAL)
"""What may be wanted besides ids: what may be passed on, and what may be passed on and sold."""
_OF_SOURCES = re.compile(r"output carries the licen[cs]es of its\s+sources", re.IGNORECASE)
_NAMED = re.compile(r"licen[cs]e:\s*([^;,]+?)\s*(?:\.(?!\d)|;|,|$)|\(([^()]+)\)", re.IGNORECASE)


def permits(licence: str, wanted: str | Sequence[str]) -> bool:
    """Whether each licence in the expression `licence` is one of those that are `wanted`.

    Wanted are ids, patterns with `*` such as `CC-BY*`, and the words `redistribute` and
    `commercial`. A star stands for any version, and lets in no condition that the pattern does not
    name: `CC-BY*` is CC-BY-2.0 and CC-BY-4.0; CC-BY-NC-4.0 wants `CC-BY-NC*`. `*` alone is
    everything. An unknown licence is permitted where `unknown` is wanted.
    """
    patterns = [wanted] if isinstance(wanted, str) else list(wanted)
    return all(
        any(_fits(one, pattern) for one in member for pattern in patterns)
        for member in terms_of(licence).members
    )


def _fits(licence: Licence, pattern: str) -> bool:
    if pattern == "*":
        return True
    if pattern.casefold() == REDISTRIBUTE:
        return licence.known and licence.redistribute
    if pattern.casefold() == COMMERCIAL:
        return licence.known and licence.redistribute and not licence.non_commercial
    if "*" not in pattern:
        wanted = licence_of(pattern)
        return licence.id == wanted.id or (wanted.id == UNKNOWN and not licence.known)
    named = set(re.split(r"[^A-Z]+", pattern.upper()))
    return fnmatchcase(licence.id.upper(), pattern.upper()) and licence.conditions <= named


def generator_licence(terms: str) -> str:
    """What the terms of a generator's output add to its sources' licences; empty where nothing.

    An unknown licence, and terms that name none (those of a service), are part of it: they must be
    known before such a picture is passed on.
    """
    if not terms.strip():
        return ""
    if terms.casefold().startswith(UNKNOWN):
        return UNKNOWN
    rest = _OF_SOURCES.sub("", terms).strip(" .")
    if not rest:
        return ""
    found = [named or bracketed for named, bracketed in _NAMED.findall(rest)]
    known = [name for name in found if any(one.known for one in terms_of(name).licences)]
    return joined(known) if known else SERVICE_TERMS


def forgery_licence(sources: Iterable[str], terms: str = "") -> str:
    """The licence of a forgery: those of all its sources, and what its generator's terms add."""
    added = generator_licence(terms)
    return joined([*sources, *([added] if added else [])])


def objection(licence: str, *, changed: bool) -> str:
    """Why a picture may not be published; empty where it may, or where nobody can tell.

    `changed`: whether it was made from what the licence is of. Two things forbid it: a licence
    that forbids changed copies, or any; and two that cannot both be kept, as share-alike wants
    the whole under its own conditions.
    """
    asked = terms_of(licence).licences
    for one in asked:
        if not one.redistribute:
            return f"{one.id} does not let copies be passed on"
        if changed and one.no_derivatives:
            return f"{one.id} does not let changed copies be passed on"
    if changed:
        for one in (one for one in asked if one.share_alike):
            for other in asked:
                if other.conditions - one.conditions or _rivals(one, other):
                    return f"{one.id} and {other.id} cannot both be kept by one picture"
    return ""


def _rivals(one: Licence, other: Licence) -> bool:
    """Share-alike licences of two families; versions of one are compatible upwards."""
    families = (re.sub(r"[-\d.]+$", "", each.id) for each in (one, other))
    return other.share_alike and len(set(families)) == 2


def refusal(licence: str, wanted: Sequence[str], *, changed: bool) -> str:
    """Why a picture may not enter a set of the `wanted` licences; empty where it may.

    It must be free of any `objection`, and each of its licences must be wanted; see `permits`.
    """
    reason = objection(licence, changed=changed)
    if reason or permits(licence, wanted):
        return reason
    barred = (one for one in terms_of(licence).licences if not permits(one.id, wanted))
    return _why(max(barred, key=lambda one: (list(Kind).index(one.kind), one.id)))


@dataclass(frozen=True, slots=True)
class Permitted:
    """Which rows of a set may be passed on. `left_out`: how many may not, by the reason."""

    sample_ids: frozenset[str]
    left_out: Mapping[str, int] = field(default_factory=dict)


def permitted(rows: Iterable[Mapping[str, Any]], wanted: Sequence[str]) -> Permitted:
    """The rows (`sample_id`, `licence`, `operation`, `generator_terms`) that `wanted` permits.

    A row with an `operation` is a forgery: the terms of its generator count as well, and it must
    not be made from what may not be changed.
    """
    kept, left_out = set(), Counter[str]()
    for row in rows:
        forged = row["operation"] is not None
        licence = row["licence"]
        if forged:
            licence = forgery_licence([licence], row["generator_terms"] or "")
        if reason := refusal(licence, wanted, changed=forged):
            left_out[reason] += 1
        else:
            kept.add(row["sample_id"])
    return Permitted(frozenset(kept), dict(sorted(left_out.items())))


def _why(licence: Licence) -> str:
    if licence.id == UNKNOWN:
        return "nobody knows the licence"
    if licence.id == SERVICE_TERMS:
        return "the generator's terms are those of its service, not a licence"
    if not licence.known:
        return f"the licence {licence.id!r} is not one that can be read"
    return f"the licence is {licence.id} ({licence.kind})"
