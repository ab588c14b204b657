"""docs/taxonomy.md: what raters are asked, with cues and counter-examples."""

from __future__ import annotations

from collections.abc import Iterator

from flows.documents.note import NOTE
from schemas.attributes import ATTRIBUTES, TAXONOMY_VERSION, Attribute
from schemas.cues import CUE_FAMILIES, CUES


def taxonomy() -> Iterator[str]:
    """The lines of the document."""
    yield f"{NOTE}\n# Taxonomy {TAXONOMY_VERSION}\n"
    yield "Five attributes, each with a forged and an authentic pole. Raters are asked about the"
    yield "forged poles of every picture, real or fake, and about the picture as a whole.\n"
    for attribute in ATTRIBUTES:
        yield from _attribute(attribute)
    yield "# Families of cues\n"
    yield "A recipe switches families on: `annotation: {cues: [light, anatomy]}`. Raters then name"
    yield "the cues that they see.\n"
    yield "| family | cues |\n|---|---|"
    for family in CUE_FAMILIES:
        names = ", ".join(f"`{cue.id}`" for cue in CUES if cue.family == family)
        yield f"| {family} | {names} |"
    yield ""


def _attribute(attribute: Attribute) -> Iterator[str]:
    yield f"## {attribute.forged}\n"
    yield f"`{attribute.id}`, {attribute.level} level; its authentic pole: {attribute.authentic}.\n"
    yield f"{attribute.definition}\n"
    yield from (f"- {cue}" for cue in attribute.cues)
    yield f"\nWhat it is not: {attribute.counter_example}\n"
    yield "| cue | family | pictures | what it is |\n|---|---|---|---|"
    for cue in CUES:
        if cue.attribute == attribute.id:
            domains = ", ".join(domain.value for domain in cue.domains) or "all"
            yield f"| `{cue.id}` | {cue.family} | {domains} | {cue.text} |"
    yield ""
