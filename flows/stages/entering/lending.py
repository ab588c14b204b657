"""Regions on loan: where raters look in pictures of which nothing was changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from schemas.identity import unit_interval
from schemas.vocabulary import Domain, Status


def lend_regions(rows: Sequence[dict[str, Any]], changed: Collection[str], seed: int) -> None:
    """Give every picture in which no region was changed that of a forgery of another one.

    It is one of its domain, or a natural one; so a rater of regions is asked the same of all.
    """
    lenders: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    borrowers = []
    for row in rows:
        if row["status"] != Status.OK:
            continue
        if row["sample_id"] in changed:
            row["region_of"], row["region_part"] = row["sample_id"], row["part"]
            lenders[row["domain"]].append(row)
        else:
            borrowers.append(row)
    for row in borrowers:
        kin = lenders[row["domain"]] or lenders[Domain.NATURAL]
        others = [x for x in kin if x["source_id"] != row["source_id"]]
        if others:
            chosen = others[int(unit_interval(seed, "region", row["sample_id"]) * len(others))]
            row["region_of"], row["region_part"] = chosen["sample_id"], chosen["part"]
