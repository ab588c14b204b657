"""Checks of what a generator says of itself: its spec and its options."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError

from generators.contract import GeneratorSpec, Need
from schemas.identity import canonical_json
from schemas.vocabulary import Domain, MaskKind

SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def shape_problems(spec: Any) -> Iterator[str]:
    """What of a spec makes it impossible to plan jobs from it."""
    if not isinstance(spec, GeneratorSpec):
        yield f"spec is a {type(spec).__name__}; make it a generators.contract.GeneratorSpec"
        return
    groups = (
        ("domains", spec.domains, Domain, "Domain"),
        ("operations", spec.operations, str, "str"),
        ("mask_kinds", spec.mask_kinds, MaskKind, "MaskKind"),
    )
    for name, values, kind, word in groups:
        if not isinstance(values, tuple) or not all(isinstance(value, kind) for value in values):
            yield f"spec.{name} must be a tuple of {word}, like ({word}…,)"
        elif not values and name != "mask_kinds":
            yield f"spec.{name} is empty; name at least one"
        elif len(set(values)) < len(values):
            yield f"spec.{name} names something twice"
    if not isinstance(spec.needs, frozenset) or not all(isinstance(n, Need) for n in spec.needs):
        yield "spec.needs must be a frozenset of Need"
    elif spec.mask_kinds and Need.MASK not in spec.needs:
        yield "spec.mask_kinds is given but spec.needs lacks Need.MASK; add it or drop the kinds"
    elif Need.MASK in spec.needs and not spec.mask_kinds:
        yield "spec.needs has Need.MASK but spec.mask_kinds is empty; say which kinds it takes"


def wording_problems(name: str, spec: GeneratorSpec) -> Iterator[str]:
    """What of a spec would read badly in the card, or not read at all."""
    if spec.name != name:
        yield f"the entry point is named {name!r}, spec.name is {spec.name!r}; make them equal"
    for field in ("name", "version", "family", "summary", "terms"):
        value = getattr(spec, field)
        if not isinstance(value, str) or not value.strip():
            yield f"spec.{field} is empty; the card prints it"
    for operation in spec.operations:
        if not SNAKE_CASE.fullmatch(operation):
            yield f"the operation {operation!r} is not in snake_case"
    if isinstance(spec.tolerance, bool) or not isinstance(spec.tolerance, int):
        yield "spec.tolerance must be a whole number of grey levels"
    elif not 0 <= spec.tolerance <= 2:
        yield f"spec.tolerance is {spec.tolerance}; more than 2 of 255 is not the same picture"
    if spec.seconds < 0 or spec.dollars < 0:
        yield "spec.seconds and spec.dollars are costs and cannot be negative"


def options_problems(options: Any) -> Iterator[str]:
    """What is wrong with an Options model."""
    if not (isinstance(options, type) and issubclass(options, BaseModel)):
        yield "Options must be a subclass of generators.contract.Options"
        return
    for name, field in options.model_fields.items():
        if not (field.description or "").strip():
            yield f"the option {name!r} has no description; give it Field(..., description=...)"
    if options.model_config.get("extra") != "forbid":
        yield (
            "Options takes unknown names, so a misspelt option would be ignored; derive it from "
            "generators.contract.Options"
        )
    try:
        plain = options().model_dump(mode="json")
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        yield f"Options() fails at {where!r}; give every option a default"
        return
    except Exception as error:
        yield f"the defaults of Options cannot be written as JSON: {error}"
        return
    try:
        again = options.model_validate(plain)
        canonical_json(plain)
    except (ValueError, TypeError) as error:
        yield f"the defaults of Options do not survive JSON, in which recipes keep them: {error}"
        return
    if again != options():
        yield "the defaults of Options are others after a round trip through JSON"
