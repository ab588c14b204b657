"""Samples as raters are shown them: the very bytes that will be published, and the change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from curation.codecs.chain import apply_chain
from flows.run import Run
from flows.stages import curate, forge, select, sources
from flows.stages.entering.chaining import read_chains
from flows.stages.rows_by_id import Row, rows_of
from schemas.vocabulary import Label

_AT_ONCE = 64
"""Pictures that are read together."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An encoded picture and the one-bit PNG of what differs from its source, if anything may."""

    sample_id: str
    image: bytes
    width: int
    height: int
    observed: bytes | None = None


def shown(run: Run, sample_ids: Sequence[str]) -> Iterator[Shown]:
    """These samples, in order; of re-encoded twins the first."""
    wanted = set(sample_ids)
    samples = {r["sample_id"]: r for r in select.read_samples(run) if r["sample_id"] in wanted}
    for start in range(0, len(sample_ids), _AT_ONCE):
        yield from _some(run, [samples[i] for i in sample_ids[start : start + _AT_ONCE]])


def _some(run: Run, samples: Sequence[Row]) -> Iterator[Shown]:
    reals = {r["sample_id"]: r["part"] for r in samples if r["label"] == Label.REAL}
    fakes = {r["sample_id"]: r["part"] for r in samples if r["label"] == Label.FAKE}
    columns = ("source_id", "image")
    authentic = rows_of(run, sources.NAME, sources.TABLE, "source_id", reals, columns)
    forged = rows_of(run, forge.NAME, forge.TABLE, "job_id", fakes, ("job_id", "image"))
    checks = ("job_id", "observed")
    checked = rows_of(run, curate.NAME, curate.TABLE, "job_id", fakes, checks)
    for sample in samples:
        sample_id = sample["sample_id"]
        if sample_id in reals:
            image, observed = authentic[sample_id]["image"], None
        else:
            image, observed = forged[sample_id]["image"], checked[sample_id]["observed"]
        applied = apply_chain(read_chains(sample)[0], image, {"observed": observed})
        yield Shown(
            sample_id,
            applied.image,
            applied.width,
            applied.height,
            applied.masks["observed"],
        )
