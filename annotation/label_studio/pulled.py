"""What people have submitted, as a log in the review folder to which each pull adds an entry.

Nothing in it is ever changed. A changed annotation is a new version beside the old one, a deleted
one a version without rows; which rows stand is read off the last version of each annotation.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from upath import UPath

from schemas.annotation import Annotation
from schemas.annotation_table import ANNOTATION_SCHEMA, annotation_table, read_annotations
from schemas.errors import StorageError
from storage.files import explained, write_bytes, writing

FOLDER = "pulled"


@dataclass(frozen=True, slots=True)
class Version:
    """One annotation as it stood at one pull.

    `annotation`: Label Studio's own id of it, unique over servers. `project`: `ProjectKey.id`;
    `origin` tells that project from one of its name on another server. `preannotated`: whether the
    task had opened with machine judgements. `rows`: the ids of the rows, none where it was deleted.
    """

    annotation: str
    project: str
    origin: str
    task: int
    sample_id: str
    rater: str
    updated_at: str
    preannotated: bool
    seconds: float | None
    deleted: bool
    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pulled:
    """All that was ever pulled, oldest first."""

    versions: tuple[Version, ...]
    rows: tuple[Annotation, ...]

    @property
    def last(self) -> dict[str, Version]:
        """The last version of each annotation, deleted ones included."""
        return {version.annotation: version for version in self.versions}

    @property
    def superseded(self) -> dict[str, str]:
        """Rows that no longer stand, with what became of them: "changed" or "deleted"."""
        standing = {name for version in self.last.values() for name in version.rows}
        return {
            name: "deleted" if self.last[version.annotation].deleted else "changed"
            for version in self.versions
            for name in version.rows
            if name not in standing
        }

    def standing(self) -> Iterator[Annotation]:
        """The rows that stand: what people say as far as is known."""
        gone = self.superseded
        return (row for row in self.rows if row.annotation_id not in gone)


def read_pulled(review: Path) -> Pulled:
    """The log of a review folder; empty where nothing was pulled. Raises `StorageError`."""
    versions: list[Version] = []
    rows: dict[str, Annotation] = {}
    for entry in _entries(review):
        with explained(f"reading {entry}"):
            text = entry.read_text()
            table = pq.read_table(entry.with_suffix(".parquet"))
        try:
            versions += [Version(**one | {"rows": tuple(one["rows"])}) for one in json.loads(text)]
        except (ValueError, TypeError, KeyError) as error:
            raise StorageError(
                f"{entry} is damaged ({error}); delete the folder {FOLDER} and pull again"
            ) from error
        rows |= {row.annotation_id: row for row in read_annotations(table)}
    return Pulled(tuple(versions), tuple(rows.values()))


def append(review: Path, versions: Sequence[Version], rows: Iterable[Annotation]) -> None:
    """Add an entry; nothing where there is nothing to add. Whole or not at all."""
    if not versions:
        return
    number = 1 + max((int(entry.stem) for entry in _entries(review)), default=0)
    entry = UPath(review / FOLDER / f"{number:06d}.json")
    table = annotation_table(rows)
    with writing(entry.with_suffix(".parquet")) as file:
        pq.write_table(
            table if table.num_rows else pa.Table.from_pylist([], ANNOTATION_SCHEMA), file
        )
    # The entry exists when this file does, so it comes last.
    write_bytes(entry, json.dumps([asdict(one) for one in versions], indent=0).encode())


def _entries(review: Path) -> list[Path]:
    return sorted((review / FOLDER).glob("*.json"))
