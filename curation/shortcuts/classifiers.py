"""Two small classifiers on columns of features, cross-validated so that no group is on both sides.

The AUC of one fold compares only pictures that the same fitted model scored. Pooling the folds'
scores would compare models with one another: a fold that lacks fakes is predicted by a model that
has seen more of them, so pooled AUCs of matched sets fall below 0.5. What counts is therefore the
mean over folds, weighted by the number of (fake, real) pairs in each. An AUC below 0.5 is reported
as it is: a model that is wrong on held-out groups betrays nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier
from threadpoolctl import threadpool_limits

from curation.shortcuts.pair_auc import Fold
from curation.shortcuts.table import Column

LINEAR = "logistic regression"
TREES = "gradient-boosted trees"

_FOLDS = 5
_LEAF = 5
_MOST_KINDS = 12

Matrix = npt.NDArray[np.float64]
Split = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]


@dataclass(frozen=True, slots=True)
class Design:
    """The columns that vary as a matrix (rows, columns), and which of them each feature has."""

    matrix: Matrix
    names: tuple[str, ...]
    places: tuple[tuple[int, ...], ...]


def design(columns: Sequence[Column]) -> Design:
    """Numbers stay as they are, NaN where absent; a category has a column for each common kind."""
    blocks: list[Matrix] = []
    names: list[str] = []
    places: list[tuple[int, ...]] = []
    for column in columns:
        varying = [block for block in _blocks(column) if _varies(block)]
        if varying:
            first = len(blocks)
            blocks.extend(varying)
            names.append(column.feature.name)
            places.append(tuple(range(first, len(blocks))))
    rows = columns[0].values.size if columns else 0
    matrix = np.column_stack(blocks) if blocks else np.empty((rows, 0))
    return Design(matrix, tuple(names), tuple(places))


def _blocks(column: Column) -> list[Matrix]:
    if not column.kinds:
        return [column.values]
    absent = np.isnan(column.values)
    codes = np.where(absent, len(column.kinds), column.values).astype(np.int64)
    counts = np.bincount(codes, minlength=len(column.kinds) + 1)
    common = np.argsort(-counts, kind="stable")[:_MOST_KINDS]
    return [(codes == code).astype(np.float64) for code in sorted(common) if counts[code]]


def _varies(values: Matrix) -> bool:
    known = values[~np.isnan(values)]
    return known.size > 0 and (known.size < values.size or bool(np.ptp(known) > 0))


def folds(
    fake: npt.NDArray[np.bool_], group: npt.NDArray[np.int64], state: int
) -> tuple[Split, ...]:
    """Train and test rows of up to 5 folds, of which each test part holds both labels.

    `group`: numbers from 0 up. Groups are dealt to the folds like cards, those with as many fakes
    and real ones in turn, so that the folds are stratified; a million rows take no loop.
    """
    rarer = int(min(fake.sum(), (~fake).sum()))
    if rarer < 2:
        return ()
    fakes, reals = np.bincount(group, fake), np.bincount(group, ~fake)
    number = min(_FOLDS, fakes.size, rarer)
    if number < 2:
        return ()
    shuffled = np.random.default_rng(state).permutation(fakes.size)
    order = np.lexsort((shuffled, -reals, -fakes))
    place = np.arange(order.size)
    # There and back again, so that the first fold does not get the largest of every round.
    turn, seat = np.divmod(place, number)
    fold = np.empty(order.size, np.int64)
    fold[order] = np.where(turn % 2 == 0, seat, number - 1 - seat)
    parts = []
    for one in range(number):
        held = fold[group] == one
        train, test = np.flatnonzero(~held), np.flatnonzero(held)
        if all(np.unique(fake[rows]).size == 2 for rows in (train, test)):
            parts.append((train, test))
    return tuple(parts)


def score(
    name: str,
    matrix: Matrix,
    fake: npt.NDArray[np.bool_],
    group: npt.NDArray[np.int64],
    splits: Sequence[Split],
    state: int,
) -> list[Fold]:
    """Held-out scores of the classifier `name`, fold by fold.

    One thread, because sums by several differ in their last bits with their number.
    """
    matrix = _ranked(matrix) if name == LINEAR else _filled(matrix)
    parts = []
    with threadpool_limits(limits=1):
        for train, test in splits:
            model = _makers(state)[name]().fit(matrix[train], fake[train])
            scores = model.predict_proba(matrix[test])[:, 1]
            parts.append(Fold(scores, fake[test], group[test]))
    return parts


STUMP = "shallow tree"


def _makers(state: int) -> dict[str, Callable[[], Any]]:
    return {
        LINEAR: lambda: LogisticRegression(max_iter=1000),
        TREES: lambda: HistGradientBoostingClassifier(
            max_iter=60,
            max_leaf_nodes=8,
            min_samples_leaf=_LEAF,
            learning_rate=0.1,
            l2_regularization=1.0,
            early_stopping=False,
            random_state=state,
        ),
        STUMP: lambda: DecisionTreeClassifier(
            max_depth=3, min_samples_leaf=_LEAF, random_state=state
        ),
    }


def _filled(matrix: Matrix) -> Matrix:
    """Absent values below all others: trees that are told of NaN refuse a fold of nothing else."""
    if not matrix.size:
        return matrix
    lowest = np.where(np.isnan(matrix), np.inf, matrix).min(axis=0)
    return np.where(np.isnan(matrix), np.where(np.isfinite(lowest), lowest, 0.0) - 1.0, matrix)


def _ranked(matrix: Matrix) -> Matrix:
    """Each column by ranks from -1 to 1, absent ones at 0 with a column that says so.

    Ranks, because a block of metadata is empty or has thousands of bytes. They know no labels.
    """
    absent = np.isnan(matrix)
    known = (~absent).sum(axis=0)
    ranks = rankdata(np.where(absent, np.inf, matrix), axis=0)
    scaled = np.where(absent, 0.0, 2 * (ranks - 0.5) / np.maximum(known, 1) - 1)
    return np.column_stack((scaled, absent[:, absent.any(axis=0)].astype(np.float64)))
