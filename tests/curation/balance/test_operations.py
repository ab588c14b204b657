"""Forgeries are counted by cell, and evenness means what it says."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.balance.operations import Cell, count_rows, evenness, evenness_by_domain
from schemas.mask_sizes import SIZES, WHOLE, size_bin, size_range


def row(sample_id: str, operation: str | None, area: float | None, **facts: Any) -> dict[str, Any]:
    quality = {"changed_area": area, "applied_area": None}
    return {
        "sample_id": sample_id,
        "domain": "natural",
        "operation": operation,
        "generator": operation and f"by-{operation}",
        "quality": quality,
        "twin_of": None,
        **facts,
    }


def test_rows_are_counted_once_by_their_cell() -> None:
    table = count_rows(
        [
            row("a", None, None),
            row("a-jpeg", None, None, twin_of="a"),
            row("b", "splice", 0.01),
            row("b-jpeg", "splice", 0.01, twin_of="b"),
            row("c", "splice", 0.05),
            # The spliced twin of a redrawn picture is a forgery of its own.
            row("d", "splice", 0.05, twin_of="c"),
            row("e", "text_to_image", None, domain="aigc"),
            row("f", "stamp", None, quality={"changed_area": None, "applied_area": 0.5}),
        ]
    )
    assert table.real == {"natural": 1}
    assert table.cells == {
        Cell("aigc", "text_to_image", "by-text_to_image", WHOLE): 1,
        Cell("natural", "splice", "by-splice", "0.5 to 2%"): 1,
        Cell("natural", "splice", "by-splice", "2 to 8%"): 2,
        Cell("natural", "stamp", "by-stamp", "above 32%"): 1,
    }
    assert table.by("operation") == {("splice",): 3, ("stamp",): 1, ("text_to_image",): 1}
    even = evenness_by_domain(table)["natural"]
    assert (even.most, even.least, even.ratio) == ("splice", "stamp", 3.0)


@given(st.floats(0, 1))
def test_every_share_of_a_picture_has_one_bin(area: float) -> None:
    names = [name for name, _ in SIZES]
    place = names.index(size_bin(area))
    ends = size_range(size_bin(area))
    assert ends is not None
    assert ends[0] <= area <= ends[1]
    assert area < SIZES[place][1]
    assert place == 0 or area >= SIZES[place - 1][1]


@given(st.lists(st.integers(1, 50), min_size=1, max_size=8))
def test_the_effective_number_lies_between_one_and_all(counts: list[int]) -> None:
    named = {f"operation {place}": count for place, count in enumerate(counts)}
    even = evenness(named)
    assert 1 - 1e-9 <= even.effective <= len(counts) + 1e-9
    assert even.ratio == max(counts) / min(counts)
    if len(set(counts)) == 1:
        assert even.effective == pytest.approx(len(counts))


def test_what_is_expected_and_missing_counts_as_uneven() -> None:
    even = evenness({"splice": 4, "stamp": 0})
    assert math.isinf(even.ratio)
    assert even.least == "stamp"
    assert even.effective == pytest.approx(1)
    assert evenness({}).count == 0
