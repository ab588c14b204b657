"""A model that never looks at pixels: what it scores, a detector may owe to shortcuts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from detector.baselines.side_features import Features, side_features
from detector.baselines.training_set import Pictures, Progress, check_classes
from detector.evaluation.contract import Prediction, TestPicture

_MOST_WORDS = 64
_BATCH = 64


@dataclass(frozen=True, slots=True)
class Columns:
    """How features become numbers: the columns in order, and what their words are numbered by."""

    numbers: tuple[str, ...]
    words: tuple[tuple[str, tuple[str, ...]], ...]

    def matrix(self, rows: Sequence[Features]) -> npt.NDArray[np.float64]:
        """float64 (rows, columns), numbers first; NaN where a feature is absent or not known."""
        table = np.full((len(rows), len(self.numbers) + len(self.words)), np.nan)
        codes = [{word: code for code, word in enumerate(words)} for _, words in self.words]
        for line, row in zip(table, rows, strict=True):
            for column, name in enumerate(self.numbers):
                value = row.get(name)
                if isinstance(value, float):
                    line[column] = value
            for column, (name, _) in enumerate(self.words):
                line[len(self.numbers) + column] = codes[column].get(str(row.get(name)), np.nan)
        return table


def columns_of(rows: Sequence[Features]) -> Columns:
    """The columns of these rows, by name; of a column's words, the 64 that occur most."""
    numbers = {name for row in rows for name, value in row.items() if isinstance(value, float)}
    counts: dict[str, Counter[str]] = {}
    for row in rows:
        for name, value in row.items():
            if isinstance(value, str):
                counts.setdefault(name, Counter())[value] += 1
    words = []
    for name, seen in sorted(counts.items()):
        often = sorted(seen, key=lambda word: (-seen[word], word))
        words.append((name, tuple(often[:_MOST_WORDS])))
    return Columns(tuple(sorted(numbers)), tuple(words))


@dataclass(frozen=True, slots=True)
class SideInformation:
    """Boosted trees on side information, fitted."""

    name: str
    columns: Columns
    model: Any

    def predict(self, pictures: Iterable[TestPicture]) -> Iterator[Prediction]:
        """Answer from each picture's file and `side` alone; nothing is decoded."""
        from threadpoolctl import threadpool_limits

        stream = iter(pictures)
        # By the batch: waking threads for a single row takes far longer than the trees themselves.
        while batch := [side_features(picture) for picture in islice(stream, _BATCH)]:
            with threadpool_limits(limits=1):
                chances = self.model.predict_proba(self.columns.matrix(batch))[:, 1]
            yield from (Prediction(float(chance)) for chance in chances)


def fit_side_information(
    train: Pictures, *, name: str, seed: int = 0, progress: Progress | None = None
) -> SideInformation:
    """Fit gradient boosted trees (scikit-learn's histogram ones, which take absent values).

    The classes weigh the same whatever their shares, so that 0.5 lies midway. The trees are kept
    small (8 leaves of at least 20 pictures, 60 rounds): shortcuts are simple. Equal pictures and
    seeds give equal models. Raises `DatasetError`.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    rows, fake = [], []
    for picture in train():
        rows.append(side_features(picture))
        fake.append(picture.fake)
    check_classes(len(fake) - sum(fake), sum(fake))
    columns = columns_of(rows)
    model = HistGradientBoostingClassifier(
        max_iter=60,
        max_leaf_nodes=8,
        min_samples_leaf=min(20, max(2, len(rows) // 10)),
        l2_regularization=1.0,
        class_weight="balanced",
        categorical_features=range(len(columns.numbers), len(columns.numbers) + len(columns.words)),
        early_stopping=False,
        random_state=seed,
    )
    # Sums by several threads differ in their last bits with their number.
    with threadpool_limits(limits=1):
        model.fit(columns.matrix(rows), fake)
    if progress is not None:
        progress(1, 1)
    return SideInformation(name, columns, model)
