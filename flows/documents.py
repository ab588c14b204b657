"""Writes the documents that list options, columns, commands and generators from the code itself.

`python -m flows.documents` writes them, `--check` fails where one is not what the code says.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from flows.cli import app
from flows.commands.generators import describe, option_type
from flows.commands.recipe_schema import schema_text
from flows.model_tables import models
from generators.registry import built_in
from schemas.attributes import ATTRIBUTES
from schemas.features import COLUMNS, arrow_schema
from schemas.recipe import Recipe
from schemas.vocabulary import OPERATIONS

_NOTE = "<!-- Written by `make docs` from the code; edit the code instead. -->\n"

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


def documents() -> dict[str, str]:
    """The text of every generated document by its path in the repository."""
    return {
        "docs/commands.md": "\n".join(_commands()),
        "docs/generators.md": "\n".join(_generators()),
        "docs/models.md": "\n".join(models(_NOTE)),
        "docs/columns.md": "\n".join(_columns()),
        "docs/recipe.md": "\n".join(_recipe()),
        "recipes/recipe.schema.json": schema_text(),
    }


def _commands() -> Iterator[str]:
    yield f"{_NOTE}\n# The command line\n"
    group = typer.main.get_command(app)
    for name, command in sorted(getattr(group, "commands", {}).items()):
        arguments = [p for p in command.params if p.param_type_name == "argument"]
        shown = " ".join(_metavar(argument) for argument in arguments)
        yield f"## `counterfoil {name}{' ' + shown if shown else ''}`\n"
        yield f"{command.help}\n"
        options = [p for p in command.params if p.param_type_name == "option"]
        if arguments or options:
            yield "| | default | what it does |\n|---|---|---|"
        for parameter in (*arguments, *options):
            spelling = _metavar(parameter)
            if parameter.param_type_name == "option":
                spelling = ", ".join(parameter.opts)
            default = "" if parameter.default in (None, False) else f"`{parameter.default}`"
            yield f"| `{spelling}` | {default} | {getattr(parameter, 'help', '') or ''} |"
        yield ""


def _metavar(parameter: Any) -> str:
    return str(parameter.metavar or (parameter.name or "").upper())


def _generators() -> Iterator[str]:
    yield f"{_NOTE}\n# Generators\n"
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


def _columns() -> Iterator[str]:
    yield f"{_NOTE}\n# Columns of a shard\n\nOne row is one picture.\n"
    yield "| column | type | what it holds |\n|---|---|---|"
    schema = arrow_schema()
    for name, description in COLUMNS.items():
        yield f"| `{name}` | `{schema.field(name).type}` | {description} |"
    yield "\n# Attributes\n\n| id | level | forged | authentic | definition |"
    yield "|---|---|---|---|---|"
    for one in ATTRIBUTES:
        yield f"| `{one.id}` | {one.level} | {one.forged} | {one.authentic} | {one.definition} |"
    yield ""


def _recipe() -> Iterator[str]:
    yield f"{_NOTE}\n# Recipes\n\nA recipe is a YAML file. `recipes/recipe.schema.json` lets an"
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


def main() -> int:
    """Write the documents, or with `--check` only say which are out of date."""
    stale = []
    for path, text in documents().items():
        file = Path(path)
        if file.exists() and file.read_text(encoding="utf-8") == text:
            continue
        if "--check" in sys.argv[1:]:
            stale.append(path)
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    if stale:
        print(f"out of date: {', '.join(stale)}; run `make docs`", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
