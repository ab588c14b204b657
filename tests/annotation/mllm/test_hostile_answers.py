"""Ten thousand hostile answers: rows or a reason, never an exception, never an evaluation."""

from __future__ import annotations

import builtins
import os
import re
from collections import Counter
from typing import NoReturn

import numpy as np
import pytest

from annotation.mllm.answer import ASKED, LONGEST_RATIONALE
from annotation.mllm.judge import Unjudged, judge
from annotation.mllm.rater import Rated, Unrated, rate
from annotation.text_checks.checking import checked
from schemas.annotation import Annotation
from schemas.annotation_table import annotation_table, read_annotations
from schemas.cues import CUE_FAMILIES
from schemas.recipe.raters import Judge, MllmRater
from tests.annotation.mllm.conversing import answered, carry_on, rater, sample, spelt
from tests.annotation.mllm.hostile_texts import KINDS, hostile

COUNT = 10_000
SAMPLE = sample(side=16)


def test_rows_or_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    raters = [rater(answers=form) for form in ("schema", "json", "text")]
    for one in raters:
        # Importing a module executes it, so all that is imported late is imported here.
        _rated(one, ["{}", spelt()])
    ends: Counter[str] = Counter()
    kept: list[Annotation] = []
    with monkeypatch.context() as patch:
        for module, name in ((builtins, "eval"), (builtins, "exec"), (os, "system"), (os, "popen")):
            patch.setattr(module, name, _evaluated)
        rng = np.random.default_rng(0)
        read = 0
        while read < COUNT:
            found = _rated(raters[read % 3], [hostile(rng), hostile(rng)])
            read += len(found.keys)
            ends["rows" if isinstance(found, Rated) else found.reason] += 1
            if isinstance(found, Rated):
                kept += found.rows
            else:
                _sound_reason(found)
    assert set(ends) <= {"rows", "refused", "answer_unusable"}
    assert ends["rows"] > 100
    assert ends["answer_unusable"] > 1000
    for row in kept:
        _sound_row(row)
    assert list(read_annotations(annotation_table(kept))) == kept
    assert len(checked(kept, {})) == len(kept)


@pytest.mark.parametrize("kind", range(len(KINDS)))
def test_each_kind_with_cues_and_captions(kind: int) -> None:
    asked = rater(answers="text", captions=True)
    for number in range(5):
        rng = np.random.default_rng([kind, number])
        found, _ = carry_on(
            rate(asked, CUE_FAMILIES, SAMPLE),
            answered(KINDS[kind](rng)),
            answered(KINDS[kind](rng)),
        )
        assert isinstance(found, Unrated)
        _sound_reason(found)


def test_a_judge_is_answered_no_better() -> None:
    rated, _ = carry_on(rate(rater(), (), SAMPLE), answered(spelt()))
    assert isinstance(rated, Rated)
    model = Judge(model="j", family="other")
    for number in range(200):
        rng = np.random.default_rng([7, number])
        found, _ = carry_on(
            judge(model, rated.rows, SAMPLE.image, "text"),
            answered(hostile(rng)),
            answered(hostile(rng)),
        )
        assert isinstance(found, Unjudged)


def _evaluated(*_: object, **__: object) -> NoReturn:
    raise AssertionError("an answer was evaluated")


def _rated(one: MllmRater, texts: list[str]) -> Rated | Unrated:
    """The end of a dialogue that takes as many of the texts as it asks for."""
    dialogue = rate(one, (), SAMPLE)
    next(dialogue)
    try:
        for text in texts:
            dialogue.send(answered(text))
    except StopIteration as end:
        found: Rated | Unrated = end.value
        return found
    raise AssertionError("it asked a third time")


def _sound_reason(found: Unrated) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", found.reason)
    assert 0 < len(found.detail.encode()) < 2_000
    assert found.detail.isprintable()


def _sound_row(row: Annotation) -> None:
    assert row.attribute in ASKED
    assert row.rationale.isprintable()
    assert 3 <= len(row.rationale) <= LONGEST_RATIONALE
    assert row.rationale.encode()
    assert row.confidence is not None
    assert 0 <= row.confidence <= 1
    if row.region is not None:
        assert 0 <= row.region.x0 < row.region.x1 <= 1
        assert 0 <= row.region.y0 < row.region.y1 <= 1
