"""Scaling curves as JSON, as a table of their points, and as a page to read."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from detector.studies.power_law import MOST_EXPONENT, PowerLaw
from detector.studies.resampling import LEVEL, Estimate
from detector.studies.scaling import AHEAD, Curve, Scaling
from detector.studies.telling import columns_of, told

_FIGURES = ("balanced_accuracy_error", "auc_error")
_SCHEMA = pa.schema(
    [
        pa.field("value", pa.string()),
        pa.field("pictures", pa.float64()),
        pa.field("groups", pa.float64()),
        *(
            pa.field(f"{figure}{end}", pa.float64())
            for figure in _FIGURES
            for end in ("", "_low", "_high")
        ),
    ]
)


def points_table(scaling: Scaling) -> pa.Table:
    """A row a point of a curve."""
    rows: list[dict[str, Any]] = []
    for curve in scaling.curves:
        for place, pictures in enumerate(curve.pictures.tolist()):
            row: dict[str, Any] = {
                "value": curve.name,
                "pictures": pictures,
                "groups": float(curve.groups[place]),
            }
            for figure, errors in zip(_FIGURES, (curve.accuracy, curve.auc), strict=True):
                row |= columns_of(figure, Estimate.of(errors[:, place]))
            rows.append(row)
    return pa.Table.from_pylist(rows, schema=_SCHEMA)


def scaling_json(scaling: Scaling) -> bytes:
    """The curves, their laws, and what these say of sizes that nobody has measured."""
    points = points_table(scaling).to_pylist()
    plain = {
        "by": scaling.by,
        "features": scaling.features,
        "seeds": scaling.seeds,
        "interval": LEVEL,
        "curves": [
            {
                "value": curve.name,
                "forgeries": curve.fakes,
                "reals": curve.reals,
                "forgeries_tried": curve.test,
                "reals_tried": curve.test_reals,
                "groups_tried": curve.test_groups,
                "points": [
                    {key: figure for key, figure in point.items() if key != "value"}
                    for point in points
                    if point["value"] == curve.name
                ],
                "laws": {
                    figure: _law(curve, law)
                    for figure, law in zip(_FIGURES, (curve.law, curve.auc_law), strict=True)
                },
            }
            for curve in scaling.curves
        ],
        "findings": scaling_sentences(scaling),
    }
    return (json.dumps(plain, indent=1, allow_nan=False) + "\n").encode()


def _law(curve: Curve, law: PowerLaw | str) -> dict[str, Any]:
    if isinstance(law, str):
        return {"fitted": False, "why": law}
    return {
        "fitted": True,
        "a": float(law.a[0]),
        **columns_of("b", law.exponent()),
        **columns_of("c", law.floor()),
        "misfit": law.misfit,
        "extrapolated": [
            {
                "times": times,
                "pictures": float(curve.pictures[-1]) * times,
                **columns_of("error", law.error(float(curve.pictures[-1]) * times)),
            }
            for times in AHEAD
        ],
    }


def scaling_sentences(scaling: Scaling) -> list[str]:
    """What the curves say, one sentence each."""
    return [_sentence(curve) for curve in scaling.curves]


def _sentence(curve: Curve) -> str:
    name = curve.name.replace("_", " ")
    if curve.few:
        return f"{name}: {curve.few}."
    last = Estimate.of(curve.accuracy[:, -1])
    assert last is not None or not np.isfinite(curve.accuracy[0, -1])
    now = "an undefined error" if last is None else f"a balanced error of {told(last)}"
    begun = f"{name}: {now} at {curve.pictures[-1]:,.0f} pictures"
    if isinstance(curve.law, str):
        return f"{begun}; {curve.law}."
    b, ahead = curve.law.exponent(), curve.law.error(float(curve.pictures[-1]) * AHEAD[-1])
    assert b is not None
    assert ahead is not None
    vague = b.high > 0.98 * MOST_EXPONENT or b.high - b.low > 1
    said = f", b = {told(b)}" + (", which so few sizes do not pin down" if vague else "")
    return (
        f"{begun}{said}; extrapolated to {AHEAD[-1]} times as many, {told(ahead)}, "
        f"if the law holds there."
    )


def scaling_page(scaling: Scaling, name: str) -> str:
    """The study as Markdown."""
    by = "" if scaling.by is None else f", by {scaling.by}"
    lines = [
        f"# What more pictures bring in {name}{by}",
        "",
        *(f"- {sentence}" for sentence in scaling_sentences(scaling)),
        "",
        "![Error against the number of pictures learnt from](scaling.png)",
        "",
        "## How it was measured",
        "",
        f"A linear probe on `{scaling.features}` learns from nested subsets that double in size, "
        "grow by whole groups and hold as many real pictures, of the domains that the forgeries "
        f"were made from, as forgeries. {scaling.seeds} orders of the groups are drawn. The error "
        "is 1 − balanced accuracy on the test split. The law is error = a·n⁻ᵇ + c, n the pictures "
        "learnt from. Intervals (95 %) are over draws of whole test groups and of orders; the law "
        "is fitted anew in each draw. Beyond the last size it is extrapolation.",
        "",
        "| learnt from | pictures | groups | balanced error | 1 − AUC |",
        "|---|---:|---:|---:|---:|",
    ]
    for curve in scaling.curves:
        for place, pictures in enumerate(curve.pictures.tolist()):
            errors = (_told(values, place) for values in (curve.accuracy, curve.auc))
            lines.append(
                f"| {curve.name} | {pictures:,.0f} | {curve.groups[place]:.0f} | "
                f"{' | '.join(errors)} |"
            )
    times = " | ".join(f"at {times} times (extrapolated)" for times in AHEAD)
    lines += [
        "",
        f"| law of | figure | a | b | c | {times} |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for curve in scaling.curves:
        for figure, law in (("balanced error", curve.law), ("1 − AUC", curve.auc_law)):
            lines.append(f"| {curve.name} | {figure} | {_law_cells(curve, law)} |")
    return "\n".join(lines) + "\n"


def _told(errors: npt.NDArray[np.float64], place: int) -> str:
    estimate = Estimate.of(errors[:, place])
    return "undefined" if estimate is None else told(estimate)


def _law_cells(curve: Curve, law: PowerLaw | str) -> str:
    if isinstance(law, str):
        return f"none: {law} |  |  |  | "
    last = float(curve.pictures[-1])
    figures = [law.exponent(), law.floor(), *(law.error(last * times) for times in AHEAD)]
    said = " | ".join("" if figure is None else told(figure) for figure in figures)
    return f"{law.a[0]:.2f} | {said}"
