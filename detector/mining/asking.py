"""Turns failures into a job list: how many more of which forgeries, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from detector.mining.brittleness import Weakness, weaknesses
from detector.mining.budget import attained, mendable, share_out
from detector.mining.cases import Case, Kind
from detector.mining.cells import Cell, Failures, Place, place_of
from detector.mining.codec_bands import hint_of
from detector.mining.false_alarms import false_alarms, told_alarms
from detector.mining.makers import Maker, maker_of
from detector.mining.rates import Rate
from schemas.job_list import CodecHint, JobList, WantedJobs
from schemas.mask_sizes import SIZES
from schemas.vocabulary import OPERATIONS, Domain

FEW = 100
"""Fewer fakes than these, over all kinds, say little about any."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a job may be about: failing cells of one kind and, if it can be asked for, one size.

    `size` is None where all sizes are asked for together. `weight`: failures that could be mended.
    `blamed`: the cells that it is said to be for, which are those of `codecs` where other codecs
    of the same do clearly better.
    """

    kind: Kind
    size: str | None
    maker: Maker
    cells: tuple[Cell, ...]
    weight: float
    blamed: tuple[Cell, ...]
    codecs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mined:
    """The job list, and what it was drawn from: `asked` is the count by cell of the failures.

    A job's count is shared over its cells by what could be mended in each.
    """

    jobs: JobList
    asked: Mapping[Place, int]
    attained: float


def ask(
    name: str, failures: Failures, cases: Sequence[Case], makers: Sequence[Maker], count: int
) -> Mined:
    """Share `count` jobs out over what the detector fails on (`budget.mendable`).

    `name`: the recipe's. Counts of the jobs sum to `count` exactly, unless nothing that fails can
    be made more of, and then there are none. All jobs are for the training split.
    """
    weights, differing = mendable(failures.cells)
    targets, remarks = _targets(failures, weights, makers)
    counts = share_out([target.weight for target in targets], count)
    ranked = sorted(zip(targets, counts, strict=True), key=lambda pair: -pair[1])
    jobs = []
    asked: dict[Place, int] = {}
    for target, share in ranked:
        if not share:
            continue
        own = [case for case in cases if case.kind == target.kind]
        weak = [one for one in weaknesses(own, failures.design_effect) if one.hint is not None]
        jobs.append(_wanted(target, share, failures.rate_of(target.blamed), weak))
        over = dict(zip(map(place_of, failures.cells), weights, strict=True))
        parts = share_out([over[place_of(cell)] for cell in target.cells], share, least=0)
        asked |= {place_of(cell): part for cell, part in zip(target.cells, parts, strict=True)}
    remarks += _remarks(cases, failures, differing, jobs)
    listed = JobList(name=name, target="failures", jobs=tuple(jobs), remarks=tuple(remarks))
    return Mined(listed, asked, attained(failures.cells))


def _targets(
    failures: Failures, weights: Sequence[float], makers: Sequence[Maker]
) -> tuple[list[Target], list[str]]:
    kinds: defaultdict[Kind, list[tuple[Cell, float]]] = defaultdict(list)
    for cell, weight in zip(failures.cells, weights, strict=True):
        kinds[cell.kind].append((cell, weight))
    targets: list[Target] = []
    remarks: list[str] = []
    for kind, members in kinds.items():
        failing = [cell for cell, weight in members if weight]
        if not failing:
            continue
        chosen = maker_of(kind, [case for cell in failing for case in cell.cases], makers)
        if isinstance(chosen, str):
            wrong = sum(cell.missed + cell.astray for cell in failing)
            remarks.append(
                f"{_titled(kind)} in {kind.domain}, where {wrong:,} failed, is not asked for: "
                f"{chosen}"
            )
            continue
        sizes: defaultdict[str | None, list[tuple[Cell, float]]] = defaultdict(list)
        for cell, weight in members:
            size = cell.size if chosen.area(cell.size) is not None else None
            sizes[size].append((cell, weight))
        for size, here in sizes.items():
            targets += _target(kind, size, chosen, here)
    return targets, remarks


def _target(
    kind: Kind,
    size: str | None,
    maker: Maker,
    members: Sequence[tuple[Cell, float]],
) -> Iterator[Target]:
    failing = tuple(cell for cell, weight in members if weight)
    if not failing:
        return
    worst, _ = max(members, key=lambda member: member[1])
    # A codec is to blame only where the intervals of others are apart from that of the worst.
    least = worst.rate.interval[0]
    well = {cell.codec for cell, _ in members if cell.rate.interval[1] < least}
    blamed = tuple(cell for cell in failing if cell.codec not in well)
    total = sum(weight for _, weight in members)
    if well and blamed:
        codecs = tuple(dict.fromkeys(cell.codec for cell in blamed))
        yield Target(kind, size, maker, failing, total, blamed, codecs)
    else:
        yield Target(kind, size, maker, failing, total, failing, ())


def _wanted(target: Target, count: int, rate: Rate, weak: Sequence[Weakness]) -> WantedJobs:
    entry, maker = target.maker.entry, target.maker
    plain = entry.model_dump(include=set(WantedJobs.model_fields) - {"count", "mask_area"})
    area = None if target.size is None else maker.area(target.size)
    if maker.sized == "option" and area is not None:
        plain["options"] = {**entry.options, "area": list(area)}
    if maker.sized == "mask":
        plain["mask_area"] = area or entry.mask_area
    hint: CodecHint | None = hint_of(target.codecs) if target.codecs else None
    if hint is None and weak:
        hint = weak[0].hint
    several = maker.chosen and len(maker.domains) > 1
    return WantedJobs.model_validate(
        plain
        | {
            "operation": target.maker.operation,
            "domain": Domain(target.kind.domain) if several else None,
            "count": count,
            "wanted": count * maker.pictures,
            "split": "train",
            "codec": hint,
            "why": _why(target, rate, weak),
        }
    )


def _why(target: Target, rate: Rate, weak: Sequence[Weakness]) -> str:
    """The sentence with a job's numbers."""
    missed = sum(cell.missed for cell in target.blamed)
    unread = sum(cell.unreadable for cell in target.blamed)
    astray = sum(cell.astray for cell in target.blamed)
    about = f"made by {_titled(target.kind)}"
    sizes = [size for size, _ in SIZES if any(cell.size == size for cell in target.blamed)]
    if sizes:
        any_of = " or ".join(part for part in (", ".join(sizes[:-1]), sizes[-1]) if part)
        about += f" that change {any_of} of the picture"
    if target.codecs:
        about += f" in {' or '.join(target.codecs)}"
    parts = [f"{missed - unread:,} missed"] if missed > unread else []
    parts += [f"{astray:,} found in the wrong place"] if astray else []
    parts += [f"{unread:,} without a readable answer"] if unread else []
    verb, told = ("missed", "") if len(parts) == 1 and missed > unread else ("failed on", parts)
    low, high = rate.interval
    numbers = f"{rate.tally.share:.0%}, 95% interval after shrinkage {low:.0%} to {high:.0%}"
    said = f"{verb} {rate.tally.failures:,} of {rate.tally.cases:,} {about} ({numbers})"
    if told:
        said += f": {', '.join(told)}"
    return "; ".join([said, *(one.said for one in weak)])


