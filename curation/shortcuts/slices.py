"""The audit by domain and by generator, with a plain word where there is too little to tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from curation.shortcuts.classifiers import design
from curation.shortcuts.findings import feature_aucs, findings
from curation.shortcuts.measuring import Sample, measure
from curation.shortcuts.table import FeatureTable
from schemas.shortcuts import Slice

LEAST = 20
"""Fewer real ones, fakes or groups than this tell nothing."""
MOST = 1500
"""Rows of each label that the models of a slice see."""

_Rows = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class _Part:
    kind: str
    name: str
    rows: _Rows


def slices(table: FeatureTable, state: int) -> tuple[Slice, ...]:
    """Each domain, and each generator against the real pictures of its domains (all of them,
    where its domains are not known or have none). The rows are in an order as good as random.
    """
    parts = [*_domains(table), *_generators(table)]
    return tuple(_slice(table, part, len(parts), state) for part in parts)


def _domains(table: FeatureTable) -> Iterator[_Part]:
    if len(table.domain.kinds) > 1:
        for code, name in enumerate(table.domain.kinds):
            yield _Part("domain", name, np.flatnonzero(table.domain.codes == code))


def _generators(table: FeatureTable) -> Iterator[_Part]:
    for code, name in enumerate(table.generator.kinds):
        own = table.fake & (table.generator.codes == code)
        domains = np.unique(table.domain.codes[own])
        beside = ~table.fake
        if (domains >= 0).all():
            near = beside & np.isin(table.domain.codes, domains)
            beside = near if near.any() else beside
        if own.any():
            yield _Part("generator", name, np.flatnonzero(own | beside))


def _slice(table: FeatureTable, part: _Part, parts: int, state: int) -> Slice:
    fake = table.fake[part.rows]
    named = {"kind": part.kind, "name": part.name}
    counts = {
        "real": int((~fake).sum()),
        "fake": int(fake.sum()),
        "groups": int(np.unique(table.group[part.rows]).size),
    }
    if not counts["real"] or not counts["fake"]:
        note = "Only one of real and fake is here."
        return Slice(**named, **counts, estimate=None, note=note)
    if min(counts["real"], counts["fake"], counts["groups"]) < LEAST:
        note = f"Too few to tell: {LEAST} of each are the least, and {LEAST} groups."
        return Slice(**named, **counts, estimate=None, note=note)
    chosen = np.concatenate((part.rows[~fake][:MOST], part.rows[fake][:MOST]))
    own = table.take(np.sort(chosen))
    made = design(own.columns)
    sample = Sample.of(own.fake, own.group, state)
    if not made.names:
        return Slice(**named, **counts, estimate=None, note="All files are alike.")
    if not sample.splits:
        return Slice(
            **named, **counts, estimate=None, note="No held-out part holds both real and fake."
        )
    found = measure(made.matrix, sample).estimate
    found = found.model_copy(update={"p_value": min(1.0, found.p_value * parts)})
    tells = ""
    if found.p_value < 0.05 and found.auc > 0.55:
        leads = findings(own.columns, feature_aucs(made, sample), sample)
        tells = leads[0].title if leads else "several together"
    return Slice(**named, **counts, estimate=found, tells=tells)
