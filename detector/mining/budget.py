"""Decides which failures more forgeries could mend, and shares a number of them out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from detector.mining.cells import Cell

LEAST = 10
"""Fewer forgeries of a kind than these teach little: they go to other kinds."""
SURE = 0.9
"""How probable it must be that a cell's rate lies above what is attained."""
_BEST = 0.1


def attained(cells: Sequence[Cell]) -> float:
    """The failure rate on the tenth of the fakes that the detector knows best.

    That it can be had on this set, with this detector, is shown.
    """
    ordered = sorted(cells, key=lambda cell: cell.rate.mean)
    through = np.cumsum([len(cell.cases) for cell in ordered])
    place = int(np.searchsorted(through, _BEST * through[-1]))
    return ordered[place].rate.mean


def mendable(cells: Sequence[Cell]) -> tuple[tuple[float, ...], bool]:
    """By cell, how many failures on this set more data could mend; and whether cells differ.

    A cell's number of fakes times what its shrunk rate lies above `attained`; 0 where it is less
    than 90% probable that it lies above: such a cell is as good as solved, or too small to tell.
    Where no cell stands out the detector fails alike everywhere, and every expected failure counts.
    """
    floor = attained(cells)
    over = tuple(
        len(cell.cases) * (cell.rate.mean - floor)
        if cell.missed + cell.astray and cell.rate.surely_above(floor) >= SURE
        else 0.0
        for cell in cells
    )
    if any(over):
        return over, True
    return tuple(
        len(cell.cases) * cell.rate.mean if cell.missed + cell.astray else 0.0 for cell in cells
    ), False


def share_out(weights: Sequence[float], count: int, least: int = LEAST) -> tuple[int, ...]:
    """`count` in proportion to `weights`, none below `least` but 0; they sum to `count` exactly.

    The smallest share that lies below `least` goes to the others, again and again; rounding is by
    largest remainders (Hamilton's method). All 0 where no weight is above 0.
    """
    left = np.array(weights, np.float64)
    if not (left > 0).any():
        return (0,) * len(weights)
    while True:
        shares = left / left.sum() * count
        small = np.flatnonzero((left > 0) & (shares < least))
        if not small.size or np.count_nonzero(left) == 1:
            break
        # The last of equals, so that what stands first stays.
        left[small[::-1][int(np.argmin(shares[small[::-1]]))]] = 0.0
    whole = np.floor(shares + 1e-9).astype(int)
    order = np.argsort(-(shares - whole), kind="stable")
    whole[order[: count - int(whole.sum())]] += 1
    return tuple(int(share) for share in whole)
