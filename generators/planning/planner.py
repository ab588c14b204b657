"""Plans jobs: spreads a recipe's quotas evenly over the sources, reproducibly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from generators.contract import CannotForge, GeneratorSpec, Need, Supplies, spec_of
from generators.face_pairing import another_person, unlikeness
from generators.planning.candidate import Candidate, Unplannable
from generators.planning.circles import Circles
from generators.planning.entries import check_entries, entry_split, resolve_operation
from generators.planning.even_use import EvenUse
from generators.planning.imports import import_jobs
from generators.planning.places import choose_instance, mask_sequence
from generators.planning.prompt_homes import PromptHomes
from generators.planning.refusals import none_suits, prompt_elsewhere
from generators.prompts import ChosenPrompt, PromptRequest, choose_prompt
from schemas.identity import derive_id, derive_seed, digest, unit_interval
from schemas.job import PlannedJob
from schemas.recipe.forge import ForgeEntry
from schemas.recipe.model import MOST_PARTS, Recipe
from schemas.vocabulary import Consent, Domain, MaskKind

_PROMPT_DRAWS = 8
"""How often another prompt is drawn for one that is at home in another split."""


class JobPlanner:
    """Plans the jobs of a recipe's `forge` entries over candidates.

    Sources are used evenly: each job takes the one that was used least so far among those that
    suit, and a hash decides between equals. Ids and seeds come from what the job is made of, so
    they stay when entries are added behind.
    """

    def __init__(
        self,
        recipe: Recipe,
        candidates: Sequence[Candidate],
        earlier: Mapping[str, str] | None = None,
    ) -> None:
        """`earlier`: splits of an earlier set by sample id, which imports are to keep."""
        self._recipe = recipe
        self._earlier = earlier or {}
        self._generators = check_entries(recipe.forge)
        self._candidates = sorted(candidates, key=lambda candidate: candidate.source.source_id)
        self._used: Counter[str] = Counter()
        self._donated: Counter[str] = Counter()
        self._circles = Circles(self._candidates, recipe.splits.circle, recipe.seed)
        # Over all entries: a second quota of the same makes other jobs than the first.
        self._repeats: Counter[str] = Counter()
        self._splits = [
            entry_split(recipe, index, spec_of(generator))
            for index, generator in enumerate(self._generators)
        ]
        self._homes = PromptHomes(recipe.curation.groups.prompt)
        self._reserve_prompts()

    def _reserve_prompts(self) -> None:
        """Prompts of imports that are tested on stay out of training, wherever they stand."""
        for split in ("test", "validation"):
            for index, generator in enumerate(self._generators):
                if isinstance(generator, Supplies) and self._splits[index] == split:
                    items = generator.items(self._recipe.forge[index].count)
                    self._homes.reserve((item.prompt for item in items), split)

    def jobs(self) -> Iterator[PlannedJob | Unplannable]:
        """Every job that the recipe asks for, entry by entry, numbered into parts."""
        part = 0
        places = {c.source.source_id: c.part for c in self._candidates}
        for index, entry in enumerate(self._recipe.forge):
            jobs = list(self._entry_jobs(index, entry))
            yield from (job for job in jobs if isinstance(job, Unplannable))
            planned = [job for job in jobs if isinstance(job, PlannedJob)]
            # Jobs on pictures that lie together run together, so that few parts are opened; a
            # twin lies right behind the job that it is composed from.
            planned.sort(key=lambda job: (places.get(job.source_id or "", 0), *_lineage(job)))
            leading = sum(job.composed_from is None for job in planned)
            parts = min(MOST_PARTS, -(-leading // self._recipe.part_size))
            position = -1
            for job in planned:
                position += job.composed_from is None
                yield replace(job, part=part + position * parts // leading)
            part += parts

    def _entry_jobs(self, index: int, entry: ForgeEntry) -> Iterator[PlannedJob | Unplannable]:
        generator = self._generators[index]
        spec = spec_of(generator)
        operation = resolve_operation(index, entry, spec)
        if isinstance(generator, Supplies):
            split = self._splits[index]
            for job in import_jobs(
                self._recipe, index, generator, spec, operation, split, self._earlier
            ):
                if isinstance(job, PlannedJob) and not self._homes.admit(job.prompt, job.split):
                    yield prompt_elsewhere(index, operation, job.prompt)
                else:
                    yield job
            return
        split = self._splits[index]
        suitable = [c for c in self._candidates if self._suits(c, entry, spec, split)]
        if not suitable:
            unpermitted = any(
                c.source.domain in spec.domains and not self._permitted(c) for c in self._candidates
            )
            detail = none_suits(entry, spec, split, unpermitted)
            for _ in range(entry.count * (2 if entry.scope == "twins" else 1)):
                yield Unplannable(index, operation, "no_suitable_source", detail)
            return
        kinds = mask_sequence(entry, spec)
        targets = EvenUse(suitable, self._used, self._recipe.seed, index)
        donors = EvenUse(suitable, self._donated, self._recipe.seed, index, "donor")
        for _ in range(entry.count):
            target = targets.draw()
            second = None
            if Need.SECOND in spec.needs:
                second = self._donor(target, donors, suitable, spec)
                if second is None:
                    detail = (
                        f"split {target.split} has no other picture than {target.source.origin} "
                        "to take content from"
                    )
                    yield Unplannable(index, operation, "no_second_source", detail)
                    continue
            pair = (target.source.source_id, second.source.source_id if second else None)
            kind = next(kinds) if Need.MASK in spec.needs else None
            alike = digest(spec.name, spec.version, operation, pair, entry.options)
            job = self._job(index, entry, spec, operation, target, pair, self._repeats[alike], kind)
            self._repeats[alike] += 1
            if isinstance(job, PlannedJob) and entry.scope == "twins":
                yield job
                twin = derive_id("job", "spliced twin", job.job_id)
                yield replace(job, job_id=twin, composed_from=job.job_id)
            else:
                yield job

    def _job(
        self,
        index: int,
        entry: ForgeEntry,
        spec: GeneratorSpec,
        operation: str,
        target: Candidate,
        pair: tuple[str, str | None],
        repeat: int,
        kind: MaskKind | None,
    ) -> PlannedJob | Unplannable:
        source, options, seed = target.source, entry.options, self._recipe.seed
        made_of = (seed, spec.name, spec.version, operation, pair, options, repeat)
        job_id = derive_id("job", *made_of)
        # An instruction is about an object too, though no mask shows it.
        about = MaskKind.OBJECT if operation == "instruct_edit" else kind
        instance = choose_instance(source, about, entry.mask_area, job_id) if about else None
        chosen = ChosenPrompt(None, None)
        if Need.PROMPT in spec.needs:
            label = source.instances[instance].label if instance is not None else None
            request = PromptRequest(
                operation, source.domain, source.caption, label, derive_seed("prompt", job_id)
            )
            try:
                chosen = self._prompt(entry, request, target.split)
            except CannotForge as refusal:
                return Unplannable(index, operation, refusal.reason, refusal.detail)
            if not self._homes.admit(chosen.text, target.split):
                return prompt_elsewhere(index, operation, chosen.text)
        return PlannedJob(
            job_id=job_id,
            seed=derive_seed(job_id),
            index=repeat,
            entry=index,
            part=0,
            generator=spec.name,
            generator_version=spec.version,
            operation=operation,
            domain=spec.makes or source.domain,
            group=target.group,
            source_id=source.source_id,
            second_id=pair[1],
            mask_kind=kind,
            prompt=chosen.text,
            prompt_origin=chosen.origin,
            prompt_note=chosen.note,
            split=target.split,
            instance=instance,
        )

    def _prompt(self, entry: ForgeEntry, request: PromptRequest, split: str) -> ChosenPrompt:
        """A prompt that is at home in `split` or nowhere, as far as a few draws find one."""
        chosen = choose_prompt(entry.prompts, request)
        for draw in range(_PROMPT_DRAWS):
            if self._homes.admit(chosen.text, split):
                break
            again = replace(request, seed=derive_seed("prompt", request.seed, draw))
            chosen = choose_prompt(entry.prompts, again)
        return chosen

    def _suits(
        self, candidate: Candidate, entry: ForgeEntry, spec: GeneratorSpec, split: str | None
    ) -> bool:
        source = candidate.source
        return (
            source.domain in spec.domains
            and (not entry.sources or candidate.entry in entry.sources)
            and (split is None or candidate.split == split)
            and (Need.FACE not in spec.needs or bool(source.faces))
            and (Need.WORDS not in spec.needs or bool(source.words))
            and (spec.mask_kinds != (MaskKind.SUPPLIED,) or bool(source.instances))
            and self._permitted(candidate)
        )

    def _permitted(self, candidate: Candidate) -> bool:
        return (
            candidate.source.domain is not Domain.DEEPFAKE
            or candidate.source.consent is not Consent.UNKNOWN
            or self._recipe.curation.real_faces == "any"
        )

    def _donor(
        self,
        target: Candidate,
        donors: EvenUse,
        suitable: Sequence[Candidate],
        spec: GeneratorSpec,
    ) -> Candidate | None:
        """A picture of another origin in the same split and circle: content crosses neither.

        For faces it is another person's, the most alike in pose and skin of those least used.
        """
        source = target.source
        if Need.FACE not in spec.needs:
            return donors.draw_from(
                target.split,
                lambda c: c.source.origin != source.origin and self._circles.joined(target, c),
            )

        def order(donor: Candidate) -> tuple[int, float, float]:
            donor_id = donor.source.source_id
            tie = unit_interval(self._recipe.seed, "donor", source.source_id, donor_id)
            return self._donated[donor_id], unlikeness(source, donor.source), tie

        people = [
            c
            for c in suitable
            if c.split == target.split
            and self._circles.joined(target, c)
            and another_person(source, c.source)
        ]
        chosen = min(people, key=order, default=None)
        if chosen is not None:
            self._donated[chosen.source.source_id] += 1
        return chosen


def _lineage(job: PlannedJob) -> tuple[str, bool]:
    return job.composed_from or job.job_id, job.composed_from is not None
