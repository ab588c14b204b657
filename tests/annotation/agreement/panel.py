"""Simulated panels of raters whose reliability is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from schemas.annotation import Annotation
from schemas.attributes import ATTRIBUTES_BY_ID, WHOLE
from schemas.vocabulary import Mode, RaterKind, Verdict

QUESTIONS = (WHOLE, *ATTRIBUTES_BY_ID)


@dataclass(frozen=True)
class Simulated:
    """A rater: how often it finds what is there, and leaves alone what is not."""

    name: str
    kind: RaterKind
    sensitivity: float
    specificity: float
    share: float = 1.0
    unsure: float = 0.0


def vote(
    sample: str,
    rater: str,
    kind: RaterKind,
    attribute: str,
    verdict: Verdict,
    mode: Mode = Mode.BLIND,
    suffix: str = "",
    rationale: str = "",
) -> Annotation:
    return Annotation(
        annotation_id=f"{kind.value}-{rater}-{sample}-{attribute}{suffix}",
        sample_id=sample,
        rater=rater,
        rater_kind=kind,
        rater_version="1",
        mode=mode,
        attribute=attribute,
        verdict=verdict,
        rationale=rationale,
    )


def simulate(
    pictures: int,
    raters: Sequence[Simulated],
    prevalence: float = 0.5,
    seed: int = 0,
    questions: Sequence[str] = QUESTIONS,
) -> tuple[list[Annotation], Mapping[tuple[str, str], bool]]:
    """Rows, and what is true of each sample and question. Raters err independently."""
    rng = np.random.default_rng(seed)
    rows = []
    truth: dict[tuple[str, str], bool] = {}
    for question in questions:
        present = rng.random(pictures) < prevalence
        truth |= {(f"s{n:06d}", question): bool(p) for n, p in enumerate(present)}
        for rater in raters:
            right = rng.random(pictures) < np.where(present, rater.sensitivity, rater.specificity)
            said = present == right
            asked = rng.random(pictures) < rater.share
            unsure = rng.random(pictures) < rater.unsure
            for n in np.flatnonzero(asked):
                verdict = Verdict.PRESENT if said[n] else Verdict.ABSENT
                rows.append(
                    vote(
                        f"s{n:06d}",
                        rater.name,
                        rater.kind,
                        question,
                        Verdict.UNSURE if unsure[n] else verdict,
                    )
                )
    return rows, truth
