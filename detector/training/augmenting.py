"""Perturbs pictures on their way into training, as they will be met; masks move along."""

from __future__ import annotations

import numpy as np

from detector.perturbations.grid import PERTURBATIONS_BY_NAME
from detector.training.recipe import Augmentation
from schemas.picture import Mask, Pixels


def augmented(
    pixels: Pixels, mask: Mask | None, settings: Augmentation, rng: np.random.Generator
) -> tuple[Pixels, Mask | None]:
    """The picture and its mask, or what one perturbation at a level drawn by `rng` makes of them.

    Scales are drawn evenly by their logarithm, so that half and double are equally likely; the
    window of a blur is the odd number of pixels nearest below.
    """
    # Drawn whether or not it is used: what comes after does not depend on the probability.
    chosen, at, seed = rng.random(), rng.random(), int(rng.integers(2**31))
    number = int(rng.integers(max(1, len(settings.operations))))
    if not settings.operations or chosen >= settings.probability:
        return pixels, mask
    name, (least, greatest) = list(settings.operations.items())[number]
    one = PERTURBATIONS_BY_NAME[name]
    if name == "resize":
        level = float(np.exp(np.log(least) + at * (np.log(greatest) - np.log(least))))
    else:
        level = least + at * (greatest - least)
    if name == "gaussian_blur":
        level = 2 * int((level - 1) // 2) + 1
    changed = one.apply(pixels, level, seed)
    return changed, mask if mask is None or one.move is None else one.move(mask, level)
