"""Scaling curves: a known law is found, what is none is called none, subsets are nested."""

from __future__ import annotations

import json

import numpy as np
import numpy.typing as npt
import pytest

from detector.studies.material import ALL
from detector.studies.power_law import PowerLaw, fit_power_law
from detector.studies.scaling import SMALLEST, Curve, nested_order, scaling_curves
from detector.studies.scaling_figure import scaling_figure
from detector.studies.scaling_tables import points_table, scaling_json, scaling_page
from schemas.errors import DatasetError
from tests.detector.studies.planted import planted

SIZES: npt.NDArray[np.float64] = np.array([16.0 * 2**power for power in range(8)])


def rounds_of(
    errors: npt.NDArray[np.float64], spread: float, seed: int = 0
) -> npt.NDArray[np.float64]:
    noise = np.random.default_rng(seed).normal(0, spread, (301, len(errors)))
    noise[0] = 0
    return errors + noise


@pytest.mark.parametrize(("a", "b", "c"), [(1.2, 0.5, 0.08), (0.9, 0.3, 0.0), (3.0, 1.0, 0.2)])
def test_a_known_law_is_found(a: float, b: float, c: float) -> None:
    law = fit_power_law(SIZES, rounds_of(a * SIZES**-b + c, 0.004))
    assert isinstance(law, PowerLaw)
    exponent, floor = law.exponent(), law.floor()
    assert exponent is not None
    assert floor is not None
    assert exponent.value == pytest.approx(b, rel=0.03)
    assert exponent.low < b < exponent.high
    assert floor.value == pytest.approx(c, abs=0.01)
    assert law.a[0] == pytest.approx(a, rel=0.1)
    ahead = law.error(10 * SIZES[-1])
    assert ahead is not None
    assert ahead.low <= a * (10 * SIZES[-1]) ** -b + c <= ahead.high


def test_it_finds_what_scipy_finds() -> None:
    from scipy.optimize import curve_fit

    errors = rounds_of(1.2 * SIZES**-0.45 + 0.05, 0.01, 3)
    errors[0] = errors[7]
    law = fit_power_law(SIZES, errors)
    assert isinstance(law, PowerLaw)
    found, _ = curve_fit(
        lambda n, a, b, c: a * n**-b + c,
        SIZES,
        errors[0],
        p0=(1, 0.5, 0.1),
        sigma=errors[1:].std(axis=0),
        bounds=([0, 0.02, 0], [np.inf, 3, 0.5]),
    )
    ours = law.line(SIZES)
    theirs = found[0] * SIZES ** -found[1] + found[2]
    np.testing.assert_allclose(ours, theirs, atol=2e-3)


def test_what_is_no_law_is_called_none() -> None:
    flat = fit_power_law(SIZES, rounds_of(np.full(8, 0.4), 0.02))
    assert isinstance(flat, str)
    assert "no fall" in flat
    step = fit_power_law(SIZES, rounds_of(np.where(SIZES < 200, 0.5, 0.1), 0.005))
    assert isinstance(step, str)
    assert "does not fit" in step
    few = fit_power_law(SIZES[:3], rounds_of(SIZES[:3] ** -0.5, 0.01))
    assert isinstance(few, str)
    assert "too few" in few


def test_subsets_are_nested_and_grow_by_groups() -> None:
    material = planted({"splice": 0, "stamp": 1}, 40, 1, domains={"stamp": "document"})
    subset = nested_order(material, ALL, np.random.default_rng(0))
    sizes = (8, 16, 32, 64)
    parts = [set(subset(size).tolist()) for size in sizes]
    for size, part, larger in zip(sizes, parts, [*parts[1:], None], strict=True):
        places = np.array(sorted(part))
        assert material.fake[places].sum() == size
        assert (~material.fake[places]).sum() == size
        assert larger is None or part < larger
    fakes = [place for place in subset(16).tolist() if material.fake[place]]
    groups = material.group[fakes]
    whole = [
        one
        for one in set(groups.tolist())
        if (groups == one).sum() == (material.fake & (material.group == one)).sum()
    ]
    assert len(whole) >= len(set(groups.tolist())) - 1


def test_errors_fall_where_there_is_something_to_learn() -> None:
    traces = {"splice": 0, "stamp": -1, "text_insert": 2}
    domains = {"stamp": "document", "text_insert": "deepfake"}
    fakes = {"splice": 150, "stamp": 150, "text_insert": 10}
    train = planted(traces, fakes, 1, gap=1.5, domains=domains)
    test = planted(traces, fakes, 2, gap=1.5, domains=domains)
    study = scaling_curves(train, test, "operation", "planted", seeds=2, rounds=100)
    curves: dict[str, Curve] = {curve.name: curve for curve in study.curves}
    learnt = curves["splice"]
    assert learnt.pictures[0] == 2 * SMALLEST
    assert learnt.pictures[-1] == 300
    assert (np.diff(learnt.groups) > 0).all()
    assert learnt.accuracy[0, -1] < learnt.accuracy[0, 0] - 0.02
    assert learnt.accuracy[0, -1] < 0.3
    assert isinstance(curves["stamp"].law, str)
    assert curves["text_insert"].few.startswith("too few to train on: 10")
    assert points_table(study).num_rows == sum(len(curve.pictures) for curve in study.curves)
    plain = json.loads(scaling_json(study))
    assert [curve["value"] for curve in plain["curves"]] == ["splice", "stamp", "text_insert", ALL]
    assert plain["curves"][2]["laws"]["auc_error"]["fitted"] is False
    page = scaling_page(study, "small")
    assert "too few to train on" in page
    assert "extrapolat" in page
    figure = scaling_figure(study)
    assert figure.startswith(b"\x89PNG")
    assert figure == scaling_figure(study)


def test_nothing_to_draw_says_why() -> None:
    few = planted({"splice": 0}, 5, 1)
    with pytest.raises(DatasetError, match="too few to train on: 5 forgeries"):
        scaling_curves(few, few, None, "planted")
