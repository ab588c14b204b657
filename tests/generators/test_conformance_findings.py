"""Findings tell what to do once for all that it mends."""

from __future__ import annotations

from generators.conformance.finding import Finding, judge


def test_nothing_wrong_has_passed() -> None:
    assert judge("masks", [], "bool") == Finding("masks", True, "bool")


def test_what_is_mended_in_the_same_way_is_told_together() -> None:
    problems = [f"job-{number} is torn; sew it" for number in range(5)]
    finding = judge("sails", [*problems, "the mast is gone", *problems, "a leak; bail"], "")
    assert not finding.passed
    assert finding.detail.splitlines() == [
        "job-0 is torn; job-1 is torn; job-2 is torn; 2 more like it; sew it",
        "the mast is gone",
        "a leak; bail",
    ]


def test_few_of_many_things_are_shown() -> None:
    finding = judge("sails", [f"thing {number}; do {number}" for number in range(6)], "")
    assert finding.detail.splitlines()[-1] == "and 3 other things"
    assert len(finding.detail.splitlines()) == 4
