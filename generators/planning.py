"""Plans jobs: spreads a recipe's quotas evenly over the sources, reproducibly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from generators.contract import Generator, GeneratorSpec, Need
from generators.registry import create
from schemas.errors import RecipeError
from schemas.identity import derive_id, derive_seed, unit_interval
from schemas.job import PlannedJob
from schemas.picture import Source
from schemas.recipe.forge import ForgeEntry
from schemas.recipe.model import MOST_PARTS
from schemas.vocabulary import MaskKind


@dataclass(frozen=True, slots=True)
class Candidate:
    """A source that jobs may use, with its place, its group and its split."""

    source: Source
    part: int
    group: str
    split: str


@dataclass(frozen=True, slots=True)
class Unplannable:
    """A forgery that the recipe asks for and that no source can give."""

    entry: int
    operation: str
    reason: str
    detail: str


def resolve_operation(index: int, entry: ForgeEntry, spec: GeneratorSpec) -> str:
    """The operation of a `forge` entry. Raises `RecipeError` where it is not the generator's."""
    if entry.operation in spec.operations:
        return entry.operation
    known = ", ".join(spec.operations)
    if entry.operation is None and len(spec.operations) == 1:
        return spec.operations[0]
    given = "needs an operation" if entry.operation is None else f"has no {entry.operation!r}"
    where = f"forge[{index}].operation"
    message = f"generator {spec.name!r} {given}; it has: {known}"
    raise RecipeError(f"{where}: {message}")


def check_entries(entries: Sequence[ForgeEntry]) -> tuple[Generator, ...]:
    """The generators of a recipe's `forge` entries, with options, operations, masks checked."""
    generators = []
    for index, entry in enumerate(entries):
        generator = create(entry.generator, entry.options)
        spec = generator.spec
        resolve_operation(index, entry, spec)
        unknown = sorted(set(entry.masks) - set(spec.mask_kinds))
        if unknown:
            takes = ", ".join(spec.mask_kinds) or "none: it chooses the place itself"
            raise RecipeError(
                f"forge[{index}].masks: generator {spec.name!r} takes no {unknown[0].value!r} "
                f"masks; it takes {takes}"
            )
        if entry.masks and sum(entry.masks.values()) <= 0:
            raise RecipeError(f"forge[{index}].masks: the shares must add up to more than 0")
        generators.append(generator)
    return tuple(generators)


