"""The linear head of a probe: logistic regression, whose regularisation the groups choose."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from detector.probes.contract import Features

STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1)
"""Inverse regularisation (scikit-learn's C) that the choice is from, strongest first."""
FOLDS = 3
_UNCHOSEN = 1e-3
_CLIP = 8.0
"""Standard deviations beyond which a feature says no more: one odd picture must not decide."""
_Bools = npt.NDArray[np.bool_]
_Probabilities = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Head:
    """What has been learnt. `strength`: the inverse regularisation that was chosen."""

    mean: npt.NDArray[np.float32]
    scale: npt.NDArray[np.float32]
    weights: npt.NDArray[np.float32]
    bias: float
    strength: float

    def probability(self, features: Features) -> _Probabilities:
        """P(fake), float64 (n,) in 0..1, of features (n, d); as if half of all were fake."""
        normal = _standardised(features, self.mean, self.scale)
        logit = (normal @ self.weights).astype(np.float64) + self.bias
        return 0.5 * (1 + np.tanh(logit / 2))


def fit_head(
    features: Features,
    fake: _Bools,
    group: npt.NDArray[np.intp],
    seed: int,
    strengths: tuple[float, ...] = STRENGTHS,
) -> Head:
    """Learn to tell `fake` (n,) by standardised `features` (n, d); both classes weigh as much.

    The L2 regularisation is that of `strengths` with the least log loss on held-out `group`s (n,),
    in `FOLDS` folds that follow from `seed`; 1e-3 where groups are too few to hold any out.
    Raises ValueError unless there are both classes.
    """
    from threadpoolctl import threadpool_limits

    if fake.all() or not fake.any():
        raise ValueError("a probe learns from real and fake pictures: give it both")
    # Problems this small are shared between threads at a loss, on a busy machine a great one.
    with threadpool_limits(1):
        return _learnt(features, fake, group, seed, strengths)


def _learnt(
    features: Features,
    fake: _Bools,
    group: npt.NDArray[np.intp],
    seed: int,
    strengths: tuple[float, ...],
) -> Head:
    mean = features.mean(axis=0)
    deviation = features.std(axis=0)
    scale = np.where(deviation > 1e-6, deviation, np.float32(np.inf)).astype(np.float32)
    normal = _standardised(features, mean, scale)
    turned, axes = _rotated(normal)
    strength = _chosen(turned, fake, group, seed, strengths)
    model = _fit(turned, fake, strength)
    weights = model.coef_[0] if axes is None else axes @ model.coef_[0]
    return Head(mean, scale, weights.astype(np.float32), float(model.intercept_[0]), strength)


def _standardised(
    features: Features, mean: npt.NDArray[np.float32], scale: npt.NDArray[np.float32]
) -> Features:
    normal: Features = np.clip((features - mean) / scale, -_CLIP, _CLIP)
    return normal


def _rotated(normal: Features) -> tuple[Features, npt.NDArray[np.float32] | None]:
    """With fewer pictures than features, the same pictures by their own axes, and these (d, n).

    An L2-regularised solution lies in the span of what was learnt from, so that nothing is lost
    (Hastie and Tibshirani, "Efficient quadratic regularization for expression arrays", 2004).
    """
    if normal.shape[0] >= normal.shape[1]:
        return normal, None
    gram = normal.astype(np.float64) @ normal.T.astype(np.float64)
    values, vectors = np.linalg.eigh(gram)
    kept = values > values[-1] * 1e-8
    lengths = np.sqrt(values[kept])
    axes = normal.T.astype(np.float64) @ (vectors[:, kept] / lengths)
    return (vectors[:, kept] * lengths).astype(np.float32), axes.astype(np.float32)


def _chosen(
    normal: Features,
    fake: _Bools,
    group: npt.NDArray[np.intp],
    seed: int,
    strengths: tuple[float, ...],
) -> float:
    if len(strengths) == 1:
        return strengths[0]
    held = _folds(group, seed)
    losses = np.zeros(len(strengths))
    counted = 0
    for fold in range(FOLDS):
        learnt, asked = held != fold, held == fold
        if len(set(fake[learnt])) < 2 or not asked.any():
            continue
        counted += 1
        model = None
        weight = _weights(fake[asked])
        for place, strength in enumerate(strengths):
            model = _fit(normal[learnt], fake[learnt], strength, model)
            logit = normal[asked] @ model.coef_[0] + model.intercept_[0]
            loss = np.logaddexp(0, np.where(fake[asked], -logit, logit))
            losses[place] += float((loss * weight).mean())
    return strengths[int(losses.argmin())] if counted else _UNCHOSEN


def _folds(group: npt.NDArray[np.intp], seed: int) -> npt.NDArray[np.intp]:
    """The fold of each picture: groups in a drawn order, each into the emptiest fold."""
    names, number, sizes = np.unique(group, return_inverse=True, return_counts=True)
    order = np.random.default_rng(seed).permutation(len(names))
    fold = np.zeros(len(names), np.intp)
    filled = np.zeros(FOLDS, np.int64)
    for name in order[np.argsort(-sizes[order], kind="stable")]:
        fold[name] = filled.argmin()
        filled[fold[name]] += sizes[name]
    return fold[number] if len(names) >= FOLDS else np.full(len(group), -1, np.intp)


def _weights(fake: _Bools) -> npt.NDArray[np.float64]:
    """Weights (n,) with which both classes, where both occur, weigh as much; their mean is 1."""
    share = float(fake.mean())
    if share in (0.0, 1.0):
        return np.ones(len(fake))
    return np.where(fake, 0.5 / share, 0.5 / (1 - share))


def _fit(normal: Features, fake: _Bools, strength: float, start: Any = None) -> Any:
    """scikit-learn's model, started where `start` ended."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=strength, warm_start=True, max_iter=300, tol=1e-3)
    if start is not None:
        model.coef_, model.intercept_ = start.coef_.copy(), start.intercept_.copy()
        model.classes_ = start.classes_
    with warnings.catch_warnings():
        # Weakly regularised fits of separable pictures grow for ever; any of them ranks as well.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(normal, fake, sample_weight=_weights(fake))
    return model
