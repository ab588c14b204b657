"""How studies tell an estimate: as words, and as columns of a table."""

from __future__ import annotations

from detector.studies.resampling import Estimate

FEW = "too few"
"""What stands where there are too few pictures to learn from or to ask about."""


def told(estimate: Estimate) -> str:
    """A figure with its interval: "0.81 (0.74 to 0.88)"."""
    return f"{estimate.value:.2f} ({estimate.low:.2f} to {estimate.high:.2f})"


def signed(estimate: Estimate) -> str:
    """A difference with its interval: "+0.03 (-0.02 to +0.09)"."""
    return f"{estimate.value:+.2f} ({estimate.low:+.2f} to {estimate.high:+.2f})"


def columns_of(name: str, estimate: Estimate | None) -> dict[str, float | None]:
    """The columns `name`, `name_low` and `name_high`; all None where nothing was measured."""
    if estimate is None:
        return {name: None, f"{name}_low": None, f"{name}_high": None}
    return {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}
