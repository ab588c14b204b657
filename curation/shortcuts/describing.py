"""A feature's values among real and fake pictures, in numbers, bars and words."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from curation.shortcuts.catalogue import Feature
from curation.shortcuts.table import Column
from schemas.shortcuts import Bars

_BINS = 14
_FEW = 10
_KINDS = 6
_OTHER = "other"

_Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Description:
    """How fakes differ, typical values of either side, and the bars."""

    direction: str
    real: str
    fake: str
    bars: Bars


def describe_feature(column: Column, fake: npt.NDArray[np.bool_]) -> Description:
    """The column's values among the real and the fake rows; both occur."""
    real, forged = column.values[~fake], column.values[fake]
    if column.kinds:
        return _described_kinds(column, real, forged)
    feature = column.feature
    if feature.unit == "bytes" or feature.name == "restart":
        real, forged = (np.where(values == 0, np.nan, values) for values in (real, forged))
    return Description(
        _direction(real, forged),
        typical(real, feature),
        typical(forged, feature),
        _bars(real, forged, feature),
    )


def shown(value: float, feature: Feature) -> str:
    """A number with the feature's decimals and unit."""
    text = f"{value:,.{feature.digits}f}"
    return f"{text} {feature.unit}" if feature.unit else text


def typical(values: _Array, feature: Feature) -> str:
    """The one value that most rows have, or else the median and the middle half."""
    known = values[~np.isnan(values)]
    if feature.unit == "bytes":
        if not known.size:
            return feature.absent
        middle = shown(float(np.median(known)), feature)
        return middle if known.size == values.size else f"{middle} in {_percent(known, values)}"
    if known.size * 2 < values.size:
        return _with_share(feature.absent, 1 - known.size / values.size)
    kinds, counts = np.unique(known.round(feature.digits), return_counts=True)
    most = int(counts.argmax())
    if counts[most] * 2 >= values.size:
        return _with_share(shown(float(kinds[most]), feature), float(counts[most]) / values.size)
    low, middle, high = np.quantile(known, (0.25, 0.5, 0.75))
    return (
        f"{shown(float(middle), feature)} (half of them {low:,.{feature.digits}f} to "
        f"{high:,.{feature.digits}f})"
    )


def _percent(some: _Array, of: _Array) -> str:
    share = some.size / of.size
    return "less than 1%" if share < 0.01 else f"{int(share * 100)}%"


def _with_share(text: str, share: float) -> str:
    # Rounded down, so that "100%" means all of them.
    return text if share == 1 else f"{text} ({int(share * 100)}%)"


def _direction(real: _Array, forged: _Array) -> str:
    missing = [float(np.isnan(values).mean()) for values in (real, forged)]
    if abs(missing[1] - missing[0]) > 0.05:
        often = "absent" if missing[1] > missing[0] else "there"
        return f"more often {often} in fakes"
    middles = [float(np.nanmedian(values)) for values in (real, forged) if not _empty(values)]
    if len(middles) < 2 or middles[0] == middles[1]:
        return "spread differently in fakes"
    return "higher in fakes" if middles[1] > middles[0] else "lower in fakes"


def _empty(values: _Array) -> bool:
    return bool(np.isnan(values).all())


def _bars(real: _Array, forged: _Array, feature: Feature) -> Bars:
    both = np.concatenate((real, forged))
    known = both[~np.isnan(both)]
    distinct = np.unique(known.round(feature.digits))
    if 0 < distinct.size <= _FEW:
        names = [f"{value:,.{feature.digits}f}" for value in distinct]
        places = [np.searchsorted(distinct, v.round(feature.digits)) for v in (real, forged)]
    elif distinct.size:
        low, high = np.quantile(known, (0.01, 0.99))
        edges = np.linspace(low, high if high > low else low + 1, _BINS + 1)
        names = [f"{a:,.{feature.digits}f} to {b:,.{feature.digits}f}" for a, b in pairwise(edges)]
        places = [
            np.clip(np.searchsorted(edges, v, "right") - 1, 0, _BINS - 1) for v in (real, forged)
        ]
    else:
        names, places = [], [np.zeros(v.size, np.intp) for v in (real, forged)]
    count = len(names)
    if known.size < both.size:
        names.append(feature.absent)
    shares = []
    for values, place in zip((real, forged), places, strict=True):
        settled = np.where(np.isnan(values), count, place).astype(np.intp)
        shares.append(np.bincount(settled, minlength=len(names)) / max(values.size, 1))
    return Bars(names=tuple(names), real=_tuple(shares[0]), fake=_tuple(shares[1]))


def _described_kinds(column: Column, real: _Array, forged: _Array) -> Description:
    names = [*column.kinds, column.feature.absent]
    shares = []
    for values in (real, forged):
        codes = np.where(np.isnan(values), len(column.kinds), values).astype(np.intp)
        shares.append(np.bincount(codes, minlength=len(names)) / max(values.size, 1))
    order = np.argsort(-(shares[0] + shares[1]), kind="stable")
    order = np.array([place for place in order if shares[0][place] + shares[1][place] > 0])
    first, rest = order[:_KINDS], order[_KINDS:]
    told = [names[place] for place in first] + ([_OTHER] if rest.size else [])
    bars = [
        np.append(share[first], share[rest].sum()) if rest.size else share[first]
        for share in shares
    ]
    tops = [int(share.argmax()) for share in shares]
    words = [
        _with_share(names[top], float(share[top])) for top, share in zip(tops, shares, strict=True)
    ]
    direction = "of another kind in fakes" if tops[0] != tops[1] else "spread differently in fakes"
    found = Bars(names=tuple(told), real=_tuple(bars[0]), fake=_tuple(bars[1]))
    return Description(direction, words[0], words[1], found)


def _tuple(shares: _Array) -> tuple[float, ...]:
    return tuple(round(float(share), 6) for share in shares)
