"""The consensus: people above machines, ties undecided, every judging row named."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.consensus import Decision, Method, agree
from schemas.annotation import Annotation
from schemas.attributes import ATTRIBUTES, ATTRIBUTES_BY_ID, WHOLE
from schemas.vocabulary import Mode, RaterKind, Verdict
from tests.annotation.agreed import consensus
from tests.annotation.agreement.panel import Simulated, simulate, vote
from tests.annotation.scenes import row


def test_majority_of_the_judging_rows() -> None:
    rows = [
        row("texture", Verdict.PRESENT, rater="a"),
        row("texture", Verdict.PRESENT, rater="b"),
        row("texture", Verdict.ABSENT, rater="c"),
        row("texture", Verdict.UNSURE, rater="d"),
    ]
    found = {one.attribute: one for one in consensus(rows)}
    assert list(found) == list(ATTRIBUTES_BY_ID)
    assert found["texture"].verdict is Verdict.PRESENT
    assert found["texture"].agreement == pytest.approx(2 / 3)
    assert found["texture"].rows == ("a-texture", "b-texture", "c-texture")
    assert found["edges"].verdict is Verdict.UNSURE
    assert found["edges"].agreement is None
    assert found["edges"].rows == ()


def test_a_tie_is_unsure_and_names_both() -> None:
    rows = [row("edges", Verdict.PRESENT, rater="a"), row("edges", Verdict.ABSENT, rater="b")]
    one = consensus(rows)[1]
    assert (one.verdict, one.agreement, one.rows) == (Verdict.UNSURE, 0.0, ("a-edges", "b-edges"))


def test_a_row_given_twice_counts_once() -> None:
    rows = [
        row("edges", Verdict.ABSENT, rater="a"),
        row("edges", Verdict.ABSENT, rater="a"),
        row("edges", Verdict.PRESENT, rater="b"),
    ]
    assert consensus(rows)[1].verdict is Verdict.UNSURE


judgements = st.lists(
    st.tuples(
        st.sampled_from([attribute.id for attribute in ATTRIBUTES]),
        st.sampled_from(list(Verdict)),
        st.sampled_from("abcdef"),
    ),
    unique_by=lambda one: (one[0], one[2]),
)


@given(judgements)
def test_the_order_of_rows_does_not_matter(given_rows: list[tuple[str, Verdict, str]]) -> None:
    rows = [row(attribute, verdict, rater=rater) for attribute, verdict, rater in given_rows]
    assert consensus(rows) == consensus(list(reversed(rows)))
    for one in consensus(rows):
        assert one.agreement is None or 0 <= one.agreement <= 1
        assert (one.agreement is None) == (one.rows == ())


def test_unknown_attributes_are_refused() -> None:
    one = row("edges", Verdict.ABSENT)
    with pytest.raises(ValueError, match="no such attribute"):
        consensus([replace(one, attribute="smell")])


HUMAN, MLLM, MEASURED = RaterKind.HUMAN, RaterKind.MLLM, RaterKind.MEASURED
PRESENT, ABSENT, UNSURE = Verdict.PRESENT, Verdict.ABSENT, Verdict.UNSURE


def said(*judgements: tuple[str, RaterKind, Verdict], about: str = "edges") -> list[Annotation]:
    return [vote("s", rater, kind, about, verdict) for rater, kind, verdict in judgements]


def decided(rows: list[Annotation], superseded: tuple[str, ...] = ()) -> Decision:
    (sample,) = agree(rows, "majority", superseded).samples.values()
    return {one.attribute: one for one in sample.decisions}[rows[0].attribute]


def test_one_person_stands_above_all_machines() -> None:
    rows = said(
        ("anna", HUMAN, PRESENT),
        ("gpt", MLLM, ABSENT),
        ("qwen", MLLM, ABSENT),
        ("measured", MEASURED, ABSENT),
    )
    found = decided(rows)
    assert (found.verdict, found.basis) == (PRESENT, "people")
    assert found.agreement == pytest.approx(1 / 4)
    assert found.posterior == pytest.approx(1 / 4)
    assert len(found.rows) == 4
    assert found.dissenting == tuple(sorted(r.annotation_id for r in rows if r.verdict is ABSENT))
    assert found.published() == consensus(rows)[1]


def test_people_stand_above_machines_that_are_weighed_too() -> None:
    raters = [Simulated(name, MLLM, 0.98, 0.98) for name in "abc"]
    rows, _ = simulate(300, raters, questions=("edges",), seed=8)
    machines = agree(rows).samples["s000000"].attributes[1]
    other = ABSENT if machines.verdict is PRESENT else PRESENT
    found = agree([*rows, vote("s000000", "anna", HUMAN, "edges", other)])
    decision = found.samples["s000000"].attributes[1]
    assert found.methods["edges"] == "reliability"
    assert (decision.verdict, decision.basis) == (other, "people")
    assert decision.posterior is not None
    assert (decision.posterior > 0.5) is (machines.verdict is PRESENT)


def test_machines_break_a_tie_among_people_and_no_more() -> None:
    people = said(("anna", HUMAN, PRESENT), ("ben", HUMAN, ABSENT))
    assert decided(people).verdict is UNSURE
    assert decided(people).basis == "divided"
    broken = decided(people + said(("gpt", MLLM, PRESENT)))
    assert (broken.verdict, broken.basis) == (PRESENT, "divided")
    even = decided(people + said(("gpt", MLLM, PRESENT), ("measured", MEASURED, ABSENT)))
    assert even.verdict is UNSURE
    third = decided(people + said(("cleo", HUMAN, ABSENT), ("gpt", MLLM, PRESENT)))
    assert (third.verdict, third.basis) == (ABSENT, "people")


def test_unsure_and_superseded_rows_and_contradictions_are_no_votes() -> None:
    rows = said(("anna", HUMAN, UNSURE), ("gpt", MLLM, PRESENT))
    assert decided(rows) == replace(decided(rows[1:]))
    assert decided(rows).basis == "machines"
    again = vote("s", "gpt", MLLM, "edges", ABSENT, suffix="-2")
    assert decided([*rows, again], (rows[1].annotation_id,)).verdict is ABSENT
    both = decided([*rows, again])
    assert (both.verdict, both.posterior, both.agreement) == (UNSURE, None, 0.0)
    nobody = decided(rows[:1])
    assert (nobody.verdict, nobody.basis, nobody.rows) == (UNSURE, "nobody", ())


def test_the_whole_is_decided_by_those_who_were_not_told() -> None:
    told = vote("s", "gpt", MLLM, WHOLE, PRESENT, mode=Mode.INFORMED)
    blind = vote("s", "qwen", MLLM, WHOLE, ABSENT)
    (sample,) = agree([told, blind]).samples.values()
    assert (sample.whole.verdict, sample.whole.rows) == (ABSENT, (blind.annotation_id,))
    assert [one.attribute for one in sample.attributes] == list(ATTRIBUTES_BY_ID)
    assert consensus([told, blind]) == sample.published()


def test_one_vote_more_is_a_majority_however_many_there_are() -> None:
    machines = [(f"m{n:02d}", MLLM, PRESENT if n < 11 else ABSENT) for n in range(21)]
    found = decided(said(*machines))
    assert found.verdict is PRESENT
    assert found.published() == consensus(said(*machines))[1]


def test_a_lone_rater_is_a_majority_of_one() -> None:
    found = agree([vote("s", "measured", MEASURED, "edges", PRESENT)])
    assert set(found.methods.values()) == {"majority"}
    assert found.samples["s"].attributes[1].verdict is PRESENT
    assert agree([]).samples == {}


many = st.lists(
    st.tuples(
        st.sampled_from("xyz"),
        st.sampled_from([WHOLE, *ATTRIBUTES_BY_ID]),
        st.sampled_from(list(Verdict)),
        st.sampled_from("abcd"),
        st.sampled_from(list(RaterKind)),
    ),
    max_size=60,
    unique_by=lambda one: (one[0], one[1], one[3], one[4]),
)


@given(many, st.sampled_from(["reliability", "majority"]))
def test_every_vote_is_named_and_nobody_overrules_people(
    judgements: list[tuple[str, str, Verdict, str, RaterKind]], method: Method
) -> None:
    rows = [vote(s, rater, kind, about, v) for s, about, v, rater, kind in judgements]
    found = agree(iter(rows), method)
    assert found == agree(reversed(rows), method)
    named = {r for s in found.samples.values() for one in s.decisions for r in one.rows}
    assert named == {row.annotation_id for row in rows if row.verdict is not UNSURE}
    for sample_id, sample in found.samples.items():
        for one in sample.decisions:
            people = [
                row.verdict
                for row in rows
                if (row.sample_id, row.attribute, row.rater_kind)
                == (sample_id, one.attribute, HUMAN)
            ]
            lead = people.count(PRESENT) - people.count(ABSENT)
            if lead:
                assert one.verdict is (PRESENT if lead > 0 else ABSENT)
                assert one.basis == "people"
        mine = [row for row in rows if row.sample_id == sample_id]
        if method == "majority":
            assert consensus(mine) == sample.published()
