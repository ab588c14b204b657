"""Says whom to name for the pictures of a set, and under which licences they may be passed on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from curation.licences import forgery_licence, generator_licence
from schemas.licences import Kind, terms_of

FILE = "ATTRIBUTION.md"
COLUMNS = (
    "sample_id",
    "operation",
    "source_id",
    "second_source_id",
    "licence",
    "attribution",
    "generator",
    "generator_model",
    "generator_terms",
)
_ASKS = {
    Kind.FREE: "nothing is asked",
    Kind.ATTRIBUTION: "name the author and keep the notice",
    Kind.SHARE_ALIKE: "name the author; what is made of it keeps the licence",
    Kind.NON_COMMERCIAL: "name the author; no commercial use",
    Kind.NO_DERIVATIVES: "name the author; no changed copies",
    Kind.RESERVED: "copies may not be passed on",
    Kind.UNKNOWN: "nobody knows: ask before passing them on",
}
_NAMELESS = "(nobody is named)"


def attribution_markdown(
    rows: Sequence[Mapping[str, Any]], credited: Mapping[str, Mapping[str, Any]]
) -> str:
    """The text of `ATTRIBUTION.md` for rows with `COLUMNS`.

    `credited`: rows of real pictures by id, to tell the credits of a forgery of two pictures
    apart; a forgery whose sources are not among them gives its own.
    """
    forged = [row for row in rows if row["operation"] is not None]
    own = Counter(_credit(row) for row in rows if row["operation"] is None)
    made = Counter(credit for row in forged for credit in _credits(row, credited))
    lines = [
        "# Whom to name",
        "",
        f"{len(rows):,} pictures: {len(rows) - len(forged):,} real, {len(forged):,} forged. A "
        "forgery stands under the licences of every picture that it was made from, and under what "
        "its generator asks; it is counted once for each of its sources.",
        "",
        "| by | licence | real pictures | forgeries made from them |",
        "|---|---|--:|--:|",
    ]
    for by, licence in sorted(own.keys() | made.keys(), key=lambda one: (one[0].casefold(), one)):
        credit = (by, licence)
        lines.append(f"| {_cell(by)} | {_cell(licence)} | {own[credit]:,} | {made[credit]:,} |")
    lines += ["", "## What the licences ask", "", "| licence | asks | pictures |", "|---|---|--:|"]
    for licence, count in _counted(_whole(row) for row in rows):
        lines.append(f"| {_cell(licence)} | {_ASKS[terms_of(licence).kind]} | {count:,} |")
    lines += _generators(forged)
    return "\n".join(lines) + "\n"


def _generators(forged: Iterable[Mapping[str, Any]]) -> list[str]:
    asking = Counter(
        (row["generator"], row["generator_model"] or "", row["generator_terms"])
        for row in forged
        if generator_licence(row["generator_terms"] or "")
    )
    if not asking:
        return []
    lines = ["", "## What generators ask", "", "| generator | terms | forgeries |", "|---|---|--:|"]
    for (generator, model, terms), count in sorted(asking.items()):
        name = f"{generator} ({model})" if model else generator
        lines.append(f"| {_cell(name)} | {_cell(terms)} | {count:,} |")
    return lines


def _whole(row: Mapping[str, Any]) -> str:
    if row["operation"] is None:
        return terms_of(row["licence"]).id
    return forgery_licence([row["licence"]], row["generator_terms"] or "")


def _credits(
    row: Mapping[str, Any], credited: Mapping[str, Mapping[str, Any]]
) -> set[tuple[str, str]]:
    ids = [row[column] for column in ("source_id", "second_source_id") if row[column] is not None]
    if not ids or any(source_id not in credited for source_id in ids):
        return {_credit(row)}
    return {_credit(credited[source_id]) for source_id in ids}


def _credit(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["attribution"] or _NAMELESS, terms_of(row["licence"]).id


def _counted(licences: Iterable[str]) -> list[tuple[str, int]]:
    order = list(Kind)

    def by_freedom(item: tuple[str, int]) -> tuple[int, str]:
        return order.index(terms_of(item[0]).kind), item[0]

    return sorted(Counter(licences).items(), key=by_freedom)


def _cell(text: str) -> str:
    """Text that stays within its cell of a Markdown table."""
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())
