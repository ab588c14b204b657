"""Gives a smooth fill the grain of its surroundings."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from schemas.picture import Mask, Pixels

_CALM = 0.5
_LEAST = 64


def add_grain(
    image: Pixels, where: Mask, reference: Pixels, around: Mask, rng: np.random.Generator
) -> tuple[Pixels, float]:
    """Add noise to `image` inside `where`, as strong and as fine as in `reference` at `around`.

    Both pictures are uint8 RGB of one size. Returns a new picture, equal outside `where`, and the
    standard deviation of the noise in grey levels, 0 where there was too little to measure it on.
    Noise is measured on the calmer half of `around`, because texture is no noise; its fineness is
    the correlation of neighbouring pixels there.
    """
    if int(around.sum()) < _LEAST:
        return image.copy(), 0.0
    residual = _residual(reference)
    calm = around & (_activity(reference) <= np.quantile(_activity(reference)[around], _CALM))
    sigma = np.array([1.4826 * np.median(np.abs(residual[..., c][calm])) for c in range(3)])
    pairs = calm[:, 1:] & calm[:, :-1]
    likeness = _correlation(residual[:, 1:, 1][pairs], residual[:, :-1, 1][pairs])
    noise = rng.standard_normal((*where.shape, 3)).astype(np.float32)
    if likeness > 0.1:
        noise = np.asarray(cv2.GaussianBlur(noise, (0, 0), 0.35 + 0.5 * likeness), np.float32)
        noise /= noise.std()
    shared = rng.standard_normal(where.shape).astype(np.float32)[..., None]
    noise = (0.8 * noise + 0.6 * shared) * sigma.astype(np.float32)
    grained = image.copy()
    values = image[where].astype(np.float32) + noise[where]
    grained[where] = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return grained, float(sigma.mean())


def _residual(pixels: Pixels) -> npt.NDArray[np.float32]:
    plain = pixels.astype(np.float32)
    # A residual of a 3 by 3 mean holds 8/9 of white noise's variance.
    return np.asarray((plain - cv2.blur(plain, (3, 3))) * np.sqrt(9 / 8), np.float32)


def _activity(pixels: Pixels) -> npt.NDArray[np.float32]:
    grey = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY).astype(np.float32)
    smooth = cv2.blur(grey, (5, 5))
    return np.asarray(cv2.blur(np.abs(grey - smooth), (7, 7)), np.float32)


def _correlation(one: npt.NDArray[np.float32], other: npt.NDArray[np.float32]) -> float:
    if one.size < _LEAST or one.std() < 1e-3 or other.std() < 1e-3:
        return 0.0
    return float(np.clip(np.corrcoef(one, other)[0, 1], 0.0, 0.9))
