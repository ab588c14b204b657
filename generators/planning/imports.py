"""Plans what is taken from public sets: forgeries that come without a source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from generators.contract import GeneratorSpec, Supplies
from generators.planning.candidate import Unplannable
from schemas.identity import derive_id, derive_seed, unit_interval
from schemas.job import PlannedJob
from schemas.recipe.base import Split
from schemas.recipe.model import Recipe
from schemas.shares import drawn_split
from schemas.vocabulary import Domain


def import_jobs(
    recipe: Recipe,
    index: int,
    supplier: Supplies,
    spec: GeneratorSpec,
    operation: str,
    split: Split | None,
    earlier: Mapping[str, str],
) -> Iterator[PlannedJob | Unplannable]:
    """One job an item; the splits get their shares of whole groups of items, or `split` all.

    `earlier`: the split of every job's picture that was in an earlier set; its group stays there.
    """
    entry = recipe.forge[index]
    items = supplier.items(entry.count)
    place = entry.options.get("path", spec.model)
    groups = {
        item.name: derive_id("group", "import", spec.name, place, item.group or item.name)
        for item in items
    }
    job_ids = {
        item.name: derive_id("job", recipe.seed, spec.name, entry.options, operation, item.name)
        for item in items
    }
    shares: dict[str, float] = {split: 1.0} if split else recipe.splits.shares()
    pinned = {
        groups[name]: earlier[job_id] for name, job_id in job_ids.items() if job_id in earlier
    }
    free = sorted(set(groups.values()) - (set() if split else pinned.keys()))
    if recipe.splits.method == "hashed":
        dealt = {group: drawn_split(group, shares, recipe.seed, "import split") for group in free}
    else:
        dealt = _deal(free, shares, recipe.seed)
    splits = dealt if split else pinned | dealt
    for item in items:
        group = groups[item.name]
        job_id = job_ids[item.name]
        yield PlannedJob(
            job_id=job_id,
            seed=derive_seed(job_id),
            index=0,
            entry=index,
            part=0,
            generator=spec.name,
            generator_version=spec.version,
            operation=operation,
            domain=spec.makes or Domain.AIGC,
            group=group,
            source_id=None,
            second_id=None,
            mask_kind=None,
            prompt=item.prompt,
            split=splits[group],
            item=item.name,
            item_stamp=item.stamp,
        )
    for _ in range(entry.count - len(items)):
        detail = f"the set that {spec.name} imports has {len(items)} that suit"
        yield Unplannable(index, operation, "set_exhausted", detail)


def _deal(groups: list[str], shares: dict[str, float], seed: int) -> dict[str, str]:
    """Each group's split: in the order of a hash, by the shares."""
    wanted = {split: share for split, share in shares.items() if share > 0}
    total = sum(wanted.values())
    order = sorted(groups, key=lambda group: unit_interval(seed, "import split", group))
    dealt: dict[str, str] = {}
    given = dict.fromkeys(wanted, 0)
    for number, group in enumerate(order, start=1):
        split = max(sorted(wanted), key=lambda s: wanted[s] / total * number - given[s])
        dealt[group] = split
        given[split] += 1
    return dealt
