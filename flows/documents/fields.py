"""A model of pydantic as tables: one of its own fields, one of each model that these hold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from flows.commands.generators import option_type


class _WithDefaults(GenerateJsonSchema):
    """A schema that also names the defaults that functions make."""

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        make: Any = schema.get("default_factory")
        if make is None or schema.get("default_factory_takes_data"):
            return super().default_schema(schema)
        return super().default_schema({**schema, "default": make()})


def tables(name: str, model: type[BaseModel]) -> Iterator[str]:
    """The lines of the tables; the first is headed `name`, the others as their models are."""
    schema = model.model_json_schema(schema_generator=_WithDefaults)
    yield from _table(name, schema, schema)
    for part_name, part in sorted(schema["$defs"].items()):
        if part.get("type") == "object":
            yield from _table(part_name, part, schema)


def _table(name: str, part: dict[str, Any], schema: dict[str, Any]) -> Iterator[str]:
    yield f"## {name}\n\n{part.get('description', '')}\n"
    yield "| field | type | default | what it says |\n|---|---|---|---|"
    for field, value in part.get("properties", {}).items():
        kind = _named(value, schema).replace("|", "\\|")
        required = field in part.get("required", ())
        held = _held(value, schema)
        default = "must be given" if required else f"`{json.dumps(value.get('default'))}`"
        if held and value.get("default") == _defaults(held):
            default = "as below"
        # A model's first sentence; the rest stands at its table.
        said = value.get("description", held.get("description", "").partition("\n\n")[0])
        yield f"| `{field}` | {kind} | {default} | {said} |"
    yield ""


def _held(value: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """The model that a field holds; empty where it holds something else, or one of several."""
    if "$ref" not in value:
        return {}
    found: dict[str, Any] = schema["$defs"][str(value["$ref"]).rsplit("/", 1)[-1]]
    return found if found.get("type") == "object" else {}


def _defaults(part: dict[str, Any]) -> dict[str, Any]:
    return {name: value.get("default") for name, value in part.get("properties", {}).items()}


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
