"""The audit of the masks of a set: agreement, sizes, places, shapes, and object bias."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from curation.mask_audit.object_bias import Predictions, Ranks, object_bias, predictions, ranked
from curation.mask_audit.pictures import MOST, MaskedPicture, Unread, published_pictures
from curation.mask_audit.saliency import GRID
from curation.mask_audit.shape import Shape, shape
from curation.mask_audit.wording import verdict
from curation.masks.observed import agreement
from schemas.errors import DatasetError
from schemas.mask_audit import AGREEMENTS, AREA_EDGES, MaskAudit, MaskSlice, Spread
from storage.published import PublishedSet


@dataclass(frozen=True, slots=True)
class Measured:
    """What an audit keeps of one picture; its pixels are gone."""

    operation: str
    kind: str | None
    group: str
    shape: Shape
    agreement: dict[str, float]
    ranks: dict[str, Ranks]


def measure(picture: MaskedPicture) -> Measured:
    """Measure one picture and its masks."""
    alike = agreement(picture.requested, picture.applied, picture.observed)
    shares = {
        "requested_applied": alike.requested_applied,
        "requested_observed": alike.requested_observed,
        "applied_observed": alike.applied_observed,
        "applied_changed": picture.applied_changed,
        "outside": picture.outside,
    }
    if picture.applied is not None and picture.observed is not None:
        both = int((picture.applied & picture.observed).sum())
        if shares["applied_changed"] is None:
            shares["applied_changed"] = both / max(int(picture.applied.sum()), 1)
        if shares["outside"] is None:
            shares["outside"] = 1 - both / max(int(picture.observed.sum()), 1)
    return Measured(
        operation=picture.operation,
        kind=picture.kind,
        group=picture.group,
        shape=shape(picture.changed),
        agreement={name: share for name, share in shares.items() if share is not None},
        ranks=ranked(picture.pixels),
    )


def audit_published(published: PublishedSet, name: str = "", most: int = MOST) -> MaskAudit:
    """The audit of a published set, of `most` of its forgeries. See `audit_masks`."""
    available, found = published_pictures(published, most)
    return audit_masks(found, name or str(published.manifest.recipe["name"]), available)


def audit_masks(
    pictures: Iterable[MaskedPicture | Unread], name: str, available: int | None = None
) -> MaskAudit:
    """The audit of the masks of these pictures, each looked at once.

    `available`: how many there are, where these are drawn from more. Raises `DatasetError` where
    none has a mask.
    """
    unread: Counter[str] = Counter()
    measured: list[Measured] = []
    for one in pictures:
        if isinstance(one, Unread):
            unread[one.reason] += 1
        else:
            measured.append(measure(one))
    if not measured:
        why = f": {unread.most_common(1)[0][0]}" if unread else ""
        raise DatasetError(f"{name} has no picture with a mask to audit{why}")
    grids = np.stack([one.shape.grid.ravel() for one in measured])
    _, groups = np.unique([one.group for one in measured], return_inverse=True)
    kinds = [f"{one.operation}/{one.kind or ''}" for one in measured]
    found = predictions([one.ranks for one in measured], grids, kinds, groups)
    slices = tuple(_slices(measured, grids, found))
    total = len(measured) + unread.total()
    return MaskAudit(
        name=name,
        samples=len(measured),
        available=total if available is None else available,
        slices=slices,
        unread=dict(sorted(unread.items())),
        verdict=verdict(slices),
    )


def _slices(
    measured: Sequence[Measured], grids: npt.NDArray[np.float32], found: Predictions
) -> Iterator[MaskSlice]:
    keys: dict[str, Callable[[Measured], str | None]] = {
        "all": lambda one: "all",
        "operation": lambda one: one.operation,
        "kind": lambda one: one.kind,
    }
    for by, key in keys.items():
        named = [key(one) for one in measured]
        for name in sorted({name for name in named if name is not None}):
            places = np.array([place for place, one in enumerate(named) if one == name], np.intp)
            members = [measured[place] for place in places]
            yield _slice(by, name, members, grids[places], found, places)


def _slice(
    by: str,
    name: str,
    members: Sequence[Measured],
    grids: npt.NDArray[np.float32],
    found: Predictions,
    places: npt.NDArray[np.intp],
) -> MaskSlice:
    shapes = [one.shape for one in members]
    areas = np.array([one.area for one in shapes])
    edges = np.array(AREA_EDGES)
    bins = np.clip(np.searchsorted(edges, areas, side="right") - 1, 0, len(edges) - 2)
    alike = {
        what: _spread([one.agreement[what] for one in members if what in one.agreement])
        for what in AGREEMENTS
    }
    return MaskSlice(
        by=by,
        name=name,
        samples=len(members),
        groups=len({one.group for one in members}),
        area=_spread(areas),
        sizes=tuple(np.bincount(bins, minlength=len(edges) - 1).tolist()),
        agreement={what: spread for what, spread in alike.items() if spread.count},
        border=float(np.mean([one.border for one in shapes])),
        components=_spread([one.components for one in shapes]),
        holes=_spread([one.holes for one in shapes]),
        compactness=_spread([one.compactness for one in shapes]),
        heat=grids.mean(axis=0).reshape(GRID, GRID),
        bias=object_bias(found, places),
    )


def _spread(values: Sequence[float] | npt.NDArray[np.float64]) -> Spread:
    if not len(values):
        return Spread(0, 0.0, 0.0, 0.0)
    low, middle, high = np.quantile(np.asarray(values, np.float64), (0.25, 0.5, 0.75))
    return Spread(len(values), float(low), float(middle), float(high))
