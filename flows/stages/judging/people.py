"""What people said in Label Studio, as far as it was pulled into the run's review folder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from annotation.label_studio.errors import ReviewError
from annotation.label_studio.pulled import FOLDER, read_pulled
from flows.run import Run
from schemas.annotation import Annotation
from schemas.attributes import ATTRIBUTES_BY_ID, WHOLE
from schemas.identity import digest, hash_bytes
from storage.files import is_local

REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Said:
    """The rows of people that stand. `primed`: ids of those given with machine judgements shown."""

    rows: tuple[Annotation, ...] = ()
    primed: frozenset[str] = frozenset()


def review_folder(run: Run) -> Path | None:
    """Where the run keeps its review; None in an object store, where Label Studio cannot be."""
    # Label Studio takes no path that depends on where a process stands.
    return Path(run.folder.path).absolute() / REVIEW if is_local(run.folder) else None


def local_review(run: Run) -> Path:
    """The same, for those who cannot do without. Raises `ReviewError` in an object store."""
    review = review_folder(run)
    if review is None:
        raise ReviewError(
            f"{run.folder} lies in an object store, from which Label Studio cannot serve pictures; "
            "copy the run to a disk of this machine and review it there"
        )
    return review


def read_people(run: Run) -> Said:
    """What people say, as of the last pull."""
    review = review_folder(run)
    if review is None:
        return Said()
    pulled = read_pulled(review)
    asked = (WHOLE, *ATTRIBUTES_BY_ID)
    rows = sorted(
        pulled.standing(),
        key=lambda row: (row.sample_id, row.rater, asked.index(row.attribute), row.annotation_id),
    )
    if run.recipe.annotation.review.names == "pseudonyms":
        rows = [replace(row, rater=f"person-{digest('person', row.rater)[:8]}") for row in rows]
    shown = (version.rows for version in pulled.versions if version.preannotated)
    return Said(tuple(rows), frozenset(name for names in shown for name in names))


def signature(run: Run) -> list[str]:
    """Changes when a pull has brought something new."""
    review = review_folder(run)
    if review is None:
        return []
    names = run.recipe.annotation.review.names
    entries = sorted((review / FOLDER).glob("*.json"))
    return [names, *(hash_bytes(entry.read_bytes()) for entry in entries)]
