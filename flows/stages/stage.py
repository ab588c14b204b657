"""What a stage is: how many parts it has, what each depends on, and how one is made."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from flows.run import Run, software
from schemas.identity import digest
from storage.parts import Counts, Part, PartManifest

OUTCOME = {"status": pa.string(), "reason": pa.string(), "detail": pa.string()}
"""The columns in which a row says how it ended; see `schemas.vocabulary.Status`."""


@dataclass(frozen=True, slots=True)
class Work:
    """What making a part gave: tables to write, names of tables already written, counts."""

    tables: Mapping[str, pa.Table]
    counts: Counts
    written: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the record's road.

    `count`: how many parts. `inputs`: all that a part's content depends on, as plain values; a
    part is made again exactly when this changes. `work`: makes the part; it is given the part as
    it stands where that belongs to the same inputs and holds failures to be tried again.
    """

    name: str
    count: Callable[[Run], int]
    inputs: Callable[[Run, int], object]
    work: Callable[[Run, int, Part | None], Work]


@dataclass(frozen=True, slots=True)
class Made:
    """A part that is done now. `skipped`: it was done before."""

    manifest: PartManifest = field()
    skipped: bool = False


def make_part(stage: Stage, run: Run, index: int) -> Made:
    """Make one part of a stage unless it is done already."""
    started = time.monotonic()
    part = run.part(stage.name, index)
    key = digest(stage.name, index, software(), stage.inputs(run, index))
    manifest = part.finished(key)
    if manifest is not None and manifest.counts.failed == 0:
        return Made(manifest, skipped=True)
    work = stage.work(run, index, part if manifest is not None else None)
    return Made(part.write(key, work.tables, work.counts, started, work.written))
