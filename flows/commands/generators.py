"""`counterfoil generators`."""

from __future__ import annotations

import json
from typing import Any

from rich.console import Console
from rich.table import Table

from generators.registry import load, names


def describe(name: str) -> dict[str, Any]:
    """A generator's spec and options as plain values."""
    generator = load(name)
    spec = generator.spec
    schema = generator.Options.model_json_schema()
    return {
        "name": spec.name,
        "version": spec.version,
        "family": spec.family,
        "summary": spec.summary,
        "domains": list(spec.domains),
        "operations": list(spec.operations),
        "needs": sorted(spec.needs),
        "mask_kinds": list(spec.mask_kinds),
        "terms": spec.terms,
        "reference": spec.reference,
        "options": [
            {
                "name": option,
                "type": option_type(schema["properties"][option]),
                "default": field.get_default(call_default_factory=True),
                "description": field.description or "",
            }
            for option, field in generator.Options.model_fields.items()
        ],
    }


def option_type(schema: dict[str, Any]) -> str:
    """A short reading of an option's JSON schema: its type and what it may be."""
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "const" in schema:
        return str(schema["const"])
    if "anyOf" in schema:
        return " | ".join(option_type(part) for part in schema["anyOf"])
    if schema.get("type") == "array":
        items = schema.get("prefixItems") or [schema.get("items", {})]
        inner = ", ".join(option_type(part) for part in items)
        return f"[{inner}]" if "prefixItems" in schema else f"list of {inner}"
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    span = f" {'' if low is None else low}…{'' if high is None else high}"
    return str(schema.get("type", "any")) + (span if (low, high) != (None, None) else "")


def run_generators(name: str | None, as_json: bool) -> None:
    """Print the list of generators, or one in detail."""
    found = [describe(each) for each in ([name] if name else names())]
    if as_json:
        print(json.dumps(found[0] if name else found, indent=2, default=list))
        return
    console = Console()
    if name is None:
        table = Table(box=None)
        for column in ("generator", "operations", "domains", "needs", "summary"):
            table.add_column(column, overflow="fold")
        for each in found:
            needs = ", ".join(each["needs"])
            operations, domains = ", ".join(each["operations"]), ", ".join(each["domains"])
            table.add_row(each["name"], operations, domains, needs, each["summary"])
        console.print(table)
        console.print("Options of one: counterfoil generators NAME", style="dim")
        return
    one = found[0]
    for key in ("name", "version", "family", "summary", "domains", "operations", "needs"):
        value = one[key]
        console.print(
            f"[bold]{key:<11}[/] {', '.join(value) if isinstance(value, list) else value}"
        )
    for key in ("mask_kinds", "terms", "reference"):
        value = one[key]
        if value:
            shown = ", ".join(value) if isinstance(value, list) else value
            console.print(f"[bold]{key:<11}[/] {shown}")
    table = Table(box=None, title="options", title_justify="left")
    for column in ("option", "type", "default", "what it does"):
        table.add_column(column, overflow="fold")
    for option in one["options"]:
        default = json.dumps(option["default"], default=list)
        table.add_row(option["name"], option["type"], default, option["description"])
    console.print(table)
