"""Stage 8: join everything by sample id into records, and write them as shards."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any

from curation.contamination.canary import canary
from curation.shortcuts.file_features import file_features
from curation.shortcuts.side_information import SideInformation, side_table
from flows.run import Run
from flows.stages import curate, forge, select, sources, weigh
from flows.stages.entering.chaining import read_chains
from flows.stages.publishing.encoding import through
from flows.stages.publishing.joining import Joined, join
from flows.stages.publishing.layout import shard_plans
from flows.stages.rows_by_id import Row
from flows.stages.stage import Stage, Work
from generators.planning.entries import entry_spec
from schemas.features import to_row
from schemas.identity import canonical_json
from schemas.picture import Codec
from schemas.record import Quality, Record
from schemas.shortcuts import PIXEL_FAMILIES
from schemas.vocabulary import Domain, Label, Scope
from storage.parts import Counts, Part
from storage.shards import write_shard

NAME = "publish"
SHARD = "shard"
SIDE = "side"


def records(run: Run, sample_ids: Sequence[str]) -> Iterator[Record]:
    """The records of these samples, in order; a re-encoded twin follows the picture it repeats."""
    rows = join(run, sample_ids)
    for sample_id in sample_ids:
        sample = rows.samples[sample_id]
        record = _real(sample, rows) if sample["label"] == Label.REAL else _fake(sample, rows)
        for number, chain in enumerate(read_chains(sample)):
            stored = through(chain, record)
            yield stored if number == 0 else _twin(stored, chain.stored.format.lower())


def _twin(record: Record, suffix: str) -> Record:
    sample_id = f"{record.sample_id}-{suffix}"
    return replace(record, sample_id=sample_id, twin_of=record.sample_id)


def _real(sample: Row, rows: Joined) -> Record:
    row = rows.sources[sample["sample_id"]]
    return _record(sample, rows, row["image"], row["quality"], row["fingerprint"])


def _fake(sample: Row, rows: Joined) -> Record:
    job = rows.jobs[sample["sample_id"]]
    forged = rows.forged[sample["sample_id"]]
    checked = rows.checked[sample["sample_id"]]
    spec = rows.specs[sample["entry"]]
    base = _record(sample, rows, forged["image"], checked["quality"], checked["fingerprint"])
    ids = [source_id for source_id in (job["source_id"], job["second_id"]) if source_id]
    origins = [sources.parse_source(rows.sources[source_id]["source"]) for source_id in ids]
    parameters = json.loads(forged["parameters"])
    # What an import knows of one picture's licence stands in its parameters.
    licences = [origin.licence for origin in origins] or [parameters.get("licence", "unknown")]
    names = [origin.attribution for origin in origins] or [parameters.get("attribution", "")]
    return replace(
        base,
        licence=" AND ".join(dict.fromkeys(licences)),
        attribution="; ".join(dict.fromkeys(names)),
        operation=job["operation"],
        generator=job["generator"],
        generator_family=spec.family,
        generator_version=job["generator_version"],
        generator_model=spec.model or None,
        generator_autoencoder=spec.autoencoder or None,
        generator_released=spec.released or None,
        generator_terms=spec.terms,
        scope=Scope(forged["scope"]),
        twin_of=sample["twin_of"],
        mask_requested=checked["requested"],
        mask_applied=checked["applied"],
        mask_observed=checked["observed"],
        second_source_id=job["second_id"],
        prompt=forged["prompt"],
        seed=job["seed"],
        parameters=forged["parameters"],
        width=checked["width"],
        height=checked["height"],
    )


def _record(sample: Row, rows: Joined, image: bytes, quality: str, fingerprint: str) -> Record:
    """What is said of real pictures and forgeries alike."""
    agreed = rows.agreed[sample["sample_id"]]
    domain = Domain(sample["domain"])
    source = None
    if sample["source_id"] is not None:
        source = sources.parse_source(rows.sources[sample["source_id"]]["source"])
    return Record(
        sample_id=sample["sample_id"],
        image=image,
        label=Label(sample["label"]),
        domain=domain,
        operation=None,
        generator=None,
        generator_family=None,
        generator_version=None,
        generator_model=None,
        generator_autoencoder=None,
        generator_released=None,
        generator_terms=None,
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
        parameters=canonical_json({"origin": source.origin, "crop": source.crop} if source else {}),
        width=source.width if source else 0,
        height=source.height if source else 0,
        codec=source.history if source else Codec("PNG"),
        caption=agreed["caption"],
        annotations=rows.judged.get(sample["sample_id"], ()),
        attributes=weigh.parse_attributes(agreed["attributes"]),
        whole=weigh.parse_whole(agreed["whole"]),
        reasoning=agreed["reasoning"],
        quality=Quality(**json.loads(quality)),
        fingerprint=fingerprint,
        licence=source.licence if source else "",
        attribution=source.attribution if source else "",
    )


def _inputs(run: Run, index: int) -> object:
    shard = shard_plans(run)[index]
    samples = {row["sample_id"]: row for row in select.read_samples(run)}
    mine = [samples[sample_id] for sample_id in shard.sample_ids]
    real_parts = {row["source_part"] for row in mine if row["source_part"] is not None}
    fake_parts = {row["part"] for row in mine if row["label"] == Label.FAKE}
    publish = run.recipe.publish
    entries = sorted({row["entry"] for row in mine if row["label"] == Label.FAKE})
    specs = [entry_spec(run.recipe.forge[entry]) for entry in entries]
    return (
        [(spec.family, spec.model, spec.autoencoder, spec.released, spec.terms) for spec in specs],
        asdict(shard),
        mine,
        run.recipe.codec.model_dump(mode="json"),
        (run.recipe.name, run.recipe.seed, publish.row_group_rows),
        run.recipe.audit.families,
        run.manifest(weigh.NAME).hashes(),
        [run.manifest(sources.NAME, part).hashes() for part in sorted(real_parts)],
        [run.manifest(forge.NAME, part).hashes() for part in sorted(fake_parts)],
        [run.manifest(curate.NAME, part).hashes() for part in sorted(fake_parts)],
    )


def _work(run: Run, index: int, previous: Part | None) -> Work:
    shard = shard_plans(run)[index]
    side: list[SideInformation] = []
    path = run.part(NAME, index).table_path(SHARD)
    rows = _noting(run, records(run, shard.sample_ids), side)
    line = canary(run.recipe.name, run.recipe.seed)
    write_shard(path, rows, run.recipe.publish.row_group_rows, line)
    counts = Counts(len(side), len(side))
    return Work({SIDE: side_table(side)}, counts, (SHARD,))


def _noting(
    run: Run, found: Iterable[Record], side: list[SideInformation]
) -> Iterator[dict[str, Any]]:
    """Rows of a shard, with the side information of each noted on the way."""
    audited = run.recipe.audit.families
    for record in found:
        side.append(
            SideInformation(
                record.label,
                record.group_id,
                record.codec,
                record.width,
                record.height,
                len(record.image),
                domain=record.domain,
                generator=record.generator or "",
                key=record.sample_id,
                features=file_features(record.image, (*audited, *PIXEL_FAMILIES)),
            )
        )
        yield to_row(record)


PUBLISH = Stage(NAME, lambda run: len(shard_plans(run)), _inputs, _work)
