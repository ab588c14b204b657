"""`counterfoil takedown`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import ValidationError

from curation.fingerprints.orientations import orientations
from curation.fingerprints.phash import to_hex
from curation.takedown.listing import append_tombstones
from curation.takedown.matching import derived
from flows.run import Run, open_run
from flows.stages import curate, forge, plan, sources
from schemas.errors import DatasetError, StorageError
from schemas.picture import Pixels
from schemas.tombstones import Tombstone
from schemas.vocabulary import Status
from storage.codecs import decode
from storage.published import PublishedSet, open_published

Row = dict[str, Any]
_COLUMNS = (
    "sample_id",
    "operation",
    "source_id",
    "second_source_id",
    "twin_of",
    "parameters",
    "fingerprint",
)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where pictures are looked up: their rows, and their pixels by row."""

    name: str
    rows: list[Row]
    pixels: Callable[[Row], Pixels]


def run_takedown(
    list_path: str,
    place: str,
    ids: Sequence[str],
    reason: str,
    asked_by: str = "",
    day: str | None = None,
    dry_run: bool = False,
) -> None:
    """Say what goes with these pictures, and write tombstones that keep it out of later builds.

    `place`: a published set or a run folder. An id of a real picture takes down the whole file
    that it was cut from, and its copies; that of a forgery this forgery alone. `day` is today
    where None, as YYYY-MM-DD.
    """
    looked = _open(place)
    known = {row["sample_id"]: row for row in looked.rows}
    tombstones: list[Tombstone] = []
    for given in ids:
        row = _found(known, given, looked.name)
        going = _one_file(looked.rows, row)
        print(_said(row, going, looked.rows))
        said = {"reason": reason, "asked_by": asked_by, "date": day or date.today().isoformat()}
        tombstones += [_tombstone(one, looked, said) for one in going]
    if dry_run:
        print("Nothing was written.")
        return
    added = append_tombstones(list_path, tombstones)
    stood = f"; {len(tombstones) - added} stood there before" if added < len(tombstones) else ""
    print(
        f"{added} tombstones added to {list_path}{stood}. They count in every build whose recipe "
        f"says `curation: {{tombstones: {list_path}}}`: build again to publish without these."
    )


def _open(place: str) -> _Place:
    """A run where there is one, as it also knows what was not published; else a published set."""
    try:
        return _of_run(open_run(place))
    except (StorageError, ValidationError):
        # No run, one that was never planned, or one of an earlier version.
        return _of_set(open_published(place))


def _of_set(published: PublishedSet) -> _Place:
    rows = published.table(_COLUMNS).to_pylist()
    for row in rows:
        row["origin"] = json.loads(row["parameters"]).get("origin")

    def pixels(row: Row) -> Pixels:
        sample_id = row["sample_id"]
        return decode(published.rows([sample_id], ("image",))[sample_id]["image"]["bytes"])

    return _Place(str(published.folder), rows, pixels)


def _of_run(run: Run) -> _Place:
    planned = plan.read_plan(run)
    rows: list[Row] = []
    prints = dict(_prints(run, sources.NAME, sources.TABLE, "source_id"))
    prints |= dict(_prints(run, curate.NAME, curate.TABLE, "job_id"))
    for kept in planned.kept.to_pylist():
        if kept["reason"] == "read_twice":
            continue
        sample = {"sample_id": kept["source_id"], "operation": None, "second_source_id": None}
        rows.append({**kept, **sample, "twin_of": None, "fingerprint": prints[kept["source_id"]]})
    for job in planned.jobs.to_pylist():
        if job["status"] == Status.OK:
            made = {"sample_id": job["job_id"], "second_source_id": job["second_id"]}
            print_ = prints.get(job["job_id"])
            rows.append(
                {
                    **job,
                    **made,
                    "twin_of": job["composed_from"],
                    "fingerprint": print_,
                    "origin": None,
                }
            )

    def pixels(row: Row) -> Pixels:
        forged = row["operation"] is not None
        stage, table, key = (
            (forge.NAME, forge.TABLE, "job_id")
            if forged
            else (sources.NAME, sources.TABLE, "source_id")
        )
        found = run.part(stage, row["part"]).select(table, key, [row["sample_id"]], ["image"])
        return decode(found["image"].to_pylist()[0])

    return _Place(str(run.folder), rows, pixels)


def _prints(run: Run, stage: str, table: str, key: str) -> Iterable[tuple[str, str]]:
    """Fingerprints by id, of the parts of a stage that are done."""
    index = 0
    while run.part(stage, index).manifest() is not None:
        found = run.part(stage, index).read(table, (key, "fingerprint"))
        yield from zip(found[key].to_pylist(), found["fingerprint"].to_pylist(), strict=True)
        index += 1


def _found(known: dict[str, Row], given: str, place: str) -> Row:
    if given in known:
        return known[given]
    near = sorted(sample for sample in known if sample.startswith(given))
    if len(near) == 1:
        return known[near[0]]
    if not near:
        raise DatasetError(f"{place} has no picture {given!r}")
    raise DatasetError(f"{given!r} begins {len(near)} ids in {place}: {', '.join(near[:5])} …")


def _one_file(rows: Iterable[Row], row: Row) -> list[Row]:
    """The pictures that were cut from the same file; a forgery is alone."""
    if row["operation"] is not None or row["origin"] is None:
        return [row]
    return [one for one in rows if one["operation"] is None and one["origin"] == row["origin"]]


def _said(row: Row, going: Sequence[Row], rows: Sequence[Row]) -> str:
    made = derived(rows, [one["sample_id"] for one in going])
    by_id = {one["sample_id"]: one for one in rows}
    splits = Counter(one["split"] for one in (*going, *(by_id[sample] for sample in made)))
    where = ", ".join(f"{split} {count:,}" for split, count in sorted(splits.items()) if split)
    what = row["sample_id"]
    if row["operation"] is not None:
        what += f", a forgery by {row['operation']}"
        if row["source_id"] is not None:
            what += f" (name {row['source_id']} to take down what it was made from)"
    else:
        others = f", {len(going):,} pictures in all" if len(going) > 1 else ""
        what += f", cut from {row['origin']}{others}" if row["origin"] else ""
    return f"{what}; {len(made):,} more were made from it{f' ({where})' if where else ''}."


def _tombstone(row: Row, looked: _Place, said: dict[str, str]) -> Tombstone:
    """A forgery of ours looks like its source: only imports, which have none, go by their looks."""
    if row["operation"] is not None and row["source_id"] is not None:
        return Tombstone.model_validate({"sample_id": row["sample_id"], **said})
    upright, *turned = (to_hex(look) for look in orientations(looked.pixels(row)))
    forged = row["operation"] is not None
    facts = {
        "sample_id" if forged else "source_id": row["sample_id"],
        "origin": row["origin"],
        "fingerprint": row["fingerprint"] or upright,
        "turned": turned,
    }
    return Tombstone.model_validate({**facts, **said})
