"""The power law of learning curves: error = a * n**-b + c, with what the draws say about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detector.studies.resampling import Estimate

LEAST_SIZES = 4
"""A curve of three parameters wants more points than that."""
LEAST_EXPONENT, MOST_EXPONENT = 0.02, 3.0
WORST = 0.5
"""The error of guessing, and so the most that the floor c can be."""
_LEAST_DEVIATION = 0.004
_WORST_MISFIT = 2.0
_Floats = npt.NDArray[np.float64]
_EXPONENTS: _Floats = np.geomspace(LEAST_EXPONENT, MOST_EXPONENT, 240).astype(np.float64)


@dataclass(frozen=True, slots=True)
class PowerLaw:
    """A fitted law. `a`, `b`, `c` (rounds + 1,): as measured, then in every draw.

    `misfit`: the root mean square of what it misses, in standard deviations of the points.
    """

    a: _Floats
    b: _Floats
    c: _Floats
    misfit: float

    def exponent(self) -> Estimate | None:
        """b and its interval. A bound of 0.02 or 3 is the end of what is tried."""
        return Estimate.of(self.b)

    def floor(self) -> Estimate | None:
        """c and its interval: the error that no number of pictures takes away."""
        return Estimate.of(self.c)

    def error(self, pictures: float) -> Estimate | None:
        """The error at so many pictures. Beyond the largest size measured it is extrapolation."""
        return Estimate.of(self.a * pictures**-self.b + self.c)

    def line(self, pictures: _Floats) -> _Floats:
        """The fitted errors at these numbers of pictures (m,)."""
        found: _Floats = self.a[0] * pictures ** -self.b[0] + self.c[0]
        return found

    def band(self, pictures: _Floats) -> tuple[_Floats, _Floats]:
        """The interval's ends at these numbers of pictures (m,), (m,)."""
        rounds = self.a[1:, None] * pictures ** -self.b[1:, None] + self.c[1:, None]
        low, high = np.nanquantile(rounds, [0.025, 0.975], axis=0)
        return low, high


def fit_power_law(pictures: _Floats, errors: _Floats) -> PowerLaw | str:
    """Fit error = a * n**-b + c with a >= 0, 0.02 <= b <= 3 and 0 <= c <= 0.5; or say why not.

    `pictures` (k,): the sizes n, rising; `errors` (rounds + 1, k): as measured, then in every draw.
    Points weigh by their deviation over the draws. For each exponent the best a and c follow in
    closed form, so that a grid of exponents finds the best of all without a start (variable
    projection: Golub and Pereyra, 1973). The law itself: Hestness et al., "Deep Learning Scaling is
    Predictable, Empirically", 2017.
    """
    if len(pictures) < LEAST_SIZES:
        return f"too few sizes to fit: {len(pictures)} of at least {LEAST_SIZES}"
    known = np.asarray(np.isfinite(errors).all(axis=1), np.bool_)
    if not known[0] or 2 * known.sum() < len(errors):
        return "the error is not defined at every size"
    gained = Estimate.of(errors[:, 0] - errors[:, -1])
    if gained is None or gained.low <= 0:
        return "no fall of the error that stands out from chance"
    deviation = np.maximum(errors[1:][known[1:]].std(axis=0), _LEAST_DEVIATION)
    a, b, c = _best(pictures, np.where(known[:, None], errors, 0.0), 1 / deviation**2)
    missed = a[0] * pictures ** -b[0] + c[0] - errors[0]
    misfit = float(np.sqrt(np.mean((missed / deviation) ** 2)))
    if misfit > _WORST_MISFIT:
        return f"a power law does not fit: it misses by {misfit:.1f} standard deviations"
    for values in (a, b, c):
        values[~known] = np.nan
    return PowerLaw(a, b, c, misfit)


def _best(pictures: _Floats, errors: _Floats, weight: _Floats) -> tuple[_Floats, _Floats, _Floats]:
    """a, b, c (r,) with the least weighted squares for errors (r, k) with weights (k,)."""
    # Relative to a middle size, a is of the errors' own magnitude whatever the exponent.
    middle = float(np.exp(np.log(pictures).mean()))
    basis = (pictures / middle) ** -_EXPONENTS[:, None]
    s, sx, sxx = weight.sum(), basis @ weight, (basis**2) @ weight
    sy, sxy = (errors @ weight)[:, None], (errors * weight) @ basis.T
    slope = np.maximum((s * sxy - sx * sy) / np.maximum(s * sxx - sx**2, 1e-12), 0)
    candidates = [(slope, np.clip((sy - slope * sx) / s, 0, WORST))]
    for floor in (0.0, WORST):
        candidates.append((np.maximum((sxy - floor * sx) / sxx, 0), np.full_like(sxy, floor)))
    costs = np.array(
        [a * a * sxx + 2 * a * c * sx + c * c * s - 2 * a * sxy - 2 * c * sy for a, c in candidates]
    )
    kind, place = np.unravel_index(
        costs.transpose(1, 0, 2).reshape(len(errors), -1).argmin(axis=1), costs[:, 0].shape
    )
    row = np.arange(len(errors))
    a = np.array([one for one, _ in candidates])[kind, row, place]
    c = np.array([one for _, one in candidates])[kind, row, place]
    b: _Floats = _EXPONENTS[place]
    return a * middle**b, b, c