class JobPlanner:
    """Plans the jobs of a recipe's `forge` entries over candidates.

    Sources are used evenly: each job takes the one that was used least so far among those that
    suit, and a hash decides between equals. Ids and seeds come from what the job is made of, so
    they stay when entries are added behind.
    """

    def __init__(
        self,
        entries: Sequence[ForgeEntry],
        candidates: Sequence[Candidate],
        seed: int,
        part_size: int,
    ) -> None:
        self._entries = entries
        self._generators = check_entries(entries)
        self._candidates = sorted(candidates, key=lambda candidate: candidate.source.source_id)
        self._seed = seed
        self._part_size = part_size
        self._used: Counter[str] = Counter()
        self._donated: Counter[str] = Counter()

    def jobs(self) -> Iterator[PlannedJob | Unplannable]:
        """Every job that the recipe asks for, entry by entry, numbered into parts."""
        part = 0
        for index, entry in enumerate(self._entries):
            jobs = list(self._entry_jobs(index, entry))
            planned = [job for job in jobs if isinstance(job, PlannedJob)]
            yield from (job for job in jobs if isinstance(job, Unplannable))
            parts = min(MOST_PARTS, -(-len(planned) // self._part_size))
            # Jobs on pictures that lie together run together, so that few parts are opened.
            places = {c.source.source_id: c.part for c in self._candidates}
            planned.sort(key=lambda job: (places[job.source_id], job.job_id))
            for position, job in enumerate(planned):
                yield replace(job, part=part + position * parts // len(planned))
            part += parts

    def _entry_jobs(self, index: int, entry: ForgeEntry) -> Iterator[PlannedJob | Unplannable]:
        spec = self._generators[index].spec
        operation = resolve_operation(index, entry, spec)
        suitable = [c for c in self._candidates if _suits(c.source, spec)]
        if not suitable:
            yield from self._all_unplannable(index, entry, operation, spec)
            return
        kinds = _mask_sequence(entry, spec)
        repeats: Counter[tuple[str, str | None]] = Counter()
        sizes = Counter(candidate.split for candidate in suitable)
        given: Counter[str] = Counter()
        for _ in range(entry.count):
            target = self._target(suitable, sizes, given, index)
            given[target.split] += 1
            second = None
            if Need.SECOND in spec.needs:
                second = self._donor(target, suitable, index)
                if second is None:
                    self._used[target.source.source_id] += 1
                    yield Unplannable(
                        index,
                        operation,
                        "no_second_source",
                        f"split {target.split} has no other picture than {target.source.origin} "
                        "to take content from",
                    )
                    continue
                self._donated[second.source.source_id] += 1
            self._used[target.source.source_id] += 1
            second_id = second.source.source_id if second else None
            pair = (target.source.source_id, second_id)
            options = entry.options
            job_id = derive_id(
                "job", self._seed, spec.name, spec.version, operation, pair, options, repeats[pair]
            )
            yield PlannedJob(
                job_id=job_id,
                seed=derive_seed(job_id),
                index=repeats[pair],
                entry=index,
                part=0,
                generator=spec.name,
                generator_version=spec.version,
                operation=operation,
                source_id=target.source.source_id,
                second_id=second_id,
                mask_kind=next(kinds) if Need.MASK in spec.needs else None,
                prompt=None,
                split=target.split,
            )
            repeats[pair] += 1

    def _target(
        self,
        suitable: Sequence[Candidate],
        sizes: Mapping[str, int],
        given: Mapping[str, int],
        entry: int,
    ) -> Candidate:
        """The next source: of those least used, one of the split that has had least of the entry.

        So every operation reaches every split by its share, whatever else the recipe asks for.
        """

        def order(candidate: Candidate) -> tuple[int, float, float]:
            used, tie = self._order(candidate, self._used, entry)
            split = candidate.split
            return used, (given.get(split, 0) + 1) / sizes[split], tie

        return min(suitable, key=order)

    def _donor(
        self, target: Candidate, suitable: Sequence[Candidate], entry: int
    ) -> Candidate | None:
        """A picture of another origin in the same split: content never crosses splits."""
        others = [
            c
            for c in suitable
            if c.split == target.split and c.source.origin != target.source.origin
        ]
        salt = (entry, target.source.source_id)
        return min(others, key=lambda c: self._order(c, self._donated, salt), default=None)

    def _order(self, candidate: Candidate, usage: Counter[str], salt: object) -> tuple[int, float]:
        source_id = candidate.source.source_id
        return usage[source_id], unit_interval(self._seed, salt, source_id)

    def _all_unplannable(
        self, index: int, entry: ForgeEntry, operation: str, spec: GeneratorSpec
    ) -> Iterator[Unplannable]:
        wants = {Need.FACE: "a face", Need.WORDS: "words", Need.MASK: "a place for a mask"}
        asked = [text for need, text in wants.items() if need in spec.needs]
        kind = " or ".join(spec.domains)
        detail = f"no picture of domain {kind}" + (f" has {' and '.join(asked)}" if asked else "")
        for _ in range(entry.count):
            yield Unplannable(index, operation, "no_suitable_source", detail)


def _suits(source: Source, spec: GeneratorSpec) -> bool:
    return (
        source.domain in spec.domains
        and (Need.FACE not in spec.needs or bool(source.faces))
        and (Need.WORDS not in spec.needs or bool(source.words))
        and (spec.mask_kinds != (MaskKind.SUPPLIED,) or source.has_mask)
    )


def _mask_sequence(entry: ForgeEntry, spec: GeneratorSpec) -> Iterator[MaskKind]:
    """Kinds of masks in an order in which every prefix keeps the shares as well as it can."""
    default = [kind for kind in spec.mask_kinds if kind is not MaskKind.SUPPLIED]
    shares: Mapping[MaskKind, float] = entry.masks or dict.fromkeys(default, 1.0)
    total = sum(shares.values())
    given: Counter[MaskKind] = Counter()
    for count in range(1, entry.count + 1):
        kind = max(sorted(shares), key=lambda kind: shares[kind] / total * count - given[kind])
        given[kind] += 1
        yield kind
