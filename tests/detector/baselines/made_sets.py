"""Small sets whose forgeries are known to be told, or not, by each kind of trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import cv2
import numpy as np

from detector.evaluation.contract import Predictor, TestPicture
from schemas.picture import Pixels
from storage.codecs import encode_png

Maker = Callable[[Sequence[TestPicture]], Callable[[], Iterator[TestPicture]]]


def smooth_noise(rng: np.random.Generator, side: int, sigma: float = 0.8) -> Pixels:
    """Soft RGB noise with some grain, uint8 (side, side, 3)."""
    base = cv2.GaussianBlur(rng.normal(128, 90, (side, side, 3)), (0, 0), sigma)
    return np.clip(base + rng.normal(0, 3, base.shape), 0, 255).astype(np.uint8)


def upsampled(rng: np.random.Generator, side: int) -> Pixels:
    """The same noise at half the size, doubled as decoders of generators do, and as grainy."""
    small = smooth_noise(rng, side // 2)
    large = cv2.resize(small, (side, side), interpolation=cv2.INTER_LINEAR)
    return np.clip(large + rng.normal(0, 3, large.shape), 0, 255).astype(np.uint8)


def made_picture(number: int, fake: bool, encoded: bytes, pictures_a_group: int = 2) -> TestPicture:
    """A picture with the columns that every set has; its side information is left to its file."""
    return TestPicture(
        key=f"p{number:04d}",
        encoded=encoded,
        fake=fake,
        group=f"g{number // pictures_a_group:04d}",
        columns={"domain": "natural", "operation": "reconstruct" if fake else None},
    )


def upsampling_set(count: int, seed: int, fakes: float = 0.5, side: int = 96) -> list[TestPicture]:
    """PNGs of one size, of which this share is up-sampled, fakes first as sorted sets have it."""
    rng = np.random.default_rng(seed)
    border = round(count * fakes)
    return [
        made_picture(
            place,
            place < border,
            encode_png((upsampled if place < border else smooth_noise)(rng, side)),
        )
        for place in range(count)
    ]


def probabilities(fitted: Predictor, pictures: Sequence[TestPicture]) -> list[float]:
    """What is said of each picture; every one must have an answer."""
    said = []
    for answer in fitted.predict(pictures):
        assert answer.probability is not None, answer.problem
        said.append(answer.probability)
    return said
