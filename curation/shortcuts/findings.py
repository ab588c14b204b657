"""Which features give the forgeries away, each named once, and those that only repeat it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from curation.shortcuts.advice import remedy
from curation.shortcuts.catalogue import FEATURES, RANK
from curation.shortcuts.classifiers import Design
from curation.shortcuts.describing import describe_feature
from curation.shortcuts.measuring import Sample, alone, columns_of, single
from curation.shortcuts.pair_auc import Fold, mean_auc
from curation.shortcuts.table import Column
from schemas.shortcuts import Estimate, FeatureAuc, Finding

_TELLING = 0.54
_MORE = 0.55
_CANDIDATES = 16
_LEVEL_PAIRS = 200


def feature_aucs(made: Design, sample: Sample) -> dict[str, list[Fold]]:
    """Held-out scores of a shallow tree for each feature that varies, the most telling first.

    Of features that tell equally well, to a hundredth, the plainer comes first.
    """
    scored = {name: alone(columns_of(made, [name]), sample) for name in made.names}
    order = sorted(scored, key=lambda name: (-round(mean_auc(scored[name]), 2), RANK[name]))
    return {name: scored[name] for name in order}


def listed(scored: dict[str, list[Fold]]) -> tuple[FeatureAuc, ...]:
    """The features with their AUCs, in their order."""
    return tuple(
        FeatureAuc(name=name, auc=mean_auc(parts), family=FEATURES[name].family)
        for name, parts in scored.items()
    )


def findings(
    columns: Sequence[Column],
    scored: dict[str, list[Fold]],
    sample: Sample,
    trials: int | None = None,
) -> tuple[Finding, ...]:
    """The features that tell beyond chance in `trials` looks, as many as there are features.

    One that tells no more where those named before it are equal is listed with them as `also`: an
    EXIF block and the order of segments that it changes are one finding.
    """
    by_name = {column.feature.name: column for column in columns}
    leads: list[tuple[str, Estimate, list[str]]] = []
    for name in list(scored)[:_CANDIDATES]:
        found = single(scored[name], sample, trials or len(scored))
        if found.auc < _TELLING or found.auc <= found.null:
            continue
        if leads and not _tells_more(scored[name], [scored[lead] for lead, _, _ in leads]):
            _nearest(leads, name)[2].append(name)
        else:
            leads.append((name, found, []))
    return tuple(_finding(by_name, sample, *lead) for lead in leads)


def _tells_more(parts: Sequence[Fold], named: Sequence[Sequence[Fold]]) -> bool:
    """Whether scores still tell among pictures that the features named before score alike."""
    levels = []
    for number, part in enumerate(parts):
        before = np.stack([one[number].scores.round(9) for one in named])
        level = np.unique(before, axis=1, return_inverse=True)[1].ravel()
        for value in range(int(level.max()) + 1):
            chosen = level == value
            fake = part.fake[chosen]
            if fake.any() and not fake.all():
                levels.append(Fold(part.scores[chosen], fake, part.group[chosen]))
    pairs = sum(int(level.fake.sum()) * int((~level.fake).sum()) for level in levels)
    everything = sum(int(part.fake.sum()) * int((~part.fake).sum()) for part in parts)
    return pairs > max(_LEVEL_PAIRS, everything // 50) and mean_auc(levels) > _MORE


def _nearest(
    leads: list[tuple[str, Estimate, list[str]]], name: str
) -> tuple[str, Estimate, list[str]]:
    """The finding of its own family that a feature repeats, else the first."""
    family = FEATURES[name].family
    return next((lead for lead in leads if FEATURES[lead[0]].family is family), leads[0])


def _finding(
    columns: dict[str, Column], sample: Sample, name: str, found: Estimate, also: list[str]
) -> Finding:
    feature = FEATURES[name]
    told = describe_feature(columns[name], sample.fake)
    return Finding(
        feature=name,
        title=feature.title,
        family=feature.family,
        auc=found.auc,
        low=found.low,
        high=found.high,
        direction=told.direction,
        real=told.real,
        fake=told.fake,
        bars=told.bars,
        also=tuple(FEATURES[one].title for one in also),
        remedy=remedy(feature),
    )
