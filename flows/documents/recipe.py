"""docs/recipe.md: what a recipe can say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from flows.commands.generators import option_type
from flows.documents.note import NOTE
from schemas.recipe import Recipe


def recipe() -> Iterator[str]:
    """The lines of the document."""
    yield f"{NOTE}\n# Recipes\n\nA recipe is a YAML file. `recipes/recipe.schema.json` lets an"
    yield "editor complete and check it: name it in the first line, as the recipes here do.\n"
    schema = Recipe.model_json_schema()
    yield from _model("recipe", schema, schema)
    for name, part in sorted(schema["$defs"].items()):
        if part.get("type") == "object":
            yield from _model(name, part, schema)


def _model(name: str, part: dict[str, Any], schema: dict[str, Any]) -> Iterator[str]:
    yield f"## {name}\n\n{part.get('description', '')}\n"
    yield "| field | type | default | what it says |\n|---|---|---|---|"
    for field, value in part["properties"].items():
        kind = _named(value, schema).replace("|", "\\|")
        required = field in part.get("required", ())
        default = "must be given" if required else f"`{json.dumps(value.get('default'))}`"
        yield f"| `{field}` | {kind} | {default} | {value.get('description', '')} |"
    yield ""


def _named(value: dict[str, Any], schema: dict[str, Any]) -> str:
    if "$ref" in value:
        name = str(value["$ref"]).rsplit("/", 1)[-1]
        target = schema["$defs"][name]
        return name if target.get("type") == "object" else option_type(target)
    for key in ("anyOf", "oneOf"):
        if key in value:
            return " | ".join(_named(option, schema) for option in value[key])
    if value.get("type") == "array" and "items" in value and "prefixItems" not in value:
        return f"list of {_named(value['items'], schema)}"
    return option_type(value)
