"""Which pictures a list of tombstones takes down, and what was made from them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from curation.fingerprints.phash import from_hex
from schemas.tombstones import Tombstone

TAKEN_DOWN = "taken_down"
"""The reason of a picture that is left out for a tombstone; see `taken_down` for the detail."""

_EXACTLY = {"id": "this very picture", "origin": "cut from this file", "sha256": "this very file"}


@dataclass(frozen=True, slots=True)
class _Found:
    """A tombstone that fits a picture. The least is the surest, then the first of the list."""

    surety: int
    place: int
    how: str

    def __lt__(self, other: _Found) -> bool:
        return (self.surety, self.place) < (other.surety, other.place)


def taken_down(
    rows: Iterable[Mapping[str, Any]],
    tombstones: Sequence[Tombstone],
    key: str = "source_id",
) -> dict[str, str]:
    """Why each picture that is taken down is, by its id: {`row[key]`: a sentence}.

    Of a row these are looked at, as far as it has them: its id under `key` (a tombstone's
    `source_id` or `sample_id`), `origin`, `sha256`, `attribution`, and `fingerprint` (16 hex
    digits). Fingerprints are compared within each tombstone's radius, so that copies in another
    encoding or size are found, also mirrored and turned ones where the tombstone says how these
    look; a crop of the picture is not. Forgeries of what is taken down are for `derived`: give
    this function sources and imports, or any rows for tombstones of single samples.
    """
    given = [row for row in rows if row.get(key) is not None]
    found: dict[str, _Found] = {}
    fits = [*_exact(given, tombstones, key), *_near(given, tombstones)]
    for row, one in fits:
        sample = str(row[key])
        found[sample] = min(found.get(sample, one), one)
    return {
        sample: f"{one.how}: {tombstones[one.place].said}" for sample, one in sorted(found.items())
    }


def derived(rows: Iterable[Mapping[str, Any]], taken: Iterable[str]) -> dict[str, str]:
    """Everything that was made from the pictures in `taken`: {`sample_id`: a sentence}.

    Of a row `sample_id`, `source_id`, `second_source_id` and `twin_of` are looked at, as far as it
    has them: forgeries of a picture, those that took content from it, twins of these, and twins of
    the picture itself. What is in `taken` is not named again.
    """
    gone = set(taken)
    whys: dict[str, str] = {}
    waiting = sorted(rows, key=lambda row: str(row["sample_id"]))
    before = -1
    while len(whys) != before:
        before = len(whys)
        for row in waiting:
            sample = str(row["sample_id"])
            if sample not in gone and (why := _descent(row, gone)):
                gone.add(sample)
                whys[sample] = why
    return dict(sorted(whys.items()))


def _descent(row: Mapping[str, Any], gone: set[str]) -> str:
    kinds = {
        "source_id": "made from",
        "second_source_id": "took content from",
        "twin_of": "a twin of",
    }
    for column, said in kinds.items():
        if row.get(column) in gone:
            return f"{said} {row[column]}, which is taken down"
    return ""


def _exact(
    rows: Sequence[Mapping[str, Any]], tombstones: Sequence[Tombstone], key: str
) -> Iterator[tuple[Mapping[str, Any], _Found]]:
    by: dict[str, dict[str, int]] = {"id": {}, "origin": {}, "sha256": {}}
    names: list[tuple[int, re.Pattern[str]]] = []
    for place, one in enumerate(tombstones):
        for value in filter(None, (one.source_id, one.sample_id)):
            by["id"].setdefault(value, place)
        for field in ("origin", "sha256"):
            if (value := getattr(one, field)) is not None:
                by[field].setdefault(value, place)
        if one.attribution is not None:
            words = r"\s+".join(map(re.escape, one.attribution.split()))
            pattern = re.compile(rf"(?<!\w){words}(?!\w)", re.IGNORECASE)
            names.append((place, pattern))
    for row in rows:
        for field, column in (("id", key), ("origin", "origin"), ("sha256", "sha256")):
            place = by[field].get(str(row.get(column)), -1)
            if place >= 0:
                yield row, _Found(0, place, _EXACTLY[field])
        for place, pattern in names:
            if pattern.search(row.get("attribution") or ""):
                yield row, _Found(1, place, f"by {tombstones[place].attribution}")


def _near(
    rows: Sequence[Mapping[str, Any]], tombstones: Sequence[Tombstone]
) -> Iterator[tuple[Mapping[str, Any], _Found]]:
    seen = [row for row in rows if row.get("fingerprint")]
    ours = np.array([from_hex(row["fingerprint"]) for row in seen], np.uint64)
    for place, one in enumerate(tombstones):
        # Lists are short: one pass over a million fingerprints takes two milliseconds.
        for look in one.fingerprints:
            distances = np.bitwise_count(ours ^ np.uint64(from_hex(look)))
            for row in np.flatnonzero(distances <= one.radius).tolist():
                away = int(distances[row])
                bits = "bit" if away == 1 else "bits"
                said = f"a copy, {away} {bits} away" if away else "a copy"
                yield seen[row], _Found(2 + away, place, said)
