"""Fetches the pictures of the largest clusters again and lays them out on sheets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa

from dataset_cards.cluster_sheet import COLUMNS, SheetCell, SheetRow
from flows.duplicates.verdicts import RELATIONS, Verdicts
from schemas.errors import StorageError
from storage.picture_sets.contract import PictureSet
from storage.picture_sets.picking import pick

LEGEND = "framed: stays   ·   beside it: dropped"
Place = tuple[int, str]


def fetch(
    sets: Sequence[PictureSet], places: Sequence[Place], wanted: Iterable[tuple[int, str]]
) -> Mapping[tuple[int, str], bytes]:
    """The bytes of the wanted (place, key)s. What cannot be had any more is left out."""
    by_place: defaultdict[int, set[str]] = defaultdict(set)
    for place, key in wanted:
        by_place[place].add(key)
    found: dict[tuple[int, str], bytes] = {}
    for place in sorted(by_place):
        number, piece = places[place]
        try:
            for one in pick(sets[number], piece, by_place[place]):
                if one.data:
                    found[place, one.key] = one.data
        except StorageError:
            continue
    return found


def cluster_rows(
    sets: Sequence[PictureSet],
    places: Sequence[Place],
    prints: pa.Table,
    verdicts: Verdicts,
    most: int,
) -> Iterator[SheetRow]:
    """A row for each of the `most` largest clusters, largest first, with its first pictures."""
    columns = prints.select(["key", "place", "width", "height", "format", "quality"])
    clusters = [(one, _first(one, verdicts)) for one in islice(verdicts.members(), most)]
    shown = np.concatenate([seen for _, seen in clusters]) if clusters else np.zeros(0, np.int64)
    rows = dict(zip(shown.tolist(), columns.take(pa.array(shown)).to_pylist(), strict=True))
    data = fetch(sets, places, ((row["place"], row["key"]) for row in rows.values()))
    for number, (members, seen) in enumerate(clusters, start=1):
        dropped = int((verdicts.kept_for[members] >= 0).sum())
        yield SheetRow(
            f"Cluster {number}",
            f"{len(members):,} pictures, {dropped:,} dropped",
            [_cell(rows[one], one, verdicts, data) for one in seen.tolist()],
            len(members) - len(seen),
        )


def _first(members: np.ndarray[Any, np.dtype[np.int64]], verdicts: Verdicts) -> Any:
    """The members that are shown: all where they find room, else the first."""
    return members if len(members) <= COLUMNS else members[: COLUMNS - 1]


def _cell(
    row: Mapping[str, Any],
    index: int,
    verdicts: Verdicts,
    data: Mapping[tuple[int, str], bytes],
) -> SheetCell:
    relation = int(verdicts.relation[index])
    return SheetCell(
        data.get((row["place"], row["key"])),
        row["key"],
        "stays" if relation < 0 else told(RELATIONS[relation], float(verdicts.distance[index])),
        described(row),
        relation < 0,
    )


def told(relation: str, distance: float) -> str:
    """How a dropped picture resembles the one that stays, in a few words."""
    if relation == "same":
        return "the same bytes"
    if relation in ("near", "turned"):
        return f"{relation}, {distance:.0f} bit{'' if distance == 1 else 's'}"
    if relation == "crop":
        return f"crop, {distance:.0%} shared"
    return f"likeness {distance:.2f}"


def described(row: Mapping[str, Any]) -> str:
    """Size and encoding of a picture."""
    quality = "" if row["quality"] is None else f" {row['quality']}"
    return f"{row['width']} × {row['height']} · {row['format']}{quality}"
