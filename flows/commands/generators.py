"""`counterfoil generators`."""

from __future__ import annotations

import json
from typing import Any

from pydantic_core import to_jsonable_python
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from generators.contract import Configured, Generator, GeneratorSpec, spec_of
from generators.registry import create, load, names
from schemas.errors import GeneratorError

_DETAILS = (
    ("name", "name"),
    ("version", "version"),
    ("family", "family"),
    ("summary", "summary"),
    ("model", "model"),
    ("autoencoder", "autoencoder"),
    ("released", "released"),
    ("domains", "domains"),
    ("makes", "makes"),
    ("operations", "operations"),
    ("scope", "scope"),
    ("needs", "needs"),
    ("mask_kinds", "masks"),
    ("terms", "licence"),
    ("reference", "reference"),
    ("costs", "costs"),
)


def describe(name: str) -> dict[str, Any]:
    """A generator's spec and options as plain values.

    Where the options decide what it is (`follows_options`), this is what the defaults make it.
    """
    generator = load(name)
    spec = _default_spec(name, generator)
    schema = generator.Options.model_json_schema()
    return {
        "name": spec.name,
        "version": spec.version,
        "family": spec.family,
        "model": spec.model,
        "autoencoder": spec.autoencoder,
        "released": spec.released,
        "summary": spec.summary,
        "domains": list(spec.domains),
        "makes": spec.makes,
        "operations": list(spec.operations),
        "scope": spec.scope,
        "needs": sorted(spec.needs),
        "mask_kinds": list(spec.mask_kinds),
        "terms": spec.terms,
        "reference": spec.reference,
        "costs": costs(spec),
        "follows_options": isinstance(generator, Configured),
        "options": [
            {
                "name": option,
                "type": option_type(schema["properties"][option], schema.get("$defs", {})),
                "default": None
                if field.is_required()
                else to_jsonable_python(field.get_default(call_default_factory=True)),
                "required": field.is_required(),
                "description": field.description or "",
            }
            for option, field in generator.Options.model_fields.items()
        ],
    }


def _default_spec(name: str, generator: type[Generator]) -> GeneratorSpec:
    """The spec that the defaults make, or the class's where it cannot be made from defaults."""
    try:
        return spec_of(create(name))
    except GeneratorError:
        return generator.spec


def costs(spec: GeneratorSpec) -> str:
    """What a job of 512 by 512 pixels costs, roughly, in words."""
    told = [f"{seconds:g} s on one {card}" for card, seconds in spec.gpu_seconds]
    if not told and not spec.dollars:
        told = [f"{spec.seconds:g} s on one core"]
    if spec.dollars:
        told.append(f"${spec.dollars:g}")
    if spec.batch_dollars is not None:
        told.append(f"${spec.batch_dollars:g} in batches")
    return ", ".join(told)


def option_type(schema: dict[str, Any], definitions: dict[str, Any] | None = None) -> str:
    """A short reading of an option's JSON schema: its type and what it may be."""
    known = definitions or {}
    if "$ref" in schema:
        return option_type(known.get(str(schema["$ref"]).rsplit("/", 1)[-1], {}), known)
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "const" in schema:
        return str(schema["const"])
    if "anyOf" in schema:
        return " | ".join(option_type(part, known) for part in schema["anyOf"])
    if schema.get("type") == "array":
        items = schema.get("prefixItems") or [schema.get("items", {})]
        inner = ", ".join(option_type(part, known) for part in items)
        return f"[{inner}]" if "prefixItems" in schema else f"list of {inner}"
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    span = f" {'' if low is None else low}…{'' if high is None else high}"
    return str(schema.get("type", "any")) + (span if (low, high) != (None, None) else "")


def run_generators(name: str | None, as_json: bool) -> None:
    """Print the list of generators, or one in detail. A broken plugin hides none of the others."""
    found, broken = [], []
    for each in (name,) if name else names():
        try:
            found.append(describe(each))
        except GeneratorError as error:
            if name:
                raise
            broken.append(str(error))
    if as_json:
        print(json.dumps(found[0] if name else found, indent=2))
    elif name:
        _print_one(found[0])
    else:
        _print_list(found)
    for message in broken:
        Console(stderr=True).print(f"[red]✗[/] {escape(message)}", highlight=False)


def _print_list(found: list[dict[str, Any]]) -> None:
    table = Table(box=None, padding=(0, 2, 1, 0))
    for column in ("generator", "makes", "what it does"):
        table.add_column(column, overflow="fold")
    for one in found:
        kind = ", ".join(dict.fromkeys(filter(None, (one["family"], one["model"]))))
        domain = one["makes"] or ", ".join(one["domains"])
        needs = f"needs {', '.join(one['needs'])}" if one["needs"] else "needs nothing"
        table.add_row(
            f"{one['name']}\n[dim]{escape(kind)}[/]",
            f"{', '.join(one['operations'])}\n[dim]{domain}, {one['scope']}; {needs}[/]",
            f"{escape(one['summary'])}\n[dim]{escape(one['terms'])}[/]",
        )
    console = Console()
    console.print(table)
    console.print("Options of one: counterfoil generators NAME", style="dim")


def _print_one(one: dict[str, Any]) -> None:
    console = Console()
    details = Table.grid(padding=(0, 2))
    for key, label in _DETAILS:
        value = one[key]
        shown = ", ".join(value) if isinstance(value, list) else value
        if shown:
            details.add_row(f"[bold]{label}[/]", escape(str(shown)))
    console.print(details)
    if one["follows_options"]:
        console.print("Its options decide what it is; this is what the defaults make it.")
    table = Table(box=None, title="options", title_justify="left")
    for column in ("option", "type", "default", "what it does"):
        table.add_column(column, overflow="fold")
    for option in one["options"]:
        default = "must be given" if option["required"] else json.dumps(option["default"])
        table.add_row(
            option["name"], escape(option["type"]), escape(default), escape(option["description"])
        )
    console.print(table)
