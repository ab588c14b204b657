"""Generators that only have specs, pictures to plan them on, and plans."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from generators.contract import GeneratorSpec, Item, Need, Options
from generators.planning import Candidate, JobPlanner
from schemas.job import Forgery, Job, Rejection
from schemas.picture import Codec, Source, Word
from schemas.recipe import Recipe
from schemas.recipe.forge import ForgeEntry
from schemas.recipe.sources import PackagedSource
from schemas.vocabulary import Domain, MaskKind, Scope


def spec(name: str, **changes: Any) -> GeneratorSpec:
    fields: dict[str, Any] = {
        "name": name,
        "version": "1",
        "family": "test",
        "summary": "",
        "domains": (Domain.NATURAL,),
        "operations": (name,),
        "needs": frozenset({Need.SOURCE}),
        "terms": "",
    }
    return GeneratorSpec(**{**fields, **changes})


class Fake:
    """A generator that only has a spec."""

    Options = Options
    specs: ClassVar[dict[str, GeneratorSpec]] = {
        "paint": spec(
            "paint",
            needs=frozenset({Need.SOURCE, Need.MASK}),
            mask_kinds=(MaskKind.OBJECT, MaskKind.IRREGULAR, MaskKind.STUFF),
        ),
        "paste": spec("paste", needs=frozenset({Need.SOURCE, Need.SECOND})),
        "write": spec(
            "write",
            domains=(Domain.DOCUMENT,),
            needs=frozenset({Need.SOURCE, Need.WORDS}),
            operations=("text_replace", "text_remove"),
        ),
        "redraw": spec(
            "redraw",
            needs=frozenset({Need.SOURCE, Need.MASK, Need.PROMPT}),
            scope=Scope.REGENERATED,
            mask_kinds=(MaskKind.OBJECT, MaskKind.SEGMENT),
        ),
        "swap": spec(
            "swap",
            domains=(Domain.DEEPFAKE,),
            needs=frozenset({Need.SOURCE, Need.SECOND, Need.FACE}),
        ),
        "dream": spec("dream", needs=frozenset({Need.PROMPT}), scope=Scope.FULL, makes=Domain.AIGC),
        "idle": spec("idle", needs=frozenset()),
    }

    def __init__(self, name: str) -> None:
        self.spec = self.specs[name]

    def forge(self, jobs: Iterable[Job]) -> Iterator[Forgery | Rejection]:
        raise AssertionError("planning runs nothing")


class FakeImport(Fake):
    """An import of thirty pictures, ten prompts with three pictures each."""

    specs: ClassVar[dict[str, GeneratorSpec]] = {
        "bring": spec("bring", needs=frozenset(), scope=Scope.FULL)
    }

    def items(self, count: int) -> Sequence[Item]:
        found = [
            Item(f"{n:02d}.png", group=str(n % 10), prompt=f"prompt {n % 10}") for n in range(30)
        ]
        return found[:count]


def candidate(
    number: int, split: str = "train", domain: Domain = Domain.NATURAL, photo: int | None = None
) -> Candidate:
    words = (Word(((0, 0), (9, 0), (9, 9), (0, 9))),) if domain is Domain.DOCUMENT else ()
    source = Source(
        source_id=f"src-{number:03d}",
        origin=f"photo-{number if photo is None else photo}.png",
        domain=domain,
        group=f"g{number}",
        width=64,
        height=64,
        licence="CC0-1.0",
        attribution="",
        history=Codec("PNG"),
        words=words,
    )
    return Candidate(source, number // 4, source.group, split)


def plan(
    entries: list[ForgeEntry], candidates: list[Candidate], part_size: int = 8, **sections: Any
) -> list[Any]:
    recipe = Recipe(
        name="planned",
        seed=5,
        part_size=part_size,
        **sections,
        sources=(PackagedSource(kind="packaged", name="stock"),),
        forge=tuple(entries),
    )
    return list(JobPlanner(recipe, candidates).jobs())


def captioned(number: int, split: str, caption: str) -> Candidate:
    bare = candidate(number, split)
    return replace(bare, source=replace(bare.source, caption=caption))
