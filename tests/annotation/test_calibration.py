"""The calibration keeps the false-alarm rate that it promises, on pictures it has not seen."""

from __future__ import annotations

import json
import math

import numpy as np
import numpy.typing as npt
import pytest

from annotation.calibration import Calibration, calibrate, scores, surprises
from annotation.measure import measure
from annotation.measured_rater import evidence, judge
from annotation.measurements import MEASUREMENTS
from schemas.annotation import Region
from schemas.attributes import LOW_LEVEL
from schemas.vocabulary import Domain, Verdict
from tests.annotation.scenes import disc, texture

REGION = Region(0.1, 0.1, 0.4, 0.4)
FIGURES = measure(texture(), disc())


def null(rng: np.random.Generator, centre: float = 0.0) -> dict[str, float]:
    """Measurements of an authentic picture: heavy-tailed, correlated, a tenth of them missing."""
    common = rng.normal()
    values = dict.fromkeys(FIGURES, 1.0)
    for measurement in MEASUREMENTS:
        value = centre + 0.5 * common + 0.3 * float(rng.standard_t(3))
        values[measurement.name] = measurement.unscaled(value if rng.random() > 0.1 else math.nan)
    return values


def nulls(seed: int, count: int, centre: float = 0.0) -> list[dict[str, float]]:
    rng = np.random.default_rng(seed)
    return [null(rng, centre) for _ in range(count)]


def present(samples: list[dict[str, float]], calibration: Calibration) -> npt.NDArray[np.bool_]:
    ordinary = calibration.of(Domain.NATURAL)
    limits = [ordinary.limits[name].present for name in LOW_LEVEL]
    return np.array(
        [
            [
                limit is not None and scores(one, ordinary)[name] >= limit
                for name, limit in zip(LOW_LEVEL, limits, strict=True)
            ]
            for one in samples
        ]
    )


def test_the_false_alarm_rate_holds_out_of_sample() -> None:
    anywhere, each = [], []
    for seed in range(12):
        calibration = calibrate({Domain.NATURAL: nulls(seed, 80)}, 0.96)
        alarms = present(nulls(1000 + seed, 150), calibration)
        anywhere.append(alarms.any(axis=1).mean())
        each.append(alarms.mean(axis=0))
    assert np.mean(anywhere) < 0.06
    assert np.mean(anywhere) > 0.005
    assert np.mean(each, axis=0).max() < 0.05


def test_too_few_pictures_make_nothing_present() -> None:
    calibration = calibrate({Domain.NATURAL: nulls(0, 23)}, 0.96)
    assert all(limits.present is None for limits in calibration.overall.limits.values())
    for centre in (0.0, 6.0):
        rows = judge("s", nulls(1, 1, centre)[0], calibration, Domain.NATURAL, REGION)
        assert {row.verdict for row in rows} == {Verdict.UNSURE}
        assert "too few authentic pictures" in rows[0].rationale


def test_no_pictures_at_all_still_give_a_calibration() -> None:
    calibration = calibrate({}, 0.96)
    rows = judge("s", nulls(0, 1)[0], calibration, Domain.DOCUMENT, REGION)
    assert {row.verdict for row in rows} == {Verdict.UNSURE}
    assert evidence(nulls(0, 1)[0], calibration, Domain.DOCUMENT) == 0


def test_small_domains_and_unseen_ones_are_judged_by_all_together() -> None:
    calibration = calibrate(
        {Domain.NATURAL: nulls(0, 60), Domain.DOCUMENT: nulls(1, 29, centre=1.0)}, 0.9
    )
    assert calibration.of(Domain.DOCUMENT) == calibration.overall
    assert calibration.of(Domain.DEEPFAKE) == calibration.overall
    assert calibration.overall.samples == 89
    assert calibration.overall.pooled
    assert not calibration.of(Domain.NATURAL).pooled
    assert calibration.of(Domain.NATURAL).samples == 60


def test_the_order_of_domains_does_not_matter() -> None:
    first, second = nulls(0, 40), nulls(1, 40)
    assert calibrate({Domain.NATURAL: first, Domain.DOCUMENT: second}, 0.9) == calibrate(
        {Domain.DOCUMENT: second, Domain.NATURAL: first}, 0.9
    )


@pytest.mark.parametrize("count", [0, 5, 23, 60])
def test_json_round_trip(count: int) -> None:
    calibration = calibrate({Domain.NATURAL: nulls(0, count)}, 0.96)
    data = json.loads(json.dumps(calibration.to_dict(), allow_nan=False))
    assert Calibration.from_dict(data) == calibration


def test_another_version_is_refused() -> None:
    data = calibrate({}, 0.96).to_dict() | {"version": "0"}
    with pytest.raises(ValueError, match="run the annotation stage again"):
        Calibration.from_dict(data)


@pytest.mark.parametrize("quantile", [0.5, 1.0, math.nan])
def test_senseless_quantiles_are_refused(quantile: float) -> None:
    with pytest.raises(ValueError, match="quantile"):
        calibrate({}, quantile)


def test_the_quoted_range_is_the_decision() -> None:
    ordinary = calibrate({Domain.NATURAL: nulls(0, 80)}, 0.96).of(Domain.NATURAL)
    for measurement in MEASUREMENTS:
        limits = ordinary.limits[measurement.attribute]
        for verdict, limit in ((Verdict.PRESENT, limits.present), (Verdict.UNSURE, limits.unsure)):
            assert limit is not None
            low, high = ordinary.range(measurement.name, verdict)
            ends = (high,) if measurement.tail == "high" else (low, high)
            for end in ends:
                clipped = measurement.unscaled(measurement.scaled(end))
                found = surprises({measurement.name: clipped}, ordinary)[measurement.name]
                if clipped == pytest.approx(end, rel=1e-9):
                    assert found == pytest.approx(limit, rel=1e-6)


def test_surprise_grows_outwards_and_is_zero_at_the_median() -> None:
    ladder = calibrate({Domain.NATURAL: nulls(0, 80)}, 0.96).overall.ladders["noise_ratio"]
    outwards = [ladder.surprise(ladder.above[0] + step) for step in np.linspace(0, 9, 60)]
    assert outwards[0] == 0
    assert np.all(np.diff(outwards) > 0)
    inwards = [ladder.surprise(ladder.below[0] - step) for step in np.linspace(0.1, 9, 60)]
    assert np.all(np.diff(inwards) < 0)
    low, high = ladder.at(3.0)
    assert ladder.surprise(high) == pytest.approx(3.0)
    assert ladder.surprise(low) == pytest.approx(-3.0)


def test_evidence_is_larger_for_what_is_further_out() -> None:
    calibration = calibrate({Domain.NATURAL: nulls(0, 80)}, 0.96)
    ordinary = np.median([evidence(one, calibration, Domain.NATURAL) for one in nulls(1, 50)])
    odd = np.median([evidence(one, calibration, Domain.NATURAL) for one in nulls(2, 50, 2.0)])
    assert odd > 2 * ordinary > 0
