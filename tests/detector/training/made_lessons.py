"""A small published set that can be learnt: noisy pictures, forged ones with a bright patch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from schemas.features import IMAGE_COLUMNS
from storage.codecs import encode_png
from storage.masks import encode_mask
from storage.published import PublishedSet
from tests.published_sets import publish

SIDE = 56
OPERATIONS = ("splice", "copy_move", "inpaint_remove")
_PLACES = ("upper left", "upper right", "lower left", "lower right")
_LIGHTS = ("softly", "harshly", "evenly", "from above", "from behind")


def chain(number: int, fake: bool, rng: np.random.Generator) -> str:
    """A chain of thought in MMFR's tags, with numbers that only this picture has."""
    where = _PLACES[int(rng.integers(4))]
    light = _LIGHTS[int(rng.integers(5))]
    found = (
        f"Anomalous Image Texture: the {where} is {rng.integers(10, 99)} levels brighter."
        if fake
        else f"Natural and Consistent Image Texture: grain of {rng.integers(10, 99)} levels."
    )
    word = "fake" if fake else "real"
    return (
        f"<SUMMARY>I look at it.</SUMMARY><CAPTION>Noise number {number}, lit {light}.</CAPTION>"
        f"<REASONING>From low-level perspective: {found} From high-level perspective: Nothing was "
        f"established.</REASONING><CONCLUSION>This image is {word}.</CONCLUSION>"
    )


def made_row(number: int, reasoning: bool = True, masks: bool = True) -> dict[str, Any]:
    """Row `number`; every other one is a forgery with a mask."""
    rng = np.random.default_rng([11, number])
    fake = number % 2 == 1
    pixels = rng.integers(0, 120, (SIDE, SIDE, 3), np.uint8)
    mask = np.zeros((SIDE, SIDE), bool)
    row: dict[str, Any] = dict.fromkeys(IMAGE_COLUMNS)
    if fake:
        top, left = (int(one) for one in rng.integers(4, 26, 2))
        mask[top : top + 24, left : left + 24] = True
        pixels[mask] += 110
        if masks:
            row["mask_applied"] = {"bytes": encode_mask(mask), "path": None}
    return row | {
        "sample_id": f"s{number:04d}",
        "image": {"bytes": encode_png(pixels), "path": None},
        "label": int(fake),
        "domain": "natural",
        "operation": OPERATIONS[number // 2 % 3] if fake else None,
        "generator": "made" if fake else None,
        "width": SIDE,
        "height": SIDE,
        "reasoning": chain(number, fake, rng) if reasoning else "",
    }


def made_set(
    folder: Path,
    train: int = 24,
    validation: int = 8,
    reasoning: bool = True,
    masks: bool = True,
    label: int | None = None,
) -> PublishedSet:
    """A set of two splits, a validation split of 0 rows is none; of one `label` alone if given."""
    step, begin = (1, 0) if label is None else (2, label)
    first, parts = 0, []
    for split, count in (("train", train), ("validation", validation)):
        numbers = range(begin + step * first, begin + step * (first + count), step)
        if count:
            parts.append((split, [made_row(number, reasoning, masks) for number in numbers]))
        first += count
    return publish(folder, parts, 10)
