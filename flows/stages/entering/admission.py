"""Which forgeries may enter: not what was taken down, is licensed otherwise, or is held out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from curation.fingerprints.phash import from_hex
from curation.licences import forgery_licence, refusal
from curation.splitting import held_out
from flows.stages.entering.known import Known
from flows.stages.entering.screening import LICENCE, Refusal, buried, screen_benchmarks
from schemas.recipe import Recipe
from schemas.vocabulary import Label

Pair = tuple[Mapping[str, Any], Mapping[str, Any]]


def screen_forgeries(
    recipe: Recipe, forgeries: Sequence[Pair], known: Known
) -> tuple[dict[str, int], dict[str, Refusal]]:
    """How many forgeries stand in each benchmark, and which may not enter, by job id."""
    refused = _taken_down(recipe, forgeries, known) | _unwanted(recipe, forgeries, known)
    left = [(job, seen) for job, seen in forgeries if job["job_id"] not in refused]
    ids = [job["job_id"] for job, _ in left]
    prints = np.array([from_hex(seen["fingerprint"]) for _, seen in left], np.uint64)
    met, standing = screen_benchmarks(recipe, ids, prints)
    return met, refused | standing


def _taken_down(recipe: Recipe, forgeries: Sequence[Pair], known: Known) -> dict[str, Refusal]:
    rows = []
    for job, seen in forgeries:
        told = known.parameters[job["job_id"]]
        rows.append(
            {
                "sample_id": job["job_id"],
                "origin": job["item"],
                "attribution": told.get("attribution", ""),
                # What was made from a source goes with it, and only with it: it looks like it.
                "fingerprint": seen["fingerprint"] if job["source_id"] is None else None,
            }
        )
    return buried(recipe, rows, "sample_id")


def _unwanted(recipe: Recipe, forgeries: Sequence[Pair], known: Known) -> dict[str, Refusal]:
    wanted = recipe.publish.licences
    found: dict[str, Refusal] = {}
    for job, _ in forgeries if wanted else ():
        ids = [name for name in (job["source_id"], job["second_id"]) if name is not None]
        licences = [known.sources[name].licence for name in ids]
        licences = licences or [known.parameters[job["job_id"]].get("licence", "unknown")]
        licence = forgery_licence(licences, known.specs[job["entry"]].terms)
        if why := refusal(licence, wanted, changed=True):
            found[job["job_id"]] = Refusal(LICENCE, why)
    return found


def prove_held_out(rows: Sequence[Mapping[str, Any]], recipe: Recipe, known: Known) -> None:
    """Raise `DatasetError` if a forgery that the recipe holds out is not in the test split."""
    if not recipe.splits.hold_out:
        return
    made = []
    for row in rows:
        if row["label"] != Label.FAKE:
            continue
        spec = known.specs[row["entry"]]
        facts = (spec.name, spec.family, spec.autoencoder, spec.released, row["operation"])
        place = {"sample_id": row["sample_id"], "split": row["split"]}
        made.append(place | dict(zip(held_out.COLUMNS, facts, strict=True)))
    schema = pa.schema([(name, pa.string()) for name in ("sample_id", "split", *held_out.COLUMNS)])
    held_out.prove_held_out(pa.Table.from_pylist(made, schema), recipe.splits.hold_out)
