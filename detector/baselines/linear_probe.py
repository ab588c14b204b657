"""Baselines that only learn a linear layer: fixed features, and logistic regression upon them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from detector.baselines.features import KeptFeatures
from detector.baselines.training_set import Pictures, Progress, pixels_of, survey
from detector.evaluation.contract import Prediction, TestPicture
from detector.probes.contract import Extractor, Features
from detector.probes.head import Head, fit_head
from schemas.errors import DatasetError

STRENGTHS = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0)
"""Inverse strengths of the L2 penalty that the folds choose from, strongest penalty first."""


@dataclass(frozen=True, slots=True)
class LinearProbe:
    """Fixed features and a fitted linear layer."""

    name: str
    features: KeptFeatures
    head: Head

    def predict(self, pictures: Iterable[TestPicture]) -> Iterator[Prediction]:
        """The probability that each picture is fake; a problem for one that cannot be read."""
        for piece, vectors in self.features.pieces(pictures):
            readable = np.array(np.isfinite(vectors).all(axis=1))
            probability = np.full(len(piece), np.nan)
            if readable.any():
                probability[readable] = self.head.probability(vectors[readable])
            for picture, one, known in zip(piece, probability, readable, strict=True):
                yield Prediction(float(one)) if known else Prediction(None, problem=_why(picture))


def fit_linear_probe(
    train: Pictures,
    extractor: Extractor,
    *,
    name: str,
    seed: int = 0,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> LinearProbe:
    """Fit logistic regression to what `extractor` makes of the training pictures.

    Logistic regression, rather than the gradient descent of published code: the problem is convex,
    so there is one answer, without a schedule to choose or a moment to stop at. Features are
    standardised; the classes weigh the same whatever their shares, so that 0.5 lies midway; the L2
    penalty is the one with the least log loss on held-out groups. Raises `DatasetError`.
    """
    found = survey(train)
    total = found.real + found.fake
    features = KeptFeatures(extractor, cache)
    parts: list[Features] = []
    fake: list[bool] = []
    groups: list[str] = []
    for piece, vectors in features.pieces(train()):
        for picture in (piece[place] for place in np.flatnonzero(np.isnan(vectors).any(axis=1))):
            pixels_of(picture)  # Raises: it names the picture, and says what is wrong with it.
        parts.append(vectors)
        fake.extend(picture.fake for picture in piece)
        groups.extend(picture.group for picture in piece)
        if progress is not None:
            progress(len(fake), total)
    group = np.unique(np.array(groups), return_inverse=True)[1]
    # Sums by several threads differ in their last bits with their number.
    with threadpool_limits(limits=1):
        head = fit_head(np.concatenate(parts), np.array(fake), group, seed, STRENGTHS)
    return LinearProbe(name, features, head)


def _why(picture: TestPicture) -> str:
    try:
        pixels_of(picture)
    except DatasetError as error:
        return str(error)
    return f"the features of {picture.key} are no numbers"
