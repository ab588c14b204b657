"""What judging would cost is said before anything is asked, and rather above than below."""

from __future__ import annotations

from collections import Counter

import pytest

from flows.rating_forecast import forecast_rating
from flows.run import Run
from flows.stages import select
from schemas.recipe import Recipe
from schemas.recipe.raters import Annotate, Judge, MllmRater
from schemas.vocabulary import Mode

LOOKER = MllmRater(
    kind="mllm", name="looker", family="one", model="own", dollars_per_million=(2.0, 8.0), share=0.5
)


def rated(built: Run, *raters: MllmRater, judge: Judge | None = None) -> Recipe:
    return built.recipe.model_copy(update={"annotation": Annotate(raters=raters, judge=judge)})


def test_it_reckons_with_the_pictures_that_are_there(built: Run) -> None:
    counts = Counter(row["split"] for row in select.read_samples(built))
    told = LOOKER.model_copy(update={"name": "told", "mode": Mode.GROUNDED, "splits": ("test",)})
    recipe = rated(built, LOOKER, told)
    first, second = forecast_rating(recipe, counts, Run(built.folder, recipe))
    assert first.questions == round(0.5 * counts.total())
    assert second.questions == round(0.5 * counts["test"])
    tokens = first.tokens
    assert first.dollars == pytest.approx(
        ((tokens.text_in + tokens.image_in) * 2.0 + tokens.text_out * 8.0) / 1e6
    )
    assert first.batch_dollars == pytest.approx((first.dollars or 0) / 2)


def test_without_pictures_it_reckons_with_typical_ones_and_knows_no_strange_prices(
    built: Run,
) -> None:
    own = LOOKER.model_copy(update={"dollars_per_million": None})
    (found,) = forecast_rating(rated(built, own), {"train": 100, "test": 100}, None)
    assert (found.questions, found.dollars, found.batch_dollars) == (100, None, None)
    assert found.tokens.image_in >= 100 * 255


def test_a_judge_asks_about_its_share_and_again_beside_other_pictures(built: Run) -> None:
    judge = Judge(family="two", model="own", dollars_per_million=(1.0, 1.0), share=1.0, swapped=1.0)
    *_, last = forecast_rating(rated(built, LOOKER, judge=judge), {"train": 100}, None)
    assert last.name == "judge"
    assert last.questions == 100
    assert last.tokens.text_out > 0


def test_nobody_to_ask_costs_nothing(built: Run) -> None:
    assert forecast_rating(rated(built), {"train": 10}, None) == []
