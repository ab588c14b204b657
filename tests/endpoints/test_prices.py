"""The price table says where and when it was read, and adds up."""

from __future__ import annotations

from datetime import date

import pytest

from endpoints.prices import (
    PRICES,
    Price,
    Tokens,
    chat_usage,
    dollars,
    image_estimate,
    image_usage,
    price_of,
)

USAGE = {
    "input_tokens": 120,
    "input_tokens_details": {"text_tokens": 20, "image_tokens": 100},
    "output_tokens": 4_000,
    "total_tokens": 4_120,
}


@pytest.mark.parametrize("model", sorted(PRICES))
def test_every_row_has_a_source_and_a_date(model: str) -> None:
    price = PRICES[model]
    assert price.source
    assert price.read is not None
    assert price.read >= date(2026, 11, 22)
    assert price.text_in > 0
    assert price.image_out > 0 or price.text_out > 0


def test_a_snapshot_costs_what_its_model_costs() -> None:
    assert price_of("gpt-image-2-2026-04-21") == PRICES["gpt-image-2"]
    assert price_of("painter-of-my-own") is None


def test_an_answer_costs_what_its_usage_says() -> None:
    tokens = image_usage({"usage": USAGE})
    assert tokens == Tokens(text_in=20, image_in=100, image_out=4_000)
    price = Price(text_in=5, image_in=8, image_out=30)
    assert dollars(price, tokens) == pytest.approx((20 * 5 + 100 * 8 + 4_000 * 30) / 1e6)
    assert dollars(Price(per_image=0.04), tokens) == 0.04


def test_what_tells_of_no_usage() -> None:
    silent: tuple[object, ...] = (None, [], {"usage": None}, {"data": []})
    for data in silent:
        assert image_usage(data) is None
        assert chat_usage(data) is None
    assert image_usage({"usage": {"input_tokens": "many", "output_tokens": -1}}) == Tokens()


def test_estimates_follow_quality_shape_area_and_uploads() -> None:
    price = PRICES["gpt-image-1-mini"]

    def about(quality: str, size: tuple[int, int], uploaded: int = 0) -> float:
        return image_estimate(price, quality, size, "a jug", uploaded)

    assert about("low", (1024, 1024)) == pytest.approx(0.005, abs=1e-4)
    assert about("high", (1536, 1024)) == pytest.approx(0.052, abs=1e-4)
    assert about("auto", (1024, 1024)) == about("high", (1024, 1024))
    assert about("high", (3072, 2048)) == pytest.approx(4 * 0.052, rel=0.01)
    assert about("low", (1024, 1024), 1024**2) > about("low", (1024, 1024)) + 0.005
    assert image_estimate(Price(per_image=0.04), "high", (9999, 9999), "", 10**9) == 0.04
