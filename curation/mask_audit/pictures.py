"""The forged pictures of any set with their masks, one at a time, for an audit of the masks."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import pyarrow.parquet as pq

from schemas.errors import DatasetError, StorageError
from schemas.identity import unit_interval
from schemas.picture import Mask, Pixels
from storage.codecs import decode
from storage.files import explained
from storage.picture_sets.contract import PictureSet, StoredPicture
from storage.published import PublishedSet

MOST = 2_000
"""Masks that are looked at, unless told otherwise: enough for every figure of an audit."""
_ROW = (
    "sample_id",
    "group_id",
    "image",
    "mask_requested",
    "mask_applied",
    "mask_observed",
    "domain",
    "operation",
    "generator",
    "parameters",
    "quality",
)

_FACTS = ("operation", "domain", "generator", "label", "folder")


@dataclass(frozen=True, slots=True)
class MaskedPicture:
    """A forged picture with its masks, all of one size.

    `kind` says where the requested mask came from, where that is known. `outside` and
    `applied_changed` are what was measured when it was made, with the noise of codecs and models
    told apart; computed from the masks where None.
    """

    key: str
    group: str
    pixels: Pixels
    operation: str
    requested: Mask | None = None
    applied: Mask | None = None
    observed: Mask | None = None
    domain: str = ""
    generator: str = ""
    kind: str | None = None
    outside: float | None = None
    applied_changed: float | None = None

    @property
    def changed(self) -> Mask:
        """The mask that says most truly what was changed, of those that are not empty.

        Raises ValueError where there is none.
        """
        for mask in (self.observed, self.applied, self.requested):
            if mask is not None and mask.any():
                return mask
        raise ValueError(f"{self.key} has no mask that covers anything")


@dataclass(frozen=True, slots=True)
class Unread:
    """A picture that an audit cannot look at, and why."""

    key: str
    reason: str


def published_pictures(
    published: PublishedSet, most: int = MOST
) -> tuple[int, Iterator[MaskedPicture | Unread]]:
    """How many forgeries with masks a published set has, and `most` of them, drawn by a hash.

    Operations are drawn evenly, as far as they have as many.
    """
    members: defaultdict[str, list[str]] = defaultdict(list)
    for row in published.table(("sample_id", "operation", "quality")).to_pylist():
        # Without a picture of its own to be compared with, nothing was observed.
        if row["operation"] is not None and row["quality"]["changed_area"] is not None:
            members[row["operation"]].append(row["sample_id"])
    chosen = drawn_evenly(members, most)
    return sum(map(len, members.values())), _published(published, chosen)


def drawn_evenly(members: Mapping[str, list[str]], most: int) -> frozenset[str]:
    """At most `most` keys, as many of each kind as can be, by a hash."""
    turns = []
    for kind, keys in sorted(members.items()):
        ordered = sorted(keys, key=lambda key: unit_interval("mask audit", key))
        turns += [(turn, kind, key) for turn, key in enumerate(ordered)]
    return frozenset(key for _, _, key in sorted(turns)[:most])


def _published(published: PublishedSet, chosen: frozenset[str]) -> Iterator[MaskedPicture | Unread]:
    for shard in published.shards():
        path = published.folder / shard.path
        with explained(f"reading {path}"), path.open("rb") as file:
            parquet = pq.ParquetFile(file)
            for group in range(parquet.num_row_groups):
                ids = parquet.read_row_group(group, columns=["sample_id"])["sample_id"].to_pylist()
                if chosen.isdisjoint(ids):
                    continue
                table = parquet.read_row_group(group, columns=list(_ROW))
                for place, sample_id in enumerate(ids):
                    if sample_id in chosen:
                        yield _of_row(table.slice(place, 1).to_pylist()[0])


def _of_row(row: Mapping[str, Any]) -> MaskedPicture | Unread:
    return _masked(
        row["sample_id"],
        row["image"]["bytes"],
        {name: row[f"mask_{name}"] for name in ("requested", "applied", "observed")},
        {
            "group": row["group_id"],
            "operation": row["operation"],
            "domain": row["domain"],
            "generator": row["generator"],
            "kind": json.loads(row["parameters"]).get("mask_kind"),
            "outside": row["quality"]["outside"],
            "applied_changed": row["quality"]["applied_changed"],
        },
    )


def set_pictures(
    pictures: PictureSet, mask: str = "mask", group: str | None = None
) -> Iterator[MaskedPicture | Unread]:
    """The pictures of any set that have something in its column `mask`, taken for the applied one.

    The columns operation, domain, generator and label are read where the set has them; `group`
    names the column by which pictures belong together, each picture alone where it is None.
    Pictures without a mask, or with label real, are no forgeries and are passed over.
    """
    wanted = [mask, *_FACTS, *([group] if group else [])]
    for piece in pictures.pieces():
        for stored in pictures.read(piece, wanted):
            facts = stored.facts
            if group is not None and group not in facts:
                raise DatasetError(f"{pictures.name} has no column {group!r} to group pictures by")
            if facts.get(mask) is None or str(facts.get("label")).casefold() in ("real", "0"):
                continue
            yield _stored(stored, facts, mask, group)


def _stored(
    stored: StoredPicture, facts: Mapping[str, Any], mask: str, group: str | None
) -> MaskedPicture | Unread:
    if stored.problem:
        return Unread(stored.key, stored.problem)
    return _masked(
        stored.key,
        stored.data,
        {"applied": facts[mask]},
        {
            "group": str(facts[group]) if group else stored.key,
            "operation": str(facts.get("operation") or facts.get("folder") or "edit"),
            "domain": str(facts.get("domain") or ""),
            "generator": str(facts.get("generator") or ""),
        },
    )


def _masked(
    key: str, image: bytes, masks: Mapping[str, Any], facts: dict[str, Any]
) -> MaskedPicture | Unread:
    try:
        pixels = decode(image)
        read = {name: _mask(mask) for name, mask in masks.items() if mask is not None}
    except StorageError as error:
        return Unread(key, str(error))
    for name, found in read.items():
        if found.shape != pixels.shape[:2]:
            return Unread(key, f"its {name} mask is not of its own size")
    if not any(found.any() for found in read.values()):
        return Unread(key, "its masks are empty")
    return MaskedPicture(key=key, pixels=pixels, **{**read, **facts})


def _mask(value: Any) -> Mask:
    """A mask from an encoded picture, also a grey one: from the middle grey up it is inside."""
    data = value["bytes"] if isinstance(value, Mapping) else value
    grey = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    if grey is None:
        raise StorageError("its mask is no picture")
    inside: Mask = np.asarray(grey) > 127
    return inside
