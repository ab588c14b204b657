"""The consensus is the majority of those who judged, and names them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.consensus import consensus
from schemas.attributes import ATTRIBUTES, ATTRIBUTES_BY_ID
from schemas.vocabulary import Verdict
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


def test_mixed_samples_and_unknown_attributes_are_refused() -> None:
    one = row("edges", Verdict.ABSENT)
    with pytest.raises(ValueError, match="one sample"):
        consensus([one, replace(one, sample_id="other")])
    with pytest.raises(ValueError, match="no such attribute"):
        consensus([replace(one, attribute="smell")])
