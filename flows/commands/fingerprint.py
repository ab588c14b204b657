"""`counterfoil fingerprint`."""

from __future__ import annotations

from pathlib import PurePosixPath

from rich.console import Console

from curation.contamination.hash_lists import write_hash_list
from flows.duplicates.gathering import gather, parts_folder
from flows.duplicates.lists import hash_list
from flows.duplicates.prints import Wanted
from flows.watching import Watch
from schemas.errors import CounterfoilError
from storage.files import explained, location
from storage.picture_sets.choice import NOTHING, Choice
from storage.picture_sets.opening import open_set


def run_fingerprint(
    path: str,
    out: str,
    name: str | None = None,
    orientations: bool = False,
    crops: bool = False,
    choice: Choice = NOTHING,
    workers: int | None = None,
) -> None:
    """Write the hash list of the pictures at `path` to `out`. Finished pieces outlive a kill."""
    if not out.endswith(".parquet"):
        raise CounterfoilError(f"--out is a file whose name ends in .parquet, not {out}")
    place = location(out)
    pictures = open_set(path, choice)
    with Watch("Fingerprinting") as watch:
        gathered = gather(
            (pictures,),
            Wanted(orientations, crops),
            place.parent,
            workers,
            watch.start,
            watch.advance,
        )
    found = hash_list(name or PurePosixPath(out).stem, gathered.table)
    write_hash_list(place, found)
    parts = parts_folder(place.parent, pictures)
    with explained(f"clearing {parts}"):
        parts.fs.rm(parts.path, recursive=True)
    print(f"{len(found):,} fingerprints in {out}")
    if found.unreadable:
        reasons = gathered.table["reason"].drop_null().value_counts().to_pylist()
        told = ", ".join(f"{one['counts']:,} {one['values']}" for one in reasons)
        Console(stderr=True).print(
            f"{found.unreadable:,} could not be read: {told}", highlight=False
        )
