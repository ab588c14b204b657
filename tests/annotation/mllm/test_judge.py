"""A judge says of each row whether a picture bears it out, before its own picture and another."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from annotation.mllm.judge import (
    MOST_STATEMENTS,
    Judged,
    Unjudged,
    judge,
    judged_rows,
    other_picture,
    swapped_rows,
)
from annotation.mllm.rater import Rated, rate
from endpoints.errors import Refused
from schemas.annotation import Annotation
from schemas.recipe.raters import Judge
from schemas.vocabulary import RaterKind, Support, Verdict
from tests.annotation.mllm.conversing import answered, carry_on, rater, sample, spelt

MODEL = Judge(model="judge-1", family="other")


def rows(name: str = "job-1") -> tuple[Annotation, ...]:
    found, _ = carry_on(rate(rater(), (), sample(name)), answered(spelt()))
    assert isinstance(found, Rated)
    return found.rows


def said(*supports: str) -> str:
    return json.dumps(
        {
            f"statement_{number}": {"seen": "A path and no shadow.", "support": support}
            for number, support in enumerate(supports, start=1)
        }
    )


def test_each_row_gets_its_answer() -> None:
    three = rows()[3:]
    found, (question,) = carry_on(
        judge(MODEL, three, sample().image),
        answered(said("supported", "unsupported", "unsure")),
    )
    assert isinstance(found, Judged)
    assert list(found.supports) == [row.annotation_id for row in three]
    assert list(found.supports.values()) == list(Support)
    assert found.version.startswith("judge-")
    assert question.messages[1].images == (sample().image,)
    assert question.messages[1].text == (
        "The statements:\n"
        "1. Low Image Quality: is to be seen. The bench throws no shadow on the sunlit path.\n"
        "2. Semantic Irrationality: is to be seen. The bench throws no shadow on the sunlit path.\n"
        "3. The picture as a whole: does not look authentic. The bench throws no shadow on the "
        "sunlit path."
    )


def test_nothing_tells_the_swapped_control() -> None:
    other = sample("job-2").image
    _, (own,) = carry_on(judge(MODEL, rows(), sample().image), Refused("a", "b"))
    _, (swapped,) = carry_on(judge(MODEL, rows(), other), Refused("a", "b"))
    assert own.messages[0] == swapped.messages[0]
    assert own.messages[1].text == swapped.messages[1].text


def test_the_version_does_not_follow_the_number_of_rows() -> None:
    versions = set()
    for count in (1, 6):
        found, _ = carry_on(
            judge(MODEL, rows()[:count], sample().image), answered(said(*["unsure"] * count))
        )
        assert isinstance(found, Judged)
        versions.add(found.version)
    assert len(versions) == 1


def test_an_answer_to_another_number_of_statements_is_mended_or_given_up() -> None:
    few = answered(said("supported"))
    found, _ = carry_on(judge(MODEL, rows()[:2], sample().image), few, few)
    assert isinstance(found, Unjudged)
    assert found.reason == "answer_unusable"
    assert found.rows == tuple(row.annotation_id for row in rows()[:2])
    mended, _ = carry_on(
        judge(MODEL, rows()[:2], sample().image), few, answered(said("supported", "unsure"))
    )
    assert isinstance(mended, Judged)


@pytest.mark.parametrize("count", [0, MOST_STATEMENTS + 1])
def test_too_few_and_too_many(count: int) -> None:
    with pytest.raises(ValueError, match="cannot be judged in one question"):
        next(judge(MODEL, [rows()[0]] * count, sample().image))


def test_a_family_does_not_judge_its_own() -> None:
    own = Judge(model="judge-1", family="oracle", share=1)
    assert judged_rows(own, rows()) == ()
    with pytest.raises(ValueError, match="own family"):
        next(judge(own, rows(), sample().image))


@pytest.mark.parametrize(
    "change",
    [{"rater_kind": RaterKind.MEASURED}, {"verdict": Verdict.UNSURE}, {"rationale": " "}],
)
def test_rows_that_cannot_be_judged(change: dict[str, Any]) -> None:
    everything = Judge(model="judge-1", family="other", share=1)
    assert len(judged_rows(everything, rows())) == 6
    assert judged_rows(everything, [replace(row, **change) for row in rows()]) == ()


def test_shares_are_kept() -> None:
    many = [row for number in range(200) for row in rows(f"job-{number}")]
    half = Judge(model="judge-1", family="other", share=0.5, swapped=0.5)
    chosen = judged_rows(half, many)
    assert 500 < len(chosen) < 700
    assert 200 < len(swapped_rows(half, chosen)) < 400


def test_the_other_picture_is_another_and_always_the_same() -> None:
    names = [f"job-{number}" for number in range(50)]
    partners = {name: other_picture(name, names) for name in names}
    assert all(name != partner for name, partner in partners.items())
    assert len(set(partners.values())) > 20
    assert partners == {name: other_picture(name, names[::-1]) for name in names}
    assert other_picture("job-1", ["job-1"]) is None
