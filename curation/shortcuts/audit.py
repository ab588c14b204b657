"""The shortcut audit: can a classifier that never sees a picture tell the real from the fake?

Two small classifiers, one linear, one of boosted trees, learn from side information alone,
cross-validated by groups so that no photograph is on both sides. The better of the two is the
verdict; what chance reaches is given the same choice.

Side information is what a file tells without what it shows: container, size, encoding, metadata
and the traces of earlier saves. Colour and spectrum of the whole picture are measured beside it,
and never decide: a forgery may differ in them, and that may be what a detector should learn.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pyarrow as pa

from curation.shortcuts.catalogue import FEATURES
from curation.shortcuts.classifiers import design
from curation.shortcuts.findings import feature_aucs, findings, listed
from curation.shortcuts.measuring import Measured, Sample, columns_of, measure, tree_auc
from curation.shortcuts.pair_auc import Fold, mean_auc
from curation.shortcuts.sampling import drawn
from curation.shortcuts.side_information import SideInformation, side_table
from curation.shortcuts.slices import MOST, slices
from curation.shortcuts.table import FeatureTable, tabulate
from schemas.identity import derive_seed
from schemas.shortcuts import (
    PIXEL_FAMILIES,
    SIDE_FAMILIES,
    AuditReport,
    Estimate,
    Extreme,
    Family,
    FamilyAuc,
    FeatureAuc,
    Finding,
)

__all__ = ["AuditReport", "FeatureAuc", "audit"]

_MOST_ROWS = 8000
_FAMILY_ROWS = 3000
_TELLING = 0.55
_EXTREMES = 5


def audit(
    rows: Sequence[SideInformation] | pa.Table | FeatureTable,
    seed: int,
    *,
    limit: float = 0.6,
    families: Collection[Family] = SIDE_FAMILIES,
    statistics: bool = True,
    by_slice: bool = True,
) -> AuditReport:
    """Try to tell fake from real by side information alone. The order of rows does not matter.

    `rows`: side information, or the columns that `tabulate` takes. `families`: what counts as side
    information; the headline, its findings and the slices see nothing else. `statistics`: also
    measure the pixel families that are there and not among them. `limit` is noted in the report.

    A few seconds for 500 rows on one core. The models look at no more than 8,000 rows, drawn at
    random by their content, and at 1,500 of each label in a slice; so a million rows cost the time
    of their columns more. The same rows and seed give the same report.
    """
    if isinstance(rows, FeatureTable):
        table = rows
    else:
        table = tabulate(rows if isinstance(rows, pa.Table) else side_table(rows))
    state = derive_seed(seed, "shortcut audit") % 2**32
    counts = {
        "n_rows": table.fake.size,
        "n_fake": int(table.fake.sum()),
        "n_groups": int(np.unique(table.group).size),
        "limit": limit,
    }

    def nothing(note: str) -> AuditReport:
        return AuditReport(auc=0.5, low=0.5, high=0.5, note=note, **counts)

    if min(counts["n_fake"], counts["n_rows"] - counts["n_fake"]) == 0:
        return nothing("Only one of real and fake is there: nothing to tell apart.")
    wanted = table.of([*families, *(PIXEL_FAMILIES if statistics else ())])
    wanted = wanted.take(drawn(wanted, _MOST_ROWS, MOST, state))
    first = wanted.take(np.arange(min(_MOST_ROWS, wanted.fake.size)))
    sample = Sample.of(first.fake, first.group, state)
    pixels = first.of([family for family in PIXEL_FAMILIES if family not in families])
    told, shown = _statistics(pixels, sample)
    beside = {"statistics": told, "statistics_findings": shown}
    side = first.of(families)
    made = design(side.columns)
    if not made.names:
        note = "All files are alike in format, size and encoding: nothing to learn from."
        return nothing(note).model_copy(update=beside)
    if not sample.splits:
        if min(counts["n_groups"], counts["n_fake"], counts["n_rows"] - counts["n_fake"]) < 2:
            return nothing("Two groups, two reals and two fakes are the least that can be audited.")
        return nothing("No held-out part holds both real and fake: more groups are needed.")

    measured = measure(made.matrix, sample)
    alone = feature_aucs(made, sample)
    best = measured.estimate
    by_family = _families(side, state)
    named = findings(side.columns, alone, sample)
    if not named and best.auc > best.null:
        # Something tells, and nothing by itself does for sure: the best guess is the feature that
        # tells most in the family without which least is left.
        family = max(by_family, key=lambda one: (one.auc or 0.5) - (one.without or 0.5)).family
        guessed = {name: parts for name, parts in alone.items() if FEATURES[name].family is family}
        named = findings(side.columns, guessed, sample, 1)[:1]
    return AuditReport(
        auc=best.auc,
        low=best.low,
        high=best.high,
        null=best.null,
        p_value=best.p_value,
        pooled_auc=mean_auc([Fold.join(measured.scores)]),
        classifier=measured.classifier,
        classifiers=measured.classifiers,
        features=listed(alone),
        findings=named,
        families=by_family + (_families(pixels, state) if told else ()),
        slices=slices(wanted.of(families), state) if by_slice else (),
        extremes=_extremes(side, sample, measured),
        n_used=first.fake.size,
        **beside,
        **counts,
    )


def _statistics(table: FeatureTable, sample: Sample) -> tuple[Estimate | None, tuple[Finding, ...]]:
    made = design(table.columns)
    if not made.names or not sample.splits:
        return None, ()
    found = measure(made.matrix, sample).estimate
    return found, findings(table.columns, feature_aucs(made, sample), sample)


def _families(table: FeatureTable, state: int) -> tuple[FamilyAuc, ...]:
    """Each family by itself, and where it tells, what the others do without it."""
    own = table.take(np.arange(min(_FAMILY_ROWS, table.fake.size)))
    sample = Sample.of(own.fake, own.group, state)
    made = design(own.columns)
    family_of = {column.feature.name: column.feature.family for column in own.columns}
    found = []
    for family in dict.fromkeys(family_of.values()):
        names = [name for name in made.names if family_of[name] is family]
        others = [name for name in made.names if family_of[name] is not family]
        auc = without = None
        if names and sample.splits:
            auc = tree_auc(columns_of(made, names), sample)
            if auc > _TELLING:
                without = tree_auc(columns_of(made, others), sample)
        found.append(FamilyAuc(family=family, features=len(names), auc=auc, without=without))
    return tuple(found)


def _extremes(table: FeatureTable, sample: Sample, measured: Measured) -> tuple[Extreme, ...]:
    """The pictures that are most surely told for what they are, fakes first."""
    if table.keys is None:
        return ()
    rows = np.concatenate([test for _, test in sample.splits])
    joined = Fold.join(measured.scores)
    found: list[Extreme] = []
    for label, is_fake, sign in (("fake", True, -1.0), ("real", False, 1.0)):
        mine = [
            (sign * round(float(value), 6), str(table.keys[row]), round(float(value), 6))
            for row, value, fake in zip(rows, joined.scores, joined.fake, strict=True)
            if fake == is_fake and table.keys[row]
        ]
        found += [
            Extreme(key=key, label=label, score=value) for _, key, value in sorted(mine)[:_EXTREMES]
        ]
    return tuple(found)
