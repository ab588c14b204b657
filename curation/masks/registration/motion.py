"""Robust multiresolution estimation of the small motion that is left between two pictures."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import cv2
import numpy as np

from curation.masks.registration.transform import Floats, Matrix
from schemas.picture import Mask

_CUT = 4.685  # Tukey's constant: 95 % efficient where the noise is Gaussian
_CONVERGED = 0.02
# What editors do, as deviations of a prior, in shares of half the longer side: they shift, they
# zoom and turn a little, they hardly ever shear. It decides where the picture itself cannot.
_SHIFT, _ZOOM, _SHEAR = 0.1, 0.03, 0.004
# Neighbouring residuals are alike, so that many pixels count as one.
_CORRELATED = 25.0


class Model(IntEnum):
    """How many parameters the motion has."""

    TRANSLATION = 2
    SIMILARITY = 4
    AFFINE = 6


@dataclass(frozen=True, slots=True)
class Motion:
    """A motion, 3 by 3, from the frame of the one picture to that of the other.

    `error`: its standard error at the corners, px.
    """

    matrix: Matrix
    error: float


def structure(grey: Floats, shown: Mask, sigma: float = 4.0) -> Floats:
    """Local contrast: grey less its local mean, over its local deviation; about -3..3, 0 outside.

    The same whether a part of the picture is lighter, darker or of more contrast. Flat parts
    stay near 0, so that their noise does not count as structure.
    """
    weight = np.maximum(_blur(shown.astype(np.float32), sigma), 1e-3)
    mean = _blur(np.where(shown, grey, 0).astype(np.float32), sigma) / weight
    centred = np.where(shown, grey - mean, 0).astype(np.float32)
    spread = np.sqrt(_blur(centred * centred, sigma) / weight)
    return np.asarray(centred / (spread + 4), np.float32)


def refine(moving: Floats, fixed: Floats, shown: Mask, model: Model, rounds: int) -> Motion:
    """The motion that takes `moving` to `fixed`, both structure, where `shown` of `moving` is True.

    Iteratively reweighted Gauss-Newton with Tukey's biweight, so that what was edited has no say
    (Odobez and Bouthemy, "Robust Multiresolution Estimation of Parametric Motion Models", 1995).
    The gradient is the mean of both pictures', which converges faster (Malis, "Improving
    Vision-Based Control Using Efficient Second-Order Minimization Techniques", 2004).
    """
    height, width = fixed.shape
    reach = max(height, width) / 2
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    x, y = (columns - (width - 1) / 2) / reach, (rows - (height - 1) / 2) / reach
    to_unit = np.array(
        [
            [1 / reach, 0, -(width - 1) / 2 / reach],
            [0, 1 / reach, -(height - 1) / 2 / reach],
            [0, 0, 1],
        ]
    )
    total = np.eye(3)
    along, down = _gradient(fixed)
    error = np.inf
    for _ in range(rounds):
        warped = np.asarray(
            cv2.warpAffine(moving, total[:2], (width, height), flags=cv2.INTER_LINEAR), np.float32
        )
        seen = cv2.warpAffine(shown.astype(np.uint8), total[:2], (width, height), flags=0) > 0
        gx, gy = (
            (one + other) / 2 for one, other in zip((along, down), _gradient(warped), strict=True)
        )
        textured = seen & (gx * gx + gy * gy > 0.01)
        if int(textured.sum()) < 64:
            return Motion(total, np.inf)
        gx, gy, u, v = gx[textured], gy[textured], x[textured], y[textured]
        if model is Model.TRANSLATION:
            basis = [gx, gy]
        elif model is Model.SIMILARITY:
            basis = [gx, gy, gx * u + gy * v, gy * u - gx * v]
        else:
            basis = [gx, gy, gx * u, gx * v, gy * u, gy * v]
        design = np.stack([*basis, warped[textured]], axis=1)
        residual = (warped - fixed)[textured]
        scale = 1.4826 * float(np.median(np.abs(residual))) + 1e-3
        weight = np.maximum(1 - (residual / (_CUT * scale)) ** 2, 0) ** 2
        noise = _CORRELATED * float((weight * residual**2).sum() / max(weight.sum(), 1)) + 1e-6
        beliefs = _beliefs(model, reach)
        so_far = np.zeros(len(beliefs))
        so_far[2:-1] = _parameters(model, (total[:2, :2] - np.eye(2)) * reach)
        normal = ((design * weight[:, None]).T @ design).astype(np.float64) / noise + beliefs
        towards = (design.T @ (weight * residual)).astype(np.float64) / noise - beliefs @ so_far
        covariance = np.linalg.inv(normal)
        step = covariance @ towards
        update = np.eye(3)
        linear, shift = _parts(model, step)
        update[:2, :2] += linear / reach
        update[:2, 2] = shift
        # `linear` acts on centred units, the matrix on pixels.
        update[:2, 2] += linear @ to_unit[:2, 2]
        total = update @ total
        error = _corner_error(model, covariance)
        if np.abs(shift).sum() + np.abs(linear).sum() < _CONVERGED:
            break
    return Motion(total, error)


def _parts(model: Model, step: Matrix) -> tuple[Matrix, Matrix]:
    if model is Model.TRANSLATION:
        return np.zeros((2, 2)), step[:2]
    if model is Model.SIMILARITY:
        return np.array([[step[2], -step[3]], [step[3], step[2]]]), step[:2]
    return np.array([[step[2], step[3]], [step[4], step[5]]]), step[:2]


def _parameters(model: Model, linear: Matrix) -> Matrix:
    """The linear part as the parameters of `_parts`, without the shift."""
    if model is Model.TRANSLATION:
        return np.zeros(0)
    if model is Model.SIMILARITY:
        return np.array([linear[0, 0] + linear[1, 1], linear[1, 0] - linear[0, 1]]) / 2
    return linear.ravel()


def _beliefs(model: Model, reach: float) -> Matrix:
    """The precision of the prior; nothing is known of the last parameter, the gain."""
    precision = np.zeros((model + 1, model + 1))
    precision[[0, 1], [0, 1]] = 1 / (_SHIFT * reach) ** 2
    if model is Model.SIMILARITY:
        precision[[2, 3], [2, 3]] = 1 / (_ZOOM * reach) ** 2
    elif model is Model.AFFINE:
        zoom, turn = np.array([1, 0, 0, 1]) / 2, np.array([0, -1, 1, 0]) / 2
        stretch, shear = np.array([1, 0, 0, -1]) / 2, np.array([0, 1, 1, 0]) / 2
        for direction, deviation in (
            (zoom, _ZOOM),
            (turn, _ZOOM),
            (stretch, _SHEAR),
            (shear, _SHEAR),
        ):
            precision[2:6, 2:6] += np.outer(direction, direction) / (deviation * reach) ** 2
    precision[-1, -1] = 1e-6
    return precision


def _corner_error(model: Model, covariance: Matrix) -> float:
    worst = 0.0
    for u, v in ((-1, -1), (-1, 1), (1, -1), (1, 1)):
        if model is Model.TRANSLATION:
            jacobian = np.eye(2)
        elif model is Model.SIMILARITY:
            jacobian = np.array([[1, 0, u, -v], [0, 1, v, u]])
        else:
            jacobian = np.array([[1, 0, u, v, 0, 0], [0, 1, 0, 0, u, v]])
        n = jacobian.shape[1]
        spread = jacobian @ covariance[:n, :n] @ jacobian.T
        worst = max(worst, float(np.sqrt(np.trace(spread))))
    return worst


def _gradient(plane: Floats) -> tuple[Floats, Floats]:
    return (
        np.asarray(cv2.Scharr(plane, cv2.CV_32F, 1, 0, scale=1 / 32), np.float32),
        np.asarray(cv2.Scharr(plane, cv2.CV_32F, 0, 1, scale=1 / 32), np.float32),
    )


def _blur(plane: Floats, sigma: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma), np.float32)
