"""The shortcut audit: can a classifier that never sees a picture tell the real from the fake?

Two small classifiers, one linear, one of trees, learn from side information alone, cross-validated
by groups so that no photograph is on both sides. The better of the two is the verdict; taking the
larger makes the audit a little too strict rather than too mild.

The AUC of one fold compares only pictures that the same fitted model scored. Pooling the folds'
scores would compare models with one another: a fold that lacks fakes is predicted by a model that
has seen more of them, so pooled AUCs of matched sets fall below 0.5. The headline is therefore the
mean over folds, weighted by the number of (fake, real) pairs in each; the pooled one stands beside
it. An AUC below 0.5 is reported as it is: a model that is wrong on held-out groups betrays nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from curation.shortcuts.pair_auc import Fold, interval, mean_auc
from curation.shortcuts.side_information import SideInformation, tabulate
from schemas.identity import derive_seed
from schemas.vocabulary import Label

_FOLDS = 5
_LEAF = 5
_TREE_ROWS = 2000

_Matrix = npt.NDArray[np.float64]
_Split = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]


@dataclass(frozen=True, slots=True)
class FeatureAuc:
    """What one property of the file betrays alone: the AUC of a shallow tree that sees only it."""

    name: str
    auc: float


@dataclass(frozen=True, slots=True)
class AuditReport:
    """The audit's verdict.

    `auc`: the headline, of `classifier`, the better of `classifiers` (name, AUC). `low`, `high`:
    its 95 % interval by bootstrap over groups, with the fitted models held fixed. `pooled_auc`:
    the same classifier's AUC over all folds' scores. `features`: the properties that vary, worst
    first. `note` says why there was nothing to measure (the AUC is then 0.5), else it is empty.
    """

    auc: float
    low: float
    high: float
    pooled_auc: float
    classifier: str
    classifiers: tuple[tuple[str, float], ...]
    features: tuple[FeatureAuc, ...]
    n_rows: int
    n_fake: int
    n_groups: int
    note: str = ""


def audit(rows: Sequence[SideInformation], seed: int) -> AuditReport:
    """Try to tell fake from real by side information alone. The order of rows does not matter.

    A few seconds for 500 rows on one core; trees look at no more than 2,000 rows each, so larger
    sets cost little more. The same rows and seed give the same report.
    """
    rows = sorted(rows, key=_order)
    fake = np.array([row.label == Label.FAKE for row in rows], np.bool_)
    names, group = np.unique([row.group for row in rows], return_inverse=True)
    rarer = int(min(fake.sum(), (~fake).sum()))
    folds = min(_FOLDS, names.size, rarer)

    def nothing(note: str) -> AuditReport:
        return AuditReport(
            0.5, 0.5, 0.5, 0.5, "none", (), (), len(rows), int(fake.sum()), names.size, note
        )

    if rarer == 0:
        return nothing("Only one of real and fake is there: nothing to tell apart.")
    matrix, attributes = tabulate(rows)
    if not attributes:
        return nothing("All files are alike in format, size and encoding: nothing to learn from.")
    if folds < 2:
        return nothing("Two groups, two reals and two fakes are the least that can be audited.")

    state = derive_seed(seed, "shortcut audit") % 2**32
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=state)
    splits = [
        (train, test)
        for train, test in splitter.split(matrix, fake, group)
        if np.unique(fake[train]).size == 2 and np.unique(fake[test]).size == 2
    ]
    if not splits:
        return nothing("No held-out part holds both real and fake: more groups are needed.")

    def logistic() -> Any:
        return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))

    def forest() -> Any:
        return RandomForestClassifier(
            n_estimators=100,
            min_samples_leaf=_LEAF,
            max_samples=_TREE_ROWS if len(rows) > 2 * _TREE_ROWS else None,
            random_state=state,
            n_jobs=1,
        )

    def tree() -> Any:
        return DecisionTreeClassifier(max_depth=3, min_samples_leaf=_LEAF, random_state=state)

    scored = {
        "logistic regression": _held_out(logistic, matrix, fake, group, splits),
        "random forest": _held_out(forest, matrix, fake, group, splits),
    }
    results = tuple((name, mean_auc(parts)) for name, parts in scored.items())
    best, auc = max(results, key=lambda result: result[1])
    low, high = interval(scored[best], names.size, np.random.default_rng(state))
    alone = [
        FeatureAuc(
            attribute.name,
            mean_auc(_held_out(tree, matrix[:, list(attribute.columns)], fake, group, splits)),
        )
        for attribute in attributes
    ]
    return AuditReport(
        auc=auc,
        low=low,
        high=high,
        pooled_auc=mean_auc([Fold.join(scored[best])]),
        classifier=best,
        classifiers=results,
        features=tuple(sorted(alone, key=lambda feature: (-feature.auc, feature.name))),
        n_rows=len(rows),
        n_fake=int(fake.sum()),
        n_groups=int(names.size),
    )


def _order(row: SideInformation) -> tuple[object, ...]:
    codec = row.codec
    quality = -1 if codec.quality is None else codec.quality
    encoding = (codec.format, quality, codec.subsampling or "", codec.saves)
    return (row.group, row.label, *encoding, row.width, row.height, row.bytes)


def _held_out(
    make: Callable[[], Any],
    matrix: _Matrix,
    fake: npt.NDArray[np.bool_],
    group: npt.NDArray[np.intp],
    splits: Sequence[_Split],
) -> list[Fold]:
    parts = []
    for train, test in splits:
        model = make().fit(matrix[train], fake[train])
        scores = model.predict_proba(matrix[test])[:, 1]
        parts.append(Fold(scores, fake[test], group[test]))
    return parts
