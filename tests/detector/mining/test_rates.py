"""Rates are shrunk as much as they are uncertain, and budgets are shared out exactly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.mining.answers import Answer
from detector.mining.budget import mendable, share_out
from detector.mining.cases import join_cases
from detector.mining.cells import count_failures
from detector.mining.codec_bands import codec_band, hint_of
from detector.mining.rates import Tally, design_effect, pooled, shrunk
from tests.detector.mining.made import JPEG, row


def tally(failures: int, cases: int) -> Tally:
    return Tally(cases, failures, cases)


def test_two_of_two_do_not_beat_eighty_of_a_hundred() -> None:
    others = [tally(n % 3, 20) for n in range(20)]
    few, many, *_ = shrunk([tally(2, 2), tally(80, 100), *others], [0.15] * 22)
    assert few.mean < 0.75 < many.mean
    assert few.interval[0] < many.interval[0]
    assert many.mean == pytest.approx(0.8, abs=0.03)


def test_cells_that_are_alike_are_drawn_together_and_an_outlier_is_not() -> None:
    rng = np.random.default_rng(0)
    alike = [tally(int(rng.binomial(20, 0.2)), 20) for _ in range(60)]
    *drawn, outlier = shrunk([*alike, tally(19, 20)], [0.2] * 61)
    assert np.std([rate.mean for rate in drawn]) < 0.5 * np.std([one.share for one in alike])
    assert outlier.mean > 0.75


def test_intervals_cover_what_they_should() -> None:
    rng = np.random.default_rng(1)
    truth = rng.beta(2, 6, 400)
    sizes = rng.integers(3, 60, 400)
    rates = shrunk(
        [tally(int(rng.binomial(n, p)), int(n)) for n, p in zip(sizes, truth, strict=True)],
        [0.25] * 400,
    )
    inside = [
        low <= p <= high for (low, high), p in zip((r.interval for r in rates), truth, strict=True)
    ]
    assert 0.92 <= np.mean(inside) <= 0.98
    error = np.mean((np.array([rate.mean for rate in rates]) - truth) ** 2)
    plain = np.mean((np.array([rate.tally.share for rate in rates]) - truth) ** 2)
    assert error < 0.7 * plain


def test_cells_together_count_together() -> None:
    rates = shrunk([tally(3, 10), tally(9, 30)], [0.3, 0.3])
    both = pooled(rates)
    assert (both.tally.cases, both.tally.failures) == (40, 12)
    assert both.mean == pytest.approx((rates[0].mean + 3 * rates[1].mean) / 4)
    assert pooled(rates[:1]).interval == pytest.approx(rates[0].interval)


def test_pictures_of_one_group_count_as_fewer() -> None:
    rng = np.random.default_rng(2)
    groups = [(str(n // 5), bool(failed)) for n, failed in enumerate(rng.random(500) < 0.3)]
    assert design_effect([groups]) < 1.4
    together = [(str(n), bool(failed)) for n, failed in enumerate(rng.random(100) < 0.3)] * 5
    assert design_effect([together]) == pytest.approx(5, rel=0.05)
    assert design_effect([[("a", True)], []]) == 1.0


@given(st.lists(st.floats(0, 50), min_size=1, max_size=12), st.integers(1, 400))
def test_shares_sum_exactly_and_are_none_or_enough(weights: list[float], count: int) -> None:
    shares = share_out(weights, count)
    assert sum(shares) == (count if any(weights) else 0)
    assert all(share == 0 or share >= min(count, 10) for share in shares)
    assert all(weight > 0 for weight, share in zip(weights, shares, strict=True) if share)


def test_what_is_solved_gets_nothing_and_what_fails_alike_gets_what_it_fails() -> None:
    def weights(splices: int, copies: int) -> tuple[tuple[float, ...], bool]:
        rows = [row(f"s{n:02}", "splice") for n in range(60)]
        rows += [row(f"c{n:02}", "copy_move") for n in range(60)]
        answers = [Answer(f"s{n:02}", True, n >= splices) for n in range(60)]
        answers += [Answer(f"c{n:02}", True, n >= copies) for n in range(60)]
        return mendable(count_failures(join_cases(answers, rows, "made")).cells)

    (copied, spliced), differing = weights(45, 1)
    assert differing
    assert copied == 0.0 < spliced
    even, differing = weights(30, 30)
    assert not differing
    assert even == pytest.approx((30, 30), abs=1)


def test_masks_count_once_the_detector_finds_places() -> None:
    rows = [row(f"f{n:02}", "splice" if n < 20 else "copy_move", area=0.1) for n in range(60)]
    for astray, counted in ((20, 20), (60, 0)):
        answers = [Answer(f"f{n:02}", True, True, 0.1 if n < astray else 0.8) for n in range(60)]
        failures = count_failures(join_cases(answers, rows, "made"))
        assert sum(cell.astray for cell in failures.cells) == counted
        assert failures.rate.tally.failures == counted


def test_encodings_fall_into_bands_that_can_be_hinted_at() -> None:
    assert codec_band({**JPEG, "quality": 74}).name == "JPEG below 75"
    assert codec_band({**JPEG, "quality": None}).name == "JPEG"
    assert codec_band({"format": "GIF", "quality": None}).name == "another encoding"
    hint = hint_of(["JPEG below 75", "JPEG 75 to 89"])
    assert hint is not None
    assert hint.quality == (1, 89)
    assert hint_of(["PNG", "JPEG"]) is None
