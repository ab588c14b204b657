"""Picks the forgeries that a contact sheet shows, and the window of each that is worth a look."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dataset_cards.wording import shown_order
from schemas.identity import unit_interval
from schemas.picture import Mask, Pixels
from schemas.vocabulary import Scope
from storage.codecs import decode
from storage.masks import decode_mask
from storage.published import PublishedSet

_COLUMNS = (
    "sample_id",
    "source_id",
    "group_id",
    "domain",
    "operation",
    "generator",
    "scope",
    "twin_of",
    "quality",
)
_LEAST_WINDOW = 144
_AROUND = 1.9


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A forgery to be shown: windows of one place, RGB uint8 (side, side, 3).

    `source` is None where the set does not hold it in this size. `area` is the share of the whole
    picture that changed, 0..1; None for pictures that are synthetic throughout, whose `mask` is
    True everywhere.
    """

    sample_id: str
    domain: str
    operation: str
    generator: str
    area: float | None
    source: Pixels | None
    forged: Pixels
    mask: Mask


def exhibits(
    published: PublishedSet, per_operation: int, domains: Collection[str]
) -> Iterator[Exhibit]:
    """Up to `per_operation` forgeries of each operation of each domain, grouped by both.

    Which ones is decided by a hash, so that equal sets show equal ones.
    """
    by_operation: defaultdict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in published.table(_COLUMNS).to_pylist():
        shows = row["quality"]["changed_area"] or row["scope"] == Scope.FULL
        if row["operation"] and row["domain"] in domains and row["twin_of"] is None and shows:
            by_operation[row["domain"], row["operation"]].append(row)
    chosen = [
        row
        for key in sorted(by_operation, key=lambda key: shown_order(*key))
        for row in _choose(by_operation[key], per_operation)
    ]
    ids = {row["sample_id"] for row in chosen} | {row["source_id"] for row in chosen}
    pictures = published.rows(ids - {None}, ("image", "mask_observed"))
    for row in chosen:
        yield _exhibit(row, pictures[row["sample_id"]], pictures.get(row["source_id"]))


def _choose(rows: Sequence[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """By a hash, but of visible size first, and from as many groups and sources as there are."""
    areas = sorted(row["quality"]["changed_area"] or 1.0 for row in rows)
    least, greatest = areas[len(areas) // 3], areas[-1 - len(areas) // 8]

    def order(row: dict[str, Any]) -> tuple[bool, float]:
        area = row["quality"]["changed_area"] or 1.0
        return not least <= area <= greatest, unit_interval("contact sheet", row["sample_id"])

    waiting = sorted(rows, key=order)
    groups: Counter[str] = Counter()
    sources: Counter[str] = Counter()
    chosen: list[dict[str, Any]] = []
    while waiting and len(chosen) < most:
        row = min(waiting, key=lambda row: (sources[row["source_id"]], groups[row["group_id"]]))
        waiting.remove(row)
        chosen.append(row)
        sources[row["source_id"]] += 1
        groups[row["group_id"]] += 1
    return chosen


def _exhibit(
    row: Mapping[str, Any], forged: Mapping[str, Any], source: Mapping[str, Any] | None
) -> Exhibit:
    image = decode(forged["image"]["bytes"])
    area: float | None = None
    mask = np.ones(image.shape[:2], np.bool_)
    if forged["mask_observed"] is not None:
        mask = decode_mask(forged["mask_observed"]["bytes"])
        area = row["quality"]["changed_area"]
    # Words alone made it: the real picture beside it is no source that could be compared.
    alone = source is None or row["operation"] == "text_to_image"
    original = None if alone or source is None else decode(source["image"]["bytes"])
    window = _window(mask)
    return Exhibit(
        row["sample_id"],
        row["domain"],
        row["operation"],
        row["generator"],
        area,
        original[window] if original is not None and original.shape == image.shape else None,
        image[window],
        mask[window],
    )


def _window(mask: Mask) -> tuple[slice, slice]:
    """A square around the mask, about twice its size, within the picture."""
    height, width = mask.shape
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if rows.size == 0:
        rows, columns = np.arange(height), np.arange(width)
    extent = max(int(rows[-1] - rows[0]), int(columns[-1] - columns[0])) + 1
    side = min(height, width, max(_LEAST_WINDOW, round(_AROUND * extent)))
    top = int(np.clip((rows[0] + rows[-1] + 1 - side) // 2, 0, height - side))
    left = int(np.clip((columns[0] + columns[-1] + 1 - side) // 2, 0, width - side))
    return slice(top, top + side), slice(left, left + side)
