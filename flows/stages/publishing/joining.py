"""Joins what the stages know of some samples, each by its id, never by its position."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flows.run import Run
from flows.stages import curate, forge, plan, select, sources, weigh
from flows.stages.forging import job_parts
from flows.stages.rows_by_id import Row, rows_of
from generators.contract import GeneratorSpec
from generators.planning.entries import entry_spec
from schemas.annotation import Annotation
from schemas.vocabulary import Label


@dataclass(frozen=True, slots=True)
class Joined:
    """What the stages know of some samples, each by its id."""

    specs: Mapping[int, GeneratorSpec]
    samples: Mapping[str, Row]
    sources: Mapping[str, Row]
    jobs: Mapping[str, Row]
    forged: Mapping[str, Row]
    checked: Mapping[str, Row]
    agreed: Mapping[str, Row]
    judged: Mapping[str, tuple[Annotation, ...]]


def join(run: Run, sample_ids: Sequence[str]) -> Joined:
    """What the finished stages know of these samples, of their sources and of their jobs."""
    wanted = set(sample_ids)
    samples = {r["sample_id"]: r for r in select.read_samples(run) if r["sample_id"] in wanted}
    fakes = [r for r in samples.values() if r["label"] == Label.FAKE]
    reals = [r for r in samples.values() if r["label"] == Label.REAL]
    places = {r["sample_id"]: r["part"] for r in fakes}
    origins = {r[column] for r in samples.values() for column in ("source_id", "second_id")}
    parts = job_parts.source_places(run)
    facts = {source_id: parts[source_id] for source_id in origins if source_id is not None}
    pictures = {r["sample_id"]: r["part"] for r in reals}
    light = rows_of(run, sources.NAME, sources.TABLE, "source_id", facts, ("source",))
    heavy = rows_of(
        run,
        sources.NAME,
        sources.TABLE,
        "source_id",
        pictures,
        ("source", "quality", "fingerprint", "image"),
    )
    jobs = plan.read_plan(run).jobs.to_pylist()
    entries = {row["entry"] for row in fakes}
    return Joined(
        specs={entry: entry_spec(run.recipe.forge[entry]) for entry in entries},
        samples=samples,
        sources=light | heavy,
        jobs={row["job_id"]: row for row in jobs if row["job_id"] in wanted},
        forged=rows_of(run, forge.NAME, forge.TABLE, "job_id", places),
        checked=rows_of(run, curate.NAME, curate.TABLE, "job_id", places),
        agreed=rows_of(run, weigh.NAME, weigh.AGREED, "sample_id", dict.fromkeys(wanted, 0)),
        judged=weigh.read_rows(run, wanted),
    )
