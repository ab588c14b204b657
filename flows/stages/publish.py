"""Stage 8: join everything by sample id into records, and write them as shards."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import pyarrow as pa
from pydantic import TypeAdapter

from curation.codec_policy import choose, encode
from flows.run import Run
from flows.stages import curate, forge, judge, plan, select, sources
from flows.stages.layout import shard_plans
from flows.stages.stage import Stage, Work
from generators.registry import load
from schemas.annotation import Annotation
from schemas.features import to_row
from schemas.identity import canonical_json
from schemas.record import AttributeConsensus, Quality, Record
from schemas.vocabulary import Domain, Label, Scope
from storage.parts import Counts, Part
from storage.shards import write_shard

NAME = "publish"
SHARD = "shard"
SIDE = "side"
SIDE_SCHEMA = pa.schema(
    {
        "sample_id": pa.string(),
        "label": pa.string(),
        "group_id": pa.string(),
        "width": pa.int32(),
        "height": pa.int32(),
        "codec": pa.string(),
        "bytes": pa.int64(),
    }
)
_ANNOTATIONS = TypeAdapter(tuple[Annotation, ...])
_ATTRIBUTES = TypeAdapter(tuple[AttributeConsensus, ...])
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Rows:
    """What the stages know of some samples, each by its id."""

    samples: Mapping[str, Row]
    sources: Mapping[str, Row]
    jobs: Mapping[str, Row]
    forged: Mapping[str, Row]
    checked: Mapping[str, Row]
    judged: Mapping[str, Row]


def _load(run: Run, sample_ids: Sequence[str]) -> _Rows:
    wanted = set(sample_ids)
    samples = {r["sample_id"]: r for r in select.read_samples(run) if r["sample_id"] in wanted}
    fakes = [r for r in samples.values() if r["label"] == Label.FAKE]
    reals = [r for r in samples.values() if r["label"] == Label.REAL]
    places = {r["sample_id"]: r["part"] for r in fakes}
    origins = {r[column] for r in samples.values() for column in ("source_id", "second_id")}
    parts = forge.source_places(run)
    facts = {source_id: parts[source_id] for source_id in origins if source_id is not None}
    pictures = {r["sample_id"]: r["part"] for r in reals}
    light = _rows(run, sources.NAME, sources.TABLE, "source_id", facts, ("source",))
    heavy = _rows(
        run,
        sources.NAME,
        sources.TABLE,
        "source_id",
        pictures,
        ("source", "quality", "fingerprint", "image"),
    )
    jobs = plan.read_plan(run).jobs.to_pylist()
    return _Rows(
        samples=samples,
        sources=light | heavy,
        jobs={row["job_id"]: row for row in jobs if row["job_id"] in wanted},
        forged=_rows(run, forge.NAME, forge.TABLE, "job_id", places),
        checked=_rows(run, curate.NAME, curate.TABLE, "job_id", places),
        judged=_rows(run, judge.NAME, judge.TABLE, "sample_id", dict.fromkeys(wanted, 0)),
    )


def _rows(
    run: Run,
    stage: str,
    table: str,
    key: str,
    places: Mapping[str, int],
    columns: Sequence[str] | None = None,
) -> dict[str, Row]:
    by_part: defaultdict[int, list[str]] = defaultdict(list)
    for row_id, part in places.items():
        by_part[part].append(row_id)
    found: dict[str, Row] = {}
    for part, ids in sorted(by_part.items()):
        rows = run.part(stage, part).select(table, key, ids, columns).to_pylist()
        found |= {row[key]: row for row in rows}
    return found


def records(run: Run, sample_ids: Sequence[str]) -> Iterator[Record]:
    """The records of these samples, in order; a re-encoded twin follows the picture it repeats."""
    rows = _load(run, sample_ids)
    for sample_id in sample_ids:
        sample = rows.samples[sample_id]
        record = _real(sample, rows) if sample["label"] == Label.REAL else _fake(sample, rows)
        yield from _encoded(run, record)


def _encoded(run: Run, record: Record) -> Iterator[Record]:
    for number, stored in enumerate(choose(run.recipe.codec, record.source_id, run.recipe.seed)):
        image, codec = encode(record.image, stored, record.codec)
        twin = {} if number == 0 else _twin(record, stored.format.lower())
        yield replace(record, image=image, codec=codec, **twin)


def _twin(record: Record, suffix: str) -> dict[str, Any]:
    return {"sample_id": f"{record.sample_id}-{suffix}", "twin_of": record.sample_id}


def _real(sample: Row, rows: _Rows) -> Record:
    row = rows.sources[sample["sample_id"]]
    return _record(sample, rows, row["image"], row["quality"], row["fingerprint"])


def _fake(sample: Row, rows: _Rows) -> Record:
    job = rows.jobs[sample["sample_id"]]
    forged = rows.forged[sample["sample_id"]]
    checked = rows.checked[sample["sample_id"]]
    base = _record(sample, rows, forged["image"], checked["quality"], checked["fingerprint"])
    origins = [base]
    if job["second_id"] is not None:
        donor = sources.parse_source(rows.sources[job["second_id"]]["source"])
        origins.append(replace(base, licence=donor.licence, attribution=donor.attribution))
    return replace(
        base,
        licence=" AND ".join(dict.fromkeys(origin.licence for origin in origins)),
        attribution="; ".join(dict.fromkeys(origin.attribution for origin in origins)),
        operation=job["operation"],
        generator=job["generator"],
        generator_family=load(job["generator"]).spec.family,
        generator_version=job["generator_version"],
        scope=Scope(forged["scope"]),
        mask_requested=forged["requested"],
        mask_applied=forged["applied"],
        mask_observed=checked["observed"],
        second_source_id=job["second_id"],
        prompt=job["prompt"],
        seed=job["seed"],
        parameters=forged["parameters"],
        width=checked["width"],
        height=checked["height"],
    )


def _record(sample: Row, rows: _Rows, image: bytes, quality: str, fingerprint: str) -> Record:
    source = sources.parse_source(rows.sources[sample["source_id"]]["source"])
    judged = rows.judged[sample["sample_id"]]
    domain = Domain(sample["domain"])
    return Record(
        sample_id=sample["sample_id"],
        image=image,
        label=Label(sample["label"]),
        domain=domain,
        operation=None,
        generator=None,
        generator_family=None,
        generator_version=None,
        scope=None,
        mask_requested=None,
        mask_applied=None,
        mask_observed=None,
        source_id=sample["source_id"],
        second_source_id=None,
        group_id=sample["group_id"],
        twin_of=None,
        prompt=None,
        seed=None,
        parameters=canonical_json({"origin": source.origin, "crop": source.crop}),
        width=source.width,
        height=source.height,
        codec=source.history,
        caption=judge.caption_of(domain, source.caption),
        annotations=_ANNOTATIONS.validate_json(judged["annotations"]),
        attributes=_ATTRIBUTES.validate_json(judged["attributes"]),
        reasoning=judged["reasoning"],
        quality=Quality(**json.loads(quality)),
        fingerprint=fingerprint,
        licence=source.licence,
        attribution=source.attribution,
    )


def _inputs(run: Run, index: int) -> object:
    shard = shard_plans(run)[index]
    samples = {row["sample_id"]: row for row in select.read_samples(run)}
    mine = [samples[sample_id] for sample_id in shard.sample_ids]
    real_parts = {row["source_part"] for row in mine}
    fake_parts = {row["part"] for row in mine if row["label"] == Label.FAKE}
    publish = run.recipe.publish
    return (
        asdict(shard),
        mine,
        run.recipe.codec.model_dump(mode="json"),
        (run.recipe.seed, publish.row_group_rows),
        run.manifest(judge.NAME).hashes(),
        [run.manifest(sources.NAME, part).hashes() for part in sorted(real_parts)],
        [run.manifest(forge.NAME, part).hashes() for part in sorted(fake_parts)],
        [run.manifest(curate.NAME, part).hashes() for part in sorted(fake_parts)],
    )


def _work(run: Run, index: int, previous: Part | None) -> Work:
    shard = shard_plans(run)[index]
    side: list[dict[str, Any]] = []
    path = run.part(NAME, index).table_path(SHARD)
    rows = _noting(records(run, shard.sample_ids), side)
    write_shard(path, rows, run.recipe.publish.row_group_rows)
    counts = Counts(len(side), len(side))
    return Work({SIDE: pa.Table.from_pylist(side, SIDE_SCHEMA)}, counts, (SHARD,))


def _noting(found: Iterable[Record], side: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Rows of a shard, with the side information of each noted on the way."""
    for record in found:
        side.append(
            {
                "sample_id": record.sample_id,
                "label": record.label.value,
                "group_id": record.group_id,
                "width": record.width,
                "height": record.height,
                "codec": canonical_json(asdict(record.codec)),
                "bytes": len(record.image),
            }
        )
        yield to_row(record)


PUBLISH = Stage(NAME, lambda run: len(shard_plans(run)), _inputs, _work)
