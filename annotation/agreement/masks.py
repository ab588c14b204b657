"""How far the masks that raters painted overlap."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from itertools import combinations

import numpy as np

from annotation.agreement.bootstrap import estimate, resample
from annotation.agreement.coefficients import coefficient
from annotation.agreement.panels import between, pairings
from annotation.agreement.votes import Rater, counted
from schemas.agreement import MaskAgreement
from schemas.annotation import Annotation
from schemas.errors import DatasetError
from schemas.identity import derive_seed
from schemas.picture import Mask
from storage.masks import decode_mask


def overlap(first: Mask, second: Mask) -> tuple[float, float]:
    """Intersection over union and Dice coefficient of two bool masks, 0..1; of two empty ones 1."""
    common, union = int((first & second).sum()), int((first | second).sum())
    if union == 0:
        return 1.0, 1.0
    return common / union, 2 * common / (union + common)


def compare_masks(
    rows: Iterable[Annotation],
    superseded: Collection[str] = (),
    resamples: int = 1000,
    seed: int = 0,
) -> tuple[MaskAgreement, ...]:
    """The overlap between raters, by who they are.

    All that a rater painted on a picture is taken together, whatever attribute it was painted for.
    Who painted nothing is not compared. Raises `DatasetError` for masks of differing sizes.
    """
    superseded = frozenset(superseded)
    painted: defaultdict[str, defaultdict[Rater, set[bytes]]] = defaultdict(
        lambda: defaultdict(set)
    )
    for row in rows:
        if row.mask is not None and counted(row, superseded):
            painted[row.sample_id][Rater(row.rater_kind, row.rater)].add(row.mask)
    found: defaultdict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for sample in sorted(painted):
        if len(painted[sample]) < 2:
            continue
        masks = {r: _union(sample, sorted(m)) for r, m in sorted(painted[sample].items())}
        masks = {rater: mask for rater, mask in masks.items() if mask.any()}
        by_kinds: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
        for (rater, mask), (other, its) in combinations(masks.items(), 2):
            _same_size(sample, mask, its)
            by_kinds[between(rater.kind, other.kind)].append(overlap(mask, its))
        for name, values in by_kinds.items():
            iou, dice = np.mean(values, axis=0)
            found[name].append((float(iou), float(dice), len(values)))
    return tuple(
        _summary(between(*kinds), found[between(*kinds)], resamples, seed)
        for kinds in pairings()
        if between(*kinds) in found
    )


def _summary(
    name: str, pictures: Sequence[tuple[float, float, float]], resamples: int, seed: int
) -> MaskAgreement:
    columns = np.array([(1 - iou, 1 - dice, 1.0) for iou, dice, _ in pictures])
    sums = resample(columns, resamples, derive_seed("agreement", seed, "masks", name))
    return MaskAgreement(
        name,
        len(pictures),
        int(sum(pairs for *_, pairs in pictures)),
        estimate(coefficient(sums[:, 0], sums[:, 2])),
        estimate(coefficient(sums[:, 1], sums[:, 2])),
    )


def _union(sample: str, encoded: Sequence[bytes]) -> Mask:
    masks = [decode_mask(data) for data in encoded]
    union = masks[0]
    for mask in masks[1:]:
        _same_size(sample, union, mask)
        union = union | mask
    return union


def _same_size(sample: str, first: Mask, second: Mask) -> None:
    if first.shape != second.shape:
        raise DatasetError(
            f"masks of sample {sample!r} are {first.shape} and {second.shape} in size; "
            "all masks of a picture have the picture's size"
        )
