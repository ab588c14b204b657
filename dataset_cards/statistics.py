"""Counts what a published set holds, from its own shards, for the card's tables and figures."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from statistics import median
from typing import Any

from dataset_cards.wording import DOMAINS, codec_name, shown_order
from schemas.features import LABELS
from schemas.record import Quality
from schemas.vocabulary import Label, RaterKind, Verdict
from storage.published import PublishedSet

_COLUMNS = (
    "label",
    "domain",
    "operation",
    "generator",
    "generator_family",
    "generator_version",
    "scope",
    "group_id",
    "twin_of",
    "width",
    "height",
    "codec",
    "annotations",
    "quality",
    "licence",
    "attribution",
)


@dataclass(frozen=True, slots=True)
class Slice:
    """How many pictures a part of the set holds, and in how many groups."""

    real: int
    fake: int
    groups: int
    splits: Mapping[str, int]

    @property
    def rows(self) -> int:
        """All pictures, real and fake."""
        return self.real + self.fake


@dataclass(frozen=True, slots=True)
class Made:
    """What one generator made by one operation in one domain.

    `splits` counts by split; `areas` are the shares of the picture that changed, 0..1, sorted,
    of those forgeries that have an observed mask.
    """

    domain: str
    operation: str
    generator: str
    family: str
    version: str
    count: int
    splits: Mapping[str, int]
    areas: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Rated:
    """One rater's verdicts on one attribute, counted for the pictures of one label."""

    rater: str
    attribute: str
    label: str
    verdicts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Rater:
    """Who judged: its kind, versions and modes, how many judgements, at what cost in US dollars."""

    name: str
    kind: str
    versions: tuple[str, ...]
    modes: tuple[str, ...]
    judgements: int
    cost: float


@dataclass(frozen=True, slots=True)
class Statistics:
    """Everything that the card counts. Mappings are in the order in which they are shown.

    `long_sides` (px, sorted), `codecs` and `quality` (medians) go by label, "real" or "fake".
    `scopes` counts forgeries by scope; `credits` counts pictures by
    (attribution, licence); one made of two pictures counts for the credit of each.
    """

    total: Slice
    twins: int
    by_split: Mapping[str, Slice]
    by_domain: Mapping[str, Slice]
    made: tuple[Made, ...]
    scopes: Mapping[str, int]
    long_sides: Mapping[str, tuple[int, ...]]
    codecs: Mapping[str, Mapping[str, int]]
    raters: tuple[Rater, ...]
    rated: tuple[Rated, ...]
    quality: Mapping[str, Mapping[str, float]]
    licences: Mapping[str, int]
    credits: Mapping[tuple[str, str], int]

    @property
    def decided(self) -> frozenset[str]:
        """Ids of the attributes of which some rater was sure in at least one picture."""
        return frozenset(
            one.attribute
            for one in self.rated
            if any(count for verdict, count in one.verdicts.items() if verdict != Verdict.UNSURE)
        )


def statistics(published: PublishedSet) -> Statistics:
    """Read the set's rows, pictures excepted, and count."""
    rows = published.table(_COLUMNS).to_pylist()
    splits = tuple(dict.fromkeys(shard.split for shard in published.shards()))
    domains = sorted({row["domain"] for row in rows}, key=DOMAINS.index)
    judged = [(row, note) for row in rows for note in row["annotations"]]
    return Statistics(
        total=_slice(rows, splits),
        twins=sum(row["twin_of"] is not None for row in rows),
        by_split={
            split: _slice([row for row in rows if row["split"] == split], splits)
            for split in splits
        },
        by_domain={
            domain: _slice([row for row in rows if row["domain"] == domain], splits)
            for domain in domains
        },
        made=_made(rows, splits),
        scopes=_counted(row["scope"] for row in rows if row["scope"] is not None),
        long_sides={
            label: tuple(sorted(max(row["width"], row["height"]) for row in _of(rows, label)))
            for label in LABELS
        },
        codecs={
            label: _counted(codec_name(row["codec"]) for row in _of(rows, label))
            for label in LABELS
        },
        raters=_raters(judged),
        rated=_rated(judged),
        quality=_quality(rows),
        licences=_counted(_in_one_order(row["licence"]) for row in rows),
        credits=_credits(rows),
    )


