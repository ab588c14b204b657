"""People get those pictures to decide on which it matters most."""

from __future__ import annotations

from typing import Any

import numpy as np

from annotation.adjudication import Case, Reason, adjudication_queue
from annotation.consensus import agree
from schemas.annotation import Annotation
from schemas.vocabulary import RaterKind, Verdict
from tests.annotation.agreement.panel import Simulated, simulate, vote

HUMAN, MLLM = RaterKind.HUMAN, RaterKind.MLLM
PRESENT, ABSENT = Verdict.PRESENT, Verdict.ABSENT


def picture(sample: str, people: str, machines: str, about: str = "edges") -> list[Annotation]:
    """Votes by letters: p present, a absent."""
    return [
        vote(sample, f"{kind.value}{n}", kind, about, PRESENT if letter == "p" else ABSENT)
        for kind, letters in ((HUMAN, people), (MLLM, machines))
        for n, letter in enumerate(letters)
    ]


ROWS = [
    *picture("agreed", "", "ppp"),
    *picture("confirmed", "p", "pa"),
    *picture("contradicted", "a", "ppp"),
    *picture("divided", "pa", "p"),
    *picture("even", "", "pa"),
    *picture("uncertain", "", "ppa"),
    *picture("uncertain", "", "ppa", about="texture"),
    *picture("surer", "", "ppppa"),
    *picture("unjudged", "", ""),
]


def queue(**options: Any) -> tuple[Case, ...]:
    samples = agree(ROWS, "majority").samples.values()
    return adjudication_queue(samples, **options)


def test_the_queue_is_in_order_of_urgency_with_reasons() -> None:
    assert [(case.sample_id, case.reason) for case in queue()] == [
        ("divided", Reason.DIVIDED),
        ("contradicted", Reason.CONTRADICTED),
        ("even", Reason.UNDECIDED),
        ("uncertain", Reason.UNCERTAIN),
        ("surer", Reason.UNCERTAIN),
    ]
    (uncertain,) = (case for case in queue() if case.sample_id == "uncertain")
    assert [question.attribute for question in uncertain.questions] == ["edges", "texture"]
    assert all(0 <= question.doubt <= 1 for case in queue() for question in case.questions)


def test_quotas_hold() -> None:
    assert [case.sample_id for case in queue(most=2)] == ["divided", "contradicted"]
    groups = dict.fromkeys(("divided", "contradicted", "uncertain"), "splice")
    names = [case.sample_id for case in queue(groups=groups, most_of_group=1)]
    assert names == ["divided", "even", "surer"]
    assert [c.sample_id for c in queue(reasons=(Reason.UNDECIDED,))] == ["even"]


def test_a_third_person_settles_a_case() -> None:
    rows = [*ROWS, vote("divided", "adjudicator", HUMAN, "edges", PRESENT)]
    samples = agree(rows, "majority").samples
    assert "divided" not in [case.sample_id for case in adjudication_queue(samples.values())]


def test_machines_that_are_outweighed_leave_a_dispute() -> None:
    raters = [Simulated("a", MLLM, 0.99, 0.99), Simulated("b", MLLM, 0.97, 0.97)]
    raters += [Simulated(name, MLLM, 0.55, 0.55) for name in "cde"]
    rows, _ = simulate(400, raters, questions=("edges",), seed=2)
    samples = list(agree(rows).samples.values())
    found = adjudication_queue(samples)
    assert {case.reason for case in found} >= {Reason.DISPUTED}
    assert found == adjudication_queue(samples[::-1])
    ranks = [list(Reason).index(case.reason) for case in found]
    assert ranks == sorted(ranks)
    assert 0 < len(found) < 400
    by_sample = {sample.sample_id: sample.attributes[1] for sample in samples}
    disputed = [by_sample[case.sample_id] for case in found if case.reason is Reason.DISPUTED]
    assert max(one.agreement or 0 for one in disputed) < 2 / 3
    assert np.min([abs((one.posterior or 0) - 0.5) for one in disputed]) >= 0.4
