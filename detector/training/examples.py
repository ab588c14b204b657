"""Makes a row into what the network learns from, in a loader's worker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from detector.data.sample import Sample
from detector.model.config import DetectorConfig
from detector.model.inputs import (
    Example,
    join,
    picture_inputs,
    text_inputs,
    truth_inputs,
    visual_tokens,
)
from detector.text.dialogue import Dialogue
from detector.training.augmenting import augmented
from detector.training.recipe import Augmentation
from schemas.features import LABELS
from schemas.picture import Mask
from schemas.vocabulary import Label

REASONING = "reasoning"
FAKE = LABELS.index(Label.FAKE.value)


@dataclass(frozen=True, slots=True)
class Lesson:
    """A row as inputs and truth, augmented; a transform of `detector.data`.

    `mask`: the column of the mask that is taught. `dialogue` None for a detector without language.
    """

    config: DetectorConfig
    dialogue: Dialogue | None
    mask: str
    augmentation: Augmentation | None

    def __call__(self, sample: Sample, rng: np.random.Generator) -> Example:
        """The example of one row; all randomness is of `rng`."""
        fake = sample.values["label"] == FAKE
        pixels, mask = sample.image(), sample.mask(self.mask)
        if self.augmentation is not None:
            pixels, mask = augmented(pixels, mask, self.augmentation, rng)
        height, width = pixels.shape[:2]
        example = picture_inputs(pixels, self.config)
        example |= truth_inputs(fake, mask, (height, width), self.config)
        if self.dialogue is not None:
            answer = self.dialogue.answer_for(
                fake, sample.values.get(REASONING), mask is not None and bool(mask.any()), rng
            )
            visual = visual_tokens(self.config, len(example["pixels"]))
            example |= text_inputs(*self.dialogue.example(answer, visual, rng))
        return example


@dataclass(frozen=True, slots=True)
class Asked:
    """A picture as it is asked about, with the truth that the answer is held against.

    mask bool (height, width), None where it is unknown or nothing is forged. answer: what would be
    taught, None without language.
    """

    example: Example
    fake: bool
    mask: Mask | None
    answer: str | None


@dataclass(frozen=True, slots=True)
class Question:
    """A row as it is asked about in validation: unchanged, its answer left out of the inputs."""

    config: DetectorConfig
    dialogue: Dialogue | None
    mask: str

    def __call__(self, sample: Sample, rng: np.random.Generator) -> Asked:
        """The question about one row."""
        fake = sample.values["label"] == FAKE
        mask = sample.mask(self.mask)
        example = picture_inputs(sample.image(), self.config)
        answer = None
        if self.dialogue is not None:
            visual = visual_tokens(self.config, len(example["pixels"]))
            example |= text_inputs(self.dialogue.question(visual))
            marked = mask is not None and bool(mask.any())
            answer = self.dialogue.answer_for(fake, sample.values.get(REASONING), marked, rng)
        return Asked(example, fake, mask, answer)


def asked_together(asked: Sequence[Asked]) -> tuple[dict[str, Any], list[Asked]]:
    """Questions as one batch, padded on the left for writing, and their truths."""
    batch = join([one.example for one in asked], left=True)
    return batch, [Asked({}, one.fake, one.mask, one.answer) for one in asked]
