"""What selecting needs to know of sources and forgeries besides their places and fingerprints."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flows.run import Run
from flows.stages import forge, sources
from generators.contract import GeneratorSpec
from generators.planning.entries import entry_spec
from schemas.picture import Source
from schemas.vocabulary import Status


@dataclass(frozen=True, slots=True)
class Known:
    """`sources`: those that stay, by id. `sizes`: (width, height) of forgeries, by job id.

    `scopes`, `parameters`: what the forge stage says of forgeries that passed the gate. `captions`:
    what each picture is about, by its sample id. `specs`: the generators, by entry.
    """

    sources: Mapping[str, Source]
    sizes: Mapping[str, tuple[int, int]]
    scopes: Mapping[str, str]
    parameters: Mapping[str, dict[str, Any]]
    captions: Mapping[str, str | None]
    specs: Mapping[int, GeneratorSpec]


def read_known(
    run: Run,
    kept: Sequence[Mapping[str, Any]],
    forgeries: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]],
) -> Known:
    """What the sources stage and the forge stage know of these sources, jobs and curated rows."""
    wanted = {row["source_id"] for row in kept}
    found: dict[str, Source] = {}
    for part in sorted({row["part"] for row in kept}):
        table = run.part(sources.NAME, part).read(sources.TABLE, ("source_id", "source"))
        for row in table.to_pylist():
            if row["source_id"] in wanted:
                found[row["source_id"]] = sources.parse_source(row["source"])
    made: dict[str, dict[str, Any]] = {}
    for part in sorted({job["part"] for job, _ in forgeries}):
        columns = ("job_id", "status", "scope", "parameters", "prompt")
        for row in run.part(forge.NAME, part).read(forge.TABLE, columns).to_pylist():
            if row["status"] == Status.OK:
                made[row["job_id"]] = row
    captions: dict[str, str | None] = {name: one.caption for name, one in found.items()}
    for job, _ in forgeries:
        own = captions.get(job["source_id"] or "")
        captions[job["job_id"]] = own if job["source_id"] else made[job["job_id"]]["prompt"]
    entries = {job["entry"] for job, _ in forgeries}
    return Known(
        found,
        {job["job_id"]: (seen["width"], seen["height"]) for job, seen in forgeries},
        {name: row["scope"] for name, row in made.items()},
        {name: json.loads(row["parameters"]) for name, row in made.items()},
        captions,
        {entry: entry_spec(run.recipe.forge[entry]) for entry in entries},
    )
