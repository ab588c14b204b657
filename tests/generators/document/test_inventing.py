"""What a forger writes in place of a text keeps that text's make."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.document.inventing import addition, invented, is_amount, replacement, shape

SEEDS = range(40)


def others(text: str, field: str | None = None) -> list[str]:
    found = [replacement(text, field, np.random.default_rng(seed)) for seed in SEEDS]
    assert None not in found
    return [text for text in found if text is not None]


@pytest.mark.parametrize("text", ["14.03.2019", "3/7/21", "2020-02-28", "03/19/2023,"])
def test_dates_stay_dates(text: str) -> None:
    for new in others(text):
        assert new != text
        assert re.sub(r"\d", "9", new).startswith(re.sub(r"\d", "9", text)[:1])
        assert re.sub(r"\d+", "9", new) == re.sub(r"\d+", "9", text)
        assert len(new) == len(text)
        numbers = sorted(int(part) for part in re.findall(r"\d+", new))
        assert 1 <= numbers[0] <= 12
        assert 1 <= numbers[1] <= 28


@pytest.mark.parametrize("text", ["1.242,00", "$82.98", "39,50", "INV-0042", "(212)", "2014-3024"])
def test_numbers_keep_their_format(text: str) -> None:
    for new in others(text):
        assert new != text
        assert re.sub(r"\d", "9", new) == re.sub(r"\d", "9", text)


def test_numbers_that_begin_with_a_year_keep_its_century() -> None:
    assert all(new.startswith("20") for new in others("2014-3024"))


def test_times_stay_possible() -> None:
    for new in others("13:52"):
        assert re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", new)


@pytest.mark.parametrize(
    ("text", "field"), [("Harriet", "name"), ("TOTAL", None), ("delivery,", "item")]
)
def test_words_keep_case_signs_and_length(text: str, field: str | None) -> None:
    core = text.rstrip(",")
    for new in others(text, field):
        assert new != text
        assert new.endswith(",") == text.endswith(",")
        assert abs(len(new) - len(text)) <= 2
        assert new.rstrip(",").isupper() == core.isupper()
        assert new[0].isupper() == core[0].isupper()


def test_no_rule_for_signs_alone() -> None:
    for text in ("", "-", "x", "§§", "…"):
        assert replacement(text, None, np.random.default_rng(0)) is None


@given(st.text(max_size=16), st.none() | st.sampled_from(["date", "name", "total"]),
       st.integers(0, 2**32))  # fmt: skip
def test_any_text_has_another_or_none(text: str, field: str | None, seed: int) -> None:
    new = replacement(text, field, np.random.default_rng(seed))
    assert new is None or new
    assert new == replacement(text, field, np.random.default_rng(seed))
    assert addition(text, seed % 2 == 0, np.random.default_rng(seed))


def test_makes_and_amounts() -> None:
    assert shape("14.03.2019") == shape("1.3.19") == "9.9.9"
    assert shape(None) == ""
    assert is_amount("1.242,00")
    assert is_amount("$82.98")
    assert not is_amount("2014-3024")
    assert not is_amount(None)


def test_invented_texts_have_all_lengths() -> None:
    lengths = {len(text) for text in invented(np.random.default_rng(0))}
    assert min(lengths) == 1
    assert max(lengths) >= 7
