"""Toy pictures, their truth and toy texts about them, as the network takes them."""

from __future__ import annotations

from typing import Any

import numpy as np

from detector.model.config import DetectorConfig
from detector.model.inputs import join, picture_inputs, text_inputs, truth_inputs, visual_tokens
from detector.model.tiny import FAKE, IMAGE_TOKEN, INTRODUCTION, REAL, SEGMENTATION_TOKEN

Sizes = tuple[tuple[int, int], ...]
ANSWER = 7
"""Tokens of a toy answer."""


def examples(config: DetectorConfig, sizes: Sizes = ((56, 56),) * 4) -> list[dict[str, Any]]:
    """Every other picture is fake: noise with a noisier square, which its mask marks."""
    return [_example(config, i, *size) for i, size in enumerate(sizes)]


def questions(config: DetectorConfig, sizes: Sizes) -> list[dict[str, Any]]:
    """Pictures with questions of unequal lengths, without their answers and truths."""
    asked = []
    for i, one in enumerate(examples(config, sizes)):
        ids = one["input_ids"][: len(one["input_ids"]) - ANSWER].tolist()
        kept: dict[str, Any] = {
            name: one[name]
            for name in ("pixels", "windows", "tile", "size", "sam_pixels")
            if name in one
        }
        asked.append({**kept, **text_inputs([1] * i + ids)})
    return asked


def batch(config: DetectorConfig, sizes: Sizes = ((56, 56),) * 4) -> dict[str, Any]:
    """The examples joined."""
    return join(examples(config, sizes))


def _example(config: DetectorConfig, number: int, height: int, width: int) -> dict[str, Any]:
    rng = np.random.default_rng(number)
    fake = bool(number % 2)
    mask = np.zeros((height, width), np.bool_)
    if fake:
        mask[14 * (number % 3) : 14 * (number % 3) + 14, 14:42] = True
    noise = rng.normal(128, 20, (height, width, 3)) + mask[..., None] * rng.normal(
        0, 60, (height, width, 3)
    )
    picture = noise.clip(0, 255).astype(np.uint8)
    found = picture_inputs(picture, config) | truth_inputs(fake, mask, (height, width), config)
    if config.language is None:
        return found
    visual = visual_tokens(config, len(found["pixels"]))
    ids = [1] + [IMAGE_TOKEN] * visual + [5] * (number + 1)
    answer = [6, *INTRODUCTION, FAKE if fake else REAL, SEGMENTATION_TOKEN, 2]
    return found | text_inputs(ids + answer, [-100] * len(ids) + answer)
