"""The object-bias score: how well saliency alone tells where a picture was changed.

A detector that is trained on masks of salient objects learns to segment these, and needs no trace
of forgery for it. Saliency is computed on the picture that a detector sees.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from curation.mask_audit.saliency import (
    Plane,
    centre_prior,
    geodesic,
    reduced,
    spectral_residual,
)
from schemas.identity import derive_seed
from schemas.mask_audit import SALIENCIES, Foreseen, ObjectBias
from schemas.picture import Pixels

Floats = npt.NDArray[np.float64]
Ranks = npt.NDArray[np.uint16]
_MAPS = {"geodesic": geodesic, "spectral_residual": spectral_residual}
_PARTS = 4096
_CLEAR = 0.05
_FEWEST_SAMPLES, _FEWEST_GROUPS = 12, 5
_ROUNDS = 400
_MOST_OTHERS = 256
"""Others of its kind that a picture's saliency is held against; more tell nothing new."""


def ranked(pixels: Pixels) -> dict[str, Ranks]:
    """Twice the midrank, 0 to 2 * cells - 1, of every cell of the grid by each saliency map."""
    small = reduced(pixels)
    return {name: _ranks(_MAPS[name](small)) for name in SALIENCIES}


def _ranks(plane: Plane) -> Ranks:
    return np.asarray(np.rint(2 * rankdata(plane.ravel()) - 1), np.uint16)


def pixel_auc(ranks: Ranks, masks: npt.NDArray[np.floating]) -> Floats:
    """AUC of each map against each mask: (n, cells) `ranked` and (m, cells) shares to (n, m).

    A cell that a mask covers in part counts as so much inside and the rest outside; ties count
    half. NaN for masks that cover nothing or everything.
    """
    # Shares in whole parts of 4096, so that all sums are exact and no machine's differ.
    shares = np.rint(masks.astype(np.float64) * _PARTS) / _PARTS
    inside = shares.sum(axis=1)
    below = (ranks.astype(np.float64) @ shares.T) / 2
    pairs = inside * (masks.shape[1] - inside)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((below - np.square(inside) / 2) / np.where(pairs > 1e-6, pairs, np.nan))


@dataclass(frozen=True, slots=True)
class Predictions:
    """For each of n pictures, by map: the AUC on its own mask, and the mean on others' masks.

    `centre` is the AUC of the centre prior. `null` is NaN where there is no other picture of the
    same kind in another group.
    """

    own: dict[str, Floats]
    null: dict[str, Floats]
    centre: Floats
    groups: npt.NDArray[np.intp]


def predictions(
    ranks: Sequence[dict[str, Ranks]],
    masks: npt.NDArray[np.float32],
    kinds: Sequence[str],
    groups: npt.NDArray[np.intp],
) -> Predictions:
    """Hold every picture's saliency against its own mask (n, cells) and those of its `kinds`."""
    centre = pixel_auc(_ranks(centre_prior())[None], masks)[0]
    own: dict[str, Floats] = {name: np.full(len(ranks), np.nan) for name in SALIENCIES}
    null: dict[str, Floats] = {name: np.full(len(ranks), np.nan) for name in SALIENCIES}
    members: defaultdict[str, list[int]] = defaultdict(list)
    for place, kind in enumerate(kinds):
        members[kind].append(place)
    for places in members.values():
        for block in np.array_split(places, -(-len(places) // _MOST_OTHERS)):
            others = (groups[block][:, None] != groups[block][None]).astype(np.float64)
            for name in SALIENCIES:
                maps = np.stack([ranks[place][name] for place in block])
                found = pixel_auc(maps, masks[block])
                own[name][block] = np.diagonal(found)
                others_seen = np.where(np.isnan(found), 0, others)
                total = (np.nan_to_num(found) * others_seen).sum(axis=1)
                counted = others_seen.sum(axis=1)
                null[name][block] = np.where(counted > 0, total / np.maximum(counted, 1), np.nan)
    return Predictions(own, null, centre, groups)


def object_bias(found: Predictions, places: npt.NDArray[np.intp]) -> ObjectBias | None:
    """The bias of the pictures at `places`; None where none has others to be compared with."""
    known = np.isfinite(found.null["geodesic"][places]) & np.isfinite(found.own["geodesic"][places])
    used = places[known]
    if not used.size:
        return None
    _, groups = np.unique(found.groups[used], return_inverse=True)
    maps = {
        name: _foreseen(found.own[name][used], found.null[name][used], groups)
        for name in SALIENCIES
    }
    count = int(groups.max()) + 1
    return ObjectBias(
        samples=int(used.size),
        groups=count,
        centre=float(found.centre[used].mean()),
        maps=maps,
        verdict=_verdict(int(used.size), count, maps),
    )


def _foreseen(own: Floats, null: Floats, groups: npt.NDArray[np.intp]) -> Foreseen:
    excess = own - null
    count = int(groups.max()) + 1
    sums = np.bincount(groups, excess, minlength=count)
    sizes = np.bincount(groups, minlength=count).astype(np.float64)
    rng = np.random.default_rng(derive_seed("object bias", count, own.size))
    draws = rng.multinomial(count, np.full(count, 1 / count), size=_ROUNDS).astype(np.float64)
    low, high = np.quantile(draws @ sums / np.maximum(draws @ sizes, 1), (0.025, 0.975))
    return Foreseen(
        float(own.mean()), float(null.mean()), float(excess.mean()), float(low), float(high)
    )


def _verdict(samples: int, groups: int, maps: dict[str, Foreseen]) -> str:
    if samples < _FEWEST_SAMPLES or groups < _FEWEST_GROUPS:
        return "unclear"
    if any(one.low > _CLEAR for one in maps.values()):
        return "biased"
    # What an edit smoothed has little texture of its own: that is a trace, not a choice of places.
    if maps["geodesic"].high < -_CLEAR:
        return "averse"
    return "none"
