"""Raters and judge through the engine, against the package's own server and its faults."""

from __future__ import annotations

from collections import Counter

from annotation.mllm.judge import Judged, judge, judged_rows
from annotation.mllm.pretending import Pretender
from annotation.mllm.rater import Rated, Unrated, rate
from endpoints.account import Account
from endpoints.chat import ChatModel
from endpoints.client import Endpoint
from endpoints.converse import converse
from endpoints.local_behaviour import Behaviour
from endpoints.local_server import LocalServer
from schemas.cues import CUE_FAMILIES
from schemas.recipe.raters import Judge
from tests.annotation.mllm.conversing import rater, sample


def test_every_sample_comes_back_as_rows_or_with_a_reason_in_order() -> None:
    behaviour = Behaviour(refusals=0.08, broken=0.05, rate_limits=0.1)
    samples = [sample(f"job-{number}") for number in range(80)]
    one = rater(mode="grounded", captions=True)
    with LocalServer(behaviour, chat=Pretender(errors=0.3, stubborn=0.3)) as server:
        model = ChatModel(Endpoint("seer-1", server.base_url, api_key_env=""))
        dialogues = (rate(one, CUE_FAMILIES, each) for each in samples)
        found = list(converse(Account(), model, dialogues, 16))
    assert [each.sample_id for each in found] == [each.sample_id for each in samples]
    reasons = Counter(each.reason for each in found if isinstance(each, Unrated))
    assert set(reasons) == {"answer_unusable", "answer_lost", "refused_by_moderation"}
    rated = [each for each in found if isinstance(each, Rated)]
    assert len(rated) > 40
    assert any(each.repaired for each in rated)


def test_a_judge_is_asked_by_the_same_engine() -> None:
    one, judging = sample(), Judge(model="j", family="other", share=1)
    with LocalServer(chat=Pretender()) as server:
        model = ChatModel(Endpoint("seer-1", server.base_url, api_key_env=""))
        (rated,) = converse(Account(), model, [rate(rater(), (), one)], 1)
        assert isinstance(rated, Rated)
        rows = judged_rows(judging, rated.rows)
        (judged,) = converse(Account(), model, [judge(judging, rows, one.image)], 1)
    assert isinstance(judged, Judged)
    assert list(judged.supports) == [row.annotation_id for row in rows]
