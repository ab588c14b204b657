"""docs/generators.md: every generator that comes along, with its options."""

from __future__ import annotations

import json
from collections.abc import Iterator

from flows.commands.generators import describe
from flows.documents.note import NOTE
from generators.registry import built_in
from schemas.vocabulary import OPERATIONS

_GENERATOR_FACTS = (
    ("model", "model"),
    ("autoencoder", "autoencoder"),
    ("released", "released"),
    ("makes", "makes pictures of the domain"),
    ("terms", "licence"),
    ("mask_kinds", "masks"),
    ("reference", "reference"),
    ("costs", "a job of 512 by 512 pixels, roughly"),
)


def generators() -> Iterator[str]:
    """The lines of the document."""
    yield f"{NOTE}\n# Generators\n"
    yield "| generator | family | operations | domains | scope | needs | what it does |"
    yield "|---|---|---|---|---|---|---|"
    found = [describe(name) for name in built_in()]
    for one in found:
        cells = (", ".join(one[key]) for key in ("operations", "domains"))
        shown = " | ".join((*cells, one["scope"], ", ".join(one["needs"])))
        yield f"| `{one['name']}` | {one['family']} | {shown} | {one['summary']} |"
    for one in found:
        yield f"\n## `{one['name']}`, version {one['version']}\n\n{one['summary']}\n"
        if one["follows_options"]:
            yield "Its options decide what it is; this is what the defaults make it.\n"
        for key, label in _GENERATOR_FACTS:
            shown = ", ".join(one[key]) if isinstance(one[key], list) else one[key]
            if shown:
                yield f"- {label}: {shown}"
        yield "\n| option | type | default | what it does |\n|---|---|---|---|"
        for option in one["options"]:
            value = json.dumps(option["default"])
            default = "must be given" if option["required"] else f"`{value}`"
            kind = option["type"].replace("|", "\\|")
            yield f"| `{option['name']}` | {kind} | {default} | {option['description']} |"
    yield "\n# Operations\n\n| operation | definition |\n|---|---|"
    for operation in OPERATIONS.values():
        yield f"| `{operation.name}` | {operation.definition} |"
    yield ""
