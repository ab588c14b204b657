"""How well the reasoning of answers agrees with that of the annotations, in two forms.

`paper_reasoning` does what MMFR's published code does, faults included; `reasoning` counts answers
without a reasoning as 0, keeps references in the order that answers are taught, compares without
the phrases that every answer has, and compares whole texts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from detector.metrics.answers import (
    findings,
    ordered_reference,
    paper_reference,
    read,
    read_paper,
    without_frame,
)
from detector.metrics.predictions import FAILED
from detector.metrics.similarity import TextEncoder, css, paper_css
from detector.metrics.text import bleu_1, rouge_l
from schemas.errors import DatasetError

_Compare = Callable[[Sequence[str], Sequence[str], TextEncoder], npt.NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Described:
    """An answer as it was written, and what is true of its picture.

    `findings`: a sentence by each attribute's name, None where there is none. `reference`: the true
    reasoning as a whole, where it was published; the corrected form compares with it rather than
    with the findings, so that saying of a level that nothing was found is right where it is.
    """

    answer: str
    findings: Mapping[str, str | None]
    reference: str | None = None

    @classmethod
    def published(cls, answer: str, chain: str) -> Self:
        """An answer beside the chain of thought of a shard's column `reasoning`.

        Raises `DatasetError` where that has no reasoning.
        """
        true = read(chain).reasoning
        if true is None:
            raise DatasetError(f"this chain of thought has no REASONING in it: {chain[:80]!r}")
        return cls(answer, findings(true), true)


@dataclass(frozen=True, slots=True)
class Reasoning:
    """Means over the `pictures` that are scored; None where there are none, or no encoder.

    `failures`: pictures whose answer could not be read. In the paper's form they are not among
    `pictures`; otherwise they are, at 0. `without_reference`: pictures without a single finding to
    compare with, which the corrected form leaves out and the paper's compares with nothing.
    """

    form: str
    pictures: int
    failures: int
    without_reference: int
    bleu_1: float | None
    rouge_l: float | None
    css: float | None


@dataclass(frozen=True, slots=True)
class Similarities:
    """One value a picture (n,), NaN where it is not scored; `css` None without an encoder."""

    bleu_1: npt.NDArray[np.float64]
    rouge_l: npt.NDArray[np.float64]
    css: npt.NDArray[np.float64] | None
    failed: npt.NDArray[np.bool_]
    without_reference: npt.NDArray[np.bool_]

    def means(self, form: str) -> Reasoning:
        """The means over the pictures that are scored."""
        scored = ~np.isnan(self.bleu_1)
        return Reasoning(
            form,
            int(scored.sum()),
            int(self.failed.sum()),
            int(self.without_reference.sum()),
            _mean(self.bleu_1[scored]),
            _mean(self.rouge_l[scored]),
            None if self.css is None else _mean(self.css[scored]),
        )


def reasoning(described: Sequence[Described], encoder: TextEncoder | None = None) -> Reasoning:
    """The corrected form: BLEU-1, ROUGE-L and, with an encoder, CSS."""
    return similarities(described, encoder).means("corrected")


def paper_reasoning(
    described: Sequence[Described], encoder: TextEncoder | None = None
) -> Reasoning:
    """The form of MMFR's published code (arXiv 2503.21210), for comparison with its tables."""
    return paper_similarities(described, encoder).means("paper")


def similarities(
    described: Sequence[Described], encoder: TextEncoder | None = None
) -> Similarities:
    """The corrected form, picture by picture, as intervals and slices need it."""
    answers = [read(one.answer).reasoning for one in described]
    wanted = [
        ordered_reference(one.findings) if one.reference is None else without_frame(one.reference)
        for one in described
    ]
    said = [None if answer is None else without_frame(answer) for answer in answers]
    bare = np.array([not reference for reference in wanted], np.bool_)
    failed = np.array([answer is None for answer in answers], np.bool_)
    scores = _scores(said, wanted, ~bare & ~failed, encoder, css)
    for column in scores:
        if column is not None:
            column[failed & ~bare] = 0.0
    return Similarities(*scores, failed, bare)


def paper_similarities(
    described: Sequence[Described], encoder: TextEncoder | None = None
) -> Similarities:
    """The published form, picture by picture."""
    answers = [read_paper(one.answer) for one in described]
    wanted = [paper_reference(one.findings) for one in described]
    failed = np.array([answer.verdict == FAILED for answer in answers], np.bool_)
    bare = np.array([not reference for reference in wanted], np.bool_)
    said = [answer.reasoning for answer in answers]
    return Similarities(*_scores(said, wanted, ~failed, encoder, paper_css), failed, bare)


def _scores(
    said: Sequence[str | None],
    wanted: Sequence[str],
    scored: npt.NDArray[np.bool_],
    encoder: TextEncoder | None,
    compare: _Compare,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64] | None]:
    """BLEU-1, ROUGE-L and CSS of the pictures that are scored, NaN of the others."""
    places = np.flatnonzero(scored)
    texts = [said[place] or "" for place in places]
    references = [wanted[place] for place in places]
    columns = np.full((3, len(said)), np.nan)
    pairs = list(zip(texts, references, strict=True))
    columns[0, places] = [bleu_1(text, reference) for text, reference in pairs]
    columns[1, places] = [rouge_l(text, reference) for text, reference in pairs]
    if encoder is None:
        return columns[0], columns[1], None
    columns[2, places] = compare(texts, references, encoder)
    return columns[0], columns[1], columns[2]


def _mean(values: npt.NDArray[np.float64]) -> float | None:
    return float(values.mean()) if values.size else None
