"""A published set, a benchmark and predictors that are small enough to know by heart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from detector.evaluation.contract import Prediction, TestPicture
from schemas.features import IMAGE_COLUMNS
from storage.codecs import encode_jpeg, encode_png
from storage.masks import encode_mask
from storage.published import PublishedSet
from storage.reading import UnreadablePicture, read_picture
from tests.published_sets import publish

CHAIN = (
    "<SUMMARY>I look.</SUMMARY><CAPTION>A picture.</CAPTION><REASONING>From low-level perspective: "
    "{name}: {said} From high-level perspective: Nothing was established.</REASONING>"
    "<CONCLUSION>This image is {word}.</CONCLUSION>"
)
OPERATIONS = (None, "splice", None, "copy_move", None, "reconstruct")
SIDE = 32


def chain(fake: bool, said: str = "The edge is sharp.") -> str:
    """What raters wrote of a picture."""
    name = "Irregular Image Edges" if fake else "Smooth and Natural Image Edges"
    return CHAIN.format(name=name, said=said, word="fake" if fake else "real")


def forged() -> np.ndarray[Any, np.dtype[np.bool_]]:
    """The forged quarter of every forgery that has a mask."""
    mask = np.zeros((SIDE, SIDE), np.bool_)
    mask[: SIDE // 2, : SIDE // 2] = True
    return mask


def row_of(number: int) -> dict[str, Any]:
    """Row `number` of a set: three labels in turn; forgeries are brighter; two share a group."""
    rng = np.random.default_rng([3, number])
    operation = OPERATIONS[number % len(OPERATIONS)]
    pixels = rng.integers(0, 120, (SIDE, SIDE, 3), np.uint8)
    row: dict[str, Any] = dict.fromkeys(IMAGE_COLUMNS)
    if operation:
        pixels[forged()] += np.uint8(120)
    data = encode_png(pixels) if number % 2 else encode_jpeg(pixels, 92, "4:4:4")
    verdict = "present" if operation else "absent"
    row |= {
        "sample_id": f"s{number:04d}",
        "image": {"bytes": b"torn" if number == 7 else data, "path": None},
        "label": int(operation is not None),
        "domain": "aigc" if operation == "reconstruct" else "natural",
        "operation": operation,
        "generator": operation,
        "group_id": f"g{number // 2}",
        "width": SIDE,
        "height": SIDE,
        "reasoning": chain(operation is not None),
        "attributes": [
            {"attribute": "edges", "verdict": verdict, "rows": [], "basis": "machines"},
            {"attribute": "lighting", "verdict": "unsure", "rows": [], "basis": "nobody"},
        ],
    }
    if operation and operation != "reconstruct":
        row["mask_applied"] = {"bytes": encode_mask(forged()), "path": None}
    return row


def published_set(folder: Path, counts: dict[str, int] | None = None) -> PublishedSet:
    """A set of `counts` rows by split."""
    first, parts = 0, []
    for split, count in (counts or {"train": 48, "test": 24}).items():
        parts.append((split, map(row_of, range(first, first + count))))
        first += count
    return publish(folder, parts, 5)


class Bright:
    """Says fake where a picture is bright, and points at its bright pixels. Counts its questions.

    `dies`: after so many answers it raises, as a machine does that is switched off.
    """

    name = "bright"

    def __init__(self, texts: bool = True, dies: int | None = None) -> None:
        self.texts = texts
        self.dies = dies
        self.asked: list[str] = []

    def predict(self, pictures: Iterable[TestPicture]) -> Iterator[Prediction]:
        for picture in pictures:
            self.asked.append(picture.key)
            if self.dies is not None and len(self.asked) > self.dies:
                raise KeyboardInterrupt
            try:
                pixels = read_picture(picture.encoded)[0].astype(np.float32)
            except UnreadablePicture as error:
                yield Prediction(None, problem=str(error))
                continue
            chance = float(np.clip(pixels.mean() / 150, 0, 1))
            bright = np.asarray((pixels.mean(axis=2) / 255).clip(0, 1), np.float32)
            text = chain(chance >= 0.5) if self.texts else None
            yield Prediction(chance, text, bright)
