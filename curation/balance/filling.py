"""Turns what a set lacks into a job list: what its quotas asked for, or what would level it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from curation.balance.operations import Table
from schemas.job_list import JobList, WantedJobs
from schemas.mask_sizes import SIZES
from schemas.recipe.forge import ForgeEntry
from schemas.vocabulary import Domain

MOST_TIMES = 3.0
"""How many times what is lacking is asked for, at most, however much is rejected."""
_HOPELESS = frozenset({"no_suitable_source", "set_exhausted"})
_FEWEST_TRIED = 4
_PRIOR_REJECTED, _PRIOR_TRIED = 0.5, 5.0


@dataclass(frozen=True, slots=True)
class Progress:
    """What became of one `forge` entry of a recipe, by its index.

    `domains`: of the forgeries that it can make. `masked`: whether it takes requested masks.
    `imported`: whether it takes them from a set, which gives no more by being asked again.
    `ok`: forgeries in the set. `pending`: those that the next build of the run will make or try
    again. `reasons`: those that will never be in it, by why.
    """

    index: int
    entry: ForgeEntry
    operation: str
    domains: tuple[str, ...]
    masked: bool = False
    imported: bool = False
    ok: int = 0
    pending: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)

    @property
    def asked(self) -> int:
        """How many forgeries the quota asks for."""
        return self.entry.count * self.pictures

    @property
    def pictures(self) -> int:
        """Forgeries that one planned job gives."""
        return 2 if self.entry.scope == "twins" else 1

    @property
    def lacking(self) -> int:
        """How many the quota lacks that are not still to come."""
        return max(0, self.asked - self.ok - self.pending)

    @property
    def rejection_rate(self) -> float:
        """The share of forgeries that is likely to be rejected, in [0, 1).

        A tenth where nothing was tried, and drawn towards that where little was.
        """
        rejected = sum(n for reason, n in self.reasons.items() if reason not in _HOPELESS)
        return (rejected + _PRIOR_REJECTED) / (rejected + self.ok + _PRIOR_TRIED)

    @property
    def hopeless(self) -> str:
        """Why more of it cannot be had by asking again; empty where it can."""
        if self.imported:
            return "an import gives what its set has"
        for reason in sorted(_HOPELESS & self.reasons.keys()):
            if not self.ok:
                return reason.replace("_", " ")
        rejected = sum(self.reasons.values())
        if not self.ok and rejected >= _FEWEST_TRIED:
            return f"all {rejected} that were tried were rejected: {self.why}"
        return ""

    @property
    def why(self) -> str:
        """The reasons with their counts, most frequent first."""
        ranked = sorted(self.reasons.items(), key=lambda item: (-item[1], item[0]))
        return ", ".join(f"{reason.replace('_', ' ')} {count:,}" for reason, count in ranked)


def fill_quotas(name: str, progress: Sequence[Progress]) -> JobList:
    """What the quotas of the recipe `name` still lack, with more where some will be rejected."""
    jobs, remarks = [], []
    for one in progress:
        if not one.lacking:
            continue
        said = f"the quota of {one.asked:,} has {one.ok:,}"
        told = f" ({one.why})" if one.why else ""
        if one.hopeless:
            remarks.append(f"{one.lacking:,} {_named(one)} are not asked for: {one.hopeless}")
        else:
            jobs.append(_wanted(one, one.lacking, f"{said}{told}"))
    return JobList(name=name, target="quotas", jobs=tuple(jobs), remarks=tuple(remarks))


def level(
    name: str,
    table: Table,
    progress: Sequence[Progress],
    weights: Mapping[str, float] | None = None,
    most: int | None = None,
) -> JobList:
    """What brings the operations of each domain to equal counts, or to counts like `weights`.

    Nothing is taken away: counts rise to that of the operation which has most for its weight.
    `weights` go by "operation" or "domain/operation"; 1 where not named, 0 leaves an operation as
    it is. An operation is shared out evenly between the recipe's entries that make it. `most`
    bounds what is wanted in all, each operation giving up the same share.
    """
    makers: defaultdict[tuple[str, str], list[Progress]] = defaultdict(list)
    for one in progress:
        for domain in one.domains:
            makers[domain, one.operation].append(one)
    counts = dict.fromkeys(makers, 0) | {
        (domain, operation): n for (domain, operation), n in table.by("domain", "operation").items()
    }
    lacking = _short(counts, weights or {})
    scale = min(1.0, most / sum(lacking.values())) if most is not None and lacking else 1.0
    jobs, remarks = [], list(_unmade(weights or {}, counts))
    for (domain, operation), missing in sorted(lacking.items()):
        able = [one for one in makers.get((domain, operation), ()) if not one.hopeless]
        wanted = math.floor(missing * scale)
        if not wanted:
            continue
        if not able:
            tried = makers.get((domain, operation), ())
            why = "; ".join(dict.fromkeys(one.hopeless for one in tried))
            said = why or "no entry of the recipe makes them"
            remarks.append(f"{wanted:,} {operation} in {domain} are not asked for: {said}")
        have = counts[domain, operation]
        for place, one in enumerate(able):
            share = wanted * (place + 1) // len(able) - wanted * place // len(able)
            if share:
                why = f"{domain} has {have:,} {operation}, {have + wanted:,} would level it"
                jobs.append(_wanted(one, share, why, domain))
    target = "weights" if weights else "equal"
    return JobList(name=name, target=target, jobs=tuple(jobs), remarks=tuple(remarks))


def level_sizes(name: str, table: Table, progress: Sequence[Progress]) -> JobList:
    """What brings the sizes of the change to equal counts, for entries that take masks.

    Only bins that lie within what an entry's `mask_area` allows, in part at least, are filled.
    """
    counts = table.by("operation", "generator", "size")
    jobs, remarks, seen = [], [], set()
    for one in progress:
        key = (one.operation, one.entry.generator)
        if not one.masked or key in seen:
            continue
        seen.add(key)
        ranges = dict(_ranges(one.entry.mask_area))
        have = {size: counts.get((*key, size), 0) for size in ranges}
        goal = max(have.values(), default=0)
        for size, area in ranges.items():
            missing = goal - have[size]
            if not missing:
                continue
            if one.hopeless:
                said = f"{missing:,} {_named(one)} of {size} are not asked for: {one.hopeless}"
                remarks.append(said)
                continue
            why = f"{have[size]:,} change {size} of the picture, {goal:,} another share"
            jobs.append(_wanted(one, missing, why).model_copy(update={"mask_area": area}))
    return JobList(name=name, target="sizes", jobs=tuple(jobs), remarks=tuple(remarks))


def _short(
    counts: Mapping[tuple[str, str], int], weights: Mapping[str, float]
) -> dict[tuple[str, str], int]:
    def weight(key: tuple[str, str]) -> float:
        domain, operation = key
        return weights.get(f"{domain}/{operation}", weights.get(operation, 1.0))

    short = {}
    for domain in sorted({domain for domain, _ in counts}):
        keys = [key for key in counts if key[0] == domain and weight(key) > 0]
        unit = max((counts[key] / weight(key) for key in keys), default=0.0)
        for key in keys:
            # Rounded first: 28 / 0.7 * 0.7 must not ask for a 29th.
            missing = math.ceil(round(unit * weight(key), 6)) - counts[key]
            if missing > 0:
                short[key] = missing
    return short


def _unmade(weights: Mapping[str, float], counts: Mapping[tuple[str, str], int]) -> Iterator[str]:
    known = {operation for _, operation in counts} | {f"{d}/{o}" for d, o in counts}
    for named in sorted(weights.keys() - known):
        yield f"no entry of the recipe makes {named}; add one to give it a weight"


def _ranges(allowed: tuple[float, float]) -> Iterator[tuple[str, tuple[float, float]]]:
    start = 0.0
    for size, end in SIZES:
        low, high = max(start, allowed[0]), min(end, allowed[1])
        # A sliver of a bin would ask for masks of one size.
        if high > 1.25 * low:
            yield size, (low, high)
        start = end


def _wanted(one: Progress, lacking: int, why: str, domain: str | None = None) -> WantedJobs:
    """Jobs that are likely to give `lacking` forgeries."""
    entry, rate = one.entry, one.rejection_rate
    jobs = -(-lacking // one.pictures)
    count = min(math.ceil(jobs / (1 - rate)), math.floor(MOST_TIMES * jobs))
    more = f"; {count - jobs:,} more, as {rate:.0%} are likely to be rejected"
    plain = entry.model_dump(include=set(WantedJobs.model_fields) - {"count"})
    if not one.masked:
        plain.pop("mask_area")
    of = domain if domain is not None and len(one.domains) > 1 else None
    return WantedJobs.model_validate(
        plain
        | {
            "operation": one.operation,
            "domain": None if of is None else Domain(of),
            "count": count,
            "wanted": lacking,
            "why": why + (more if count > jobs else ""),
        }
    )


def _named(one: Progress) -> str:
    return f"{one.operation} by {one.entry.generator}"
