"""What is held out is planned in the test split alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from schemas.errors import RecipeError
from schemas.recipe.forge import ForgeEntry
from schemas.recipe.splits import HoldOut, Splits
from tests.generators.planning.planned import Fake, candidate, plan


@pytest.mark.parametrize(
    "hold_out",
    [
        HoldOut(generator="dream"),
        HoldOut(operation="dream"),
        HoldOut(family="new"),
        HoldOut(autoencoder="kl-f8"),
        HoldOut(released_from="2024-06"),
    ],
)
def test_what_is_held_out_draws_from_the_test_split_alone(
    hold_out: HoldOut, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts: Any = {"family": "new", "autoencoder": "kl-f8", "released": "2024-08-01"}
    monkeypatch.setitem(Fake.specs, "dream", replace(Fake.specs["dream"], **facts))
    pictures = [candidate(i, ("train", "test")[i % 2]) for i in range(8)]
    entries = [ForgeEntry(generator="dream", count=6), ForgeEntry(generator="paint", count=6)]
    splits = Splits(hold_out=(hold_out,))
    jobs = plan(entries, pictures, splits=splits)
    assert Counter(job.split for job in jobs if job.generator == "dream") == {"test": 6}
    assert {job.split for job in jobs if job.generator == "paint"} == {"train", "test"}
    with pytest.raises(RecipeError, match=r"forge\[0\].split: train, but"):
        plan([ForgeEntry(generator="dream", count=1, split="train")], pictures, splits=splits)


def test_dates_are_compared_as_far_as_both_are_known() -> None:
    late = HoldOut(released_from="2024-06")
    facts = {"generator": "g", "family": "f", "autoencoder": "", "operation": "o"}
    held = [
        r
        for r in ("", "2023", "2024", "2024-05", "2024-06", "2024-06-02", "2025")
        if late.fits(released=r, **facts)
    ]
    assert held == ["2024", "2024-06", "2024-06-02", "2025"]


def test_a_hold_out_names_one_thing() -> None:
    with pytest.raises(ValueError, match="exactly one"):
        HoldOut(generator="a", family="b")
    with pytest.raises(ValueError, match="exactly one"):
        HoldOut()
