"""Splits: whole groups are dealt out, every kind of picture into every split."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from schemas.errors import DatasetError
from schemas.identity import unit_interval

_NAMED = 5


def assign_splits(
    groups: Mapping[str, Mapping[str, int]], shares: Mapping[str, float], seed: int
) -> dict[str, str]:
    """The split of every group, whole, near `shares` in every stratum; sorted by group.

    `groups`: for every group its number of pictures by stratum (a domain, say). `shares`: for
    every split its share, of any sum; those at 0 get nothing. Groups are dealt largest first, each
    to the split that lacks most of what it holds; equals are told apart by a hash with `seed`.

    A stratum of at least twice as many groups as there are splits puts two or more into every
    split, so that a splice finds a donor of another group in its own split; one of at least as
    many puts one. This is certain where a group lies in one stratum, and kept as far as the others
    allow where it lies in several. Raises ValueError without a share above 0.
    """
    wanted = {split: share for split, share in sorted(shares.items()) if share > 0}
    if not wanted:
        raise ValueError("at least one split needs a share above 0")
    strata: Counter[str] = Counter()
    waiting: Counter[str] = Counter()
    for counts in groups.values():
        strata.update(counts)
        waiting.update(stratum for stratum, count in counts.items() if count > 0)
    least = {stratum: min(2, number // len(wanted)) for stratum, number in waiting.items()}
    total = sum(wanted.values())
    lacking = {
        split: {stratum: strata[stratum] * share / total for stratum in strata}
        for split, share in wanted.items()
    }
    placed: dict[str, Counter[str]] = defaultdict(Counter)

    def starved(group: str, split: str) -> int:
        """How many groups would be missing for good from other splits if `split` got this one."""
        missing = 0
        for stratum in groups[group]:
            if stratum in least:
                needs = sum(
                    max(0, least[stratum] - placed[name][stratum] - (name == split))
                    for name in wanted
                )
                missing += max(0, needs - (waiting[stratum] - 1))
        return missing

    def lack(group: str, split: str) -> float:
        """What the split still lacks of the group's strata, weighted by the group's share there."""
        return sum(
            lacking[split][stratum] * count / strata[stratum]
            for stratum, count in sorted(groups[group].items())
            if count > 0
        )

    def size(group: str) -> int:
        return sum(groups[group].values())

    result: dict[str, str] = {}
    for group in sorted(groups, key=lambda name: (-size(name), unit_interval(seed, name), name)):
        chosen = min(
            wanted,
            key=lambda split: (
                starved(group, split),
                -lack(group, split),
                unit_interval(seed, group, split),
            ),
        )
        result[group] = chosen
        for stratum, count in groups[group].items():
            if count > 0:
                lacking[chosen][stratum] -= count
                placed[chosen][stratum] += 1
                waiting[stratum] -= 1
    return dict(sorted(result.items()))


def prove_disjoint(rows: Iterable[tuple[str, str]]) -> None:
    """Raise DatasetError, naming the groups, if rows (group, split) put one into two splits."""
    seen: dict[str, set[str]] = defaultdict(set)
    for group, split in rows:
        seen[group].add(split)
    torn = sorted(group for group, splits in seen.items() if len(splits) > 1)
    if torn:
        named = "; ".join(f"{group} in {', '.join(sorted(seen[group]))}" for group in torn[:_NAMED])
        more = f"; and {len(torn) - _NAMED} more" if len(torn) > _NAMED else ""
        raise DatasetError(
            f"{len(torn)} groups lie in more than one split: {named}{more}. "
            "Assign the splits again, by whole groups."
        )