def _titled(kind: Kind) -> str:
    known = OPERATIONS.get(kind.operation)
    title = known.title if known else kind.operation.replace("_", " ")
    return title if kind.generator == kind.operation else f"{title} ({kind.generator})"


def _remarks(
    cases: Sequence[Case], failures: Failures, differing: bool, jobs: Sequence[WantedJobs]
) -> Iterator[str]:
    splits = {case.split for case in cases}
    if failures.rate.tally.cases < FEW:
        yield (
            f"only {failures.rate.tally.cases:,} fakes were looked at, so that the choice is "
            "little more than a guess; evaluate on more"
        )
    if jobs and "test" in splits:
        yield (
            "the test split was used to choose these forgeries: what is measured on it after "
            "training with them is no test any more; keep another set for that. They are made "
            "from sources of the training split"
        )
    if jobs and splits == {"train"}:
        yield (
            "only the training split was looked at, which the detector may have learnt by heart; "
            "failures on a validation split say more"
        )
    if not differing:
        yield (
            "no kind stands out: it fails everywhere alike, so failures are shared out as they "
            "are; more training, or another threshold, may do more than more data"
        )
    if not failures.places and any(case.astray is not None for case in cases):
        yield (
            "masks in the wrong place were not counted: it finds fewer than half of the places as "
            "yet, so that they say nothing about one kind"
        )
    if any(job.codec is not None for job in jobs):
        yield (
            "codec says what the failing pictures were encoded with; a recipe's entries have no "
            "place for it: set codec.policy to jpeg with qualities that reach there, or train "
            "with that perturbation as an augmentation"
        )
    for weak in weaknesses(cases, failures.design_effect):
        if weak.hint is None:
            yield f"{weak.said}; train with that perturbation as an augmentation"
    yield from told_alarms(false_alarms(cases))