def _of(rows: Iterable[Mapping[str, Any]], label: str) -> list[Mapping[str, Any]]:
    return [row for row in rows if LABELS[row["label"]] == label]


def _counted(values: Iterable[Any]) -> dict[Any, int]:
    """Most frequent first, ties by name."""
    return dict(sorted(Counter(values).items(), key=lambda item: (-item[1], item[0])))


def _by_split(rows: Iterable[Mapping[str, Any]], splits: tuple[str, ...]) -> dict[str, int]:
    counts = Counter(row["split"] for row in rows)
    return {split: counts[split] for split in splits}


def _slice(rows: list[dict[str, Any]], splits: tuple[str, ...]) -> Slice:
    fake = sum(LABELS[row["label"]] == Label.FAKE for row in rows)
    groups = len({row["group_id"] for row in rows})
    return Slice(len(rows) - fake, fake, groups, _by_split(rows, splits))


def _made(rows: Iterable[dict[str, Any]], splits: tuple[str, ...]) -> tuple[Made, ...]:
    members: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    key = ("domain", "operation", "generator", "generator_family", "generator_version")
    for row in rows:
        if row["operation"] is not None:
            members[tuple(row[name] or "" for name in key)].append(row)
    made = []
    for (domain, operation, generator, family, version), group in members.items():
        found = (row["quality"]["changed_area"] for row in group)
        areas = tuple(sorted(area for area in found if area is not None))
        counts = (len(group), _by_split(group, splits))
        made.append(Made(domain, operation, generator, family, version, *counts, areas))
    made.sort(key=lambda one: (*shown_order(one.domain, one.operation), one.generator, one.version))
    return tuple(made)


def _raters(judged: list[tuple[dict[str, Any], dict[str, Any]]]) -> tuple[Rater, ...]:
    by_name: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for _, note in judged:
        by_name[note["rater"]].append(note)
    return tuple(
        Rater(
            name,
            notes[0]["rater_kind"],
            _versions(notes),
            tuple(sorted({note["mode"] for note in notes})),
            len(notes),
            sum(note["cost"] or 0.0 for note in notes),
        )
        for name, notes in sorted(by_name.items())
    )


def _versions(notes: list[dict[str, Any]]) -> tuple[str, ...]:
    """Which versions of a rater judged. Each submission of a person is one: of people, none."""
    if notes[0]["rater_kind"] == RaterKind.HUMAN:
        return ()
    return tuple(sorted({note["rater_version"] for note in notes}))


def _rated(judged: list[tuple[dict[str, Any], dict[str, Any]]]) -> tuple[Rated, ...]:
    counts: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    for row, note in judged:
        counts[note["rater"], note["attribute"], LABELS[row["label"]]][note["verdict"]] += 1
    return tuple(Rated(*key, dict(sorted(found.items()))) for key, found in sorted(counts.items()))


def _quality(rows: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    medians: dict[str, dict[str, float]] = {label: {} for label in LABELS}
    for label in LABELS:
        for field in fields(Quality):
            found = [row["quality"][field.name] for row in _of(rows, label)]
            values = [value for value in found if value is not None]
            if values:
                medians[label][field.name] = median(values)
    return medians


def _in_one_order(licence: str) -> str:
    """A forgery of two pictures carries both licences, whichever came first: they are one kind."""
    return " AND ".join(sorted(licence.split(" AND ")))


def _credits(rows: list[dict[str, Any]]) -> dict[tuple[str, str], int]:
    """A forgery of two pictures names both, "A; B": that is told by the credits of real ones."""
    singles = {row["attribution"]: row["licence"] for row in _of(rows, Label.REAL)}

    def named(row: dict[str, Any]) -> list[tuple[str, str]]:
        text = row["attribution"]
        for first in singles:
            second = text.removeprefix(f"{first}; ")
            if second != text and second in singles:
                return [(first, singles[first]), (second, singles[second])]
        return [(text, row["licence"])]

    return _counted(credit for row in rows for credit in named(row))
