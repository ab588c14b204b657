"""Fills templates: which one suits an operation, and which words stand in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np

from generators.prompts.bank import Scene, instructions, scenes
from generators.prompts.objects import (
    ANYTHING,
    WORN,
    another,
    find,
    kind_named,
    spoken,
    with_article,
)
from generators.prompts.request import PromptRequest
from schemas.vocabulary import Domain

_SLOT = re.compile(r"\{([^{}]*)\}")
# How often each sort of instruction is given for a named object.
_EDITS = {"replace": 0.4, "remove": 0.2, "beside": 0.15, "recolour": 0.15, "restyle": 0.1}
_ONLY_PAINTED = frozenset({"recolour", "restyle"})


def slots(template: str) -> frozenset[str]:
    """What stands in braces in a template."""
    return frozenset(_SLOT.findall(template))


def from_bank(request: PromptRequest) -> str:
    """A prompt from the bank for the operation and domain of `request`."""
    return _Filler(request).from_bank()


def from_templates(templates: Sequence[str], request: PromptRequest) -> str | None:
    """One of `templates`, filled; None where each wants a name or a caption that is not known."""
    filler = _Filler(request)
    fit = [template for template in templates if filler.can_fill(template)]
    return filler.fill(filler.pick(fit)) if fit else None


class _Filler:
    """Draws what is left to chance for one request, in a fixed order."""

    def __init__(self, request: PromptRequest) -> None:
        self.request = request
        self.name = spoken(request.label)
        self.rng = np.random.default_rng(request.seed)

    def from_bank(self) -> str:
        operation, domain = self.request.operation, self._domain()
        bank = instructions()
        match operation:
            case "image_variation":
                return self.fill(self.pick(getattr(bank.variation, domain)))
            case "instruct_edit":
                return self.fill(self.pick(self._edits(domain)))
            case "inpaint_remove":
                return self.fill(self.pick(getattr(bank.ground, domain)))
            case "inpaint_object":
                return self.fill(self.pick(getattr(bank.content, domain)))
            case "text_replace" | "text_insert":
                return self.fill(self.pick(bank.content.document))
            case "text_remove":
                return self.fill(self.pick(bank.ground.document))
            case "stamp":
                return self.fill(self.pick(bank.stamp))
            case _:
                return self._whole(getattr(scenes(), domain))

    def _domain(self) -> str:
        domain = self.request.domain
        return domain.value if domain in (Domain.DEEPFAKE, Domain.DOCUMENT) else "natural"

    def _whole(self, choice: Sequence[Scene]) -> str:
        # A subject is drawn from all of them, so that a scene with more of them comes more often.
        pairs = [(scene, subject) for scene in choice for subject in scene.subjects]
        scene, subject = pairs[int(self.rng.integers(len(pairs)))]
        style = self.pick(scene.styles or scenes().styles)
        setting = self.pick(scene.settings)
        return f"{style} of {subject} {setting}, {self.pick(scenes().lights[scene.light])}"

    def _edits(self, domain: str) -> Sequence[str]:
        bank = instructions()
        if self.name is None or domain == "document":
            return {"deepfake": bank.face, "document": bank.page}.get(domain, bank.whole)
        found = find(self.name)
        painted = found is not None and found[0].paint
        sorts = [sort for sort in _EDITS if painted or sort not in _ONLY_PAINTED]
        shares = np.array([_EDITS[sort] for sort in sorts])
        sort = sorts[int(self.rng.choice(len(sorts), p=shares / shares.sum()))]
        lines: Sequence[str] = getattr(bank, sort)
        return lines

    def can_fill(self, template: str) -> bool:
        wanted = slots(template)
        return ("object" not in wanted or self.name is not None) and (
            "caption" not in wanted or bool((self.request.caption or "").strip())
        )

    def pick(self, choice: Sequence[str]) -> str:
        return choice[int(self.rng.integers(len(choice)))]

    def fill(self, template: str) -> str:
        return _SLOT.sub(lambda slot: self._word(slot[1]), template)

    def _word(self, slot: str) -> str:
        bank = instructions()
        manner, _, rest = slot.partition(" ")
        if manner == "a" and rest:
            return with_article(self._word(rest))
        if manner == "quoted" and rest:
            return f'"{self._word(rest)}"'
        match slot:
            case "object":
                return self.name or "object"
            case "caption":
                return (self.request.caption or "").strip()
            case "new":
                return another(self.name, self.rng, looks=True)
            case "thing":
                return self._of_kind(ANYTHING)
            case "worn":
                return self._of_kind(WORN)
            case "light":
                outdoors = self._domain() == "natural"
                return self.pick(scenes().lights["outdoor" if outdoors else "indoor"])
            case "style":
                return self.pick(scenes().styles)
            case "date":
                day, month, year = self._numbers(((1, 29), (1, 13), (2011, 2027)))
                return f"{day:02d}.{month:02d}.{year}"
            case "amount":
                whole, cents = self._numbers(((3, 2000), (0, 100)))
                return f"{whole}.{cents:02d}"
            case "number":
                return str(self._numbers(((10_000, 100_000),))[0])
            case "name":
                return f"{self.pick(bank.given)} {self.pick(bank.name)}"
            case _:
                return self.pick(getattr(bank, slot))

    def _of_kind(self, kind: str) -> str:
        return self.pick([name for name in kind_named(kind).names if name != self.name])

    def _numbers(self, ranges: Iterable[tuple[int, int]]) -> list[int]:
        return [int(self.rng.integers(low, high)) for low, high in ranges]
