"""Whether the tiles that two pictures share lie in both as if one showed a part of the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from curation.crops.scale_space import BLUR, LEVELS
from curation.crops.tiles import HALF, Tiles

_MATCHES, _PROPOSING = 128, 24  # that are looked at, and that propose a scale and a shift
_STEP = float(np.log(1.35))  # by how much the two sizes of a match may belie the scale
_APART = 6.0  # pixels: two matches that are closer tell no scale
_SLACK = 0.3  # sigmas that a point may lie off, beside the rounding of both pictures
_FINEST = BLUR * 2 ** (0.5 / LEVELS)  # sigma in pixels: no smaller point is found

Floats = npt.NDArray[np.float64]
Matches = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Agreement:
    """What is at a place of the first picture's thumbnail is at `scale` times it plus `shift` in
    the second's.

    `agreeing`: the tiles that say so. `evidence`: their number, where one that looks like k tiles
    of the other picture counts 1/k. `share`: what part they are of those that should be in both,
    0..1.
    """

    agreeing: int
    evidence: float
    share: float
    scale: float
    shift: tuple[float, float]


def agreement(first: Tiles, second: Tiles, matches: Matches) -> Agreement | None:
    """The scale and shift that most tiles agree on; None where no three do.

    `matches`: (count, 2), a tile of the first and one of the second each, closest hashes first.
    Any two matches propose a scale and a shift, which is exhaustive where Fischler and Bolles,
    "Random Sample Consensus", 1981, draw at random; what has the most evidence is then fitted by
    least squares to all that agree.
    """
    here, there = matches.T
    ambiguous = np.maximum(np.bincount(here)[here], np.bincount(there)[there])
    telling = np.argsort(ambiguous, kind="stable")[:_MATCHES]
    here, there, weight = here[telling], there[telling], 1 / ambiguous[telling]
    from_xy, to_xy = first.centres[here], second.centres[there]
    from_sigma, to_sigma = first.sigmas[here], second.sigmas[there]

    def agree(scale: Floats, shift: Floats) -> npt.NDArray[np.bool_]:
        """(proposals, matches) for scales (proposals,) and shifts (proposals, 2)."""
        size = scale[:, None] * from_sigma
        slack = (1 + scale[:, None]) / 2 + _SLACK * (size + to_sigma) / 2
        away = scale[:, None, None] * from_xy + shift[:, None] - to_xy
        near = (away**2).sum(axis=2) <= slack**2
        return np.asarray(near & (np.abs(np.log(size / to_sigma)) <= _STEP))

    scale, shift = _proposals(from_xy[:_PROPOSING], to_xy[:_PROPOSING])
    if not len(scale):
        return None
    agreed = agree(scale, shift)
    inside = agreed[(agreed @ weight).argmax()]
    for _ in range(2):
        if inside.sum() < 3:
            return None
        scale, shift = _fit(from_xy[inside], to_xy[inside])
        inside = agree(scale, shift)[0]
    agreeing = min(len(np.unique(here[inside])), len(np.unique(there[inside])))
    if agreeing < 3:
        return None
    expected = min(
        _expected(first, second, scale[0], shift[0]),
        _expected(second, first, 1 / scale[0], -shift[0] / scale[0]),
    )
    return Agreement(
        agreeing=agreeing,
        evidence=float(weight[inside].sum()),
        share=agreeing / max(agreeing, expected),
        scale=float(scale[0]),
        shift=(float(shift[0, 0]), float(shift[0, 1])),
    )


def _proposals(from_xy: Floats, to_xy: Floats) -> tuple[Floats, Floats]:
    """Scales (proposals,) and shifts (proposals, 2), each from two matches."""
    one, two = np.triu_indices(len(from_xy), 1)
    before = np.linalg.norm(from_xy[one] - from_xy[two], axis=1)
    after = np.linalg.norm(to_xy[one] - to_xy[two], axis=1)
    told = (before >= _APART) & (after >= _APART)
    one, two = one[told], two[told]
    scale = after[told] / before[told]
    shift = (to_xy[one] + to_xy[two] - scale[:, None] * (from_xy[one] + from_xy[two])) / 2
    return scale, shift


def _fit(from_xy: Floats, to_xy: Floats) -> tuple[Floats, Floats]:
    """The scale (1,) and shift (1, 2) with the least squared error."""
    from_mean, to_mean = from_xy.mean(axis=0), to_xy.mean(axis=0)
    centred = from_xy - from_mean
    scale = (centred * (to_xy - to_mean)).sum() / max((centred**2).sum(), 1e-9)
    scale = max(scale, 1e-3)
    return np.array([scale]), (to_mean - scale * from_mean)[None]


def _expected(tiles: Tiles, other: Tiles, scale: float, shift: Floats) -> int:
    """How many of the tiles lie in the other picture whole and large enough to be found there."""
    x, y = (scale * tiles.centres + shift).T
    sigma = scale * tiles.sigmas
    reach = HALF * sigma
    whole = (x >= reach) & (y >= reach) & (x + reach <= other.width) & (y + reach <= other.height)
    return int((whole & (sigma >= _FINEST)).sum())
