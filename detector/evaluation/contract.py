"""What is measured and by whom: pictures with their truth, and whatever answers about them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from schemas.picture import Mask


@dataclass(frozen=True, slots=True)
class TestPicture:
    """A picture that detectors are asked about, and the truth that answers are held against.

    `key` is unique in its set. `encoded` is the file. `columns` holds what the pictures of a set
    are grouped by (`domain`, `operation`, `generator`, …), None where it does not apply. `group`:
    pictures that share one are not independent. `side`: what is known without looking, by column
    (`width`, `height`, `codec`, …). `mask` reads the truth, bool (height, width), None where
    there is none. `reasoning` is the chain of thought in MMFR's tags, "" where there is none.
    `findings`: a sentence by each attribute's name. `attributes`: whether the picture has each
    attribute's forged pole, None where nobody could say.
    """

    __test__ = False  # Not a test of pytest's, whatever its name begins with.

    key: str
    encoded: bytes
    fake: bool
    group: str
    columns: Mapping[str, str | None]
    side: Mapping[str, Any] = field(default_factory=dict)
    mask: Callable[[], Mask | None] = lambda: None
    reasoning: str = ""
    findings: Mapping[str, str | None] = field(default_factory=dict)
    attributes: Mapping[str, bool | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a detector says of one picture.

    `probability` 0..1 that it is fake, None where it gives none. `text`: what it wrote, None for
    a detector that writes nothing; the verdict of one that writes is read off its text. `mask`
    float32 (height, width) of the picture's own size, how sure it is of each pixel, 0..1.
    `problem`: a sentence that says why there is no answer, "" where there is one.
    """

    probability: float | None
    text: str | None = None
    mask: npt.NDArray[np.float32] | None = None
    problem: str = ""


class Predictor(Protocol):
    """A detector, a baseline, anything that answers."""

    @property
    def name(self) -> str:
        """What tables call it."""
        ...

    def predict(self, pictures: Iterable[TestPicture]) -> Iterator[Prediction]:
        """One prediction a picture, in order. It looks at `encoded` and `side`, never at truth."""
        ...
