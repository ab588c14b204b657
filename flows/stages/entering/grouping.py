"""Which sources belong together, and which split each group falls into."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

import pyarrow as pa

from curation.splitting.earlier import HELD_OUT_FIRST, pin
from curation.splitting.giants import giants
from curation.splitting.groups import Grouping, bonded
from curation.splitting.hashed import hashed_splits
from curation.splitting.splits import assign_splits, count_strata
from flows.stages.entering.screening import Read
from schemas.recipe import Recipe
from storage.published import open_published


def group_sources(read: Sequence[Read], alike: Sequence[tuple[str, str]]) -> Grouping:
    """The groups of sources: bonded are crops of one file, declared groups, persons, duplicates.

    Near-duplicates bond although one of them is dropped: two files that share one crop show the
    same thing, and so do their other crops.
    """
    return bonded(
        [one.source.source_id for one in read],
        {
            "file": [one.source.origin for one in read],
            "group": [one.source.group for one in read],
            "person": [one.source.identity for one in read],
        },
        {"near-duplicate": ([one for one, _ in alike], [other for _, other in alike])},
    )


def split_groups(
    recipe: Recipe, staying: Sequence[Read], grouping: Grouping
) -> tuple[dict[str, str], list[str]]:
    """The split of every group with sources that stay, and what is to be said of the groups.

    Groups that the recipe pins, or that hold a picture of the earlier set, stay where they are; a
    group that is pinned twice goes where it does least harm, out of training.
    """
    number = dict(zip(grouping.members.to_pylist(), grouping.number.tolist(), strict=True))
    of = [grouping.ids[number[one.source.source_id]] for one in staying]
    pinned: dict[str, str] = {}
    for group, one in zip(of, staying, strict=True):
        if split := recipe.sources[one.entry].split:
            pinned[group] = min(pinned.get(group, split), split, key=HELD_OUT_FIRST.index)
    names = [one.source.source_id for one in staying]
    before = pin(zip(of, names, strict=True), earlier_splits(recipe))
    fixed = before.splits | pinned
    shares = recipe.splits.shares()
    strata = count_strata(of, [one.source.domain.value for one in staying])
    if recipe.splits.method == "hashed":
        files: defaultdict[str, list[str]] = defaultdict(list)
        for group, one in zip(of, staying, strict=True):
            files[group].append(one.source.origin)
        anchors = {group: min(origins) for group, origins in files.items()}
        splits = hashed_splits(anchors, shares, recipe.seed, fixed)
    else:
        free = {group: counts for group, counts in strata.items() if group not in fixed}
        splits = fixed | assign_splits(free, shares, recipe.seed)
    remarks = [conflict.said for conflict in before.conflicts]
    if len(shares) > 1:
        remarks += [giant.said for giant in giants(grouping, _domains(grouping, staying))]
    return splits, remarks


def _domains(grouping: Grouping, staying: Sequence[Read]) -> pa.Array:
    domain = {one.source.source_id: one.source.domain.value for one in staying}
    return pa.array([domain.get(name) for name in grouping.members.to_pylist()], pa.string())


def earlier_splits(recipe: Recipe) -> dict[str, str]:
    """The split of every picture of the earlier set that the recipe wants to be like."""
    return dict(_earlier(recipe.splits.like)) if recipe.splits.like else {}


@lru_cache(maxsize=2)
def _earlier(folder: str) -> tuple[tuple[str, str], ...]:
    table = open_published(folder).table(("sample_id",))
    pairs = zip(table["sample_id"].to_pylist(), table["split"].to_pylist(), strict=True)
    return tuple(sorted(pairs))
