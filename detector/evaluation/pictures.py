"""Pictures with their truth out of published sets and benchmarks, as every detector is asked them.

What is found in a picture is held against its **applied** mask: the region that the generator was
given or composited with. That is what benchmarks annotate and what detectors are taught; the
observed mask has holes where a changed pixel happens to come out as it was. A picture that is
wholly synthetic has no region to find, an authentic one an empty mask.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import numpy as np

from detector.data.pictures import PictureReader
from detector.data.rows import Rows, open_rows
from detector.evaluation.contract import TestPicture
from detector.evaluation.drawing import drawn_evenly
from detector.evaluation.side import side_of
from detector.metrics.answers import findings, read
from detector.metrics.attributes import poles_of
from detector.metrics.slices import FIELDS
from schemas.attributes import WHOLE
from schemas.errors import DatasetError
from schemas.features import LABELS
from schemas.picture import Mask
from schemas.vocabulary import Label
from storage.masks import decode_mask
from storage.published import DEFAULT_CONFIG, PublishedSet

TRUTH = "mask_applied"
_COLUMNS = ("sample_id", "label", "group_id", "domain", "operation", "generator", "width", "height")
_TEXTS = ("reasoning", "attributes")


class TestPictures(Protocol):
    """A set to measure on: how many pictures it has, and these at any places, in ascending order.

    `digest` tells sets apart. `unreadable`: pictures that cannot be had, by key, with the reason;
    they are not among the others. May be gone through any number of times.
    """

    @property
    def digest(self) -> str:
        """SHA-256 of what is in it."""
        ...

    @property
    def keys(self) -> Sequence[str]:
        """The keys of its pictures, in order."""
        ...

    @property
    def unreadable(self) -> Mapping[str, str]:
        """Why pictures cannot be had, by their keys."""
        ...

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[TestPicture]: ...

    def at(self, places: Sequence[int]) -> Iterator[TestPicture]:
        """The pictures at these places, which ascend."""
        ...


@dataclass(frozen=True, slots=True)
class PublishedPictures:
    """Pictures of a published set, read where they lie."""

    __test__ = False

    rows: Rows
    unreadable: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """SHA-256 of the shards, and of which of their rows these are."""
        return self.rows.digest

    @property
    def keys(self) -> Sequence[str]:
        """The sample ids."""
        found: list[str] = self.rows.table["sample_id"].to_pylist()
        return found

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[TestPicture]:
        return self.at(range(len(self)))

    def at(self, places: Sequence[int]) -> Iterator[TestPicture]:
        """The pictures at these places; a row's light values are read with those around it."""
        reader = PictureReader(self.rows)
        try:
            for place in places:
                values = self.rows.table.slice(place, 1).to_pylist()[0]
                yield _of_row(values, reader.read(place, "image"), reader.read(place, TRUTH))
        finally:
            reader.close()


def of_published(
    published: PublishedSet,
    split: str | None,
    config: str = DEFAULT_CONFIG,
    limit: int | None = None,
    seed: int = 0,
    texts: bool = True,
) -> PublishedPictures:
    """The pictures of one split of a set, or of all (None).

    `limit`: look at so many, drawn evenly over labels and operations (domains of real pictures).
    Without `texts` reasoning and attributes are left unread, as those do who fit on many pictures.
    Raises `DatasetError` where there is no such split, naming those that there are.
    """
    splits = dict.fromkeys(shard.split for shard in published.shards(config) if shard.rows)
    if not splits:
        configs = dict.fromkeys(shard.config for shard in published.manifest.shards)
        raise DatasetError(
            f"{published.folder} has no config {config!r}; it has {', '.join(configs)}"
        )
    if split is not None and split not in splits:
        raise DatasetError(
            f"config {config!r} of {published.folder} has no split {split!r}; it has "
            f"{', '.join(splits)}: pass one of them with --split"
        )
    columns = (*_COLUMNS, *(_TEXTS if texts else ()))
    rows = open_rows(published, split, config=config, columns=columns, pictures=("image", TRUTH))
    if limit is None or limit >= len(rows):
        return PublishedPictures(rows)
    light = rows.table.select(["sample_id", "label", "operation", "domain"]).to_pylist()
    chosen = drawn_evenly(
        [row["sample_id"] for row in light],
        [_is_fake(row["label"]) for row in light],
        [row["operation"] or row["domain"] for row in light],
        limit,
        seed,
    )
    return PublishedPictures(rows.select(chosen))


def _of_row(row: Mapping[str, Any], image: bytes | None, mask: bytes | None) -> TestPicture:
    fake = _is_fake(row["label"])
    chain = row.get("reasoning") or ""
    said = read(chain).reasoning
    verdicts = {
        one["attribute"]: one["verdict"]
        for one in row.get("attributes") or ()
        if one["attribute"] != WHOLE
    }
    return TestPicture(
        key=row["sample_id"],
        encoded=image or b"",
        fake=fake,
        group=row["group_id"] or row["sample_id"],
        columns={name: row[name] for name in FIELDS},
        side=side_of(image or b""),
        mask=partial(_truth, fake, mask, (row["height"], row["width"])),
        reasoning=chain,
        findings=findings(said) if said else {},
        attributes=poles_of(fake, verdicts),
    )


def _truth(fake: bool, mask: bytes | None, size: tuple[int, int]) -> Mask | None:
    """An authentic picture's is empty; a forgery without one has no region to find."""
    if mask is not None:
        return decode_mask(mask)
    return None if fake else np.zeros(size, np.bool_)


def _is_fake(label: int) -> bool:
    return label == LABELS.index(Label.FAKE.value)
