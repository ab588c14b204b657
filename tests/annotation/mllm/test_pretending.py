"""The pretender answers questions as they must be answered, errs as told, and never by chance."""

from __future__ import annotations

from collections import Counter

import pytest

from annotation.leak_lint import leaks
from annotation.mllm.judge import Judged, judge
from annotation.mllm.pretending import Pretender, picture_key
from annotation.mllm.rater import Rated, Unrated, rate
from annotation.text_checks.checking import checked
from schemas.attributes import WHOLE
from schemas.cues import CUE_FAMILIES
from schemas.recipe.raters import Judge
from schemas.vocabulary import Label, Mode, Support, Verdict
from tests.annotation.mllm.conversing import rater, request_of, sample, talk


@pytest.mark.parametrize("answers", ["schema", "json", "text"])
@pytest.mark.parametrize("mode", Mode)
def test_ratings_fit(answers: str, mode: Mode) -> None:
    asked = rater(answers=answers, mode=mode, captions=True)
    for number in range(5):
        found = talk(rate(asked, CUE_FAMILIES, sample(f"job-{number}")), Pretender())
        assert isinstance(found, Rated)
        assert not found.repaired
        assert found.caption


def test_the_same_question_gets_the_same_answer_and_others_another() -> None:
    question = next(rate(rater(), (), sample()))
    other = next(rate(rater(), (), sample("job-2")))
    texts = {
        Pretender()(request_of(question)),
        Pretender()(request_of(question)),
        Pretender()(request_of(question, "another-model")),
        Pretender(seed=1)(request_of(question)),
        Pretender()(request_of(other)),
    }
    assert len(texts) == 4


def test_errors_are_made_in_their_share_and_mostly_mended() -> None:
    pretender = Pretender(errors=0.5, stubborn=0.3)
    ends: Counter[str] = Counter()
    for number in range(300):
        found = talk(rate(rater(), (), sample(f"job-{number}")), pretender)
        ends["unrated" if isinstance(found, Unrated) else str(found.repaired)] += 1
    assert 120 < ends["False"] < 180
    assert 70 < ends["True"] < 140
    assert 25 < ends["unrated"] < 70


def test_it_knows_the_truth_that_it_was_told() -> None:
    samples = [sample(f"job-{number}", side=16) for number in range(200)]
    labels = [Label.FAKE if number % 2 else Label.REAL for number in range(200)]
    truth = {picture_key(s.image): label for s, label in zip(samples, labels, strict=True)}
    pretender = Pretender(truth=truth, accuracy=0.9, unsure=0.0)
    right = 0
    for one, label in zip(samples, labels, strict=True):
        found = talk(rate(rater(), (), one), pretender)
        assert isinstance(found, Rated)
        (whole,) = [row for row in found.rows if row.attribute == WHOLE]
        right += (whole.verdict is Verdict.PRESENT) == (label is Label.FAKE)
    assert 165 < right < 195


def test_its_texts_are_varied_and_pass_the_checks() -> None:
    found = [
        talk(rate(rater(), (), sample(f"job-{number}", side=16)), Pretender())
        for number in range(100)
    ]
    rows = checked([row for one in found if isinstance(one, Rated) for row in one.rows], {})
    assert len(rows) == 600
    assert not any(leaks(row.rationale) for row in rows)
    assert not any(row.checks and row.checks.contradiction for row in rows)
    assert sum(bool(row.checks and row.checks.boilerplate) for row in rows) < 60


def test_judgings_fit() -> None:
    rated = talk(rate(rater(), (), sample()), Pretender())
    assert isinstance(rated, Rated)
    counts: Counter[Support] = Counter()
    for number in range(100):
        image = sample(f"job-{number}", side=16).image
        found = talk(judge(Judge(model="j", family="other"), rated.rows, image), Pretender())
        assert isinstance(found, Judged)
        counts.update(found.supports.values())
    assert counts[Support.SUPPORTED] / counts.total() == pytest.approx(0.7, abs=0.08)


def test_other_questions_are_declined() -> None:
    said = Pretender()({"model": "m", "messages": [{"role": "user", "content": "Hello!"}]})
    assert said == "I can only answer by a JSON schema."
